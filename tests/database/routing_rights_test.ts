import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { agent, anon, becomeWithin, callAs, type Caller, service, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import {
  aBasket,
  aTokenHash,
  decidedFor,
  EVERYBODY,
  guest,
  type Offered,
  offered,
  offerOf,
  onBehalfOf,
  type RoutingBody,
} from "../support/routing_desk.ts";
import { orderRow, placedAt, settledAs } from "../support/routing_orders.ts";
import { adminPerson, agentToken, type Person, person } from "../support/tasks.ts";

/** Refused by Postgres itself, or how many rows are seen. */
type Sight = "refused" | number;

const REFUSED = "refused";

interface Stage {
  readonly viewers: ReadonlyMap<string, Caller>;
  readonly hers: Offered;
  readonly alice: Person;
}

/** Alice bought once and left an outcome; an agent and a guest each have an offer. */
async function stageOf(sql: postgres.Sql): Promise<Stage> {
  const [alice, bob, admin] = [await person(sql), await person(sql), await adminPerson(sql)];
  const robot = agent(await agentToken(sql, "marketplace-amazon"));
  const hers = await settledAs(sql, alice, placedAt(), [offerOf("MEALME"), offerOf("INSTACART", 5_050)]);
  const outcome = { orderId: hers.orderId, wasSuccessful: true, itemsOrdered: 1 };
  assertEquals((await callAs(sql, alice, "record_outcome", { outcome })).status, 201);
  await offered(sql, robot);
  await offered(sql, guest());
  await sql`insert into public.provider_credentials values ('MEALME', 'api key', current_date)`;
  const viewers = new Map<string, Caller>([
    ...[["alice", alice], ["bob", bob], ["admin", admin], ["service", service], ["agent", robot]] as const,
    ...[["anon", anon], ["gone", user(crypto.randomUUID())]] as const,
  ]);
  return { viewers, hers, alice };
}

/** Alice, Bob, an admin, the service, an agent, nobody, and an account that is gone. */
const SIGHTS: readonly (readonly [table: string, columns: string, sights: readonly Sight[]])[] = [
  ["order_routes", "route_id", [1, 0, 3, 3, REFUSED, REFUSED, 0]],
  ["order_routes", "owner", [REFUSED, REFUSED, REFUSED, 3, REFUSED, REFUSED, REFUSED]],
  ["order_routes", "decision", [REFUSED, REFUSED, REFUSED, 3, REFUSED, REFUSED, REFUSED]],
  ["order_routes", "idempotency_key", [REFUSED, REFUSED, REFUSED, 3, REFUSED, REFUSED, REFUSED]],
  ["order_quotes", "route_id", [0, 0, 4, 4, REFUSED, REFUSED, 0]],
  ["order_quotes", "quote", [REFUSED, REFUSED, REFUSED, 4, REFUSED, REFUSED, REFUSED]],
  ["routed_orders", "order_id", [1, 0, 3, 3, REFUSED, REFUSED, 0]],
  ["routed_orders", "owner", [REFUSED, REFUSED, REFUSED, 3, REFUSED, REFUSED, REFUSED]],
  ["routed_orders", "token_hash", Array(7).fill(REFUSED)],
  ["routed_orders", "*", Array(7).fill(REFUSED)],
  ["order_outcomes", "*", [0, 0, 1, 1, REFUSED, REFUSED, 0]],
  ["provider_circuits", "*", [0, 0, 4, 4, REFUSED, REFUSED, 0]],
  ["provider_quotas", "*", [0, 0, 4, 4, REFUSED, REFUSED, 0]],
  ["provider_metrics", "*", [0, 0, 4, 4, REFUSED, REFUSED, 0]],
  ["provider_credentials", "*", [0, 0, 1, 1, REFUSED, REFUSED, 0]],
];

Deno.test("every table of routing shows each viewer what is his, and nothing else", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { viewers } = await stageOf(sql);
  for (const [table, column, sights] of SIGHTS) {
    await t.step(`${column} of ${table}`, async () => {
      const found: Sight[] = [];
      for (const viewer of viewers.values()) {
        found.push(await sightOf(sql, viewer, `select ${column} from public.${table}`));
      }
      assertEquals(found, sights);
    });
  }
});

const VIEWS = ["edge_logs", "provider_credential_expiry", "provider_hourly", "routing_alerts"];

