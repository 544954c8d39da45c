import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Basket } from "../../shared/routing/basket.ts";
import type { Purchase } from "../../shared/routing/provider.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { BadPrivateKey } from "../../shared/routing/providers/walmart/private_key.ts";
import {
  ENDLESS,
  failureOf,
  FAULTS,
  NOW,
  says200,
  TestContext,
  timedOut,
} from "../support/provider_context.ts";
import { answers, hangs, Receiver } from "../support/receiver.ts";
import {
  base64,
  CONSUMER_ID,
  found,
  isSigned,
  item,
  pem,
  PRIVATE_KEY,
  searchFor,
  STORES,
  WALMART,
  walmartOn,
} from "../support/walmart_api.ts";

const MILK = item();
const EGGS = item({
  itemId: 145051970,
  name: "Great Value Large Eggs, 12 Count",
  size: "12 ct",
  salePrice: 2.97,
});
const ADDRESS = {
  street: "702 SW 8th St",
  city: "Bentonville",
  state: "AR",
  postalCode: "72712",
  country: "US",
};
const BASKET: Basket = {
  items: [
    { id: "1", name: "Whole Milk", quantity: 2, unit: "gallon" },
    { id: "2", name: "Large Eggs", quantity: 1, unit: "dozen" },
  ],
  address: ADDRESS,
};
const MILK_ALONE: Basket = { items: BASKET.items.slice(0, 1), address: ADDRESS };
const LINK = "https://affil.walmart.com/cart/addToCart?items=10450114%7C2,145051970%7C1";

function purchaseOf(quote: Quote, more: Partial<Purchase> = {}): Purchase {
  return { orderReference: "order-1", address: ADDRESS, quote, mostCents: quote.totalCents, ...more };
}

async function quoted(receiver: Receiver, more: Parameters<typeof walmartOn>[1] = {}) {
  const adapter = walmartOn(receiver, more);
  receiver.on(searchFor("Whole Milk"), found(MILK));
  receiver.on(searchFor("Large Eggs"), found(EGGS));
  receiver.on(WALMART.items, says200({ items: [EGGS, MILK] }));
  const quote = await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET)));
  return { adapter, quote, confirming: () => new TestContext(adapter.confirmCalls()) };
}

/** A quote for milk where a search finds these items. */
async function quoteFor(receiver: Receiver, ...items: readonly unknown[]) {
  const adapter = walmartOn(receiver);
  receiver.on(WALMART.search, found(...items));
  return await adapter.quote(MILK_ALONE, new TestContext(adapter.plannedCalls(MILK_ALONE)));
}

Deno.test("Walmart is asked once for lines of one name, however they write it", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const items = ["Whole Milk", " whole  MILK", "Whole Milk"].map((name, place) => ({
    id: `${place}`,
    name,
    quantity: 1,
    unit: "gallon",
  }));
  const basket = { ...BASKET, items };
  assertEquals(adapter.plannedCalls(basket), { stores: 1, search: 2 });
  const during = new TestContext(adapter.plannedCalls(basket));
  const quote = await adapter.quote(basket, during);
  assertEquals([during.spent, quote.lines.map(({ status }) => status)], [
    { search: 1 },
    Array(3).fill("found"),
  ]);
});

Deno.test("Walmart quotes prices near the address exactly, and fees, tax and time as estimated", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);

  assertEquals(
    quote.lines.map((
      { status, product },
    ) => [status, product?.sku, product?.packages, product?.lineTotalCents]),
    [["found", "10450114", 2, 624], ["found", "145051970", 1, 297]],
  );
  const { subtotalCents, feesCents, taxCents, totalCents, precision } = quote;
  assertEquals([subtotalCents, feesCents, taxCents, totalCents], [921, 795, 0, 1716]);
  assertEquals([quote.provider, quote.currency, quote.estimatedDeliveryMinutes], ["WALMART_API", "USD", 180]);
  assertEquals([precision.subtotal, precision.fees, precision.tax, precision.total, precision.delivery], [
    "exact",
    "estimated",
    "estimated",
    "estimated",
    "estimated",
  ]);
  assertEquals(adapter.capabilities, {
    quote: true,
    cartAdd: false,
    handoff: true,
    placeOrder: false,
    cancel: false,
    track: false,
  });
});

