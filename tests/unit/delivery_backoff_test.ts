import { assertEquals, assertGreaterOrEqual, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { RETRY_DELAYS_SECONDS, retryDelay } from "../../shared/delivery/backoff.ts";
import { retryAfter } from "../../shared/retry_after.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** All that is waited between the first attempt and the last. */
function wholeWait(random: () => number): number {
  return RETRY_DELAYS_SECONDS.reduce((sum, _, i) => sum + (retryDelay(i + 1, { random }) ?? Number.NaN), 0);
}

Deno.test("the delays grow, begin with seconds and are about a day together, whatever the jitter", () => {
  const sorted = [...RETRY_DELAYS_SECONDS].sort((a, b) => a - b);
  assertEquals(RETRY_DELAYS_SECONDS, sorted);
  assertEquals(RETRY_DELAYS_SECONDS[0], 5);
  assertEquals(Math.round(wholeWait(() => 0.5) / HOUR), 24);
  fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
    const whole = wholeWait(() => random);
    assertGreaterOrEqual(whole, 21 * HOUR);
    assertLessOrEqual(whole, 27 * HOUR);
  }));
});

Deno.test("the database gives up later than the schedule, so that it never cuts it short", () => {
  // api.claim_deliveries buries what was claimed 20 times without a word.
  assertLess(RETRY_DELAYS_SECONDS.length + 1, 20);
});

Deno.test("deliveries that failed together come back spread out", () => {
  const waits = new Set(Array.from({ length: 100 }, () => retryDelay(10, { random: Math.random })));
  assertGreaterOrEqual(waits.size, 50);
});

Deno.test("after the last delay there is no further attempt", () => {
  const random = () => 0;
  assertEquals(retryDelay(RETRY_DELAYS_SECONDS.length + 1, { random }), undefined);
  assertEquals(retryDelay(10_000, { random }), undefined);
});

Deno.test("Retry-After lengthens a delay and never shortens it, by a day at most", () => {
  const random = () => 0.5;
  assertEquals(retryDelay(1, { random, retryAfterSeconds: 90 }), 90);
  assertEquals(retryDelay(10, { random, retryAfterSeconds: 90 }), 10 * HOUR);
  assertEquals(retryDelay(1, { random, retryAfterSeconds: 999_999_999 }), DAY);
  assertEquals(retryDelay(RETRY_DELAYS_SECONDS.length + 1, { random, retryAfterSeconds: 90 }), undefined);
});

Deno.test("Retry-After is read as seconds or as an HTTP date, and as nothing else", () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);
  const cases: readonly (readonly [header: string | null, seconds: number | undefined])[] = [
    ["0", 0],
    [" 120 ", 120],
    ["999999999", DAY],
    ["Sat, 21 Nov 2026 12:02:00 GMT", 120],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["Fri, 21 Nov 2098 11:00:00 GMT", DAY],
    [null, undefined],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["2026-11-21", undefined],
    ["1e9", undefined],
    ["9".repeat(400), undefined],
    ["GMT", undefined],
  ];
  for (const [header, seconds] of cases) assertEquals([header, retryAfter(header, now)], [header, seconds]);
});
