import { assert, assertEquals, AssertionError } from "@std/assert";
import fc from "fast-check";
import type { Basket } from "../../shared/routing/basket.ts";
import type { CallCounts, Purchase } from "../../shared/routing/provider.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { searchTerm } from "../../shared/routing/providers/kroger/search_term.ts";
import {
  assertNotDefinite,
  ENDLESS,
  failureOf,
  FAULTS,
  NOW,
  says200,
  TestContext,
  timedOut,
} from "../support/provider_context.ts";
import {
  KROGER,
  krogerOn,
  LOCATIONS,
  product,
  type ProductFixture,
  products,
  searchFor,
  STORE,
  TOKEN,
} from "../support/kroger_api.ts";
import { answers, hangs, Receiver } from "../support/receiver.ts";

const MILK = product({ description: "Kroger Whole Milk", price: { regular: 3.89, promo: 2.99 } });
const EGGS = product({
  id: "0001111060933",
  upc: "0001111060999",
  description: "Kroger Grade A Large Eggs",
  size: "12 ct",
  price: { regular: 3.29, promo: 0 },
});
const ADDRESS = {
  street: "1 Vine St",
  city: "Cincinnati",
  state: "OH",
  postalCode: "45202-1234",
  country: "US",
};
const BASKET: Basket = {
  items: [
    { id: "1", name: "Whole Milk", quantity: 2, unit: "gallon" },
    { id: "2", name: "Large Eggs!", quantity: 1, unit: "dozen" },
  ],
  address: ADDRESS,
};
const MILK_ALONE: Basket = { items: BASKET.items.slice(0, 1), address: ADDRESS };

function purchaseOf(quote: Quote, more: Partial<Purchase> = {}): Purchase {
  return { orderReference: "order-1", address: ADDRESS, quote, mostCents: quote.totalCents, ...more };
}

async function quoted(receiver: Receiver, basket = BASKET) {
  const adapter = krogerOn(receiver);
  receiver.on(searchFor("Whole Milk"), products(MILK));
  receiver.on(searchFor("Large Eggs"), products(EGGS));
  receiver.on(KROGER.products, products(EGGS, MILK));
  const quote = await adapter.quote(basket, new TestContext(adapter.plannedCalls(basket)));
  return { adapter, quote, confirming: () => new TestContext(adapter.confirmCalls()) };
}

/** A quote for milk where a search finds these products. */
async function quoteFor(receiver: Receiver, ...found: readonly unknown[]) {
  const adapter = krogerOn(receiver);
  receiver.on(KROGER.products, products(...found));
  return await adapter.quote(MILK_ALONE, new TestContext(adapter.plannedCalls(MILK_ALONE)));
}

Deno.test("Kroger quotes its store's prices exactly, and fees, tax and time as estimated", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);

  assertEquals(quote.lines.map(({ itemId, status, product }) => [itemId, status, product]), [
    ["1", "found", {
      sku: "0001111041700",
      name: "Kroger Whole Milk",
      size: "1 gal",
      packages: 2,
      amountPerPackage: 1,
      unitPriceCents: 299,
      lineTotalCents: 598,
      precision: "exact",
    }],
    ["2", "found", {
      sku: "0001111060933",
      name: "Kroger Grade A Large Eggs",
      size: "12 ct",
      packages: 1,
      amountPerPackage: 1,
      unitPriceCents: 329,
      lineTotalCents: 329,
      precision: "exact",
    }],
  ]);
  const { subtotalCents, feesCents, taxCents, totalCents, precision } = quote;
  assertEquals([subtotalCents, feesCents, taxCents, totalCents], [927, 499, 19, 1445]);
  assertEquals([quote.provider, quote.currency, quote.estimatedDeliveryMinutes], ["KROGER_API", "USD", 90]);
  assertEquals(precision, {
    subtotal: "exact",
    fees: "estimated",
    tax: "estimated",
    total: "estimated",
    delivery: "estimated",
  });
  assertEquals(adapter.capabilities, {
    quote: true,
    cartAdd: true,
    handoff: true,
    placeOrder: false,
    cancel: false,
    track: false,
  });
});

