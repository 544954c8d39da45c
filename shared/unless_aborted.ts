/**
 * The promise, unless the signal comes first: not everything that is waited for knows of signals.
 *
 * @param discard Is handed what comes too late, where that has to be closed.
 * @throws the signal's reason
 *
 * @example
 * ```ts
 * const connection = await unlessAborted(connect(), signal, (late) => late.close());
 * ```
 */
export async function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
  discard: (late: Value) => void = () => {},
): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal.reason);
    promise.then(discard, () => {});
  };
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
