import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type postgres from "postgres";
import { callAs, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { beginRoute, offered, offerOf, PROVIDERS, saveRoute, unlimited } from "../support/routing_desk.ts";
import {
  asService,
  finishConfirm,
  intended,
  placedAt,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { adminPerson, type Person, person } from "../support/tasks.ts";

interface Reported {
  readonly by: number;
  readonly provider: typeof PROVIDERS[number];
  readonly how: "owner" | "service" | "webhook" | "refused";
  readonly good: boolean;
  readonly cancelled: boolean;
  readonly delivered: number;
  readonly minutes: number | null;
  readonly rating: number | null;
  readonly daysAgo: number;
}

const reported: fc.Arbitrary<Reported> = fc.record({
  by: fc.nat(2),
  provider: fc.constantFrom(...PROVIDERS.slice(0, 2)),
  how: fc.constantFrom("owner", "owner", "service", "webhook", "refused"),
  good: fc.boolean(),
  cancelled: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  delivered: fc.nat(3),
  minutes: fc.option(fc.integer({ min: 1, max: 300 })),
  rating: fc.option(fc.integer({ min: 1, max: 5 })),
  daysAgo: fc.constantFrom(0, 0, 0, 3, 29, 31),
});

/** An owner's report that counts, of the last 30 days. */
interface Counted {
  readonly owner: string;
  readonly provider: string;
}

async function happen(
  database: FreshDatabase,
  people: readonly Person[],
  what: Reported,
  counted: Counted[],
): Promise<void> {
  const { sql } = database;
  const who = present(people[what.by], "somebody");
  const offers = [offerOf(what.provider, 5_000, { latencyMs: 50 + what.delivered * 100 })];
  if (what.how === "refused") {
    const { orderId, purchase } = await intended(sql, who, offers);
    await finishConfirm(sql, who, purchase, { ...REFUSED, countsAgainst: what.good });
    return await grow(database, orderId, what.daysAgo);
  }
  const { orderId } = await settledAs(sql, who, placedAt(), offers);
  if (what.how === "webhook") {
    const state = { status: what.good ? "delivered" : "cancelled" };
    await asService(sql, "record_provider_status", { order_id: orderId, state });
    return await grow(database, orderId, what.daysAgo);
  }
  const outcome = {
    ...{ orderId, wasSuccessful: what.good, wasCancelled: what.cancelled, itemsOrdered: 3 },
    ...{ itemsDelivered: what.delivered, actualDeliveryMinutes: what.minutes, userRating: what.rating },
  };
  const { status, text } = await callAs(sql, what.how === "owner" ? who : service, "record_outcome", {
    outcome,
  });
  assertEquals(status, 201, text);
  const own = { owner: who.userId, provider: what.provider };
  const earlier = counted.filter((one) => one.owner === own.owner && one.provider === own.provider).length;
  const counts = !what.cancelled && (what.how === "service" || earlier < 5);
  const [row] = await sql`select o.counts from public.order_outcomes as o where o.order_id = ${orderId}`;
  assertEquals(row?.["counts"], counts);
  if (counts && what.how === "owner" && what.daysAgo < 30) counted.push(own);
  await grow(database, orderId, what.daysAgo);
}

async function grow(database: FreshDatabase, orderId: string, days: number): Promise<void> {
  if (days === 0) return;
  await withoutTriggers(database, (sql) =>
    sql`
      update public.order_outcomes as o set recorded_at = o.recorded_at - make_interval(days => ${days})
      where o.order_id = ${orderId}`);
}

interface Metrics {
  readonly outcomes: number;
  readonly successes: number;
  readonly deliveryError: number | null;
  readonly fillError: number | null;
  readonly rating: number | null;
  readonly commission: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

async function metricsOf(
  sql: postgres.Sql,
  provider: string,
  source: "kept" | "recounted",
): Promise<Metrics> {
  const [row] = await sql<Metrics[]>`
    select m.outcomes, m.successes, m.delivery_error_minutes::double precision as "deliveryError",
      m.fill_error::double precision as "fillError", m.rating::double precision as rating,
      m.commission_bps::double precision as commission, m.latency_p50_ms as p50, m.latency_p95_ms as p95
    from ${source === "kept" ? sql`public.provider_metrics` : sql`private.recount_provider(${provider})`} as m
    where m.provider_id = ${provider}`;
  return { ...present(row, "metrics") };
}

/** What the rules of learning make of the rows, counted here by other means. */
async function countedHere(sql: postgres.Sql, provider: string): Promise<Omit<Metrics, "p50" | "p95">> {
  const rows = await sql<
    {
      good: boolean;
      promised: number | null;
      actual: number | null;
      ordered: number | null;
      delivered: number | null;
      rating: number | null;
      bps: number;
    }[]
  >`
    select o.was_successful as good, o.promised_minutes as promised,
      o.actual_minutes as actual, o.items_ordered as ordered, o.items_delivered as delivered, o.user_rating as rating,
      o.commission_bps as bps
    from public.order_outcomes as o
    where o.provider_id = ${provider} and o.counts and o.recorded_at > clock_timestamp() - interval '30 days'
    order by o.recorded_at desc, o.order_id`;
  const counted = rows.slice(0, 125);
  const mean = (values: readonly (number | null)[], digits: number) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return null;
    return Number((known.reduce((sum, value) => sum + value, 0) / known.length).toFixed(digits));
  };
  return {
    outcomes: counted.length,
    successes: counted.filter(({ good }) => good).length,
    deliveryError: mean(
      counted.map(({ actual, promised }) => actual === null || promised === null ? null : actual - promised),
      2,
    ),
    fillError: mean(
      counted.map(({ ordered, delivered }) =>
        ordered === null || delivered === null ? null : 1 - delivered / ordered
      ),
      4,
    ),
    rating: mean(counted.map(({ rating }) => rating), 2),
    commission: mean(counted.map(({ bps }) => bps), 2),
  };
}

Deno.test("what is kept of a provider equals a recount after any history, and the rules counted anew", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const seed = 20_261_121;
  const history = fc.array(reported, { minLength: 6, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(history, async (happenings) => {
      const people = await Promise.all([person(sql), person(sql), person(sql)]);
      const counted: Counted[] = [];
      for (const what of happenings) await happen(database, people, what, counted);
      await sql`select private.run_job('refresh_metrics')`;
      for (const provider of PROVIDERS) {
        const kept = await metricsOf(sql, provider, "kept");
        assertEquals(kept, await metricsOf(sql, provider, "recounted"));
        const { p50: _p50, p95: _p95, ...counted } = kept;
        assertClose(counted, await countedHere(sql, provider));
      }
      const { body } = await asService(sql, "verify_routing");
      assertEquals(body, { ok: true, firstDifference: null });
    }),
    { seed, numRuns: 6 },
  );
});

function assertClose(found: Omit<Metrics, "p50" | "p95">, expected: Omit<Metrics, "p50" | "p95">): void {
  for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
    const [a, b] = [found[name], expected[name]];
    // A half is rounded away from zero there, and by its binary form here.
    const isClose = a === b || (a !== null && b !== null && Math.abs(a - b) <= 0.0101);
    assertEquals([name, isClose ? b : a], [name, b]);
  }
}

Deno.test("latencies are of the last 125 good quotes, and read by the next route", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  for (let latencyMs = 1; latencyMs <= 135; latencyMs += 1) {
    await offered(sql, service, [offerOf("MEALME", 5_000, { latencyMs })]);
  }
  const begun = await beginRoute(sql, service);
  const routeId = present(begun.body.start, "a start").routeId;
  await saveRoute(sql, service, routeId, {
    ...{ selectedProvider: null, decision: {}, attempts: [] },
    quotes: [{ provider: "MEALME", status: "timeout", code: "timeout", latencyMs: 9_000 }],
  });
  await sql`select private.run_job('refresh_metrics')`;
  const { p50, p95 } = await metricsOf(sql, "MEALME", "kept");
  assertEquals([p50, p95], [10 + 63, 10 + 119]);
  const next = await beginRoute(sql, service);
  assertEquals(present(next.body.start, "a start").providers["MEALME"]?.latencyP95Ms, 129);
});

