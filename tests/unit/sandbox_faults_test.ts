import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { disfigure } from "../../scripts/sandbox/disfigure.ts";
import { type Fault, Faults } from "../../scripts/sandbox/faults.ts";

function hits(faults: Faults, calls: number): boolean[] {
  return Array.from({ length: calls }, () => faults.take("MEALME", "quote") !== undefined);
}

Deno.test("a fault happens to as many calls as it was asked for", () => {
  const faults = new Faults();
  faults.inject({ provider: "MEALME", endpoint: "quote", fault: "500", count: 2 });
  assertEquals(hits(faults, 4), [true, true, false, false]);
});

Deno.test("a fault for one endpoint leaves the others alone, and * means all", () => {
  const faults = new Faults();
  faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "500" });
  assertEquals(faults.take("MEALME", "quote"), undefined);
  assertEquals(faults.take("KROGER_API", "finalize"), undefined);
  assertEquals(faults.take("MEALME", "finalize")?.fault, "500");
  faults.inject({ provider: "*", fault: "hang", count: null });
  assertEquals(faults.take("KROGER_API", "products")?.fault, "hang");
  assertEquals(faults.take("INSTACART", "retailers")?.fault, "hang");
});

Deno.test("everyNth spares the calls between, and they do not use it up", () => {
  const faults = new Faults();
  faults.inject({ provider: "MEALME", fault: "500", count: 2, everyNth: 3 });
  assertEquals(hits(faults, 9), [false, false, true, false, false, true, false, false, false]);
});

Deno.test("a rate hits about that share, the same calls for the same seed", () => {
  const run = (seed: number) => {
    const faults = new Faults();
    faults.inject({ provider: "MEALME", fault: "500", count: null, rate: 0.3, seed });
    return hits(faults, 2000);
  };
  const share = run(7).filter(Boolean).length / 2000;
  assert(share > 0.26 && share < 0.34, `${share}`);
  assertEquals(run(7), run(7));
  assertNotEquals(run(7), run(8));
});

Deno.test("a fault nobody knows is refused", () => {
  const faults = new Faults();
  const wrong: unknown = { provider: "MEALME", fault: "500", count: 0 };
  assertThrows(() => Reflect.apply(faults.inject, faults, [wrong]));
  assertThrows(() => Reflect.apply(faults.inject, faults, [{ provider: "MEALME", fault: "flood" }]));
  assertEquals(faults.pending(), []);
});

const PRODUCT = { productId: "1", price: { regular: 3.5, promo: 0 }, inventory: { stockLevel: "HIGH" } };

function disfigured(fault: Fault) {
  return disfigure({ status: 200, body: { data: [PRODUCT] } }, fault, ["productId"]).body;
}

Deno.test("each disfigured answer is wrong in its own way", () => {
  const { productId: _, ...withoutId } = PRODUCT;
  assertEquals(disfigured("missing_fields"), { data: [withoutId] });
  assertEquals(disfigured("negative_price"), {
    data: [{ ...PRODUCT, price: { regular: -3.5, promo: 0 } }],
  });
  assertEquals(disfigured("wrong_currency"), {
    data: [{ ...PRODUCT, currency: "EUR", price: { regular: 3.5, promo: 0, currency: "EUR" } }],
  });
  assertEquals(disfigured("out_of_stock"), {
    data: [{ ...PRODUCT, inventory: { stockLevel: "TEMPORARILY_OUT_OF_STOCK" } }],
  });
  assertEquals(disfigured("duplicate_ids"), { data: [PRODUCT, PRODUCT] });
  const text = disfigured("bad_json");
  assertThrows(() => JSON.parse(`${text}`), SyntaxError);
});

Deno.test("an answer that is an error already stays as it is", () => {
  const answer = { status: 401, body: { error: "no" } };
  assertEquals(disfigure(answer, "missing_fields", ["error"]), answer);
});
