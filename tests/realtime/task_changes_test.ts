/** Postgres Changes on marketplace_tasks, and how a client that was away catches up. */
import { assertEquals } from "@std/assert";
import type { RealtimeChannel, RealtimePostgresChangesPayload } from "@supabase/supabase-js";
import { Feed, settled } from "../support/feed.ts";
import { call } from "../support/functions.ts";
import { newCast, taskIn } from "../support/people.ts";
import {
  anonymousClient,
  broadcasts,
  closeClient,
  databaseOf,
  Inbox,
  listening,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { newsOf } from "../support/task_news.ts";

type Change = RealtimePostgresChangesPayload<Record<string, unknown>>;

/** An inbox for changes of tasks, of one agent's where one is named. */
function changes(channel: RealtimeChannel, agentId?: string): Inbox<Change> {
  const inbox = new Inbox<Change>();
  const filter = agentId === undefined ? {} : { filter: `created_by=eq.${agentId}` };
  channel.on(
    "postgres_changes",
    { event: "*", schema: "public", table: "marketplace_tasks", ...filter },
    inbox.push,
  );
  return inbox;
}

const field = ({ new: row }: Change, name: string) => Object.entries(row).find(([key]) => key === name)?.[1];

Deno.test("a signed-in user is told the rows of tasks as they change, in order", async () => {
  const cast = await newCast();
  const channel = cast.alice.supabase.channel("changes");
  const inbox = changes(channel, cast.agent.id);
  await listening(channel);
  const task = await taskIn(cast, "completed", { tags: ["a", "b"], metadata: { asin: "B000EXAMPLE" } });
  const told = await inbox.collect(4);
  assertEquals(told.map((change) => [change.eventType, field(change, "status"), field(change, "version")]), [
    ["INSERT", "awaiting_approval", 1],
    ["UPDATE", "approved", 2],
    ["UPDATE", "in_progress", 3],
    ["UPDATE", "completed", 4],
  ]);
  const [created] = told;
  if (!created) throw new Error("Expected a change");
  assertEquals(["id", "created_by", "title", "tags", "metadata"].map((name) => field(created, name)), [
    task.id,
    cast.agent.id,
    task.title,
    ["a", "b"],
    { asin: "B000EXAMPLE" },
  ]);
  await Promise.all([closeClient(cast.alice.supabase), closeClient(cast.admin.supabase)]);
});

Deno.test("a visitor is told no row, only that he may not see one", async () => {
  const cast = await newCast();
  const visitor = anonymousClient(await stack());
  const [outside, inside] = [visitor.channel("changes"), cast.alice.supabase.channel("changes")];
  const [unheard, heard] = [changes(outside), changes(inside, cast.agent.id)];
  await listening(outside);
  await listening(inside);
  await taskIn(cast, "approved");
  await heard.collect(2);
  for (const change of await unheard.collect(2)) {
    assertEquals([change.new, change.old, change.errors], [{}, {}, ["Error 401: Unauthorized"]]);
  }
  await Promise.all([visitor, cast.alice.supabase, cast.admin.supabase].map(closeClient));
});

Deno.test("after its socket was dropped a client joins again, and the feed has exactly what it missed", async () => {
  const cast = await newCast();
  const { supabase } = cast.alice;
  const channel = supabase.channel("tasks", { config: { private: true } });
  const inbox = broadcasts(channel);
  const joins = new Inbox<string>();
  channel.subscribe((status) => status === "SUBSCRIBED" && joins.push(status));
  await joins.collect(1);
  await settled();
  const feed = new Feed(cast.alice, { createdBy: cast.agent.id }, "now");
  await feed.next();
  const before = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, before.id) !== undefined);
  await feed.until(({ length }) => length >= 1);

  await supabase.realtime.disconnect();
  const missed = [await taskIn(cast, "awaiting_approval"), await taskIn(cast, "rejected")];
  await call("approve", cast.admin, { json: { taskIds: [before.id], approved: true } });
  const heardBefore = inbox.received.length;
  supabase.realtime.connect();
  await joins.collect(2);

  const caughtUp = await feed.until(({ length }) => length >= 3);
  assertEquals(caughtUp.map(({ id, status }) => [id, status]), [
    [missed[0]?.id, "awaiting_approval"],
    [missed[1]?.id, "rejected"],
    [before.id, "approved"],
  ]);
  const after = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, after.id) !== undefined);
  const heardAfter = inbox.received.slice(heardBefore);
  assertEquals(heardAfter.filter((event) => missed.some(({ id }) => newsOf(event, id))), []);
  assertEquals((await feed.until(({ length }) => length >= 1)).map(({ id }) => id), [after.id]);
  await Promise.all([supabase, cast.admin.supabase].map(closeClient));
});

Deno.test("a row that is not committed, or rolled back, is not told", async () => {
  const cast = await newCast();
  const channel = cast.alice.supabase.channel("changes");
  const inbox = changes(channel, cast.agent.id);
  await listening(channel);
  await using sql = databaseOf(await stack());
  await sql.begin(async (transaction) => {
    await transaction`
      insert into public.marketplace_tasks
        (marketplace, created_by, title, description, category, priority, estimated_hours)
      values ('amazon', ${cast.agent.id}, 'Never', 'Rolled back', 'optimization', 'low', 1)`;
    await taskIn(cast, "awaiting_approval");
    await inbox.collect(1);
    throw new Error("changed its mind");
  }).catch(() => {});
  await taskIn(cast, "awaiting_approval");
  await inbox.collect(2);
  assertEquals(inbox.received.map((change) => field(change, "title")).includes("Never"), false);
  await Promise.all([closeClient(cast.alice.supabase), closeClient(cast.admin.supabase)]);
});
