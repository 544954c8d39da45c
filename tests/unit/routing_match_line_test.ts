import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { BasketItem } from "../../shared/routing/basket.ts";
import { type CatalogProduct, matchLine } from "../../shared/routing/match_line.ts";
import { parseSize } from "../../shared/routing/measure.ts";
import type { QuoteLine } from "../../shared/routing/quote.ts";
import { present } from "../support/present.ts";

const POUND = 453.59237;

const want = (quantity: number, unit: string, name: string): BasketItem => ({
  id: "line-1",
  name,
  quantity,
  unit,
});

let skus = 0;
function sells(
  name: string,
  size: string,
  priceCents: number,
  more: Partial<CatalogProduct> = {},
): CatalogProduct {
  return { sku: `sku-${++skus}`, name, ...(size === "" ? {} : { size }), priceCents, inStock: true, ...more };
}

/** «found 2 × Milk 778», or the status alone. */
function told({ status, product }: QuoteLine): string {
  return product === undefined
    ? status
    : `${status} ${product.packages} × ${product.name} ${product.lineTotalCents}`;
}

Deno.test("two pounds of chicken are not two packages", () => {
  const familyPack = sells("Chicken Breast Family Pack", "3 lb", 899);
  const pack = sells("Chicken Breast", "1.2 lb", 459);
  const item = want(2, "lbs", "Chicken Breast");
  assertEquals(told(matchLine(item, [familyPack])), "found 1 × Chicken Breast Family Pack 899");
  assertEquals(told(matchLine(item, [pack])), "found 2 × Chicken Breast 918");
  assertEquals(told(matchLine(item, [pack, familyPack])), "found 1 × Chicken Breast Family Pack 899");
});

Deno.test("what is sold by weight is bought in pounds, whatever its size says", () => {
  const loose = sells("Chicken Breast", "1 lb", 349, { soldBy: "weight" });
  const bananas = sells("Bananas", "each", 59, { soldBy: "weight" });
  assertEquals(told(matchLine(want(2.5, "lbs", "Chicken Breast"), [loose])), "found 3 × Chicken Breast 1047");
  assertEquals(told(matchLine(want(1, "kg", "Bananas"), [bananas])), "found 3 × Bananas 177");
});

Deno.test("a thing made of what was asked for is another thing", () => {
  const others: readonly (readonly [string, string])[] = [
    ["Chicken", "Chicken Broth"],
    ["Chicken", "Chicken Flavored Dog Food"],
    ["Chicken", "Chicken Noodle Soup"],
    ["Chicken Breast", "Breaded Chicken Breast Nuggets"],
    ["Tomatoes", "Tomato Sauce"],
    ["Bananas", "Banana Chips"],
    ["Bananas", "Banana Bread"],
    ["Bananas", "Banana Baby Food Puree"],
    ["Milk", "Chocolate Milk"],
    ["Milk", "Almond Milk"],
    ["Milk", "Milk Chocolate Bar"],
    ["Butter", "Peanut Butter"],
    ["Eggs", "Egg Noodles"],
    ["Eggs", "Liquid Egg Whites"],
    ["Eggs", "Chocolate Eggs"],
    ["Bread", "Panko Bread Crumbs"],
    ["Rice", "Rice Krispies Cereal"],
    ["Cheese", "Cheese Crackers"],
    ["Apples", "Pineapple"],
    ["Ham", "Hamburger Buns"],
    ["Potatoes", "Sweet Potatoes"],
    ["Oranges", "Orange Juice"],
  ];
  for (const [asked, sold] of others) {
    const line = matchLine(want(1, "each", asked), [sells(sold, "", 100)]);
    assertEquals(told(line), "unavailable", `${sold} is no «${asked}»`);
    assertEquals(line.reason, "Nothing of this kind was found");
  }
});

Deno.test("words that only describe a thing leave it what it is", () => {
  const alike: readonly (readonly [string, string])[] = [
    ["Chicken Breast", "Tyson Boneless Skinless Chicken Breasts, Family Pack"],
    ["egg", "Grade A Large White Eggs, 12 Count"],
    ["Milk", "Great Value Milk, Whole Vitamin D, Gallon"],
    ["tomatoes", "Roma Tomato"],
    ["Cherries", "Sweet Cherry"],
    ["Loaf of Bread", "White Sandwich Bread Loaf"],
    ["Mozzarella", "Shredded Mozzarella Cheese"],
    ["Oreos", "Oreo Chocolate Sandwich Cookies"],
    ["Chicken Broth", "Chicken Broth, Low Sodium"],
    ["Jalapeños", "Jalapeno Peppers"],
    ["Spinach", "Baby Spinach"],
    ["Dave's bread", "Daves Killer Bread"],
  ];
  for (const [asked, sold] of alike) {
    const line = matchLine(want(1, "each", asked), [sells(sold, "", 100)]);
    assertEquals(told(line), `found 1 × ${sold} 100`, `${sold} is «${asked}»`);
  }
});