Deno.test("Kroger is asked in its own words", async () => {
  await using receiver = new Receiver();
  await quoted(receiver);
  const [token] = receiver.to(KROGER.token);
  assertEquals([token?.method, token?.body], ["POST", "grant_type=client_credentials&scope=product.compact"]);
  assertEquals(token?.headers.get("authorization"), `Basic ${btoa("tradepost:s3cr3t-5ec2e7")}`);
  assertEquals(token?.headers.get("content-type"), "application/x-www-form-urlencoded;charset=utf-8");
  const [locations] = receiver.to(`${KROGER.locations}?filter.zipCode.near=45202&filter.limit=1`);
  const [search] = receiver.to(searchFor("Large Eggs"));
  for (const request of [locations, search]) {
    assertEquals(request?.headers.get("authorization"), "Bearer app-5ec2e7");
  }
  assertEquals(receiver.requests.length, 4);
});

Deno.test("a ZIP code's store is asked for once a day, and the token once for all its calls", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const during = new TestContext({ token: 9, locations: 9, products: 99 });
  await adapter.quote(BASKET, during);
  assertEquals(during.spent, { products: 2 });
  during.now += 86_400_000;
  await adapter.quote(BASKET, during);
  assertEquals(during.spent, { token: 1, locations: 1, products: 4 });
});

Deno.test("where no store is near there is no_store, and nobody is asked about other countries", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  receiver.on(KROGER.locations, says200({ data: [], meta: {} }));
  const during = new TestContext(adapter.plannedCalls(BASKET));
  assertEquals((await failureOf(adapter.quote(BASKET, during))).code, "no_store");
  const asked = receiver.requests.length;
  for (const address of [{ ...ADDRESS, country: "CA" }, { ...ADDRESS, postalCode: "M5V 3L9" }]) {
    assertEquals((await failureOf(adapter.quote({ ...BASKET, address }, during))).code, "no_store");
  }
  assertEquals([receiver.requests.length, during.spent], [asked, { token: 1, locations: 1 }]);
});

Deno.test("a promotion counts where it is cheaper, and not otherwise", async (t) => {
  const cases: readonly (readonly [string, Record<string, unknown>, number])[] = [
    ["lower", { regular: 3.89, promo: 2.99 }, 299],
    ["0 is none", { regular: 3.89, promo: 0 }, 389],
    ["absent", { regular: 4.35 }, 435],
    ["null", { regular: 1.1, promo: null }, 110],
    ["higher", { regular: 3.89, promo: 4.99 }, 389],
    ["below 0", { regular: 3.89, promo: -2.99 }, 389],
  ];
  for (const [name, price, cents] of cases) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const quote = await quoteFor(receiver, product({ description: "Whole Milk", price }));
      assertEquals(quote.lines[0]?.product?.unitPriceCents, cents);
    });
  }
});

Deno.test("what has no usable price or is not to be had is never quoted", async (t) => {
  const cases: readonly (readonly [string, Omit<ProductFixture, "description">])[] = [
    ["no price", { price: null }],
    ["an empty price", { price: {} }],
    ["a price of 0", { price: { regular: 0, promo: 0 } }],
    ["a promotion of a product without a price", { price: { promo: 1.99 } }],
    ["a negative price", { price: { regular: -3.89, promo: 0 } }],
    ["an absurd price", { price: { regular: 10_000.01, promo: 0 } }],
    ["out of stock", { stockLevel: "TEMPORARILY_OUT_OF_STOCK" }],
    ["not delivered", { delivery: false }],
  ];
  for (const [name, more] of cases) {
    const bad = product({ description: "Kroger Whole Milk", ...more });
    await t.step(`${name}, alone`, async () => {
      await using receiver = new Receiver();
      assertEquals((await failureOf(quoteFor(receiver, bad))).code, "nothing_found");
    });
    await t.step(`${name}, beside a dearer one`, async () => {
      await using receiver = new Receiver();
      const price = { regular: 8.99, promo: 0 };
      const good = product({
        id: "0002222222222",
        description: "Organic Whole Milk",
        brand: "Organic",
        price,
      });
      const quote = await quoteFor(receiver, bad, good);
      assertEquals([quote.lines[0]?.product?.sku, quote.subtotalCents], ["0002222222222", 1798]);
    });
  }
  await t.step("a product without items", async () => {
    await using receiver = new Receiver();
    const { items: _, ...bare } = product({ description: "Whole Milk" });
    assertEquals((await failureOf(quoteFor(receiver, bare))).code, "nothing_found");
  });
});