Deno.test("outcomes that come at once are all counted", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const alice = await person(sql);
  const orders: string[] = [];
  for (let order = 0; order < 10; order += 1) {
    orders.push((await settledAs(sql, alice, placedAt())).orderId);
  }
  await Promise.all(orders.map((orderId) => {
    const outcome = { orderId, wasSuccessful: true, itemsOrdered: 1 };
    return callAs(sql, service, "record_outcome", { outcome });
  }));
  const { outcomes, successes } = await metricsOf(sql, "MEALME", "kept");
  assertEquals([outcomes, successes], [10, 10]);
});

/** What somebody at the server's disk could change, and how it is named. */
const CORRUPTIONS: readonly (readonly [string, RegExp])[] = [
  [
    "update public.provider_metrics set successes = 0 where provider_id = 'MEALME'",
    /^MEALME: metrics say 0 of 2/,
  ],
  ["update public.provider_metrics set rating = 5 where provider_id = 'MEALME'", /^MEALME/],
  ["update public.provider_metrics set commission_bps = 1 where provider_id = 'MEALME'", /^MEALME/],
  [
    "update public.order_outcomes set was_successful = false",
    /^MEALME: metrics say 2 of 2, a recount 0 of 2/,
  ],
  ["delete from public.order_outcomes", /^MEALME/],
  [
    "update public.order_quotes set rank = 3 - rank",
    /^route .* selected MEALME, the first in rank is INSTACART/,
  ],
  ["update public.order_routes set selected_provider_id = 'INSTACART'", /^route .* selected INSTACART/],
];

