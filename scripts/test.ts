import { join } from "@std/path";
import { runCommand } from "./local/operator_database.ts";
import { startStack } from "./local/stack.ts";
import { ROOT, writeStackFile } from "./local/stack_file.ts";

// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED = 130;

let interrupted = false;

const GIVEN = ["SUPABASE_URL", "TRADEPOST_STACK_FILE"];

/** Runs `deno test` with what the command line adds; paths among it replace `tests/`. */
async function runTests(env: Record<string, string>): Promise<number> {
  const found = await Promise.all(Deno.args.map((text) => Deno.stat(text).then(() => true, () => false)));
  const paths = found.includes(true) ? [] : ["tests/"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...paths, ...Deno.args],
    cwd: ROOT,
    clearEnv: true,
    env,
  }).spawn();
  return (await child.status).code;
}

/** As {@linkcode runTests}, against an ephemeral stack of its own. */
async function runOnOwnStack(env: Record<string, string>): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "tradepost-test-" });
  const binDir = env["POSTGRES_BIN"];
  // The functions run in this process; their log would stand between the tests.
  if (!env["LOG_LEVEL"]) Deno.env.set("LOG_LEVEL", "error");
  const stack = await startStack({ ephemeral: true, port: 0, ...(binDir ? { binDir } : {}) });
  try {
    const file = join(folder, "stack.json");
    await writeStackFile(stack.info, file);
    if (interrupted) return INTERRUPTED;
    return await runTests({ ...env, TRADEPOST_STACK_FILE: file });
  } finally {
    await stack.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

await runCommand(async () => {
  // Ctrl-C reaches the tests as well; this process waits for them and then stops the stack.
  Deno.addSignalListener("SIGINT", () => interrupted = true);
  // As it was: the stack sets variables of its own in this process.
  const env = Deno.env.toObject();
  Deno.exitCode = GIVEN.some((name) => env[name]) ? await runTests(env) : await runOnOwnStack(env);
});
