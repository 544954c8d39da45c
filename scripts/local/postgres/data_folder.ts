import { encodeHex } from "@std/encoding";
import { dirname, join, resolve } from "@std/path";
import { lockFolder } from "../lock.ts";
import { canEnter, exists, makePrivateFolder } from "./folders.ts";
import { giveTo, type ServerAccount } from "./server_account.ts";

const NOTE = "the-data-is-elsewhere.txt";

/**
 * The folder that really holds the data wanted in `wanted`, made where it is missing.
 *
 * As root, Postgres runs as another account. Where that one cannot enter the wanted folder (a checkout
 * under `/root`, say), the data goes to `/var/tmp` and a note in the wanted folder says so; without the
 * note the wanted folder is a new or emptied one, and what an older one left in `/var/tmp` goes.
 */
export async function openDataFolder(wanted: string, account: ServerAccount | undefined): Promise<string> {
  const folder = resolve(wanted);
  await makePrivateFolder(folder, account);
  if (!account) return folder;
  if (!(await canEnter(dirname(folder), account))) return await openElsewhere(folder, account);

  await giveTo(account, folder);
  await Deno.chmod(folder, 0o700);
  return folder;
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
