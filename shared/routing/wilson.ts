/** The 97.5 % point of the normal distribution: a two-sided 95 % interval. */
const Z = 1.96;
const Z_SQUARED = Z * Z;

/**
 * The lower end of Wilson's 95 % interval for a rate of success, 0..1: as good as it is at least, given so few trials.
 * A success more never lowers it, a failure more never raises it.
 *
 * Written with additions, products, quotients and one square root alone, which IEEE 754 rounds alike everywhere.
 *
 * @example
 * ```ts
 * wilsonLowerBound(8, 10); // 0.490…
 * wilsonLowerBound(98, 100); // 0.930…
 * wilsonLowerBound(0, 0); // 0
 * ```
 */
export function wilsonLowerBound(successes: number, trials: number): number {
  if (trials <= 0) return 0;
  const spread = Math.sqrt((successes * (trials - successes)) / trials + Z_SQUARED / 4);
  return (successes + Z_SQUARED / 2 - Z * spread) / (trials + Z_SQUARED);
}
