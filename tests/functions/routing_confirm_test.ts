/** confirm-order at its URL: whatever is lost on the way, one order is placed at most, and its state ends right. */
import { assert, assertEquals } from "@std/assert";
import { tokenHash } from "../../shared/http/confirmation_token.ts";
import { present } from "../support/present.ts";
import { basketFor, RoutingStack, scenarios } from "../support/routing_stack.ts";

/** Confirmations under way at once, where many are made. */
const AT_ONCE = 6;

/** The reconciling job until nothing is left that it may ask about now. */
async function settleAll(stack: RoutingStack): Promise<void> {
  for (;;) {
    const [row] = await stack.sql<{ left: number }[]>`
      select count(*)::integer as left from public.routed_orders where status = 'unknown' and ask_at <= now()`;
    if (row?.left === 0) return;
    assertEquals((await stack.reconcile()).status, 200);
  }
}

/** As if eleven minutes had passed since every intent: beyond what a call that was given up may still take to arrive. */
async function elevenMinutesLater(stack: RoutingStack): Promise<void> {
  await stack.sql`
    update public.routed_orders
    set intended_at = intended_at - interval '11 minutes', ask_at = ask_at - interval '11 minutes'
    where intended_at is not null`;
}

function finalizesOf({ sandbox }: RoutingStack): number {
  return sandbox.calls().filter(({ endpoint }) => endpoint === "finalize").length;
}

/** Calls an operation as the functions do for Alice. */
async function asFunction(stack: RoutingStack, operation: string, args: unknown) {
  const response = await fetch(`${stack.info.apiUrl}/rest/v1/rpc/${operation}`, {
    method: "POST",
    headers: {
      "apikey": present(stack.info.secretKeys["default"], "the default key"),
      "content-profile": "api",
      "content-type": "application/json",
      "x-acting-user": present(stack.alice.userId, "Alice's id"),
    },
    body: JSON.stringify(args),
  });
  return { status: response.status, body: await response.json() };
}

/** What begin_confirm takes for a token. */
function intentFor(confirmationToken: string) {
  return {
    token_hash: tokenHash(confirmationToken),
    accept_total_cents: null,
    providers: [{ id: "MEALME", calls: { quote: 1, finalize: 1, status: 1 } }],
  };
}

