import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Basket } from "../../shared/routing/basket.ts";
import type { Purchase } from "../../shared/routing/provider.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { instacart, type InstacartSettings } from "../../shared/routing/providers/instacart/adapter.ts";
import { toMeasurement } from "../../shared/routing/providers/instacart/units.ts";
import {
  assertNotDefinite,
  ENDLESS,
  failureOf,
  FAULTS,
  says200,
  TestContext,
  timedOut,
} from "../support/provider_context.ts";
import { answers, hangs, Receiver } from "../support/receiver.ts";

const RETAILERS = "/idp/v1/retailers";
const PRODUCTS_LINK = "/idp/v1/products/products_link";
const HOUR_MS = 60 * 60 * 1_000;

const SERVED = says200({
  retailers: [
    {
      retailer_key: "safeway",
      name: "Safeway",
      retailer_logo_url: "https://www.instacart.com/image/safeway.png",
    },
    {
      retailer_key: "costco",
      name: "Costco",
      retailer_logo_url: "https://www.instacart.com/image/costco.png",
    },
  ],
});

const BASKET: Basket = {
  items: [
    { id: "1", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "2", name: "Eggs", quantity: 1, unit: "dozen" },
    { id: "3", name: "Saffron", quantity: 3, unit: "pinches" },
  ],
  address: { street: "188 King St", city: "San Francisco", state: "CA", postalCode: "94107", country: "US" },
};

/** A page at the interface's own origin, as the sandbox has it. */
function linkAt({ host }: Receiver): string {
  return `http://${host}/store/shopping_lists/7811220`;
}

function provider(receiver: Receiver, more: Partial<InstacartSettings> = { estimateCents: 900 }) {
  return instacart({
    baseUrl: `http://${receiver.host}`,
    apiKey: "keys.5ec2e7",
    estimates: { feesCents: 599, taxBps: 850, deliveryMinutes: 75 },
    ...more,
  });
}

function context(counts: Readonly<Record<string, number>> = { retailers: 2 }, signal?: AbortSignal) {
  return new TestContext(counts, signal === undefined ? {} : { signal });
}

function purchaseOf(quote: Quote, more: Partial<Purchase> = {}): Purchase {
  return { orderReference: "order-1", address: BASKET.address, quote, mostCents: quote.totalCents, ...more };
}

async function quoted(receiver: Receiver) {
  receiver.on(RETAILERS, SERVED);
  const adapter = provider(receiver);
  return { adapter, quote: await adapter.quote(BASKET, context()) };
}

Deno.test("Instacart quotes every line at the operator's estimate, and marks all money estimated", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);

  assertEquals(quote.lines.map((line) => [line.itemId, line.status, line.requestedName, line.product]), [
    ["1", "found", "Chicken Breast", estimated("1", "Chicken Breast", 2)],
    ["2", "found", "Eggs", estimated("2", "Eggs", 1)],
    ["3", "found", "Saffron", estimated("3", "Saffron", 3)],
  ]);
  assertEquals(
    [quote.provider, quote.currency, quote.subtotalCents, quote.feesCents, quote.taxCents, quote.totalCents],
    ["INSTACART", "USD", 5400, 599, 459, 6458],
  );
  assertEquals(quote.estimatedDeliveryMinutes, 75);
  assertEquals(new Set(Object.values(quote.precision)), new Set(["estimated"]));
  assertEquals(adapter.capabilities, {
    quote: true,
    cartAdd: false,
    handoff: true,
    placeOrder: false,
    cancel: false,
    track: false,
  });
  const [request] = receiver.requests;
  assertEquals(request?.path, `${RETAILERS}?postal_code=94107&country_code=US`);
  assertEquals(request?.headers.get("authorization"), "Bearer keys.5ec2e7");
});

function estimated(sku: string, name: string, packages: number) {
  return {
    sku,
    name,
    packages,
    unitPriceCents: 900,
    lineTotalCents: packages * 900,
    precision: "estimated" as const,
  };
}