Deno.test("the unit of packages is no word against a product", () => {
  const bar = sells("Milk Chocolate Bar", "1.55 oz", 129);
  assertEquals(told(matchLine(want(2, "bars", "Chocolate"), [bar])), "found 2 × Milk Chocolate Bar 258");
});

Deno.test("what is certainly the thing goes before what may be another, though that is cheaper", () => {
  const plain = sells("Plain Greek Yogurt", "32 oz", 499);
  const flavored = sells("Strawberry Yogurt", "32 oz", 399);
  const item = want(32, "oz", "Yogurt");
  assertEquals(told(matchLine(item, [flavored, plain])), "found 1 × Plain Greek Yogurt 499");
  assertEquals(told(matchLine(item, [flavored])), "found 1 × Strawberry Yogurt 399");
});

Deno.test("a minor word may be missed, and the shopper is told which", () => {
  const plain = sells("Large Eggs", "12 ct", 329);
  const line = matchLine(want(1, "dozen", "Organic Eggs"), [plain]);
  assertEquals(told(line), "substituted 1 × Large Eggs 329");
  assertEquals(line.reason, "Nothing that fits has «organic»; this one is without");

  const organic = sells("Organic Eggs", "12 ct", 599);
  assertEquals(
    told(matchLine(want(1, "dozen", "Organic Eggs"), [plain, organic])),
    "found 1 × Organic Eggs 599",
  );
});

Deno.test("a brand is minor where the shop knows it as one", () => {
  const perdue = sells("Perdue Chicken Breast", "2 lb", 999, { brand: "Perdue" });
  const tyson = sells("Tyson Chicken Wings", "2 lb", 799, { brand: "Tyson" });
  const item = want(2, "lb", "Tyson Chicken Breast");
  assertEquals(told(matchLine(item, [perdue, tyson])), "substituted 1 × Perdue Chicken Breast 999");
  assertEquals(told(matchLine(item, [perdue])), "unavailable");
  const tuna = sells("Chicken of the Sea Tuna", "5 oz", 129, { brand: "Chicken of the Sea" });
  assertEquals(told(matchLine(want(1, "each", "Chicken"), [tuna])), "unavailable");
  assertEquals(
    told(matchLine(want(1, "can", "Chicken of the Sea Tuna"), [tuna])),
    "found 1 × Chicken of the Sea Tuna 129",
  );
});

Deno.test("what is out of stock is stood in for, with the reason", () => {
  const gone = sells("Organic Whole Milk", "1 gal", 599, { inStock: false });
  const there = sells("Whole Milk", "1 gal", 389);
  const item = want(1, "gallon", "Organic Whole Milk");
  const line = matchLine(item, [gone, there]);
  assertEquals(told(line), "substituted 1 × Whole Milk 389");
  assertEquals(line.reason, "What was asked for is out of stock; this one is without «organic»");
  const none = matchLine(item, [gone]);
  assertEquals(told(none), "unavailable");
  assertEquals(none.reason, "Everything of this kind is out of stock");
});

Deno.test("a size of another dimension fills nothing, one that nobody knows is guessed and said to be", () => {
  const counted = sells("Chicken Breast", "12 ct", 999);
  const unknown = sells("Chicken Breast", "", 499);
  const known = sells("Chicken Breast", "1 lb", 700);
  const item = want(2, "lbs", "Chicken Breast");
  const none = matchLine(item, [counted]);
  assertEquals(told(none), "unavailable");
  assertMatch(none.reason ?? "", /size that can be compared/);
  const guessed = matchLine(item, [counted, unknown]);
  assertEquals(told(guessed), "found 2 × Chicken Breast 998");
  assertEquals(guessed.reason, "The size of its package is not known; 2 are taken for 2 lbs");
  assertEquals(told(matchLine(item, [unknown, known])), "found 2 × Chicken Breast 1400");
});

