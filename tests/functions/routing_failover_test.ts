/** What happens to a confirmation whose provider definitely refuses: the next offer, within what was accepted. */
import { assert, assertEquals } from "@std/assert";
import type { ProviderId } from "../../shared/routing/provider_id.ts";
import { BASKET, basketFor, RoutingStack, scenarios } from "../support/routing_stack.ts";

/** Who delivers fastest says so: MealMe. */
const FASTEST = { ...BASKET, preferences: { optimizeFor: "speed" } };

/** A secret that no call may carry to anybody but whom it was meant for. */
const PAYMENT = "pm_canary";

/** MealMe will not take what is to be confirmed: nothing is bought there, for certain. */
function refuse({ sandbox }: RoutingStack): void {
  sandbox.faults.inject({ provider: "MEALME", endpoint: "quote", fault: "403" });
}

/** The calls that came after so many others, by provider. */
function callsAfter({ sandbox }: RoutingStack, before: number) {
  return sandbox.calls().slice(before);
}

async function mealMeFor(stack: RoutingStack, ...others: readonly ProviderId[]) {
  const { preferences } = basketFor("MEALME", ...others);
  const routed = await stack.route({ ...BASKET, preferences: { ...preferences, optimizeFor: "speed" } });
  assertEquals(routed.selectedProvider.id, "MEALME");
  return routed;
}

