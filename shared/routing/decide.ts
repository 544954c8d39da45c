import type { Features } from "./features.ts";
import { compare } from "./order.ts";
import { type Elimination, eliminationsOf, type Preferences } from "./preferences.ts";
import type { ProviderId } from "./provider_id.ts";
import { reasonsOf } from "./reasons.ts";
import type { References } from "./references.ts";
import { type Components, type Score, scoreOf } from "./score.ts";
import type { OptimizeFor, Weights } from "./weights.ts";

/** A provider with a quote. Whoever has none is no candidate. */
export interface Candidate<Id extends string = ProviderId> {
  readonly provider: Id;
  readonly features: Features;
}

/** All that a decision depends on: plain JSON, stored, so that it can be made again. */
export interface DecisionInput<Id extends string = ProviderId> {
  readonly candidates: readonly Candidate<Id>[];
  readonly references: References;
  readonly weights: Weights;
  readonly optimizeFor: OptimizeFor;
  readonly preferences: Preferences<Id>;
}

/** Where a candidate stands, and why. */
export interface Judgement<Id extends string = ProviderId> {
  readonly provider: Id;
  readonly components: Components;
  readonly total: number;
  /** Absent where it may be chosen; else the first thing that keeps it from it. */
  readonly eliminated?: Elimination;
  readonly reasons: readonly string[];
}

export interface Decision<Id extends string = ProviderId> {
  /** The best first; those that may not be chosen last, in the same order among themselves. */
  readonly ranking: readonly Judgement<Id>[];
  /** Absent where nobody may be chosen. */
  readonly selected?: Id;
}

/** A candidate with everything found out about it. */
interface Judged<Id extends string> extends Candidate<Id> {
  readonly score: Score;
  readonly eliminations: readonly Elimination[];
  readonly isWanted: boolean;
}

/**
 * Ranks the candidates. The same input gives the same decision bit for bit, in whatever order candidates and keys come.
 *
 * @throws Where a provider is a candidate twice or a score is no number: then no order is the only one.
 */
export function decide<Id extends string = ProviderId>(input: DecisionInput<Id>): Decision<Id> {
  const judged = input.candidates.map((candidate) => judge(candidate, input));
  expectEachOnce(judged);
  const ranking = judged.sort((one, other) =>
    Number(one.eliminations.length > 0) - Number(other.eliminations.length > 0) ||
    compare(one, other, input.optimizeFor, input.references)
  ).map((candidate) => judgementOf(candidate, input));
  const [first] = ranking;
  if (first === undefined || first.eliminated !== undefined) return { ranking };
  return { ranking, selected: first.provider };
}

function judge<Id extends string>(
  { provider, features }: Candidate<Id>,
  input: DecisionInput<Id>,
): Judged<Id> {
  const { references, weights, preferences } = input;
  const isWanted = preferences.preferredProviders?.includes(provider) ?? false;
  const score = scoreOf(features, references, weights, isWanted);
  if (!Number.isFinite(score.total)) {
    throw new Error(`Expected the score of ${provider} to be a number but found ${score.total}`);
  }
  return {
    provider,
    features,
    isWanted,
    score,
    eliminations: eliminationsOf(provider, features, references, preferences),
  };
}

function judgementOf<Id extends string>(candidate: Judged<Id>, input: DecisionInput<Id>): Judgement<Id> {
  const { provider, score, eliminations: [eliminated] } = candidate;
  const { references, optimizeFor, preferences } = input;
  const { maxDeliveryMinutes, maxFeesCents } = preferences;
  return {
    provider,
    components: score.components,
    total: score.total,
    ...eliminated && { eliminated },
    reasons: reasonsOf({
      ...candidate,
      references,
      optimizeFor,
      preferences: { maxDeliveryMinutes, maxFeesCents },
    }),
  };
}

function expectEachOnce(candidates: readonly { readonly provider: string }[]): void {
  const seen = new Set<string>();
  for (const { provider } of candidates) {
    if (seen.has(provider)) throw new Error(`Expected each provider once but found ${provider} twice`);
    seen.add(provider);
  }
}
