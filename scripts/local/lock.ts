import { join } from "@std/path";

/** A folder held for this process until it is released or the process ends, in whatever way. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes a data folder for this process alone.
 *
 * @param shown The folder as its user named it.
 * @throws Error naming the process that has it.
 */
export async function lockFolder(folder: string, shown: string = folder): Promise<FolderLock> {
  const path = join(folder, "lock");
  const file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
  if (!(await file.tryLock(true))) {
    file.close();
    throw folderInUse(shown, (await Deno.readTextFile(path)).trim());
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { release: () => file.close() };
}

/** The one sentence said wherever a folder turns out to be taken. */
export function folderInUse(folder: string, pid: number | string): Error {
  return new Error(
    `The data folder ${folder} is in use by process ${pid}; stop it or choose another with --data`,
  );
}
