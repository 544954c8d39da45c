import type { CallContext } from "../provider.ts";

/** How many items one quote asks a provider for at a time, so that a long basket does not fall upon it all at once. */
export const MOST_ITEMS_AT_ONCE = 6;

/**
 * Works on all items, some at a time. The first failure aborts the work on the others and begins no more of it: without
 * one, there is no whole.
 */
export async function everyOne<Item, Result>(
  items: readonly Item[],
  context: CallContext,
  work: (item: Item, context: CallContext) => Promise<Result>,
): Promise<Result[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const results: Result[] = [];
  const left = items.entries();
  if (items.length > MOST_ITEMS_AT_ONCE) context.times?.waits();
  async function workOnOneByOne() {
    // The entries are shared: each goes to whoever is free first.
    for (const [at, item] of left) {
      if (failed.signal.aborted) return;
      results[at] = await work(item, { ...context, signal });
    }
  }
  try {
    await Promise.all(Array.from({ length: MOST_ITEMS_AT_ONCE }, workOnOneByOne));
    return results;
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}
