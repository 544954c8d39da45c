/** A seeded world of orders, in which providers get better and worse, and the router learns of it by outcomes alone. */
import { type Candidate, decide, type DecisionInput } from "../../shared/routing/decide.ts";
import type { Features } from "../../shared/routing/features.ts";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { PRIOR, type Prior, type References } from "../../shared/routing/references.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";
import { randomFrom } from "../sandbox/hash.ts";

/** What the database keeps of a provider: its last outcomes, none of them too old. */
export const WINDOW = 125;
export const WINDOW_DAYS = 30;

/** A share of orders that go well, from a day on. */
export interface Turn {
  readonly day: number;
  readonly rate: number;
}

export interface World {
  readonly seed: number;
  readonly days: number;
  readonly ordersPerDay: number;
  /** Of each provider, in order of days; before the first of them it is not there. */
  readonly rates: Readonly<Record<ProviderId, readonly Turn[]>>;
  readonly prior?: Prior;
  /** Outcomes older than this many days leave the window. */
  readonly windowDays?: number;
}

/** One order, and what somebody who knows every rate would have made of it. */
export interface Routed {
  readonly day: number;
  readonly provider: ProviderId;
  readonly succeeded: boolean;
  /** Points of the score, by true rates, between the best choice and the one that was made. */
  readonly regret: number;
}

interface Outcome {
  readonly day: number;
  readonly succeeded: boolean;
}

type Offers = readonly Candidate[];

/** Routes every order of a world. */
export function simulate(world: World): readonly Routed[] {
  const random = randomFrom(world.seed);
  const { prior = PRIOR, windowDays = WINDOW_DAYS } = world;
  const outcomes = new Map(PROVIDER_IDS.map((provider): [ProviderId, Outcome[]] => [provider, []]));
  const routed: Routed[] = [];
  for (let order = 0; order < world.days * world.ordersPerDay; order += 1) {
    const day = order / world.ordersPerDay;
    const rateOf = (provider: ProviderId) => world.rates[provider].findLast((turn) => turn.day <= day)?.rate;
    const offers = PROVIDER_IDS.flatMap((provider): Offers => {
      if (rateOf(provider) === undefined) return [];
      const window = (outcomes.get(provider) ?? []).slice(-WINDOW)
        .filter((outcome) => outcome.day > day - windowDays);
      const successes = window.filter(({ succeeded }) => succeeded).length;
      return [{ provider, features: { ...offer(random), successes, attempts: window.length } }];
    });
    const provider = decide(choice(offers, prior)).selected;
    if (provider === undefined) throw new Error("Expected somebody to be selected but found nobody");
    const succeeded = random() < (rateOf(provider) ?? 0);
    const own = outcomes.get(provider) ?? [];
    routed.push({
      day,
      provider,
      succeeded,
      regret: regretOf(provider, offers, (each) => rateOf(each) ?? 0),
    });
    own.push({ day, succeeded });
  }
  return routed;
}

/** An offer for a random basket of about $80: prices within 15 %, half an hour to an hour and a half. */
function offer(random: () => number): Features {
  return {
    totalCents: Math.round(8000 * (0.85 + 0.3 * random())),
    feesCents: 0,
    missingLineCents: 0,
    minutes: 30 + Math.floor(61 * random()),
    filled: random() < 0.8 ? 1 : 0.9,
    commissionBps: 300,
    successes: 0,
    attempts: 0,
    priority: 50,
    preferred: false,
  };
}

function choice(candidates: Offers, prior: Prior): DecisionInput {
  const references: References = { lineCents: {}, basketCents: 8000, minutes: 60, commissionBps: 500, prior };
  return { candidates, references, weights: DEFAULT_WEIGHTS, optimizeFor: "balanced", preferences: {} };
}

/** The oracle scores alike, but knows every rate: as if from a million orders. */
function regretOf(chosen: ProviderId, offers: Offers, rateOf: (provider: ProviderId) => number): number {
  const known = offers.map(({ provider, features }): Candidate => ({
    provider,
    features: { ...features, successes: Math.round(1e6 * rateOf(provider)), attempts: 1e6 },
  }));
  const { ranking: [best, ...others] } = decide(choice(known, { successes: 0, attempts: 0 }));
  if (best === undefined || best.provider === chosen) return 0;
  return best.total - (others.find(({ provider }) => provider === chosen)?.total ?? 0);
}