Deno.test("what is sold by weight is bought by the pound", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  const price = { regular: 2.49, promo: 0 };
  const chicken = product({ description: "Chicken Breast", soldBy: "WEIGHT", size: "1 lb", price });
  receiver.on(KROGER.products, products(chicken));
  const basket = { ...BASKET, items: [{ id: "1", name: "Chicken Breast", quantity: 2.5, unit: "lbs" }] };
  const { lines } = await adapter.quote(basket, new TestContext(adapter.plannedCalls(basket)));
  assertEquals([lines[0]?.product?.packages, lines[0]?.product?.lineTotalCents], [3, 747]);
});

Deno.test("repeated ids and more products than anybody asked for change nothing", async () => {
  await using receiver = new Receiver();
  const once = await quoteFor(receiver, MILK);
  assertEquals(await quoteFor(receiver, MILK, MILK, { ...MILK, description: "Whole Milk again" }), once);
  const others = Array.from(
    { length: 99 },
    (_, place) => product({ id: `${place}`, description: "Charcoal" }),
  );
  assertEquals(
    await quoteFor(
      receiver,
      MILK,
      ...others,
      product({ id: "777", description: "Whole Milk", price: { regular: 0.01 } }),
    ),
    once,
  );
});

Deno.test("a name that Kroger cannot search for is an unavailable line, without a call", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const items = [{ id: "0", name: " oj ", quantity: 1, unit: "bottle" }, ...BASKET.items];
  const during = new TestContext(adapter.plannedCalls({ ...BASKET, items }));
  const quote = await adapter.quote({ ...BASKET, items }, during);
  assertEquals(quote.lines.map(({ itemId, status }) => [itemId, status]), [
    ["0", "unavailable"],
    ["1", "found"],
    ["2", "found"],
  ]);
  assertEquals([during.spent, quote.subtotalCents], [{ products: 2 }, 927]);
  const alone = { ...BASKET, items: items.slice(0, 1) };
  assertEquals((await failureOf(adapter.quote(alone, new TestContext({})))).code, "nothing_found");
});

Deno.test("lines of one name share a search, however they write it", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const items = Array.from({ length: 100 }, (_, place) => ({
    id: `${place}`,
    name: ["Whole Milk", "  whole  MILK ", "Large Eggs"][place % 3] ?? "",
    quantity: 1,
    unit: "each",
  }));
  const basket = { ...BASKET, items };
  assertEquals(adapter.plannedCalls(basket), { token: 2, locations: 2, products: 5 });
  const during = new TestContext(adapter.plannedCalls(basket));
  const quote = await adapter.quote(basket, during);
  assertEquals(during.spent, { products: 2 });
  assertEquals(
    quote.lines.map(({ product }) => product?.unitPriceCents),
    items.map(({ name }) => /milk/i.test(name) ? 299 : 329),
  );
});

Deno.test("terms keep to Kroger's rules whatever people write", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["Milk", "Milk"],
    ["  2%  Reduced-Fat Milk, (1 gal) ", "2% Reduced-Fat Milk 1 gal"],
    ["Ben & Jerry's", "Ben & Jerry's"],
    ["jalapeño", "jalapeño"],
    ["one two three four five six seven eight nine", "one two three four five six seven eight"],
    ["oj", undefined],
    ["", undefined],
    ["...", undefined],
    ["🥛🥛🥛🥛", undefined],
  ];
  for (const [name, expected] of cases) assertEquals(searchTerm(name), expected, name);
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (name) => {
    const term = searchTerm(name);
    if (term === undefined) return;
    assert(term.length >= 3 && term.split(/\s+/).length <= 8 && term === term.trim(), term);
  }));
});

