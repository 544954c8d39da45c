/** Longer texts are rare, and would make what is kept large. */
const MOST_LETTERS = 200;
const MOST_KEPT = 4000;

/**
 * The same reading of a text, made once: shops list the same products in answer after answer, and reading their names
 * is most of what matching costs. Keeps at most 4 000 short texts, and starts anew when it is full.
 *
 * @param read Pure; what it returns is shared, and must not be changed.
 */
export function remembered<Value>(read: (text: string) => Value): (text: string) => Value {
  const kept = new Map<string, { readonly value: Value }>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known.value;
    const value = read(text);
    if (text.length > MOST_LETTERS) return value;
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(text, { value });
    return value;
  };
}
