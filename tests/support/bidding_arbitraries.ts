/** Random histories of bidding: rules, people, and intentions that are aimed at the rules' edges. */
import fc from "fast-check";
import type { ModelRules } from "./bidding_model.ts";

/** The rules of a random session, and how it runs. */
export interface RandomSession extends ModelRules {
  readonly bidders: number;
  readonly roundDurationSeconds: number;
  /** It starts in an hour. */
  readonly startsLater: boolean;
}

/** What an amount is aimed at; the leader's claim is his ceiling, which the random bidder hits by chance. */
export type Aim = "minimum" | "maximum" | "claim" | "aboveClaim" | "own" | "between" | "beyond";

/** What somebody is about to do, before it is known how the session stands. */
export type Intention =
  | {
    readonly kind: "bid" | "ceiling";
    readonly who: number;
    /** Not the leader, where there is one. */
    readonly rival: boolean;
    readonly aim: Aim;
    readonly by: number;
    readonly share: number;
  }
  | { readonly kind: "clear" | "withdraw"; readonly who: number }
  | { readonly kind: "clearLeader" }
  | { readonly kind: "time"; readonly until: "start" | "middle" | "edge" | "window" | "over" }
  | { readonly kind: "cancel" | "sweep" };

/** A random history. */
export interface RandomHistory {
  readonly session: RandomSession;
  readonly intentions: readonly Intention[];
  /** Whether its deadline passes in the end. */
  readonly ends: boolean;
}

const cents = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(100_000, 283_500, 10_499, 483_153, 1) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 10_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000_000_000, max: 100_000_000_000 }) },
);

const session: fc.Arbitrary<RandomSession> = fc.record({
  bidders: fc.integer({ min: 2, max: 5 }),
  startingBidCents: cents,
  minimumIncrementBps: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(1000, 500, 1, 3333, 10_000, 100_000) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  ),
  maxRounds: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, {
    weight: 1,
    arbitrary: fc.constant(1000),
  }),
  maximumJumpBps: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(20_000, 10_000, 10_001, 15_000, 1_000_000) },
    { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 60_000 }) },
  ),
  compensationBps: fc.oneof(fc.constantFrom(2500, 0, 10_000, 1), fc.integer({ min: 0, max: 10_000 })),
  compensationPolicy: fc.constantFrom("always" as const, "if_bid" as const),
  softCloseSeconds: fc.constantFrom(0, 120, 60, 600, 3600),
  // Whatever the rounds, longer than any margin that the steps keep from the boundaries.
  roundDurationSeconds: fc.constantFrom(3600, 600, 7200, 86_400),
  startsLater: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, {
    weight: 1,
    arbitrary: fc.constant(true),
  }),
});

const who = fc.oneof({ weight: 24, arbitrary: fc.nat({ max: 4 }) }, {
  weight: 1,
  arbitrary: fc.constant(-1),
});

const offer = fc.record({
  kind: fc.constantFrom("bid" as const, "ceiling" as const),
  who,
  rival: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  aim: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Aim>("minimum", "between") },
    { weight: 3, arbitrary: fc.constantFrom<Aim>("claim", "aboveClaim", "maximum") },
    { weight: 1, arbitrary: fc.constantFrom<Aim>("own", "beyond") },
  ),
  by: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) }),
  share: fc.nat({ max: 1000 }),
});

const intention: fc.Arbitrary<Intention> = fc.oneof(
  { weight: 60, arbitrary: offer },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("clear" as const), who }) },
  { weight: 4, arbitrary: fc.constant({ kind: "clearLeader" as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), who }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      until: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom("start" as const, "edge" as const, "window" as const) },
        { weight: 1, arbitrary: fc.constantFrom("middle" as const, "over" as const) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "sweep" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "cancel" as const }) },
);

/** A random session of 2 to 5 participants and up to 16 steps in it. */
export const randomHistory: fc.Arbitrary<RandomHistory> = fc.record({
  session,
  intentions: fc.array(intention, { minLength: 1, maxLength: 16, size: "max" }),
  ends: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});
