/** MealMe's webhook: whoever knows its address is heard, and not believed. */
import { assertEquals } from "@std/assert";
import { present } from "../support/present.ts";
import { basketFor, type RoutingAnswer, RoutingStack, scenarios } from "../support/routing_stack.ts";

const SECRET = "w".repeat(20) + "-" + "x".repeat(20);

function tell(stack: RoutingStack, secret: string, json: unknown): Promise<RoutingAnswer> {
  return stack.call(`provider-webhook/mealme/${secret}`, { json });
}

async function placedOrder(stack: RoutingStack) {
  const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
  const { body } = await stack.confirm(confirmationToken);
  return { orderId, providerOrderId: present(body.order?.providerOrderId, "MealMe's number") };
}

async function outcomesOf(stack: RoutingStack, orderId: string) {
  return [
    ...await stack.sql<{ source: string; success: boolean }[]>`
      select source, was_successful as success from public.order_outcomes where order_id = ${orderId}`,
  ];
}

scenarios("MealMe tells how an order goes on", {
  "a wrong secret is no address, and nothing is asked": async (stack) => {
    const { orderId, providerOrderId } = await placedOrder(stack);
    stack.sandbox.setOrderStatus(providerOrderId, "completed");
    const calls = stack.sandbox.totalCalls();
    const json = { "order_id": providerOrderId, event: "driver_arrived" };
    const wrong = [
      `mealme/${SECRET.slice(1)}`,
      `mealme/${SECRET}x`,
      `mealme/${"y".repeat(SECRET.length)}`,
      "mealme/",
      "mealme",
      `kroger/${SECRET}`,
      `mealme/${SECRET}/more`,
      "",
    ];
    for (const path of wrong) {
      const { status, body } = await stack.call(`provider-webhook/${path}`, { json });
      assertEquals([status, body.code], [404, "not_found"], path);
    }
    assertEquals([stack.sandbox.totalCalls(), (await stack.order(orderId)).status], [calls, "placed"]);
  },

  "what MealMe says when it is asked is kept, whatever the message says": async (stack) => {
    const { orderId, providerOrderId } = await placedOrder(stack);
    for (const lie of ["order_canceled", "order_refunded", "driver_arrived"]) {
      const { status, body } = await tell(stack, SECRET, {
        order_id: providerOrderId,
        event: lie,
        status: "completed",
        refund_amount: 1_000_000,
      });
      assertEquals([status, body.success], [200, true]);
      assertEquals([(await stack.order(orderId)).status, await outcomesOf(stack, orderId)], ["placed", []]);
    }
  },

  "a delivery is an outcome, once, however often it is told": async (stack) => {
    const { orderId, providerOrderId } = await placedOrder(stack);
    stack.sandbox.setOrderStatus(providerOrderId, "completed");
    const answers = await Promise.all(
      Array.from(
        { length: 5 },
        () => tell(stack, SECRET, { order_id: providerOrderId, event: "driver_arrived" }),
      ),
    );
    assertEquals(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    assertEquals((await stack.order(orderId)).status, "delivered");
    assertEquals(await outcomesOf(stack, orderId), [{ source: "webhook", success: true }]);
  },

  "an order that MealMe cancelled was no success": async (stack) => {
    const { orderId, providerOrderId } = await placedOrder(stack);
    stack.sandbox.setOrderStatus(providerOrderId, "canceled");
    await tell(stack, SECRET, { order_id: providerOrderId, event: "order_accepted" });
    assertEquals((await stack.order(orderId)).status, "cancelled");
    assertEquals(await outcomesOf(stack, orderId), [{ source: "webhook", success: false }]);
  },

  "an order that nobody placed here is none, and a message without an order is refused": async (stack) => {
    const { status, body } = await tell(stack, SECRET, { order_id: crypto.randomUUID() });
    assertEquals([status, body.code, stack.sandbox.totalCalls()], [404, "not_found", 0]);
    const without = await tell(stack, SECRET, { event: "order_accepted" });
    assertEquals([without.status, without.body.code], [400, "invalid_request"]);
  },

  "while MealMe does not answer nothing is kept, and it is to tell again": async (stack) => {
    const { orderId, providerOrderId } = await placedOrder(stack);
    stack.sandbox.setOrderStatus(providerOrderId, "completed");
    stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "status", fault: "500" });
    const { status, headers, body } = await tell(stack, SECRET, { order_id: providerOrderId });
    assertEquals([status, body.code, headers.get("retry-after")], [503, "provider_unavailable", "30"]);
    assertEquals((await stack.order(orderId)).status, "placed");
    assertEquals((await tell(stack, SECRET, { order_id: providerOrderId })).status, 200);
    assertEquals((await stack.order(orderId)).status, "delivered");
  },

  "the secret is in no log line": async (stack) => {
    await tell(stack, SECRET, { order_id: "x" });
    assertEquals((await stack.said()).includes(SECRET), false);
  },
}, { MEALME_WEBHOOK_SECRET: SECRET });

scenarios("without a secret there is no webhook", {
  "whatever is sent finds nothing": async (stack) => {
    for (const secret of ["", "undefined", SECRET]) {
      const { status } = await tell(stack, secret, { order_id: "x" });
      assertEquals(status, 404);
    }
  },
});
