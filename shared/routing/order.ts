/**
 * Who comes before whom. Each order compares two candidates by their own figures alone, from the first figure that
 * differs, so it is total and the same in every field: whoever joins or leaves, the others keep their order.
 *
 * «Of the quotes with the best fill rate the cheapest» sounds as if it depended on the field, for who is among the
 * fullest does. Sorted by fill rate first and by price second, the head is exactly that, in every field.
 */
import type { Features } from "./features.ts";
import type { References } from "./references.ts";
import { costOf, minutesOf, type Score } from "./score.ts";
import type { OptimizeFor } from "./weights.ts";

/** A candidate with its figures. */
export interface Ranked {
  readonly provider: string;
  readonly features: Features;
  readonly score: Score;
}

/** Below 0 where the first comes first. */
type Comparison = (one: Ranked, other: Ranked, references: References) => number;

const fuller: Comparison = (one, other) => other.features.filled - one.features.filled;
const cheaper: Comparison = (one, other) => costOf(one.features) - costOf(other.features);
const faster: Comparison = (one, other, references) =>
  minutesOf(one.features, references) - minutesOf(other.features, references);
/** By its rate, not by its amount: else a dearer basket would pay better, and be chosen for it. */
const betterPaid: Comparison = (one, other) => other.features.commissionBps - one.features.commissionBps;
const higherScore: Comparison = (one, other) => other.score.total - one.score.total;
const earlierId: Comparison = (one, other) =>
  one.provider < other.provider ? -1 : Number(one.provider > other.provider);

const STABLE = [higherScore, cheaper, earlierId] as const;

const ORDERS: Readonly<Record<OptimizeFor, readonly Comparison[]>> = {
  balanced: STABLE,
  price: [fuller, cheaper, ...STABLE],
  speed: [fuller, faster, ...STABLE],
  margin: [fuller, betterPaid, ...STABLE],
};

/** Below 0 where the first is the better choice. */
export function compare(
  one: Ranked,
  other: Ranked,
  optimizeFor: OptimizeFor,
  references: References,
): number {
  for (const comparison of ORDERS[optimizeFor]) {
    const difference = comparison(one, other, references);
    if (difference !== 0) return difference;
  }
  return 0;
}
