/**
 * Does a piece of work for every item, so many at a time, and keeps the results in their order. Where one fails, what is
 * under way is awaited: nothing goes on behind the back of whoever clears up.
 */
export async function pool<Item, Result>(
  width: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()].values();
  const workers = await Promise.allSettled(Array.from({ length: width }, async () => {
    // One iterator for all: each takes the next item when it is free.
    for (const [index, item] of waiting) results[index] = await work(item, index);
  }));
  const failed = workers.find((worker) => worker.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}
