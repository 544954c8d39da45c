/** How a session ends in money, as pure functions. The engine in Postgres says the same; tests hold the two equal. */
import { share } from "./proxy_rules.ts";

/** Who is compensated: a sole rival always, or only somebody who has bid. */
export type CompensationPolicy = "always" | "if_bid";

/** A participant whom the winner beat. */
export interface Rival {
  readonly bidder: string;
  /** The highest he was in for, by bid or by ceiling; null where he has not bid. */
  readonly highestCents: number | null;
}

/** The money of a session; the two parts are the price, to the cent. */
export interface Settlement {
  readonly winningBidCents: number;
  readonly compensationCents: number;
  readonly platformRevenueCents: number;
}

/** The states of the winner's payment and of the loser's payout. */
export type SettlementStatus = "pending" | "processing" | "completed" | "failed" | "refunded";

/** How payment and payout move; what is not here is refused. */
export const SETTLEMENT_TRANSITIONS: Readonly<Record<SettlementStatus, readonly SettlementStatus[]>> = {
  pending: ["processing", "completed", "failed"],
  processing: ["completed", "failed"],
  failed: ["processing", "completed"],
  completed: ["refunded"],
  refunded: [],
};

/**
 * The money of a price: compensation rounded down, the rest is revenue.
 *
 * @param hasLoser Whether there is somebody to compensate, see {@link runnerUp}.
 *
 * @example
 * ```ts
 * settlement(400_000, 2500); // 100000 to the loser, 300000 revenue
 * ```
 */
export function settlement(priceCents: number, compensationBps: number, hasLoser = true): Settlement {
  const compensationCents = hasLoser ? share(priceCents, compensationBps) : 0;
  return {
    winningBidCents: priceCents,
    compensationCents,
    platformRevenueCents: priceCents - compensationCents,
  };
}

/**
 * Whom the winner beat: the highest of the others, of equal ones the earliest; a sole rival even without a bid where the
 * policy is `always`.
 *
 * @param rivals Everybody but the winner; who was in for his highest earlier comes first.
 */
export function runnerUp(rivals: readonly Rival[], policy: CompensationPolicy): string | null {
  const [highest] = rivals
    .filter(({ highestCents }) => highestCents !== null)
    .toSorted((a, b) => (b.highestCents ?? 0) - (a.highestCents ?? 0));
  if (highest !== undefined) return highest.bidder;
  const [only, ...more] = rivals;
  return only !== undefined && more.length === 0 && policy === "always" ? only.bidder : null;
}
