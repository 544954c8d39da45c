/** How much a package holds, read from what a shop writes, and how much somebody wants. */
import { remembered } from "./remembered.ts";
import { isNumber, tokens } from "./tokens.ts";
import { type Dimension, isContainer, type Unit, unitAt } from "./units.ts";

/** Grams, millilitres, pieces; what is not said is absent. A package may state several: «12 ct / 24 oz». */
export type Amounts = Readonly<Partial<Record<Dimension, number>>>;

/** Pieces of a package multiply what is said of one of them: «6 x 12 oz» always, «24 ct» a volume alone. */
type Term =
  | { readonly of: "amount"; readonly unit: Unit; readonly value: number }
  | { readonly of: "pieces"; readonly value: number };

/** «L» alone is as often «large» as it is a litre. */
const BARE_IN_SIZES = /../;
/** Where a name may leave out the number: «Whole Milk, Gallon». A «pound cake» weighs no pound. */
const BARE_IN_NAMES = /^(gallon|quart|pint|liter|litre|dozen)$/;
/** «15 g protein» is no size. */
const NUTRIENT = /^(protein|fiber|fibre|sugar|sugars|carb|carbs|fat|caffeine|sodium)$/;

/**
 * What a text that is a size says: «2 lbs», «1/2 gal», «6 x 12 fl oz», «dozen», «per lb».
 *
 * @example
 * ```ts
 * parseSize("12 ct"); // { count: 12 }
 * parseSize("Assorted"); // {}
 * ```
 */
export const parseSize: (text: string) => Amounts = remembered((text) =>
  combine(readTerms(tokens(text), BARE_IN_SIZES).terms)
);

/** What one of a unit is, as a shopper writes it: «lbs», «g», «12 oz can». */
export function parseUnit(text: string): Amounts {
  return combine(readTerms(tokens(text), /./).terms);
}

/** What a product's name says of its size. A unit without a number counts only where it cannot mean anything else. */
export function sizeInName(name: string): Amounts {
  return readName(name).size;
}

/** The tokens of a name without those that state a size. */
export function tokensWithoutSize(name: string): readonly string[] {
  return readName(name).rest;
}

const readName = remembered((name) => {
  const { terms, rest } = readTerms(tokens(name), BARE_IN_NAMES);
  return { size: combine(terms), rest };
});

function readTerms(
  all: readonly string[],
  bare: RegExp,
): { terms: readonly Term[]; rest: readonly string[] } {
  const terms: Term[] = [];
  const rest: string[] = [];
  for (let at = 0; at < all.length;) {
    const read = termAt(all, at) ?? bareTermAt(all, at, bare);
    if (read === undefined) rest.push(all[at] ?? "");
    if (read !== undefined) terms.push(...read.terms);
    at += read?.length ?? 1;
  }
  return { terms, rest };
}

interface Read {
  readonly terms: readonly Term[];
  readonly length: number;
}

function termAt(all: readonly string[], at: number): Read | undefined {
  const before = ofPieces(all, at);
  if (before !== undefined) return before;
  const number = numberAt(all, at);
  if (number === undefined) return undefined;
  const pieces: Term[] = number.pieces === undefined ? [] : [{ of: "pieces", value: number.pieces }];
  const next = at + number.length + (all[at + number.length] === "-" ? 1 : 0);
  const found = unitAt(all, next);
  if (found !== undefined) {
    const length = next + found.length - at;
    if (NUTRIENT.test(all[at + length] ?? "")) return { terms: [], length };
    return { terms: [...pieces, { of: "amount", unit: found.unit, value: number.value }], length };
  }
  if (isContainer(all[next])) {
    return { terms: [...pieces, { of: "pieces", value: number.value }], length: next + 1 - at };
  }
  const isTimes = /^[x*]$/.test(all[next] ?? "") && isNumber(all[next + 1]);
  return isTimes ? { terms: [{ of: "pieces", value: number.value }], length: next + 1 - at } : undefined;
}

/** «pack of 6», and the «x 6» after a size. */
function ofPieces(all: readonly string[], at: number): Read | undefined {
  const isPackOf = isContainer(all[at]) && all[at + 1] === "of";
  const start = isPackOf ? at + 2 : at + 1;
  if (!isPackOf && !/^[x*]$/.test(all[at] ?? "")) return undefined;
  const value = all[start];
  if (!isNumber(value) || unitAt(all, start + 1) !== undefined) return undefined;
  return { terms: [{ of: "pieces", value: Number(value) }], length: start + 1 - at };
}

