import { join } from "@std/path";
import { isAlive } from "../../scripts/local/postgres/stale_server.ts";
import { readStackFile, ROOT, type StackInfo } from "../../scripts/local/stack_file.ts";
import { runFolder, withRunLock } from "../../scripts/local/run_folder.ts";

const READY_WITHIN_MS = 120_000;

const LAUNCH = '( "$0" "$@" >"$LOG" 2>&1; rm -rf "$FOLDER" ) </dev/null >/dev/null 2>&1 & echo $!';

/** An ephemeral stack of this `deno test`'s own: the first test file that asks starts it, it ends with the run. */
export async function ownStack(): Promise<StackInfo> {
  const folder = await runFolder();
  const file = join(folder, "stack.json");
  return await withRunLock(async () => await runningStack(file) ?? await startOwn(folder, file));
}

async function runningStack(file: string): Promise<StackInfo | undefined> {
  const info = await readStackFile(file);
  if (!info?.local || !isAlive(info.local.pid)) return undefined;
  return info;
}

async function startOwn(folder: string, file: string): Promise<StackInfo> {
  await Deno.remove(file).catch(() => {});
  const log = join(folder, "stack.log");
  // Through a shell that ends at once: the stack is then nobody's child here, so that no test is told of a
  // process it leaves behind.
  const launched = await new Deno.Command("sh", {
    args: ["-c", LAUNCH, Deno.execPath(), ...startArguments(file)],
    env: { LOG: log, FOLDER: folder },
    cwd: ROOT,
  }).output();
  const pid = Number(new TextDecoder().decode(launched.stdout));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (true) {
    const info = await runningStack(file);
    if (info) return info;
    if (!isAlive(pid) || Date.now() > deadline) {
      throw new Error(`Expected a stack for the tests but found: ${await Deno.readTextFile(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function startArguments(file: string): string[] {
  const parent = ["--parent-pid", `${Deno.pid}`];
  return [
    "run",
    "--allow-all",
    join(ROOT, "scripts", "start.ts"),
    "--ephemeral",
    "--port",
    "0",
    "--stack-file",
    file,
    ...parent,
  ];
}
