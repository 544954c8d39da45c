import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { freshDatabase } from "../support/database.ts";
import { offered } from "../support/routing_desk.ts";
import { forceStatus, orderRow } from "../support/routing_orders.ts";
import { person } from "../support/tasks.ts";

const STATES = [
  ...[
    "quoted",
    "confirming",
    "placed",
    "handed_off",
    "failed",
    "unknown",
    "expired",
    "cancelled",
    "delivered",
  ],
] as const;

/** Where each state leads. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  quoted: ["confirming", "expired", "cancelled"],
  confirming: ["quoted", "placed", "handed_off", "failed", "unknown"],
  unknown: ["placed", "handed_off", "failed", "delivered", "cancelled"],
  placed: ["cancelled", "delivered", "failed"],
};

Deno.test("an order passes through its states and no others, whoever writes", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { orderId } = await offered(sql, await person(sql));
  for (const earlier of STATES) {
    await t.step(`from ${earlier}`, async () => {
      const allowed: string[] = [];
      for (const later of STATES) {
        if (later === earlier) continue;
        await forceStatus(database, orderId, earlier);
        const changed = await sql`
          update public.routed_orders as o
          set status = ${later}, provider_order_id = o.order_id::text, handoff_url = 'https://cart.example/1'
          where o.order_id = ${orderId} returning o.status`.catch((error) => {
          assertMatch(error.message, new RegExp(`does not go from ${earlier} to ${later}`));
          return [];
        });
        if (changed.length > 0) allowed.push(later);
      }
      assertEquals(allowed.sort(), [...LATER[earlier] ?? []].sort());
    });
  }
});

Deno.test("what stands of an order is changed by nobody, and every change is a version", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const { orderId } = await offered(sql, alice);
  const other = await offered(sql, bob);
  const { version } = await orderRow(sql, orderId);
  const changes = [
    `route_id = '${other.routeId}'`,
    "token_hash = '\\x00'",
    "order_id = gen_random_uuid()",
    `owner = 'user:${bob.userId}'`,
    "owner = null",
    "attempt = -1",
  ];
  for (const change of changes) {
    await assertRejects(
      () => sql.unsafe(`update public.routed_orders set ${change} where order_id = '${orderId}'`),
      Error,
      "of a routed order stand",
    );
  }
  await forceStatus(database, orderId, "placed");
  await assertRejects(
    () => sql`update public.routed_orders set provider_id = 'INSTACART' where order_id = ${orderId}`,
    Error,
    "of a routed order stand",
  );
  await sql`update public.routed_orders set tracking_url = 'https://track.example' where order_id = ${orderId}`;
  assertEquals((await orderRow(sql, orderId)).version, version + 1);
});

Deno.test("an order has what its state needs: an owner, the provider's number, an address, a price", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { orderId } = await offered(sql, await person(sql));
  const broken: readonly (readonly [string, string, string])[] = [
    ["confirming", "status = 'placed'", "routed_orders_placed_has_its_number"],
    ["confirming", "status = 'handed_off'", "routed_orders_handed_off_has_its_address"],
    ["unknown", "status = 'delivered'", "routed_orders_placed_has_its_number"],
    ["quoted", "total_cents = 0", "routed_orders_total_is_positive"],
    ["quoted", "status = 'bought'", "does not go from quoted to bought"],
  ];
  for (const [status, change, message] of broken) {
    await forceStatus(database, orderId, status);
    await assertRejects(
      () => sql.unsafe(`update public.routed_orders set ${change} where order_id = '${orderId}'`),
      Error,
      message,
    );
  }
});
