import type { Grocery } from "./grocery.ts";
import { parseGroceries } from "./parse_groceries.ts";

/** Everything the sandbox's stores sell, and a search as rough as a shop's. */
export interface Catalogue {
  readonly groceries: readonly Grocery[];
  /** Best first: near misses follow what matches, as they do at a real shop. */
  search(term: string): readonly Grocery[];
}

const MOST_CACHED_TERMS = 2000;

/** Reads groceries.txt. */
export async function readCatalogue(): Promise<Catalogue> {
  return catalogueOf(parseGroceries(await Deno.readTextFile(new URL("./groceries.txt", import.meta.url))));
}

export function catalogueOf(groceries: readonly Grocery[]): Catalogue {
  const found = new Map<string, readonly Grocery[]>();
  const entries = groceries.map((grocery) => ({
    grocery,
    words: new Set(wordsOf(`${grocery.kind} ${grocery.brand}`)),
  }));

  function search(term: string): readonly Grocery[] {
    const wanted = [...new Set(wordsOf(term))];
    const key = wanted.join(" ");
    const known = found.get(key);
    if (known) return known;
    const needed = Math.max(1, Math.ceil(wanted.length / 2));
    const hits = entries
      .map(({ grocery, words }) => ({
        grocery,
        matched: wanted.filter((word) => words.has(word)).length,
        extra: words.size,
      }))
      .filter(({ matched }) => matched >= needed)
      .sort((a, b) => b.matched - a.matched || a.extra - b.extra || a.grocery.index - b.grocery.index)
      .map(({ grocery }) => grocery);
    if (found.size >= MOST_CACHED_TERMS) found.clear();
    found.set(key, hits);
    return hits;
  }

  return { groceries, search };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9%]+/).filter((word) => word !== "").map(singular);
}

function singular(word: string): string {
  if (word.length < 4 || word.endsWith("ss")) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(o|sh|ch|x)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}