scenarios("a refused confirmation goes to the next offer", {
  "a definite refusal leads to the next best offer, and the payment token goes nowhere else": async (
    stack,
  ) => {
    const { confirmationToken, orderId, alternatives, quote } = await stack.route(FASTEST);
    const before = stack.sandbox.totalCalls();
    refuse(stack);
    const { status, body } = await stack.confirm(confirmationToken, { paymentMethodToken: PAYMENT });
    assertEquals([status, body.order?.status], [200, "handed_off"], JSON.stringify(body));
    const next = alternatives.find(({ id }) => id === body.order?.provider);
    assertEquals(body.order?.provider, alternatives[0]?.id);
    assert(next !== undefined && next.totalCents <= quote.totalCents * 1.02);
    assert(body.order?.handoffUrl?.startsWith("http"));
    const row = await stack.order(orderId);
    assertEquals([row.tried, row.attempt], [["MEALME"], 2]);
    assertEquals(stack.sandbox.orders().filter(({ kind }) => kind === "order"), []);
    for (const { provider, target, method } of callsAfter(stack, before)) {
      if (provider === "MEALME") continue;
      assertEquals([method, target.includes(PAYMENT)], ["GET", false]);
    }
  },

  "a shopper's token for MealMe fills nobody's cart at Kroger": async (stack) => {
    const { confirmationToken } = await mealMeFor(stack, "KROGER_API");
    refuse(stack);
    // A token that Kroger would take, if it were sent there.
    const { body } = await stack.confirm(confirmationToken, {
      paymentMethodToken: stack.sandbox.shopperToken(),
    });
    assertEquals([body.order?.provider, body.order?.status], ["KROGER_API", "handed_off"]);
    assertEquals(stack.sandbox.calls().filter(({ endpoint }) => endpoint === "cart"), []);
    assertEquals(stack.sandbox.orders().filter(({ kind }) => kind === "cart"), []);
  },

  "a dearer offer than was accepted is not taken: the order has failed": async (stack) => {
    stack.sandbox.prices.set({ provider: "KROGER_API", factor: 9 });
    const { confirmationToken, orderId, alternatives, quote } = await mealMeFor(stack, "KROGER_API");
    assert((alternatives[0]?.totalCents ?? 0) > quote.totalCents * 1.02);
    refuse(stack);
    const { status, body } = await stack.confirm(confirmationToken, { paymentMethodToken: PAYMENT });
    assertEquals([status, body.code, body.details?.reason], [409, "order_failed", "forbidden"]);
    assertEquals((await stack.order(orderId)).status, "failed");
    assertEquals(stack.sandbox.orders(), []);
    // However often it is asked.
    assertEquals((await stack.confirm(confirmationToken)).body.code, "order_failed");
  },

  "the same offer is taken where its price was accepted": async (stack) => {
    stack.sandbox.prices.set({ provider: "KROGER_API", factor: 9 });
    const { confirmationToken, alternatives } = await mealMeFor(stack, "KROGER_API");
    refuse(stack);
    const { status, body } = await stack.confirm(confirmationToken, {
      paymentMethodToken: PAYMENT,
      acceptTotalCentsUpTo: alternatives[0]?.totalCents,
    });
    assertEquals([status, body.order?.provider], [200, "KROGER_API"], JSON.stringify(body));
  },

  "an offer that grew dearer than accepted meanwhile is not taken": async (stack) => {
    const { confirmationToken } = await mealMeFor(stack, "KROGER_API");
    stack.sandbox.prices.set({ provider: "KROGER_API", factor: 9 });
    refuse(stack);
    const { status, body } = await stack.confirm(confirmationToken, { paymentMethodToken: PAYMENT });
    assertEquals([status, body.code], [409, "price_changed"], JSON.stringify(body));
    assertEquals(stack.sandbox.orders(), []);
  },

  "a payment that is declined leads to nobody else, and another one may be sent": async (stack) => {
    const { confirmationToken, orderId } = await mealMeFor(stack, "KROGER_API");
    const declined = await stack.confirm(confirmationToken, { paymentMethodToken: "pm_declined" });
    assertEquals([declined.status, declined.body.code], [422, "payment_method_required"]);
    const row = await stack.order(orderId);
    assertEquals([row.status, row.tried, stack.sandbox.orders()], ["quoted", [], []]);
    assertEquals((await stack.confirm(confirmationToken)).body.order?.provider, "MEALME");
    assertEquals(stack.sandbox.orders().length, 1);
  },

  "an answer that is lost leads to nobody else: the order may be there": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(FASTEST);
    for (const fault of ["lost_response", "504", "500", "bad_json"] as const) {
      stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault });
    }
    const before = stack.sandbox.totalCalls();
    assertEquals((await stack.confirm(confirmationToken)).status, 202);
    assertEquals(new Set(callsAfter(stack, before).map(({ provider }) => provider)), new Set(["MEALME"]));
    const { status, tried, provider } = await stack.order(orderId);
    assertEquals([status, tried, provider], ["unknown", [], "MEALME"]);
  },

  "a store whose prices cannot be read again has sold nothing, and the next one is asked": async (stack) => {
    const { confirmationToken, orderId, selectedProvider } = await stack.route(
      basketFor("KROGER_API", "WALMART_API"),
    );
    stack.sandbox.faults.inject({ provider: selectedProvider.id, fault: "503", count: null });
    const { status, body } = await stack.call("confirm-order", {
      headers: stack.alice.headers,
      json: { confirmationToken, acceptTotalCentsUpTo: 100_000 },
    });
    assertEquals([status, body.order?.status], [200, "handed_off"], JSON.stringify(body));
    assertEquals((await stack.order(orderId)).tried, [selectedProvider.id]);
  },

  "whoever needs a payment token of his own takes over from nobody": async (stack) => {
    stack.sandbox.prices.set({ provider: "KROGER_API", factor: 1.82 });
    const { preferences } = basketFor("KROGER_API", "MEALME");
    const { confirmationToken, orderId, selectedProvider, alternatives } = await stack.route({
      ...BASKET,
      preferences: { ...preferences, preferredProviders: ["KROGER_API"] },
    });
    assertEquals([selectedProvider.id, alternatives[0]?.id], ["KROGER_API", "MEALME"]);
    stack.sandbox.faults.inject({ provider: "KROGER_API", fault: "503", count: null });
    const before = stack.sandbox.totalCalls();
    const { status, body } = await stack.confirm(confirmationToken, { acceptTotalCentsUpTo: 100_000 });
    assertEquals([status, body.code], [409, "order_failed"], JSON.stringify(body));
    assertEquals((await stack.order(orderId)).tried, ["KROGER_API"]);
    assertEquals(new Set(callsAfter(stack, before).map(({ provider }) => provider)), new Set(["KROGER_API"]));
    assertEquals(stack.sandbox.orders(), []);
  },
});
