/** Kroger's and Walmart's adapters against the sandbox: what is counted, refused and cut on the other side. */
import { assert, assertEquals } from "@std/assert";
import { type Fault, FAULTS, type Sandbox, startSandbox } from "../../scripts/sandbox/mod.ts";
import type { Basket } from "../../shared/routing/basket.ts";
import type { Provider, Purchase } from "../../shared/routing/provider.ts";
import { ProviderError, type ProviderFailureCode } from "../../shared/routing/provider_error.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { kroger } from "../../shared/routing/providers/kroger/adapter.ts";
import { walmart } from "../../shared/routing/providers/walmart/adapter.ts";
import { failureOf, TestContext } from "../support/provider_context.ts";

const BASKET: Basket = {
  items: [
    { id: "1", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "2", name: "Whole Milk", quantity: 1, unit: "gallon" },
    { id: "3", name: "Large Eggs", quantity: 1, unit: "dozen" },
    { id: "4", name: "Bananas", quantity: 3, unit: "lbs" },
  ],
  address: { street: "188 King St", city: "San Francisco", state: "CA", postalCode: "94107", country: "US" },
};
const ESTIMATES = { feesCents: 599, taxBps: 850, deliveryMinutes: 75 };

/** Whatever is not here fails as `unavailable`; undefined: the quote is as good as without the fault. */
const OUTCOMES: ReadonlyMap<Fault, ProviderFailureCode | undefined> = new Map([
  ["delay", undefined],
  ["hang", "timeout"],
  ["drip", "timeout"],
  ["401", "unauthorized"],
  ["403", "forbidden"],
  ["404", "bad_answer"],
  ["429", "rate_limited"],
  ["bad_json", "bad_answer"],
  ["missing_fields", "bad_answer"],
  ["wrong_currency", "bad_answer"],
  ["negative_price", "nothing_found"],
  ["out_of_stock", "nothing_found"],
  ["duplicate_ids", undefined],
]);

const STORES:
  readonly (readonly [name: string, adapterOf: (sandbox: Sandbox) => Provider, endpoint: string])[] = [
    ["Kroger", ({ url, env }) =>
      kroger({
        baseUrl: `${url}/kroger`,
        clientId: env.KROGER_CLIENT_ID ?? "",
        clientSecret: env.KROGER_CLIENT_SECRET ?? "",
        estimates: ESTIMATES,
      }), "products"],
    ["Walmart", ({ url, env }) =>
      walmart({
        baseUrl: `${url}/walmart/api-proxy/service/affil/product/v2`,
        cartUrl: `${url}/walmart/cart/addToCart`,
        consumerId: env.WALMART_PARTNER_ID ?? "",
        privateKey: env.WALMART_API_KEY ?? "",
        keyVersion: env.WALMART_KEY_VERSION ?? "",
        estimates: ESTIMATES,
      }), "search"],
  ];

function quoting(adapter: Provider, signal?: AbortSignal): TestContext {
  const during = new TestContext(adapter.plannedCalls(BASKET), signal === undefined ? {} : { signal });
  during.now = Date.now();
  return during;
}

function purchaseOf(quote: Quote, more: Partial<Purchase> = {}): Purchase {
  return { orderReference: "order-1", address: BASKET.address, quote, mostCents: quote.totalCents, ...more };
}

/** Ends a call as the router does. */
function limitOf(milliseconds: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new ProviderError("timeout", "Expected an answer in time but found none"));
  }, milliseconds);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