Deno.test("a size that the name asks for counts where the unit is packages", () => {
  const pint = sells("Whole Milk", "1 pt", 159);
  const gallon = sells("Whole Milk", "1 gal", 389);
  assertEquals(
    told(matchLine(want(1, "each", "Whole Milk 1 gallon"), [pint, gallon])),
    "found 1 × Whole Milk 389",
  );
  assertEquals(told(matchLine(want(1, "each", "Whole Milk"), [pint, gallon])), "found 1 × Whole Milk 159");
});

Deno.test("a price that is nothing, no whole number or absurd makes a product unusable", () => {
  for (const price of [0, -1, 1.5, NaN, Infinity, 1_000_001]) {
    assertEquals(
      told(matchLine(want(1, "each", "Milk"), [sells("Milk", "1 gal", price)])),
      "unavailable",
      `${price}`,
    );
  }
  assertEquals(
    told(matchLine(want(1, "each", "Milk"), [sells("Milk", "1 gal", 1_000_000)])),
    "found 1 × Milk 1000000",
  );
});

Deno.test("nobody buys more than a hundred packages, or a quantity that is none", () => {
  const milk = sells("Milk", "1 gal", 389);
  const line = matchLine(want(101, "gallons", "Milk"), [milk]);
  assertEquals(told(line), "unavailable");
  assertEquals(line.reason, "It would take more than 100 packages");
  assertEquals(told(matchLine(want(100, "gallons", "Milk"), [milk])), "found 100 × Milk 38900");
  for (const quantity of [NaN, Infinity]) {
    assertEquals(told(matchLine(want(quantity, "gallons", "Milk"), [milk])), "unavailable");
  }
});

Deno.test("a tie goes by the name, then by the sku", () => {
  const b = sells("Milk B", "1 gal", 300, { sku: "1" });
  const a2 = sells("Milk A", "1 gal", 300, { sku: "2" });
  const a1 = sells("Milk A", "1 gal", 300, { sku: "1" });
  assertEquals(matchLine(want(1, "gal", "Milk"), [b, a2, a1]).product, {
    sku: "1",
    name: "Milk A",
    size: "1 gal",
    packages: 1,
    amountPerPackage: 1,
    unitPriceCents: 300,
    lineTotalCents: 300,
    precision: "exact",
  });
});

Deno.test("a line tells what a package holds in the unit asked for, where that is known", () => {
  const gallon = sells("Whole Milk", "1 gal", 389);
  const cases: readonly (readonly [BasketItem, CatalogProduct, number | undefined])[] = [
    [want(500, "ml", "Whole Milk"), gallon, 3785.411784],
    [want(0.001, "ml", "Whole Milk"), gallon, 3785.411784],
    [want(2, "gallons", "Whole Milk"), gallon, 1],
    [want(8, "qt", "Whole Milk"), gallon, 4],
    [want(3, "each", "Whole Milk"), gallon, 1],
    [want(2, "each", "Whole Milk, half gallon"), gallon, 2],
    [want(2, "lbs", "Chicken Breast"), sells("Chicken Breast", "1.5 lb", 459), 1.5],
    [want(2, "lbs", "Bananas"), sells("Bananas", "each", 59, { soldBy: "weight" }), 1],
    [want(12, "ct", "Eggs"), sells("Eggs", "18 ct", 500), 18],
    [want(500, "ml", "Whole Milk"), sells("Whole Milk", "", 389), undefined],
  ];
  for (const [item, product, expected] of cases) {
    const amount = matchLine(item, [product]).product?.amountPerPackage;
    const found = amount === undefined ? undefined : Math.round(amount * 1e6) / 1e6;
    assertEquals(found, expected, `${item.quantity} ${item.unit} of ${item.name}`);
  }
});

Deno.test("a unit too small for numbers tells nothing of what a package holds", () => {
  const tiny = `0.${"0".repeat(330)}1 ml`;
  for (const unit of [tiny, "0.0000000000000000000000000000001 mg"]) {
    const line = matchLine(want(0.001, unit, "Whole Milk"), [sells("Whole Milk", "1 gal", 389)]);
    const amount = line.product?.amountPerPackage;
    assert(amount === undefined || Number.isFinite(amount) && amount > 0, `${amount}`);
  }
});