Deno.test("every fault of Kroger has its own failure and never yields a quote", async (t) => {
  const ends = [KROGER.token, KROGER.locations, KROGER.products];
  for (const path of ends) {
    for (const [name, behaviour, code] of FAULTS) {
      await t.step(`${name} at ${path}`, async () => {
        await using receiver = new Receiver();
        const adapter = krogerOn(receiver);
        receiver.on(KROGER.products, products(MILK));
        receiver.on(path, behaviour);
        const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
        assertEquals(error.code, code);
        assertEquals(error.retryAfterMs, name === "429 with Retry-After" ? 7_000 : undefined);
        assert(!`${error.message} ${error.cause}`.includes("5ec2e7"), error.message);
      });
    }
    for (const [name, endless] of ENDLESS) {
      await t.step(`${name} at ${path}`, async () => {
        await using receiver = new Receiver();
        const adapter = krogerOn(receiver);
        receiver.on(KROGER.products, products(MILK));
        const { behaviour, signal } = timedOut(endless);
        receiver.on(path, behaviour);
        const during = new TestContext(adapter.plannedCalls(BASKET), { signal });
        assertEquals((await failureOf(adapter.quote(BASKET, during))).code, "timeout");
      });
    }
  }
});

Deno.test("one line whose search fails leaves no quote, and the other searches are cut", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  const hanging = Promise.withResolvers<void>();
  receiver.on(searchFor("Whole Milk"), (connection) => (hanging.resolve(), hangs(connection)));
  receiver.on(searchFor("Large Eggs"), async (connection) => {
    await hanging.promise;
    await answers(500)(connection);
  });
  const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
  assertEquals(error.code, "unavailable");
});

Deno.test("answers of another shape or currency are bad answers", async (t) => {
  const { productId: _id, ...anonymous } = MILK;
  const { description: _description, ...nameless } = MILK;
  const shapes: readonly (readonly [string, unknown])[] = [
    ["no data", { meta: {} }],
    ["a product without an id", { data: [anonymous] }],
    ["a product without a name", { data: [nameless] }],
    ["an id that is none", { data: [{ ...MILK, productId: "../cart" }] }],
    ["a price as text", { data: [product({ description: "Milk", price: { regular: "3.89" } })] }],
    ["euros", {
      data: [product({ description: "Milk", price: { regular: 3.89, promo: 0, currency: "EUR" } })],
    }],
    ["euros of the item", { data: [{ ...MILK, items: [{ ...MILK.items[0], currency: "EUR" }] }] }],
  ];
  for (const [name, body] of shapes) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const adapter = krogerOn(receiver);
      receiver.on(KROGER.products, says200(body));
      const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
      assertEquals(error.code, "bad_answer");
    });
  }
  for (const locationId of ["0140094", "014009433", "../../..", 1400943]) {
    await t.step(`a store called ${locationId}`, async () => {
      await using receiver = new Receiver();
      const adapter = krogerOn(receiver);
      receiver.on(KROGER.locations, says200({ data: [{ locationId }] }));
      const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
      assertEquals(error.code, "bad_answer");
    });
  }
});

Deno.test("errors say the same at the top and below «errors»", async (t) => {
  const timestamp = NOW;
  const cases: readonly (readonly [path: string, status: number, body: unknown, code: string])[] = [
    [KROGER.token, 400, { error: "unauthorized", error_description: "invalid credentials" }, "unauthorized"],
    [KROGER.token, 400, { errors: { error: "invalid_client" } }, "unauthorized"],
    [KROGER.token, 400, { error: "invalid_scope" }, "forbidden"],
    [KROGER.token, 500, { errors: { reason: "x", code: "Auth-4001-500", timestamp } }, "unavailable"],
    [KROGER.products, 400, { timestamp, code: "API-4101-400", reason: "Field 'locationId'" }, "refused"],
    [KROGER.products, 400, { errors: { code: "API-4101-400", reason: "x", timestamp } }, "refused"],
    [KROGER.products, 400, { code: "constructor" }, "refused"],
    [KROGER.products, 403, { errors: { reason: "missing required scopes", code: "Forbidden" } }, "forbidden"],
    [KROGER.products, 401, { errors: { error: "invalid_token" } }, "unauthorized"],
    [KROGER.products, 400, { error: "invalid_token" }, "unauthorized"],
    [KROGER.products, 404, { code: "API-4101-404" }, "bad_answer"],
  ];
  for (const [path, status, body, code] of cases) {
    await t.step(`${status} ${JSON.stringify(body)}`, async () => {
      await using receiver = new Receiver();
      const adapter = krogerOn(receiver);
      receiver.on(path, answers(status, JSON.stringify(body)));
      const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
      assertEquals(error.code, code);
    });
  }
});

