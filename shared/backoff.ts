/** How a wait grows from failure to failure. */
export interface BackoffOptions {
  /** The longest wait after the first failure, in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer, in milliseconds. */
  readonly longestMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * How long to wait before an attempt, in milliseconds: twice as long from failure to failure, and scattered over the upper
 * half, so that those who failed together do not return together.
 *
 * @param failures How many there were in a row, at least 1
 *
 * @example
 * ```ts
 * backoff(3, { firstMs: 500, longestMs: 30_000, random: 1 }); // 2000
 * ```
 */
export function backoff(failures: number, { firstMs, longestMs, random }: BackoffOptions): number {
  const longest = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return longest * (1 + random) / 2;
}
