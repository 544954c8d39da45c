/** What holds of every decision, whoever takes part in it. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { randomFrom } from "../../scripts/sandbox/hash.ts";
import { type Candidate, decide, type Decision } from "../../shared/routing/decide.ts";
import { storedDecisionInput } from "../../shared/routing/decision_record.ts";
import type { Features } from "../../shared/routing/features.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { present } from "../support/present.ts";
import { choice, decisionInput, FEATURES } from "../support/routing_candidates.ts";

const MANY = { numRuns: 2000 };
const field = decisionInput("A", "B", "C", "D", "E", "F");
const amount = fc.integer({ min: 1, max: 50_000 });

/** A change for the better of one feature, by so much; as it is where it cannot get better. */
const IMPROVEMENTS: Readonly<Record<string, (features: Features, by: number) => Features>> = {
  "a lower total": (given, by) => ({ ...given, totalCents: Math.max(0, given.totalCents - by) }),
  "a total a cent lower": (given) => ({ ...given, totalCents: Math.max(0, given.totalCents - 1) }),
  "lower fees": (given, by) => {
    const less = Math.min(by, given.feesCents, given.totalCents);
    return { ...given, feesCents: given.feesCents - less, totalCents: given.totalCents - less };
  },
  "less that is missing": (given, by) => ({
    ...given,
    missingLineCents: Math.max(0, given.missingLineCents - by),
  }),
  "a faster delivery": (given, by) => ({ ...given, minutes: Math.max(0, (given.minutes ?? 60) - by % 90) }),
  "a fuller basket": (given, by) => ({ ...given, filled: Math.min(1, given.filled + by / 50_000) }),
  "a better commission": (given, by) => ({ ...given, commissionBps: given.commissionBps + by % 700 }),
  "a success more": (given) => ({
    ...given,
    successes: given.successes + 1,
    attempts: given.attempts + 1,
  }),
  "a failure less": (given) => ({
    ...given,
    attempts: Math.max(given.successes, given.attempts - 1),
  }),
  "a failure turned into a success": (given) => ({
    ...given,
    successes: Math.min(given.attempts, given.successes + 1),
  }),
  "a higher priority": (given, by) => ({ ...given, priority: given.priority + by % 100 }),
  "the operator's preference": (given) => ({ ...given, preferred: true }),
};

/** Every two of them, in their order. */
function pairsOf<Item>(items: readonly Item[]): readonly (readonly [Item, Item])[] {
  return items.flatMap((one, at) => items.slice(at + 1).map((other) => [one, other] as const));
}

const order = ({ ranking }: Decision<string>) => ranking.map(({ provider }) => provider);

for (const [what, improve] of Object.entries(IMPROVEMENTS)) {
  Deno.test(`${what}, everything else equal, never ranks a candidate lower`, () => {
    fc.assert(
      fc.property(field, fc.nat(), amount, (input, which, by) => {
        const chosen = present(input.candidates[which % input.candidates.length], "a candidate");
        const better = { ...chosen, features: improve(chosen.features, by) };
        const candidates = input.candidates.map((each) => each === chosen ? better : each);
        const before = decide(input);
        const after = decide({ ...input, candidates });
        const place = (decision: typeof before) => order(decision).indexOf(chosen.provider);
        assert(place(after) <= place(before));
        if (before.selected === chosen.provider) assertEquals(after.selected, chosen.provider);
        const rivals = (decision: typeof before) =>
          decision.ranking.filter(({ provider }) => provider !== chosen.provider);
        assertEquals(rivals(after), rivals(before), "nobody else is judged anew");
      }),
      MANY,
    );
  });
}

Deno.test("who else is there changes neither anybody's judgement nor the order of the others", () => {
  fc.assert(
    fc.property(field, fc.nat(), (input, mask) => {
      const staying = new Set(
        input.candidates.filter((_, index) => (mask >> index) & 1).map(({ provider }) => provider),
      );
      const candidates = input.candidates.filter(({ provider }) => staying.has(provider));
      const among = decide({ ...input, candidates });
      const all = decide(input).ranking.filter(({ provider }) => staying.has(provider));
      assertEquals(among.ranking, all);
      for (const [better, worse] of pairsOf(order(decide(input)))) {
        const two = input.candidates.filter(({ provider }) => provider === better || provider === worse);
        assertEquals(order(decide({ ...input, candidates: two })), [better, worse]);
      }
      assertEquals(among.selected, all.find(({ eliminated }) => eliminated === undefined)?.provider);
    }),
    MANY,
  );
});

