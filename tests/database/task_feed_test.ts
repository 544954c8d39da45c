import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { Task } from "../support/answers.ts";
import { callAs, type Caller, callWithin } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import {
  type Agent,
  agentNamed,
  aTask,
  castOf,
  type Person,
  readTasks,
  succeeded,
  taskOf,
  withoutLimits,
} from "../support/tasks.ts";

/** More than all changes of a test fill; a feed that goes round in a ring does not end. */
const MOST_PAGES = 2000;

/** A client that follows the feed and keeps what it was shown. */
class Follower {
  readonly tasks = new Map<string, Task>();
  #cursor: string;

  constructor(readonly sql: postgres.Sql, readonly caller: Caller, since = "start") {
    this.#cursor = since;
  }

  /** Reads until nothing new is shown; returns what was, in order. */
  async read(limit = 3): Promise<readonly Task[]> {
    const shown: Task[] = [];
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const filter = { since: this.#cursor, limit };
      const { body } = succeeded(await callAs(this.sql, this.caller, "list_tasks", { filter }));
      const tasks = present(body.tasks, "tasks");
      this.#cursor = present(body.nextCursor, "a cursor");
      for (const task of tasks) this.tasks.set(task.id, task);
      shown.push(...tasks);
      if (tasks.length === 0) return shown;
    }
    throw new Error(`Expected the feed to end but found ${MOST_PAGES} pages and more`);
  }

  /** Reads on until it knows what the table knows; other databases of the cluster may hold the feed up a moment. */
  async catchUp(): Promise<void> {
    const deadline = Date.now() + 20_000;
    const truth = await tasksByVersion(this.sql);
    while (Date.now() < deadline) {
      await this.read();
      if (this.#summary() === truth) return;
    }
    assertEquals(this.#summary(), truth);
  }

  #summary(): string {
    return [...this.tasks.values()].map(({ id, version }) => `${id} ${version}`).sort().join("\n");
  }
}

async function tasksByVersion(sql: postgres.Sql): Promise<string> {
  const rows = await sql<{ id: string; version: string }[]>`
    select t.id, t.version from public.marketplace_tasks as t`;
  return rows.map(({ id, version }) => `${id} ${version}`).sort().join("\n");
}

Deno.test("the feed shows each change once and in order, and from 'now' only what comes", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { amazon, alice } = await castOf(sql);
  const all = new Follower(sql, alice);
  const first = taskOf(await callAs(sql, amazon, "create_task", { task: aTask() }));
  await all.catchUp();
  const fresh = new Follower(sql, alice, "now");
  assertEquals(await fresh.read(), []);
  const second = taskOf(await callAs(sql, amazon, "create_task", { task: aTask() }));
  const submitted = taskOf(await callAs(sql, amazon, "submit_task", { task_id: first.id }));
  await all.catchUp();
  assertEquals([...all.tasks.values()].map(({ version }) => version).sort(), [1, 2]);
  await fresh.read();
  assertEquals([...fresh.tasks.values()], [second, submitted]);
  assertEquals(await all.read(), []);
});

Deno.test("a change that is committed late, after later ones were read, is not skipped", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { amazon, shopee, alice } = await castOf(sql);
  const follower = new Follower(sql, alice);
  const own = aTask({ marketplace: "shopee" });
  const late = await sql.begin(async (transaction) => {
    const held = taskOf(await callWithin(transaction, amazon, "create_task", { task: aTask() }));
    succeeded(await callAs(sql, shopee, "create_task", { task: own }));
    const shown = await follower.read();
    assertEquals(shown.some(({ id }) => id === held.id), false);
    return held;
  });
  succeeded(await callAs(sql, shopee, "create_task", { task: own }));
  await follower.catchUp();
  assertEquals(follower.tasks.get(late.id), late);
  assertEquals(follower.tasks.size, 3);
});

/** One of the writers: its own agent, its own admin, its own queue of tasks to decide on. */
interface Writer {
  readonly agent: Agent;
  readonly admin: Person;
  readonly queue: string[];
}

class RolledBack extends Error {}

/** Makes a change and holds it back until another one, begun later, was committed and read. */
async function commitLate(
  sql: postgres.Sql,
  { agent, admin, queue }: Writer,
  round: number,
  read: () => Promise<unknown>,
): Promise<void> {
  const marketplace = agent.agentId.replace("marketplace-", "");
  const create = { task: aTask({ marketplace }) };
  const decide = () => ({ task_ids: [queue.pop()], approved: round % 2 === 0, reason: "Judged" });
  const decidesLate = round % 3 === 0;
  try {
    await sql.begin(async (transaction) => {
      succeeded(
        decidesLate
          ? await callWithin(transaction, admin, "approve_tasks", decide())
          : await callWithin(transaction, agent, "create_task", create),
      );
      succeeded(
        decidesLate
          ? await callAs(sql, agent, "create_task", create)
          : await callAs(sql, admin, "approve_tasks", decide()),
      );
      await read();
      if (round % 5 === 4) throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
}

Deno.test("a client that follows four writers who commit late ends with exactly what the table holds", async () => {
  const ROUNDS = 15;
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { alice, admin } = await castOf(sql);
  const names = ["shopee", "mercadolivre", "shein", "kaway"];
  const writers = await Promise.all(names.map(async (marketplace): Promise<Writer> => {
    const agent = await agentNamed(sql, `marketplace-${marketplace}`);
    const tasks = Array.from({ length: ROUNDS }, () => aTask({ marketplace }));
    const { body } = succeeded(await callAs(sql, agent, "create_tasks", { tasks }));
    return { agent, admin, queue: present(body.results, "results").map(({ task }) => task?.id ?? "") };
  }));
  const watcher = new Follower(sql, alice);
  let writing = true;
  const watched = (async () => {
    const shown: Task[] = [];
    while (writing) shown.push(...await watcher.read(2));
    return shown;
  })();
  const written = Promise.all(writers.map(async (writer) => {
    // Each reads the feed itself while its change is held back: the cursor passes it by if it ever could.
    const own = new Follower(sql, alice);
    for (let round = 0; round < ROUNDS; round += 1) await commitLate(sql, writer, round, () => own.read(100));
    return own;
  })).finally(() => writing = false);
  const [shown, followers] = await Promise.all([watched, written]);
  for (const follower of [watcher, new Follower(sql, alice), ...followers]) await follower.catchUp();
  assertEquals(watcher.tasks.size, 4 * (ROUNDS + ROUNDS - 2));
  const byId = [...watcher.tasks.values()].sort((one, other) => one.id < other.id ? -1 : 1);
  assertEquals(byId, await readTasks(sql));
  assert(shown.length > 0);
  const twice = shown.map(({ id, version }) => `${id} ${version}`);
  assertEquals(new Set(twice).size, twice.length, "a version was shown twice");
});
