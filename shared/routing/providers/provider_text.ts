/** What a provider wrote, as it can be kept: the database takes neither U+0000 nor half of a surrogate pair. */
import { z } from "zod";

/** The longest id, name and address that are kept, in UTF-16 code units. */
export const MOST_ID = 200;
export const MOST_NAME = 500;
export const MOST_URL = 2_000;

/** A text that has to be there: without it, or with one that cannot be kept, the answer is a bad one. */
export function providerText(most: number) {
  return z.string().min(1).max(most).refine(isStorable);
}

/** A text that an answer can do without: one that cannot be kept counts as none. */
export function optionalText(most: number) {
  return z.string().nullish().transform((text) =>
    text && text.length <= most && isStorable(text) ? text : undefined
  );
}

/**
 * A product's name: cut where it is longer than anybody reads, empty where it cannot be kept. A product without a name
 * is unusable; the others of its answer are not.
 */
export const productName = z.string().trim().transform((name) => isStorable(name) ? cut(name) : "");

function cut(name: string): string {
  const short = name.slice(0, MOST_NAME);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