Deno.test("every request is signed, with one signature for two minutes of them", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const [first, ...more] = receiver.requests;
  assertEquals(more.length, 2);
  assertEquals(first?.headers.get("wm_consumer.id"), CONSUMER_ID);
  assertEquals(first?.headers.get("wm_consumer.intimestamp"), `${NOW}`);
  assertEquals(first?.headers.get("wm_sec.key_version"), "1");
  for (const request of receiver.requests) assert(await isSigned(request), request.path);
  const signatures = () =>
    new Set(receiver.requests.map(({ headers }) => headers.get("wm_sec.auth_signature")));
  assertEquals(signatures().size, 1);

  const during = new TestContext({ stores: 9, search: 99 });
  during.now += 119_999;
  await adapter.quote(BASKET, during);
  assertEquals(signatures().size, 1);
  during.now += 1;
  await adapter.quote(BASKET, during);
  assertEquals(signatures().size, 2);
  // A clock that was put back must not keep a signature of the future.
  during.now = NOW - 1;
  await adapter.quote(BASKET, during);
  assertEquals(signatures().size, 3);
  const last = receiver.requests.at(-1);
  assert(last && await isSigned(last));
  assertEquals(last?.headers.get("wm_consumer.intimestamp"), `${NOW - 1}`);
});

Deno.test("the key is read as base64 and as PEM, also with written line breaks", async (t) => {
  const forms = { base64: ` ${PRIVATE_KEY}\n`, pem: pem(), written: pem().replaceAll("\n", "\\n") };
  for (const [name, privateKey] of Object.entries(forms)) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      await quoted(receiver, { privateKey });
      for (const request of receiver.requests) assert(await isSigned(request));
    });
  }
});

Deno.test("a wrong key is refused when the adapter is made, without a word of it", async (t) => {
  const elliptic = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  const ec = base64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", elliptic.privateKey)));
  const forms = {
    "nothing": "",
    "no base64": "%%%%",
    "half of one": PRIVATE_KEY.slice(0, 800),
    "base64 of something else": btoa("MIIEvQ, or what looks like it"),
    "PKCS#1": pem("RSA PRIVATE KEY"),
    "encrypted": pem("ENCRYPTED PRIVATE KEY"),
    "public": pem("PUBLIC KEY"),
    "of another kind": ec,
  };
  await using receiver = new Receiver();
  for (const [name, privateKey] of Object.entries(forms)) {
    await t.step(name, () => {
      const error = assertThrows(() => walmartOn(receiver, { privateKey }), BadPrivateKey);
      assert(error.message.startsWith("Expected an RSA private key as PKCS#8"), error.message);
      assert(!/MII|[A-Za-z0-9+/]{24}/.test(`${error.message} ${error.cause}`), error.message);
    });
  }
});

Deno.test("stores near a ZIP code are asked for once a day; where none is there is no_store", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const during = new TestContext({ stores: 9, search: 99 });
  await adapter.quote(BASKET, during);
  assertEquals([during.spent, receiver.to(`${WALMART.stores}?zip=72712`).length], [{ search: 2 }, 1]);
  for (const none of [[], { stores: [] }]) {
    const other = walmartOn(receiver);
    receiver.on(WALMART.stores, says200(none));
    assertEquals((await failureOf(other.quote(BASKET, during))).code, "no_store");
  }
  const asked = receiver.requests.length;
  const canada = { ...BASKET, address: { ...ADDRESS, country: "CA" } };
  assertEquals((await failureOf(adapter.quote(canada, during))).code, "no_store");
  assertEquals(receiver.requests.length, asked);
});

Deno.test("both forms of the list of stores are read", async () => {
  await using receiver = new Receiver();
  const adapter = walmartOn(receiver);
  receiver.on(WALMART.stores, says200({ stores: [{ no: "100", name: "Bentonville" }] }));
  receiver.on(WALMART.search, found(MILK));
  assertEquals(
    (await adapter.quote(MILK_ALONE, new TestContext({ stores: 1, search: 1 }))).subtotalCents,
    624,
  );
});

