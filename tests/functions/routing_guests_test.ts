/** Who may ask for quotes without signing in, and how often. */
import { assert, assertEquals } from "@std/assert";
import { BASKET, basketFor, RoutingStack, scenarios } from "../support/routing_stack.ts";

const MOST = 3;

async function limitGuests(stack: RoutingStack): Promise<void> {
  await stack.sql`
    update private.rate_limits set max_requests = ${MOST}, period_seconds = 3600
    where operation = 'route_order_guest'`;
  await stack.sql`delete from private.rate_limit_buckets`;
}

scenarios("guests are limited by their address", {
  "so many quotes are free, then a guest waits; whoever signs in does not": async (stack) => {
    await limitGuests(stack);
    const ask = (headers = {}) => stack.call("route-order", { headers, json: basketFor("INSTACART") });
    for (let quote = 0; quote < MOST; quote++) assertEquals((await ask()).status, 200);
    const { status, headers, body } = await ask();
    assertEquals([status, body.code], [429, "rate_limited"]);
    assert(Number(headers.get("retry-after")) > 0);
    assertEquals((await ask(stack.alice.headers)).status, 200);
  },

  "an address that a guest writes himself makes him nobody else": async (stack) => {
    await limitGuests(stack);
    const claims = [
      {},
      { "cf-connecting-ip": "203.0.113.1" },
      { "x-forwarded-for": "203.0.113.2" },
      { "x-real-ip": "203.0.113.3" },
      { "forwarded": "for=203.0.113.4" },
      { "true-client-ip": "203.0.113.5" },
      { "x-acting-guest": "203.0.113.6" },
      { "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": "203.0.113.8, 203.0.113.9" },
    ];
    const statuses: number[] = [];
    for (const headers of claims) {
      statuses.push((await stack.call("route-order", { headers, json: basketFor("INSTACART") })).status);
    }
    assertEquals(statuses, [200, 200, 200, 429, 429, 429, 429, 429]);
    const buckets = await stack
      .sql`select 1 from private.rate_limit_buckets where operation = 'route_order_guest'`;
    assertEquals(buckets.length, 1);
  },

  "whoever claims to act for another is nobody but himself": async (stack) => {
    const bob = await stack.newcomer("bob");
    const { body } = await stack.call("route-order", {
      headers: { ...bob.headers, "x-acting-user": stack.alice.userId ?? "" },
      json: basketFor("MEALME"),
    });
    const [row] = await stack.sql`select owner from public.routed_orders where order_id = ${
      body.orderId ?? ""
    }`;
    assertEquals(row, { owner: `user:${bob.userId}` });
    assertEquals((await stack.confirm(body.confirmationToken ?? "")).status, 404);
  },
});

scenarios("with LOOPGPT_PUBLIC_QUOTES=false nobody is quoted who has not signed in", {
  "a guest is told to sign in, a user is served, and health is everybody's": async (stack) => {
    const { status, body } = await stack.call("route-order", { json: BASKET });
    assertEquals([status, body.code], [401, "credentials_missing"]);
    assertEquals(stack.sandbox.totalCalls(), 0);
    assertEquals((await stack.call("route-order", { json: { action: "health_check" } })).status, 200);
    await stack.route();
  },
}, { LOOPGPT_PUBLIC_QUOTES: "false" });
