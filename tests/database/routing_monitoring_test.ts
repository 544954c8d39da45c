import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { anon, becomeWithin, callAs, type Caller, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import {
  beginRoute,
  decidedFor,
  guest,
  offered,
  offerOf,
  saveRoute,
  unlimited,
} from "../support/routing_desk.ts";
import {
  asService,
  finishConfirm,
  HANDED_OFF,
  intended,
  LOST,
  placedAt,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { adminPerson, person } from "../support/tasks.ts";

/** As the guide writes it, word for word. */
const SUCCESS_RATE = `
-- Query Supabase logs
SELECT
  provider_id,
  COUNT(*) FILTER (WHERE event = 'provider_quote_success') as success_count,
  COUNT(*) FILTER (WHERE event = 'provider_quote_error') as error_count,
  AVG(latency_ms) FILTER (WHERE event = 'provider_quote_success') as avg_latency_ms
FROM edge_logs
WHERE function_name = 'loopgpt_route_order'
  AND timestamp > NOW() - INTERVAL '1 hour'
GROUP BY provider_id;
`;

/** As the guide writes it, word for word. */
const SELECTION = `
-- Which providers are being selected?
SELECT
  selected_provider_id,
  COUNT(*) as selection_count,
  AVG(total_cents) as avg_total_cents
FROM edge_logs
WHERE function_name = 'loopgpt_route_order'
  AND event = 'router_decision'
  AND timestamp > NOW() - INTERVAL '1 hour'
GROUP BY selected_provider_id
ORDER BY selection_count DESC;
`;

/** As the guide writes it, word for word. */
const LATENCY = `
-- 95th percentile latency
SELECT
  provider_id,
  PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY latency_ms) as p95_latency_ms
FROM edge_logs
WHERE function_name = 'loopgpt_route_order'
  AND event = 'provider_quote_success'
  AND timestamp > NOW() - INTERVAL '1 hour'
GROUP BY provider_id;
`;

async function readAs(sql: postgres.Sql, caller: Caller, statement: string) {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, caller);
    const rows = await transaction.unsafe<Record<string, unknown>[]>(statement);
    return rows.map((row) => ({ ...row }));
  });
}

interface Asked {
  readonly provider: string;
  readonly latencyMs: number;
  readonly status?: string;
  readonly code?: string;
}

/** A route that these were asked on: the first that answered well is selected. */
async function routeAmong(sql: postgres.Sql, asked: readonly Asked[], totalCents = 5_000): Promise<string> {
  const { body } = await beginRoute(sql, service, { providers: [] });
  const { routeId } = present(body.start, "a start");
  const good = asked.filter(({ status = "ok" }) => status === "ok");
  const bad = asked.filter(({ status = "ok" }) => status !== "ok");
  const offers = good.map(({ provider, latencyMs }) => offerOf(provider, totalCents, { latencyMs }));
  const outcome = offers.length === 0
    ? { selectedProvider: null, latencyMs: 700, decision: {}, details: {} }
    : decidedFor(offers, { latencyMs: 700 });
  const quotes = [...Object("quotes" in outcome ? outcome["quotes"] : []), ...bad];
  await saveRoute(sql, service, routeId, { ...outcome, quotes, attempts: [] });
  return routeId;
}

async function age(database: FreshDatabase, routeId: string, minutes: number): Promise<void> {
  await withoutTriggers(database, async (sql) => {
    await sql`
      update public.order_quotes set quoted_at = quoted_at - make_interval(mins => ${minutes})
      where route_id = ${routeId}`;
    await sql`
      update public.order_routes
      set created_at = created_at - make_interval(mins => ${minutes}),
        decided_at = decided_at - make_interval(mins => ${minutes})
      where route_id = ${routeId}`;
  });
}

/** Five routes of the last hour, and one before it. */
async function busyHour(database: FreshDatabase): Promise<void> {
  const { sql } = database;
  await unlimited(sql);
  const [meal, kroger, insta] = ["MEALME", "KROGER_API", "INSTACART"] as const;
  await routeAmong(sql, [{ provider: meal, latencyMs: 100 }, { provider: kroger, latencyMs: 300 }], 4_000);
  await routeAmong(sql, [{ provider: meal, latencyMs: 200 }], 5_000);
  await routeAmong(sql, [
    { provider: kroger, latencyMs: 500 },
    { provider: meal, latencyMs: 9_000, status: "timeout", code: "timeout" },
  ], 6_000);
  await routeAmong(sql, [
    { provider: meal, latencyMs: 50, status: "error", code: "unavailable" },
    { provider: insta, latencyMs: 10, status: "error", code: "forbidden" },
  ]);
  const old = await routeAmong(sql, [{ provider: insta, latencyMs: 1 }], 1_000_000);
  await age(database, old, 61);
}

