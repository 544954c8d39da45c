const MOST_MS = 24 * 60 * 60 * 1_000;

/** HTTP dates begin with a day of the week. What else `Date.parse` takes for a date is none here. */
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * How long a Retry-After asks to wait, in milliseconds: seconds or an HTTP date, never more than a day. Undefined where
 * there is none that can be read.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === "") return undefined;
  const wait = waitOf(value, now);
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MOST_MS);
}

function waitOf(value: string, now: number): number {
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  return DATE.test(value) ? Date.parse(value) - now : NaN;
}
