import { assertEquals, assertGreater } from "@std/assert";
import type postgres from "postgres";
import { callAs, type Caller, type CallHeaders } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { passPause } from "../support/routing_circuits.ts";
import {
  beginRoute,
  decidedFor,
  guest,
  keyed,
  offerOf,
  type Planned,
  PROVIDERS,
  type PurchaseBody,
  type RoutingAnswer,
  type RoutingBody,
  saveRoute,
  type Shopper,
} from "../support/routing_desk.ts";
import {
  asService,
  beginConfirm,
  finishConfirm,
  HANDED_OFF,
  intended,
  LOST,
  placedAt,
  REFUSED,
} from "../support/routing_orders.ts";
import { person } from "../support/tasks.ts";

const WORKERS = 12;
const TURNS = 50;
const SEED = 20_261_121;
const ENDPOINTS = ["products", "locations", "cart", "search", "free"];

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** What all workers share: offers to confirm, purchases under way, orders that are settled. */
interface Market {
  readonly sql: postgres.Sql;
  readonly people: readonly Caller[];
  readonly offers: { readonly who: Shopper; readonly routeId: string; readonly tokenHash: string }[];
  readonly purchases: { readonly who: Shopper; readonly purchase: PurchaseBody }[];
  readonly orders: string[];
}

interface Turn extends Market {
  readonly pick: (below: number) => number;
  readonly headers: CallHeaders;
}

type Act = (turn: Turn) => Promise<RoutingAnswer | undefined>;

function one<Item>({ pick }: Turn, items: readonly Item[]): Item | undefined {
  return items[pick(items.length)];
}

/** All providers in any order, each with calls of any endpoints. */
function planned({ pick }: Turn): readonly Planned[] {
  const shuffled = PROVIDERS.map((id) => ({ id, at: pick(1_000) })).sort((a, b) => a.at - b.at);
  return shuffled.map(({ id }) => ({
    id,
    calls: Object.fromEntries(ENDPOINTS.filter(() => pick(2) === 0).map((endpoint) => [endpoint, pick(4)])),
  }));
}

const route: Act = async (turn) => {
  const { sql, pick, headers } = turn;
  const who = pick(4) === 0 ? guest() : present(one(turn, turn.people), "somebody");
  const begun = await beginRoute(sql, who, { providers: planned(turn), headers });
  if (begun.body.start === undefined) return begun;
  const { routeId, providers } = begun.body.start;
  const attempts = Object.keys(providers).filter((id) => providers[id]?.granted).reverse().map((
    provider,
  ) => ({
    provider,
    outcome: pick(30) === 0 ? "failed" : pick(8) === 0 ? "neutral" : "good",
    code: "unavailable",
    calls: {},
  }));
  const asked = PROVIDERS.map((id) => ({ id, at: pick(1_000) })).sort((a, b) => a.at - b.at);
  const outcome = decidedFor(asked.map(({ id }) => offerOf(id, 5_000)), { attempts });
  const saved = await saveRoute(sql, who, routeId, outcome, headers);
  if (saved.body.orderId !== undefined) turn.offers.push({ who, routeId, tokenHash: outcome.tokenHash });
  return saved;
};

const confirm: Act = async (turn) => {
  const { sql, people, headers, pick } = turn;
  const offer = one(turn, turn.offers);
  if (offer === undefined) return undefined;
  const who = "address" in offer.who || pick(5) === 0 ? present(one(turn, people), "somebody") : offer.who;
  const answer = await beginConfirm(sql, who, offer.tokenHash, { providers: planned(turn), headers });
  if (answer.body.purchase !== undefined) turn.purchases.push({ who, purchase: answer.body.purchase });
  return answer;
};

const finish: Act = async (turn) => {
  const { sql, headers, pick } = turn;
  const under = one(turn, turn.purchases);
  if (under === undefined) return undefined;
  const refused = { ...REFUSED, countsAgainst: pick(2) === 0 };
  const result = [placedAt(), HANDED_OFF, LOST, refused, refused, {
    outcome: "price_changed",
    totalCents: 5_500,
  }];
  const request = { tokenHash: under.purchase.orderReference, acceptTotalCentsUpTo: null };
  const answer = await finishConfirm(
    sql,
    under.who,
    under.purchase,
    { ...present(result[pick(result.length)], "a result"), request },
    { providers: planned(turn), headers },
  );
  if (answer.body.purchase !== undefined) {
    turn.purchases.push({ who: under.who, purchase: answer.body.purchase });
  }
  turn.orders.push(under.purchase.orderId);
  return answer;
};

const report: Act = async (turn) => {
  const orderId = one(turn, turn.orders) ?? crypto.randomUUID();
  const outcome = { orderId, wasSuccessful: turn.pick(2) === 0, itemsOrdered: 2 };
  return await callAs<RoutingBody>(turn.sql, present(one(turn, turn.people), "somebody"), "record_outcome", {
    outcome,
  }, turn.headers);
};

const say: Act = async (turn) => {
  const state = { status: ["delivered", "cancelled", "failed"][turn.pick(3)] };
  return await asService(turn.sql, "record_provider_status", { order_id: one(turn, turn.orders), state });
};

