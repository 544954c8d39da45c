import { join } from "@std/path";
import process from "node:process";
import { folderInUse } from "../lock.ts";

const GRACE_MS = 15_000;

/**
 * Waits for a server left in a data folder to end: after a kill -9 of its stack it is about to be stopped.
 * The lock file of a process that is gone is removed, also when its number was given to another program.
 *
 * @throws Error naming the process when it does not end.
 */
export async function awaitStaleServer(folder: string, dataFolder: string): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  while (true) {
    const pid = await serverPid(dataFolder);
    if (pid === undefined) return;
    if (!(await isServerOf(pid, dataFolder))) {
      await Deno.remove(join(dataFolder, "postmaster.pid"));
      return;
    }
    if (Date.now() > deadline) throw folderInUse(folder, pid);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The process number in a data folder's `postmaster.pid`, where there is one. */
export async function serverPid(dataFolder: string): Promise<number | undefined> {
  const text = await Deno.readTextFile(join(dataFolder, "postmaster.pid")).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const pid = Number(text.split("\n")[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isServerOf(pid: number, dataFolder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (Deno.build.os !== "linux") return true;
  const command = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return command.split("\0").includes(dataFolder);
}
