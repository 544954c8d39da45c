/** What is said outside: to whom, once, and what becomes of it where it does not arrive. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type postgres from "postgres";
import type { DeliveryResult } from "../../shared/delivery/delivery.ts";
import { anon, callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { addChannel, claimed, deliveriesOf, letTimePass, recorded, say } from "../support/deliveries.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { adminPerson, castOf, people } from "../support/tasks.ts";

/** Sends everything that is due to the same end; how many there were. */
async function end(sql: postgres.Sql, outcome: Pick<DeliveryResult, "outcome" | "error">): Promise<number> {
  const { lease, deliveries } = await claimed(sql);
  return await recorded(sql, deliveries.map(({ deliveryId }) => ({ deliveryId, lease, ...outcome })));
}

const DEAD = { outcome: "dead", error: "nobody there" } as const;
const GONE = { outcome: "gone", error: "Expected a status of 2xx but found 410" } as const;

async function targets(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ event: string; target: string }[]>`
    select o.event, c.target
    from private.deliveries as d
    join private.outbox as o on o.id = d.outbox_id
    join private.delivery_channels as c on c.id = d.channel_id`;
  return rows.map(({ event, target }) => `${event} to ${target}`).sort();
}

Deno.test("what is said reaches every active channel of its recipient that wants it, and nobody else's", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice, bob } = await people(sql);
  await addChannel(sql, "email", "alice@example.com", { recipient: alice.userId });
  await addChannel(sql, "webhook", "https://alice.example/", {
    recipient: alice.userId,
    events: ["outbid", "won"],
  });
  await addChannel(sql, "email", "bob@example.com", { recipient: bob.userId });
  await addChannel(sql, "email", "operators@example.com");
  const { channelId } = await addChannel(sql, "slack", "https://hooks.slack.example/x");
  await sql`update private.delivery_channels set active = false where id = ${channelId}`;

  await say(sql, "outbid", { recipient: alice.userId });
  await say(sql, "started", { recipient: alice.userId });
  await say(sql, "alarm");
  await say(sql, "unheard", { recipient: crypto.randomUUID() });
  assertEquals(await targets(sql), [
    "alarm to operators@example.com",
    "outbid to alice@example.com",
    "outbid to https://alice.example/",
    "started to alice@example.com",
  ]);
  // What nobody has a channel for stands in the outbox, and there is nothing to be done about it.
  const [outbox] = await sql`select count(*)::integer as rows from private.outbox`;
  assertEquals(outbox?.rows, 4);
  assertEquals((await claimed(sql)).deliveries.length, 4);
});

Deno.test("a thing is said once, also by many at once; and not at all where its transaction fails", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "email", "operators@example.com");
  await using crowd = crowdOf(database.url, 8);
  const enqueued = await Promise.all(Array.from({ length: 8 }, async () => {
    const [row] = await crowd.sql`select private.enqueue(null, 'ping', '{}', 'the same') as anew`;
    return row?.anew;
  }));
  assertEquals(enqueued.sort(), [false, false, false, false, false, false, false, true]);
  await sql.begin(async (transaction) => {
    await say(transaction, "pong");
    throw new Error("undone");
  }).catch(() => {});
  assertEquals(await targets(sql), ["ping to operators@example.com"]);
});

Deno.test("has_channel tells who is to be told outside", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice, bob } = await people(sql);
  const has = async () => {
    const [row] = await sql`
      select private.has_channel(${alice.userId}) as alice, private.has_channel(${bob.userId}) as bob,
        private.has_channel(null) as operators`;
    return { ...row };
  };
  assertEquals<unknown>(await has(), { alice: false, bob: false, operators: false });
  const { channelId } = await addChannel(sql, "email", "alice@example.com", { recipient: alice.userId });
  assertEquals<unknown>(await has(), { alice: true, bob: false, operators: false });
  await addChannel(sql, "email", "operators@example.com");
  await sql`update private.delivery_channels set active = false where id = ${channelId}`;
  assertEquals<unknown>(await has(), { alice: false, bob: false, operators: true });
});

