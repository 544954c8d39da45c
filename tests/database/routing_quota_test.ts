import { assertEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { GOOD, type Held, quotaOf, reserve, setCircuit, settle } from "../support/routing_circuits.ts";
import { at, beginRoute, guest, type Shopper, unlimited } from "../support/routing_desk.ts";

const KROGER = "KROGER_API";

/** A database whose Kroger allows so many calls a day, and that has proved itself. */
async function kroger(products: number, locations = 100_000) {
  const database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await setCircuit(sql, KROGER, { recent: "1".repeat(20) });
  await sql`update public.provider_circuits set recent = ${"1".repeat(20)}`;
  await setMost(sql, "products", products);
  await setMost(sql, "locations", locations);
  return database;
}

async function setMost(sql: postgres.Sql, endpoint: string, most: number): Promise<void> {
  await sql`
    update public.provider_quotas set max_per_day = ${most} where provider_id = ${KROGER} and endpoint = ${endpoint}`;
}

function isGranted({ reserved }: Held): boolean {
  return present(reserved[KROGER], KROGER).granted;
}

Deno.test("a quota is never exceeded by eight connections, and used to the last call", async () => {
  await using database = await kroger(23);
  await using crowd = crowdOf(database.url, 8);
  const held = await Promise.all(
    Array.from({ length: 20 }, () => reserve(crowd.sql, at(KROGER, { products: 3 }))),
  );
  assertEquals(held.filter(isGranted).length, 7);
  assertEquals(await quotaOf(database.sql, KROGER, "products"), { used: 21, max: 23, isToday: true });
  assertEquals(isGranted(await reserve(crowd.sql, at(KROGER, { products: 2 }))), true);
  const refused = await reserve(crowd.sql, at(KROGER, { products: 1, locations: 1 }));
  const { granted, code, endpoint, retryAfterMs } = present(refused.reserved[KROGER], KROGER);
  assertEquals([granted, code, endpoint], [false, "quota_exceeded", "products"]);
  // Until the next day of UTC.
  const untilMidnight = 86_400_000 - Date.now() % 86_400_000;
  assertEquals(Math.abs(present(retryAfterMs, "a time to wait") - untilMidnight) < 60_000, true);
  // Of the endpoint that had some left nothing was taken either.
  assertEquals((await quotaOf(database.sql, KROGER, "locations")).used, 0);
});

Deno.test("guests leave half of every quota to those who have signed in", async () => {
  await using database = await kroger(11);
  const { sql } = database;
  const granted = async (who: Shopper, products: number) => {
    const { body } = await beginRoute(sql, who, { providers: at(KROGER, { products }) });
    const { code } = present(body.start?.providers[KROGER], KROGER);
    return code ?? "granted";
  };
  assertEquals(await granted(guest(), 6), "quota_exceeded");
  assertEquals(await granted(guest(), 5), "granted");
  assertEquals(await granted(guest("198.51.100.1"), 1), "quota_exceeded");
  assertEquals(await granted(service, 6), "granted");
  assertEquals(await granted(service, 1), "quota_exceeded");
});

Deno.test("an endpoint without a quota has no limit", async () => {
  await using database = await kroger(0);
  assertEquals(isGranted(await reserve(database.sql, at(KROGER, { token: 1_000_000 }))), true);
});

Deno.test("what was reserved and not made is given back exactly, by eight connections at once", async () => {
  await using database = await kroger(400, 60);
  await using crowd = crowdOf(database.url, 8);
  let made = 0;
  let calls = 0;
  await Promise.all(Array.from({ length: 8 }, async (_, worker) => {
    for (let turn = 0; turn < 15; turn += 1) {
      const held = await reserve(crowd.sql, at(KROGER, { products: 7, locations: 1 }));
      if (!isGranted(held)) continue;
      const products = (worker * 5 + turn * 3) % 8;
      made += products;
      calls += 1;
      const spent = turn % 5 === 0 ? { products } : { products, locations: 1 };
      if (turn % 5 === 0) calls -= 1;
      await settle(crowd.sql, held, { [KROGER]: { ...GOOD, calls: spent } });
    }
  }));
  assertEquals(await quotaOf(database.sql, KROGER, "products"), { used: made, max: 400, isToday: true });
  assertEquals((await quotaOf(database.sql, KROGER, "locations")).used, calls);
  assertEquals(made > 200 && made <= 400, true, `${made} made`);
});

Deno.test("a second settlement gives nothing back, and more made than reserved takes nothing", async () => {
  await using database = await kroger(100);
  const { sql } = database;
  await settle(sql, await reserve(sql, at(KROGER, { products: 9 })), {
    [KROGER]: { ...GOOD, calls: { products: 20 } },
  });
  assertEquals((await quotaOf(sql, KROGER, "products")).used, 9);
  const held = await reserve(sql, at(KROGER, { products: 5 }));
  await settle(sql, held, { [KROGER]: { ...GOOD, calls: { products: 2 } } });
  await sql`select private.settle_attempt(${held.routeId}, ${KROGER}, '{"outcome": "neutral", "calls": {}}')`;
  assertEquals((await quotaOf(sql, KROGER, "products")).used, 11);
});

Deno.test("a new day begins with nothing used, and yesterday's calls are not given back into it", async () => {
  await using database = await kroger(10);
  const { sql } = database;
  const yesterdays = await reserve(sql, at(KROGER, { products: 10 }));
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 1 }))), false);
  await sql`update public.provider_quotas set day = day - 1 where used > 0`;
  await sql`update private.provider_attempts set day = day - 1`;
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 6 }))), true);
  assertEquals(await quotaOf(sql, KROGER, "products"), { used: 6, max: 10, isToday: true });
  await settle(sql, yesterdays, { [KROGER]: { ...GOOD, calls: {} } });
  assertEquals((await quotaOf(sql, KROGER, "products")).used, 6);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 5 }))), false);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 4 }))), true);
});

