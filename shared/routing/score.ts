/**
 * How good an offer is. Every component rises or stays as its feature gets better, also after rounding: sums, products
 * and quotients of IEEE 754 are monotone. Nothing here looks at another candidate.
 */
import type { Features } from "./features.ts";
import type { References } from "./references.ts";
import type { Weights } from "./weights.ts";
import { wilsonLowerBound } from "./wilson.ts";

/** Each 0..100, but for the boost: points that are added, −5..5. */
export interface Components {
  readonly price: number;
  readonly speed: number;
  readonly commission: number;
  readonly availability: number;
  readonly reliability: number;
  readonly boost: number;
}

export interface Score {
  readonly components: Components;
  /** The weighted mean of the components, plus the boost. */
  readonly total: number;
}

const MOST_BOOST = 5;
/** The priority that earns no boost. */
const NEUTRAL_PRIORITY = 50;
/** What `LOOPGPT_PREFER_DIRECT_*` adds to a priority. */
const PREFERRED_PRIORITY = 20;

/** What a whole basket costs: what is quoted, and what is missing from it. */
export function costOf({ totalCents, missingLineCents }: Features): number {
  return totalCents + missingLineCents;
}

/** How long a delivery takes; an unknown one as long as the reference. */
export function minutesOf(features: Features, references: References): number {
  return features.minutes ?? references.minutes;
}

/**
 * The score of one candidate.
 *
 * @param isWanted Whether the caller prefers this provider: it then has the whole boost, whatever its priority.
 */
export function scoreOf(
  features: Features,
  references: References,
  weights: Weights,
  isWanted = false,
): Score {
  const components: Components = {
    price: 100 * (references.basketCents / (references.basketCents + costOf(features))),
    speed: 100 * (references.minutes / (references.minutes + minutesOf(features, references))),
    commission: 100 * Math.min(features.commissionBps / references.commissionBps, 1),
    availability: 100 * features.filled,
    reliability: reliabilityOf(features, references),
    boost: isWanted ? MOST_BOOST : boostOf(features, weights.priority),
  };
  return { components, total: weightedMean(components, weights) + components.boost };
}

function reliabilityOf({ successes, attempts }: Features, { prior }: References): number {
  return 100 * wilsonLowerBound(successes + prior.successes, attempts + prior.attempts);
}

function boostOf({ priority, preferred }: Features, weight: number): number {
  const effective = priority + (preferred ? PREFERRED_PRIORITY : 0);
  const points = weight * ((effective - NEUTRAL_PRIORITY) / 10);
  // Adding 0 turns -0 into 0: JSON knows no -0, and a stored score must be the same when it is read.
  return Math.min(Math.max(points, -MOST_BOOST), MOST_BOOST) + 0;
}

/** In this order and no other: sums of floating point depend on it. */
function weightedMean(components: Components, weights: Weights): number {
  const sum = weights.price + weights.speed + weights.commission + weights.availability +
    weights.reliability;
  if (sum === 0) return 0;
  const weighted = weights.price * components.price + weights.speed * components.speed +
    weights.commission * components.commission + weights.availability * components.availability +
    weights.reliability * components.reliability;
  return weighted / sum;
}
