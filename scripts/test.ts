import { join } from "@std/path";
import { runCommand } from "./local/operator_database.ts";
import { onOwnStack } from "./local/own_stack.ts";
import { removeFolder } from "./local/remove_folder.ts";
import { ROOT, writeStackFile } from "./local/stack_file.ts";
import { type StopRequest, watchForStop } from "./local/until_stopped.ts";

const GIVEN = ["SUPABASE_URL", "TRADEPOST_STACK_FILE"];

/** Runs `deno test` with what the command line adds; paths among it replace `tests/`. */
async function runTests(env: Record<string, string>, request: StopRequest): Promise<void> {
  const found = await Promise.all(Deno.args.map((text) => Deno.stat(text).then(() => true, () => false)));
  const paths = found.includes(true) ? [] : ["tests/"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...paths, ...Deno.args],
    cwd: ROOT,
    clearEnv: true,
    env,
  }).spawn();
  const status = child.status;
  // Ctrl-C reaches the tests by itself, every other request reaches this process alone.
  await Promise.race([status, request.made]);
  if (request.exitCode !== undefined) endTests(child);
  const { code } = await status;
  Deno.exitCode = request.exitCode ?? code;
}

function endTests(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // it has ended by itself
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

await runCommand(async () => {
  // As it was: the stack sets variables of its own in this process.
  const env = Deno.env.toObject();
  // Everything the tests put aside lies in here: tests that are cut short clear nothing up themselves.
  const folder = await Deno.makeTempDir({ prefix: "tradepost-test-" });
  await Deno.chmod(folder, 0o711);
  const testEnv = { ...env, TMPDIR: folder };
  try {
    if (GIVEN.some((name) => env[name])) return await runTests(testEnv, watchForStop());
    await onOwnStack(async ({ info }, request) => {
      const file = join(folder, "stack.json");
      await writeStackFile(info, file);
      await runTests({ ...testEnv, TRADEPOST_STACK_FILE: file }, request);
    });
  } finally {
    await removeFolder(folder);
  }
});