const cancel: Act = async (turn) => {
  const offer = one(turn, turn.offers);
  const who = present(one(turn, turn.people), "somebody");
  const args = { ["route_id"]: offer?.routeId ?? crypto.randomUUID() };
  return await callAs<RoutingBody>(turn.sql, who, "cancel_route", args, turn.headers);
};

const reconcile: Act = async ({ sql }) => {
  const { body } = await asService(sql, "claim_unsettled_orders");
  for (const { orderId, attempt } of body.orders ?? []) {
    const result = { outcome: "failed", code: "not_placed" };
    await asService(sql, "settle_unknown_order", { order_id: orderId, attempt, result });
  }
  return undefined;
};

function job(name: string): Act {
  return async ({ sql }) => {
    await sql`select private.run_job(${name})`;
    return undefined;
  };
}

const lower: Act = async ({ sql, pick }) => {
  await sql`update public.provider_quotas set max_per_day = ${pick(300)} where endpoint = ${
    ENDPOINTS[pick(4)] ?? ""
  }`;
  // One at a time: whoever locks several takes them in the order of their ids.
  await passPause(sql, PROVIDERS[pick(4)] ?? "");
  return undefined;
};

/** What goes on, as often as it stands here. */
const ACTS: readonly Act[] = [
  ...Array<Act>(8).fill(route),
  ...Array<Act>(6).fill(confirm),
  ...Array<Act>(6).fill(finish),
  ...[report, report, say, cancel, reconcile, lower],
  ...["refresh_metrics", "expire_offers", "purge_routes", "send_routing_alerts"].map(job),
];

/** Providers that nothing is known of, and such as have proved themselves, whose circuits routes need not lock. */
const HISTORIES = [["that are new", ""], ["that have proved themselves", "1".repeat(20)]] as const;

for (const [said, recent] of HISTORIES) {
  Deno.test(`routes, confirmations, answers and jobs at providers ${said} never deadlock`, () =>
    allAtOnce(recent));
}

async function allAtOnce(recent: string): Promise<void> {
  await using database = await freshDatabase();
  const { sql } = database;
  // Limits that nobody reaches, and that still cost a bucket's lock.
  await sql`update private.rate_limits set max_requests = 1000000000, period_seconds = 1`;
  await sql`update public.provider_circuits set recent = ${recent}`;
  await using pool = crowdOf(database.url, WORKERS);
  const people = await Promise.all([person(sql), person(sql), person(sql)]);
  const market: Market = { sql: pool.sql, people, offers: [], purchases: [], orders: [] };
  const outcomes = new Map<string, number>();
  const before = await deadlocksIn(sql);
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => {
    const pick = numbers(SEED + worker);
    for (let turn = 0; turn < TURNS; turn += 1) {
      // Few keys for many: who comes with one that is being used waits for it.
      const headers = pick(3) === 0 ? keyed(`${pick(6)}`) : {};
      const act = present(ACTS[pick(ACTS.length)], "an act");
      const answer = await act({ ...market, pick, headers });
      if (answer === undefined) continue;
      assertEquals(answer.sqlstate, null, `${answer.status} ${answer.text}`);
      const code = answer.body.code ?? "ok";
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    }
  }));
  console.log(`seed ${SEED}: ${[...outcomes].sort().map(([code, times]) => `${times} ${code}`).join(", ")}`);
  assertEquals(await deadlocksIn(sql), before);
  const failures = await sql`select r.job, r.error from private.job_runs as r where r.status = 'failed'`;
  assertEquals([...failures], []);
  for (const code of ["ok", "token_not_found", "idempotency_key_reused"]) {
    assertGreater(outcomes.get(code) ?? 0, 0, code);
  }
  await sql`select private.run_job('refresh_metrics')`;
  assertEquals((await asService(sql, "verify_routing")).body, { ok: true, firstDifference: null });
}

Deno.test("an answer that fails over to an earlier provider and a route past both wait in one line", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`update public.provider_circuits set recent = ${"1".repeat(20)}`;
  await using pool = crowdOf(database.url, 4);
  const alice = await person(sql);
  const providers = [
    { id: "KROGER_API", calls: { products: 1 } },
    { id: "WALMART_API", calls: { search: 2 } },
  ];
  const offers = [offerOf("WALMART_API"), offerOf("KROGER_API", 5_050)];
  const { purchase } = await intended(sql, alice, offers, { providers });
  const before = await deadlocksIn(sql);
  // The route comes first to Kroger's quota, the answer holds all it needs of Walmart's, if it takes that first.
  const answers = await released(
    pool.sql,
    (holder) =>
      holder`select from public.provider_quotas as q where q.endpoint = 'products' for no key update`,
    [
      () => beginRoute(pool.sql, alice, { providers }),
      () => finishConfirm(pool.sql, alice, purchase, { ...REFUSED, calls: {} }, { providers }),
    ],
  );
  assertEquals(answers.map(({ status }) => status), [200, 200]);
  assertEquals(await deadlocksIn(sql), before);
});

async function deadlocksIn(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select d.deadlocks::integer as count from pg_catalog.pg_stat_database as d where d.datname = current_database()`;
  return present(row, "a count").count;
}