Deno.test("verifying finds a corrupted row, and names it", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [admin, alice] = [await adminPerson(sql), await person(sql)];
  for (let order = 0; order < 2; order += 1) {
    const offers = [offerOf("MEALME"), offerOf("INSTACART", 5_200)];
    const { orderId } = await settledAs(sql, alice, placedAt(), offers);
    await callAs(sql, alice, "record_outcome", {
      outcome: { orderId, wasSuccessful: true, itemsOrdered: 1 },
    });
  }
  const verified = async () => {
    const { body } = await callAs<{ ok: boolean; firstDifference: string | null }>(
      sql,
      admin,
      "verify_routing",
    );
    return body;
  };
  assertEquals(await verified(), { ok: true, firstDifference: null });
  for (const [corruption, named] of CORRUPTIONS) {
    await t.step(corruption, async () => {
      await withoutTriggers(database, async (transaction) => {
        await transaction`create table private.kept_quotes as table public.order_quotes`;
        await transaction`create table private.kept_routes as table public.order_routes`;
        await transaction`create table private.kept_outcomes as table public.order_outcomes`;
        await transaction`create table private.kept_metrics as table public.provider_metrics`;
        await transaction.unsafe(corruption);
      });
      const { ok, firstDifference } = await verified();
      assertEquals(ok, false);
      assertMatch(present(firstDifference, "a difference"), named);
      await withoutTriggers(database, async (transaction) => {
        for (
          const [table, kept] of [
            ["order_quotes", "quotes"],
            ["order_outcomes", "outcomes"],
            ["order_routes", "routes"],
            ["provider_metrics", "metrics"],
          ]
        ) {
          await transaction.unsafe(`delete from public.${table};
            insert into public.${table} table private.kept_${kept};
            drop table private.kept_${kept}`);
        }
      });
      assertEquals((await verified()).ok, true);
    });
  }
});
