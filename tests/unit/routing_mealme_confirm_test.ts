import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Purchase } from "../../shared/routing/provider.ts";
import { PROVIDER_FAILURES } from "../../shared/routing/provider_error.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import {
  BASKET,
  charges,
  draft,
  FINALIZE,
  item,
  ORDER,
  ORDER_ID,
  ORDERS,
  PLACED,
  provider,
  quoted,
  stored,
  TRACKING,
} from "../support/mealme_answers.ts";
import {
  assertNotDefinite,
  ENDLESS,
  failureOf,
  FAULTS,
  says200,
  TestContext,
  timedOut,
} from "../support/provider_context.ts";
import { answers, Receiver, says } from "../support/receiver.ts";

function purchaseOf(quote: Quote, more: Partial<Purchase> = {}): Purchase {
  return {
    orderReference: "order-1",
    address: BASKET.address,
    quote,
    mostCents: quote.totalCents,
    paymentMethodToken: "pm_1",
    ...more,
  };
}

/** A receiver with a provider, its quote, and everything set for a purchase that goes well. */
async function ready(receiver: Receiver) {
  const { adapter, quote } = await quoted(receiver);
  receiver.requests.length = 0;
  receiver.on(FINALIZE, says200(PLACED));
  receiver.on(ORDERS, says200(stored("unplaced")));
  return { adapter, purchase: purchaseOf(quote), context: new TestContext(adapter.confirmCalls()) };
}

Deno.test("confirming prices the draft again and finalizes it once", async () => {
  await using receiver = new Receiver();
  const { adapter, purchase, context } = await ready(receiver);

  assertEquals(await adapter.confirm(purchase, context), {
    outcome: "placed",
    providerOrderId: ORDER_ID,
    totalCents: 2279,
  });
  assertEquals(receiver.requests.map(({ method, path }) => [method, path]), [["POST", ORDER], [
    "POST",
    FINALIZE,
  ]]);
  assertEquals(context.spent, { quote: 1, finalize: 1 });
  const [repriced, finalized] = receiver.requests.map(({ body }) => JSON.parse(body));
  assertEquals(
    {
      order_id: repriced.order_id,
      place_order: repriced.place_order,
      customer_order_id: repriced.customer_order_id,
      payment_method_id: repriced.payment_method_id,
      charge_user: repriced.charge_user,
      items: repriced.items,
    },
    {
      order_id: ORDER_ID,
      place_order: false,
      customer_order_id: "order-1",
      payment_method_id: "pm_1",
      charge_user: true,
      items: [{ product_id: "chicken", quantity: 2 }, { product_id: "milk", quantity: 1 }],
    },
  );
  assertEquals(finalized, { order_id: ORDER_ID });
});

Deno.test("a total above what may be paid buys nothing; one below it is paid as it is", async (t) => {
  await t.step("above", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    const confirmation = await adapter.confirm({ ...purchase, mostCents: 2278 }, context);
    assertEquals(confirmation, { outcome: "price_changed", totalCents: 2279 });
    assertEquals(receiver.to(FINALIZE), []);
  });
  await t.step("below", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    receiver.on(ORDER, says200(draft({ quote: charges({ sales_tax_cents: 90 }), total_with_tip: 2268 })));
    const confirmation = await adapter.confirm(purchase, context);
    assertEquals([confirmation.outcome, confirmation.totalCents], ["placed", 2268]);
  });
});

Deno.test("nothing is bought where the draft is not what was quoted", async (t) => {
  const drafts: readonly (readonly [string, unknown, string])[] = [
    [
      "an item is sold out",
      draft({ items: [item("milk", 419, 1)], quote: charges({ subtotal: 419 }) }),
      "refused",
    ],
    ["an item is another", draft({ items: [item("gold", 599, 2), item("milk", 419, 1)] }), "bad_answer"],
    ["the order is another", draft({}, { order_id: "another" }), "bad_answer"],
    ["the order is placed already", draft({}, { order_placed: true }), "bad_answer"],
    ["the currency is another", draft({ currency: "EUR" }), "bad_answer"],
    ["a price is negative", draft({ items: [item("chicken", -1, 2), item("milk", 419, 1)] }), "bad_answer"],
  ];
  for (const [name, body, code] of drafts) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase, context } = await ready(receiver);
      receiver.on(ORDER, says200(body));
      const error = await failureOf(adapter.confirm(purchase, context));
      // One that is placed already is bought.
      assertEquals([error.code, error.isDefinite], [code, !name.includes("placed already")]);
      assertEquals(receiver.to(FINALIZE), []);
    });
  }
});

