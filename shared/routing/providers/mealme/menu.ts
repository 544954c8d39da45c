import type { CatalogProduct } from "../../match_line.ts";
import { nameWords } from "../../words.ts";

/** A menu by the words of its products, so that a line is compared with few of them. */
export type Menu = (name: string) => readonly CatalogProduct[];

/** Words beyond are none that tell what somebody wants. */
const MOST_WORDS = 12;
/** Of one word: a shop lists first what it means by it. */
const MOST_PER_WORD = 100;

/**
 * Finds what may fill a line: the products that share a word with its name, by name or brand. Those that share the most
 * come first, in the shop's order, and no more than `most` of them.
 */
export function menuOf(products: readonly CatalogProduct[], most: number): Menu {
  const places = new Map<string, number[]>();
  for (const [place, { name, brand = "" }] of products.entries()) {
    for (const word of nameWords(name).union(nameWords(brand))) {
      const known = places.get(word);
      if (known === undefined) places.set(word, [place]);
      else if (known.length < MOST_PER_WORD) known.push(place);
    }
  }

  return (name) => {
    const shared = new Map<number, number>();
    for (const word of [...nameWords(name)].slice(0, MOST_WORDS)) {
      for (const place of places.get(word) ?? []) shared.set(place, (shared.get(place) ?? 0) + 1);
    }
    return [...shared]
      .sort(([a, wordsOfA], [b, wordsOfB]) => wordsOfB - wordsOfA || a - b)
      .slice(0, most)
      .flatMap(([place]) => products[place] ?? []);
  };
}