Deno.test("a token that Kroger no longer takes is renewed once, within the calls that were planned", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const during = new TestContext(adapter.plannedCalls(BASKET));
  receiver.on(searchFor("Whole Milk"), answers(401), products(MILK));
  receiver.on(searchFor("Large Eggs"), answers(401), products(EGGS));
  assertEquals((await adapter.quote(BASKET, during)).subtotalCents, 927);
  assertEquals(during.spent, { token: 1, products: 4 });
});

Deno.test("one search that takes long is made a second time, and no more than was planned", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  receiver.on(searchFor("Whole Milk"), hangs, products(MILK));
  receiver.on(searchFor("Large Eggs"), products(EGGS));
  const hedging = new TestContext(adapter.plannedCalls(BASKET), { hedgeAfterMs: 100 });
  assertEquals((await adapter.quote(BASKET, hedging)).subtotalCents, 927);
  assertEquals(hedging.spent, { token: 1, locations: 1, products: 3 });
});

Deno.test("at most six items of a basket are asked for at once", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  let most = 0;
  let underWay = 0;
  const six = Promise.withResolvers<void>();
  receiver.on(KROGER.products, async (connection) => {
    most = Math.max(most, ++underWay);
    if (underWay === 6) six.resolve();
    await six.promise;
    underWay -= 1;
    await products(MILK)(connection);
  });
  const items = Array.from({ length: 20 }, (_, place) => ({
    id: `${place}`,
    name: `Whole Milk ${place}`,
    quantity: 1,
    unit: "gallon",
  }));
  const basket = { ...BASKET, items };
  const quote = await adapter.quote(basket, new TestContext(adapter.plannedCalls(basket)));
  assertEquals([most, quote.subtotalCents], [6, 20 * 299]);
});

Deno.test("a basket does not wait for the calls of others: three ask for six items each", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  let underWay = 0;
  const eighteen = Promise.withResolvers<void>();
  receiver.on(KROGER.products, async (connection) => {
    if (++underWay === 18) eighteen.resolve();
    await eighteen.promise;
    await products(MILK)(connection);
  });
  const items = Array.from({ length: 6 }, (_, place) => ({
    id: `${place}`,
    name: `Whole Milk ${place}`,
    quantity: 1,
    unit: "gallon",
  }));
  const basket = { ...BASKET, items };
  const quotes = await Promise.all(
    [1, 2, 3].map(() => adapter.quote(basket, new TestContext(adapter.plannedCalls(basket)))),
  );
  assertEquals(quotes.map((quote) => quote.subtotalCents), [6 * 299, 6 * 299, 6 * 299]);
});

Deno.test("nothing is asked that is not left to be spent", async () => {
  const plans: CallCounts[] = [{}, { token: 1 }, { token: 1, locations: 1 }, {
    token: 1,
    locations: 1,
    products: 1,
  }];
  for (const plan of plans) {
    await using receiver = new Receiver();
    const adapter = krogerOn(receiver);
    receiver.on(KROGER.products, products(MILK));
    assertEquals((await failureOf(adapter.quote(BASKET, new TestContext(plan)))).code, "rate_limited");
    const most = Object.values(plan).reduce((sum, calls) => sum + calls, 0);
    assert(receiver.requests.length <= most, `${receiver.requests.length}`);
  }
});

Deno.test("a shopper's token fills his cart once, and he finishes at Kroger", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  const during = confirming();
  const confirmation = await adapter.confirm(purchaseOf(quote, { paymentMethodToken: "shopper" }), during);

  assertEquals(confirmation, {
    outcome: "handed_off",
    handoffUrl: "https://www.kroger.com/cart",
    totalCents: 1445,
  });
  const [cart, ...more] = receiver.to(KROGER.cart);
  assertEquals([cart?.method, cart?.headers.get("authorization"), more], ["PUT", "Bearer shopper", []]);
  assertEquals(JSON.parse(cart?.body ?? ""), {
    items: [
      { upc: "0001111041700", quantity: 2, modality: "DELIVERY" },
      { upc: "0001111060999", quantity: 1, modality: "DELIVERY" },
    ],
  });
  const ids = new URLSearchParams({
    "filter.productId": "0001111041700,0001111060933",
    "filter.locationId": STORE,
    "filter.limit": "50",
  });
  assertEquals(receiver.to(`${KROGER.products}?${ids}`).length, 1);
  assertEquals(during.spent, { products: 1, cart: 1 });
});

