/** The score and the decision in figures that can be worked out by hand. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Candidate, decide } from "../../shared/routing/decide.ts";
import { featuresOf } from "../../shared/routing/features.ts";
import { referencesOf } from "../../shared/routing/references.ts";
import { scoreOf } from "../../shared/routing/score.ts";
import { DEFAULT_WEIGHTS, OPTIMIZE_FOR, WEIGHT_PRESETS } from "../../shared/routing/weights.ts";
import { wilsonLowerBound } from "../../shared/routing/wilson.ts";
import {
  candidate,
  choice,
  FEATURES,
  item,
  quoteOf,
  REFERENCES,
  STANDING,
} from "../support/routing_candidates.ts";

/** Who comes where. */
function order(
  candidates: readonly Candidate<string>[],
  rest: Parameters<typeof choice>[1] = {},
): string {
  return decide(choice(candidates, rest)).ranking.map(({ provider }) => provider).join(" ");
}

Deno.test("a third candidate that loses changes nothing between the first two", () => {
  const a = candidate("A", { totalCents: 10_000, minutes: 43 });
  const b = candidate("B", { totalCents: 12_000, minutes: 30 });
  const c = candidate("C", { totalCents: 5000, minutes: 300 });

  // Divided by the cheapest and the fastest of the field, C turns the two round.
  const relative = (field: readonly Candidate<string>[]) => {
    const cheapest = Math.min(...field.map(({ features }) => features.totalCents));
    const fastest = Math.min(...field.map(({ features }) => features.minutes ?? 60));
    const of = ({ features: { totalCents, minutes } }: Candidate<string>) =>
      0.30 * cheapest / totalCents + 0.15 * fastest / (minutes ?? 60);
    return of(a) > of(b);
  };
  assertEquals([relative([a, b]), relative([a, b, c])], [true, false]);

  assertEquals(order([a, b]), "A B");
  for (const weights of Object.values(WEIGHT_PRESETS)) {
    for (const optimizeFor of OPTIMIZE_FOR) {
      const two = order([a, b], { weights, optimizeFor });
      assertEquals(order([c, b, a], { weights, optimizeFor }).replace(/ ?C ?/, " ").trim(), two);
    }
  }
});

Deno.test("a basket that prices another's missing line does not rank lower by pricing it lower", () => {
  const items = [item("bread"), item("cheese")];
  const references = referencesOf({ items }, () => 1000);
  const field = (cheeseCents: number) => {
    const partial = quoteOf(items, [1000, "unavailable"]);
    const whole = quoteOf(items, [1000, cheeseCents], { feesCents: 700 });
    // Priced at what the other asks for it, the missing line is cheaper wherever the other is.
    const relative = (partial.totalCents + 1.5 * cheeseCents) - whole.totalCents;
    const features = (quote: typeof whole) => featuresOf(quote, { items }, references, STANDING);
    const input = choice([
      { provider: "PARTIAL", features: features(partial) },
      { provider: "WHOLE", features: features(whole) },
    ], { references, weights: { ...DEFAULT_WEIGHTS, availability: 0 } });
    return { isWholeCheaper: relative > 0, decision: decide(input) };
  };
  const [dear, cheap] = [field(2000), field(1000)];
  assertEquals([dear.isWholeCheaper, cheap.isWholeCheaper], [true, false]);

  const total = ({ decision }: typeof dear, provider: string) =>
    decision.ranking.find((each) => each.provider === provider)?.total ?? NaN;
  assertEquals(total(cheap, "PARTIAL"), total(dear, "PARTIAL"));
  assert(total(cheap, "WHOLE") > total(dear, "WHOLE"));
});

Deno.test("every component by hand", () => {
  const features = { ...FEATURES, totalCents: 12_000, missingLineCents: 3000, minutes: 90, filled: 0.7 };
  const { components, total } = scoreOf({ ...features, priority: 60 }, REFERENCES, DEFAULT_WEIGHTS);
  const reliability = 100 * wilsonLowerBound(120 + 38, 125 + 40);
  assertEquals(components, {
    price: 40,
    speed: 40,
    commission: 60,
    availability: 70,
    reliability,
    boost: 1,
  });
  assertAlmostEquals(total, 12 + 6 + 12 + 17.5 + reliability / 10 + 1, 1e-9);
});

