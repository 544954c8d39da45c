/** list-tasks?since=: following what changes, without a gap and without a repetition. */
import { assertEquals } from "@std/assert";
import type { Task } from "../support/answers.ts";
import { Feed, settled } from "../support/feed.ts";
import { call, refused } from "../support/functions.ts";
import { newAgent, newCast, taskIn, waitingTasks } from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

const versions = (tasks: readonly Task[]) => new Map(tasks.map(({ id, version }) => [id, version]));

/** What stands in the database: every task of an agent with its version. */
async function standing(agentId: string): Promise<Map<string, number>> {
  await using sql = databaseOf(await stack());
  const rows = await sql<{ id: string; version: number }[]>`
    select id, version::integer as version from public.marketplace_tasks where created_by = ${agentId}`;
  return new Map(rows.map(({ id, version }) => [id, version]));
}

Deno.test("from the start the feed has every task once, as it is now, in the order of its last change", async () => {
  const cast = await newCast();
  const first = await taskIn(cast, "awaiting_approval");
  const second = await taskIn(cast, "awaiting_approval");
  const third = await taskIn(cast, "completed");
  await call("approve", cast.admin, { json: { taskIds: [first.id], approved: true } });
  const feed = new Feed(cast.agent, { limit: "2" });
  const tasks = await feed.until(({ length }) => length >= 3);
  assertEquals(tasks.map(({ id, status, version }) => [id, status, version]), [
    [second.id, "awaiting_approval", 1],
    [third.id, "completed", 4],
    [first.id, "approved", 2],
  ]);
  assertEquals(await feed.next(), []);
});

Deno.test("from now on the feed has what changes from now on", async () => {
  const cast = await newCast();
  const old = await taskIn(cast, "awaiting_approval");
  await settled();
  const feed = new Feed(cast.agent, {}, "now");
  assertEquals(await feed.next(), []);
  const fresh = await taskIn(cast, "awaiting_approval");
  await call("cancel-task", cast.agent, { json: { taskId: old.id } });
  const tasks = await feed.until(({ length }) => length >= 2);
  assertEquals(tasks.map(({ id, status }) => [id, status]), [
    [fresh.id, "awaiting_approval"],
    [old.id, "cancelled"],
  ]);
});

Deno.test("a follower of the feed under concurrent writers ends with what stands, and sees no version twice", async () => {
  const cast = await newCast();
  const feed = new Feed(cast.agent, { limit: "5" });
  const seen: Task[] = [];
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let round = 0; round < 5; round++) {
      const [one = "", two = ""] = await waitingTasks(cast, 3, { tags: [`writer-${writer}`] });
      await call("approve", cast.admin, { json: { taskIds: [one], approved: true } });
      await call("cancel-task", cast.agent, { json: { taskId: two } });
      await call("assign", cast.admin, { json: { taskId: one, assignedTo: cast.alice.id } });
    }
  });
  let writing = true;
  const written = Promise.all(writers).finally(() => writing = false);
  while (writing) seen.push(...await feed.next());
  await written;

  const expected = await standing(cast.agent.id);
  assertEquals(expected.size, 90);
  const isComplete = (tasks: readonly Task[]) => {
    const known = versions([...seen, ...tasks]);
    return [...expected].every(([id, version]) => known.get(id) === version);
  };
  seen.push(...await feed.until(isComplete));
  assertEquals(versions(seen), new Map(seen.map(({ id }) => [id, expected.get(id) ?? 0])));
  const each = seen.map(({ id, version }) => `${id} ${version}`);
  assertEquals(new Set(each).size, each.length);
});

Deno.test("what commits late is not skipped: the feed waits for it", async () => {
  const cast = await newCast();
  await settled();
  const feed = new Feed(cast.agent, {}, "now");
  await feed.next();
  await using sql = databaseOf(await stack());
  const late = await sql.reserve();
  await late`begin`;
  const [row] = await late<{ id: string }[]>`
    insert into public.marketplace_tasks
      (marketplace, created_by, title, description, category, priority, estimated_hours)
    values ('amazon', ${cast.agent.id}, 'Late', 'Begun first, committed last', 'optimization', 'low', 1)
    returning id`;
  const quick = await taskIn(cast, "awaiting_approval");
  const { body } = await call("list-tasks", cast.agent);
  assertEquals(body.tasks?.map(({ id }) => id), [quick.id], "what is not committed is in no page");
  assertEquals(await feed.next(), [], "the feed must not pass a transaction that is still open");
  await late`commit`;
  late.release();
  const tasks = await feed.until(({ length }) => length >= 2);
  assertEquals(tasks.map(({ id }) => id), [row?.id, quick.id]);
});

Deno.test("the feed can be narrowed, and an agent follows its own tasks only", async () => {
  const cast = await newCast();
  const other = await newAgent({ marketplace: "kaway" });
  await settled();
  const mine = new Feed(cast.agent, {}, "now");
  const kaway = new Feed(cast.alice, { marketplace: "kaway", createdBy: other.id }, "now");
  await Promise.all([mine.next(), kaway.next()]);
  const one = await taskIn(cast, "awaiting_approval");
  const two = await taskIn({ ...cast, agent: other }, "awaiting_approval", { marketplace: "kaway" });
  assertEquals((await mine.until(({ length }) => length >= 1)).map(({ id }) => id), [one.id]);
  assertEquals((await kaway.until(({ length }) => length >= 1)).map(({ id }) => id), [two.id]);
  await settled();
  assertEquals([await mine.next(), await kaway.next()], [[], []]);
});

Deno.test("a cursor of a page is none of the feed, nor the other way round", async () => {
  const cast = await newCast();
  await waitingTasks(cast, 2);
  const page = await call("list-tasks", cast.agent, { query: "limit=1" });
  const feed = await call("list-tasks", cast.agent, { query: "since=start" });
  assertEquals([page.status, feed.status, feed.body.offset], [200, 200, 0]);
  for (const query of [{ since: page.body.nextCursor ?? "" }, { cursor: feed.body.nextCursor ?? "" }]) {
    refused(await call("list-tasks", cast.agent, { query }), "cursor_invalid");
  }
});
