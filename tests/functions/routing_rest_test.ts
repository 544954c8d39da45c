/** Routing straight at REST, past every function: what a key gives, and what a header does not. */
import { assertEquals } from "@std/assert";
import { type Person, signUp, signUpAdmin } from "../support/people.ts";
import { service } from "../support/callers.ts";
import { present } from "../support/present.ts";
import { databaseOf } from "../support/realtime.ts";
import { aBasket, type Offered, offered, offerOf, onBehalfOf } from "../support/routing_desk.ts";
import { stack } from "../support/stack.ts";
import { ask } from "../support/stack_requests.ts";

/** An offer of somebody's, made past the functions, with no call to any provider. */
async function offerFor({ id }: Person): Promise<Offered> {
  await using sql = databaseOf(await stack());
  return await offered(sql, { ...service, userId: id }, [offerOf("MEALME")]);
}

async function statusOf({ orderId }: Offered): Promise<string> {
  await using sql = databaseOf(await stack());
  const [row] = await sql<{ status: string }[]>`
    select o.status from public.routed_orders as o where o.order_id = ${orderId}`;
  return present(row, "an order").status;
}

/** The operations of the functions, and what they would be called with. */
function callsFor({ tokenHash, routeId, orderId }: Offered): readonly (readonly [string, unknown])[] {
  return [
    ["begin_route", { request: aBasket(), providers: [], deadline_ms: 1_000 }],
    ["save_route", { route_id: routeId, outcome: {} }],
    ["begin_confirm", {
      token_hash: tokenHash,
      accept_total_cents: null,
      providers: [{ id: "MEALME", calls: {} }],
    }],
    ["finish_confirm", { order_id: orderId, attempt: 0, result: { outcome: "handed_off" }, providers: [] }],
    ["settle_unknown_order", { order_id: orderId, attempt: 0, result: {} }],
    ["record_provider_status", { order_id: orderId, state: { status: "delivered" } }],
    ["claim_unsettled_orders", {}],
    ["find_routed_order", { provider_id: "MEALME", provider_order_id: "x" }],
    ["get_circuits", {}],
    ["release_route", { route_id: routeId }],
    ["stored_decisions", {}],
  ];
}

Deno.test("no key but the service's reaches what the functions call, whomever the headers name", async () => {
  const info = await stack();
  const [alice, mallory] = [await signUp("alice"), await signUp("mallory")];
  const admin = await signUpAdmin();
  const offer = await offerFor(alice);
  const bearers = [undefined, mallory.token, alice.token, admin.token];
  for (const token of bearers) {
    for (const [name, body] of callsFor(offer)) {
      for (
        const acting of [
          onBehalfOf({ ...service, userId: alice.id }),
          { "x-acting-guest": "203.0.113.1" },
          {},
        ]
      ) {
        const { status, text } = await ask(info, `/rest/v1/rpc/${name}`, {
          body,
          headers: {
            "content-profile": "api",
            ...acting,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        });
        const code = JSON.parse(text)["code"];
        assertEquals([name, status, code], [name, token === undefined ? 401 : 403, "42501"]);
      }
    }
  }
  assertEquals(await statusOf(offer), "quoted");
});

Deno.test("through REST people read their own routes and orders, and nobody a token, an offer or a right to write", async () => {
  const [alice, bob, admin] = [await signUp("alice"), await signUp("bob"), await signUpAdmin()];
  const offer = await offerFor(alice);
  const rows = async ({ supabase }: Person, table: string, columns: string) => {
    const { data, error } = await supabase.from(table).select(columns).eq("route_id", offer.routeId);
    return error?.code ?? data?.length;
  };
  const seen = async (table: string, columns: string) => [
    await rows(alice, table, columns),
    await rows(bob, table, columns),
    await rows(admin, table, columns),
  ];
  assertEquals(await seen("order_routes", "route_id,status"), [1, 0, 1]);
  assertEquals(await seen("routed_orders", "order_id,status,total_cents"), [1, 0, 1]);
  assertEquals(await seen("order_quotes", "provider_id,score"), [0, 0, 1]);
  assertEquals(await seen("order_quotes", "quote"), ["42501", "42501", "42501"]);
  assertEquals(await seen("routed_orders", "token_hash"), ["42501", "42501", "42501"]);
  assertEquals(await seen("routed_orders", "*"), ["42501", "42501", "42501"]);
  assertEquals(await seen("edge_logs", "event"), [0, 0, 4]);
  for (const { supabase } of [alice, bob, admin]) {
    const { error } = await supabase.from("routed_orders").update({ ["total_cents"]: 1 }).eq(
      "order_id",
      offer.orderId,
    );
    assertEquals(error?.code, "42501");
  }
  assertEquals(await statusOf(offer), "quoted");
});

Deno.test("an offer is given up and explained straight through REST, by its owner alone", async () => {
  const [alice, bob] = [await signUp("alice"), await signUp("bob")];
  const offer = await offerFor(alice);
  const args = { ["route_id"]: offer.routeId };
  for (const name of ["explain_route", "cancel_route"]) {
    const foreign = await bob.supabase.schema("api").rpc(name, args);
    assertEquals([name, foreign.status, foreign.error?.code], [name, 404, "not_found"]);
    const own = await alice.supabase.schema("api").rpc(name, args);
    assertEquals([name, own.status], [name, 200]);
  }
  assertEquals(await statusOf(offer), "cancelled");
});
