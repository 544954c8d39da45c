import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { insertRouting, ROUTING_BREACHES, ROUTING_ROWS } from "../support/routing_breaches.ts";
import { beginRoute, offered } from "../support/routing_desk.ts";
import { person } from "../support/tasks.ts";

/** Runs a statement about a route that is under way and an order that is offered, and undoes it. */
async function refusedBy({ sql }: FreshDatabase, statement: string): Promise<string | undefined> {
  const undone = new Error("undone");
  const alice = await person(sql);
  return await sql.begin(async (transaction) => {
    await transaction`delete from public.order_routes`;
    const { routeId, orderId } = await offeredWithin(transaction, alice.userId);
    await transaction.unsafe(statement.replaceAll(":route", routeId).replaceAll(":order", orderId));
    throw undone;
  }).catch((error: unknown) => {
    if (error === undone) return undefined;
    if (error instanceof postgres.PostgresError && error.constraint_name) return error.constraint_name;
    throw error;
  });
}

async function offeredWithin(transaction: postgres.TransactionSql, userId: string) {
  const [open] = await transaction<{ routeId: string }[]>`
    insert into public.order_routes (owner, user_id, request, deadline_at)
    values ('x', ${userId}, '{}', now()) returning route_id as "routeId"`;
  const [order] = await transaction<{ orderId: string }[]>`
    with route as (
      insert into public.order_routes (request, deadline_at, status, decided_at, selected_provider_id)
      values ('{}', now(), 'quoted', now(), 'MEALME') returning route_id
    )
    insert into public.routed_orders (route_id, provider_id, currency, total_cents, token_hash, expires_at)
    select route_id, 'MEALME', 'USD', 1, sha256('of an order'), now() from route
    returning order_id as "orderId"`;
  return { ...present(open, "a route"), ...present(order, "an order") };
}

Deno.test("a row of routing that breaks no rule goes in", async () => {
  await using database = await freshDatabase();
  for (const table of Object.keys(ROUTING_ROWS)) {
    assertEquals([table, await refusedBy(database, insertRouting(table))], [table, undefined]);
  }
});

Deno.test("the database refuses what breaks a rule of routing by itself, and names the rule", async (t) => {
  await using database = await freshDatabase();
  for (const [constraint, statement] of ROUTING_BREACHES) {
    await t.step(`${constraint}: ${statement.slice(0, 120)}`, async () => {
      assertEquals(await refusedBy(database, statement), constraint);
    });
  }
});

Deno.test("a route that is under way may still change, one that is decided may not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { body } = await beginRoute(sql, alice);
  const { routeId } = present(body.start, "a start");
  await sql`update public.order_routes set request_id = 'req_1' where route_id = ${routeId}`;
  const decided = await offered(sql, alice);
  const refused =
    await sql`update public.order_routes set request_id = 'x' where route_id = ${decided.routeId}`
      .catch((error: postgres.PostgresError) => error.message);
  assertEquals(refused, "A decided route stands");
});
