/** Candidates, quotes and references for tests of the score. */
import fc from "fast-check";
import type { BasketItem } from "../../shared/routing/basket.ts";
import type { Candidate, DecisionInput } from "../../shared/routing/decide.ts";
import type { Features, Standing } from "../../shared/routing/features.ts";
import type { LineStatus, Quote } from "../../shared/routing/quote.ts";
import { PRIOR, type References } from "../../shared/routing/references.ts";
import { DEFAULT_WEIGHTS, OPTIMIZE_FOR, WEIGHT_PRESETS, type Weights } from "../../shared/routing/weights.ts";

export const REFERENCES: References = {
  lineCents: {},
  basketCents: 10_000,
  minutes: 60,
  commissionBps: 500,
  prior: PRIOR,
};

export const STANDING: Standing = {
  commissionBps: 300,
  successes: 120,
  attempts: 125,
  priority: 50,
  preferred: false,
};

/** A full basket at the usual price and time. */
export const FEATURES: Features = {
  ...STANDING,
  totalCents: 10_000,
  feesCents: 500,
  missingLineCents: 0,
  minutes: 60,
  filled: 1,
};

export function candidate<Id extends string>(provider: Id, features: Partial<Features> = {}): Candidate<Id> {
  return { provider, features: { ...FEATURES, ...features } };
}

/** A decision between these; balanced, without wishes, where nothing else is said. */
export function choice(
  candidates: readonly Candidate<string>[],
  rest: Partial<DecisionInput<string>> = {},
): DecisionInput<string> {
  return {
    candidates,
    references: REFERENCES,
    weights: DEFAULT_WEIGHTS,
    optimizeFor: "balanced",
    preferences: {},
    ...rest,
  };
}

export function item(id: string, quantity = 1): BasketItem {
  return { id, name: id, quantity, unit: "each" };
}

/** A quote with these lines, each a price in cents, or why it has none. */
export function quoteOf(
  items: readonly BasketItem[],
  lines: readonly (number | { readonly substituteCents: number } | "unavailable")[],
  rest: Partial<Quote> = {},
): Quote {
  const prices = lines.map((line) =>
    line === "unavailable" ? 0 : typeof line === "number" ? line : line.substituteCents
  );
  const subtotalCents = prices.reduce((sum, price) => sum + price, 0);
  const feesCents = rest.feesCents ?? 0;
  const taxCents = rest.taxCents ?? 0;
  return {
    provider: "MEALME",
    lines: items.map((asked, index) => ({
      itemId: asked.id,
      requestedName: asked.name,
      requestedQuantity: asked.quantity,
      requestedUnit: asked.unit,
      status: statusOf(lines[index]),
    })),
    currency: "USD",
    subtotalCents,
    feesCents,
    taxCents,
    totalCents: subtotalCents + feesCents + taxCents,
    precision: { subtotal: "exact", fees: "exact", tax: "exact", total: "exact", delivery: "exact" },
    handle: {},
    ...rest,
  };
}

function statusOf(line: unknown): LineStatus {
  if (line === "unavailable" || line === undefined) return "unavailable";
  return typeof line === "number" ? "found" : "substituted";
}

// Few values, so that ties are common, or many, so that rounding is tried.
const cents = fc.oneof(fc.constantFrom(4000, 8000, 12_000), fc.integer({ min: 1, max: 2_000_000 }));
const minutes = fc.oneof(fc.constantFrom(null, 30, 60), fc.integer({ min: 1, max: 3000 }));
const filled = fc.oneof(fc.constantFrom(0.5, 0.9, 1, 1), fc.double({ min: 0.01, max: 1, noNaN: true }));
const orders = fc.oneof(fc.constantFrom([0, 0], [125, 125], [0, 125]), fc.tuple(fc.nat(125), fc.nat(125)));

const anyFeatures: fc.Arbitrary<Features> = fc.record({
  totalCents: cents,
  feesCents: fc.constantFrom(0, 599, 1299),
  missingLineCents: fc.oneof(fc.constant(0), cents),
  minutes,
  filled,
  commissionBps: fc.oneof(fc.constantFrom(0, 300, 500), fc.nat(1000)),
  orders,
  priority: fc.oneof(fc.constantFrom(40, 50, 60), fc.nat(200)),
  preferred: fc.boolean(),
}).map(({ orders: [one = 0, other = 0], ...rest }) => ({
  ...rest,
  successes: Math.min(one, other),
  attempts: Math.max(one, other),
}));

/** Offers so much alike that fractions of a point decide. */
const similarFeatures: fc.Arbitrary<Features> = fc.record({
  totalCents: fc.integer({ min: 9200, max: 10_800 }),
  minutes: fc.integer({ min: 55, max: 65 }),
}).map((figures) => ({ ...FEATURES, ...figures }));

const weight = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 10, noNaN: true }));

export const weights: fc.Arbitrary<Weights> = fc.oneof(
  fc.constantFrom(...Object.values(WEIGHT_PRESETS)),
  fc.record({
    price: weight,
    speed: weight,
    commission: weight,
    availability: weight,
    reliability: weight,
    priority: weight,
  }),
);

export const references: fc.Arbitrary<References> = fc.record({
  lineCents: fc.dictionary(fc.string(), fc.nat(100_000)),
  basketCents: fc.integer({ min: 1, max: 1_000_000 }),
  minutes: fc.constant(60),
  commissionBps: fc.constant(500),
  prior: fc.constantFrom(PRIOR, { successes: 8, attempts: 10 }, { successes: 0, attempts: 0 }),
});

/** A decision between some of these providers, each once, in any order; in a third of them the offers are alike. */
export function decisionInput<Id extends string>(
  ...providers: readonly Id[]
): fc.Arbitrary<DecisionInput<Id>> {
  const some = fc.uniqueArray(fc.constantFrom(...providers), { maxLength: 3 });
  const fieldOf = (features: fc.Arbitrary<Features>) =>
    fc.uniqueArray(fc.record({ provider: fc.constantFrom(...providers), features }), {
      selector: ({ provider }) => provider,
      minLength: 1,
      maxLength: providers.length,
    });
  return fc.record({
    candidates: fc.oneof(
      { weight: 2, arbitrary: fieldOf(anyFeatures) },
      { weight: 1, arbitrary: fieldOf(similarFeatures) },
    ),
    references,
    weights,
    optimizeFor: fc.constantFrom(...OPTIMIZE_FOR),
    preferences: fc.record({
      maxDeliveryMinutes: fc.constantFrom(null, undefined, 30, 60, 500),
      maxFeesCents: fc.constantFrom(null, undefined, 0, 599),
      preferredProviders: some,
      excludeProviders: fc.option(some),
    }),
  });
}