Deno.test("an operator may lower a limit below what is used, and raise it again", async () => {
  await using database = await kroger(50);
  const { sql } = database;
  const held = await reserve(sql, at(KROGER, { products: 30 }));
  await setMost(sql, "products", 10);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 1 }))), false);
  // Whoever takes none is not in the way.
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 0, locations: 1 }))), true);
  await settle(sql, held, { [KROGER]: { ...GOOD, calls: { products: 12 } } });
  assertEquals((await quotaOf(sql, KROGER, "products")).used, 12);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 1 }))), false);
  await setMost(sql, "products", 13);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 1 }))), true);
  assertEquals(isGranted(await reserve(sql, at(KROGER, { products: 1 }))), false);
});

Deno.test("limits that fall while eight connections reserve are kept from then on", async () => {
  await using database = await kroger(1_000);
  await using crowd = crowdOf(database.url, 8);
  let reservedSince = 0;
  let isLowered = false;
  await Promise.all(Array.from({ length: 8 }, async (_, worker) => {
    for (let turn = 0; turn < 12; turn += 1) {
      if (worker === 0 && turn === 4) {
        await setMost(database.sql, "products", 20);
        isLowered = true;
      }
      const before = isLowered;
      if (isGranted(await reserve(crowd.sql, at(KROGER, { products: 5 }))) && before) reservedSince += 5;
    }
  }));
  const { used } = await quotaOf(database.sql, KROGER, "products");
  assertEquals(reservedSince <= 20, true);
  assertEquals(used < 8 * 12 * 5, true);
});

Deno.test("the database itself refuses a day with more calls than it has", async () => {
  await using database = await kroger(10);
  const { sql } = database;
  await reserve(sql, at(KROGER, { products: 4 }));
  for (
    const change of ["used = 11", "used = -1", "max_per_day = -1", "day = day + 1, used = 11"]
  ) {
    await assertRejects(
      () => sql.unsafe(`update public.provider_quotas set ${change} where endpoint = 'products'`),
      Error,
      change.includes("11") ? "at most 10 calls of products" : "provider_quotas_are_not_negative",
    );
  }
});

Deno.test("what the limits stand on survives a restart: none of routing's tables is unlogged", async () => {
  await using database = await kroger(10);
  const tables = await database.sql<{ name: string; persistence: string }[]>`
    select c.relname as name, c.relpersistence as persistence from pg_catalog.pg_class as c
    where c.relkind = 'r' and (
      c.relname like 'provider\_%' or c.relname like 'order\_routes' or c.relname in
      ('order_quotes', 'routed_orders', 'order_outcomes', 'price_observations')
    ) order by c.relname`;
  assertEquals(tables.map(({ name }) => name), [
    ...["order_outcomes", "order_quotes", "order_routes", "price_observations", "provider_attempts"],
    ...["provider_circuits", "provider_credentials", "provider_metrics", "provider_quotas", "routed_orders"],
  ]);
  assertEquals(new Set(tables.map(({ persistence }) => persistence)), new Set(["p"]));
});
