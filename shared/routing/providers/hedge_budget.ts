/** Says yes so many times: what a quote plans for second attempts, so that they take no other line's call. */
export function hedgeBudget(most: number): () => boolean {
  let left = most;
  return () => left-- > 0;
}