Deno.test("without a shopper's token he gets a link: the page of one product, a search for several", async (t) => {
  await t.step("several", async () => {
    await using receiver = new Receiver();
    const { adapter, quote, confirming } = await quoted(receiver);
    assertEquals(await adapter.confirm(purchaseOf(quote), confirming()), {
      outcome: "handed_off",
      handoffUrl: "https://www.kroger.com/search?query=Whole%20Milk%2C%20Large%20Eggs!",
      totalCents: 1445,
    });
    assertEquals(receiver.to(KROGER.cart), []);
  });
  const page = "https://www.kroger.com/p/product/0001111041700";
  const pages: readonly (readonly [string | undefined, string])[] = [
    [undefined, `${page}?cid=dis.api.tpi_products-api`],
    ["/p/whole-milk/0001111041700", "https://www.kroger.com/p/whole-milk/0001111041700"],
    ["https://elsewhere.example/p/milk", page],
    ["//elsewhere.example/p/milk", page],
    ["javascript:alert(1)", page],
    ["/p/../signout", page],
  ];
  for (const [uri, expected] of pages) {
    await t.step(`one with the page ${uri}`, async () => {
      await using receiver = new Receiver();
      const adapter = krogerOn(receiver);
      receiver.on(
        KROGER.products,
        products(product({ description: "Whole Milk", ...(uri === undefined ? {} : { page: uri }) })),
      );
      const quote = await adapter.quote(MILK_ALONE, new TestContext(adapter.plannedCalls(MILK_ALONE)));
      const confirmation = await adapter.confirm(purchaseOf(quote), new TestContext(adapter.confirmCalls()));
      assertEquals(confirmation.outcome === "handed_off" && confirmation.handoffUrl, expected);
    });
  }
});

Deno.test("prices that rose above what may be paid are not confirmed, and fill no cart", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  const dearer = product({ description: "Kroger Whole Milk", price: { regular: 3.89, promo: 0 } });
  receiver.on(KROGER.products, products(dearer, EGGS));
  const purchase = purchaseOf(quote, { paymentMethodToken: "shopper" });

  // 2 × 389 + 329 = 1107, tax 22, fees 499.
  assertEquals(await adapter.confirm({ ...purchase, mostCents: 1627 }, confirming()), {
    outcome: "price_changed",
    totalCents: 1628,
  });
  assertEquals(receiver.to(KROGER.cart), []);
  const accepted = await adapter.confirm({ ...purchase, mostCents: 1628 }, confirming());
  assertEquals([accepted.outcome, accepted.totalCents], ["handed_off", 1628]);
});

Deno.test("a product that is gone by now is refused for certain, and fills no cart", async (t) => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["unknown", [EGGS]],
    ["out of stock", [EGGS, product({ description: "Milk", stockLevel: "TEMPORARILY_OUT_OF_STOCK" })]],
    ["without a price", [EGGS, product({ description: "Milk", price: null })]],
    ["with a negative price", [EGGS, product({ description: "Milk", price: { regular: -3.89 } })]],
  ];
  for (const [name, now] of cases) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote, confirming } = await quoted(receiver);
      receiver.on(KROGER.products, products(...now));
      const purchase = purchaseOf(quote, { paymentMethodToken: "shopper" });
      const error = await failureOf(adapter.confirm(purchase, confirming()));
      assertEquals([error.code, error.isDefinite, receiver.to(KROGER.cart)], ["refused", true, []]);
    });
  }
});

Deno.test("whatever fails before the cart is filled is certain to have bought nothing", async (t) => {
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote, confirming } = await quoted(receiver);
      receiver.on(KROGER.products, behaviour);
      const purchase = purchaseOf(quote, { paymentMethodToken: "shopper" });
      const error = await failureOf(adapter.confirm(purchase, confirming()));
      assertEquals([error.code, error.isDefinite, receiver.to(KROGER.cart)], [code, true, []]);
    });
  }
});

