import type { CallCounts } from "./provider.ts";

/** The calls to a provider that were reserved, and how many of them were made. */
export interface Spending {
  /** Takes one call; false where none is left. An endpoint that was not planned has none. */
  readonly spend: (endpoint: string) => boolean;
  made(): CallCounts;
}

/** Nobody makes more calls than were reserved. */
export function spendingOf(reserved: CallCounts): Spending {
  const made = new Map<string, number>();
  return {
    spend: (endpoint) => {
      const count = made.get(endpoint) ?? 0;
      const most = Object.hasOwn(reserved, endpoint) ? reserved[endpoint]! : 0;
      if (count >= most) return false;
      made.set(endpoint, count + 1);
      return true;
    },
    made: () => Object.fromEntries(made),
  };
}