Deno.test("only the ratio of the weights matters, and none at all leaves the boost", () => {
  const offers = [candidate("A", { totalCents: 8000 }), candidate("B", { minutes: 20 })];
  const tenfold = { price: 3, speed: 1.5, commission: 2, availability: 2.5, reliability: 1, priority: 1 };
  const [one, ten] = [DEFAULT_WEIGHTS, tenfold].map((weights) => decide(choice(offers, { weights })));
  one?.ranking.forEach(({ total }, at) => assertAlmostEquals(total, ten?.ranking[at]?.total ?? NaN, 1e-9));
  const none = { price: 0, speed: 0, commission: 0, availability: 0, reliability: 0, priority: 1 };
  assertEquals(scoreOf({ ...FEATURES, priority: 60 }, REFERENCES, none).total, 1);
});

Deno.test("the commission earns its points up to 5 percent", () => {
  const points = (commissionBps: number) =>
    scoreOf({ ...FEATURES, commissionBps }, REFERENCES, DEFAULT_WEIGHTS).components.commission;
  assertEquals([0, 200, 499, 500, 501].map(points), [0, 40, 99.8, 100, 100]);
});

Deno.test("the boost is a point per 10 of priority, within 5 points, and never -0", () => {
  const boost = (priority: number, weight = 1, preferred = false) =>
    scoreOf({ ...FEATURES, priority, preferred }, REFERENCES, { ...DEFAULT_WEIGHTS, priority: weight })
      .components.boost;
  assertEquals([40, 50, 60].map((priority) => boost(priority)), [-1, 0, 1]);
  assertEquals([boost(60, 1, true), boost(100), boost(101), boost(0), boost(-9)], [3, 5, 5, -5, -5]);
  assertEquals(boost(60, 100, true), 5);
  assert(Object.is(boost(40, 0), 0), "a boost of -0 would not survive JSON");
});

Deno.test("a provider nobody has tried starts from the prior, and leaves it by its own orders", () => {
  const points = (successes: number, attempts: number) =>
    scoreOf({ ...FEATURES, successes, attempts }, REFERENCES, DEFAULT_WEIGHTS).components.reliability;
  assertEquals(points(0, 0), 100 * wilsonLowerBound(38, 40));
  assert(points(10, 10) > points(0, 0) && points(8, 10) < points(0, 0));
  assert(points(62, 125) < 60 && points(123, 125) > 90);
});

Deno.test("an unknown delivery time is an hour, in score, order and limit", () => {
  const [unknown, hour] = [candidate("A", { minutes: null }), candidate("B", { minutes: 60 })];
  for (const optimizeFor of OPTIMIZE_FOR) assertEquals(order([hour, unknown], { optimizeFor }), "A B");
  assertEquals(order([unknown, candidate("C", { minutes: 59 })], { optimizeFor: "speed" }), "C A");
  const limited = (maxDeliveryMinutes: number) =>
    decide(choice([unknown, hour], { preferences: { maxDeliveryMinutes } })).selected;
  assertEquals([limited(60), limited(59)], ["A", undefined]);
});

Deno.test("of equal scores the cheaper comes first, of equal costs the earlier id", () => {
  const blind = { ...DEFAULT_WEIGHTS, price: 0 };
  const [a, b] = [candidate("A", { totalCents: 9001 }), candidate("B", { totalCents: 9000 })];
  assertEquals(order([a, b], { weights: blind }), "B A");
  assertEquals(
    order(["MEALME", "INSTACART", "WALMART_API", "KROGER_API"].map((id) => candidate(id))),
    [
      "INSTACART",
      "KROGER_API",
      "MEALME",
      "WALMART_API",
    ].join(" "),
  );
  // What is missing is a part of the cost: leaving lines out makes nothing cheap.
  const partial = candidate("A", { totalCents: 8000, missingLineCents: 1001 });
  assertEquals(order([partial, b], { weights: blind }), "B A");
});

Deno.test("price, speed and margin look at fuller baskets first, whatever the score says", () => {
  const full = candidate("FULL", { totalCents: 40_000, minutes: 500, commissionBps: 0 });
  const partial = candidate("PARTIAL", { totalCents: 5000, minutes: 10, commissionBps: 500, filled: 0.99 });
  for (const optimizeFor of ["price", "speed", "margin"] as const) {
    assertEquals(order([partial, full], { optimizeFor }), "FULL PARTIAL", optimizeFor);
  }
  assertEquals(order([partial, full]), "PARTIAL FULL");
});

Deno.test("margin goes by the rate: a dearer basket is not chosen for paying more", () => {
  const [cheap, dear] = [candidate("CHEAP"), candidate("A", { totalCents: 20_000 })];
  assertEquals(order([cheap, dear], { optimizeFor: "margin" }), "CHEAP A");
  const better = candidate("B", { totalCents: 20_000, commissionBps: 301 });
  assertEquals(order([cheap, better], { optimizeFor: "margin" }), "B CHEAP");
});

