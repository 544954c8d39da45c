/** A decision in sentences with figures, for people. */
import type { Features } from "./features.ts";
import type { Elimination, Preferences } from "./preferences.ts";
import type { References } from "./references.ts";
import { minutesOf, type Score } from "./score.ts";
import type { OptimizeFor } from "./weights.ts";

/** What the sentences about one candidate are made of. */
export interface Case {
  readonly features: Features;
  readonly references: References;
  readonly score: Score;
  readonly eliminations: readonly Elimination[];
  readonly isWanted: boolean;
  readonly optimizeFor: OptimizeFor;
  readonly preferences: Pick<Preferences, "maxDeliveryMinutes" | "maxFeesCents">;
}

const DECIDED_BY: Readonly<Record<OptimizeFor, string>> = {
  balanced: "The score decides",
  price: "The fullest basket comes first, then the lowest cost, then the score",
  speed: "The fullest basket comes first, then the fastest delivery, then the score",
  margin: "The fullest basket comes first, then the highest commission, then the score",
};

/**
 * Why a candidate stands where it stands; what keeps it from being chosen comes first. Every owner of a route reads
 * them, so what a provider pays is not among them, nor the total that would give it away.
 */
export function reasonsOf(candidate: Case): readonly string[] {
  const { features, references, score, optimizeFor } = candidate;
  return [
    ...candidate.eliminations.map((code) => eliminated(code, candidate)),
    DECIDED_BY[optimizeFor],
    filling(features),
    cost(features, references, score),
    delivery(features, references, score),
    reliability(features, references, score),
    boost(candidate),
  ];
}

function eliminated(code: Elimination, { features, references, preferences }: Case): string {
  switch (code) {
    case "excluded":
      return "Excluded by the caller";
    case "too_slow": {
      const unknown = features.minutes === null ? ", as an unknown delivery counts" : "";
      return `Takes ${
        minutesOf(features, references)
      } minutes${unknown}, where ${preferences.maxDeliveryMinutes} are the most`;
    }
    case "fees_too_high":
      return `Takes ${dollars(features.feesCents)} in fees, where ${
        dollars(preferences.maxFeesCents ?? 0)
      } are the most`;
  }
}

function filling({ filled }: Features): string {
  if (filled >= 1) return "Fills the whole basket: 100 of 100";
  return `Fills ${percent(filled)} of the basket, a substitute counted as 0.8 of a line`;
}

function cost({ totalCents, missingLineCents }: Features, { basketCents }: References, score: Score): string {
  const missing = missingLineCents > 0 ? ` and ${dollars(missingLineCents)} for what is missing` : "";
  return `Costs ${dollars(totalCents)} in all${missing}, where the items are taken to cost ${
    dollars(basketCents)
  }: ${points(score.components.price)} of 100`;
}

function delivery({ minutes }: Features, references: References, { components }: Score): string {
  const time = minutes === null
    ? `Delivery time unknown, counted as ${references.minutes} minutes`
    : `Delivers in ${minutes} minutes`;
  return `${time}: ${points(components.speed)} of 100`;
}

function reliability(
  { successes, attempts }: Features,
  { prior }: References,
  { components }: Score,
): string {
  const assumed = `${prior.successes} of ${prior.attempts} good orders`;
  const record = attempts === 0
    ? `No orders of late, counted as ${assumed} until more is known`
    : `${successes} of the last ${attempts} orders went well, counted together with an assumed ${assumed}`;
  return `${record}: ${points(components.reliability)} of 100`;
}

function boost({ features, score, isWanted }: Case): string {
  const added = `${score.components.boost < 0 ? "" : "+"}${points(score.components.boost)} points`;
  if (isWanted) return `Preferred by the caller: ${added}`;
  return `Priority ${features.priority}${features.preferred ? ", preferred by the operator" : ""}: ${added}`;
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}

/** Rounded down: what is not whole must not look so. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

function points(value: number): string {
  return value.toFixed(1);
}
