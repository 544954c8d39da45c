/** A stack of a test's own, with everything that it and its Postgres write to a log. */
import { dirname, join } from "@std/path";
import postgres from "postgres";
import { isAlive } from "../../scripts/local/postgres/stale_server.ts";
import { readStackFile, ROOT, type StackInfo } from "../../scripts/local/stack_file.ts";
import { present } from "./present.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import type { StackProcess } from "./stack_process.ts";

/** What is needed of it. */
export interface LoggedStack extends AsyncDisposable {
  readonly info: StackInfo;
  /** A pool as role `postgres`. */
  readonly sql: postgres.Sql;
  /** All that the gateway, the functions in it, and Postgres have said so far. */
  said(): Promise<string>;
}

const READY_WITHIN_MS = 120_000;

/** Starts it on free ports, with these variables beside those of this process. */
export async function loggedStack(env: Readonly<Record<string, string>> = {}): Promise<LoggedStack> {
  const parts = new AsyncDisposableStack();
  try {
    const folder = parts.use(await temporaryFolder());
    const log = join(folder.path, "stack.log");
    const { info, end } = await startLoggedWith(env, folder.path, log, "--ephemeral");
    parts.defer(async () => void await end("SIGTERM"));
    const sql = postgres(info.dbUrl, { onnotice: () => {} });
    parts.defer(() => sql.end({ timeout: 5 }));
    const serverLog = join(dirname(await dataDirectory(info)), "postgres.log");
    const said = async () =>
      (await Promise.all([log, serverLog].map((path) => Deno.readTextFile(path)))).join("\n");
    return { info, sql, said, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

/** Starts a stack whose words go to the end of a log; it resolves when it serves. */
export function startLogged(folder: string, log: string, ...options: string[]): Promise<StackProcess> {
  return startLoggedWith({}, folder, log, ...options);
}

async function startLoggedWith(
  env: Readonly<Record<string, string>>,
  folder: string,
  log: string,
  ...options: string[]
): Promise<StackProcess> {
  const file = join(folder, "stack.json");
  const script = join(ROOT, "scripts", "start.ts");
  const known = ["--quiet", "--port", "0", "--stack-file", file, "--parent-pid", `${Deno.pid}`];
  // The shell hands the log over and becomes the stack.
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" "$@" >>"$LOG" 2>&1',
      Deno.execPath(),
      "run",
      "--allow-all",
      script,
      ...known,
      ...options,
    ],
    env: { ...env, LOG: log },
    cwd: ROOT,
    stdin: "null",
  }).spawn();
  const ended = child.status;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (true) {
    const info = await readStackFile(file);
    // Not the file that a killed one has left.
    if (info?.local?.pid === child.pid) {
      return {
        info,
        pid: child.pid,
        end: async (signal) => {
          child.kill(signal);
          return (await ended).code;
        },
      };
    }
    if (!isAlive(child.pid) || Date.now() > deadline) {
      throw new Error(`Expected a stack but found: ${await Deno.readTextFile(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function dataDirectory({ local }: StackInfo): Promise<string> {
  const sql = postgres(present(local, "a stack of this machine").superuserUrl, {
    max: 1,
    onnotice: () => {},
  });
  try {
    const [row] = await sql<{ path: string }[]>`select current_setting('data_directory') as path`;
    return present(row, "a folder").path;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
