/** The stack that is put under load: the one the environment names, or one of its own. */
import { join } from "@std/path";
import { removeFolder } from "../../scripts/local/remove_folder.ts";
import { readStackFile, ROOT } from "../../scripts/local/stack_file.ts";

/** How to reach the stack, as whom. */
export interface Target extends AsyncDisposable {
  readonly apiUrl: string;
  readonly publishableKey: string;
  /** The default one: sessions are opened with it. */
  readonly secretKey: string;
  /** As role postgres. */
  readonly dbUrl: string;
  /** The sandbox that plays its providers, where it has one. */
  readonly sandboxUrl: string | undefined;
  /** It was started for this run and shares its machine. */
  readonly isOwn: boolean;
}

const NAMES = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_DB_URL"] as const;

/** The stack the environment names, else one that is started now and is gone at the end of the scope. */
export async function openTarget(): Promise<Target> {
  return given() ?? await startOwn();
}

function given(): Target | undefined {
  const [url, publishableKey, secretKey, dbUrl] = NAMES.map((name) => Deno.env.get(name));
  // The database's address alone is what `deno task env` exports for the operator's commands.
  if (!url && !publishableKey && !secretKey) return undefined;
  if (!url || !publishableKey || !secretKey || !dbUrl) {
    const missing = NAMES.filter((name) => !Deno.env.get(name));
    throw new Error(`Expected all of ${NAMES.join(", ")} or none but found no ${missing.join(", ")}`);
  }
  return {
    apiUrl: url.replace(/\/+$/, ""),
    publishableKey,
    secretKey,
    dbUrl,
    sandboxUrl: namedSandbox(),
    isOwn: false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function namedSandbox(): string | undefined {
  return Deno.env.get("LOOPGPT_SANDBOX_URL")?.replace(/\/+$/, "") || undefined;
}

/** A process of its own: the load and what it is put on are not to wait for one event loop. */
async function startOwn(): Promise<Target> {
  const folder = await Deno.makeTempDir({ prefix: "tradepost-load-" });
  // As root, Postgres runs as another account, which passes through.
  await Deno.chmod(folder, 0o711);
  const file = join(folder, "stack.json");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", join(ROOT, "scripts", "start.ts"), "--port", "0", "--stack-file", file],
      // Not an ephemeral one: a bid counts once the disk has it.
      ...["--data", join(folder, "data"), "--parent-pid", `${Deno.pid}`],
    ],
    // A line per request would be measured too.
    env: { LOG_LEVEL: Deno.env.get("LOG_LEVEL") || "error" },
    // Ctrl-C is for this process, which still has to clear up on the stack.
    detached: true,
    stdout: "piped",
  }).spawn();
  const stop = async () => {
    const { code } = await end(child);
    await removeFolder(folder);
    if (code !== 0) console.error(`The stack ended with exit code ${code}`);
  };
  try {
    await untilReady(child.stdout);
    const info = await readStackFile(file);
    if (!info) throw new Error("Expected a stack for the load test but found that it did not start");
    const { apiUrl, dbUrl, publishableKey, secretKeys, sandboxUrl } = info;
    return {
      apiUrl,
      dbUrl,
      publishableKey,
      secretKey: secretKeys.default,
      sandboxUrl: sandboxUrl ?? namedSandbox(),
      isOwn: true,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
  return await child.status;
}

/** Reads what the start says until it is ready or ends, and lets the rest run dry. */
async function untilReady(output: ReadableStream<Uint8Array>): Promise<void> {
  const reader = output.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("Ready after")) {
    const { done, value } = await reader.read();
    if (done) return;
    said += value;
  }
  void drain(reader);
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
