import { join } from "@std/path";
import { tmpdir } from "node:os";
import { removeFolder } from "./remove_folder.ts";

/** A private folder shared by the test files of this `deno test`: each of them is an isolate of its own. */
export async function runFolder(): Promise<string> {
  const folder = join(tmpdir(), `tradepost-tests-${Deno.uid()}-${Deno.pid}`);
  try {
    await Deno.mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    await refuseForeign(folder);
  }
  return folder;
}

/** Removes that folder with what is in it. */
export async function removeRunFolder(): Promise<void> {
  await removeFolder(await runFolder());
}

/** Lets one test file at a time do a piece of work. */
export async function withRunLock<T>(work: () => Promise<T>): Promise<T> {
  const file = await Deno.open(join(await runFolder(), "run.lock"), { create: true, write: true });
  await file.lock(true);
  try {
    return await work();
  } finally {
    file.close();
  }
}

async function refuseForeign(folder: string): Promise<void> {
  const { uid, isDirectory } = await Deno.lstat(folder);
  if (isDirectory && uid === Deno.uid()) return;
  throw new Error(`Expected ${folder} to be a folder of user ${Deno.uid()} but found one of user ${uid}`);
}