Deno.test("whoever breaks a wish is out and says why; a limit that is met exactly is kept", () => {
  const fits = candidate("FITS", { minutes: 45, feesCents: 599 });
  const slow = candidate("SLOW", { minutes: 46, totalCents: 5000 });
  const dear = candidate("DEAR", { minutes: 10, feesCents: 600, totalCents: 5000 });
  const out = candidate("OUT", { minutes: 99, feesCents: 999, totalCents: 1 });
  const preferences = {
    maxDeliveryMinutes: 45,
    maxFeesCents: 599,
    preferredProviders: ["OUT"],
    excludeProviders: ["OUT"],
  };
  const { ranking, selected } = decide(choice([out, dear, slow, fits], { preferences }));
  assertEquals(selected, "FITS");
  assertEquals(
    Object.fromEntries(ranking.map(({ provider, eliminated }) => [provider, eliminated])),
    { FITS: undefined, OUT: "excluded", SLOW: "too_slow", DEAR: "fees_too_high" },
  );
  const reasons = ranking.find(({ provider }) => provider === "OUT")?.reasons.slice(0, 3);
  assertEquals(reasons, [
    "Excluded by the caller",
    "Takes 99 minutes, where 45 are the most",
    "Takes $9.99 in fees, where $5.99 are the most",
  ]);
  assertEquals(decide(choice([out, dear, slow], { preferences })).selected, undefined);
  assertEquals(decide(choice([])), { ranking: [] });
});

Deno.test("a preferred provider wins among similar offers and at equal prices, and outweighs no much better one", () => {
  const preferences = { preferredProviders: ["WANTED"] };
  const wanted = candidate("WANTED", { totalCents: 11_000, priority: 0 });
  assertEquals(order([candidate("A"), wanted]), "A WANTED");
  assertEquals(order([candidate("A"), wanted], { preferences }), "WANTED A");
  const half = candidate("A", { totalCents: 5000, minutes: 25 });
  assertEquals(order([half, wanted], { preferences }), "A WANTED");
  const same = candidate("WANTED", { priority: 0 });
  const priced = { preferences, optimizeFor: "price" } as const;
  assertEquals(order([candidate("A"), same], priced), "WANTED A");
  assertEquals(order([candidate("A", { totalCents: 9999 }), same], priced), "A WANTED");
});

Deno.test("the reasons are sentences with the figures that decided", () => {
  const missing = { totalCents: 8050, missingLineCents: 1500, minutes: null, filled: 0.9996 };
  const untried = { successes: 0, attempts: 0, priority: 60, preferred: true, commissionBps: 115 };
  const offers = [candidate("A"), candidate("B", { ...missing, ...untried })];
  const { ranking } = decide(choice(offers, { optimizeFor: "price" }));
  assertEquals(ranking[0]?.reasons, [
    "The fullest basket comes first, then the lowest cost, then the score",
    "Fills the whole basket: 100 of 100",
    "Costs $100.00 in all, where the items are taken to cost $100.00: 50.0 of 100",
    "Delivers in 60 minutes: 50.0 of 100",
    "120 of the last 125 orders went well, counted together with an assumed 38 of 40 good orders: 91.5 of 100",
    "Priority 50: +0.0 points",
  ]);
  assertEquals(ranking[1]?.reasons.slice(1), [
    "Fills 99.9 % of the basket, a substitute counted as 0.8 of a line",
    "Costs $80.50 in all and $15.00 for what is missing, where the items are taken to cost $100.00: 51.2 of 100",
    "Delivery time unknown, counted as 60 minutes: 50.0 of 100",
    "No orders of late, counted as 38 of 40 good orders until more is known: 83.5 of 100",
    "Priority 60, preferred by the operator: +3.0 points",
  ]);
});

Deno.test("a provider twice, or a score that is no number, is no decision", () => {
  assertThrows(
    () => decide(choice([candidate("A"), candidate("A")])),
    Error,
    "Expected each provider once but found A twice",
  );
  assertThrows(
    () => decide(choice([candidate("A")], { weights: { ...DEFAULT_WEIGHTS, price: NaN } })),
    Error,
    "Expected the score of A to be a number but found NaN",
  );
});

Deno.test("the presets are the deployment guide's", () => {
  const rest = { availability: 0.25, reliability: 0.10, priority: 1 };
  assertEquals(WEIGHT_PRESETS, {
    balanced: { ...rest, price: 0.30, speed: 0.15, commission: 0.20 },
    price: { ...rest, price: 0.50, speed: 0.15, commission: 0.10 },
    speed: { ...rest, price: 0.20, speed: 0.40, commission: 0.20 },
    margin: { ...rest, price: 0.20, speed: 0.15, commission: 0.40 },
  });
});
