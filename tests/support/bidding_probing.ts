/** Strategies of somebody who is after a rival's ceiling, played in two worlds that differ in that ceiling alone. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { maximumManualBid, minimumNext } from "../../shared/bidding/rules.ts";
import {
  isUnexhausted,
  type Probe,
  probed,
  PROBED_RULES,
  rivalsView,
  type Side,
  type Told,
  UNTOUCHED,
  type World,
} from "./bidding_oracle.ts";
import { type BiddingAnswer, type BiddingCast, codeOf, openStage, type Stage } from "./bidding_stage.ts";
import { everythingHeard, everythingSeen, shows, type Viewer, withoutWhatIsMadeUp } from "./bidding_views.ts";
import { present } from "./present.ts";

/** An amount that the rival aims at: at what he may bid, or at what he guesses. */
type Aim =
  | { readonly at: "minimum" | "cap" | "first secret" | "second secret"; readonly off: number }
  | { readonly at: "between"; readonly permille: number };

type RivalStep =
  | { readonly by: "rival"; readonly kind: "bid" | "ceiling"; readonly aim: Aim }
  | { readonly by: "rival"; readonly kind: "clear" | "withdraw" };

/** What the owner does in the first world, and in the second, in place of it. */
interface OwnerStep {
  readonly by: "owner";
  readonly moves: readonly [Probe | null, Probe | null];
}

/** How the owner of the secret begins, in each world, and what happens then. */
export interface Strategy {
  readonly openings: readonly [Probe, Probe];
  readonly hasWitness: boolean;
  readonly steps: readonly (RivalStep | OwnerStep)[];
}

/** What a strategy came to. */
export interface Finding {
  readonly steps: number;
  /** Whether the rule itself told the worlds apart in the end, by an amount that bit or beat a ceiling. */
  readonly wasRevealed: boolean;
  /** In how many of the two worlds the secret was still one. */
  readonly secrets: number;
}

const cents = fc.integer({ min: PROBED_RULES.startingBidCents, max: 5_000_000 });
const ceiling = cents.map((cents): Probe => ({ kind: "ceiling", cents }));
const byHand: Probe = { kind: "bid", cents: PROBED_RULES.startingBidCents };
const aim: fc.Arbitrary<Aim> = fc.oneof(
  fc.record({
    at: fc.constantFrom(
      "minimum" as const,
      "cap" as const,
      "first secret" as const,
      "second secret" as const,
    ),
    off: fc.constantFrom(-1, 0, 0, 1),
  }),
  fc.record({ at: fc.constant("between" as const), permille: fc.integer({ min: 0, max: 1000 }) }),
);
const rivalStep: fc.Arbitrary<RivalStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ by: fc.constant("rival"), kind: fc.constant("bid"), aim }) },
  { weight: 4, arbitrary: fc.record({ by: fc.constant("rival"), kind: fc.constant("ceiling"), aim }) },
  { weight: 1, arbitrary: fc.constant({ by: "rival" as const, kind: "clear" as const }) },
  { weight: 1, arbitrary: fc.constant({ by: "rival" as const, kind: "withdraw" as const }) },
) as fc.Arbitrary<RivalStep>;
const ownerMove = fc.oneof(ceiling, fc.constant<Probe>({ kind: "clear" }), fc.constant(null));
const ownerStep: fc.Arbitrary<OwnerStep> = fc.record({
  by: fc.constant("owner" as const),
  moves: fc.tuple(ownerMove, ownerMove),
});

/** Any strategy. */
export const STRATEGIES: fc.Arbitrary<Strategy> = fc.record({
  // By hand at the start or by a ceiling: that, too, is a secret.
  openings: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(ceiling, ceiling) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(byHand), ceiling) },
  ),
  hasWitness: fc.boolean(),
  steps: fc.array(fc.oneof({ weight: 3, arbitrary: rivalStep }, { weight: 1, arbitrary: ownerStep }), {
    minLength: 3,
    maxLength: 8,
  }),
});

/** A session and what it must be like. */
interface Played {
  readonly stage: Stage;
  world: World;
}

type Pair = readonly [Played, Played];

/**
 * Plays a strategy in both worlds, until the rule itself tells them apart. Fails where the engine tells the rival
 * anything else than the oracle says, or shows anybody but the owner anything that differs.
 */
export async function playBoth(cast: BiddingCast, strategy: Strategy): Promise<Finding> {
  const letters = strategy.hasWitness ? "ABC" : "AB";
  const pair: Pair = [
    { stage: await openStage(cast, {}, letters), world: UNTOUCHED },
    { stage: await openStage(cast, {}, letters), world: UNTOUCHED },
  ];
  let steps = 0;
  let wasRevealed = !await playStep(pair, "owner", strategy.openings);
  for (const step of strategy.steps) {
    if (wasRevealed || pair[0].world.withdrawn) break;
    const moves = step.by === "owner" ? step.moves : both(probeOf(pair[0].world, strategy, step));
    wasRevealed = !await playStep(pair, step.by, moves);
    steps += Number(!wasRevealed);
  }
  return { steps, wasRevealed, secrets: await assertKept(pair, strategy.hasWitness) };
}

