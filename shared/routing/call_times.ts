/** Where the time of a provider's calls goes: to the provider, or to waiting for one of our own places. */
export interface CallTimes {
  /** A call waits for a place of ours, or for another's call, which may be waiting for one. */
  waits(): void;
  /** A call goes out. What is returned says that it is over. */
  begins(): () => void;
}

export interface MeasuredTimes extends CallTimes {
  /**
   * Whether the time limit passed by our own waiting: some call waited, and none stood with the provider for half of the
   * limit. A provider that answers whatever it gets is not late because we ask six things at a time.
   */
  isOurDelay(limitMs: number): boolean;
}

export function callTimes(clock: () => number): MeasuredTimes {
  const underWay = new Set<{ readonly since: number }>();
  let hasWaited = false;
  let longestMs = 0;

  function longest(): number {
    const now = clock();
    return [...underWay].reduce((most, { since }) => Math.max(most, now - since), longestMs);
  }

  return {
    waits() {
      hasWaited = true;
    },
    begins() {
      const call = { since: clock() };
      underWay.add(call);
      return () => {
        longestMs = longest();
        underWay.delete(call);
      };
    },
    isOurDelay: (limitMs) => hasWaited && longest() < limitMs / 2,
  };
}
