/** The private topic `tasks`: who hears what of every step, told through supabase-js. */
import { assertEquals, assertRejects } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import type postgres from "postgres";
import { call } from "../support/functions.ts";
import { type Cast, newCast, signUp, signUpAdmin, taskIn, waitingTasks } from "../support/people.ts";
import {
  anonymousClient,
  type BroadcastEvent,
  broadcasts,
  closeClient,
  databaseOf,
  type Inbox,
  subscribed,
  uniqueName,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";
import { newsOf } from "../support/task_news.ts";

const SECONDS = 1000;

/** Subscribes to a topic and keeps what it says. */
async function hear(
  client: SupabaseClient,
  topic = "tasks",
  isPrivate = true,
): Promise<Inbox<BroadcastEvent>> {
  const channel = client.channel(topic, { config: { private: isPrivate } });
  const inbox = broadcasts(channel);
  await subscribed(channel);
  return inbox;
}

const leave = (...clients: readonly SupabaseClient[]) => Promise.all(clients.map(closeClient));

const people = ({ admin, alice }: Cast) => [admin.supabase, alice.supabase];

Deno.test("a signed-in user hears every step of a task, with its id and status, once", async () => {
  const cast = await newCast({ autoSubmit: false });
  const inbox = await hear(cast.alice.supabase);
  const { id } = await taskIn(cast, "in_progress");
  await call("assign", cast.admin, { json: { taskId: id, assignedTo: null } });
  await call("assign", cast.admin, { json: { taskId: id, assignedTo: cast.alice.id } });
  await call("complete", cast.alice, { json: { taskId: id, actualHours: 1 } });
  const { id: rejected } = await taskIn(cast, "rejected");
  const { id: cancelled } = await taskIn(cast, "cancelled");

  await inbox.next((event) => newsOf(event, cancelled)?.status === "cancelled");
  const heard = (taskId: string) =>
    inbox.received.flatMap((event) => {
      const news = newsOf(event, taskId);
      return news ? [[event.event, news.status, news.version, news.assignedTo]] : [];
    });
  assertEquals(heard(id), [
    ["task_created", "pending", 1, null],
    ["task_changed", "awaiting_approval", 2, null],
    ["task_changed", "approved", 3, null],
    ["task_changed", "in_progress", 4, cast.alice.id],
    ["task_changed", "approved", 5, null],
    ["task_changed", "in_progress", 6, cast.alice.id],
    ["task_changed", "completed", 7, cast.alice.id],
  ]);
  assertEquals(heard(rejected).map(([, status]) => status), ["pending", "awaiting_approval", "rejected"]);
  assertEquals(heard(cancelled).map(([, status]) => status), ["pending", "cancelled"]);
  await leave(...people(cast));
});

Deno.test("what is heard of a task says where it stands and nothing of what it says", async () => {
  const cast = await newCast();
  const inbox = await hear(cast.alice.supabase);
  const { id, marketplace, updatedAt } = await taskIn(cast, "awaiting_approval");
  const event = await inbox.next((one) => newsOf(one, id) !== undefined);
  assertEquals(newsOf(event, id), {
    id,
    marketplace,
    status: "awaiting_approval",
    version: 1,
    assignedTo: null,
    updatedAt,
  });
  assertEquals(event.payload["count"], 1);
  await leave(...people(cast));
});

Deno.test("a thousand tasks at once are one message, which counts them and shows a hundred", async () => {
  const cast = await newCast();
  const inbox = await hear(cast.alice.supabase);
  const ids = await waitingTasks(cast, 1000);
  const { id: last } = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, last) !== undefined);
  const told = inbox.received.filter((event) => ids.some((id) => newsOf(event, id)));
  assertEquals(told.map(({ event, payload }) => [event, payload["count"]]), [["task_created", 1000]]);
  const shown = ids.filter((id) => told.some((event) => newsOf(event, id)));
  assertEquals(shown.length, 100);

  const taskIds = ids.slice(0, 100);
  await call("approve", cast.admin, { json: { taskIds, approved: true } });
  const decision = await inbox.next((event) => newsOf(event, taskIds[0] ?? "")?.status === "approved");
  assertEquals([decision.event, decision.payload["count"]], ["task_changed", 100]);
  await leave(...people(cast));
});

Deno.test("a refusal, a dry run and a replay are not heard", async () => {
  const cast = await newCast();
  const inbox = await hear(cast.alice.supabase);
  const headers = { "idempotency-key": crypto.randomUUID() };
  const first = await call("create-task", cast.agent, { json: aTask(), headers });
  await call("create-task", cast.agent, { json: aTask(), headers });
  const id = first.body.task?.id ?? "";
  const json = { taskIds: [id], approved: true, options: { dryRun: true } };
  assertEquals((await call("approve", cast.admin, { json })).status, 200);
  assertEquals((await call("complete", cast.admin, { json: { taskId: id, actualHours: 1 } })).status, 409);
  const { id: last } = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, last) !== undefined);
  assertEquals(inbox.received.filter((event) => newsOf(event, id)).length, 1);
  await leave(...people(cast));
});

