import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Amounts, parseSize, sizeInName } from "../../shared/routing/measure.ts";
import { contents, fill, wantedOf } from "../../shared/routing/packages.ts";

const POUND = 453.59237;
const OUNCE = POUND / 16;
const GALLON = 3785.411784;
const FLUID_OUNCE = GALLON / 128;
const DIMENSIONS = ["mass", "volume", "count"] as const;

function assertAmounts(found: Amounts, expected: Amounts, text: string): void {
  for (const dimension of DIMENSIONS) {
    const [is, ought] = [found[dimension], expected[dimension]];
    assertEquals(is === undefined, ought === undefined, `${dimension} of «${text}» is ${is}, not ${ought}`);
    if (is !== undefined && ought !== undefined) assertAlmostEquals(is, ought, ought * 1e-9, `of «${text}»`);
  }
}

const SIZES: readonly (readonly [string, Amounts])[] = [
  ["2 lbs", { mass: 2 * POUND }],
  ["2 LB.", { mass: 2 * POUND }],
  ["2lb", { mass: 2 * POUND }],
  ["2.5 pounds", { mass: 2.5 * POUND }],
  ["per lb", { mass: POUND }],
  ["$2.99/lb", { mass: POUND }],
  ["lb", { mass: POUND }],
  ["500 g", { mass: 500 }],
  ["1,5 kg", { mass: 1500 }],
  ["1,500 g", { mass: 1500 }],
  ["1 gal", { volume: GALLON }],
  ["0.5 Gallon", { volume: GALLON / 2 }],
  ["1/2 gal", { volume: GALLON / 2 }],
  ["½ gal.", { volume: GALLON / 2 }],
  ["1½ qt", { volume: GALLON * 3 / 8 }],
  ["1 1/2 qt", { volume: GALLON * 3 / 8 }],
  ["1-1/2 qt", { volume: GALLON * 3 / 8 }],
  ["half gallon", { volume: GALLON / 2 }],
  ["Half-Gallon", { volume: GALLON / 2 }],
  ["16 fl oz", { volume: 16 * FLUID_OUNCE }],
  ["16 Fl. Oz.", { volume: 16 * FLUID_OUNCE }],
  ["16 fluid ounces", { volume: 16 * FLUID_OUNCE }],
  ["16-floz", { volume: 16 * FLUID_OUNCE }],
  ["2 L", { volume: 2000 }],
  ["750ml", { volume: 750 }],
  ["128 fl oz (3.78 L)", { volume: GALLON }],
  ["12 ct", { count: 12 }],
  ["12 Count", { count: 12 }],
  ["dozen", { count: 12 }],
  ["2 dozen", { count: 24 }],
  ["half dozen", { count: 6 }],
  ["1 each", { count: 1 }],
  ["ea", { count: 1 }],
  ["6 pack", { count: 6 }],
  ["Pack of 6", { count: 6 }],
  ["6 x 12 fl oz", { count: 6, volume: 72 * FLUID_OUNCE }],
  ["6×12 fl oz", { count: 6, volume: 72 * FLUID_OUNCE }],
  ["12 fl oz x 6", { count: 6, volume: 72 * FLUID_OUNCE }],
  ["12 pk / 12 fl oz", { count: 12, volume: 144 * FLUID_OUNCE }],
  ["12 cans / 12 fl oz", { count: 12, volume: 144 * FLUID_OUNCE }],
  ["12-12 fl oz", { count: 12, volume: 144 * FLUID_OUNCE }],
  ["6/16.9 fl oz", { count: 6, volume: 6 * 16.9 * FLUID_OUNCE }],
  ["16.9 fl oz, 24 ct", { count: 24, volume: 24 * 16.9 * FLUID_OUNCE }],
  // The weight on a label is that of all its pieces.
  ["12 ct / 24 fl oz / 24 oz", { count: 12, volume: 288 * FLUID_OUNCE, mass: 24 * OUNCE }],
  ["12 ct, 12 pack", { count: 12 }],
  // Shops write plain ounces on milk as well.
  ["16 oz", { mass: POUND, volume: 16 * FLUID_OUNCE }],
  ["6 x 12 oz", { count: 6, mass: 72 * OUNCE, volume: 72 * FLUID_OUNCE }],
  // Of a range only the lesser is sure.
  ["4.7 - 6.1 lb", { mass: 4.7 * POUND }],
  ["2 to 3 lb", { mass: 2 * POUND }],
  ["3 lb bag", { mass: 3 * POUND }],
  ["1 bag", {}],
  ["75 sq ft", {}],
  ["L", {}],
  ["0 lb", {}],
  ["1/0 lb", {}],
  ["", {}],
];

Deno.test("a size is read however a shop writes it", () => {
  for (const [text, expected] of SIZES) assertAmounts(parseSize(text), expected, text);
});

