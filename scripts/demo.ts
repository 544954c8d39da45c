/** `deno task demo`: the main job through the public URLs, on a stack of its own or the one the environment names. */
import { playTasks } from "./demo/tasks.ts";
import { Transcript } from "./demo/transcript.ts";
import { givenStack } from "./local/given_stack.ts";
import { runCommand } from "./local/operator_database.ts";
import { startStack } from "./local/stack.ts";
import type { StackInfo } from "./local/stack_file.ts";

async function play(stack: StackInfo): Promise<void> {
  const transcript = new Transcript();
  await playTasks(stack, transcript);
  transcript.end();
}

await runCommand(async () => {
  const given = await givenStack();
  if (given) {
    console.log(`Tradepost demo on ${given.apiUrl}`);
    return await play(given);
  }
  const before = performance.now();
  const binDir = Deno.env.get("POSTGRES_BIN");
  // The functions run in this process; their log would stand between the steps.
  if (!Deno.env.has("LOG_LEVEL")) Deno.env.set("LOG_LEVEL", "error");
  const stack = await startStack({ ephemeral: true, port: 0, ...(binDir ? { binDir } : {}) });
  console.log(
    `Tradepost demo on an own stack at ${stack.info.apiUrl}, ready after ${
      (performance.now() - before).toFixed(0)
    } ms`,
  );
  try {
    await play(stack.info);
  } finally {
    await stack.stop();
  }
});
