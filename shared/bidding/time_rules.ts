/** When a session is open, as pure functions over milliseconds since 1970. The engine in Postgres says the same. */

/** Where a session is between its start and its end. */
export type SessionStatus = "pending" | "active" | "completed" | "expired" | "cancelled";

/** Every step a session may take; what is not here is refused on every path. */
export const SESSION_TRANSITIONS: Readonly<Record<SessionStatus, readonly SessionStatus[]>> = {
  pending: ["active", "cancelled"],
  active: ["completed", "expired", "cancelled"],
  completed: [],
  expired: [],
  cancelled: [],
};

const MINUTE = 60_000;
const LONGEST_EXTENSION = 30 * MINUTE;
const LONGEST_SESSION = 24 * 60 * MINUTE;

/** When a session runs. */
export interface SessionTimes {
  readonly startsAt: number;
  readonly expiresAt: number;
  readonly hardEndAt: number;
}

/** Whether bids are taken; whoever comes at the deadline is late. */
export function isOpen({ startsAt, expiresAt }: SessionTimes, at: number): boolean {
  return at >= startsAt && at < expiresAt;
}

/** What no late bid moves the end beyond: half an hour after the first deadline, a day after the start at most. */
export function hardEnd(startsAt: number, firstExpiresAt: number): number {
  return Math.min(firstExpiresAt + LONGEST_EXTENSION, startsAt + LONGEST_SESSION);
}

/** The deadline once a bid was accepted: one in the last seconds resets what remains to so many seconds. */
export function softClose(
  { expiresAt, hardEndAt }: SessionTimes,
  at: number,
  softCloseSeconds: number,
): number {
  if (softCloseSeconds === 0) return expiresAt;
  return Math.max(expiresAt, Math.min(at + softCloseSeconds * 1000, hardEndAt));
}
