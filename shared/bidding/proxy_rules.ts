/** Who leads and at what price, as pure functions in whole cents. The engine in Postgres says the same; tests hold the two equal. */

/** What a session's bids are judged by; frozen once it exists. */
export interface BiddingRules {
  readonly startingBidCents: number;
  /** 1000 is a tenth. */
  readonly minimumIncrementBps: number;
  /** A bid by hand goes no higher than this share of the price; 20000 is twice. */
  readonly maximumJumpBps: number;
}

/** What a bidder is in for. A bid by hand is a ceiling equal to its amount. */
export interface Ceiling {
  readonly bidder: string;
  readonly maxCents: number;
  /** It states its price: where it leads, the price is its amount. */
  readonly byHand?: boolean;
}

/** Who leads, and at what price. */
export interface Standing {
  readonly leader: string;
  readonly priceCents: number;
}

/** What a ceiling brings about. */
export interface Resolution extends Standing {
  /** The bids that everybody sees for it, in order: none, its own, or its own and the answer to it. */
  readonly bids: readonly { readonly bidder: string; readonly amountCents: number }[];
}

const WHOLE_BPS = 10_000n;

/** One increment above an amount: ceil(amount × (1 + increment)). */
export function nextStep(amountCents: number, minimumIncrementBps: number): number {
  return Number(
    (BigInt(amountCents) * (WHOLE_BPS + BigInt(minimumIncrementBps)) + WHOLE_BPS - 1n) / WHOLE_BPS,
  );
}

/** The least that somebody who does not lead may bid; the first bid may equal the start. */
export function minimumNext(priceCents: number | null, rules: BiddingRules): number {
  return priceCents === null ? rules.startingBidCents : nextStep(priceCents, rules.minimumIncrementBps);
}

/** The most that may be bid by hand, never below the least. */
export function maximumManualBid(priceCents: number | null, rules: BiddingRules): number {
  const highest = share(priceCents ?? rules.startingBidCents, rules.maximumJumpBps);
  return Math.max(highest, minimumNext(priceCents, rules));
}

/**
 * The proxy rule in closed form. The highest ceiling leads (M1), of equal ones the leader's, else the earliest; the price is
 * min(M1, one step above the second highest), never below the one before. A lone ceiling leads at the start.
 *
 * @param ceilings What everybody is in for, one each, in the order they were set; the last is the one that is set
 * now. Of a leader who has no ceiling it is the price: his bid stands.
 * @param previous Who led before it; null where nobody did.
 * @returns null where there is no ceiling and was no leader.
 *
 * @example
 * ```ts
 * const rules = { startingBidCents: 100_000, minimumIncrementBps: 1000, maximumJumpBps: 20_000 };
 * resolve([{ bidder: "A", maxCents: 500_000 }, { bidder: "B", maxCents: 200_000 }], rules, {
 *   leader: "A",
 *   priceCents: 100_000,
 * }); // A leads at 220000; B's bid of 200000 and A's answer are shown
 * ```
 */
export function resolve(
  ceilings: readonly Ceiling[],
  rules: BiddingRules,
  previous: Standing | null,
): Resolution | null {
  const challenger = ceilings.at(-1);
  // Nobody bids against himself: what a leader does about his own ceiling changes nothing.
  if (challenger === undefined || challenger.bidder === previous?.leader) {
    return previous === null ? null : { ...previous, bids: [] };
  }
  const isLeader = (ceiling: Ceiling) => Number(ceiling.bidder === previous?.leader);
  const [first = challenger, second] = ceilings.toSorted((a, b) =>
    b.maxCents - a.maxCents || isLeader(b) - isLeader(a)
  );
  const priceCents = Math.max(
    priceOf(first, second, rules),
    previous?.priceCents ?? rules.startingBidCents,
  );
  const answer = { bidder: first.bidder, amountCents: priceCents };
  const own = { bidder: challenger.bidder, amountCents: challenger.maxCents };
  return { leader: first.bidder, priceCents, bids: first === challenger ? [answer] : [own, answer] };
}

function priceOf(first: Ceiling, second: Ceiling | undefined, rules: BiddingRules): number {
  if (first.byHand) return first.maxCents;
  if (second === undefined) return rules.startingBidCents;
  return Math.min(first.maxCents, nextStep(second.maxCents, rules.minimumIncrementBps));
}

/** Rounded down to the cent. */
export function share(amountCents: number, bps: number): number {
  return Number(BigInt(amountCents) * BigInt(bps) / WHOLE_BPS);
}
