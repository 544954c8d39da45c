/** A stack with data that lasts, whose parts a test brings down and back while others use it. */
import { join } from "@std/path";
import type postgres from "postgres";
import { withConnection } from "../../scripts/local/connect.ts";
import { serverPid } from "../../scripts/local/postgres/stale_server.ts";
import type { StackInfo } from "../../scripts/local/stack_file.ts";
import { present } from "./present.ts";
import { startLogged } from "./logged_stack.ts";
import { type StackProcess, untilGone } from "./stack_process.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

const BACK_WITHIN_MS = 60_000;

/** How often what was brought down. */
export interface Faults {
  servers: number;
  stacks: number;
  backends: number;
}

/** The stack. Its addresses change when it is started again. */
export class FaultyStack implements AsyncDisposable {
  readonly faults: Faults = { servers: 0, stacks: 0, backends: 0 };
  #whole: Promise<void> = Promise.resolve();

  private constructor(readonly folder: TemporaryFolder, private process: StackProcess) {}

  /** Starts it on free ports. */
  static async start(): Promise<FaultyStack> {
    const folder = await temporaryFolder();
    return new FaultyStack(folder, await startIn(folder));
  }

  /** How to reach it, or how it was reached last while it is down. */
  get info(): StackInfo {
    return this.process.info;
  }

  /** Resolves once no fault is under way. */
  get whole(): Promise<void> {
    return this.#whole;
  }

  /** Works on its database as role `postgres`. */
  async query<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
    return await withConnection(this.info.dbUrl, work);
  }

  /** kill -9 of Postgres; resolves when it answers again. */
  async killPostgres(): Promise<void> {
    await this.#during(async () => {
      const path = join(this.folder.path, "data", "postgres");
      const server = present(await serverPid(path), "a running Postgres");
      Deno.kill(server, "SIGKILL");
      await untilGone(server);
      await this.#untilItAnswers();
      this.faults.servers += 1;
    });
  }

  /** kill -9 of the process with gateway, functions, Realtime and scheduler; starts it again on the same data. */
  async killStack(): Promise<void> {
    await this.#during(async () => {
      await this.process.end("SIGKILL");
      this.process = await startIn(this.folder);
      this.faults.stacks += 1;
    });
  }

  /** Terminates every backend that is at work on an operation at the moment; how many. */
  async terminateBackends(operations: readonly string[]): Promise<number> {
    const { superuserUrl } = present(this.info.local, "a stack of this machine");
    const rows = await withConnection(
      superuserUrl,
      (sql) =>
        sql`
          select pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity as a
          where a.state <> 'idle' and a.pid <> pg_backend_pid() and a.query ~ ${operations.join("|")}`,
    );
    this.faults.backends += rows.length;
    return rows.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.end("SIGTERM");
    await this.folder[Symbol.asyncDispose]();
  }

  async #during(work: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whole = promise;
    // Let go in any case: whoever waits finds out by himself what does not work.
    await work().finally(resolve);
  }

  async #untilItAnswers(): Promise<void> {
    const deadline = Date.now() + BACK_WITHIN_MS;
    while (true) {
      try {
        await this.query((sql) => sql`select 1`);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }
}

async function startIn({ path }: TemporaryFolder): Promise<StackProcess> {
  return await startLogged(path, join(path, "stack.log"), "--data", join(path, "data"));
}
