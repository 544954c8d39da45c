/** The units of size that shops and shoppers write: US customary and metric. */

/** Amounts are held in grams, millilitres and pieces. */
export type Dimension = "mass" | "volume" | "count";

export interface Unit {
  readonly dimension: Dimension;
  /** Grams, millilitres or pieces in one of it. */
  readonly amount: number;
  /** «oz» alone, which shops write on milk as well: weight or volume. */
  readonly isPlainOunce?: boolean;
}

export const POUND_GRAMS = 453.59237;
const GALLON_MILLILITRES = 3785.411784;

const mass = (amount: number): Unit => ({ dimension: "mass", amount });
const volume = (amount: number): Unit => ({ dimension: "volume", amount });
const count = (amount: number): Unit => ({ dimension: "count", amount });

/** Plurals in «s» are taken as well. */
const UNITS: ReadonlyMap<string, Unit> = spelled([
  ["mg milligram milligramme", mass(0.001)],
  ["g gr gm gram gramme", mass(1)],
  ["kg kilo kilogram kilogramme", mass(1000)],
  ["oz ounce", { ...mass(POUND_GRAMS / 16), isPlainOunce: true }],
  ["lb pound", mass(POUND_GRAMS)],
  ["ml milliliter millilitre", volume(1)],
  ["cl centiliter centilitre", volume(10)],
  ["dl deciliter decilitre", volume(100)],
  ["l lt ltr liter litre", volume(1000)],
  ["tsp teaspoon", volume(GALLON_MILLILITRES / 768)],
  ["tbsp tablespoon", volume(GALLON_MILLILITRES / 256)],
  ["floz", volume(GALLON_MILLILITRES / 128)],
  ["cup", volume(GALLON_MILLILITRES / 16)],
  ["pt pint", volume(GALLON_MILLILITRES / 8)],
  ["qt quart", volume(GALLON_MILLILITRES / 4)],
  ["gal gallon", volume(GALLON_MILLILITRES)],
  ["ct cnt count pc pcs piece each ea roll", count(1)],
  ["dozen doz dz", count(12)],
]);

function spelled(rows: readonly (readonly [string, Unit])[]): ReadonlyMap<string, Unit> {
  return new Map(
    rows.flatMap(([names, unit]) => names.split(" ").flatMap((name) => [[name, unit], [`${name}s`, unit]])),
  );
}

/** The unit that starts here, and how many tokens it takes. */
export function unitAt(
  tokens: readonly string[],
  at: number,
): { readonly unit: Unit; readonly length: number } | undefined {
  const word = tokens[at] ?? "";
  if (/^(fl|fluid)$/.test(word) && /^(oz|ozs|ounces?)$/.test(tokens[at + 1] ?? "")) {
    return { unit: volume(GALLON_MILLILITRES / 128), length: 2 };
  }
  const unit = UNITS.get(word);
  return unit && { unit, length: 1 };
}

const CONTAINER = new RegExp(
  "^(bag|bar|block|bottle|box|bunch|can|carton|case|clamshell|container|crate|cube|head|item|jar|jug|loaf|" +
    "pack|package|packet|pk|pkg|pkt|pouch|sleeve|stick|tray|tub|tube|unit)(s|es)?$|^(boxes|loaves)$",
);

/** Whether a word names a package: «bag», «cans», «6-pack». Its contents it does not tell. */
export function isContainer(word: string | undefined): boolean {
  return word !== undefined && CONTAINER.test(word);
}
