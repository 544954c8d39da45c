// deno-lint-ignore-file camelcase -- the names are the providers' own
/** One odd value of one provider's must not keep a route from being stored. */
import { assert, assertEquals } from "@std/assert";
import type { Basket } from "../../shared/routing/basket.ts";
import { ownLinks } from "../../shared/routing/providers/own_links.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { KROGER, krogerOn, product as krogerProduct, products } from "../support/kroger_api.ts";
import {
  BASKET,
  cart,
  charges,
  CHICKEN,
  draft,
  FINALIZE,
  item,
  MILK,
  ORDER,
  PLACED,
  product,
  provider,
  quoted,
  SEARCH,
  search,
} from "../support/mealme_answers.ts";
import { assertNotDefinite, failureOf, says200, TestContext } from "../support/provider_context.ts";
import { Receiver } from "../support/receiver.ts";

const MILK_ALONE: Basket = {
  items: [{ id: "1", name: "Whole Milk", quantity: 1, unit: "gallon" }],
  address: BASKET.address,
};

/** What PostgreSQL does not take into a text or into JSON. */
const UNSTORABLE = [["U+0000", "Whole\0 Milk"], ["half a pair", "Whole Milk \ud83e"]] as const;

/** Every text within, keys as well. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, within]) => [key, ...textsOf(within)]);
}

function assertStorable(quote: Quote): void {
  for (const text of textsOf(quote)) {
    assert(text.isWellFormed() && !text.includes("\0") && text.length <= 2_000, JSON.stringify(text));
  }
}

async function krogerQuote(...found: readonly unknown[]): Promise<Quote> {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  receiver.on(KROGER.products, products(...found));
  return await adapter.quote(MILK_ALONE, new TestContext(adapter.plannedCalls(MILK_ALONE)));
}

async function mealMeQuote(searched: unknown, drafted: unknown = draft()): Promise<Quote> {
  await using receiver = new Receiver();
  receiver.on(SEARCH, says200(searched));
  receiver.on(ORDER, says200(drafted));
  const adapter = provider(receiver);
  return await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET)));
}

Deno.test("a product whose name cannot be kept is unusable, and those beside it are not", async (t) => {
  for (const [what, name] of UNSTORABLE) {
    await t.step(`Kroger, ${what}`, async () => {
      const bad = krogerProduct({ description: name, price: { regular: 0.5 } });
      const good = krogerProduct({ id: "0002222222222", description: "Whole Milk" });
      const quote = await krogerQuote(bad, good);
      assertEquals(quote.lines[0]?.product?.sku, "0002222222222");
      assertStorable(quote);
      assertEquals((await failureOf(krogerQuote(bad))).code, "nothing_found");
    });
    await t.step(`MealMe, ${what}`, async () => {
      const bad = product("bad", name, 1, { unit_size: 1, unit_of_measurement: "gal" });
      const quote = await mealMeQuote(search(cart([CHICKEN, bad, MILK])));
      assertEquals(quote.lines[1]?.product?.sku, "milk");
      assertStorable(quote);
    });
  }
});

Deno.test("other texts that cannot be kept are left out, and long names are cut between characters", async () => {
  const name = `Whole Milk ${"x".repeat(488)}🥛🥛`;
  const odd = krogerProduct({
    description: name,
    brand: "Kro\0ger",
    size: "1 gal",
    page: `/p/milk/${"9".repeat(3_000)}`,
  });
  const quote = await krogerQuote(odd);
  assertEquals(quote.lines[0]?.product?.name, name.slice(0, 499));
  assertEquals(quote.handle["products"], [{ sku: "0001111041700", upc: "0001111041700" }]);
  assertStorable(quote);
  const sizeless = await krogerQuote(krogerProduct({ description: "Whole Milk", size: "1 gal\0" }));
  assertEquals([sizeless.lines[0]?.status, sizeless.lines[0]?.product?.size], ["found", undefined]);
});

Deno.test("an id that cannot be kept, or that is longer than any, is a bad answer", async (t) => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ["a product's", search(cart([{ ...CHICKEN, product_id: "chick\0en" }])), draft()],
    ["a store's", search(cart([CHICKEN, MILK], { _id: "\ud83e" })), draft()],
    ["an order's", search(cart([CHICKEN, MILK])), draft({}, { order_id: "order\0" })],
    ["a long order's", search(cart([CHICKEN, MILK])), draft({}, { order_id: "9".repeat(201) })],
  ];
  for (const [name, searched, drafted] of cases) {
    await t.step(name, async () => {
      assertEquals((await failureOf(mealMeQuote(searched, drafted))).code, "bad_answer");
    });
  }
});

Deno.test("a delivery in ten thousand years is no time that is known, and half a minute is a whole one", async (t) => {
  const cases: readonly (readonly [number | null, number | null, number | undefined])[] = [
    [9_999_999_999, null, undefined],
    [9_999_999_999, 35, 35],
    [100_000, 35, 100_000],
    [0.5, null, 1],
    [0, null, undefined],
  ];
  for (const [latest, earliest, expected] of cases) {
    await t.step(`${latest}`, async () => {
      const quote = charges({ delivery_time_max: latest, delivery_time_min: earliest });
      const { estimatedDeliveryMinutes } = await mealMeQuote(search(cart([CHICKEN, MILK])), draft({ quote }));
      assertEquals(estimatedDeliveryMinutes, expected);
    });
  }
});

Deno.test("an order of more than a million dollars is a bad answer", async () => {
  const drafted = draft({ total_with_tip: 100_000_001 });
  assertEquals((await failureOf(mealMeQuote(search(cart([CHICKEN, MILK])), drafted))).code, "bad_answer");
});

Deno.test("a price that no number of cents holds is no price when it is read again", async () => {
  await using receiver = new Receiver();
  const adapter = krogerOn(receiver);
  receiver.on(KROGER.products, products(krogerProduct({ description: "Whole Milk" })));
  const quote = await adapter.quote(MILK_ALONE, new TestContext(adapter.plannedCalls(MILK_ALONE)));
  receiver.on(KROGER.products, products(krogerProduct({ description: "Milk", price: { regular: 1e300 } })));
  const purchase = { orderReference: "1", address: MILK_ALONE.address, quote, mostCents: quote.totalCents };
  const error = await failureOf(adapter.confirm(purchase, new TestContext(adapter.confirmCalls())));
  assertEquals([error.code, error.isDefinite], ["refused", true]);
});

Deno.test("an order that was placed under a number that cannot be kept is not lost", async () => {
  await using receiver = new Receiver();
  const { adapter, quote } = await quoted(receiver);
  const purchase = {
    orderReference: "order-1",
    address: BASKET.address,
    quote,
    mostCents: quote.totalCents,
    paymentMethodToken: "pm_1",
  };
  for (const order_id of ["order\0", "9".repeat(201), 7]) {
    receiver.on(FINALIZE, says200({ ...PLACED, order_id }));
    assertNotDefinite(await failureOf(adapter.confirm(purchase, new TestContext(adapter.confirmCalls()))));
  }
});

Deno.test("a discount is taken off the items, and the total stays the provider's", async () => {
  const found = search(cart([CHICKEN, MILK]));
  // 1617 + 101 tax − 18.
  const { subtotalCents, feesCents, taxCents, totalCents, lines } = await mealMeQuote(
    found,
    draft({ total_with_tip: 1700 }),
  );
  assertEquals([subtotalCents, feesCents, taxCents, totalCents], [1599, 0, 101, 1700]);
  assertEquals(lines[0]?.product?.lineTotalCents, 1198);
  const gratis = draft({
    items: [item("chicken", 599, 2), item("milk", 419, 1)],
    quote: charges({ sales_tax_cents: 0 }),
    total_with_tip: 0,
  });
  assertEquals((await failureOf(mealMeQuote(found, gratis))).code, "bad_answer");
});

Deno.test("a provider's links are its own, over HTTPS; the sandbox's are of its very origin", () => {
  const live = ownLinks("https://connect.instacart.com", ["instacart.com", "instacart.tools"]);
  const sandbox = ownLinks("http://127.0.0.1:54330/instacart", ["instacart.com"]);
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    ["https://customers.instacart.com/store/1", true, false],
    ["https://instacart.com/", true, false],
    ["http://customers.instacart.com/store/1", false, false],
    ["https://customers.instacart.tools/store/1", false, false],
    ["https://instacart.com.elsewhere.example/", false, false],
    ["https://notinstacart.com/", false, false],
    ["https://instacart.com@elsewhere.example/", false, false],
    ["https://user:pass@instacart.com/", false, false],
    ["https://instacart.com:8443/", false, false],
    ["javascript:alert(1)", false, false],
    ["//instacart.com/", false, false],
    ["", false, false],
    [`https://instacart.com/${"x".repeat(2_000)}`, false, false],
    ["http://127.0.0.1:54330/instacart/store/1", false, true],
    ["http://127.0.0.1:54331/instacart/store/1", false, false],
    ["https://127.0.0.1:54330/instacart/store/1", false, false],
  ];
  for (const [link, isLive, isSandbox] of cases) {
    assertEquals([live(link) === link, sandbox(link) === link], [isLive, isSandbox], link);
    assertEquals([live(link) === undefined, sandbox(link) === undefined], [!isLive, !isSandbox], link);
  }
  assertEquals([live(null), live(undefined)], [undefined, undefined]);
});
