import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { featuresOf } from "../../shared/routing/features.ts";
import { referencesOf } from "../../shared/routing/references.ts";
import { costOf, scoreOf } from "../../shared/routing/score.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";
import { item, quoteOf, STANDING } from "../support/routing_candidates.ts";

type Line = Parameters<typeof quoteOf>[1][number];

const MANY = { numRuns: 2000 };

Deno.test("a line's reference is the price per unit seen for it times its quantity, 800 cents where none was seen", () => {
  const items = [item("milk", 2), item("bread"), item("saffron", 0.001)];
  const seen = new Map([["milk", 399], ["saffron", 900]]);
  const references = referencesOf({ items }, ({ id }) => seen.get(id));
  assertEquals(references, {
    lineCents: { milk: 798, bread: 800, saffron: 1 },
    basketCents: 1599,
    minutes: 60,
    commissionBps: 500,
    prior: { successes: 38, attempts: 40 },
  });
});

Deno.test("a line usually costs no less than a package was seen to cost", () => {
  const items = [item("a", 0.25), item("b", 3), item("c", 0.25)];
  const references = referencesOf({ items }, () => 100, ({ id }) => id === "c" ? null : 250);
  assertEquals(references.lineCents, { a: 250, b: 300, c: 25 });
});

Deno.test("where no price was seen, 800 cents are for a usual package, whatever the unit", () => {
  const cases: readonly (readonly [number, string, string, number])[] = [
    [500, "ml", "Milk", 800],
    [1, "gallon", "Milk", 800],
    [2, "gallons", "Milk", 1_600],
    [2, "lbs", "Chicken", 1_600],
    [100, "g", "Cheese", 800],
    [0.001, "mg", "Saffron", 800],
    [12, "each", "Eggs", 800],
    [12, "ct", "Eggs", 800],
    [2, "dozen", "Eggs", 1_600],
    [1, "each", "Bread", 800],
    [3, "bags", "Rice", 2_400],
    [2, "each", "Milk, Gallon", 1_600],
    [1, "handful", "Parsley", 800],
    [1_000, "gallons", "Milk", 80_000],
  ];
  for (const [quantity, unit, name, cents] of cases) {
    const { lineCents } = referencesOf({ items: [{ id: "1", name, quantity, unit }] }, () => null);
    assertEquals(lineCents, { "1": cents }, `${quantity} ${unit} of ${name}`);
  }
});

Deno.test("what is missing is priced at one and a half references, what is filled is weighted by quantity", () => {
  const items = [item("a", 2), item("b", 1), item("c", 1)];
  const references = referencesOf({ items }, ({ id }) => id === "c" ? 333 : 500);
  const quote = quoteOf(items, [900, { substituteCents: 450 }, "unavailable"], {
    feesCents: 299,
    estimatedDeliveryMinutes: 45,
  });
  assertEquals(featuresOf(quote, { items }, references, STANDING), {
    ...STANDING,
    totalCents: 1649,
    feesCents: 299,
    missingLineCents: 500,
    minutes: 45,
    filled: 0.7,
  });
});

Deno.test("a line that a quote does not mention is missing, and an unknown time is null", () => {
  const items = [item("a"), item("b")];
  const references = referencesOf({ items }, () => 600);
  const quote = quoteOf(items.slice(0, 1), [500]);
  const { filled, missingLineCents, minutes } = featuresOf(quote, { items }, references, STANDING);
  assertEquals([filled, missingLineCents, minutes], [0.5, 900, null]);
});

Deno.test("ids of lines are only names, even those that objects have a meaning for", () => {
  const items = [item("__proto__"), item("constructor"), item("toString")];
  const references = referencesOf({ items }, () => 100);
  assertEquals(references.basketCents, 300);
  const stored = JSON.parse(JSON.stringify(references));
  const quote = quoteOf(items, [100, "unavailable", "unavailable"]);
  assertEquals(featuresOf(quote, { items }, stored, STANDING).missingLineCents, 300);
  const without = quoteOf(items, ["unavailable", 100, 100]);
  assertEquals(featuresOf(without, { items }, stored, STANDING).missingLineCents, 150);
  const [empty] = [{ ...references, lineCents: {} }];
  assertThrows(
    () => featuresOf(without, { items }, empty, STANDING),
    Error,
    "Expected a reference for every line of the basket but found none for __proto__",
  );
});

Deno.test("equal parts of a basket are equally full, however they add up", () => {
  const items = [item("a", 0.1), item("b", 0.2), item("c", 0.3)];
  const references = referencesOf({ items }, () => 100);
  const filled = (...lines: readonly Line[]) =>
    featuresOf(quoteOf(items, lines), { items }, references, STANDING).filled;
  assertEquals(filled(9, 9, "unavailable"), filled("unavailable", "unavailable", 9));
  assertEquals(filled(9, 9, 9), 1);
});

Deno.test("a quote that fills a line more, at no more than one and a half references, never scores lower", () => {
  const line = fc.record({
    quantity: fc.integer({ min: 1, max: 9 }),
    seen: fc.integer({ min: 1, max: 5000 }),
  });
  const basket = fc.array(line, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      basket,
      fc.nat(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (lines, which, part, mask) => {
        const items = lines.map(({ quantity }, index) => item(String(index), quantity));
        const references = referencesOf({ items }, ({ id }) => lines[Number(id)]?.seen);
        const chosen = which % items.length;
        const filled = items.map((_, index): Line => (mask >> index) & 1 ? 100 : "unavailable");
        const most = Math.floor(1.5 * (references.lineCents[String(chosen)] ?? 0));
        const more = filled.with(chosen, Math.floor(part * most));
        const fewer = filled.with(chosen, "unavailable");
        const of = (prices: readonly Line[]) =>
          featuresOf(quoteOf(items, prices), { items }, references, STANDING);
        const [fuller, emptier] = [of(more), of(fewer)];
        assertEquals(costOf(fuller) <= costOf(emptier) && fuller.filled > emptier.filled, true);
        const total = (features: typeof fuller) => scoreOf(features, references, DEFAULT_WEIGHTS).total;
        assertEquals(total(fuller) > total(emptier), true);
      },
    ),
    MANY,
  );
});
