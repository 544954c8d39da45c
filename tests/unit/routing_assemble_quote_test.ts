import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assembleQuote, type QuoteParts } from "../../shared/routing/assemble_quote.ts";
import { ProviderError, type ProviderFailureCode } from "../../shared/routing/provider_error.ts";
import type { Precision, QuoteLine } from "../../shared/routing/quote.ts";
import { present } from "../support/present.ts";

function line(packages: number, unitPriceCents: number, precision: Precision = "exact"): QuoteLine {
  return {
    ...ASKED,
    status: "found",
    product: {
      sku: "7",
      name: "Milk",
      packages,
      unitPriceCents,
      lineTotalCents: packages * unitPriceCents,
      precision,
    },
  };
}

const ASKED = { itemId: "1", requestedName: "Milk", requestedQuantity: 1, requestedUnit: "gallon" };
const UNFILLED: QuoteLine = { ...ASKED, status: "unavailable", reason: "Nothing of this kind was found" };
const PARTS: QuoteParts = {
  provider: "MEALME",
  lines: [line(2, 389), UNFILLED, line(1, 59)],
  fees: { cents: 499, precision: "exact" },
  tax: { cents: 81, precision: "exact" },
  minutes: { value: 45, precision: "exact" },
  handle: { storeId: "s1" },
};

function assertRefused(code: ProviderFailureCode, parts: Partial<QuoteParts>): void {
  const error = assertThrows(() => assembleQuote({ ...PARTS, ...parts }), ProviderError);
  assertEquals(error.code, code);
}

Deno.test("a quote is the sum of its lines, its fees and its tax", () => {
  assertEquals(assembleQuote(PARTS), {
    provider: "MEALME",
    lines: PARTS.lines,
    currency: "USD",
    subtotalCents: 837,
    feesCents: 499,
    taxCents: 81,
    totalCents: 1417,
    estimatedDeliveryMinutes: 45,
    precision: { subtotal: "exact", fees: "exact", tax: "exact", total: "exact", delivery: "exact" },
    handle: { storeId: "s1" },
  });
});

Deno.test("a delivery time that nobody knows is absent", () => {
  const { minutes: _, ...rest } = PARTS;
  const quote = assembleQuote(rest);
  assert(!("estimatedDeliveryMinutes" in quote));
  assertEquals(quote.precision.delivery, "estimated");
});

Deno.test("a quote without a filled line is none", () => {
  assertRefused("nothing_found", { lines: [] });
  assertRefused("nothing_found", { lines: [UNFILLED, UNFILLED] });
});

Deno.test("amounts that are negative, broken or too large are a bad answer", () => {
  for (const cents of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertRefused("bad_answer", { fees: { cents, precision: "exact" } });
    assertRefused("bad_answer", { tax: { cents, precision: "exact" } });
    assertRefused("bad_answer", { lines: [line(1, cents)] });
  }
  const most = Number.MAX_SAFE_INTEGER;
  assertRefused("bad_answer", { lines: [line(1, most), line(1, most)] });
  assertRefused("bad_answer", { fees: { cents: most, precision: "exact" } });
  for (const value of [-1, NaN, Infinity]) {
    assertRefused("bad_answer", { minutes: { value, precision: "exact" } });
  }
});

Deno.test("a line that is not packages × price is a bad answer", () => {
  const whole = line(2, 389);
  const product = present(whole.product, "a product");
  assertRefused("bad_answer", { lines: [{ ...whole, product: { ...product, lineTotalCents: 389 } }] });
});

Deno.test("the provider's own subtotal has to be the sum of the lines", () => {
  assertEquals(assembleQuote({ ...PARTS, expectedSubtotalCents: 837 }).subtotalCents, 837);
  assertRefused("bad_answer", { expectedSubtotalCents: 836 });
  assertRefused("bad_answer", { expectedSubtotalCents: 0 });
});

Deno.test("the total is exact only where everything in it is", () => {
  const precision = fc.constantFrom<Precision>("exact", "estimated");
  const cents = fc.integer({ min: 0, max: 1_000_000 });
  const marked = fc.record({ cents, precision });
  const lines = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1_000_000 }), precision)
      .map(([packages, price, mark]) => line(packages, price, mark)),
    { minLength: 1, maxLength: 10 },
  );
  fc.assert(fc.property(lines, marked, marked, (lines, fees, tax) => {
    const quote = assembleQuote({ ...PARTS, lines: [UNFILLED, ...lines], fees, tax });
    assertEquals(quote.totalCents, quote.subtotalCents + fees.cents + tax.cents);
    const marks = [...lines.map(({ product }) => product?.precision), fees.precision, tax.precision];
    assertEquals(quote.precision.total, marks.includes("estimated") ? "estimated" : "exact");
    assertEquals(
      quote.precision.subtotal,
      marks.slice(0, lines.length).includes("estimated") ? "estimated" : "exact",
    );
  }));
});