Deno.test("Instacart's estimate counts the packages that a quantity stands for", async (t) => {
  const cases: readonly (readonly [string, number, string, number | undefined])[] = [
    ["Bread", 50, "loaves", 50],
    ["Bread", 2.5, "each", 3],
    ["Saffron", 3, "pinches", 3],
    ["Eggs", 2, "dozen", 2],
    ["Chicken Breast", 2, "lbs", 2],
    ["Chicken Breast", 100, "g", 1],
    ["Rice", 1, "kg", 3],
    ["Milk", 500, "ml", 1],
    ["Milk", 3, "gallons", 3],
    ["Flour, 5 lb", 2, "bags", 2],
    ["Flour, 5 lb", 10, "lbs", 2],
    ["Eggs, 12 ct", 3, "lbs", 3],
    ["Bread", 101, "loaves", undefined],
  ];
  for (const [name, quantity, unit, packages] of cases) {
    await t.step(`${quantity} ${unit} of ${name}`, async () => {
      await using receiver = new Receiver();
      receiver.on(RETAILERS, SERVED);
      const items = [{ id: "1", name, quantity, unit }, { id: "2", name: "Salt", quantity: 1, unit: "each" }];
      const { lines, subtotalCents } = await provider(receiver).quote({ ...BASKET, items }, context());
      assertEquals([lines[0]?.product?.packages, lines[0]?.status], [
        packages,
        packages === undefined ? "unavailable" : "found",
      ]);
      assertEquals(subtotalCents, 900 * ((packages ?? 0) + 1));
    });
  }
});

Deno.test("Instacart without an estimate makes no quote and no call, but hands off and answers for its health", async () => {
  await using receiver = new Receiver();
  const { quote } = await quoted(receiver);
  receiver.on(PRODUCTS_LINK, says200({ products_link_url: linkAt(receiver) }));
  const adapter = provider(receiver, {});
  const before = receiver.requests.length;

  const error = await failureOf(adapter.quote(BASKET, context()));

  assertEquals([error.code, error.message], [
    "nothing_found",
    "Expected an estimated price per line for Instacart but found none",
  ]);
  assertEquals(receiver.requests.length, before);
  assertEquals([adapter.capabilities.quote, adapter.plannedCalls(BASKET)], [false, {}]);
  await adapter.checkHealth(context({ retailers: 1 }));
  const confirmation = await adapter.confirm(purchaseOf(quote), context(adapter.confirmCalls()));
  assertEquals(confirmation.outcome, "handed_off");
});

Deno.test("Instacart asks for a postal code's retailers once an hour, whoever asks", async () => {
  await using receiver = new Receiver();
  receiver.on(RETAILERS, SERVED);
  const adapter = provider(receiver);
  const during = context({ retailers: 9 });
  await adapter.quote(BASKET, during);
  during.now += HOUR_MS - 1;
  await adapter.quote({ ...BASKET, address: { ...BASKET.address, postalCode: "94107-2001" } }, during);
  assertEquals(during.spent, { retailers: 1 });

  during.now += 1;
  await adapter.quote(BASKET, during);
  assertEquals(during.spent, { retailers: 2 });
  await adapter.quote({ ...BASKET, address: { ...BASKET.address, postalCode: "10001" } }, during);
  assertEquals(during.spent, { retailers: 3 });
});

Deno.test("Instacart has no store where no retailer delivers, and asks nobody about other countries", async () => {
  await using receiver = new Receiver();
  receiver.on(RETAILERS, says200({ retailers: [] }));
  const adapter = provider(receiver);
  const during = context({ retailers: 1 });

  assertEquals((await failureOf(adapter.quote(BASKET, during))).code, "no_store");
  assertEquals((await failureOf(adapter.quote(BASKET, during))).code, "no_store");
  const canada = { ...BASKET, address: { ...BASKET.address, country: "CA", postalCode: "M5V 3L9" } };
  assertEquals((await failureOf(adapter.quote(canada, during))).code, "no_store");
  assertEquals(receiver.requests.length, 1);
});