scenarios("an order is confirmed at most once", {
  "a token places one order, and is answered the same however often it comes": async (stack) => {
    const { confirmationToken, orderId, quote } = await stack.route(basketFor("MEALME"));
    const first = await stack.confirm(confirmationToken);
    assertEquals(first.status, 200, first.text);
    const order = present(first.body.order, "an order");
    assertEquals([order.id, order.provider, order.status, order.totalCents], [
      orderId,
      "MEALME",
      "placed",
      quote.totalCents,
    ]);
    for (let again = 0; again < 3; again++) {
      assertEquals((await stack.confirm(confirmationToken)).text, first.text);
    }
    assertEquals(stack.sandbox.orders().map(({ id, reference }) => [id, reference]), [
      [order.providerOrderId, orderId.replaceAll("-", "")],
    ]);
    assertEquals(finalizesOf(stack), 1);
  },

  "thirty-two confirmations of one token at once place one order": async (stack) => {
    stack.sandbox.delays.set({ provider: "MEALME", minMs: 100, maxMs: 100 });
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    const answers = await Promise.all(Array.from({ length: 32 }, () => stack.confirm(confirmationToken)));
    const bought = answers.filter(({ status }) => status === 200);
    const waiting = answers.filter(({ status }) => status === 202);
    assertEquals([bought.length >= 1, bought.length + waiting.length], [true, 32]);
    assertEquals(new Set(bought.map(({ text }) => text)).size, 1);
    assertEquals(new Set(waiting.map(({ body }) => body.order?.status)), new Set(["unknown"]));
    assertEquals([stack.sandbox.orders().length, finalizesOf(stack)], [1, 1]);
    assertEquals((await stack.order(orderId)).status, "placed");
  },

  "one Idempotency-Key is answered with the same bytes, and a token is not sent twice for it": async (
    stack,
  ) => {
    const { confirmationToken } = await stack.route(basketFor("MEALME"));
    const request = {
      headers: { ...stack.alice.headers, "idempotency-key": crypto.randomUUID() },
      json: { confirmationToken, paymentMethodToken: "pm_card" },
    };
    const first = await stack.call("confirm-order", request);
    const again = await stack.call("confirm-order", request);
    assertEquals([first.status, again.status, again.text], [200, 200, first.text]);
    assertEquals([stack.sandbox.orders().length, finalizesOf(stack)], [1, 1]);
  },

  "the answer cut at every one of its bytes leaves one order, which is found": async (stack) => {
    stack.sandbox.faults.inject({
      provider: "MEALME",
      endpoint: "finalize",
      fault: "lost_response",
      cutAt: 0,
    });
    await stack.confirm((await stack.route(basketFor("MEALME"))).confirmationToken);
    const length = present(
      stack.sandbox.calls().find(({ endpoint }) => endpoint === "finalize"),
      "a finalize",
    ).answerBytes;
    assert(length > 500, `Expected an answer of some length but found ${length} bytes`);
    const cuts = Array.from({ length }, (_, cutAt) => cutAt);
    const statuses = new Set<number>();
    const placed: string[] = [];
    // A few at a time: each cut meets the next confirmation, whoever's it is.
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let cutAt = cuts.pop(); cutAt !== undefined; cutAt = cuts.pop()) {
        const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
        stack.sandbox.faults.inject({
          provider: "MEALME",
          endpoint: "finalize",
          fault: "lost_response",
          cutAt,
        });
        statuses.add((await stack.confirm(confirmationToken)).status);
        placed.push(orderId);
      }
    }));
    assertEquals(statuses, new Set([202]), "Expected no cut answer to be taken for a whole one");
    await settleAll(stack);
    const rows = await stack.sql<{ status: string; count: number }[]>`
      select status, count(*)::integer as count from public.routed_orders
      where order_id = any(${placed}) group by status`;
    assertEquals([...rows], [{ status: "placed", count: length }]);
    assertEquals(finalizesOf(stack), length + 1, "Expected one call to buy for each order");
    const references = stack.sandbox.orders().map(({ reference }) => reference);
    assertEquals([references.length, new Set(references).size], [length + 1, length + 1]);
  },

  "a gateway that gave up, a provider that died, and one that refused what it did are found out": async (
    stack,
  ) => {
    for (const fault of ["504", "500", "503"] as const) {
      await stack.reset();
      const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
      stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault, carriedOut: true });
      assertEquals((await stack.confirm(confirmationToken)).status, 202, fault);
      assertEquals((await stack.confirm(confirmationToken)).body.order?.status, "unknown");
      await settleAll(stack);
      assertEquals(
        [(await stack.order(orderId)).status, stack.sandbox.orders().length],
        ["placed", 1],
        fault,
      );
      assertEquals((await stack.confirm(confirmationToken)).body.order?.status, "placed");
    }
  },

  "an order that its provider never took has failed, and its token buys nothing any more": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    stack.sandbox.faults.inject({
      provider: "MEALME",
      endpoint: "finalize",
      fault: "500",
      carriedOut: false,
    });
    assertEquals((await stack.confirm(confirmationToken)).status, 202);
    // At first «there is no such order» may only mean «not yet».
    assertEquals((await stack.reconcile()).body.processed, 0);
    assertEquals((await stack.order(orderId)).status, "unknown");
    await elevenMinutesLater(stack);
    await settleAll(stack);
    const { status, failureCode } = await stack.order(orderId);
    assertEquals([status, failureCode], ["failed", "not_placed"]);
    const again = await stack.confirm(confirmationToken);
    assertEquals([again.status, again.body.code], [409, "order_failed"]);
    assertEquals(stack.sandbox.orders(), []);
  },

  "a crash before the call buys nothing, and the job says so": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    const begun = await asFunction(stack, "begin_confirm", intentFor(confirmationToken));
    assertEquals([begun.status, begun.body.purchase?.orderId], [200, orderId], JSON.stringify(begun.body));
    // Nobody knows yet whether the function lives.
    assertEquals((await stack.confirm(confirmationToken)).status, 202);
    await stack.reconcile();
    assertEquals((await stack.order(orderId)).status, "confirming");
    await elevenMinutesLater(stack);
    await stack.reconcile();
    await settleAll(stack);
    assertEquals((await stack.order(orderId)).status, "failed");
    assertEquals([stack.sandbox.orders().length, finalizesOf(stack)], [0, 0]);
  },

  "a crash after the call, before the record, leaves one order, which is found": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    // The database takes no result: as if the function had died with it.
    await stack.sql`alter function api.finish_confirm rename to finish_confirm_away`;
    try {
      assertEquals((await stack.confirm(confirmationToken)).status >= 500, true);
    } finally {
      await stack.sql`alter function api.finish_confirm_away rename to finish_confirm`;
    }
    assertEquals([(await stack.order(orderId)).status, stack.sandbox.orders().length], ["confirming", 1]);
    const meanwhile = await stack.confirm(confirmationToken);
    assertEquals([meanwhile.status, meanwhile.body.order?.status], [202, "unknown"]);
    await elevenMinutesLater(stack);
    await stack.reconcile();
    await settleAll(stack);
    const { status, providerOrderId } = await stack.order(orderId);
    assertEquals([status, providerOrderId], ["placed", stack.sandbox.orders()[0]?.id ?? ""]);
    assertEquals(finalizesOf(stack), 1);
  },

  "an answer that comes after the order was settled changes nothing": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    const { body: { purchase } } = await asFunction(stack, "begin_confirm", intentFor(confirmationToken));
    await elevenMinutesLater(stack);
    await stack.reconcile();
    await settleAll(stack);
    const settled = await stack.order(orderId);
    assertEquals(settled.status, "failed");
    await asFunction(stack, "finish_confirm", {
      order_id: orderId,
      attempt: purchase.attempt,
      result: { outcome: "placed", providerOrderId: "late", totalCents: 1 },
    });
    assertEquals(await stack.order(orderId), settled);
  },

  "the job that runs twice at once settles everything once": async (stack) => {
    const orders: string[] = [];
    for (let order = 0; order < 8; order++) {
      const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
      stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response" });
      assertEquals((await stack.confirm(confirmationToken)).status, 202);
      orders.push(orderId);
      // Lost answers are failures: the circuit may have opened by now.
      await stack.sql`update public.provider_circuits set state = 'closed', recent = '', open_until = null`;
    }
    stack.sandbox.delays.set({ provider: "MEALME", minMs: 50, maxMs: 50 });
    const runs = await Promise.all([stack.reconcile(), stack.reconcile(), stack.reconcile()]);
    assertEquals(runs.map(({ status }) => status), [200, 200, 200]);
    assertEquals(runs.reduce((sum, { body }) => sum + present(body.processed, "a count"), 0), 8);
    const asked = stack.sandbox.calls().filter(({ endpoint }) => endpoint === "status");
    assertEquals(asked.length, 8, "Expected each order to be asked about once");
    for (const orderId of orders) assertEquals((await stack.order(orderId)).status, "placed");
    assertEquals(stack.sandbox.orders().length, 8);
  },

  "an order whose provider does not answer stays unknown and is asked about later": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response" });
    await stack.confirm(confirmationToken);
    stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "status", fault: "500" });
    assertEquals((await stack.reconcile()).body.processed, 0);
    assertEquals((await stack.order(orderId)).status, "unknown");
    // Not at once: its next question is a minute off.
    const calls = stack.sandbox.totalCalls();
    assertEquals((await stack.reconcile()).body.processed, 0);
    assertEquals(stack.sandbox.totalCalls(), calls);
    await stack.sql`update public.routed_orders set ask_at = now() where order_id = ${orderId}`;
    assertEquals((await stack.reconcile()).body.processed, 1);
    assertEquals((await stack.order(orderId)).status, "placed");
  },

  "an expired token buys nothing, a foreign or invented one is none": async (stack) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    const bob = await stack.newcomer("bob");
    const foreign = await stack.call("confirm-order", { headers: bob.headers, json: { confirmationToken } });
    const invented = await stack.confirm("A".repeat(43));
    for (const { status, body } of [foreign, invented]) {
      assertEquals([status, body.code], [404, "token_not_found"]);
      assertEquals(
        body.error,
        foreign.body.error,
        "Expected nothing to tell a foreign token from an invented one",
      );
    }
    const short = await stack.confirm("A".repeat(42));
    assertEquals([short.status, short.body.code], [400, "invalid_request"]);
    await stack.sql`update public.routed_orders set expires_at = now() where order_id = ${orderId}`;
    const late = await stack.confirm(confirmationToken);
    assertEquals([late.status, late.body.code], [410, "token_expired"]);
    assertEquals([stack.sandbox.orders().length, finalizesOf(stack)], [0, 0]);
  },

  "a price that rose beyond what is accepted buys nothing, and what is accepted then is bought": async (
    stack,
  ) => {
    const { confirmationToken, orderId, quote } = await stack.route(basketFor("MEALME"));
    const low = await stack.confirm(confirmationToken, { acceptTotalCentsUpTo: quote.totalCents - 1 });
    assertEquals([low.status, low.body.code, low.body.details?.totalCents], [
      409,
      "price_changed",
      quote.totalCents,
    ]);
    stack.sandbox.prices.set({ provider: "MEALME", factor: 1.1 });
    const drifted = await stack.confirm(confirmationToken);
    assertEquals([drifted.status, drifted.body.code], [409, "price_changed"]);
    const totalCents = present(drifted.body.details?.totalCents, "the new total");
    assert(totalCents > quote.totalCents);
    assertEquals([(await stack.order(orderId)).status, stack.sandbox.orders().length], ["quoted", 0]);
    const accepted = await stack.confirm(confirmationToken, { acceptTotalCentsUpTo: totalCents });
    assertEquals([accepted.status, accepted.body.order?.totalCents], [200, totalCents], accepted.text);
    assertEquals(stack.sandbox.orders().map((order) => order.totalCents), [totalCents]);
  },

  "a price that rose by less than 2 % is bought, one that fell too": async (stack) => {
    for (const factor of [1.01, 0.9]) {
      await stack.reset();
      const { confirmationToken, quote } = await stack.route(basketFor("MEALME"));
      stack.sandbox.prices.set({ provider: "MEALME", factor });
      const { status, body } = await stack.confirm(confirmationToken);
      assertEquals(status, 200, JSON.stringify(body));
      const paid = present(body.order?.totalCents, "a total");
      assert(paid !== quote.totalCents && paid <= quote.totalCents * 1.02);
      assertEquals(stack.sandbox.orders().map(({ totalCents }) => totalCents), [paid]);
    }
  },

  "an offer given up is not bought, one bought is not given up": async (stack) => {
    const given = await stack.route(basketFor("MEALME"));
    const cancel = (routeId: string) =>
      stack.call("cancel-route", {
        headers: stack.alice.headers,
        json: { routeId, reason: "Changed my mind" },
      });
    const cancelled = await cancel(given.routeId);
    assertEquals([cancelled.status, cancelled.body.order?.status], [200, "cancelled"]);
    const late = await stack.confirm(given.confirmationToken);
    assertEquals([late.status, late.body.code], [409, "invalid_transition"]);
    const bought = await stack.route(basketFor("MEALME"));
    await stack.confirm(bought.confirmationToken);
    const refused = await cancel(bought.routeId);
    assertEquals([refused.status, refused.body.code], [409, "not_cancellable"]);
    assertEquals(stack.sandbox.orders().length, 1);
  },

  "without a payment method nothing is bought, and the token may come again with one": async (stack) => {
    const { confirmationToken } = await stack.route(basketFor("MEALME"));
    const without = await stack.call("confirm-order", {
      headers: stack.alice.headers,
      json: { confirmationToken },
    });
    assertEquals([without.status, without.body.code], [422, "payment_method_required"], without.text);
    assertEquals((await stack.confirm(confirmationToken)).status, 200);
    assertEquals(stack.sandbox.orders().length, 1);
  },

  "second attempts are never made for what buys": async (stack) => {
    // The learned p95 is one millisecond: every safe call would be made twice.
    await stack.sql`update public.provider_metrics set latency_p95_ms = 1`;
    stack.sandbox.delays.set({ provider: "MEALME", minMs: 60, maxMs: 60 });
    for (let order = 0; order < 10; order++) {
      const { confirmationToken } = await stack.route(basketFor("MEALME"));
      assertEquals((await stack.confirm(confirmationToken)).status, 200);
    }
    const calls = (endpoint: string) =>
      stack.sandbox.calls().filter((call) => call.endpoint === endpoint).length;
    // A draft for each quote and one more for each confirmation.
    assertEquals([calls("finalize"), calls("quote"), stack.sandbox.orders().length], [10, 20, 10]);
    // One for each quote, and the few second attempts that were saved up.
    assert(
      calls("search") > 10 && calls("search") <= 16,
      `Expected few hedges but found ${calls("search") - 10}`,
    );
  },
});
