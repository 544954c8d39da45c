/** How many whole packages fill what somebody wants. */
import type { BasketItem } from "./basket.ts";
import { type Amounts, parseSize, parseUnit, sizeInName } from "./measure.ts";
import { tokens } from "./tokens.ts";
import { type Dimension, isContainer, POUND_GRAMS } from "./units.ts";

/** Nobody wants more of one line: a size was misread, or the basket is wrong. */
export const MOST_PACKAGES = 100;

/** Labels are rounded: a gallon is 3.78 l, a pound 453 g. */
const LABEL_ROUNDING = 0.005;

/** What a package of unknown size is taken to hold. A shop that says nothing sells about that. */
const ASSUMED: Readonly<Record<Dimension, number>> = { mass: POUND_GRAMS, volume: 3785.411784, count: 12 };

const DIMENSIONS = ["mass", "volume", "count"] as const satisfies readonly Dimension[];

/** What fills a line: packages whatever they hold, or an amount. */
export type Wanted =
  | { readonly of: "packages"; readonly packages: number }
  | { readonly of: "amount"; readonly amounts: Amounts; readonly quantity: number };

/** How one product fills it. */
export type Fill =
  | {
    readonly packages: number;
    /** Whether the size of its package is not known. */
    readonly isGuess: boolean;
    /** What a package holds, in the unit that was asked for; absent where that is not known. */
    readonly amountPerPackage?: number;
  }
  | "too_many"
  | "other_dimension";

/**
 * What a line asks for. A unit of packages («each», «bags»), and one that nobody knows, counts packages, of the size
 * that the line's name states where it states one.
 */
export function wantedOf({ name, quantity, unit }: BasketItem): Wanted {
  const inUnit = countsPackages(unit) ? {} : parseUnit(unit);
  const amounts = isEmpty(inUnit) ? sizeInName(name) : inUnit;
  if (isEmpty(amounts)) return { of: "packages", packages: quantity };
  return { of: "amount", amounts: scaled(amounts, quantity), quantity };
}

/** What is known of a package. One sold by weight is a pound: its price is by the pound, and so is what is bought. */
export function contents(
  product: { readonly name: string; readonly size?: string; readonly soldBy?: "unit" | "weight" },
): Amounts {
  if (product.soldBy === "weight") return { mass: POUND_GRAMS };
  return { ...sizeInName(product.name), ...parseSize(product.size ?? "") };
}

/** How many packages fill what is wanted. */
export function fill(wanted: Wanted, content: Amounts): Fill {
  if (wanted.of === "packages") return whole(wanted.packages, { isGuess: false, amountPerPackage: 1 });
  const { amounts, quantity } = wanted;
  if (isEmpty(content)) {
    const guess = DIMENSIONS.find((dimension) => amounts[dimension] !== undefined) ?? "count";
    return whole((amounts[guess] ?? 1) / ASSUMED[guess], { isGuess: true });
  }
  for (const dimension of DIMENSIONS) {
    const [asked, held] = [amounts[dimension], content[dimension]];
    if (asked !== undefined && held !== undefined) {
      const known = { isGuess: false, ...amountIfAny(held * quantity / asked) };
      return whole(asked / held, known, dimension === "count" ? 0 : LABEL_ROUNDING);
    }
  }
  return "other_dimension";
}

/**
 * How many usual packages a line stands for where nothing is known of its products, at least one. A piece is the dozenth
 * part of one: nobody knows whether it is an egg or a melon.
 */
export function usualPackages(item: BasketItem): number {
  const wanted = wantedOf(item);
  if (wanted.of === "packages") {
    return bounded(isPiece(item.unit) ? wanted.packages / ASSUMED.count : wanted.packages);
  }
  const dimension = DIMENSIONS.find((one) => wanted.amounts[one] !== undefined) ?? "count";
  return bounded((wanted.amounts[dimension] ?? 1) / ASSUMED[dimension]);
}

function bounded(packages: number): number {
  return Math.min(Math.max(packages, 1), MOST_PACKAGES);
}

function whole(packages: number, known: Omit<Exclude<Fill, string>, "packages">, rounding = 0): Fill {
  const count = Math.max(1, Math.ceil(packages * (1 - rounding)));
  return count <= MOST_PACKAGES ? { packages: count, ...known } : "too_many";
}

/** A unit such as «1e-300 g» makes of every package more than a number can hold. */
function amountIfAny(amountPerPackage: number): { amountPerPackage?: number } {
  return Number.isFinite(amountPerPackage) && amountPerPackage > 0 ? { amountPerPackage } : {};
}

function countsPackages(unit: string): boolean {
  const words = tokens(unit);
  return isPiece(unit) || words.length === 1 && isContainer(words[0]);
}

function isPiece(unit: string): boolean {
  return /^(each|ea)$/.test(tokens(unit).join(" "));
}

function scaled(amounts: Amounts, factor: number): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([dimension, amount]) => [dimension, amount * factor]),
  );
}

function isEmpty(amounts: Amounts): boolean {
  return DIMENSIONS.every((dimension) => amounts[dimension] === undefined);
}
