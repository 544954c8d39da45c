/**
 * What a rival may learn: a session of two by the rules alone. Of a leader's ceiling it tells what the proxy rule tells,
 * that an amount is answered, bitten into or beaten, and nothing else.
 */
import { maximumManualBid, minimumNext, resolve, type Standing } from "../../shared/bidding/rules.ts";

/** Who has a secret, and who is after it. */
export type Side = "owner" | "rival";

/** A bid by hand, a ceiling or its clearing, or a withdrawal. */
export type Probe =
  | { readonly kind: "bid"; readonly cents: number }
  | { readonly kind: "ceiling"; readonly cents: number }
  | { readonly kind: "clear" }
  | { readonly kind: "withdraw" };

/** A session as it is: the first three everybody sees, the rest each side knows of itself. */
export interface World {
  readonly standing: Standing | null;
  readonly bids: number;
  /** Who has left; nothing is asked of a world after that. */
  readonly withdrawn: Side | null;
  readonly ceilings: Readonly<Record<Side, number | null>>;
  readonly rounds: Readonly<Record<Side, number>>;
}

/** What whoever probed is told. */
export interface Told {
  readonly code: string;
  readonly standing: Standing | null;
}

/** Rules of every session that is probed: the defaults, and 1000.00 to begin with. */
export const PROBED_RULES = {
  startingBidCents: 100_000,
  minimumIncrementBps: 1000,
  maximumJumpBps: 20_000,
  maxRounds: 3,
};

/** A session nobody has bid in. */
export const UNTOUCHED: World = {
  standing: null,
  bids: 0,
  withdrawn: null,
  ceilings: { owner: null, rival: null },
  rounds: { owner: 0, rival: 0 },
};

/** What becomes of a session, and what its prober hears. */
export function probed(world: World, side: Side, probe: Probe): { world: World; told: Told } {
  const code = refusalOf(world, side, probe);
  const after = code === "ok" ? accepted(world, side, probe) : world;
  return { world: after, told: { code, standing: after.standing } };
}

/** What of a world its rival can see or knows himself. */
export function rivalsView({ standing, bids, withdrawn, ceilings, rounds }: World): unknown {
  return { standing, bids, withdrawn, ceiling: ceilings.rival, rounds: rounds.rival };
}

/** Whether the owner leads below his ceiling: then nobody may know it. */
export function isUnexhausted({ standing, ceilings: { owner } }: World): boolean {
  return standing?.leader === "owner" && owner !== null && owner > standing.priceCents;
}

function refusalOf({ standing, rounds }: World, side: Side, probe: Probe): string {
  const leads = standing?.leader === side;
  const price = standing?.priceCents ?? null;
  const minimum = minimumNext(price, PROBED_RULES);
  switch (probe.kind) {
    case "clear":
      return "ok";
    case "withdraw":
      return leads ? "leader_cannot_withdraw" : "ok";
    case "ceiling":
      return probe.cents < (leads ? price ?? 0 : minimum) ? "ceiling_too_low" : "ok";
    case "bid":
      if (leads) return "already_leading";
      if (probe.cents < minimum) return "bid_too_low";
      if (probe.cents > maximumManualBid(price, PROBED_RULES)) return "bid_too_high";
      return rounds[side] >= PROBED_RULES.maxRounds ? "no_rounds_left" : "ok";
  }
}

function accepted(world: World, side: Side, probe: Probe): World {
  if (probe.kind === "withdraw") return { ...world, withdrawn: side };
  const ceilings = { ...world.ceilings };
  if (probe.kind === "clear") ceilings[side] = null;
  if (probe.kind === "ceiling") ceilings[side] = probe.cents;
  if (probe.kind === "clear" || world.standing?.leader === side) return { ...world, ceilings };

  const rounds = { ...world.rounds };
  if (probe.kind === "bid") rounds[side] += 1;
  const leader = world.standing && {
    bidder: world.standing.leader,
    // Without a ceiling above it his bid stands.
    maxCents: Math.max(world.ceilings[other(side)] ?? 0, world.standing.priceCents),
  };
  const challenge = { bidder: side, maxCents: probe.cents, byHand: probe.kind === "bid" };
  const resolution = resolve(leader ? [leader, challenge] : [challenge], PROBED_RULES, world.standing);
  if (resolution === null) throw new Error("Expected a challenge to lead somewhere but found nothing");
  const { bids, ...standing } = resolution;
  return { ...world, standing, bids: world.bids + bids.length, ceilings, rounds };
}

function other(side: Side): Side {
  return side === "owner" ? "rival" : "owner";
}
