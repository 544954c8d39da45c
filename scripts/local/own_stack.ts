import { type RunningStack, startStack } from "./stack.ts";
import { type StopRequest, watchForStop } from "./until_stopped.ts";

/**
 * Does a piece of work on an ephemeral stack, which is gone afterwards, also when the work fails. The work is
 * told when this process is asked to end, and is to come to an end then; the exit code says so.
 */
export async function onOwnStack(
  work: (stack: RunningStack, request: StopRequest) => Promise<void>,
): Promise<void> {
  const request = watchForStop();
  try {
    await workOnStack(work, request);
  } catch (error) {
    // Ctrl-C reaches the programs a start runs as well: their failure says nothing
    if (request.exitCode === undefined) throw error;
  }
  if (request.exitCode !== undefined) Deno.exitCode = request.exitCode;
}

async function workOnStack(
  work: (stack: RunningStack, request: StopRequest) => Promise<void>,
  request: StopRequest,
): Promise<void> {
  const binDir = Deno.env.get("POSTGRES_BIN");
  // The functions run in this process; their log would stand between what the work prints.
  if (!Deno.env.get("LOG_LEVEL")) Deno.env.set("LOG_LEVEL", "error");
  const stack = await startStack({ ephemeral: true, port: 0, ...(binDir ? { binDir } : {}) });
  try {
    if (request.exitCode === undefined) await work(stack, request);
  } finally {
    await stack.stop();
  }
}
