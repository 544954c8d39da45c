import { assertEquals } from "@std/assert";
import type { Fault, Sandbox } from "../../scripts/sandbox/mod.ts";
import { startSandbox } from "../../scripts/sandbox/mod.ts";
import type { Basket } from "../../shared/routing/basket.ts";
import type { ProviderFailureCode } from "../../shared/routing/provider_error.ts";
import { ProviderError } from "../../shared/routing/provider_error.ts";
import { instacart } from "../../shared/routing/providers/instacart/adapter.ts";
import { mealme } from "../../shared/routing/providers/mealme/adapter.ts";
import { assertNotDefinite, failureOf, TestContext } from "../support/provider_context.ts";

const BASKET: Basket = {
  items: [
    { id: "1", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "2", name: "Milk", quantity: 1, unit: "gallon" },
    { id: "3", name: "Eggs", quantity: 1, unit: "dozen" },
  ],
  address: { street: "188 King St", city: "San Francisco", state: "CA", postalCode: "94107", country: "US" },
};

async function withSandbox(run: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox();
  try {
    await run(sandbox);
  } finally {
    await sandbox.stop();
  }
}

function mealmeAt({ url, env }: Sandbox) {
  return mealme({
    baseUrl: `${url}/mealme`,
    apiKey: env["MEALME_API_KEY"] ?? "",
    authHeader: "Id-Token",
    contact: { name: "Ada Shop", email: "orders@shop.example", phone: "+14155550123" },
  });
}

function instacartAt({ url, env }: Sandbox) {
  return instacart({
    baseUrl: `${url}/instacart`,
    apiKey: env["INSTACART_API_KEY"] ?? "",
    estimateCents: 900,
    estimates: { feesCents: 500, taxBps: 800 },
  });
}

/** A quote of MealMe's, and what confirming it takes. */
async function purchaseAt(sandbox: Sandbox) {
  const adapter = mealmeAt(sandbox);
  const quote = await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET)));
  const purchase = {
    orderReference: crypto.randomUUID(),
    address: BASKET.address,
    quote,
    mostCents: quote.totalCents,
    paymentMethodToken: "pm_1",
  };
  return { adapter, purchase, context: () => new TestContext(adapter.confirmCalls()) };
}

/** What a fault of a quote's search and of its draft comes to. */
const QUOTE_FAULTS: readonly (readonly [Fault, ProviderFailureCode, ProviderFailureCode])[] = [
  ["401", "unauthorized", "unauthorized"],
  ["403", "forbidden", "forbidden"],
  ["404", "bad_answer", "bad_answer"],
  ["429", "rate_limited", "rate_limited"],
  ["500", "unavailable", "unavailable"],
  ["503", "unavailable", "unavailable"],
  ["504", "unavailable", "unavailable"],
  ["bad_json", "bad_answer", "bad_answer"],
  ["missing_fields", "bad_answer", "bad_answer"],
  ["wrong_currency", "bad_answer", "bad_answer"],
  ["negative_price", "nothing_found", "bad_answer"],
  ["out_of_stock", "nothing_found", "refused"],
  ["lost_response", "unavailable", "unavailable"],
];

Deno.test("a basket is quoted, bought once and found in the sandbox", async () => {
  await withSandbox(async (sandbox) => {
    const { adapter, purchase, context } = await purchaseAt(sandbox);
    assertEquals(purchase.quote.lines.map(({ status }) => status), ["found", "found", "found"]);
    assertEquals(await adapter.find(purchase, undefined, context()), { status: "absent" });

    const confirmation = await adapter.confirm(purchase, context());
    assertEquals([confirmation.outcome, confirmation.totalCents], ["placed", purchase.quote.totalCents]);
    const [order, ...more] = sandbox.orders();
    assertEquals([order?.reference, order?.totalCents, more], [
      purchase.orderReference,
      purchase.quote.totalCents,
      [],
    ]);
    sandbox.setOrderStatus(order?.id ?? "", "completed");
    const { status, trackingUrl } = await adapter.find(purchase, order?.id, context());
    assertEquals([status, trackingUrl], ["delivered", `${sandbox.url}/mealme/tracking?id=${order?.id}`]);
  });
});

Deno.test("the sandbox's faults never yield a quote of MealMe's", async (t) => {
  await withSandbox(async (sandbox) => {
    for (const [fault, ...codes] of QUOTE_FAULTS) {
      for (const [place, endpoint] of ["search", "quote"].entries()) {
        await t.step(`${fault} of ${endpoint}`, async () => {
          sandbox.reset();
          // Until the reset: the runtime itself may send a GET again whose connection was cut.
          sandbox.faults.inject({ provider: "MEALME", endpoint, fault, count: null });
          const adapter = mealmeAt(sandbox);
          const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
          assertEquals(error.code, codes[place]);
        });
      }
    }
  });
});

Deno.test("doubled entries change no quote of MealMe's", async () => {
  await withSandbox(async (sandbox) => {
    const adapter = mealmeAt(sandbox);
    const plain = await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET)));
    sandbox.faults.inject({ provider: "MEALME", fault: "duplicate_ids", count: 2 });
    const doubled = await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET)));
    assertEquals({ ...doubled, handle: {} }, { ...plain, handle: {} });
  });
});

