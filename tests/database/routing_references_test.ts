import { assertEquals, assertLess, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { aBasket, beginRoute, guest, saveRoute, unlimited } from "../support/routing_desk.ts";
import { succeeded } from "../support/tasks.ts";

/** A route of these observations, which nobody had an offer for. */
async function observed(sql: postgres.Sql, observations: readonly unknown[]): Promise<void> {
  const begun = succeeded(await beginRoute(sql, guest()));
  await saveRoute(sql, guest(), present(begun.body.start, "a start").routeId, {
    ...{ selectedProvider: null, decision: {}, quotes: [], attempts: [], details: { providers: [] } },
    observations,
  });
}

async function stored(sql: postgres.Sql): Promise<readonly (readonly [string, number, number])[]> {
  const rows = await sql<{ item: string; unit: number; package: number }[]>`
    select replace(o.item_key, chr(31), '|') as item, o.unit_cents::double precision as unit,
      o.package_cents::integer as package
    from private.price_observations as o order by 1, 2`;
  return rows.map((row) => [row.item, row.unit, row.package]);
}

/** Prices of an item, the newest first by a second each. */
async function fill(sql: postgres.Sql, item: string, times: number, days = 0): Promise<void> {
  await sql`
    insert into private.price_observations (item_key, unit_cents, package_cents, seen_at)
    select ${item}, n, 100, clock_timestamp() - make_interval(days => ${days}, secs => n)
    from generate_series(1, ${times}::integer) as n`;
}

Deno.test("a route keeps one price of an item per provider, however many lines and spellings ask for it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const milk = { provider: "MEALME", name: "Whole Milk", unit: "ml", unitCents: 0.1028, packageCents: 389 };
  const lines = Array.from({ length: 100 }, (_, at) => ({ ...milk, unitCents: 0.1028 + at }));
  await observed(sql, [
    ...lines,
    { ...milk, name: " WHOLE  milk ", unit: "ML", unitCents: 9 },
    { ...milk, provider: "KROGER_API", unitCents: 0.2 },
    { ...milk, unit: "gallon", unitCents: 389 },
  ]);
  assertEquals(await stored(sql), [
    ["whole milk|gallon", 389, 389],
    ["whole milk|ml", 0.1028, 389],
    ["whole milk|ml", 0.2, 389],
  ]);
});

Deno.test("a price that no shop asks is not kept", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const name = (at: number) => ({ provider: "MEALME", name: `Thing ${at}`, unit: "g" });
  const unit = [4e306, 1_000_001, 0.009, 0, -1, "NaN", "Infinity", null].map((unitCents, at) => ({
    ...{ ...name(at), unitCents, packageCents: 100 },
  }));
  const whole = [4e306, 1_000_001, 0, -1, "NaN", null].map((packageCents, at) => ({
    ...{ ...name(100 + at), unitCents: 1, packageCents },
  }));
  const edges = [[0.01, 1], [1_000_000, 1_000_000]].map(([unitCents, packageCents], at) => ({
    ...{ ...name(200 + at), unitCents, packageCents },
  }));
  await observed(sql, [...unit, ...whole, ...edges]);
  assertEquals(await stored(sql), [["thing 200|g", 0.01, 1], ["thing 201|g", 1_000_000, 1_000_000]]);
  for (const cents of ["NaN", "0.009", "1000001"]) {
    await assertRejects(() =>
      sql`insert into private.price_observations values ('x', ${cents}::numeric, 100, clock_timestamp())`
    );
  }
});

Deno.test("whatever stands in the table, a reference is a price", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`alter table private.price_observations drop constraint price_observations_are_prices`;
  const cases = [["NaN", 1_000_000], ["4e306", 1_000_000], ["-7", 0.01], ["1e-300", 0.01]] as const;
  for (const [cents, expected] of cases) {
    await sql`delete from private.price_observations`;
    await sql`
      insert into private.price_observations
      select private.item_key(n, u), ${cents}::numeric, 0, clock_timestamp()
      from (values ('Milk', 'gallon'), ('Rice', 'lb')) as items (n, u)`;
    const { start } = succeeded(await beginRoute(sql, guest())).body;
    const { unitCents, packageCents } = present(start, "a start");
    assertEquals([unitCents, packageCents], [{ milk: expected, rice: expected }, { milk: 1, rice: 1 }]);
  }
});

