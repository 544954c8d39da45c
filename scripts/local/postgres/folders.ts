import { dirname, resolve } from "@std/path";
import type { ServerAccount } from "./server_account.ts";

/**
 * Makes a folder, and those above it, for its owner alone. Where Postgres runs as another account its
 * group may pass through, but not list.
 *
 * @throws Error with one sentence that names the folder where it cannot be made or written.
 */
export async function makePrivateFolder(path: string, account: ServerAccount | undefined): Promise<void> {
  const folder = resolve(path);
  try {
    await makeMissing(folder, account);
    await probeWritable(folder);
  } catch (error) {
    throw new Error(`Expected to be able to write in the folder ${folder} but found ${reason(error)}`);
  }
}

/** Whether an account may enter a folder: every folder on the way must let it pass. */
export async function canEnter(path: string, account: ServerAccount): Promise<boolean> {
  const folder = await Deno.realPath(path);
  const above = dirname(folder);
  if (above !== folder && !(await canEnter(above, account))) return false;

  const { mode, uid, gid } = await Deno.stat(folder);
  if (mode === null) return false;
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Whether something is there under this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function makeMissing(folder: string, account: ServerAccount | undefined): Promise<void> {
  if (await exists(folder)) return;
  await makeMissing(dirname(folder), account);
  await Deno.mkdir(folder, { mode: 0o700 });
  if (!account) return;
  await Deno.chown(folder, null, account.gid);
  await Deno.chmod(folder, 0o710);
}

async function probeWritable(folder: string): Promise<void> {
  await Deno.remove(await Deno.makeTempFile({ dir: folder }));
}

/** What was in the way, in few words. */
export function reason(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotADirectory) return "a file in its place";
  return error instanceof Error ? error.message : String(error);
}
