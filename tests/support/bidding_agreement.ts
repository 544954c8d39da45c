/** Holds the pure rules of `shared/bidding` to the brute-force model. */
import { assertEquals } from "@std/assert";
import { maximumManualBid, minimumNext, resolve } from "../../shared/bidding/rules.ts";
import { runnerUp, settlement } from "../../shared/bidding/settlement_rules.ts";
import type { BiddingModel, ModelResult } from "./bidding_model.ts";

/** What may be bid is the same by both. */
export function assertBounds({ price, rules, minimum, maximum }: BiddingModel): void {
  assertEquals(minimumNext(price, rules), minimum, "rules.ts: minimumNext");
  assertEquals(maximumManualBid(price, rules), maximum, "rules.ts: maximumManualBid");
}

/** A challenge has led to the same leader, price and bids by both. */
export function assertResolution(
  { claims, rules, leader, price, ledger }: BiddingModel,
  challenge: { readonly who: number; readonly amount: number; readonly byHand: boolean },
  previousLeader: number | null,
  previousPrice: number | null,
): void {
  const ceilings = claims.ranking()
    .filter(({ who }) => who !== challenge.who)
    .toSorted((one, other) => one.since - other.since)
    .map(({ who, cents }) => ({ bidder: `${who}`, maxCents: cents }));
  const own = { bidder: `${challenge.who}`, maxCents: challenge.amount, byHand: challenge.byHand };
  const previous = previousLeader === null || previousPrice === null
    ? null
    : { leader: `${previousLeader}`, priceCents: previousPrice };
  const shown = ledger.slice(leader === challenge.who ? -1 : -2);
  assertEquals(resolve([...ceilings, own], rules, previous), {
    leader: `${leader}`,
    priceCents: price ?? 0,
    bids: shown.map(({ who, amount }) => ({ bidder: `${who}`, amountCents: amount ?? 0 })),
  }, "rules.ts: resolve");
}

/** The same loser and the same money by both. */
export function assertSettlement({ bidders, claims, rules }: BiddingModel, result: ModelResult): void {
  const ranking = claims.ranking().toSorted((one, other) => one.since - other.since);
  const silent = bidders.map((_, who) => who).filter((who) => claims.of(who) === null);
  const rivals = [...ranking.map(({ who }) => who), ...silent]
    .filter((who) => who !== result.winner)
    .map((who) => ({ bidder: `${who}`, highestCents: claims.of(who) }));
  const loser = runnerUp(rivals, rules.compensationPolicy);
  assertEquals(loser, result.loser === null ? null : `${result.loser}`, "rules.ts: runnerUp");
  assertEquals(
    settlement(result.winning, rules.compensationBps, result.loser !== null),
    {
      winningBidCents: result.winning,
      compensationCents: result.compensation,
      platformRevenueCents: result.revenue,
    },
    "rules.ts: settlement",
  );
}
