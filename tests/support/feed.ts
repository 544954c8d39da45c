/** Followers of the feed of tasks, at its URL. */
import { assertEquals } from "@std/assert";
import type { Task } from "./answers.ts";
import { call, type FunctionCaller } from "./functions.ts";
import { present } from "./present.ts";
import { databaseOf } from "./realtime.ts";
import { stack } from "./stack.ts";

const WAIT_MS = 30_000;

/** Somebody who follows what changes. */
export class Feed {
  readonly #caller: FunctionCaller;
  readonly #filter: Readonly<Record<string, string>>;
  #cursor: string;

  constructor(caller: FunctionCaller, filter: Readonly<Record<string, string>> = {}, since = "start") {
    this.#caller = caller;
    this.#filter = filter;
    this.#cursor = since;
  }

  /** The next page; empty where nothing more may be shown yet. */
  async next(): Promise<readonly Task[]> {
    const query = { ...this.#filter, since: this.#cursor };
    const { status, body, text } = await call("list-tasks", this.#caller, { query });
    assertEquals(status, 200, text);
    const tasks = present(body.tasks, "tasks");
    assertEquals(body.count, tasks.length);
    this.#cursor = present(body.nextCursor, "a cursor to go on from");
    return tasks;
  }

  /** Every task from here on, until there are enough: other transactions of the server may hold the feed back. */
  async until(isEnough: (tasks: readonly Task[]) => boolean): Promise<readonly Task[]> {
    const found: Task[] = [];
    const deadline = Date.now() + WAIT_MS;
    while (true) {
      found.push(...await this.next());
      if (isEnough(found)) return found;
      if (Date.now() > deadline) {
        throw new Error(`Expected more of the feed but found ${JSON.stringify(found)}`);
      }
    }
  }
}

/**
 * Waits until every transaction that is open now has ended, so that the feed shows all that was committed: those in
 * other databases of the cluster, which other tests use, hold it back too.
 */
export async function settled(): Promise<void> {
  await using sql = databaseOf(await stack());
  const [now] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
  const deadline = Date.now() + WAIT_MS;
  while (true) {
    const [row] = await sql<{ passed: boolean }[]>`
      select ${present(now, "a transaction").xid}::xid8 < pg_snapshot_xmin(pg_current_snapshot()) as passed`;
    if (row?.passed) return;
    if (Date.now() > deadline) {
      throw new Error("Expected the open transactions to end but found one that did not");
    }
  }
}
