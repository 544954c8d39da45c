import { join } from "@std/path";
import type { ServerAccount } from "./server_account.ts";

/** A Postgres that cannot outlive this process. */
export interface GuardedServer {
  /** Resolves when the server is gone for good, with its exit code. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** What to run, and where. */
export interface ServerCommand {
  /** The Tradepost data folder; it gets the server's log. */
  readonly folder: string;
  readonly binDir: string;
  readonly options: readonly string[];
  readonly account: ServerAccount | undefined;
  /** Remove the folder when the server has ended. */
  readonly discard: boolean;
}

/** The server's log inside a Tradepost data folder. */
export function serverLog(folder: string): string {
  return join(folder, "postgres.log");
}

/** Starts Postgres under `guard.sh`, which stops it when this process ends in whatever way. */
export async function startGuarded(command: ServerCommand): Promise<GuardedServer> {
  // Handed over as text: the account that runs it may not be able to enter the checkout.
  const script = await Deno.readTextFile(new URL("guard.sh", import.meta.url));
  const guard = new Deno.Command("sh", {
    args: [
      ...["-c", script, "tradepost-guard"],
      ...[join(command.binDir, "postgres"), serverLog(command.folder), command.discard ? command.folder : ""],
      ...command.options,
    ],
    cwd: command.folder,
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    ...(command.account ?? {}),
  }).spawn();

  const ended = guard.status.then(({ code }) => code);
  return {
    ended,
    async stop() {
      await guard.stdin.close().catch(() => {});
      await ended;
    },
  };
}
