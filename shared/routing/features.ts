import type { Basket } from "./basket.ts";
import type { LineStatus, Quote } from "./quote.ts";
import type { References } from "./references.ts";

/** All that a decision reads of a candidate: plain JSON, stored with it, so that it can be made again. */
export interface Features {
  /** As quoted, fees and tax included. */
  readonly totalCents: number;
  readonly feesCents: number;
  /** What the lines would cost that the quote leaves out: 1.5 × their references. */
  readonly missingLineCents: number;
  /** Null where nobody knows. */
  readonly minutes: number | null;
  /** The filled part of the basket, 0..1, lines weighted by quantity; a substitute is 0.8 of a line. */
  readonly filled: number;
  readonly commissionBps: number;
  /** Orders that went well among `attempts`, the provider's own orders in the window. */
  readonly successes: number;
  readonly attempts: number;
  /** As configured, without what a preference adds. */
  readonly priority: number;
  /** Whether the operator prefers this provider. */
  readonly preferred: boolean;
}

/** What is known of a provider before it quotes. */
export type Standing = Pick<
  Features,
  "commissionBps" | "successes" | "attempts" | "priority" | "preferred"
>;

/** How much of a line is filled. */
const FILLED: Readonly<Record<LineStatus, number>> = { found: 1, substituted: 0.8, unavailable: 0 };
/** Half as much again as usual: leaving a line out never makes a basket cheap. */
const MISSING_LINE_FACTOR = 1.5;
/** Shares are kept to so many parts: 0.1 + 0.2 of a basket is as full as 0.3 of it. */
const SHARE_PARTS = 1e12;

/** What a decision reads of a quote; a line of the basket that the quote does not mention is missing. */
export function featuresOf(
  quote: Quote,
  basket: Pick<Basket, "items">,
  references: References,
  standing: Standing,
): Features {
  const statuses = new Map(quote.lines.map(({ itemId, status }) => [itemId, status]));
  let asked = 0;
  let filled = 0;
  let missingCents = 0;
  for (const { id, quantity } of basket.items) {
    const status = statuses.get(id) ?? "unavailable";
    asked += quantity;
    filled += quantity * FILLED[status];
    if (status === "unavailable") missingCents += lineCentsOf(references, id);
  }
  return {
    totalCents: quote.totalCents,
    feesCents: quote.feesCents,
    missingLineCents: Math.ceil(MISSING_LINE_FACTOR * missingCents),
    minutes: quote.estimatedDeliveryMinutes ?? null,
    filled: asked > 0 ? Math.round((filled / asked) * SHARE_PARTS) / SHARE_PARTS : 0,
    commissionBps: standing.commissionBps,
    successes: standing.successes,
    attempts: standing.attempts,
    priority: standing.priority,
    preferred: standing.preferred,
  };
}

function lineCentsOf({ lineCents }: References, itemId: string): number {
  const cents = Object.hasOwn(lineCents, itemId) ? lineCents[itemId] : undefined;
  if (cents === undefined) {
    throw new Error(`Expected a reference for every line of the basket but found none for ${itemId}`);
  }
  return cents;
}
