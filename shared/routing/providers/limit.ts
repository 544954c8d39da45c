/** How many calls may be under way at once. */
export interface Limit {
  /** Waits for a free place. Returns what gives it back; rejects with the signal's reason once that aborts. */
  take(signal: AbortSignal): Promise<() => void>;
  /** A place that is free at this moment; undefined where none is. */
  takeNow(): (() => void) | undefined;
}

/**
 * The most calls of one instance to one provider under way. An instance serves many baskets at a time, each of which
 * limits itself: a provider that takes 400 ms is to be asked for 150 of them in a second.
 */
export const MOST_CALLS_AT_ONCE = 100;

/** Places for so many calls, given in the order in which they were asked for. */
export function limitOf(most: number = MOST_CALLS_AT_ONCE): Limit {
  let free = most;
  const waiting = new Set<() => void>();

  function release() {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  }

  function takeNow() {
    if (free === 0) return undefined;
    free -= 1;
    return once(release);
  }

  function take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const place = takeNow();
    if (place !== undefined) return Promise.resolve(place);
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        waiting.delete(enter);
        signal.removeEventListener("abort", leave);
        resolve(once(release));
      };
      waiting.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  return { take, takeNow };
}

/** A place given back twice would let one call too many in. */
function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