Deno.test("what is no grocery of a store's, is not to be had, or has no usable price is never quoted", async (t) => {
  const cases: readonly (readonly [string, Record<string, unknown>])[] = [
    ["from a seller on the site", { marketplace: true }],
    ["online only", { offerType: "ONLINE_ONLY" }],
    ["not available", { stock: "Not available" }],
    ["not available, in other letters", { stock: "Not Available" }],
    ["not available online", { availableOnline: false }],
    ["no price", { salePrice: undefined }],
    ["a price of null", { salePrice: null }],
    ["a price of 0", { salePrice: 0 }],
    ["a negative price", { salePrice: -3.12 }],
    ["an absurd price", { salePrice: 10_000.01 }],
  ];
  for (const [name, more] of cases) {
    const bad = item({ ...more, ...("salePrice" in more ? {} : { salePrice: 0.01 }) });
    await t.step(`${name}, alone`, async () => {
      await using receiver = new Receiver();
      assertEquals((await failureOf(quoteFor(receiver, bad))).code, "nothing_found");
    });
    await t.step(`${name}, beside a dearer one`, async () => {
      await using receiver = new Receiver();
      const good = item({ itemId: 2, name: "Horizon Whole Milk", brandName: "Horizon", salePrice: 8.99 });
      const quote = await quoteFor(receiver, bad, good);
      assertEquals([quote.lines[0]?.product?.sku, quote.subtotalCents], ["2", 1798]);
    });
  }
});

Deno.test("stores alone, few left and what is not said are no reasons against an item", async (t) => {
  for (
    const more of [
      { offerType: "STORE_ONLY" },
      { stock: "Limited Supply" },
      { stock: "Last few items" },
      {
        stock: undefined,
        availableOnline: undefined,
        marketplace: undefined,
        offerType: undefined,
        upc: undefined,
      },
      { brandName: null, size: null },
    ]
  ) {
    await t.step(JSON.stringify(more), async () => {
      await using receiver = new Receiver();
      assertEquals((await quoteFor(receiver, item(more))).subtotalCents, 624);
    });
  }
});

Deno.test("nothing found for any line is nothing_found, and for one of them an unavailable line", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  // Walmart leaves the list out.
  receiver.on(
    searchFor("Large Eggs"),
    says200({ query: "x", totalResults: 0, start: 1, numItems: 0, facets: [] }),
  );
  const during = () => new TestContext(adapter.plannedCalls(BASKET));
  const quote = await adapter.quote(BASKET, during());
  assertEquals(quote.lines.map(({ status }) => status), ["found", "unavailable"]);
  receiver.on(searchFor("Whole Milk"), found());
  assertEquals((await failureOf(adapter.quote(BASKET, during()))).code, "nothing_found");

  const nameless = { ...BASKET, items: [{ id: "1", name: " ", quantity: 1, unit: "each" }] };
  const nothing = new TestContext({});
  assertEquals((await failureOf(adapter.quote(nameless, nothing))).code, "nothing_found");
  assertEquals(nothing.spent, {});
});

Deno.test("repeated ids and more items than anybody asked for change nothing", async () => {
  await using receiver = new Receiver();
  const once = await quoteFor(receiver, MILK);
  assertEquals(await quoteFor(receiver, MILK, MILK, { ...MILK, salePrice: 0.01 }), once);
  const others = Array.from({ length: 99 }, (_, place) => item({ itemId: place + 1, name: "Charcoal" }));
  assertEquals(await quoteFor(receiver, MILK, ...others, item({ itemId: 777, salePrice: 0.01 })), once);
});

Deno.test("every fault of Walmart has its own failure and never yields a quote", async (t) => {
  const cases = [...FAULTS, ["404", answers(404, "{}"), "bad_answer"] as const];
  for (const path of [WALMART.stores, WALMART.search]) {
    for (const [name, behaviour, code] of cases) {
      // A bare list is a form of the stores: an empty one says that there is none.
      const expected = name === "a list" && path === WALMART.stores ? "no_store" : code;
      await t.step(`${name} at ${path}`, async () => {
        await using receiver = new Receiver();
        const adapter = walmartOn(receiver);
        receiver.on(WALMART.search, found(MILK));
        receiver.on(path, behaviour);
        const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
        assertEquals(error.code, expected);
        assertEquals(error.retryAfterMs, name === "429 with Retry-After" ? 7_000 : undefined);
        assert(!`${error.message} ${error.cause}`.includes(CONSUMER_ID), error.message);
      });
    }
    for (const [name, endless] of ENDLESS) {
      await t.step(`${name} at ${path}`, async () => {
        await using receiver = new Receiver();
        const adapter = walmartOn(receiver);
        receiver.on(WALMART.search, found(MILK));
        const { behaviour, signal } = timedOut(endless);
        receiver.on(path, behaviour);
        const during = new TestContext(adapter.plannedCalls(BASKET), { signal });
        assertEquals((await failureOf(adapter.quote(BASKET, during))).code, "timeout");
      });
    }
  }
});