Deno.test("a cart is never filled twice, whatever comes of the first time", async (t) => {
  const ofTheCart = FAULTS.filter(([name]) => !/JSON|body|object|list|null/.test(name));
  // Not the provider's fault, nor ours: the shopper's token is void.
  const codes = new Map([["401", "payment_required"], ["403", "payment_required"]]);
  for (const [name, behaviour, code] of [...ofTheCart, ["404", answers(404), "refused"] as const]) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote, confirming } = await quoted(receiver);
      receiver.on(KROGER.cart, behaviour);
      const purchase = purchaseOf(quote, { paymentMethodToken: "shopper" });
      const during = confirming();
      const error = await failureOf(adapter.confirm(purchase, during));
      assertEquals([error.code, during.spent.cart], [codes.get(name) ?? code, 1]);
      assertEquals(receiver.to(KROGER.cart).length, 1);
      const isOpen = ["unavailable", "bad_answer"].includes(error.code);
      assertEquals(error.isDefinite, !isOpen);
      if (isOpen) assertNotDefinite(error);
    });
  }
  await t.step("hangs", async () => {
    await using receiver = new Receiver();
    const { adapter, quote } = await quoted(receiver);
    const { behaviour, signal } = timedOut(hangs);
    receiver.on(KROGER.cart, behaviour);
    const purchase = purchaseOf(quote, { paymentMethodToken: "shopper" });
    const during = new TestContext(adapter.confirmCalls(), { signal, hedgeAfterMs: 0 });
    const error = await failureOf(adapter.confirm(purchase, during));
    assertEquals([error.code, error.isDefinite, receiver.to(KROGER.cart).length], ["timeout", false, 1]);
  });
});

Deno.test("a shopper's token that cannot be sent is his to mend, and no word of it is told", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  const purchase = purchaseOf(quote, { paymentMethodToken: "se\r\ncret" });
  const error = await failureOf(adapter.confirm(purchase, confirming()));
  assertEquals([error.code, error.isDefinite, receiver.to(KROGER.cart)], ["payment_required", true, []]);
  assert(!error.message.includes("cret"));
});

Deno.test("sixty products are looked at again in two calls, within what was planned", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver, MILK_ALONE);
  const [line] = quote.lines;
  if (line?.product === undefined) throw new AssertionError("Expected a filled line but found none");
  const bought = line.product;
  const lines = Array.from(
    { length: 60 },
    (_, place) => ({ ...line, product: { ...bought, sku: `${1000 + place}` } }),
  );
  const data = lines.map(({ product: { sku } }) =>
    product({ id: sku, description: "Milk", price: { regular: 1 } })
  );
  receiver.on(KROGER.products, answers(401), products(...data));
  const during = confirming();
  const { totalCents } = await adapter.confirm(
    purchaseOf({ ...quote, lines }, { mostCents: 99_999 }),
    during,
  );
  assertEquals([totalCents, during.spent], [12_000 + 240 + 499, { token: 1, products: 3 }]);
});

Deno.test("where a purchase stands, only the shopper sees: he is sent there again, without a call", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  const nothing = new TestContext({});
  assertEquals(await adapter.find(purchaseOf(quote, { paymentMethodToken: "shopper" }), undefined, nothing), {
    status: "handed_off",
    handoffUrl: "https://www.kroger.com/cart",
    totalCents: 1445,
  });
  // No record has the token: whether the cart was filled before the answer was lost, only the shopper sees.
  const { handoffUrl } = await adapter.find(purchaseOf(quote), undefined, nothing);
  assertEquals(handoffUrl, "https://www.kroger.com/cart");
  assertEquals(
    (await failureOf(adapter.find(purchaseOf({ ...quote, handle: {} }), undefined, nothing))).code,
    "refused",
  );
});

Deno.test("Kroger's health is a new token, whatever is kept", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const during = new TestContext({ token: 3 });
  await adapter.checkHealth(during);
  assertEquals(during.spent, { token: 1 });
  receiver.on(KROGER.token, answers(401));
  assertEquals((await failureOf(adapter.checkHealth(during))).code, "unauthorized");
  receiver.on(KROGER.token, TOKEN);
  receiver.on(KROGER.locations, LOCATIONS);
  await adapter.checkHealth(during);
});
