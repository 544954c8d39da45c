/** A measurement as Instacart understands it. */
export interface Measurement {
  readonly quantity: number;
  readonly unit: string;
}

/** Instacart's word for a unit, and what people write for it. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "pound": ["lb", "lbs", "pound", "pounds", "#"],
  "ounce": ["oz", "ounce", "ounces"],
  "gram": ["g", "gr", "gram", "grams"],
  "kilogram": ["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"],
  "fluid ounce": ["fl oz", "floz", "fluid ounce", "fluid ounces"],
  "cup": ["cup", "cups"],
  "tablespoon": ["tbsp", "tablespoon", "tablespoons"],
  "teaspoon": ["tsp", "teaspoon", "teaspoons"],
  "pint": ["pt", "pint", "pints"],
  "quart": ["qt", "quart", "quarts"],
  "gallon": ["gal", "gallon", "gallons"],
  "milliliter": ["ml", "milliliter", "milliliters", "millilitre", "millilitres"],
  "liter": ["l", "liter", "liters", "litre", "litres"],
  "each": ["each", "ea", "count", "ct", "piece", "pieces", "pc", "pcs", "item", "items", "unit", "units", ""],
  "package": [
    ...[
      "package",
      "packages",
      "pack",
      "packs",
      "pkg",
      "pk",
      "bag",
      "bags",
      "box",
      "boxes",
      "bottle",
      "bottles",
    ],
    ...["carton", "cartons", "jar", "jars", "loaf", "loaves", "tub", "tubs", "tray", "trays", "container"],
    ...["containers", "roll", "rolls", "stick", "sticks", "case", "cases"],
  ],
  "can": ["can", "cans", "tin", "tins"],
  "packet": ["packet", "packets", "sachet", "sachets"],
  "bunch": ["bunch", "bunches"],
  "head": ["head", "heads"],
  "ears": ["ear", "ears"],
};

/** Instacart has no dozen. */
const DOZEN = ["dozen", "dozens", "doz", "dz"];

const WORD_OF = new Map(
  Object.entries(WORDS).flatMap(([word, written]) => written.map((unit) => [unit, word] as const)),
);

/** What a caller writes, in Instacart's words; undefined where it has none, and then the name has to tell it. */
export function toMeasurement(quantity: number, unit: string): Measurement | undefined {
  const written = unit.toLowerCase().replaceAll(".", "").replaceAll(/\s+/g, " ").trim();
  if (DOZEN.includes(written)) return { quantity: quantity * 12, unit: "each" };
  const word = WORD_OF.get(written);
  return word === undefined ? undefined : { quantity, unit: word };
}