Deno.test("a shopping list is handed off in Instacart's own units", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  receiver.on(PRODUCTS_LINK, says200({ products_link_url: linkAt(receiver) }));
  const during = context(adapter.confirmCalls());

  assertEquals(await adapter.confirm(purchaseOf(quote), during), {
    outcome: "handed_off",
    handoffUrl: linkAt(receiver),
    totalCents: 6458,
  });
  const [request] = receiver.to(PRODUCTS_LINK);
  assertEquals([request?.method, request?.headers.get("content-type")], ["POST", "application/json"]);
  assertEquals(JSON.parse(request?.body ?? ""), {
    title: "Your groceries",
    link_type: "shopping_list",
    expires_in: 30,
    line_items: [
      { name: "Chicken Breast", line_item_measurements: [{ quantity: 2, unit: "pound" }] },
      { name: "Eggs", line_item_measurements: [{ quantity: 12, unit: "each" }] },
      { name: "Saffron", display_text: "Saffron (3 pinches)" },
    ],
  });
});

Deno.test("one order has one page, however often it is asked for; another order has its own", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  receiver.on(
    PRODUCTS_LINK,
    says200({ products_link_url: linkAt(receiver) }),
    says200({ products_link_url: `${linkAt(receiver)}9` }),
  );
  const during = context({ products_link: 9 });

  await adapter.confirm(purchaseOf(quote), during);
  assertEquals(await adapter.find(purchaseOf(quote), undefined, during), {
    status: "handed_off",
    handoffUrl: linkAt(receiver),
  });
  assertEquals(during.spent, { products_link: 1 });

  const other = await adapter.find(purchaseOf(quote, { orderReference: "order-2" }), undefined, during);
  assertEquals(other, { status: "handed_off", handoffUrl: `${linkAt(receiver)}9` });
});

Deno.test("an estimate above what may be paid is not handed off", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  const confirmation = await adapter.confirm(purchaseOf(quote, { mostCents: 3528 }), context({}));
  assertEquals(confirmation, { outcome: "price_changed", totalCents: 6458 });
  assertEquals(receiver.to(PRODUCTS_LINK), []);
});

Deno.test("every fault of Instacart has its own failure and never yields a quote or a link", async (t) => {
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote } = await quoted(receiver);
      receiver.on(RETAILERS, behaviour);
      receiver.on(PRODUCTS_LINK, behaviour);

      const errors = [
        await failureOf(provider(receiver).quote(BASKET, context())),
        await failureOf(provider(receiver).checkHealth(context())),
        await failureOf(adapter.confirm(purchaseOf(quote), context({ products_link: 1 }))),
        await failureOf(adapter.find(purchaseOf(quote), undefined, context({ products_link: 1 }))),
      ];
      for (const error of errors) {
        assertEquals(error.code, code);
        assert(!error.message.includes("keys."), error.message);
      }
      if (name.includes("with Retry-After")) {
        assertEquals(errors.map((error) => error.retryAfterMs), [7e3, 7e3, 7e3, 7e3]);
      }
    });
  }
});

Deno.test("a failed call is not remembered: the next one may go well", async () => {
  await using receiver = new Receiver();
  receiver.on(RETAILERS, answers(500), SERVED);
  const adapter = provider(receiver);
  assertEquals((await failureOf(adapter.quote(BASKET, context()))).code, "unavailable");
  assertEquals((await adapter.quote(BASKET, context())).totalCents, 6458);
});

Deno.test("answers of another shape are bad answers", async (t) => {
  const shapes: readonly (readonly [string, unknown])[] = [
    ["a retailer without a key", { retailers: [{ name: "Safeway" }] }],
    ["a retailer without a name", { retailers: [{ retailer_key: "safeway" }] }],
    ["an error under 200", { error: { message: "Unauthorized", code: 1001 }, meta: { key: "x" } }],
  ];
  for (const [name, body] of shapes) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      receiver.on(RETAILERS, says200(body));
      assertEquals((await failureOf(provider(receiver).quote(BASKET, context()))).code, "bad_answer");
    });
  }
  for (const url of ["javascript:alert(1)", "https://elsewhere.example/store/1", "not a link", "", 7, null]) {
    await t.step(`a link that is ${url}`, async () => {
      await using receiver = new Receiver();
      const { adapter, quote } = await quoted(receiver);
      receiver.on(PRODUCTS_LINK, says200({ products_link_url: url }));
      const error = await failureOf(adapter.confirm(purchaseOf(quote), context({ products_link: 1 })));
      assertEquals(error.code, "bad_answer");
    });
  }
});