for (const [name, adapterOf, endpoint] of STORES) {
  Deno.test(`${name}'s sandbox fills a whole basket, and every call was planned`, async () => {
    const sandbox = await startSandbox();
    try {
      const adapter = adapterOf(sandbox);
      const during = quoting(adapter);
      const quote = await adapter.quote(BASKET, during);
      assertEquals(quote.lines.map(({ status }) => status), ["found", "found", "found", "found"]);
      assert(sandbox.calls().every(({ status }) => status === 200));
      const spent = Object.values(during.spent).reduce((sum, calls) => sum + calls, 0);
      assertEquals(sandbox.totalCalls(), spent);
      const health = new TestContext({ token: 1, stores: 1 });
      health.now = Date.now();
      await adapter.checkHealth(health);

      const nowhere = { ...BASKET, address: { ...BASKET.address, postalCode: "99999" } };
      assertEquals((await failureOf(adapter.quote(nowhere, quoting(adapter)))).code, "no_store");
    } finally {
      await sandbox.stop();
    }
  });

  Deno.test(`every fault of ${name}'s sandbox has its result`, async (t) => {
    const sandbox = await startSandbox();
    try {
      const expected = await adapterOf(sandbox).quote(BASKET, quoting(adapterOf(sandbox)));
      for (const fault of FAULTS) {
        await t.step(fault, async () => {
          sandbox.reset();
          const adapter = adapterOf(sandbox);
          const provider = adapter.id;
          sandbox.faults.inject({ provider, endpoint, fault, count: null, retryAfter: 9, delayMs: 25 });
          using limit = limitOf(fault === "hang" || fault === "drip" ? 200 : 10_000);
          const asked = adapter.quote(BASKET, quoting(adapter, limit.signal));
          if (OUTCOMES.has(fault) && OUTCOMES.get(fault) === undefined) {
            assertEquals(await asked, expected);
            return;
          }
          const error = await failureOf(asked);
          assertEquals(error.code, OUTCOMES.get(fault) ?? "unavailable");
          if (fault === "429") assertEquals(error.retryAfterMs, 9_000);
          await sandbox.idle();
        });
      }
    } finally {
      await sandbox.stop();
    }
  });
}

Deno.test("a shopper's cart at Kroger's sandbox is filled once, though its answer was lost", async () => {
  const sandbox = await startSandbox();
  try {
    const [, adapterOf] = STORES[0] ?? [];
    if (adapterOf === undefined) throw new Error("Expected Kroger among the stores but found nothing");
    const adapter = adapterOf(sandbox);
    const quote = await adapter.quote(BASKET, quoting(adapter));
    const purchase = purchaseOf(quote, { paymentMethodToken: sandbox.shopperToken() });
    const confirming = () => new TestContext(adapter.confirmCalls());
    sandbox.faults.inject({ provider: "KROGER_API", endpoint: "cart", fault: "lost_response" });

    const error = await failureOf(adapter.confirm(purchase, confirming()));
    assertEquals([error.code, error.isDefinite], ["unavailable", false]);
    assertEquals(sandbox.orders().map(({ kind, items }) => [kind, items.length]), [["cart", 4]]);
    assertEquals((await adapter.find(purchase, undefined, confirming())).status, "handed_off");

    sandbox.prices.set({ provider: "KROGER_API", factor: 1.5 });
    assertEquals((await adapter.confirm(purchase, confirming())).outcome, "price_changed");
    const foreign = await failureOf(
      adapter.confirm({ ...purchase, mostCents: 999_999, paymentMethodToken: "foreign" }, confirming()),
    );
    assertEquals([foreign.code, foreign.isDefinite, sandbox.orders().length], ["payment_required", true, 1]);
  } finally {
    await sandbox.stop();
  }
});

Deno.test("Walmart's link fills the cart of whoever opens it with the quoted packages", async () => {
  const sandbox = await startSandbox();
  try {
    const [, adapterOf] = STORES[1] ?? [];
    if (adapterOf === undefined) throw new Error("Expected Walmart among the stores but found nothing");
    const adapter = adapterOf(sandbox);
    const quote = await adapter.quote(BASKET, quoting(adapter));
    const during = new TestContext(adapter.confirmCalls());
    during.now = Date.now();
    const confirmation = await adapter.confirm(purchaseOf(quote), during);
    assert(confirmation.outcome === "handed_off");
    assertEquals(sandbox.orders(), []);

    const url = confirmation.outcome === "handed_off" ? confirmation.handoffUrl : "";
    const page = await fetch(url);
    await page.body?.cancel();
    const [cart] = sandbox.orders();
    assertEquals(
      cart?.items,
      quote.lines.map(({ product }) => ({ sku: product?.sku ?? "", quantity: product?.packages ?? 0 })),
    );
  } finally {
    await sandbox.stop();
  }
});
