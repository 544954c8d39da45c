/** More than any order costs: above it an amount is a mistake, and no column need hold it. */
export const MOST_CENTS = 100_000_000;

/** Dollars of a JSON answer in whole cents; 0, which is no price, where they cannot be. */
export function centsOf(dollars: number): number {
  const cents = Math.round(dollars * 100);
  return Math.abs(cents) <= MOST_CENTS ? cents : 0;
}
