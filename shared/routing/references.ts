import type { Basket, BasketItem } from "./basket.ts";
import { usualPackages } from "./packages.ts";

/**
 * What every candidate is measured against. Fixed before anybody has quoted and stored with the decision: measured
 * against the cheapest or fastest of the field, a losing candidate could change who wins.
 */
export interface References {
  /** What each line of the basket usually costs, in cents, by its id. */
  readonly lineCents: Readonly<Record<string, number>>;
  /** The sum of `lineCents`, added up once: a sum over a record would depend on the order of its keys. */
  readonly basketCents: number;
  /** A usual delivery; what an unknown one counts as. */
  readonly minutes: number;
  /** The commission that earns all points. */
  readonly commissionBps: number;
  /** Orders that every provider is credited with beside its own. */
  readonly prior: Prior;
}

/** What is taken for granted of a provider nobody has tried. */
export interface Prior {
  readonly successes: number;
  readonly attempts: number;
}

/**
 * For an item nobody has priced in the last 30 days, per usual package: a pound, a gallon, a dozen, or whatever package
 * the unit names. A line is at least one of them: 500 ml of milk cost 800 cents, and so do 100 g of cheese and 12 eggs;
 * two pounds of chicken cost 1600.
 */
export const DEFAULT_PACKAGE_CENTS = 800;
export const REFERENCE_MINUTES = 60;
export const REFERENCE_COMMISSION_BPS = 500;

/**
 * 38 of 40. The lower bound already doubts whoever has few orders, so the prior must not doubt them again: from 8 of
 * 10 a newcomer stands 45 points of reliability behind proven providers and hardly ever gets the orders it could prove
 * itself by, and so does one whose bad days have left the window. From 38 of 40 it stands 11 behind, which a good
 * offer makes up for. `scripts/simulate/learning.ts` compares the two.
 */
export const PRIOR: Prior = { successes: 38, attempts: 40 };

/** A median price seen for an item; null or undefined where nobody has seen one. */
export type SeenCents = (item: BasketItem) => number | null | undefined;

/**
 * The references of a basket: what was seen per unit × quantity, and no less than a package was seen to cost, since
 * nobody sells a part of one.
 */
export function referencesOf(
  basket: Pick<Basket, "items">,
  unitCentsOf: SeenCents,
  packageCentsOf: SeenCents = () => null,
): References {
  const lines = basket.items.map((item): readonly [string, number] => {
    const unitCents = unitCentsOf(item) ?? null;
    const cents = unitCents === null
      ? DEFAULT_PACKAGE_CENTS * usualPackages(item)
      : Math.max(unitCents * item.quantity, packageCentsOf(item) ?? 0);
    return [item.id, Math.max(1, Math.round(cents))];
  });
  return {
    // fromEntries defines what assignment would not: a line may be called «__proto__».
    lineCents: Object.fromEntries(lines),
    basketCents: lines.reduce((sum, [, cents]) => sum + cents, 0),
    minutes: REFERENCE_MINUTES,
    commissionBps: REFERENCE_COMMISSION_BPS,
    prior: PRIOR,
  };
}