Deno.test("answers of another shape or currency are bad answers", async (t) => {
  const { itemId: _itemId, ...anonymous } = MILK;
  const { name: _name, ...nameless } = MILK;
  const shapes: readonly (readonly [string, unknown])[] = [
    ["no items, and no word of how many", { query: "milk" }],
    ["no items where some were found", { totalResults: 12 }],
    ["an item without an id", { items: [anonymous] }],
    ["an item without a name", { items: [nameless] }],
    ["an id that is none", { items: [item({ itemId: "1|2,3" })] }],
    ["a price as text", { items: [item({ salePrice: "3.12" })] }],
    ["euros", { items: [item({ currency: "EUR" })] }],
    ["an error under 200", { errors: [{ code: 4002, message: "x" }] }],
  ];
  for (const [name, body] of shapes) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const adapter = walmartOn(receiver);
      receiver.on(WALMART.search, says200(body));
      const error = await failureOf(adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))));
      assertEquals(error.code, "bad_answer");
    });
  }
});

Deno.test("one search that takes long is made a second time, and no more than was planned", async () => {
  await using receiver = new Receiver();
  const adapter = walmartOn(receiver);
  receiver.on(searchFor("Whole Milk"), hangs, found(MILK));
  receiver.on(searchFor("Large Eggs"), found(EGGS));
  const hedging = new TestContext(adapter.plannedCalls(BASKET), { hedgeAfterMs: 100 });
  assertEquals((await adapter.quote(BASKET, hedging)).subtotalCents, 921);
  assertEquals(hedging.spent, { stores: 1, search: 3 });
});

Deno.test("nothing is asked that is not left to be spent", async () => {
  for (const plan of [{}, { stores: 1 }, { stores: 1, search: 1 }]) {
    await using receiver = new Receiver();
    const adapter = walmartOn(receiver);
    receiver.on(WALMART.search, found(MILK));
    assertEquals((await failureOf(adapter.quote(BASKET, new TestContext(plan)))).code, "rate_limited");
    assert(receiver.requests.length <= Object.keys(plan).length);
  }
});

Deno.test("a confirmed basket is a link that fills the cart, once its prices were looked at again", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  const during = confirming();
  assertEquals(await adapter.confirm(purchaseOf(quote), during), {
    outcome: "handed_off",
    handoffUrl: LINK,
    totalCents: 1716,
  });
  const query = new URLSearchParams({ ids: "10450114,145051970", zipCode: "72712" });
  assertEquals([receiver.to(`${WALMART.items}?${query}`).length, during.spent], [1, { search: 1 }]);
});

Deno.test("lines of one item stand in the link once, with all their packages", async () => {
  await using receiver = new Receiver();
  const { adapter } = await quoted(receiver);
  const items = ["a", "b"].map((id) => ({ id, name: "Whole Milk", quantity: 2, unit: "gallon" }));
  const basket = { ...BASKET, items };
  const quote = await adapter.quote(basket, new TestContext(adapter.plannedCalls(basket)));
  const { handoffUrl } = await adapter.find(purchaseOf(quote), undefined, new TestContext({}));
  assertEquals(handoffUrl, "https://affil.walmart.com/cart/addToCart?items=10450114%7C4");
});

Deno.test("a publisher's numbers wrap the link, and what is no number is refused", async () => {
  await using receiver = new Receiver();
  const cases: readonly (readonly [string, string])[] = [
    ["1943169", "1943169/568844/9383"],
    ["1943169/565706/9384", "1943169/565706/9384"],
  ];
  for (const [publisherId, path] of cases) {
    const { adapter, quote } = await quoted(receiver, { publisherId });
    const { handoffUrl } = await adapter.find(purchaseOf(quote), undefined, new TestContext({}));
    const url = new URL(handoffUrl ?? "");
    assertEquals(`${url.origin}${url.pathname}`, `https://goto.walmart.com/c/${path}`);
    assertEquals([url.searchParams.get("veh"), url.searchParams.get("u")], ["aff", LINK]);
  }
  for (const publisherId of ["", "me", "1/2", "1/2/3/4", "1?u=https://elsewhere.example"]) {
    assertThrows(() => walmartOn(receiver, { publisherId }), Error, "Expected publisherId");
  }
});

