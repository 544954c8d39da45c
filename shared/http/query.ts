/** A query as the schemas see it: a key given once is a text, a key given again a list of texts. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/** Put there by supabase-js and the platform, not by the caller. */
const FOREIGN_KEYS = new Set(["forceFunctionRegion", "apikey"]);

/** Reads the query of a URL; what its texts mean is said by the contract's schema. */
export function readQuery(url: string): Query {
  const parameters = new URL(url).searchParams;
  const keys = [...new Set(parameters.keys())].filter((key) => !FOREIGN_KEYS.has(key));
  return Object.fromEntries(keys.map((key) => [key, valueOf(parameters.getAll(key))]));
}

function valueOf(values: readonly string[]): string | readonly string[] {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? only : values;
}
