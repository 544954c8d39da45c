import type { TradepostError } from "../client_error.ts";

/** How a watch waits from failure to failure: half a second at first, half a minute at most. */
export const WATCH_BACKOFF = { firstMs: 500, longestMs: 30_000 } as const;

/** Statuses that ask for the same call again. */
const TRANSIENT = new Set([408, 425, 429]);

/**
 * Whether the same call would be refused for ever. A token that has expired is not: its owner's client gets
 * another one.
 */
export function isFinal({ status, code }: Pick<TradepostError, "status" | "code">): boolean {
  return status >= 400 && status < 500 && !TRANSIENT.has(status) && code !== "credentials_expired";
}
