/** Second attempts are a small part of all: each quote earns a twentieth of one. */
const EARNED = 0.05;
/** What may be saved up: after a quiet hour, no burst of more. */
const MOST_SAVED = 5;

/** How many quotes may make a second attempt. */
export interface HedgeShare {
  /** A quote begins: whether it may hedge. Whoever may takes one. */
  take(): boolean;
  /** It was not needed. */
  giveBack(): void;
}

/**
 * A provider's share of second attempts. The learned p95 alone would not bound them: when a provider grows slow, every
 * call takes longer than that, and it would get twice the load at the worst moment.
 */
export function hedgeShare(): HedgeShare {
  let saved = 1;
  return {
    take() {
      saved = Math.min(MOST_SAVED, saved + EARNED);
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
    giveBack() {
      saved = Math.min(MOST_SAVED, saved + 1);
    },
  };
}
