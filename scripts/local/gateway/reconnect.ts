/**
 * Seconds before a lost connection is tried again. The driver's own pause grows to 20 s: long after a database
 * has come back, its callers would still be waiting.
 */
export function reconnectAfter(): number {
  return 0.1;
}
