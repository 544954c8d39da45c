/** When a failed delivery is tried again: soon at first, and over about a day in all. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * What is waited after the first, the second, … failure, in seconds: 23.7 hours together. The worker runs once a
 * minute, so the first two take until its next run.
 */
export const RETRY_DELAYS_SECONDS: readonly number[] = [
  5,
  30,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
  2 * HOUR,
  4 * HOUR,
  6 * HOUR,
  10 * HOUR,
];

/** A tenth to either side: what failed together does not come back together. */
const JITTER = 0.1;

export interface RetryOptions {
  /** What the receiver asked for by `Retry-After`; it may lengthen a delay, by a day at most. */
  readonly retryAfterSeconds?: number | undefined;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * How long to wait after an attempt that failed, in whole seconds; undefined where it was the last.
 *
 * @param attempt Counts from 1.
 *
 * @example
 * ```ts
 * retryDelay(1, { random: () => 0.5 }); // 5
 * retryDelay(11, { random: () => 0.5 }); // undefined
 * ```
 */
export function retryDelay(
  attempt: number,
  { retryAfterSeconds = 0, random }: RetryOptions,
): number | undefined {
  const delay = RETRY_DELAYS_SECONDS[attempt - 1];
  if (delay === undefined) return undefined;
  const spread = Math.round(delay * (1 - JITTER + 2 * JITTER * random()));
  return Math.max(spread, Math.min(retryAfterSeconds, DAY));
}
