const MOST_WORDS = 8;
const MOST_CHARACTERS = 100;
const FEWEST_CHARACTERS = 3;

/**
 * A line's name as `filter.term` takes it: at least three characters, at most eight words. Undefined where it cannot be
 * made so.
 */
export function searchTerm(name: string): string | undefined {
  const words = name.normalize("NFKC").replaceAll(/[^\p{L}\p{M}\p{N}%&'.-]+/gu, " ").trim().split(" ");
  const term = words.slice(0, MOST_WORDS).join(" ").slice(0, MOST_CHARACTERS).trim();
  // A parameter without a letter or digit finds nothing and is refused.
  return term.length >= FEWEST_CHARACTERS && /[\p{L}\p{N}]/u.test(term) ? term : undefined;
}