Deno.test("without a payment method, or with another provider's handle, MealMe is not asked", async () => {
  await using receiver = new Receiver();
  const { adapter, purchase, context } = await ready(receiver);
  const { paymentMethodToken: _, ...unpaid } = purchase;
  const foreign = { ...purchase, quote: { ...purchase.quote, handle: { cart: "x" } } };
  assertEquals((await failureOf(adapter.confirm(unpaid, context))).code, "payment_required");
  assertEquals((await failureOf(adapter.confirm(foreign, context))).code, "refused");
  assertEquals(receiver.requests, []);
});

Deno.test("every fault before finalizing buys nothing", async (t) => {
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase, context } = await ready(receiver);
      receiver.on(ORDER, behaviour);
      const error = await failureOf(adapter.confirm(purchase, context));
      assertEquals([error.code, error.isDefinite], [code, true]);
      assertEquals(receiver.to(FINALIZE), []);
    });
  }
});

Deno.test("a payment that is declined is the shopper's to mend, once MealMe says that nothing was placed", async (t) => {
  const declines = [
    answers(400, `{"error":"Payment failed"}`),
    answers(402, `{"error":"Declined"}`),
    answers(422, `{"error":"The card was declined"}`),
  ];
  for (const path of [ORDER, FINALIZE]) {
    for (const [at, behaviour] of declines.entries()) {
      await t.step(`${path} ${at}`, async () => {
        await using receiver = new Receiver();
        const { adapter, purchase, context } = await ready(receiver);
        receiver.on(path, behaviour);
        const error = await failureOf(adapter.confirm(purchase, context));
        assertEquals([error.code, error.isDefinite, context.spent["status"]], ["payment_required", true, 1]);
      });
    }
  }
  await t.step("it is placed after all", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    receiver.on(FINALIZE, answers(400, `{"error":"Payment was already made"}`));
    receiver.on(ORDERS, says200(stored("in_progress")));
    assertEquals((await adapter.confirm(purchase, context)).outcome, "placed");
  });
});

Deno.test("a tracking link is given on where it is MealMe's own, and dropped where it is not", async (t) => {
  const links: readonly (readonly [unknown, boolean])[] = [
    [TRACKING, true],
    ["https://elsewhere.example/tracking", false],
    ["http://tracking.mealme.ai/tracking", false],
    ["javascript:alert(1)", false],
    [7, false],
  ];
  for (const [link, isOwn] of links) {
    await t.step(`${link}`, async () => {
      await using receiver = new Receiver();
      const { purchase } = await ready(receiver);
      receiver.on(ORDERS, says200(stored("in_progress", { tracking_link: link })));
      const live = provider(receiver, { baseUrl: "https://api.mealme.ai" });
      const context = Object.assign(new TestContext({ status: 1 }), {
        fetch: (input: string | URL | Request, init?: RequestInit) =>
          fetch(String(input).replace("https://api.mealme.ai", `http://${receiver.host}`), init),
      });
      const { status, trackingUrl } = await live.find(purchase, undefined, context);
      assertEquals([status, trackingUrl], ["placed", isOwn ? TRACKING : undefined]);
    });
  }
});

Deno.test("every fault of finalizing is told as it is, and finalizing is never repeated", async (t) => {
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase, context } = await ready(receiver);
      receiver.on(FINALIZE, behaviour);
      assertEquals((await failureOf(adapter.confirm(purchase, context))).code, code);
      assertEquals([receiver.to(FINALIZE).length, context.spent["finalize"]], [1, 1]);
    });
  }
  for (const [name, endless] of ENDLESS) {
    await t.step(`MealMe ${name}`, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase } = await ready(receiver);
      const { behaviour, signal } = timedOut(endless);
      receiver.on(FINALIZE, behaviour);
      const context = new TestContext(adapter.confirmCalls(), { signal, hedgeAfterMs: 0 });
      const error = await failureOf(adapter.confirm(purchase, context));
      assertEquals([error.code, receiver.to(FINALIZE).length], ["timeout", 1]);
      assertNotDefinite(error);
    });
  }
});

Deno.test("an answer to finalizing that is cut anywhere leaves open what became of the order", async () => {
  const body = JSON.stringify(PLACED);
  const answer =
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  await using receiver = new Receiver();
  const { adapter, purchase } = await ready(receiver);
  for (let length = 0; length < answer.length; length += 1) {
    receiver.on(FINALIZE, says(answer.slice(0, length)));
    const error = await failureOf(adapter.confirm(purchase, new TestContext(adapter.confirmCalls())));
    assertNotDefinite(error);
  }
  assertEquals(receiver.to(FINALIZE).length, answer.length);
  receiver.on(FINALIZE, says(answer));
  assertEquals((await adapter.confirm(purchase, new TestContext(adapter.confirmCalls()))).outcome, "placed");
});