Deno.test("references are read before the circuits are locked, so nobody waits for a hundred medians", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await using crowd = crowdOf(database.url, 3);
  const found = await released<unknown>(
    crowd.sql,
    async (holder) => {
      await holder`lock table private.price_observations in access exclusive mode`;
    },
    [
      async () => (await beginRoute(sql, guest(), { request: aBasket() })).status,
      () => crowd.sql`select from public.provider_circuits as c for update nowait`.then(() => "free", String),
    ],
  );
  assertEquals(found, [200, "free"]);
});

Deno.test("of an item the newest 200 prices are kept, at most 10000 rows go at once, and the job goes on", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await fill(sql, "few", 200);
  await fill(sql, "many", 10_150);
  await fill(sql, "more", 450);
  await fill(sql, "old", 60, 31);
  const purge = async () => {
    const [row] = await sql<{ run: { processed: number; details: Record<string, number> } }[]>`
      select private.run_job('purge_routes') as run`;
    const { processed, details } = present(row, "a run").run;
    return [processed, details["observations"]];
  };
  assertEquals([await purge(), await purge(), await purge()], [[10_000, 10_000], [260, 260], [0, 0]]);
  const left = await sql`
    select o.item_key as item, count(*)::integer as count, max(o.unit_cents)::integer as oldest
    from private.price_observations as o group by 1 order by 1`;
  assertEquals(left.map(({ item, count, oldest }) => [item, count, oldest]), [
    ["few", 200, 200],
    ["many", 200, 200],
    ["more", 200, 200],
  ]);
});

Deno.test("a drained purge ends, and leaves no more than is read", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (const item of ["a", "b", "c"]) await fill(sql, item, 8_000);
  await sql`call private.drain_job('purge_routes')`;
  assertEquals((await sql`select from private.price_observations`).length, 600);
});

Deno.test("a provider that is disabled for long makes no route's latencies dearer to count", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await answers(database, "ok", 200);
  const few = await blocksOfRecount(sql);
  await answers(database, "disabled", 20_000);
  assertLess(await blocksOfRecount(sql), 2 * few);
});

/** Later and later rows of a provider. */
async function answers({ sql }: FreshDatabase, status: "ok" | "disabled", times: number): Promise<void> {
  await sql`
    with routes as (
      insert into public.order_routes (request, status, deadline_at, decided_at)
      select '{}', 'no_quotes', now(), now() from generate_series(1, ${times}::integer)
      returning route_id
    )
    insert into public.order_quotes (
      route_id, provider_id, status, latency_ms, currency, subtotal_cents, fees_cents, tax_cents, total_cents, quote,
      features, quoted_at
    )
    select r.route_id, 'MEALME', ${status}, 1, 'USD', cents, 0, 0, cents, kept, kept, clock_timestamp()
    from routes as r
    cross join (
      select case ${status} when 'ok' then 100 end as cents, case ${status} when 'ok' then jsonb '{}' end as kept
    ) as one`;
  await sql`analyze public.order_quotes`;
}

/** Of the second time: the first one reads the catalog as well. */
async function blocksOfRecount(sql: postgres.Sql): Promise<number> {
  const plans = await sql.begin(async (one) => {
    const explained = () =>
      one<{ "QUERY PLAN": [{ Plan: { "Shared Hit Blocks": number } }] }[]>`
        explain (analyze, buffers, format json) select private.recount_provider('MEALME')`;
    return [await explained(), await explained()] as const;
  });
  return present(plans[1][0], "a plan")["QUERY PLAN"][0].Plan["Shared Hit Blocks"];
}
