import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { crowdOf } from "../support/races.ts";
import { reserve } from "../support/routing_circuits.ts";
import {
  at,
  beginRoute,
  guest,
  type Offered,
  offered,
  saveRoute,
  unlimited,
} from "../support/routing_desk.ts";
import {
  asService,
  beginConfirm,
  HANDED_OFF,
  intended,
  LOST,
  orderRow,
  passMinutes,
  placedAt,
  purchaseOf,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { person } from "../support/tasks.ts";

async function run(sql: postgres.Sql, job: string) {
  const [row] = await sql<{ run: { status: string; processed: number; details: Record<string, number> } }[]>`
    select private.run_job(${job}) as run`;
  return row?.run;
}

async function age(database: FreshDatabase, days: number): Promise<void> {
  await withoutTriggers(database, (sql) =>
    sql`
      update public.order_routes as r set created_at = r.created_at - make_interval(days => ${days}),
        decided_at = r.decided_at - make_interval(days => ${days})`);
}

Deno.test("offers whose time is over expire; what is confirmed, given up or still good does not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const good = await offered(sql, alice);
  const late = [await offered(sql, alice), await offered(sql, guest())];
  const given = await offered(sql, alice);
  await callAs(sql, alice, "cancel_route", { route_id: given.routeId });
  const bought = await intended(sql, alice);
  for (const { orderId } of [...late, given, bought]) await passMinutes(database, orderId, 15);
  assertEquals((await run(sql, "expire_offers"))?.processed, 2);
  assertEquals((await run(sql, "expire_offers"))?.processed, 0);
  const statuses = await Promise.all(
    [good, ...late, given, bought].map(async ({ orderId }) => (await orderRow(sql, orderId)).status),
  );
  assertEquals(statuses, ["quoted", "expired", "expired", "cancelled", "confirming"]);
});

Deno.test("the job that expires offers waits for nobody who is confirming one, and takes none from him", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await using crowd = crowdOf(database.url, 2);
  const alice = await person(sql);
  const { orderId, tokenHash } = await offered(sql, alice);
  await sql.begin(async (holder) => {
    await holder`select from public.routed_orders as o where o.order_id = ${orderId} for no key update`;
    await holder`update public.routed_orders set expires_at = clock_timestamp() where order_id = ${orderId}`;
    assertEquals((await run(crowd.sql, "expire_offers"))?.processed, 0);
    await holder`
      update public.routed_orders set expires_at = clock_timestamp() + interval '1 minute' where order_id = ${orderId}`;
  });
  purchaseOf(await beginConfirm(sql, alice, tokenHash));
});

Deno.test("after 30 days a basket nobody bought is gone with its address, and what was bought stays", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const alice = await person(sql);
  const cancelled = await settledAs(sql, alice, placedAt());
  await asService(sql, "record_provider_status", {
    order_id: cancelled.orderId,
    state: { status: "cancelled" },
  });
  const kept: readonly Offered[] = [
    ...[await settledAs(sql, alice, placedAt()), await settledAs(sql, alice, HANDED_OFF)],
    ...[await settledAs(sql, alice, LOST), await settledAs(sql, alice, REFUSED), cancelled],
  ];
  const given = await offered(sql, alice);
  await callAs(sql, alice, "cancel_route", { route_id: given.routeId });
  const expired = await offered(sql, guest());
  await passMinutes(database, expired.orderId, 15);
  await run(sql, "expire_offers");
  await offered(sql, alice);
  // One that never came back, and one nobody had a quote for.
  await beginRoute(sql, alice);
  const { body } = await beginRoute(sql, guest());
  await saveRoute(sql, guest(), body.start?.routeId ?? "", { decision: {}, quotes: [], attempts: [] });

  await age(database, 29);
  assertEquals((await run(sql, "purge_routes"))?.details["routes"], 0);
  await age(database, 2);
  const young = await offered(sql, alice);
  assertEquals((await run(sql, "purge_routes"))?.details["routes"], 5);
  const left = await sql<{ id: string }[]>`select route_id as id from public.order_routes order by 1`;
  assertEquals(left.map(({ id }) => id), [...kept, young].map(({ routeId }) => routeId).sort());
  const orphans = await sql`
    select from public.order_quotes as q where q.route_id <> all (${left.map(({ id }) => id)})`;
  assertEquals(orphans.length, 0);
  assertEquals((await sql`select from public.order_outcomes`).length, 1);
});

Deno.test("old prices go after 30 days, attempts nobody settled an hour after they lapsed", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`
    insert into private.price_observations (item_key, unit_cents, package_cents, seen_at)
    select 'milk', 100, 100, clock_timestamp() - make_interval(days => d) from unnest(array[0, 29, 31, 400]) as d`;
  await reserve(sql, at("MEALME"));
  const lost = await reserve(sql, at("MEALME"));
  await sql`
    update private.provider_attempts set lapses_at = clock_timestamp() - interval '61 minutes'
    where attempt_id = ${lost.routeId}`;
  const purged = await run(sql, "purge_routes");
  assertEquals(purged?.details, { processed: 2, routes: 0, observations: 2, lapsedAttempts: 1 });
  assertEquals((await sql`select from private.provider_attempts`).length, 1);
});

Deno.test("every job of routing runs twice at once: the second is skipped", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (
    const job of [
      "expire_offers",
      "purge_routes",
      "refresh_metrics",
      "reconcile_orders",
      "send_routing_alerts",
    ]
  ) {
    await sql.begin(async (first) => {
      await first`select private.run_job(${job})`;
      assertEquals((await run(sql, job))?.status, "skipped");
    });
    assertEquals((await run(sql, job))?.status, "succeeded");
  }
});

Deno.test("somebody's account goes, and his decided routes and orders stay without him", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId } = await settledAs(sql, alice, placedAt());
  await beginRoute(sql, alice);
  await sql`delete from auth.users where id = ${alice.userId}`;
  assertEquals((await orderRow(sql, orderId)).status, "placed");
  assertEquals((await sql`select from public.order_routes where user_id is not null`).length, 0);
  const explained = await callAs(sql, service, "explain_route", { route_id: crypto.randomUUID() });
  assertEquals(explained.status, 404);
});
