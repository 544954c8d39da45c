import { statfs } from "node:fs/promises";

const MEMORY = "/dev/shm";

/** Many times what a run puts aside at any one time. */
const ROOM_BYTES = 4 * 2 ** 30;

/**
 * Makes the folder for all that a test run puts aside, the databases' files included: in memory where there is
 * room and `TMPDIR` does not say otherwise. On ext4 without a journal a file made soon after thousands were removed
 * costs as much as all of those: a test's copy of the template took 300 ms there after a hundred tests, 30 in memory.
 */
export async function makeTestFolder(): Promise<string> {
  const dir = !Deno.env.get("TMPDIR") && await hasRoom(MEMORY) ? { dir: MEMORY } : {};
  const folder = await Deno.makeTempDir({ prefix: "tradepost-test-", ...dir });
  // As root, Postgres runs as another account, which has to pass through.
  await Deno.chmod(folder, 0o711);
  return folder;
}

async function hasRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}