Deno.test("admins are told in their own channels, and the operators in theirs", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ada = await adminPerson(sql, "ada");
  await adminPerson(sql, "grace");
  await addChannel(sql, "email", "ada@example.com", { recipient: ada.userId });
  await addChannel(sql, "slack", "https://hooks.slack.example/x");
  const notify = async () => {
    const [row] = await sql`select private.notify_admins('alarm', '{}', 'alarm:1') as told`;
    return row?.told;
  };
  assertEquals([await notify(), await notify()], [2, 0]);
  assertEquals(await targets(sql), ["alarm to ada@example.com", "alarm to https://hooks.slack.example/x"]);
});

Deno.test("a delivery that is given up is told to admins, once a day and channel", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ada = await adminPerson(sql, "ada");
  const { channelId } = await addChannel(sql, "webhook", "https://receiver.example/");
  await say(sql, "ping", { times: 3 });
  assertEquals(await end(sql, DEAD), 3);
  const states = await deliveriesOf(sql, channelId);
  assertEquals(
    states.slice(0, 3).map(({ status, error }) => [status, error]),
    Array(3).fill(["dead", "nobody there"]),
  );
  const notices = await sql`
    select recipient, payload ->> 'channelId' as channel, payload ->> 'event' as event, payload ->> 'title' as title,
      payload ->> 'message' as message
    from private.outbox where event = 'delivery_dead' order by id`;
  assertEquals(
    notices.map(({ message: _, ...notice }) => notice),
    [ada.userId, null].map((recipient) => ({
      recipient,
      channel: channelId,
      event: "ping",
      title: "A delivery was given up",
    })),
  );
  assertMatch(notices[0]?.message, /ping could not be delivered by webhook after 1 attempts: nobody there$/);
});

Deno.test("that nobody could be told is told to nobody: it ends", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ada = await adminPerson(sql, "ada");
  for (const recipient of [{}, { recipient: ada.userId }]) {
    await addChannel(sql, "webhook", "https://receiver.example/", recipient);
  }
  await say(sql, "ping");
  let ended = 0;
  for (let now = await end(sql, DEAD); now > 0; now = await end(sql, DEAD)) ended += now;
  // The ping, and the news of it to Ada and to the operators.
  assertEquals(ended, 3);
  assertEquals((await deliveriesOf(sql)).map(({ event }) => event), [
    "ping",
    "delivery_dead",
    "delivery_dead",
  ]);
});

Deno.test("410 ends the channel: what waited for it is given up, and nothing new is meant for it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { channelId } = await addChannel(sql, "webhook", "https://receiver.example/");
  await say(sql, "ping", { times: 10 });
  const { lease, deliveries: [first, second] } = await claimed(sql);
  await recorded(sql, [
    { deliveryId: first?.deliveryId ?? "", lease, ...GONE },
    { deliveryId: second?.deliveryId ?? "", lease, outcome: "retry", error: "away", retryInSeconds: 5 },
  ]);
  await say(sql, "pong");
  await letTimePass(sql);
  assertEquals((await claimed(sql)).deliveries, []);
  const states = await deliveriesOf(sql, channelId);
  assertEquals(states.map(({ event, status }) => `${event} ${status}`), Array(10).fill("ping dead"));

  const resend = () => sql`select private.resend_delivery(${states[0]?.id ?? ""})`;
  await assertRejects(resend, Error, "Expected a delivery of an active channel");
  await sql`select private.activate_channel(${channelId})`;
  await resend();
  assertEquals(await end(sql, { outcome: "delivered" }), 1);
});

Deno.test("what has ended is sent again under its id, from the first attempt; what is pending is not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "email", "operators@example.com");
  await say(sql, "ping", { times: 3 });
  await end(sql, DEAD);
  const ids = (await deliveriesOf(sql)).filter(({ event }) => event === "ping").map(({ id }) => id);
  const [id = ""] = ids;
  await sql`select private.resend_delivery(${id})`;
  await assertRejects(() => sql`select private.resend_delivery(${id})`, Error, "still pending");
  const [again] = await sql<{ count: number }[]>`select private.resend_dead_deliveries()::integer as count`;
  assertEquals(again?.count, 2);
  const { deliveries } = await claimed(sql);
  const resent = deliveries.filter(({ event }) => event === "ping");
  assertEquals(resent.map(({ deliveryId }) => deliveryId).sort(), ids.sort());
  assertEquals(resent.map(({ attempt, resends }) => [attempt, resends]), [[1, 1], [1, 1], [1, 1]]);
  await assertRejects(
    () => sql`select private.resend_delivery(${crypto.randomUUID()})`,
    Error,
    "the id of a delivery",
  );
});

