import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { offerOf, unlimited } from "../support/routing_desk.ts";
import {
  asService,
  beginConfirm,
  type Finish,
  finishConfirm,
  intended,
  LOST,
  orderRow,
  passMinutes,
  placedAt,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { adminPerson, person } from "../support/tasks.ts";

async function claimed(sql: postgres.Sql, most = 20): Promise<readonly string[]> {
  const { body } = await asService(sql, "claim_unsettled_orders", { max_orders: most });
  return present(body.orders, "orders").map(({ orderId }) => orderId);
}

async function settleUnknown(sql: postgres.Sql, orderId: string, attempt: number, result: Finish) {
  return await asService(sql, "settle_unknown_order", { order_id: orderId, attempt, result });
}

Deno.test("an intent that nobody answers for two minutes becomes unknown, and its provider is asked", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const [fresh, old] = [await intended(sql, alice), await intended(sql, alice)];
  await passMinutes(database, old.orderId, 2);
  const { body } = await asService(sql, "claim_unsettled_orders");
  assertEquals([body.lost, body.orders?.map(({ orderId }) => orderId)], [1, [old.orderId]]);
  const [asked] = present(body.orders, "orders");
  assertEquals([asked?.orderReference, asked?.attempt], [old.purchase.orderReference, 1]);
  assertEquals((await orderRow(sql, old.orderId)).failure, "answer_lost");
  assertEquals((await orderRow(sql, fresh.orderId)).status, "confirming");
});

Deno.test("an unknown order is asked about after 1, 2, 4, … minutes and then every hour", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { orderId } = await settledAs(sql, await person(sql), LOST);
  const pauses: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    assertEquals(await claimed(sql), [orderId]);
    assertEquals(await claimed(sql), []);
    const [row] = await sql<{ minutes: number }[]>`
      select round(extract(epoch from o.ask_at - clock_timestamp()) / 60)::integer as minutes
      from public.routed_orders as o where o.order_id = ${orderId}`;
    const { minutes } = present(row, "a pause");
    pauses.push(minutes);
    await passMinutes(database, orderId, minutes);
  }
  assertEquals(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

Deno.test("two runs at once ask about different orders, and none is asked about twice", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await using crowd = crowdOf(database.url, 6);
  const alice = await person(sql);
  const lost: string[] = [];
  for (let order = 0; order < 12; order += 1) lost.push((await settledAs(sql, alice, LOST)).orderId);
  const runs = await Promise.all(Array.from({ length: 6 }, () => claimed(crowd.sql, 3)));
  const asked = runs.flat();
  assertEquals(new Set(asked).size, asked.length);
  assertEquals([...asked, ...await claimed(sql)].sort(), lost.sort());
});

/** What the provider says of a lost order, and what it becomes. */
const FOUND: readonly (readonly [Finish, status: string, failure: string | null])[] = [
  [placedAt(), "placed", null],
  [{ outcome: "handed_off", handoffUrl: "https://cart.example/1" }, "handed_off", null],
  [{ outcome: "failed", code: "not_placed" }, "failed", "not_placed"],
  [{ ...placedAt(), outcome: "delivered" }, "delivered", null],
  [{ ...placedAt(), outcome: "cancelled" }, "cancelled", null],
  [REFUSED, "failed", "refused"],
];

Deno.test("what the provider says of a lost order settles it once; nothing that comes later changes it", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  for (const [result, status, failure] of FOUND) {
    await t.step(`${result.outcome} makes it ${status}`, async () => {
      const offers = [offerOf("MEALME"), offerOf("INSTACART")];
      const { orderId, purchase, tokenHash } = await settledAs(sql, alice, LOST, offers);
      await passMinutes(database, orderId, 10);
      const early = await settleUnknown(sql, orderId, 0, result);
      assertEquals(early.body.order?.status, "unknown", "an attempt that is not the last one");
      const settled = await settleUnknown(sql, orderId, 1, result);
      assertEquals([settled.status, settled.body.order?.status], [200, status]);
      const row = await orderRow(sql, orderId);
      assertEquals([row.status, row.failure, row.attempt, row.provider], [status, failure, 1, "MEALME"]);
      await settleUnknown(sql, orderId, 1, { outcome: "failed", code: "not_placed" });
      await finishConfirm(sql, alice, purchase, placedAt());
      await beginConfirm(sql, alice, tokenHash);
      assertEquals(await orderRow(sql, orderId), row);
      assertEquals((await claimed(sql)).includes(orderId), false);
    });
  }
});

Deno.test("that a provider knows no order is believed ten minutes after the intent, not before", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { orderId } = await settledAs(sql, await person(sql), LOST);
  const absent = { outcome: "failed", code: "not_placed" };
  await passMinutes(database, orderId, 9);
  assertEquals((await settleUnknown(sql, orderId, 1, absent)).body.order?.status, "unknown");
  await passMinutes(database, orderId, 1);
  assertEquals((await settleUnknown(sql, orderId, 1, absent)).body.order?.status, "failed");
});

Deno.test("reconciling and the function that was thought lost settle an order once, whoever is first", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await using crowd = crowdOf(database.url, 8);
  const alice = await person(sql);
  for (let round = 0; round < 8; round += 1) {
    const { orderId, purchase } = await settledAs(sql, alice, LOST);
    const { version } = await orderRow(sql, orderId);
    const own = placedAt();
    const answers = await Promise.all([
      settleUnknown(crowd.sql, orderId, 1, own),
      finishConfirm(crowd.sql, alice, purchase, own),
      settleUnknown(crowd.sql, orderId, 1, own),
      finishConfirm(crowd.sql, alice, purchase, own),
    ]);
    assertEquals(
      answers.map(({ status, body }) => [status, body.order?.status]),
      Array(4).fill([200, "placed"]),
    );
    assertEquals((await orderRow(sql, orderId)).version, version + 1);
  }
});

Deno.test("an order that nobody knows is not settled", async () => {
  await using database = await freshDatabase();
  const { status, body } = await settleUnknown(database.sql, crypto.randomUUID(), 1, placedAt());
  assertEquals([status, body.code], [404, "not_found"]);
});

Deno.test("the job runs twice at once without harm, and tells admins once a day of orders unknown for a day", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await adminPerson(sql);
  await using crowd = crowdOf(database.url, 4);
  const { orderId } = await settledAs(sql, await person(sql), LOST);
  assertEquals(await told(database), 0);
  await passMinutes(database, orderId, 24 * 60 + 1);
  await Promise.all(Array.from({ length: 4 }, () => asService(crowd.sql, "claim_unsettled_orders")));
  const { body } = await asService(sql, "claim_unsettled_orders");
  assertEquals(await told(database), 1);
  assertEquals(body.unsettledForADay, 1);
});

async function told({ sql }: FreshDatabase): Promise<number> {
  const rows = await sql`select from private.outbox as o where o.event = 'orders_unsettled'`;
  return rows.length;
}