function bareTermAt(all: readonly string[], at: number, bare: RegExp): Read | undefined {
  if (!bare.test(all[at] ?? "")) return undefined;
  const found = unitAt(all, at);
  if (found === undefined) return undefined;
  return { terms: [{ of: "amount", unit: found.unit, value: 1 }], length: found.length };
}

interface ReadNumber {
  readonly value: number;
  readonly length: number;
  /** From «6/12 oz», which is six of twelve. */
  readonly pieces?: number;
}

function numberAt(all: readonly string[], at: number): ReadNumber | undefined {
  if (all[at] === "half") {
    const length = all[at + 1] === "a" || all[at + 1] === "-" ? 2 : 1;
    return { value: 0.5, length };
  }
  if (!isNumber(all[at])) return undefined;
  const first = Number(all[at]);
  const second = Number(all[at + 2]);
  if (all[at + 1] === "/" && isNumber(all[at + 2])) {
    if (isFraction(first, second)) return { value: first / second, length: 3 };
    return { value: second, pieces: first, length: 3 };
  }
  const hyphen = all[at + 1] === "-" ? 1 : 0;
  const fraction = numberOfFraction(all, at + 1 + hyphen);
  if (fraction !== undefined) return { value: first + fraction, length: 4 + hyphen };
  // Of «4.7 - 6.1 lb» only the lesser is sure.
  const isRange = /^(-|to)$/.test(all[at + 1] ?? "") && isNumber(all[at + 2]);
  if (isRange && first < second) return { value: first, length: 3 };
  if (isRange && hyphen === 1) return { value: second, pieces: first, length: 3 };
  return { value: first, length: 1 };
}

function numberOfFraction(all: readonly string[], at: number): number | undefined {
  if (!isNumber(all[at]) || all[at + 1] !== "/" || !isNumber(all[at + 2])) return undefined;
  const [over, under] = [Number(all[at]), Number(all[at + 2])];
  return isFraction(over, under) ? over / under : undefined;
}

/** «1/2» and «3/4» are fractions; «6/12», «12/8» and «4/16» are packs. */
function isFraction(over: number, under: number): boolean {
  if (over >= under || ![2, 3, 4, 8].includes(under)) return false;
  return over === 1 || under % over !== 0 && (over % 2 !== 0 || under % 2 !== 0);
}

function combine(terms: readonly Term[]): Amounts {
  const packs = product(terms.filter((term) => term.of === "pieces").map((term) => term.value));
  const counts = terms.filter((term) => term.of === "amount" && term.unit.dimension === "count");
  const pieces = product(terms.flatMap((term) => piecesOf(term)));
  const grams = first(terms, (unit) => unit.dimension === "mass");
  const millilitres = first(terms, (unit) => unit.dimension === "volume") ??
    first(terms, (unit) => unit.isPlainOunce === true, FLUID_OUNCE_PER_OUNCE);
  // The weight on a label is that of all its pieces, the volume that of one.
  return {
    ...known("mass", grams === undefined ? undefined : grams * packs),
    ...known("volume", millilitres === undefined ? undefined : millilitres * pieces),
    ...known("count", counts.length > 0 || packs !== 1 ? pieces : undefined),
  };
}

const FLUID_OUNCE_PER_OUNCE = 29.5735295625 / 28.349523125;

function piecesOf(term: Term): readonly number[] {
  if (term.of === "pieces") return [term.value];
  return term.unit.dimension === "count" ? [term.value * term.unit.amount] : [];
}

/** A number said twice is the same said twice: «12 pk, 12 ct». */
function product(values: readonly number[]): number {
  return [...new Set(values)].reduce((all, value) => all * value, 1);
}

function first(terms: readonly Term[], fits: (unit: Unit) => boolean, factor = 1): number | undefined {
  for (const term of terms) {
    if (term.of === "amount" && fits(term.unit)) return term.value * term.unit.amount * factor;
  }
  return undefined;
}

function known(dimension: Dimension, amount: number | undefined): Amounts {
  return amount !== undefined && Number.isFinite(amount) && amount > 0 ? { [dimension]: amount } : {};
}