Deno.test("the worker's operations are the service's alone, and nobody reads channels or deliveries", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, alice, amazon } = await castOf(sql);
  const calls = [
    ["claim_deliveries", { max: 1 }],
    ["record_deliveries", { results: [] }],
    ["record_job_run", {
      job: "deliver_notifications",
      started_at: new Date().toISOString(),
      processed: 0,
      details: {},
    }],
  ] as const;
  for (const [name, args] of calls) {
    const denied = await Promise.all(
      [anon, amazon, alice, admin].map((caller) => callAs(sql, caller, name, args)),
    );
    assertEquals([name, ...denied.map(({ sqlstate }) => sqlstate)], [name, ...Array(4).fill("42501")]);
    assertEquals([name, (await callAs(sql, service, name, args)).status], [name, 200]);
  }
  const [readers] = await sql`
    select count(*)::integer as count
    from unnest(array['anon', 'authenticated', 'service_role']) as role,
      unnest(array['private.delivery_channels', 'private.deliveries', 'private.outbox']) as name
    where has_any_column_privilege(role, name, 'select')`;
  assertEquals(readers?.count, 0);
});

Deno.test("a malformed claim, result or run is refused with what was expected", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const id = crypto.randomUUID();
  const good = { deliveryId: id, lease: id, outcome: "delivered" };
  const results: unknown[] = [null, {}, "x", 7, [null], ["x"], [[]], [{ ...good, lease: "x" }]];
  results.push([{ ...good, outcome: "lost" }], [{ ...good, outcome: "dead" }], [{
    ...good,
    outcome: "retry",
    error: "x",
  }]);
  results.push([{ ...good, outcome: "retry", error: "x", retryInSeconds: -1 }], [{ ...good, deliveryId: 7 }]);
  results.push([{ ...good, pauseSeconds: "x" }], [{
    ...good,
    outcome: "retry",
    error: "x",
    retryInSeconds: 1e300,
  }]);
  const run = {
    job: "deliver_notifications",
    "started_at": new Date().toISOString(),
    processed: 1,
    details: {},
  };
  const calls: [string, Record<string, unknown>][] = [
    ...[0, -1, 101, null].map((max): [string, Record<string, unknown>] => ["claim_deliveries", { max }]),
    ...results.map((list): [string, Record<string, unknown>] => ["record_deliveries", { results: list }]),
    ...[{ processed: -1 }, { processed: null }, { details: [] }, { details: null }, {
      started_at: "infinity",
    }].map((
      wrong,
    ): [string, Record<string, unknown>] => ["record_job_run", { ...run, ...wrong }]),
  ];
  for (const [name, args] of calls) {
    const { status, body } = await callAs(sql, service, name, args);
    assertEquals([JSON.stringify(args), status, body.code], [JSON.stringify(args), 400, "invalid_request"]);
    assert(body.details?.issues?.[0]?.message.startsWith("Expected"));
  }
});

Deno.test("a run of the worker is a row of job_runs, with what went wrong", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const details = { delivered: 2, failed: 1, dead: 0 };
  const startedAt = new Date(Date.now() - 2000).toISOString();
  const run = { job: "deliver_notifications", "started_at": startedAt, processed: 3, details };
  const { body } = await callAs<Record<string, unknown>>(sql, service, "record_job_run", run);
  const { durationMs, ...rest } = body;
  const job = "deliver_notifications";
  assertEquals<unknown>(rest, { success: true, job, status: "succeeded", processed: 3, details });
  assert(Number(durationMs) >= 2000 && Number(durationMs) < 10_000);
  const failed = await callAs<{ code?: string; details?: Record<string, unknown> }>(
    sql,
    service,
    "record_job_run",
    {
      ...run,
      error: "away",
    },
  );
  assertEquals([failed.status, failed.body.code], [503, "job_failed"]);
  const { durationMs: _, ...told } = present(failed.body.details, "details");
  assertEquals<unknown>(told, { success: false, job, status: "failed", processed: 3, details });
  const rows = await sql`select job, status, processed::integer, error from private.job_runs order by id`;
  assertEquals<unknown>(rows.map((row) => ({ ...row })), [
    { job, status: "succeeded", processed: 3, error: null },
    { job, status: "failed", processed: 3, error: "away" },
  ]);
});
