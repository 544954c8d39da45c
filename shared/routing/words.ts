/** The words of a name, so that two spellings of one thing are alike. */
import { tokensWithoutSize } from "./measure.ts";
import { remembered } from "./remembered.ts";

/** Words that hold a name together and say nothing. */
const FILLERS: ReadonlySet<string> = new Set(
  "a an and as at by for from in of on or our per the to with x fresh freshly new approx each".split(" "),
);

/** Plurals that no rule makes, and short forms. */
const IRREGULAR: Readonly<Record<string, string>> = {
  leaves: "leaf",
  loaves: "loaf",
  halves: "half",
  knives: "knife",
  cookies: "cookie",
  brownies: "brownie",
  smoothies: "smoothie",
  calories: "calorie",
  pies: "pie",
  movies: "movie",
  hummus: "hummus",
  asparagus: "asparagus",
  couscous: "couscous",
  citrus: "citrus",
  molasses: "molasses",
  swiss: "swiss",
  yoghurt: "yogurt",
  yoghurts: "yogurt",
  mayo: "mayonnaise",
  bbq: "barbecue",
  coke: "cola",
  flavour: "flavor",
  flavoured: "flavored",
};

/**
 * The words of a name in the singular, part by part: shops write «Milk, Whole, 1 gal». Sizes are left out.
 *
 * @example
 * ```ts
 * nameParts("Organic Gala Apples, 3 lb Bag"); // [["organic", "gala", "apple"], ["bag"]]
 * ```
 */
export const nameParts: (name: string) => readonly (readonly string[])[] = remembered((name) => {
  const parts: string[][] = [[]];
  for (const token of tokensWithoutSize(name)) {
    if (/^[,;()]$/.test(token)) parts.push([]);
    if (/[\p{L}\d]/u.test(token) && !FILLERS.has(token)) parts.at(-1)?.push(singular(token));
  }
  return parts.filter((part) => part.length > 0);
});

/** The words of a name, each once. */
export const nameWords: (name: string) => ReadonlySet<string> = remembered((name) =>
  new Set(nameParts(name).flat())
);

function singular(word: string): string {
  const irregular = Object.hasOwn(IRREGULAR, word) ? IRREGULAR[word] : undefined;
  if (irregular !== undefined) return irregular;
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(oes|ches|shes|sses|xes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}