Deno.test("a name states a size only where it cannot mean anything else", () => {
  const names: readonly (readonly [string, Amounts])[] = [
    ["Whole Vitamin D Milk, Gallon, 128 fl oz", { volume: GALLON }],
    ["Whole Milk Half Gallon", { volume: GALLON / 2 }],
    ["Half & Half, 1 pt", { volume: GALLON / 8 }],
    ["Pound Cake", {}],
    ["2% Reduced Fat Milk", {}],
    ["Ground Beef 80/20", {}],
    ["Greek Yogurt 15 g Protein, 5.3 oz", { mass: 5.3 * OUNCE, volume: 5.3 * FLUID_OUNCE }],
    ["Large Eggs, 18 Count", { count: 18 }],
    ["Paper Towels, 6 Rolls", { count: 6 }],
  ];
  for (const [name, expected] of names) assertAmounts(sizeInName(name), expected, name);
});

const unit = fc.constantFrom(
  "lb",
  "oz",
  "kg",
  "g",
  "gal",
  "qt",
  "pint",
  "fl oz",
  "ml",
  "ct",
  "dozen",
  "pound",
);
const amount = fc.integer({ min: 1, max: 9999 }).map((hundredths) => hundredths / 100);

Deno.test("case, plurals, dots and gaps change nothing about a size", () => {
  const forms = fc.constantFrom(
    (value: number, name: string) => `${value} ${name.toUpperCase()}`,
    (value: number, name: string) => `${value} ${name}s`,
    (value: number, name: string) => `${value}${name}`,
    (value: number, name: string) => `${value}-${name}.`,
    (value: number, name: string) => `  ${value}   ${name.replace(" ", ". ")}. `,
  );
  fc.assert(fc.property(amount, unit, forms, (value, name, form) => {
    assertEquals(parseSize(form(value, name)), parseSize(`${value} ${name}`));
  }));
});

Deno.test("a multiple of a size is that many times as much", () => {
  fc.assert(fc.property(amount, unit, fc.integer({ min: 2, max: 48 }), (value, name, pieces) => {
    const one = parseSize(`${value} ${name}`);
    const all = parseSize(`${pieces} x ${value} ${name}`);
    for (const dimension of DIMENSIONS) {
      const single = one[dimension];
      // Six of six is said as often as «6 ct, 6 pack» is: it counts once.
      if (single === undefined || (dimension === "count" && single === pieces)) continue;
      assertAlmostEquals(all[dimension] ?? 0, single * pieces, single * pieces * 1e-9);
    }
  }));
});

Deno.test("whatever a text holds, what is read of it is above 0 and finite", () => {
  const piece = fc.constantFrom(
    "1",
    "0",
    "/",
    "1/2",
    "½",
    "x",
    "-",
    "to",
    "oz",
    "fl",
    "lb",
    "pack",
    "of",
    ",",
    "99999",
    ".",
  );
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.array(piece, { maxLength: 12 }).map((all) => all.join(" ")),
  );
  fc.assert(
    fc.property(text, (text) => {
      for (const amount of Object.values({ ...parseSize(text), ...sizeInName(text) })) {
        assert(Number.isFinite(amount) && amount > 0, `«${text}» holds ${amount}`);
      }
    }),
    { numRuns: 2000 },
  );
});

/** What fills `quantity unit` of a product of that size. */
function filled(quantity: number, unit: string, size: string): string {
  const wanted = wantedOf({ id: "1", name: "Thing", quantity, unit });
  const result = fill(wanted, contents({ name: "Thing", size }));
  return typeof result === "string" ? result : `${result.packages}${result.isGuess ? " guessed" : ""}`;
}

Deno.test("whole packages fill what is wanted, in whatever units it is said", () => {
  const cases: readonly (readonly [number, string, string, string])[] = [
    [2, "lbs", "3 lb", "1"],
    [2, "lbs", "1.2 lb", "2"],
    [2, "lbs", "16 oz", "2"],
    [1, "kg", "1 lb", "3"],
    [1, "gallon", "0.5 gal", "2"],
    [1, "gallon", "3.78 L", "1"],
    [1, "gallon", "128 oz", "1"],
    [32, "oz", "1 qt", "1"],
    [2, "dozen", "18 ct", "2"],
    [2, "dozen", "24 ct", "1"],
    [13, "ct", "dozen", "2"],
    [2, "each", "12 ct", "2"],
    [1.5, "bags", "3 lb", "2"],
    [2, "12 oz cans", "12 oz", "2"],
    [1, "6 x 12 fl oz", "12 fl oz", "6"],
    [2, "l", "1 L", "2"],
    [3, "handfuls", "5 oz", "3"],
    [100, "each", "1 lb", "100"],
    [101, "each", "1 lb", "too_many"],
    [2, "lbs", "12 ct", "other_dimension"],
    [1, "dozen", "1 lb", "other_dimension"],
    [1, "gallon", "1 kg", "other_dimension"],
    [2, "lbs", "", "2 guessed"],
    [500, "g", "1 bag", "2 guessed"],
    [2, "dozen", "", "2 guessed"],
  ];
  for (const [quantity, unit, size, expected] of cases) {
    assertEquals(filled(quantity, unit, size), expected, `${quantity} ${unit} of «${size}»`);
  }
});
