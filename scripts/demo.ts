/** `deno task demo`: the main job through the public URLs, on a stack of its own or the one the environment names. */
import { playBidding } from "./demo/bidding.ts";
import { playRouting } from "./demo/routing.ts";
import { playTasks } from "./demo/tasks.ts";
import { Transcript } from "./demo/transcript.ts";
import { givenStack } from "./local/given_stack.ts";
import { runCommand } from "./local/operator_database.ts";
import { onOwnStack } from "./local/own_stack.ts";
import { removeRunFolder } from "./local/run_folder.ts";
import type { StackInfo } from "./local/stack_file.ts";

const HELP = `Plays the main job through the public URLs and proves every step of it.

usage: deno task demo

It runs on an ephemeral stack of its own, or on the one that SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY,
SUPABASE_SECRET_KEY and SUPABASE_DB_URL name; its providers are then played by the sandbox of LOOPGPT_SANDBOX_URL,
and no real one is ever ordered from. The exit code is 0 only if every step held.
`;

async function play(stack: StackInfo): Promise<void> {
  const transcript = new Transcript();
  await playTasks(stack, transcript);
  await playBidding(stack, transcript);
  await playRouting(stack, transcript);
  transcript.end();
}

async function playOnOwnStack(): Promise<void> {
  const before = performance.now();
  await onOwnStack(async ({ info }, request) => {
    const ms = (performance.now() - before).toFixed(0);
    console.log(`Tradepost demo on an own stack at ${info.apiUrl}, ready after ${ms} ms`);
    await Promise.race([play(info), request.made]);
  });
}

await runCommand(async () => {
  const [argument] = Deno.args;
  if (argument === "--help" || argument === "-h") return console.log(HELP);
  if (argument !== undefined) throw new Error(`Expected no arguments but found ${JSON.stringify(argument)}`);

  const given = await givenStack();
  if (!given) return await playOnOwnStack();
  console.log(`Tradepost demo on ${given.apiUrl}`);
  try {
    await play(given);
  } finally {
    await removeRunFolder();
  }
});
