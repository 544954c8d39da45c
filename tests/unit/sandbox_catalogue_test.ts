import { assert, assertEquals, assertThrows } from "@std/assert";
import { readCatalogue } from "../../scripts/sandbox/catalogue.ts";
import { priceAt, upcBody } from "../../scripts/sandbox/grocery.ts";
import { parseGroceries } from "../../scripts/sandbox/parse_groceries.ts";

Deno.test("the sandbox sells several hundred products of well over a hundred kinds", async () => {
  const { groceries } = await readCatalogue();
  assert(groceries.length >= 300, `${groceries.length} products`);
  const kinds = new Set(groceries.map(({ kind }) => kind));
  assert(kinds.size >= 120, `${kinds.size} kinds`);
});

Deno.test("every product has an id of its own and a price that a package can have", async () => {
  const { groceries } = await readCatalogue();
  assertEquals(new Set(groceries.map(upcBody)).size, groceries.length);
  for (const grocery of groceries) {
    assertEquals(upcBody(grocery).length, 11);
    assert(grocery.baseCents >= 40 && grocery.baseCents < 10_000, `${grocery.kind}: ${grocery.baseCents}`);
  }
});

Deno.test("a search puts what was meant first and near misses behind it", async () => {
  const { search } = await readCatalogue();
  for (
    const term of ["chicken breast", "milk", "rice", "eggs", "bread", "bananas", "Tomatoes", "bell pepper"]
  ) {
    assert(search(term).length >= 3, term);
  }
  const kinds = search("chicken breast").map(({ kind }) => kind);
  assert(/Chicken Breast/.test(kinds[0] ?? ""));
  assert(kinds.includes("Chicken Broth"), kinds.join(", "));
  assert(kinds.indexOf("Chicken Broth") > kinds.indexOf("Boneless Skinless Chicken Breast"));
  assertEquals(search("plutonium"), []);
});

Deno.test("prices differ by provider and are the same at every call", async () => {
  const { groceries } = await readCatalogue();
  const differing = groceries.filter((grocery) =>
    priceAt("KROGER_API", grocery, 1) !== priceAt("WALMART_API", grocery, 1)
  );
  assert(differing.length > groceries.length / 2);
  for (const grocery of groceries) {
    assertEquals(priceAt("MEALME", grocery, 1), priceAt("MEALME", grocery, 1));
  }
});

Deno.test("a row of the catalogue is every pair of its sizes and brands", () => {
  const rows = parseGroceries("# words\n[Dairy]\nMilk | 1 gal 300, lb 100 | ~, Best*150 | out=K promo=K\n");
  const seen = rows.map(({ index, brand, size, soldBy, baseCents }) => ({
    index,
    brand,
    size,
    soldBy,
    baseCents,
  }));
  assertEquals(seen, [
    { index: 0, brand: "~", size: "1 gal", soldBy: "unit", baseCents: 300 },
    { index: 1, brand: "Best", size: "1 gal", soldBy: "unit", baseCents: 450 },
    { index: 2, brand: "~", size: "1 lb", soldBy: "weight", baseCents: 100 },
    { index: 3, brand: "Best", size: "1 lb", soldBy: "weight", baseCents: 150 },
  ]);
  assert(
    rows.every(({ outAt, isPromoted, department }) => outAt === "K" && isPromoted && department === "Dairy"),
  );
});

Deno.test("a row that cannot be read is an error that names its line", () => {
  assertThrows(() => parseGroceries("\nMilk | 1 gal"), Error, "Expected line 2");
  assertThrows(() => parseGroceries("Milk | 1 gal | ~"), Error, "in line 1 but found «1 gal»");
});
