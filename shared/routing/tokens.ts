/** The tokens of a name or a size: numbers, words in lower case, and the signs that mean something. */

const TOKEN = /\d+(?:\.\d+)?%?|\.\d+%?|\p{L}+|[x*/,;()-]/gu;

/**
 * Case, accents, dots of abbreviations, vulgar fractions and thousands separators are folded; «½» is «1/2».
 *
 * @example
 * ```ts
 * tokens("16 Fl. Oz."); // ["16", "fl", "oz"]
 * ```
 */
export function tokens(text: string): readonly string[] {
  const plain = text
    .replace(/[\u00bc-\u00be\u2150-\u215e]/g, " $&")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("\u2044", "/")
    .replaceAll("\u00d7", "x")
    .replace(/[\u2010-\u2015]/g, "-")
    .replace(/['\u2018\u2019`]/g, "")
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/(?<=\d),(?=\d{1,2}(?!\d))/g, ".")
    .replace(/\.(?!\d)/g, " ")
    .replace(/(?<=\d)\s+%/g, "%");
  return plain.match(TOKEN) ?? [];
}

/** Whether a token is a number without a sign after it. */
export function isNumber(token: string | undefined): token is string {
  return token !== undefined && /^[\d.]+$/.test(token);
}
