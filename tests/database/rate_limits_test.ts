import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, type Caller, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf, released } from "../support/races.ts";
import { aBasket, aTokenHash, guest, onBehalfOf } from "../support/routing_desk.ts";
import { agentNamed, aTask, castOf } from "../support/tasks.ts";

const HOUR = 3600;

/** A shopee task that is refused: one that costs its token and writes nothing. */
const REFUSED = { task: aTask({ title: "" }) };

async function limit(sql: postgres.Sql, operation: string, most: number, seconds = HOUR): Promise<void> {
  await sql`
    insert into private.rate_limits (operation, max_requests, period_seconds)
    values (${operation}, ${most}, ${seconds})
    on conflict (operation) do update
    set max_requests = excluded.max_requests, period_seconds = excluded.period_seconds`;
}

/** As if so many seconds had gone by since the last request. */
async function waitFor(sql: postgres.Sql, seconds: number): Promise<void> {
  await sql`
    update private.rate_limit_buckets as b set updated_at = b.updated_at - make_interval(secs => ${seconds})`;
}

Deno.test("the seeded limit of create_task is kept to the request, with headers that say when to come again", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  const create = () => callAs(sql, shopee, "create_task", { task: aTask({ marketplace: "shopee" }) });
  for (let request = 0; request < 100; request += 1) {
    const { status, headers } = await create();
    assertEquals([status, headers["retry-after"]], [201, undefined], `request ${request}`);
  }
  const { status, headers, body } = await create();
  assertEquals([status, body.code], [429, "rate_limited"]);
  const wait = Number(headers["retry-after"]);
  // 100 per hour is one each 36 seconds; what was refilled during the test is no more than the one request.
  assert(wait >= 1 && wait <= 36, headers["retry-after"]);
  assertEquals(headers, {
    "retry-after": `${wait}`,
    "ratelimit-limit": "100",
    "ratelimit-remaining": "0",
    "ratelimit-reset": `${wait}`,
  });
  assertEquals(body.details, { limit: 100, periodSeconds: HOUR, retryAfterSeconds: wait });
  const [made] = await sql<{ tasks: number }[]>`
    select count(*)::integer as tasks from public.marketplace_tasks`;
  assertEquals(made?.tasks, 100);
});

Deno.test("every operation that writes is limited, by its own bucket", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const id = crypto.randomUUID();
  const actingForAlice = onBehalfOf(cast.alice);
  const routing = { request: aBasket(), providers: [], ["deadline_ms"]: 1_000 };
  const token = { ["token_hash"]: aTokenHash(), ["accept_total_cents"]: null, providers: [] };
  const operations = [
    ["create_task", cast.amazon, "create_task", REFUSED],
    ["create_task", cast.shopee, "create_tasks", { tasks: [] }],
    ["submit_task", cast.amazon, "submit_task", { task_id: id }],
    ["approve_tasks", cast.admin, "approve_tasks", { task_ids: [id], approved: true }],
    ["assign_task", cast.admin, "assign_task", { task_id: id, assigned_to: id }],
    ["complete_task", cast.admin, "complete_task", { task_id: id, actual_hours: 1 }],
    ["cancel_task", cast.amazon, "cancel_task", { task_id: id }],
    ["set_role", cast.admin, "set_role", { user_id: id, role: "user" }],
    ["update_agent", cast.admin, "update_agent", { agent_id: "nobody", changes: {} }],
    ["create_session", cast.admin, "create_session", { session: {} }],
    ["submit_bid", cast.alice, "submit_bid", { session_id: id, amount_cents: 1 }],
    ["set_auto_bid", cast.alice, "set_auto_bid", { session_id: id, max_amount_cents: 1 }],
    ["withdraw_bid", cast.alice, "withdraw_bid", { session_id: id }],
    ["cancel_session", cast.admin, "cancel_session", { session_id: id, reason: "x" }],
    ["record_settlement", service, "record_settlement", { session_id: id, side: "payout", status: "failed" }],
    ["announce_maintenance", cast.admin, "announce_maintenance", { message: "" }],
    ["mark_notification_read", cast.alice, "mark_notification_read", { notification_id: id }],
    ["route_order", service, "begin_route", routing, actingForAlice],
    ["route_order_guest", service, "begin_route", routing, onBehalfOf(guest())],
    ["confirm_order", service, "begin_confirm", token, actingForAlice],
    ["cancel_route", cast.alice, "cancel_route", { route_id: id }],
    ["record_outcome", cast.alice, "record_outcome", { outcome: {} }],
    ["health_check", service, "get_circuits", {}, onBehalfOf(guest())],
  ] as const;
  for (const [operation] of operations) await limit(sql, operation, 1);
  for (const [operation, caller, name, args, headers] of operations) {
    assert((await callAs(sql, caller, name, args, headers)).status !== 429, operation);
    const { status, body } = await callAs(sql, caller, name, args, headers);
    assertEquals([status, body.code], [429, "rate_limited"], name);
  }
  // Assigning and taking back are one operation, and so share its tokens.
  assertEquals((await callAs(sql, cast.admin, "unassign_task", { task_id: id })).status, 429);
  const [seeded] = await sql<{ operations: string[] }[]>`
    select array_agg(l.operation order by l.operation) as operations from private.rate_limits as l`;
  assertEquals(seeded?.operations, [...new Set(operations.map(([operation]) => operation))].sort());
});