Deno.test("prices that rose above what may be paid are not confirmed", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  receiver.on(WALMART.items, says200({ items: [item({ salePrice: 3.5 }), EGGS] }));
  assertEquals(await adapter.confirm(purchaseOf(quote, { mostCents: 1791 }), confirming()), {
    outcome: "price_changed",
    totalCents: 1792,
  });
  const accepted = await adapter.confirm(purchaseOf(quote, { mostCents: 1792 }), confirming());
  assertEquals([accepted.outcome, accepted.totalCents], ["handed_off", 1792]);
});

Deno.test("an item that is gone by now is refused for certain", async (t) => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["not answered", [EGGS]],
    ["sold out", [EGGS, item({ stock: "Not available" })]],
    ["sold by another seller now", [EGGS, item({ marketplace: true })]],
    ["without a price", [EGGS, item({ salePrice: null })]],
  ];
  for (const [name, items] of cases) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote, confirming } = await quoted(receiver);
      receiver.on(WALMART.items, says200({ items }));
      const error = await failureOf(adapter.confirm(purchaseOf(quote), confirming()));
      assertEquals([error.code, error.isDefinite], ["refused", true]);
    });
  }
});

Deno.test("every fault while a purchase is confirmed is certain to have bought nothing", async (t) => {
  const cases = [...FAULTS, ["404", answers(404, "{}"), "refused"] as const];
  for (const [name, behaviour, code] of cases) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote, confirming } = await quoted(receiver);
      receiver.on(WALMART.items, behaviour);
      const error = await failureOf(adapter.confirm(purchaseOf(quote), confirming()));
      assertEquals([error.code, error.isDefinite], [code, true]);
    });
  }
  for (const [name, endless] of ENDLESS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { adapter, quote } = await quoted(receiver);
      const { behaviour, signal } = timedOut(endless);
      receiver.on(WALMART.items, behaviour);
      const during = new TestContext(adapter.confirmCalls(), { signal });
      const error = await failureOf(adapter.confirm(purchaseOf(quote), during));
      assertEquals([error.code, error.isDefinite], ["timeout", true]);
    });
  }
});

Deno.test("a hundred items are looked at again in five calls, within what was planned", async () => {
  await using receiver = new Receiver();
  const { adapter, quote, confirming } = await quoted(receiver);
  const lines = Array.from({ length: 100 }, (_, place) => ({
    itemId: `${place}`,
    requestedName: "Milk",
    requestedQuantity: 1,
    requestedUnit: "each",
    status: "found" as const,
    product: {
      sku: `${1000 + place}`,
      name: "Milk",
      packages: 1,
      unitPriceCents: 100,
      lineTotalCents: 100,
      precision: "exact" as const,
    },
  }));
  const items = lines.map(({ product }) => item({ itemId: product.sku, salePrice: 1 }));
  receiver.on(WALMART.items, says200({ items }));
  const during = confirming();
  const { totalCents } = await adapter.confirm(
    purchaseOf({ ...quote, lines }, { mostCents: 99_999 }),
    during,
  );
  assertEquals([totalCents, during.spent], [10_795, { search: 5 }]);
  const asked = receiver.requests.filter(({ path }) => path.startsWith(WALMART.items));
  const counts = asked.map(({ path }) =>
    new URL(path, "http://x").searchParams.get("ids")?.split(",").length
  );
  assertEquals(counts, [20, 20, 20, 20, 20]);
});

Deno.test("where a purchase stands, only the shopper sees: he gets the link again, without a call", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  assertEquals(await adapter.find(purchaseOf(quote), undefined, new TestContext({})), {
    status: "handed_off",
    handoffUrl: LINK,
    totalCents: 1716,
  });
});

Deno.test("Walmart's health is one signed call", async () => {
  await using receiver = new Receiver();
  const adapter = walmartOn(receiver);
  const during = new TestContext({ stores: 3 });
  await adapter.checkHealth(during);
  assertEquals([during.spent, receiver.requests.length], [{ stores: 1 }, 1]);
  receiver.on(
    WALMART.stores,
    answers(401, `{"details":{"Description":"Could not find public key"}}`),
    STORES,
  );
  assertEquals((await failureOf(adapter.checkHealth(during))).code, "unauthorized");
  await adapter.checkHealth(during);
});