Deno.test("retailers named twice, or as older documentation does, serve as well", async () => {
  await using receiver = new Receiver();
  const retailer = { id: 12, name: "Safeway" };
  receiver.on(RETAILERS, says200({ retailers: [retailer, retailer] }));
  assertEquals((await provider(receiver).quote(BASKET, context())).totalCents, 6458);
});

Deno.test("Instacart that never answers ends with the signal's reason", async (t) => {
  for (const [name, endless] of ENDLESS) {
    await t.step(`a quote ${name}`, async () => {
      await using receiver = new Receiver();
      const { behaviour, signal } = timedOut(endless);
      receiver.on(RETAILERS, behaviour);
      const error = await failureOf(provider(receiver).quote(BASKET, context({ retailers: 2 }, signal)));
      assertEquals(error.code, "timeout");
    });
    await t.step(`a hand-off ${name}`, async () => {
      await using receiver = new Receiver();
      const { adapter, quote } = await quoted(receiver);
      const { behaviour, signal } = timedOut(endless);
      receiver.on(PRODUCTS_LINK, behaviour);
      const error = await failureOf(
        adapter.confirm(purchaseOf(quote), context({ products_link: 1 }, signal)),
      );
      assertEquals(error.code, "timeout");
      assertNotDefinite(error);
    });
  }
});

Deno.test("Instacart makes no call that is not left to be spent", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  const before = receiver.requests.length;
  assertEquals((await failureOf(provider(receiver).quote(BASKET, context({})))).code, "rate_limited");
  assertEquals((await failureOf(adapter.confirm(purchaseOf(quote), context({})))).code, "rate_limited");
  assertEquals(receiver.requests.length, before);
});

Deno.test("a look-up of retailers that hangs is made a second time where there may be a hedge", async () => {
  await using receiver = new Receiver();
  receiver.on(RETAILERS, hangs, SERVED);
  const adapter = provider(receiver);
  const hedging = new TestContext(adapter.plannedCalls(BASKET), { hedgeAfterMs: 20 });
  assertEquals((await adapter.quote(BASKET, hedging)).totalCents, 6458);
  assertEquals(hedging.spent, { retailers: 2 });
});

Deno.test("units are told in Instacart's words, and what it has no word for is left to the name", () => {
  const cases: readonly (readonly [number, string, ReturnType<typeof toMeasurement>])[] = [
    [2, "lbs", { quantity: 2, unit: "pound" }],
    [1.5, "Lb.", { quantity: 1.5, unit: "pound" }],
    [1, "gallon", { quantity: 1, unit: "gallon" }],
    [16, "Fl. Oz.", { quantity: 16, unit: "fluid ounce" }],
    [500, "ml", { quantity: 500, unit: "milliliter" }],
    [3, "each", { quantity: 3, unit: "each" }],
    [2, "Dozen", { quantity: 24, unit: "each" }],
    [1, "loaf", { quantity: 1, unit: "package" }],
    [2, "cans", { quantity: 2, unit: "can" }],
    [1, "pinch", undefined],
    [1, "constructor", undefined],
  ];
  for (const [quantity, unit, expected] of cases) assertEquals(toMeasurement(quantity, unit), expected, unit);
});

Deno.test("no message of Instacart's own gets into an error", async () => {
  await using receiver = new Receiver();
  receiver.on(RETAILERS, says200({ error: "SECRET-TEXT" }));
  const error = await failureOf(provider(receiver).quote(BASKET, context()));
  assertStringIncludes(error.message, "retailers");
  assert(!`${error.message} ${error.cause} ${error.stack}`.includes("SECRET-TEXT"));
});