Deno.test("in every field the head is the cheapest, fastest or best paid of those that fill the most", () => {
  const FIGURES = {
    balanced: () => 0,
    price: ({ totalCents, missingLineCents }: Features) => totalCents + missingLineCents,
    speed: ({ minutes }: Features) => minutes ?? 60,
    margin: ({ commissionBps }: Features) => -commissionBps,
  };
  fc.assert(
    fc.property(field, (input) => {
      if (input.optimizeFor === "balanced") return;
      const { ranking, selected } = decide(input);
      const figure = FIGURES[input.optimizeFor];
      const features = new Map(input.candidates.map((each) => [each.provider, each.features]));
      const eligible = ranking.filter(({ eliminated }) => eliminated === undefined)
        .map(({ provider }) => present(features.get(provider), "its features"));
      if (selected === undefined) return assertEquals(eligible, []);
      const fullest = Math.max(...eligible.map(({ filled }) => filled));
      const best = Math.min(...eligible.filter(({ filled }) => filled === fullest).map(figure));
      const head = present(features.get(selected), "its features");
      assertEquals([head.filled, figure(head)], [fullest, best]);
    }),
    MANY,
  );
});

Deno.test("the order in which candidates come is nothing to a decision", () => {
  fc.assert(
    fc.property(field, fc.nat(), (input, turn) => {
      const by = turn % input.candidates.length;
      const turned = [...input.candidates.slice(by), ...input.candidates.slice(0, by)].reverse();
      assertEquals(decide({ ...input, candidates: turned }), decide(input));
    }),
    MANY,
  );
});

/** The same JSON with every object's keys the other way round, as a database may give them back. */
function keysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysReversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, inner]) => [key, keysReversed(inner)]),
  );
}

/** Every number of a decision, to the last bit: 0 and -0 differ. */
function bitsOf({ ranking }: Decision<string>): readonly string[] {
  return ranking.flatMap((
    { total, components: { price, speed, commission, availability, reliability, boost } },
  ) =>
    [total, price, speed, commission, availability, reliability, boost].map((figure) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, figure);
      return view.getBigUint64(0).toString(16);
    })
  );
}

Deno.test("a decision made again from what was stored is the same bit for bit", () => {
  fc.assert(
    fc.property(decisionInput(...PROVIDER_IDS), (input) => {
      const first = decide(input);
      const again = decide(storedDecisionInput.parse(keysReversed(JSON.parse(JSON.stringify(input)))));
      assertEquals(bitsOf(again), bitsOf(first));
      assertEquals(JSON.stringify(again), JSON.stringify(first));
      const stored: Decision = JSON.parse(JSON.stringify(first));
      assertEquals(bitsOf(stored), bitsOf(first), "JSON keeps every bit of what was decided");
    }),
    MANY,
  );
});

Deno.test("«price» picks the cheapest and «speed» the fastest full basket in 100 000 random cases", () => {
  const random = randomFrom(20261121);
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const features = (isFull: boolean): Features => ({
    ...FEATURES,
    totalCents: whole(1000, 9999),
    missingLineCents: isFull ? 0 : whole(0, 3000),
    minutes: random() < 0.1 ? null : whole(10, 180),
    filled: isFull ? 1 : random(),
    commissionBps: whole(0, 600),
    successes: whole(0, 60),
    attempts: whole(60, 125),
    priority: whole(0, 100),
  });
  for (let run = 0; run < 100_000; run += 1) {
    const full = whole(0, 3);
    const candidates = PROVIDER_IDS.map((provider, index): Candidate => ({
      provider,
      features: features(index === full || random() < 0.5),
    }));
    let cheapest = Infinity;
    let fastest = Infinity;
    for (const { features: { filled, totalCents, minutes } } of candidates) {
      if (filled < 1) continue;
      cheapest = Math.min(cheapest, totalCents);
      fastest = Math.min(fastest, minutes ?? 60);
    }
    const chosen = (optimizeFor: "price" | "speed") => {
      const { selected } = decide(choice(candidates, { optimizeFor }));
      const found = candidates.find(({ provider }) => provider === selected)?.features;
      return present(found, "a choice");
    };
    const [price, speed] = [chosen("price"), chosen("speed")];
    if (price.filled !== 1 || price.totalCents !== cheapest) assertEquals(price, { filled: 1, cheapest });
    if (speed.filled !== 1 || (speed.minutes ?? 60) !== fastest) assertEquals(speed, { filled: 1, fastest });
  }
});
