import type { BasketItem } from "../basket.ts";
import type { CallContext } from "../provider.ts";
import { everyOne } from "./every_one.ts";

/**
 * What a basket's lines are searched for. Lines of one name share a search, whether they write it large or small.
 *
 * @param termOf A name in the provider's form; undefined where there is nothing to search for.
 */
export function distinctTerms(
  items: readonly BasketItem[],
  termOf: (name: string) => string | undefined,
): readonly string[] {
  const terms = new Map<string, string>();
  for (const { name } of items) {
    const term = termOf(name);
    if (term !== undefined && !terms.has(keyOf(term))) terms.set(keyOf(term), term);
  }
  return [...terms.values()];
}

/** Searches for every term, and tells of each what it finds. */
export async function searchOnce<Found>(
  terms: readonly string[],
  context: CallContext,
  search: (term: string, context: CallContext) => Promise<readonly Found[]>,
): Promise<(term: string) => readonly Found[]> {
  const answers = await everyOne(
    terms,
    context,
    async (term, context) => [keyOf(term), await search(term, context)] as const,
  );
  const found = new Map(answers);
  return (term) => found.get(keyOf(term)) ?? [];
}

function keyOf(term: string): string {
  return term.toLowerCase();
}
