/** Whether a product is what somebody asked for, by its name. */
import type { BasketItem } from "./basket.ts";
import { effect, isMinor } from "./kinds.ts";
import { nameParts, nameWords } from "./words.ts";

/** What is asked for, and the words of brands that may be missed. */
export interface Request {
  readonly words: ReadonlySet<string>;
  readonly brandWords: ReadonlySet<string>;
  /** What the thing is, in one word: «breast» of «Organic Chicken Breast, large». */
  readonly head: string;
  /** Of the unit: somebody who wants a bar of chocolate is not told another thing by «bar». */
  readonly unitWords: ReadonlySet<string>;
}

export interface Likeness {
  /** Words asked for that the product has not; minor ones alone. None: it is what was asked for. */
  readonly missing: readonly string[];
  /** Whether a word behind what was asked for may make another thing of it: «banana peppers». */
  readonly isDoubtful: boolean;
}

/**
 * What a line of a basket asks for.
 *
 * @param brands Of the products to choose among: one that stands in the name whole is a brand asked for.
 */
export function request(
  { name, unit }: Pick<BasketItem, "name" | "unit">,
  brands: readonly (string | undefined)[],
): Request {
  const words = nameWords(name);
  const brandWords = new Set<string>();
  for (const brand of new Set(brands)) {
    const own = [...nameWords(brand ?? "")];
    // A brand that is all of the name is no brand there: «Butter» of «Butter & Co».
    if (own.length === 0 || own.length >= words.size || !own.every((word) => words.has(word))) continue;
    for (const word of own) brandWords.add(word);
  }
  const isThingLeft = [...words].some((word) => !brandWords.has(word) && !isMinor(word, words));
  return {
    words,
    brandWords: isThingLeft ? brandWords : new Set(),
    head: headOf(name, words),
    unitWords: nameWords(unit),
  };
}

function headOf(name: string, words: ReadonlySet<string>): string {
  const parts = nameParts(name).map((part) => part.filter((word) => !isMinor(word, words)));
  return parts.find((part) => part.length > 0)?.at(-1) ?? "";
}

/** How a product is like what was asked for; undefined where it is another thing. */
export function likeness(
  { words, brandWords, head, unitWords }: Request,
  product: { readonly name: string; readonly brand?: string },
): Likeness | undefined {
  const brand = nameWords(product.brand ?? "");
  const parts = nameParts(product.name);
  const own = nameWords(product.name);
  const missing = [...words].filter((word) => !own.has(word) && !brand.has(word));
  const isEverythingMinor = missing.length === words.size;
  if (isEverythingMinor || !missing.every((word) => brandWords.has(word) || isMinor(word, words))) {
    return undefined;
  }

  // «Chicken of the Sea» has no chicken in it, unless that is the brand asked for.
  const isBrandAsked = [...brand].every((word) => words.has(word));
  if (!isBrandAsked && brand.has(head) && !withoutBrand(parts, [...brand]).has(head)) return undefined;

  const effects = parts.flatMap((part) => {
    const last = part.findLastIndex((word) => words.has(word));
    return part.flatMap((word, at) =>
      words.has(word) || brand.has(word) || unitWords.has(word)
        ? []
        : [effect(word, head, last >= 0 && at > last)]
    );
  });
  if (effects.includes("another")) return undefined;
  return { missing, isDoubtful: effects.includes("doubt") };
}

/** The words of a name's parts but for the brand, where it stands there whole. */
function withoutBrand(parts: readonly (readonly string[])[], brand: readonly string[]): ReadonlySet<string> {
  return new Set(parts.flatMap((part) => {
    const at = part.findIndex((_, start) => brand.every((word, offset) => part[start + offset] === word));
    return part.filter((_, index) => at < 0 || index < at || index >= at + brand.length);
  }));
}
