import { assertEquals } from "@std/assert";
import { observationsOf } from "../../shared/routing/price_observations.ts";
import type { Quote, QuotedProduct, QuoteLine } from "../../shared/routing/quote.ts";
import { present } from "../support/present.ts";

/** Two pounds were asked for; a package of a pound and a half costs 7.50. */
function line(overrides: Partial<QuoteLine> = {}, product: Partial<QuotedProduct> = {}): QuoteLine {
  return {
    itemId: "1",
    requestedName: "Chicken Breast",
    requestedQuantity: 2,
    requestedUnit: "lbs",
    status: "found",
    product: {
      sku: "s",
      name: "Chicken",
      packages: 2,
      amountPerPackage: 1.5,
      unitPriceCents: 750,
      lineTotalCents: 1_500,
      precision: "exact",
      ...product,
    },
    ...overrides,
  };
}

function quote(...lines: QuoteLine[]): Quote {
  return {
    provider: "MEALME",
    lines,
    currency: "USD",
    subtotalCents: 1,
    feesCents: 0,
    taxCents: 0,
    totalCents: 1,
    precision: { subtotal: "exact", fees: "exact", tax: "exact", total: "exact", delivery: "exact" },
    handle: {},
  };
}

Deno.test("an exact price is noted per unit of a package, however much somebody asked for", () => {
  const seen = {
    provider: "MEALME" as const,
    name: "Chicken Breast",
    unit: "lbs",
    unitCents: 500,
    packageCents: 750,
  };
  assertEquals(observationsOf([quote(line()), quote(line({ requestedQuantity: 0.001 }))]), [seen, seen]);
  assertEquals(observationsOf([quote(line({}, { amountPerPackage: 3_785.41, unitPriceCents: 389 }))]), [
    { ...seen, unitCents: 0.1028, packageCents: 389 },
  ]);
});

Deno.test("a substitute, an estimate, a size nobody knows and a line that is not there tell nothing", () => {
  const { product: _, ...missing } = line({ status: "unavailable" });
  const { product, ...rest } = line();
  const { amountPerPackage: __, ...unsized } = present(product, "a product");
  assertEquals(
    observationsOf([
      quote(line({ status: "substituted" }), line({}, { precision: "estimated" }), missing, {
        ...rest,
        product: unsized,
      }),
    ]),
    [],
  );
});

Deno.test("a price per unit that is next to nothing, or beyond all measure, is a mistake and not noted", () => {
  assertEquals(
    observationsOf([
      quote(line({}, { amountPerPackage: 1_000_000 }), line({}, { amountPerPackage: 0.0001 })),
    ]),
    [],
  );
});
