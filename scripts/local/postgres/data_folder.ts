import { encodeHex } from "@std/encoding";
import { dirname, join, resolve } from "@std/path";
import { lockFolder } from "../lock.ts";
import { canEnter, exists, makePrivateFolder, reason } from "./folders.ts";
import { giveTo, type ServerAccount } from "./server_account.ts";

const NOTE = "the-data-is-elsewhere.txt";

/** What tells a data folder of ours from a folder somebody named by mistake. */
const MARK = "tradepost-data-folder.txt";
const MARK_TEXT = "Tradepost keeps the data of a local stack here.\n";

/**
 * The folder that really holds the data wanted in `wanted`, made where it is missing.
 *
 * As root, Postgres runs as another account. Where that one cannot enter the wanted folder (a checkout
 * under `/root`, say), the data goes to `/var/tmp` and a note in the wanted folder says so; without the
 * note the wanted folder is a new or emptied one, and what an older one left in `/var/tmp` goes.
 *
 * @throws Error with one sentence for a folder with something else in it, which is left as it is.
 */
export async function openDataFolder(wanted: string, account: ServerAccount | undefined): Promise<string> {
  const folder = resolve(wanted);
  await refuseForeign(folder);
  await makePrivateFolder(folder, account);
  await Deno.writeTextFile(join(folder, MARK), MARK_TEXT);
  if (!account) return folder;
  if (!(await canEnter(dirname(folder), account))) return await openElsewhere(folder, account);

  await giveTo(account, folder);
  await Deno.chmod(folder, 0o700);
  return folder;
}

async function refuseForeign(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length === 0 || names.includes(MARK)) return;
  throw new Error(
    `Expected ${folder} to be empty or a data folder of Tradepost but found ${names.toSorted()[0]} in it`,
  );
}

/** None for a folder that is yet to be made, or of which making it will tell what is wrong. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw new Error(`Expected to be able to read the folder ${folder} but found ${reason(error)}`);
  }
}

async function openElsewhere(wanted: string, account: ServerAccount): Promise<string> {
  const elsewhere = `/var/tmp/tradepost-data-${await shortHash(wanted)}`;
  const note = join(wanted, NOTE);
  if (await exists(elsewhere)) await claimLeftover(elsewhere, note, account);
  if (!(await exists(elsewhere))) await Deno.mkdir(elsewhere, { mode: 0o700 });
  await giveTo(account, elsewhere);
  await Deno.writeTextFile(
    note,
    `Postgres runs as user ${account.uid}, which cannot enter this folder: the data is in ${elsewhere}\n`,
  );
  return elsewhere;
}

async function claimLeftover(elsewhere: string, note: string, account: ServerAccount): Promise<void> {
  const { uid, isDirectory } = await Deno.lstat(elsewhere);
  // Anybody may make names in /var/tmp: what another account put there is not ours to use.
  if (!isDirectory || (uid !== 0 && uid !== account.uid)) {
    throw new Error(
      `Expected ${elsewhere} to be a folder of user ${account.uid} but found one of user ${uid}`,
    );
  }
  if (await exists(note)) return;

  const lock = await lockFolder(elsewhere);
  await Deno.remove(elsewhere, { recursive: true });
  lock.release();
}

async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return encodeHex(digest).slice(0, 16);
}