Deno.test("what is not committed is not heard, what is rolled back never", async () => {
  const cast = await newCast();
  const inbox = await hear(cast.alice.supabase);
  await using sql = databaseOf(await stack());
  const insert = (connection: postgres.Sql) =>
    connection<{ id: string }[]>`
      insert into public.marketplace_tasks
        (marketplace, created_by, title, description, category, priority, estimated_hours)
      values ('amazon', ${cast.agent.id}, 'Open', 'Not committed yet', 'optimization', 'low', 1)
      returning id`;
  const open = await sql.reserve();
  const gone = await sql.reserve();
  await Promise.all([open`begin`, gone`begin`]);
  const [[late], [never]] = await Promise.all([insert(open), insert(gone)]);
  await gone`rollback`;
  const { id: committed } = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, committed) !== undefined);
  assertEquals(inbox.received.filter((event) => newsOf(event, late?.id ?? "")), []);
  await open`commit`;
  open.release();
  gone.release();
  await inbox.next((event) => newsOf(event, late?.id ?? "") !== undefined);
  assertEquals(inbox.received.filter((event) => newsOf(event, never?.id ?? "")), []);
  await leave(...people(cast));
});

Deno.test("a visitor may not listen, and a public channel of the same name hears nothing", async () => {
  const cast = await newCast();
  const visitor = anonymousClient(await stack());
  await assertRejects(() => hear(visitor, "tasks", true), Error, "Unauthorized");
  await visitor.removeAllChannels();
  const [outside, publicly] = [
    await hear(visitor, "tasks", false),
    await hear(cast.admin.supabase, "tasks", false),
  ];
  const inside = await hear(cast.alice.supabase);
  const { id } = await taskIn(cast, "awaiting_approval");
  await inside.next((event) => newsOf(event, id) !== undefined);
  await using sql = databaseOf(await stack());
  await sql`select realtime.send('{}', 'marker', 'tasks', false)`;
  for (const inbox of [outside, publicly]) {
    await inbox.next(({ event }) => event === "marker");
    assertEquals(inbox.received.filter(({ event }) => event !== "marker"), []);
  }
  await leave(visitor, ...people(cast));
});

Deno.test("nobody can speak on the topic, over the socket or over HTTP: not even an admin", async () => {
  const cast = await newCast();
  const bob = await signUp("bob");
  const listener = await hear(bob.supabase);
  for (const { supabase } of [cast.alice, cast.admin]) {
    const channel = supabase.channel("tasks", { config: { private: true } });
    await subscribed(channel);
    await channel.send({ type: "broadcast", event: "task_changed", payload: { forged: true } });
    await channel.httpSend("task_changed", { forged: true });
    // A join of another topic is answered after what the same socket sent before it.
    await subscribed(supabase.channel(uniqueName()));
  }
  const { id } = await taskIn(cast, "awaiting_approval");
  await listener.next((event) => newsOf(event, id) !== undefined);
  assertEquals(listener.received.filter(({ payload }) => payload["forged"] === true), []);
  await leave(bob.supabase, ...people(cast));
});

Deno.test("everybody hears his own topic and nobody another's, not even an admin", async () => {
  const [ann, bob, admin] = await Promise.all([signUp("ann"), signUp("bob"), signUpAdmin()]);
  const visitor = anonymousClient(await stack());
  const topic = `user:${ann.id}`;
  for (const client of [bob.supabase, admin.supabase, visitor]) {
    await assertRejects(() => hear(client, topic), Error, "Unauthorized");
    await assertRejects(() => hear(client, `${topic}x`), Error, "Unauthorized");
  }
  const inbox = await hear(ann.supabase, topic);
  await using sql = databaseOf(await stack());
  await sql`select realtime.send('{"n": 1}', 'for_ann', ${topic}, true)`;
  assertEquals((await inbox.next()).payload["n"], 1);
  await leave(ann.supabase, bob.supabase, admin.supabase, visitor);
});

Deno.test("a step is heard within two seconds of its answer", async () => {
  const cast = await newCast();
  const inbox = await hear(cast.alice.supabase);
  const { id } = await taskIn(cast, "awaiting_approval");
  await inbox.next((event) => newsOf(event, id) !== undefined, 2 * SECONDS);
  await call("cancel-task", cast.agent, { json: { taskId: id } });
  const event = await inbox.next((one) => newsOf(one, id)?.status === "cancelled", 2 * SECONDS);
  assertEquals(event.event, "task_changed");
  await leave(...people(cast));
});