Deno.test("the guide's three queries run word for word and give the right figures", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await busyHour(database);
  const admin = await adminPerson(sql);
  for (const reader of [admin, service]) {
    const rates = await readAs(sql, reader, SUCCESS_RATE);
    const figures = rates.map((row) => [row["provider_id"], row["success_count"], row["error_count"]]);
    assertEquals(figures.sort(byText), [
      ["INSTACART", "0", "1"],
      ["KROGER_API", "2", "0"],
      ["MEALME", "2", "2"],
      // Decisions name no single provider.
      [null, "0", "0"],
    ]);
    const averages = rates.map((row) => [row["provider_id"], row["avg_latency_ms"]].join(" "));
    assertEquals(averages.includes("MEALME 150.0000000000000000"), true, averages.join());
    assertEquals(averages.includes("KROGER_API 400.0000000000000000"), true, averages.join());

    const selection = await readAs(sql, reader, SELECTION);
    assertEquals(
      selection.map((
        row,
      ) => [row["selected_provider_id"], row["selection_count"], Number(row["avg_total_cents"])]),
      [
        ["MEALME", "2", 4_500],
        ...selection.slice(1).map((row) =>
          row["selected_provider_id"] === null ? [null, "1", 0] : ["KROGER_API", "1", 6_000]
        ),
      ],
    );
    assertEquals(selection.length, 3);

    const latency = await readAs(sql, reader, LATENCY);
    assertEquals(latency.map((row) => [row["provider_id"], row["p95_latency_ms"]]).sort(byText), [
      ["KROGER_API", 490],
      ["MEALME", 195],
    ]);
  }
});

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

const VIEWS = ["edge_logs", "provider_hourly", "provider_credential_expiry", "routing_alerts"];

Deno.test("what operators watch is empty for everybody else, and forbidden without credentials", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await busyHour(database);
  await sql`insert into public.provider_credentials values ('MEALME', 'api key', current_date + 3)`;
  const [alice, admin] = [await person(sql), await adminPerson(sql)];
  // Somebody with a route of his own sees nothing of it here either.
  await offered(sql, alice);
  for (const view of VIEWS) {
    const all = `select * from public.${view}`;
    assertEquals([view, await readAs(sql, alice, all)], [view, []]);
    for (const reader of [admin, service]) {
      const rows = await readAs(sql, reader, all);
      assertEquals([view, rows.length > 0], [view, true]);
    }
    const refused = await readAs(sql, anon, all).catch((error) => error.code);
    assertEquals([view, refused], [view, "42501"]);
  }
});

Deno.test("confirmations are logged by what came of them at once, not by what became of them later", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const events = async (routeId: string) => {
    const rows = await sql<{ event: string; code: string | null }[]>`
      select l.event, l.code from public.edge_logs as l
      where l.route_id = ${routeId} and l.function_name <> 'loopgpt_route_order' order by l.event`;
    return rows.map(({ event, code }) => code === null ? event : `${event} ${code}`);
  };
  const said = (orderId: string, status: string) =>
    asService(sql, "record_provider_status", { order_id: orderId, state: { status } });

  const placed = await settledAs(sql, alice, placedAt());
  assertEquals(await events(placed.routeId), ["confirm_start", "confirm_success"]);
  await said(placed.orderId, "cancelled");
  assertEquals(await events(placed.routeId), ["confirm_start", "confirm_success"]);
  const broken = await settledAs(sql, alice, placedAt());
  await said(broken.orderId, "failed");
  assertEquals(await events(broken.routeId), ["confirm_start", "confirm_success failed_at_provider"]);
  const handed = await settledAs(sql, alice, HANDED_OFF);
  assertEquals(await events(handed.routeId), ["confirm_start", "confirm_success"]);
  const failed = await settledAs(sql, alice, REFUSED);
  assertEquals(await events(failed.routeId), ["confirm_error refused", "confirm_start"]);
  const lost = await settledAs(sql, alice, LOST);
  assertEquals(await events(lost.routeId), ["confirm_start"]);

  const given = await offered(sql, alice);
  await callAs(sql, alice, "cancel_route", { route_id: given.routeId });
  assertEquals(await events(given.routeId), ["cancel_success"]);
  const changed = await intended(sql, alice);
  await finishConfirm(sql, alice, changed.purchase, { outcome: "price_changed", totalCents: 9_000 });
  await callAs(sql, alice, "cancel_route", { route_id: changed.routeId });
  assertEquals(await events(changed.routeId), ["cancel_success", "confirm_start"]);
});

