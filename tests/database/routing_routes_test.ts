import { assertEquals, assertMatch } from "@std/assert";
import type postgres from "postgres";
import { agent, type CallHeaders, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { passDeadlines, quotaOf, unsettled } from "../support/routing_circuits.ts";
import {
  aBasket,
  at,
  aTokenHash,
  beginRoute,
  decidedFor,
  guest,
  keyed,
  offerOf,
  PROVIDERS,
  saveRoute,
  type Shopper,
  unlimited,
} from "../support/routing_desk.ts";
import { asService } from "../support/routing_orders.ts";
import { agentToken, person, succeeded } from "../support/tasks.ts";

async function startedBy(sql: postgres.Sql, who: Shopper, headers: CallHeaders = {}): Promise<string> {
  const { body } = succeeded(await beginRoute(sql, who, { headers }));
  return present(body.start, "a start").routeId;
}

interface RouteRow {
  readonly owner: string | null;
  readonly userId: string | null;
  readonly status: string;
  readonly selected: string | null;
}

async function routeRow(sql: postgres.Sql, routeId: string): Promise<RouteRow> {
  const [row] = await sql<RouteRow[]>`
    select r.owner, r.user_id as "userId", r.status, r.selected_provider_id as selected
    from public.order_routes as r where r.route_id = ${routeId}`;
  return present(row, "a route");
}

async function count(sql: postgres.Sql, table: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::integer as count from ${sql(table)}`;
  return present(row, "a count").count;
}

const NO_QUOTES = {
  selectedProvider: null,
  decision: {},
  quotes: [],
  attempts: [],
  details: { providers: [] },
};

Deno.test("a route reserves at every provider, and answers what the score reads", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql, "alice");
  const { body } = succeeded(await beginRoute(sql, alice));
  const { routeId, providers, unitCents } = present(body.start, "a start");
  assertEquals(Object.keys(providers).sort(), [...PROVIDERS]);
  for (const reserved of Object.values(providers)) {
    assertEquals(reserved, {
      ...{ granted: true, isProbe: false, successes: 0, attempts: 0, latencyP95Ms: null },
    });
  }
  assertEquals(unitCents, { milk: null, rice: null });
  const row = await routeRow(sql, routeId);
  assertEquals(row, {
    owner: `user:${alice.userId}`,
    userId: alice.userId,
    status: "quoting",
    selected: null,
  });
});

Deno.test("a saved route keeps every offer and becomes an order that may be confirmed for 15 minutes", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql, "alice");
  const routeId = await startedBy(sql, alice);
  const failed = {
    provider: "WALMART_API",
    status: "error",
    code: "unavailable",
    latencyMs: 90,
    quote: null,
  };
  const outcome = decidedFor([offerOf("MEALME"), offerOf("KROGER_API", 6_000)]);
  const saved = await saveRoute(sql, alice, routeId, {
    ...outcome,
    quotes: [...Object(outcome["quotes"]), failed],
  });
  assertEquals([saved.status, saved.body.routeId], [200, routeId]);
  const [order] = await sql`
    select o.status, o.provider_id, o.total_cents::integer as total, o.owner, encode(o.token_hash, 'hex') as hash,
      extract(epoch from o.expires_at - o.created_at)::double precision as seconds
    from public.routed_orders as o where o.order_id = ${present(saved.body.orderId, "an order")}`;
  assertEquals(Math.round(present(order, "an order")["seconds"]), 900);
  assertEquals({ ...order, seconds: 900 }, {
    ...{ status: "quoted", provider_id: "MEALME", total: 5_000, owner: `user:${alice.userId}` },
    ...{ hash: outcome.tokenHash, seconds: 900 },
  });
  const quotes = await sql`
    select q.provider_id as provider, q.status, q.code, q.total_cents::integer as total, q.rank,
      q.quote is null as "isEmpty", q.features is null as "isFeatureless"
    from public.order_quotes as q where q.route_id = ${routeId} order by q.provider_id`;
  const ok = { status: "ok", code: null, isEmpty: false, isFeatureless: false };
  assertEquals([...quotes], [
    { ...ok, provider: "KROGER_API", total: 6_000, rank: 2 },
    { ...ok, provider: "MEALME", total: 5_000, rank: 1 },
    {
      ...{ provider: "WALMART_API", status: "error", code: "unavailable", total: null, rank: null },
      ...{ isEmpty: true, isFeatureless: true },
    },
  ]);
});

Deno.test("exact prices that were seen are the references of later routes: the medians of 30 days", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const seen = async (
    ...prices: readonly (readonly [provider: string, unitCents: number, packageCents: number])[]
  ) =>
    await saveRoute(sql, alice, await startedBy(sql, alice), {
      ...NO_QUOTES,
      observations: prices.map(([provider, unitCents, packageCents]) => ({
        ...{ provider, name: "  MILK ", unit: "Gallon", unitCents, packageCents },
      })),
    });
  await seen(["MEALME", 300, 900], ["WALMART_API", 500, 500]);
  // Of one route and provider one price counts, and none that is no price.
  await seen(["MEALME", 420, 840], ["MEALME", 1, 1], ["KROGER_API", 0, 5], ["INSTACART", 5, 0], [
    "INSTACART",
    -1,
    9,
  ]);
  await sql`
    insert into private.price_observations (item_key, unit_cents, package_cents, seen_at)
    select o.item_key, 9000, 9000, clock_timestamp() - interval '31 days'
    from private.price_observations as o cross join generate_series(1, 9)`;
  const { body } = succeeded(await beginRoute(sql, alice));
  const { unitCents, packageCents } = present(body.start, "a start");
  assertEquals([unitCents, packageCents], [{ milk: 420, rice: null }, { milk: 840, rice: null }]);
});

Deno.test("a route that is sent again with its key answers the same bytes and reserves nothing", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast: readonly (readonly [string, Shopper])[] = [
    ["a user", await person(sql)],
    ["an agent", agent(await agentToken(sql, "marketplace-amazon"))],
    ["a guest", guest()],
    ["the service", service],
  ];
  for (const [name, who] of cast) {
    const key = keyed();
    const saved = succeeded(
      await saveRoute(sql, who, await startedBy(sql, who, key), decidedFor([offerOf("MEALME")]), key),
    );
    const routes = await count(sql, "public.order_routes");
    for (let again = 0; again < 2; again += 1) {
      const replay = await beginRoute(sql, who, { headers: key });
      assertEquals([name, replay.status, replay.text], [name, 200, saved.text]);
      assertEquals(replay.headers["idempotency-replayed"], "true");
    }
    const other = await beginRoute(sql, who, { headers: key, request: aBasket({ deadlineMs: 5_000 }) });
    assertEquals([name, other.status, other.body.code], [name, 422, "idempotency_key_reused"]);
    assertEquals(await count(sql, "public.order_routes"), routes);
    assertEquals(await unsettled(sql, "MEALME"), 0);
  }
});

Deno.test("while a route is under way its key is in progress, for its owner alone, until the deadline", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const key = keyed();
  await startedBy(sql, alice, key);
  const second = await beginRoute(sql, alice, { headers: key });
  assertEquals([second.status, second.body.code, second.body.start], [409, "request_in_progress", undefined]);
  const wait = Number(second.headers["retry-after"]);
  assertEquals(wait >= 1 && wait <= 10, true);
  assertEquals((await beginRoute(sql, bob, { headers: key })).status, 200);
  assertEquals((await beginRoute(sql, alice, { headers: keyed() })).status, 200);

  await passDeadlines(sql);
  assertEquals((await beginRoute(sql, alice, { headers: key })).status, 200);
});

Deno.test("of sixteen first requests with one key one begins", async () => {
  await using database = await freshDatabase();
  await using crowd = crowdOf(database.url, 16);
  const alice = await person(database.sql);
  const key = keyed();
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => beginRoute(crowd.sql, alice, { headers: key })),
  );
  assertEquals(answers.map(({ status }) => status).sort(), [200, ...Array(15).fill(409)]);
  assertEquals(await unsettled(database.sql, "MEALME"), 1);
});

Deno.test("a route that comes after another answered its key hands out that answer and makes no order", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const key = keyed();
  const late = await startedBy(sql, alice, key);
  await passDeadlines(sql);
  const second = await startedBy(sql, alice, key);
  const saved = await saveRoute(sql, alice, second, decidedFor([offerOf("MEALME")]), key);
  const tooLate = await saveRoute(sql, alice, late, decidedFor([offerOf("KROGER_API", 9_000)]), key);
  assertEquals([tooLate.status, tooLate.text], [200, saved.text]);
  assertEquals(await count(sql, "public.routed_orders"), 1);
  assertEquals(await unsettled(sql, "KROGER_API"), 1);
  assertEquals((await routeRow(sql, late)).status, "quoting");
});

Deno.test("the outcome of a route is saved once, by whoever began it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const routeId = await startedBy(sql, alice);
  for (const other of [bob, guest(), service]) {
    const foreign = await saveRoute(sql, other, routeId, decidedFor([offerOf("MEALME")]));
    assertEquals([foreign.status, foreign.body.code], [404, "not_found"]);
  }
  const unknown = await saveRoute(sql, alice, crypto.randomUUID(), decidedFor([offerOf("MEALME")]));
  assertEquals([unknown.status, unknown.body.code], [404, "not_found"]);

  succeeded(await saveRoute(sql, alice, routeId, decidedFor([offerOf("MEALME")])));
  const again = await saveRoute(sql, alice, routeId, decidedFor([offerOf("KROGER_API", 100_000)]));
  assertEquals([again.status, again.body.code], [409, "invalid_transition"]);
  assertEquals((await routeRow(sql, routeId)).selected, "MEALME");
  assertEquals(await count(sql, "public.routed_orders"), 1);
});

Deno.test("eight who save one route at once make one order of it", async () => {
  await using database = await freshDatabase();
  await using crowd = crowdOf(database.url, 8);
  const alice = await person(database.sql);
  const routeId = await startedBy(database.sql, alice);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => saveRoute(crowd.sql, alice, routeId, decidedFor([offerOf("MEALME")]))),
  );
  assertEquals(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)]);
  assertEquals(await count(database.sql, "public.routed_orders"), 1);
});

Deno.test("a route without quotes is refused with a time to come back, which its key does not keep", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const key = keyed();
  const routeId = await startedBy(sql, alice, key);
  const refused = await saveRoute(sql, alice, routeId, { ...NO_QUOTES, retryAfterSeconds: 12 }, key);
  assertEquals([refused.status, refused.body.code], [503, "no_valid_quotes"]);
  assertEquals(refused.body.message, "No providers returned valid quotes");
  assertEquals(refused.body.details, { providers: [] });
  assertEquals(refused.headers["retry-after"], "12");
  assertEquals((await routeRow(sql, routeId)).status, "no_quotes");
  const unsaid = await saveRoute(sql, alice, await startedBy(sql, alice), NO_QUOTES);
  assertEquals(unsaid.headers["retry-after"], "30");
  assertEquals((await beginRoute(sql, alice, { headers: key })).body.start !== undefined, true);
});

Deno.test("a guest's route belongs to nobody once it is decided, and names no address", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const who = guest("198.51.100.23");
  const routeId = await startedBy(sql, who);
  succeeded(await saveRoute(sql, who, routeId, decidedFor([offerOf("MEALME")])));
  assertEquals(await routeRow(sql, routeId), {
    ...{ owner: null, userId: null, status: "quoted", selected: "MEALME" },
  });
  const [{ found } = {}] = await sql`
    select count(*)::integer as found from public.order_routes as r
    where to_jsonb(r)::text like '%198.51.100.23%'`;
  assertEquals(found, 0);
});

Deno.test("users and agents may route 60 times a minute, guests 30 times an address", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const shoppers: readonly (readonly [string, Shopper, number])[] = [
    ["a user", await person(sql), 60],
    ["an agent", agent(await agentToken(sql, "marketplace-amazon")), 60],
    ["a guest", guest(), 30],
    ["another guest", guest("2001:db8::1"), 30],
  ];
  for (const [name, who, most] of shoppers) {
    await t.step(name, async () => {
      const statuses: number[] = [];
      for (let turn = 0; turn < most + 2; turn += 1) {
        statuses.push((await beginRoute(sql, who, { providers: [] })).status);
      }
      // A token may come back while the test runs.
      assertEquals(statuses.slice(0, most), Array(most).fill(200));
      await sql`update private.rate_limit_buckets set tokens = 0, updated_at = clock_timestamp()`;
      const refused = await beginRoute(sql, who);
      assertEquals([refused.status, refused.body.code], [429, "rate_limited"]);
      assertMatch(present(refused.headers["retry-after"], "a header"), /^[1-9]\d*$/);
    });
  }
});

/** What is wrong with an outcome. */
const BROKEN: readonly (readonly [string, (valid: Record<string, unknown>) => Record<string, unknown>])[] = [
  ["a total that is no sum", (valid) => withQuote(valid, { totalCents: 4_999 })],
  ["a subtotal of nothing", (valid) => withQuote(valid, { subtotalCents: 0, totalCents: 500 })],
  ["fees below zero", (valid) => withQuote(valid, { feesCents: -1, totalCents: 4_599 })],
  ["an ok without a quote", (valid) => ({ ...valid, quotes: [{ provider: "MEALME", status: "ok" }] })],
  ["a status nobody knows", (valid) => ({ ...valid, quotes: [{ provider: "MEALME", status: "odd" }] })],
  ["a provider nobody knows", (valid) => ({ ...valid, selectedProvider: "AMAZON" })],
  ["one provider twice", (valid) => ({ ...valid, quotes: [offerOf("MEALME"), offerOf("MEALME")] })],
  ["no token", (valid) => ({ ...valid, tokenHash: null })],
  ["no currency", (valid) => ({ ...valid, answer: { quote: { totalCents: 5_000 } } })],
];

function withQuote(
  valid: Record<string, unknown>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const offer = offerOf("MEALME");
  return { ...valid, quotes: [{ ...offer, quote: { ...Object(offer["quote"]), ...change } }] };
}

Deno.test("an outcome that breaks a rule of the tables leaves nothing behind, and may be saved right", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const alice = await person(sql);
  for (const [name, broken] of BROKEN) {
    await t.step(name, async () => {
      const before = await everything(database);
      const begun = await beginRoute(sql, alice, { providers: at("WALMART_API", { search: 3 }) });
      const { routeId } = present(begun.body.start, "a start");
      const attempts = [{ provider: "WALMART_API", outcome: "failed", code: "unavailable", calls: {} }];
      const valid = decidedFor([offerOf("MEALME")], {
        attempts,
        observations: [
          { provider: "MEALME", name: "Milk", unit: "gallon", unitCents: 400, packageCents: 400 },
        ],
      });
      const refused = await saveRoute(sql, alice, routeId, broken({ ...valid }));
      assertEquals(refused.status >= 400, true, refused.text);
      assertEquals(refused.sqlstate === null, false, "Expected the transaction to be rolled back");
      assertEquals(await everything(database), {
        ...before,
        routes: before.routes + 1,
        attempts: 1,
        used: 3,
      });
      succeeded(await saveRoute(sql, alice, routeId, valid));
      // The same token again, for the next one: it must be refused as well.
      const next = await startedBy(sql, alice);
      const { status } = await saveRoute(sql, alice, next, {
        ...decidedFor([offerOf("MEALME")]),
        tokenHash: valid.tokenHash,
      });
      assertEquals(status, 409);
      await sql`delete from private.provider_attempts`;
      await sql`update public.provider_circuits set recent = '1' where provider_id = 'WALMART_API'`;
      await sql`delete from public.order_routes`;
      await sql`delete from private.price_observations`;
    });
  }
});

async function everything({ sql }: FreshDatabase) {
  const [row] = await sql<{ recent: string }[]>`
    select c.recent from public.provider_circuits as c where c.provider_id = 'WALMART_API'`;
  return {
    routes: await count(sql, "public.order_routes"),
    quotes: await count(sql, "public.order_quotes"),
    orders: await count(sql, "public.routed_orders"),
    observations: await count(sql, "private.price_observations"),
    attempts: await count(sql, "private.provider_attempts"),
    recent: row?.recent,
    used: (await quotaOf(sql, "WALMART_API", "search")).used,
  };
}

Deno.test("a decided route stands, but for the person who leaves", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const routeId = await startedBy(sql, alice);
  await sql`update public.order_routes set request_id = 'req_1' where route_id = ${routeId}`;
  succeeded(await saveRoute(sql, alice, routeId, decidedFor([offerOf("MEALME")])));
  for (const change of ["total_cents = 1", "owner = 'user:x'", "decision = '{}'", "status = 'quoting'"]) {
    let message = "";
    await sql.unsafe(`update public.order_routes set ${change}`).catch((error) => message = error.message);
    assertMatch(message, /A decided route stands|order_routes_/);
  }
  await sql`delete from auth.users where id = ${alice.userId}`;
  const { userId, owner, selected } = await routeRow(sql, routeId);
  assertEquals([userId, owner, selected], [null, "user:deleted", "MEALME"]);
  const [order] = await sql`
    select o.user_id as "userId", o.owner, r.request #>> '{shippingAddress,street}' as street,
      r.request #>> '{shippingAddress,city}' as city
    from public.routed_orders as o join public.order_routes as r using (route_id)`;
  assertEquals({ ...order }, { userId: null, owner: "user:deleted", street: "", city: "San Francisco" });
});

Deno.test("a route that a fault of ours stopped is given up: nothing stays reserved, no call is given back", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const key = keyed();
  const begun = await beginRoute(sql, alice, { providers: at("WALMART_API", { search: 4 }), headers: key });
  const { routeId } = present(begun.body.start, "a start");
  for (let again = 0; again < 2; again += 1) {
    assertEquals((await asService(sql, "release_route", { route_id: routeId })).status, 200);
  }
  assertEquals(await unsettled(sql, "WALMART_API"), 0);
  assertEquals((await quotaOf(sql, "WALMART_API", "search")).used, 4);
  assertEquals((await routeRow(sql, routeId)).status, "no_quotes");
  assertEquals((await saveRoute(sql, alice, routeId, decidedFor([offerOf("MEALME")]))).status, 409);
  // The same request is welcome at once.
  assertEquals((await beginRoute(sql, alice, { headers: key })).body.start !== undefined, true);
});

Deno.test("giving a route up that was saved changes nothing of it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const routeId = await startedBy(sql, alice);
  succeeded(await saveRoute(sql, alice, routeId, decidedFor([offerOf("MEALME")])));
  await asService(sql, "release_route", { route_id: routeId });
  assertEquals((await routeRow(sql, routeId)).status, "quoted");
});

Deno.test("two routes never share a token", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const tokenHash = aTokenHash();
  const [alice, bob] = [await person(sql), await person(sql)];
  const offer = { ...decidedFor([offerOf("MEALME")]), tokenHash };
  succeeded(await saveRoute(sql, alice, await startedBy(sql, alice), offer));
  assertEquals((await saveRoute(sql, bob, await startedBy(sql, bob), offer)).sqlstate, "23505");
});