Deno.test("a call that hangs or drips is given up, and the sandbox sees its socket closed", async (t) => {
  await withSandbox(async (sandbox) => {
    for (const fault of ["hang", "drip"] as const) {
      for (const endpoint of ["search", "quote"]) {
        await t.step(`${fault} of ${endpoint}`, async () => {
          sandbox.reset();
          sandbox.faults.inject({ provider: "MEALME", endpoint, fault });
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort(new ProviderError("timeout", "Late")), 150);
          const { signal } = controller;
          const error = await failureOf(
            mealmeAt(sandbox).quote(BASKET, new TestContext({ search: 1, quote: 1 }, { signal })),
          );
          clearTimeout(timer);
          assertEquals(error.code, "timeout");
          await sandbox.idle();
          assertEquals(sandbox.calls().find((call) => call.endpoint === endpoint)?.aborted, true);
        });
      }
    }
  });
});

Deno.test("an order whose answer is lost anywhere is placed once, and found", async () => {
  await withSandbox(async (sandbox) => {
    for (let cutAt = 0; cutAt < 900; cutAt += 37) {
      sandbox.reset();
      const { adapter, purchase, context } = await purchaseAt(sandbox);
      sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response", cutAt });
      assertNotDefinite(await failureOf(adapter.confirm(purchase, context())));
      assertEquals((await adapter.find(purchase, undefined, context())).status, "placed");
      assertEquals(sandbox.orders().map(({ reference }) => reference), [purchase.orderReference]);
      // Kept connections are where a runtime sends a request again by itself.
      assertEquals(sandbox.calls().filter(({ endpoint }) => endpoint === "finalize").length, 1);
    }
  });
});

Deno.test("a gateway that gave up on placing leaves the order open, and a failing question does not settle it", async () => {
  await withSandbox(async (sandbox) => {
    const { adapter, purchase, context } = await purchaseAt(sandbox);
    sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "504" });
    assertNotDefinite(await failureOf(adapter.confirm(purchase, context())));
    for (const fault of ["404", "429", "500", "bad_json", "missing_fields"] as const) {
      sandbox.faults.inject({ provider: "MEALME", endpoint: "status", fault });
      await failureOf(adapter.find(purchase, undefined, context()));
    }
    assertEquals((await adapter.find(purchase, undefined, context())).status, "placed");
    assertEquals(sandbox.orders().length, 1);
  });
});

Deno.test("a payment that is declined is the shopper's to mend, and a price that rises buys nothing", async () => {
  await withSandbox(async (sandbox) => {
    const { adapter, purchase, context } = await purchaseAt(sandbox);
    const declined = { ...purchase, paymentMethodToken: "pm_declined" };
    assertEquals((await failureOf(adapter.confirm(declined, context()))).code, "payment_required");
    assertEquals(
      (await adapter.confirm({ ...purchase, mostCents: purchase.mostCents - 1 }, context())).outcome,
      "price_changed",
    );
    assertEquals(sandbox.orders(), []);
  });
});

Deno.test("Instacart's list is handed off in the sandbox, and its faults never yield a quote or a link", async (t) => {
  const codes: readonly (readonly [Fault, ProviderFailureCode])[] = [
    ["401", "unauthorized"],
    ["403", "forbidden"],
    ["404", "bad_answer"],
    ["429", "rate_limited"],
    ["500", "unavailable"],
    ["503", "unavailable"],
    ["504", "unavailable"],
    ["bad_json", "bad_answer"],
    ["missing_fields", "bad_answer"],
    ["lost_response", "unavailable"],
  ];
  await withSandbox(async (sandbox) => {
    const quote = await instacartAt(sandbox).quote(BASKET, new TestContext({ retailers: 2 }));
    const purchase = { orderReference: "1", address: BASKET.address, quote, mostCents: quote.totalCents };
    for (const [fault, code] of codes) {
      await t.step(fault, async () => {
        sandbox.reset();
        sandbox.faults.inject({ provider: "INSTACART", fault, count: null });
        const adapter = instacartAt(sandbox);
        const errors = [
          await failureOf(adapter.quote(BASKET, new TestContext({ retailers: 2 }))),
          await failureOf(adapter.confirm(purchase, new TestContext(adapter.confirmCalls()))),
        ];
        assertEquals(errors.map((error) => error.code), [code, code]);
      });
    }
    for (const fault of ["wrong_currency", "negative_price", "out_of_stock", "duplicate_ids"] as const) {
      await t.step(`${fault} touches no estimate`, async () => {
        sandbox.reset();
        sandbox.faults.inject({ provider: "INSTACART", fault, count: 2 });
        const adapter = instacartAt(sandbox);
        assertEquals(await adapter.quote(BASKET, new TestContext({ retailers: 2 })), quote);
        const confirmation = await adapter.confirm(purchase, new TestContext(adapter.confirmCalls()));
        assertEquals(confirmation.outcome, "handed_off");
      });
    }
    await t.step("no store", async () => {
      sandbox.reset();
      const basket = { ...BASKET, address: { ...BASKET.address, postalCode: "99999" } };
      for (const adapter of [instacartAt(sandbox), mealmeAt(sandbox)]) {
        const error = await failureOf(adapter.quote(basket, new TestContext(adapter.plannedCalls(basket))));
        assertEquals(error.code, "no_store");
      }
    });
  });
});