const NAMES = [
  "Milk",
  "Whole Milk",
  "Organic Milk",
  "Chocolate Milk",
  "Chicken Breast",
  "Chicken Broth",
  "Large Eggs",
  "Organic Eggs",
  "Eggs",
  "Egg Noodles",
  "Bananas",
  "Banana Peppers",
  "Organic Bananas",
  "",
];
const product: fc.Arbitrary<CatalogProduct> = fc.record({
  sku: fc.constantFrom("1", "2", "3", "4"),
  name: fc.constantFrom(...NAMES),
  size: fc.constantFrom(
    "1 gal",
    "1/2 gal",
    "12 ct",
    "18 ct",
    "1 lb",
    "3 lb",
    "16 oz",
    "1 each",
    "6 x 12 fl oz",
    "3.78 L",
  ),
  brand: fc.constantFrom("Kroger", "Horizon", "Milk"),
  priceCents: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -5, max: 1_000_005 })),
  inStock: fc.boolean(),
  soldBy: fc.constantFrom("unit", "weight"),
}, { requiredKeys: ["sku", "name", "priceCents", "inStock"] });
const item: fc.Arbitrary<BasketItem> = fc.record({
  id: fc.constant("line-1"),
  name: fc.constantFrom(
    "Milk",
    "Organic Milk",
    "Horizon Milk",
    "Chicken",
    "Chicken Breast",
    "Eggs",
    "Organic Bananas",
  ),
  quantity: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.double({ min: 0.01, max: 10, noNaN: true })),
  unit: fc.constantFrom("lbs", "oz", "gallon", "dozen", "each", "pack", "ct", "ml", "handful"),
});

Deno.test("the order of the products never matters", () => {
  const shuffled = fc.array(product, { maxLength: 12 }).chain((products) =>
    fc.tuple(fc.constant(products), fc.shuffledSubarray(products, { minLength: products.length }))
  );
  fc.assert(
    fc.property(item, shuffled, (item, [products, again]) => {
      assertEquals(matchLine(item, again), matchLine(item, products));
    }),
    { numRuns: 1000 },
  );
});

/** Checks what every line promises; returns its product. */
function assertSound(line: QuoteLine, item: BasketItem, products: readonly CatalogProduct[]): void {
  assertEquals(
    [line.itemId, line.requestedName, line.requestedQuantity, line.requestedUnit],
    [item.id, item.name, item.quantity, item.unit],
  );
  assertEquals(line.product === undefined, line.status === "unavailable");
  if (line.status !== "found") assert((line.reason ?? "").length > 0, "a reason is given");
  if (line.product === undefined) return;
  const { sku, name, packages, unitPriceCents, lineTotalCents } = line.product;
  assert(Number.isSafeInteger(packages) && packages >= 1 && packages <= 100, `${packages} packages`);
  assertEquals(lineTotalCents, packages * unitPriceCents);
  assert(unitPriceCents > 0 && unitPriceCents <= 1_000_000);
  assert(
    products.some((one) =>
      one.sku === sku && one.name === name && one.priceCents === unitPriceCents && one.inStock
    ),
    "what is quoted is in stock, at the price it is quoted at",
  );
}

Deno.test("every line holds what a line promises", () => {
  let bought = 0;
  fc.assert(
    fc.property(item, fc.array(product, { maxLength: 12 }), (item, products) => {
      const line = matchLine(item, products);
      assertSound(line, item, products);
      if (line.product !== undefined) bought++;
    }),
    { numRuns: 2000 },
  );
  assert(bought > 200, `only ${bought} lines were filled`);
});

Deno.test("enough is bought, at the least total price of all packages that fill", () => {
  const pack = fc.record({
    cents: fc.integer({ min: 1, max: 3000 }),
    hundredths: fc.integer({ min: 10, max: 1000 }),
  });
  fc.assert(
    fc.property(
      fc.array(pack, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 900 }),
      fc.constantFrom("lb", "oz", "kg"),
      (packs, tenths, unit) => {
        const products = packs.map(({ cents, hundredths }, at): CatalogProduct => ({
          sku: `${at}`,
          name: "Chicken Breast",
          size: `${hundredths / 100} lb`,
          priceCents: cents,
          inStock: true,
        }));
        const wanted = present(parseSize(`${tenths / 10} ${unit}`).mass, "a mass");
        const line = matchLine(want(tenths / 10, unit, "Chicken Breast"), products);
        // Counted up, not divided: what a shopper would do.
        const totals = packs.flatMap(({ cents, hundredths }) => {
          let packages = 1;
          // Half a percent is what labels are rounded by.
          while (packages * hundredths / 100 * POUND < wanted * 0.995 - 1e-9) packages++;
          return packages <= 100 ? [packages * cents] : [];
        });
        if (totals.length === 0) return assertEquals(line.status, "unavailable");
        assertEquals(line.product?.lineTotalCents, Math.min(...totals));
      },
    ),
    { numRuns: 1000 },
  );
});