function both(probe: Probe): readonly [Probe, Probe] {
  return [probe, probe];
}

/** Plays one step in both worlds; false, and nothing played, where the rule tells the worlds apart by it. */
async function playStep(
  pair: Pair,
  side: Side,
  moves: readonly [Probe | null, Probe | null],
): Promise<boolean> {
  const [first, second] = pair.map(({ world }, index) => {
    const move = index === 0 ? moves[0] : moves[1];
    return move === null ? { world, told: null } : probed(world, side, move);
  }) as [Outcome, Outcome];
  if (!looksTheSame(side, first, second)) return false;
  for (const [index, outcome] of [first, second].entries()) {
    const [played, move] = index === 0 ? [pair[0], moves[0]] : [pair[1], moves[1]];
    if (move) assertTold(await perform(played.stage, side, move), outcome.told);
    played.world = outcome.world;
  }
  return true;
}

interface Outcome {
  readonly world: World;
  readonly told: Told | null;
}

function looksTheSame(side: Side, first: Outcome, second: Outcome): boolean {
  const heard = ({ world, told }: Outcome) =>
    JSON.stringify([rivalsView(world), side === "rival" ? told : null]);
  return heard(first) === heard(second);
}

function probeOf(world: World, { openings }: Strategy, step: RivalStep): Probe {
  if (!("aim" in step)) return { kind: step.kind };
  return { kind: step.kind, cents: Math.max(1, amountOf(world, openings, step.aim)) };
}

function amountOf({ standing }: World, openings: Strategy["openings"], aim: Aim): number {
  const price = standing?.priceCents ?? null;
  const [lowest, highest] = [minimumNext(price, PROBED_RULES), maximumManualBid(price, PROBED_RULES)];
  if (aim.at === "between") return lowest + Math.round((highest - lowest) * aim.permille / 1000);
  if (aim.at === "minimum") return lowest + aim.off;
  if (aim.at === "cap") return highest + aim.off;
  const opening = openings[aim.at === "first secret" ? 0 : 1];
  return (opening.kind === "ceiling" ? opening.cents : lowest) + aim.off;
}

async function perform(stage: Stage, side: Side, probe: Probe): Promise<BiddingAnswer> {
  const letter = side === "owner" ? "A" : "B";
  if (probe.kind === "withdraw") return await stage.withdraw(letter);
  if (probe.kind === "clear") return await stage.ceiling(letter, null);
  return await (probe.kind === "bid" ? stage.bid(letter, probe.cents) : stage.ceiling(letter, probe.cents));
}

function assertTold(answer: BiddingAnswer, told: Told | null): void {
  assertEquals(codeOf(answer), told?.code, answer.text);
  const { session } = answer.body;
  if (!session) return;
  const leader = { owner: "A", rival: "B", none: null }[told?.standing?.leader as Side ?? "none"];
  assertEquals([session.leader, session.currentPriceCents], [leader, told?.standing?.priceCents ?? null]);
}

/** What there is to see and hear of a session: by the rival first, and by everybody else where there is a witness. */
async function viewsOf({ stage }: Played, hasWitness: boolean): Promise<readonly string[]> {
  const { cast: { sql, admin, outsider }, id } = stage;
  const rival = stage.who("B");
  const everybodyElse: readonly Viewer[] = [
    { caller: admin, isSteward: true },
    { caller: outsider },
    { caller: stage.who("C") },
  ];
  return await Promise.all([
    everythingSeen(sql, id, { caller: rival }),
    everythingHeard(sql, id, rival.userId),
    ...(hasWitness ? everybodyElse : []).map((viewer) => everythingSeen(sql, id, viewer)),
  ]);
}

/** In how many worlds the owner's ceiling is still a secret; fails where the worlds, or it, can be read. */
async function assertKept(pair: Pair, hasWitness: boolean): Promise<number> {
  const views = [await viewsOf(pair[0], hasWitness), await viewsOf(pair[1], hasWitness)];
  const [one, other] = views.map((each) => each.map(withoutWhatIsMadeUp));
  assertEquals(one, other);
  return pair.filter(({ world }, index) => {
    const { owner, rival } = world.ceilings;
    if (owner === null || !isUnexhausted(world) || owner === rival) return false;
    const text = present(views[index], "views").join();
    assertEquals(shows(text, owner), false, `${owner} in ${text}`);
    return true;
  }).length;
}
