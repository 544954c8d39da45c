/** One call, timed, and what came of it. */
import { TradepostError } from "../../shared/client.ts";

/** What came of a call, and how long it took. */
export type Attempt<Answer> =
  | { readonly kind: "answered"; readonly ms: number; readonly answer: Answer }
  | { readonly kind: "refused"; readonly ms: number; readonly refusal: TradepostError }
  | { readonly kind: "failed"; readonly ms: number; readonly reason: string };

const WITHIN_MS = 30_000;

/** Makes a call. A refusal by a rule is told from a fault of the server and from no answer in time. */
export async function attempt<Answer>(
  stop: AbortSignal,
  call: (signal: AbortSignal) => Promise<Answer>,
): Promise<Attempt<Answer>> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(WITHIN_MS)]);
  const before = performance.now();
  const ms = () => performance.now() - before;
  try {
    const answer = await call(signal);
    return { kind: "answered", ms: ms(), answer };
  } catch (thrown) {
    stop.throwIfAborted();
    if (signal.aborted) {
      return { kind: "failed", ms: ms(), reason: `Expected an answer within ${WITHIN_MS} ms` };
    }
    if (!(thrown instanceof TradepostError)) throw thrown;
    if (thrown.status >= 400 && thrown.status < 500) return { kind: "refused", ms: ms(), refusal: thrown };
    return { kind: "failed", ms: ms(), reason: `${thrown.status} ${thrown.code}: ${thrown.message}` };
  }
}
