export interface Hedge<Result> {
  /** Milliseconds after which the second attempt may start. */
  readonly afterMs: number;
  /** Ends both attempts. */
  readonly signal: AbortSignal;
  readonly first: (signal: AbortSignal) => Promise<Result>;
  /** Asked once, when the time is over: starts the second attempt, or returns undefined where there may be none. */
  readonly second: (signal: AbortSignal) => Promise<Result> | undefined;
}

/**
 * Makes an attempt and, where it takes long, a second one beside it. The first good answer wins and the other attempt is
 * aborted. A first attempt that fails before the time is over is not repeated; where both fail, the first one's error
 * counts.
 */
export async function hedged<Result>({ afterMs, signal, first, second }: Hedge<Result>): Promise<Result> {
  const decided = new AbortController();
  const ends = AbortSignal.any([signal, decided.signal]);
  const answer = Promise.withResolvers<Result>();
  const failures: unknown[] = [];
  let underWay = 1;

  function fails(place: number, error: unknown) {
    failures[place] = error;
    underWay -= 1;
    if (underWay === 0) answer.reject(failures[0]);
  }

  const timer = setTimeout(() => {
    const attempt = second(ends);
    if (attempt === undefined) return;
    underWay += 1;
    attempt.then(answer.resolve, (error) => fails(1, error));
  }, afterMs);
  first(ends).then(answer.resolve, (error) => fails(0, error));

  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    decided.abort(new Error("Expected the first answer to count but found another one that was faster"));
  }
}