Deno.test("an answer to finalizing that does not say so is no purchase and no refusal", async (t) => {
  const bodies: readonly (readonly [string, unknown])[] = [
    ["still unplaced", { order_id: ORDER_ID, status: "unplaced", order_placed: true }],
    ["a status that is new", { order_id: ORDER_ID, status: "teleporting" }],
    ["another order", { ...PLACED, order_id: "another" }],
    ["neither status nor flag", { order_id: ORDER_ID }],
    ["no id", { status: "in_progress" }],
  ];
  for (const [name, body] of bodies) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase, context } = await ready(receiver);
      receiver.on(FINALIZE, says200(body));
      const error = await failureOf(adapter.confirm(purchase, context));
      assertEquals(error.code, "bad_answer");
      assertNotDefinite(error);
    });
  }
});

Deno.test("a refusal to place is believed only where MealMe says that the order is not placed", async (t) => {
  const refuses = answers(400, `{"error":"Order has already been placed"}`);
  await t.step("it stands unplaced", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    receiver.on(FINALIZE, refuses);
    const error = await failureOf(adapter.confirm(purchase, context));
    assertEquals([error.code, PROVIDER_FAILURES[error.code].isDefinite], ["refused", true]);
    assertEquals(context.spent, { quote: 1, finalize: 1, status: 1 });
  });
  await t.step("it is cancelled", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    receiver.on(FINALIZE, says200({ order_id: ORDER_ID, status: "canceled" }));
    receiver.on(ORDERS, says200(stored("canceled")));
    assertEquals((await failureOf(adapter.confirm(purchase, context))).code, "refused");
  });
  await t.step("it is placed after all", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase, context } = await ready(receiver);
    receiver.on(FINALIZE, refuses);
    receiver.on(ORDERS, says200(stored("in_progress")));
    assertEquals(await adapter.confirm(purchase, context), {
      outcome: "placed",
      providerOrderId: ORDER_ID,
      totalCents: 2279,
    });
  });
  for (
    const [name, behaviour] of [["nobody says", answers(500)], [
      "a new word",
      says200(stored("lost")),
    ]] as const
  ) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase, context } = await ready(receiver);
      receiver.on(FINALIZE, refuses);
      receiver.on(ORDERS, behaviour);
      assertNotDefinite(await failureOf(adapter.confirm(purchase, context)));
    });
  }
});

Deno.test("an order is found by its id, whatever became of the answer", async (t) => {
  const known = { providerOrderId: ORDER_ID, totalCents: 2279 };
  const states: readonly (readonly [string, unknown, Readonly<Record<string, unknown>>])[] = [
    ["unplaced", stored("unplaced"), { status: "absent" }],
    ["awaiting_confirmation", stored("awaiting_confirmation"), { status: "placed", ...known }],
    ["in_progress", stored("in_progress"), { status: "placed", ...known }],
    ["completed", stored("completed"), { status: "delivered", ...known }],
    ["canceled", stored("canceled"), { status: "cancelled", ...known }],
    ["a word that is new", stored("constructor"), { status: "undecided", ...known }],
    ["no order", { orders: [] }, { status: "absent" }],
    ["another order", stored("completed", { order_id: "another" }), { status: "absent" }],
  ];
  for (const [name, body, expected] of states) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase } = await ready(receiver);
      receiver.on(ORDERS, says200(body));
      const byHandle = await adapter.find(purchase, undefined, new TestContext({ status: 1 }));
      const byId = await adapter.find(purchase, ORDER_ID, new TestContext({ status: 1 }));
      assertEquals([byHandle, byId], [expected, expected]);
      assertEquals(receiver.requests.map(({ method, path }) => `${method} ${path}`), [
        `GET ${ORDERS}?order_id=${ORDER_ID}`,
        `GET ${ORDERS}?order_id=${ORDER_ID}`,
      ]);
    });
  }
  await t.step("404", async () => {
    await using receiver = new Receiver();
    const { adapter, purchase } = await ready(receiver);
    receiver.on(ORDERS, answers(404, `{"error":"Order not found"}`));
    assertEquals(await adapter.find(purchase, undefined, new TestContext({ status: 1 })), {
      status: "absent",
    });
  });
  const others = [
    [404, "<html>", "bad_answer"],
    [404, "", "bad_answer"],
    [404, `{"error":"Not found"}`, "bad_answer"],
    [404, `{"message":"order not found"}`, "bad_answer"],
    [400, `{"error":"Order not found"}`, "refused"],
  ] as const;
  for (const [status, body, code] of others) {
    await t.step(`${status} ${body} says nothing of the order`, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase } = await ready(receiver);
      receiver.on(ORDERS, answers(status, body));
      const error = await failureOf(adapter.find(purchase, undefined, new TestContext({ status: 1 })));
      assertEquals(error.code, code);
    });
  }
});

Deno.test("a question about an order that fails says nothing about the order", async (t) => {
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, purchase } = await ready(receiver);
      receiver.on(ORDERS, behaviour);
      const error = await failureOf(adapter.find(purchase, undefined, new TestContext({ status: 1 })));
      assertEquals(error.code, code);
      assertStringIncludes(error.message, "status");
    });
  }
});