Deno.test("a provider's hour shows how often it was asked, answered, chosen, and how fast", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const ids: string[] = [];
  ids.push(
    await routeAmong(sql, [{ provider: "MEALME", latencyMs: 100 }, { provider: "INSTACART", latencyMs: 5 }]),
  );
  ids.push(await routeAmong(sql, [{ provider: "MEALME", latencyMs: 300 }]));
  ids.push(
    await routeAmong(sql, [
      { provider: "INSTACART", latencyMs: 7 },
      { provider: "MEALME", latencyMs: 900, status: "error", code: "unavailable" },
    ]),
  );
  // All in one hour, whenever this runs.
  await sql`
    update public.order_quotes set quoted_at = '2026-11-20T10:30:00Z'
    where route_id = any (${ids})`;
  const rows = await sql`
    select h.provider_id as provider, h.hour, h.asked::integer, h.quoted::integer, h.success_rate::float as rate,
      h.selected::integer, h.selection_share::float as share, h.latency_p95_ms as p95, h.errors::integer
    from public.provider_hourly as h order by h.provider_id`;
  const hour = new Date("2026-11-20T10:00:00Z");
  assertEquals([...rows], [
    { provider: "INSTACART", hour, asked: 2, quoted: 2, rate: 1, selected: 1, share: 0.5, p95: 7, errors: 0 },
    {
      provider: "MEALME",
      hour,
      asked: 3,
      quoted: 2,
      rate: 0.6667,
      selected: 2,
      share: 0.6667,
      p95: 300,
      errors: 1,
    },
  ]);
});

async function firing(sql: postgres.Sql): Promise<readonly string[]> {
  const rows = await sql<{ alert: string; provider: string | null }[]>`
    select a.alert, a.provider_id as provider from public.routing_alerts as a where a.firing order by 1, 2`;
  return rows.map(({ alert, provider }) => [alert, provider].filter((part) => part !== null).join(" "));
}

Deno.test("the error rate fires above ten per cent, not at ten", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const meal = { provider: "MEALME", latencyMs: 100 };
  for (let good = 0; good < 9; good += 1) await routeAmong(sql, [meal]);
  await routeAmong(sql, [{ ...meal, status: "error", code: "unavailable" }]);
  assertEquals(await firing(sql), []);
  const second = await routeAmong(sql, [{ ...meal, status: "timeout", code: "timeout" }]);
  assertEquals(await firing(sql), ["provider_error_rate MEALME"]);
  await age(database, second, 61);
  assertEquals(await firing(sql), []);
});

Deno.test("latency fires above a mean of 5000 ms, not at 5000", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await routeAmong(sql, [{ provider: "KROGER_API", latencyMs: 4_000 }]);
  await routeAmong(sql, [{ provider: "KROGER_API", latencyMs: 6_000 }]);
  assertEquals(await firing(sql), []);
  await routeAmong(sql, [{ provider: "KROGER_API", latencyMs: 5_010 }]);
  assertEquals(await firing(sql), ["provider_latency_ms KROGER_API"]);
});

Deno.test("no good quote in five minutes fires, also where nobody could be asked; silence does not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  assertEquals(await firing(sql), []);
  const closed = await routeAmong(sql, []);
  await sql`
    insert into public.order_quotes (route_id, provider_id, status, code, quoted_at)
    values (${closed}, 'MEALME', 'circuit_open', 'circuit_open', clock_timestamp()),
      (${closed}, 'INSTACART', 'disabled', null, clock_timestamp())`;
  assertEquals(await firing(sql), ["no_successful_quotes"]);
  const good = await routeAmong(sql, [{ provider: "MEALME", latencyMs: 100 }]);
  assertEquals(await firing(sql), []);
  await age(database, good, 6);
  assertEquals(await firing(sql), ["no_successful_quotes"]);
  await age(database, closed, 6);
  assertEquals(await firing(sql), []);
});

Deno.test("a credential with less than fourteen days left fires", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const noted = async (days: number) => {
    await sql`delete from public.provider_credentials`;
    await sql`
      insert into public.provider_credentials
      values ('WALMART_API', 'private key', (clock_timestamp() at time zone 'UTC')::date + ${days}::integer)`;
    return await firing(sql);
  };
  assertEquals(await noted(14), []);
  assertEquals(await noted(13), ["credential_expires WALMART_API"]);
  assertEquals(await noted(-1), ["credential_expires WALMART_API"]);
  const [row] = await sql`select e.days_left as left from public.provider_credential_expiry as e`;
  assertEquals(row?.["left"], -1);
});

Deno.test("every admin is told of an alert once an hour, however often the job runs", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await Promise.all([adminPerson(sql), adminPerson(sql), person(sql)]);
  await sql`insert into public.provider_credentials values ('MEALME', 'api key', current_date)`;
  await routeAmong(sql, [{ provider: "MEALME", latencyMs: 9_000 }]);
  for (let run = 0; run < 3; run += 1) await sql`select private.run_job('send_routing_alerts')`;
  const told = await sql`
    select o.payload ->> 'alert' as alert, count(*)::integer as times from private.outbox as o
    where o.event = 'routing_alert' group by 1 order by 1`;
  assertEquals([...told], [
    { alert: "credential_expires", times: 2 },
    { alert: "provider_latency_ms", times: 2 },
  ]);
  const runs =
    await sql`select from private.job_runs where job = 'send_routing_alerts' and status = 'succeeded'`;
  assertEquals(runs.length, 3);
});

Deno.test("a guest's route is in the log like any other, without his address", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await offered(sql, guest("192.0.2.99"));
  const rows = await sql`select to_jsonb(l)::text as text from public.edge_logs as l`;
  assertEquals(rows.length > 0, true);
  assertEquals(rows.filter(({ text }) => text.includes("192.0.2.99")), []);
});
