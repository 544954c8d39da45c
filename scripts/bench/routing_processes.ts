/** The processes beside the stack's: the providers, and whoever sends requests. */
import { ROOT } from "../local/stack_file.ts";
import { type LoadOrder, type LoadResult, loadResult } from "./routing_load.ts";

/** A sandbox in a process of its own. */
export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  /** Every call takes so many milliseconds, on top of what answering takes; its log begins anew. */
  prepare(delayMs: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the providers and points this process's functions at them.
 *
 * @param core Where they run; undefined: anywhere.
 */
export async function startSandboxProcess(core: number | undefined): Promise<SandboxProcess> {
  const child = start(core, ["scripts/sandbox.ts", "--port", "0"]);
  const env = await readEnvironment(child.stdout);
  const earlier = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  const url = env.LOOPGPT_SANDBOX_URL!;
  const tell = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/_sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) {
      throw new Error(`Expected the sandbox to do ${path} but found ${await response.text()}`);
    }
    await response.body?.cancel();
  };
  return {
    url,
    pid: child.pid,
    async prepare(delayMs) {
      await tell("reset", {});
      await tell("delays", { provider: "*", minMs: delayMs, maxMs: delayMs });
      for (const [provider, endpoint] of QUOTAS) await tell("quotas", { provider, endpoint, perDay: null });
    },
    async stop() {
      for (const [name, value] of earlier) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

const QUOTAS = [
  ["KROGER_API", "products"],
  ["KROGER_API", "locations"],
  ["KROGER_API", "cart"],
  ["WALMART_API", "search"],
] as const;

/** Sends a load from a process of its own. */
export async function sendLoad(core: number | undefined, order: LoadOrder): Promise<LoadResult> {
  const child = start(core, ["scripts/bench/routing_load.ts", JSON.stringify(order)]);
  const text = await new Response(child.stdout).text();
  const { success, code } = await child.status;
  if (!success) throw new Error(`Expected the load to be sent but its process ended with ${code}`);
  return loadResult.parse(JSON.parse(text));
}

function start(core: number | undefined, args: readonly string[]): Deno.ChildProcess {
  const command = [Deno.execPath(), "run", "--allow-all", ...args];
  const [program, ...rest] = core === undefined ? command : ["taskset", "--cpu-list", `${core}`, ...command];
  return new Deno.Command(program!, { args: rest, cwd: ROOT, stdout: "piped", stderr: "inherit" }).spawn();
}

/** The lines `NAME=value` that the sandbox prints once it serves. */
async function readEnvironment(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Record<string, string>> {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^MEALME_CONTACT_PHONE=.*\n/m.test(text)) break;
  }
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!.replace(/^'(.*)'$/, "$1")]),
  );
}
