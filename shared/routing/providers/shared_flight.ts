import type { CallContext } from "../provider.ts";

/** `fetch` runs under the caller's own signal. */
export type Flight<Value> = (
  key: string,
  context: Pick<CallContext, "signal" | "times">,
  fetch: () => Promise<Value>,
) => Promise<Value>;

/**
 * Lets callers that want the same thing at the same time wait for one fetch of it. Whoever gives up leaves the others
 * alone: where the one who fetches is aborted, one of those waiting fetches instead. Any other failure is everybody's.
 */
export function sharedFlight<Value>(): Flight<Value> {
  const underWay = new Map<string, { readonly value: Promise<Value>; readonly signal: AbortSignal }>();

  return async (key, { signal, times }, fetch) => {
    for (;;) {
      const others = underWay.get(key);
      if (others === undefined) {
        const value = fetch().finally(() => underWay.delete(key));
        underWay.set(key, { value, signal });
        return await value;
      }
      times?.waits();
      try {
        return await orAborted(others.value, signal);
      } catch (error) {
        if (signal.aborted || !others.signal.aborted) throw error;
      }
    }
  };
}

async function orAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([value, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
