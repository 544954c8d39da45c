const DAY_SECONDS = 86_400;

/**
 * The seconds a `Retry-After` header asks for, a day at most: it has a number of them, or a date. Undefined where it says
 * neither.
 *
 * @param now Milliseconds since 1970.
 *
 * @example
 * ```ts
 * retryAfter("90", Date.now()); // 90
 * ```
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), DAY_SECONDS);
  // Date.parse takes far more than HTTP's dates; they end in GMT.
  const date = text.endsWith("GMT") ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), DAY_SECONDS);
}
