import { setImmediate } from "node:timers/promises";
import { callTimes } from "./call_times.ts";
import type { CallContext, CallCounts } from "./provider.ts";
import { PROVIDER_FAILURES, ProviderError, type ProviderFailureCode } from "./provider_error.ts";
import { spendingOf } from "./spending.ts";

export interface AskOptions {
  /** What was reserved of the provider's quotas. */
  readonly reserved: CallCounts;
  /** The provider's own time limit, in milliseconds. */
  readonly timeoutMs: number;
  /** What is left of the caller's time, in milliseconds. */
  readonly deadlineMs: number;
  readonly hedgeAfterMs?: number | undefined;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  /** Told of what is no ProviderError: a fault of ours in the adapter. */
  readonly onFault?: ((cause: unknown) => void) | undefined;
}

/** How a call to a provider ended, for its circuit and quotas. */
export interface Attempt {
  /** `neutral` says nothing of the provider: it answered well that it cannot, or the caller's time was too short. */
  readonly outcome: "good" | "failed" | "neutral";
  readonly code?: ProviderFailureCode;
  readonly retryAfterMs?: number;
  readonly latencyMs: number;
  /** Calls that were made, by endpoint. */
  readonly calls: CallCounts;
}

export type Asked<Result> = Attempt & ({ readonly result: Result } | { readonly error: ProviderError });

/** Makes a call that ends in time, whatever the provider does, and throws nothing. */
export async function askProvider<Result>(
  call: (context: CallContext) => Promise<Result>,
  { reserved, timeoutMs, deadlineMs, hedgeAfterMs, fetch, clock, onFault }: AskOptions,
): Promise<Asked<Result>> {
  const began = clock();
  const spending = spendingOf(reserved);
  const limit = new AbortController();
  const isOwnLimit = timeoutMs <= deadlineMs;
  const times = callTimes(clock);
  const late = () => {
    if (!isOwnLimit) {
      return new ProviderError("deadline", "Expected an answer before the caller's deadline but found none");
    }
    return times.isOurDelay(timeoutMs)
      ? new ProviderError("deadline", `Expected a place for every call within ${timeoutMs} ms but found none`)
      : new ProviderError("timeout", `Expected an answer within ${timeoutMs} ms but found none`);
  };
  const ended = Promise.withResolvers<never>();
  const timer = setTimeout(async () => {
    const error = late();
    limit.abort(error);
    // An adapter that heeds its signal knows more: whether anything can have been bought.
    await setImmediate();
    ended.reject(error);
  }, Math.max(0, Math.min(timeoutMs, deadlineMs)));
  const context: CallContext = {
    signal: limit.signal,
    fetch,
    clock,
    spend: spending.spend,
    times,
    ...(hedgeAfterMs === undefined ? {} : { hedgeAfterMs }),
  };
  const attempt = () => ({ latencyMs: Math.max(0, Math.round(clock() - began)), calls: spending.made() });
  try {
    // The race holds an adapter to the time that forgets its signal.
    const result = await Promise.race([call(context), ended.promise]);
    return { outcome: "good", ...attempt(), result };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) onFault?.(thrown);
    const error = asProviderError(thrown);
    return {
      outcome: PROVIDER_FAILURES[error.code].countsAgainst ? "failed" : "neutral",
      code: error.code,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      ...attempt(),
      error,
    };
  } finally {
    clearTimeout(timer);
    // What is still under way, such as the loser of a hedge, ends with the call.
    limit.abort(new ProviderError("deadline", "Expected the call to be over but found some of it under way"));
  }
}

/** An adapter throws nothing else; a fault of ours in one must not keep the others from serving. */
function asProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  return new ProviderError("fault", "Expected the adapter to understand the provider but it failed", {
    cause: thrown,
  });
}
