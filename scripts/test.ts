/**
 * `deno task test [paths] [options of deno test]`: on a stack of its own, in memory where that is possible, unless the
 * environment names one. Types are checked by `deno task ok`.
 */
import { join } from "@std/path";
import { echoed, readTotals, type Totals } from "./ci/totals.ts";
import { runCommand } from "./local/operator_database.ts";
import { onOwnStack } from "./local/own_stack.ts";
import { removeFolder } from "./local/remove_folder.ts";
import { ROOT, writeStackFile } from "./local/stack_file.ts";
import { type StopRequest, watchForStop } from "./local/until_stopped.ts";
import { type Lane, lanesOf } from "./tests/lanes.ts";
import { makeTestFolder } from "./tests/test_folder.ts";

const GIVEN = ["SUPABASE_URL", "TRADEPOST_STACK_FILE"];

/** Runs `deno test` with what the command line adds; paths in it replace `tests/`. */
async function runTests(env: Record<string, string>, request: StopRequest): Promise<void> {
  const began = performance.now();
  const found = await Promise.all(Deno.args.map((text) => Deno.stat(text).then(() => true, () => false)));
  const named = Deno.args.filter((_, at) => found[at]);
  const paths = named.length > 0 ? named : ["tests/"];
  const options = Deno.args.filter((_, at) => !found[at]);
  // Of a stack elsewhere there is one database, which all tests share.
  const lanes = env["SUPABASE_URL"] ? [{ name: "all", options: [], paths }] : lanesOf(paths);
  const totals = await Promise.all(
    lanes.map((lane) => runLane(lane, lanes.length > 1 ? ownReport(options, lane) : options, env, request)),
  );
  if (request.exitCode !== undefined) return;

  const passed = totals.reduce((sum, lane) => sum + lane.passed, 0);
  const failed = totals.reduce((sum, lane) => sum + lane.failed, 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${failed === 0 ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed (${seconds}s)`);
}

async function runLane(
  lane: Lane,
  options: readonly string[],
  env: Record<string, string>,
  request: StopRequest,
): Promise<Totals> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...lane.options, ...lane.paths, ...options],
    cwd: ROOT,
    clearEnv: true,
    env,
    stdout: "piped",
  }).spawn();
  const ended = Promise.all([child.status, echoed(child.stdout)]);
  // Ctrl-C reaches the tests by itself, every other request reaches this process alone.
  await Promise.race([ended, request.made]);
  if (request.exitCode !== undefined) endTests(child);
  const [{ code }, output] = await ended;
  Deno.exitCode = request.exitCode ?? (Deno.exitCode || code);
  const { passed, failed } = readTotals(output) ?? { passed: 0, failed: 0 };
  // A run may fail without a failed test.
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

/** Two lanes do not write to one file: `junit.xml` becomes `junit.one-by-one.xml`. */
function ownReport(options: readonly string[], { name }: Lane): string[] {
  return options.map((option) =>
    option.replace(/^(--junit-path=.*?)(\.xml)?$/, `$1.${name.replaceAll(" ", "-")}$2`)
  );
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
  const folder = await makeTestFolder();
  const testEnv = { ...env, TMPDIR: folder };
  try {
    if (GIVEN.some((name) => env[name])) return await runTests(testEnv, watchForStop());
    // the stack's data too
    Deno.env.set("TMPDIR", folder);
    await onOwnStack(async ({ info }, request) => {
      const file = join(folder, "stack.json");
      await writeStackFile(info, file);
      await runTests({ ...testEnv, TRADEPOST_STACK_FILE: file }, request);
    });
  } finally {
    await removeFolder(folder);
  }
});