Deno.test("the limits of bidding that a project begins with are these", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ said: string }[]>`
    select concat_ws(' ', operation, max_requests, period_seconds) as said from private.rate_limits order by operation`;
  const bidding = ["submit_bid 10 60", "set_auto_bid 5 60", "withdraw_bid 5 60", "create_session 60 60"]
    .concat("cancel_session 60 60", "record_settlement 600 60", "announce_maintenance 10 60")
    .concat("mark_notification_read 120 60");
  const found = new Set(rows.map(({ said }) => said));
  assertEquals(bidding.filter((said) => !found.has(said)), []);
});

Deno.test("a refused request costs a token like any other", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  await limit(sql, "create_task", 3);
  const refused = [REFUSED, { task: aTask({ marketplace: "kaway" }) }, { task: 7 }];
  for (const args of refused) {
    const { status } = await callAs(sql, shopee, "create_task", args);
    assert(status === 400 || status === 403, `${status}`);
  }
  const good = { task: aTask({ marketplace: "shopee" }) };
  assertEquals((await callAs(sql, shopee, "create_task", good)).status, 429);
});

Deno.test("of 64 requests at once exactly as many are granted as there are tokens", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  await limit(sql, "create_task", 10, 86_400);
  await using crowd = crowdOf(database.url, 64);
  const racers = Array.from({ length: 64 }, () => () => callAs(crowd.sql, shopee, "create_task", REFUSED));
  const answers = await released(
    sql,
    (holder) => holder`select from public.agents as a where a.id = ${shopee.agentId} for update`,
    racers,
  );
  assertEquals(answers.filter(({ status }) => status === 400).length, 10);
  assertEquals(answers.filter(({ status }) => status === 429).length, 54);
  const again = await Promise.all(racers.map((racer) => racer()));
  assertEquals(again.filter(({ status }) => status === 429).length, 64);
});

Deno.test("spent tokens come back with time, and never more than the limit", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  await limit(sql, "create_task", 4);
  const spend = async () => (await callAs(sql, shopee, "create_task", REFUSED)).status !== 429;
  const spendAll = async () => {
    let granted = 0;
    while (await spend()) granted += 1;
    return granted;
  };
  assertEquals(await spendAll(), 4);
  const refusal = await callAs(sql, shopee, "create_task", REFUSED);
  const wait = Number(refusal.headers["retry-after"]);
  assert(wait > HOUR / 4 - 10 && wait <= HOUR / 4, `${wait}`);
  await waitFor(sql, wait - 10);
  assertEquals(await spend(), false);
  await waitFor(sql, 10);
  assertEquals(await spendAll(), 1);
  await waitFor(sql, HOUR / 2);
  assertEquals(await spendAll(), 2);
  await waitFor(sql, 30 * HOUR);
  assertEquals(await spendAll(), 4);
});

Deno.test("what an operator changes holds from the next request on", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  const statusNow = async () => (await callAs(sql, shopee, "create_task", REFUSED)).status;
  await limit(sql, "create_task", 100);
  assertEquals(await statusNow(), 400);
  await limit(sql, "create_task", 1);
  assertEquals([await statusNow(), await statusNow()], [400, 429]);
  await limit(sql, "create_task", 1_000_000, 1);
  assertEquals([await statusNow(), await statusNow(), await statusNow()], [400, 400, 400]);
  await limit(sql, "create_task", 1, 86_400);
  assertEquals([await statusNow(), await statusNow()], [400, 429]);
});

Deno.test("an operation without a row is unlimited", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shopee = await agentNamed(sql, "marketplace-shopee");
  await limit(sql, "create_task", 1, 86_400);
  const statuses = [];
  for (let request = 0; request < 2; request += 1) {
    statuses.push((await callAs(sql, shopee, "create_task", REFUSED)).status);
  }
  assertEquals(statuses, [400, 429]);
  await sql`delete from private.rate_limits as l where l.operation = 'create_task'`;
  for (let request = 0; request < 150; request += 1) {
    assertEquals((await callAs(sql, shopee, "create_task", REFUSED)).status, 400);
  }
});

Deno.test("one caller's requests cost another caller nothing", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { amazon, shopee, admin } = await castOf(sql);
  await limit(sql, "create_task", 1);
  await limit(sql, "update_agent", 1);
  const spend = async (caller: Caller) => (await callAs(sql, caller, "create_task", REFUSED)).status;
  assertEquals([await spend(amazon), await spend(amazon), await spend(shopee)], [400, 429, 400]);
  // Another token of the same agent is the same caller.
  assertEquals(await spend(await agentNamed(sql, amazon.agentId)), 429);
  const update = async (caller: Caller) =>
    (await callAs(sql, caller, "update_agent", { agent_id: "nobody", changes: { active: true } })).status;
  assertEquals([await update(admin), await update(admin), await update(service)], [404, 429, 404]);
});

Deno.test("a request of somebody who may not ask at all costs nothing", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice } = await castOf(sql);
  for (let request = 0; request < 3; request += 1) {
    const { status } = await callAs(sql, alice, "approve_tasks", { task_ids: [], approved: true });
    assertEquals(status, 403);
  }
  const buckets = await sql`
    select from private.rate_limit_buckets as b where b.principal = ${`user:${alice.userId}`}`;
  assertEquals(buckets.length, 0);
});