Deno.test("what is private of routing is read by no role, and no role writes anything", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { viewers } = await stageOf(sql);
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_catalog.pg_class as c
    where c.relkind in ('r', 'v') and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      and c.relname ~ '^(provider_|order_|routed_|price_|edge_logs|routing_)' order by 1`;
  assertEquals(tables.length >= 14, true);
  for (const [name, viewer] of viewers) {
    for (const { name: table } of tables) {
      const isPrivate = table.startsWith("private.");
      const reading = await sightOf(sql, viewer, `select from ${table} where false`);
      if (isPrivate) assertEquals([name, table, reading], [name, table, REFUSED]);
      // A view is not even one that could be written.
      if (VIEWS.includes(table)) continue;
      for (
        const write of [`delete from ${table}`, `insert into ${table} default values`, `truncate ${table}`]
      ) {
        assertEquals([name, write, await sightOf(sql, viewer, write)], [name, write, REFUSED]);
      }
    }
    const update = "update public.provider_circuits set taken_out = true";
    assertEquals([name, await sightOf(sql, viewer, update)], [name, REFUSED]);
  }
});

async function sightOf(sql: postgres.Sql, viewer: Caller, statement: string): Promise<Sight> {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, viewer);
    return (await transaction.unsafe(statement)).length;
  }).catch((error: postgres.PostgresError) => {
    if (error.code === "42501") return REFUSED;
    throw error;
  });
}

/** The operations that act for somebody, and what each is called with. */
async function actingCalls(
  sql: postgres.Sql,
  of: Person,
): Promise<readonly (readonly [string, Record<string, unknown>])[]> {
  const { tokenHash, orderId, routeId } = await offered(sql, of);
  return [
    ["begin_route", { request: aBasket(), providers: EVERYBODY, deadline_ms: 5_000 }],
    ["save_route", { route_id: routeId, outcome: decidedFor([offerOf("MEALME")]) }],
    ["begin_confirm", { token_hash: tokenHash, accept_total_cents: null, providers: EVERYBODY }],
    ["finish_confirm", { order_id: orderId, attempt: 0, result: placedAt(), providers: [] }],
    ["claim_unsettled_orders", {}],
    ["settle_unknown_order", { order_id: orderId, attempt: 0, result: placedAt() }],
    ["record_provider_status", { order_id: orderId, state: { status: "delivered" } }],
    ["find_routed_order", { provider_id: "MEALME", provider_order_id: "x" }],
    ["get_circuits", {}],
    ["release_route", { route_id: routeId }],
    ["stored_decisions", {}],
  ];
}

Deno.test("whoever is not the service gains nothing by saying for whom he acts", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { viewers, alice } = await stageOf(sql);
  const calls = await actingCalls(sql, alice);
  const before = await trace(sql);
  for (const [name, viewer] of viewers) {
    if (name === "service") continue;
    for (const [operation, args] of calls) {
      for (const headers of [onBehalfOf(alice), onBehalfOf(guest()), {}]) {
        const answer = await callAs<RoutingBody>(sql, viewer, operation, args, headers);
        assertEquals([name, operation, answer.sqlstate], [name, operation, "42501"]);
      }
    }
  }
  assertEquals(await trace(sql), before);
});

Deno.test("an operation a user may call himself takes no notice of whom his headers name", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, mallory] = [await person(sql), await person(sql)];
  const { routeId, orderId } = await offered(sql, alice);
  for (const headers of [onBehalfOf(alice), { "x-acting-guest": "x" }]) {
    for (
      const [operation, args] of [
        ["cancel_route", { route_id: routeId }],
        ["explain_route", { route_id: routeId }],
        ["record_outcome", { outcome: { orderId, wasSuccessful: true, itemsOrdered: 1 } }],
      ] as const
    ) {
      const { status, body } = await callAs<RoutingBody>(sql, mallory, operation, args, headers);
      assertEquals([operation, status, body.code], [operation, 404, "not_found"]);
    }
  }
  assertEquals((await orderRow(sql, orderId)).status, "quoted");
});

Deno.test("the service acts for accounts that exist and agents whose token is good, and for nobody else", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const token = await agentToken(sql, "marketplace-amazon");
  const args = { request: aBasket(), providers: [], ["deadline_ms"]: 5_000 };
  const refusals: readonly (readonly [Record<string, string>, string])[] = [
    [{ "x-acting-user": crypto.randomUUID() }, "401 credentials_invalid"],
    [{ "x-acting-user": "not a uuid" }, "401 credentials_invalid"],
    [{ "x-acting-user": "" }, "401 credentials_invalid"],
    [{ "x-acting-agent-token": "x" }, "401 credentials_invalid"],
    [{ "x-acting-agent-token": "" }, "401 credentials_invalid"],
    [{ "x-agent-token": token }, "400 ambiguous_credentials"],
  ];
  for (const [headers, refusal] of refusals) {
    const { status, body } = await callAs<RoutingBody>(sql, service, "begin_route", args, headers);
    assertEquals([headers, `${status} ${body.code}`], [headers, refusal]);
  }
  await sql`update private.agent_tokens set expires_at = clock_timestamp()`;
  const expired = await callAs<RoutingBody>(sql, service, "begin_route", args, {
    "x-acting-agent-token": token,
  });
  assertEquals([expired.status, expired.body.code], [401, "credentials_expired"]);
  const unknown = await callAs<RoutingBody>(sql, service, "begin_confirm", {
    ...{ token_hash: aTokenHash(), accept_total_cents: null, providers: [] },
  }, onBehalfOf(guest()));
  assertEquals([unknown.status, unknown.body.code], [401, "credentials_missing"]);
});

Deno.test("a decision is explained to its owner without commercial figures, to operators whole, to others not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { viewers, hers } = await stageOf(sql);
  const found: Record<string, string> = {};
  for (const [name, viewer] of viewers) {
    const { status, text } = await callAs(sql, viewer, "explain_route", { route_id: hers.routeId });
    found[name] = `${status} ${/commission/i.test(text) ? "whole" : "without"}`;
    assertEquals(text.includes("of MEALME"), false, "what an adapter keeps to itself");
  }
  assertEquals(found, {
    ...{ alice: "200 without", bob: "404 without", admin: "200 whole", service: "200 whole" },
    ...{ agent: "404 without", anon: "401 without", gone: "401 without" },
  });
});

async function trace(sql: postgres.Sql) {
  const [row] = await sql<
    { routes: number; orders: number; quotes: number; outcomes: number; attempts: number }[]
  >`
    select
      (select count(*)::integer from public.order_routes) as routes,
      (select count(*)::integer from public.routed_orders where status in ('quoted', 'placed')) as orders,
      (select count(*)::integer from public.order_quotes) as quotes,
      (select count(*)::integer from public.order_outcomes) as outcomes,
      (select count(*)::integer from private.provider_attempts) as attempts`;
  return { ...present(row, "a trace") };
}
