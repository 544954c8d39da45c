import { assert, assertEquals } from "@std/assert";
import { randomFrom } from "../../scripts/sandbox/hash.ts";
import type { CallContext } from "../../shared/routing/provider.ts";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { ProviderError } from "../../shared/routing/provider_error.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import { routeBasket } from "../../shared/routing/route_basket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { plainRouter, REQUEST, riceFor, startFor } from "../support/plain_providers.ts";

const ROUTES = 1_000;
/** Of these 100 ms are kept for saving. */
const DEADLINE_MS = 500;
const QUOTES_MS = DEADLINE_MS - 100;
const LATENESS_MS = 50;
const AT_ONCE = 100;

/** What became of one provider's call. */
interface Call {
  readonly at: number;
  signal: AbortSignal;
  isAnswered: boolean;
}

/** A provider that takes its time, fails late, hangs with or without an eye on its signal, or drips. */
function moodyQuote(id: ProviderId, random: () => number, calls: Call[], now: () => number) {
  return async (_: unknown, { signal }: CallContext): Promise<Quote> => {
    const call: Call = { at: now(), signal, isAnswered: false };
    calls.push(call);
    const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    const mood = random();
    const milliseconds = random() * 2 * QUOTES_MS;
    if (mood < 0.15) return await new Promise<never>(() => {});
    if (mood < 0.30) {
      return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    if (mood < 0.45) {
      // A byte now and then, for longer than anybody waits.
      for (let byte = 0; byte < 40 && !signal.aborted; byte++) await wait(QUOTES_MS / 20);
      return await Promise.reject(signal.reason);
    }
    await wait(milliseconds);
    call.isAnswered = true;
    if (mood < 0.6) throw new ProviderError("unavailable", "Expected an answer but found none");
    return riceFor(id, 100 + Math.floor(random() * 900));
  };
}

function moodyRouter(random: () => number, calls: Call[], now: () => number) {
  const quotes = PROVIDER_IDS.map((id) => [id, moodyQuote(id, random, calls, now)]);
  return plainRouter(Object.fromEntries(quotes), { clock: now });
}

Deno.test("a thousand routes among moody providers end by their deadline to the millisecond, on a clock without noise", async () => {
  using time = new FakeClock();
  const random = randomFrom(20_261_121);
  let decided = 0;
  for (let route = 0; route < ROUTES; route++) {
    const startedAt = route * 10_000;
    const calls: Call[] = [];
    const router = moodyRouter(random, calls, () => startedAt + (time.now - before));
    const before = time.now;
    const routing = routeBasket({ ...REQUEST, deadlineMs: DEADLINE_MS }, startFor(), router, {
      startedAt,
      requestId: "req_1",
    });
    let endedAfter = -1;
    routing.then(() => endedAfter = time.now - before);
    await time.pass(QUOTES_MS);
    const outcome = await routing;
    assert(endedAfter >= 0 && endedAfter <= QUOTES_MS, `Expected route ${route} to end but found it waiting`);
    assertEquals(calls.map(({ at }) => at), [startedAt, startedAt, startedAt, startedAt]);
    assertEquals(calls.filter(({ signal }) => !signal.aborted), []);
    assertEquals(outcome.attempts.length, 4);
    if (outcome.selectedProvider !== null) decided += 1;
    // Late answers find nobody.
    await time.pass(2 * QUOTES_MS);
  }
  assert(decided > ROUTES / 2, `Expected most routes to find an offer but found ${decided}`);
});

/**
 * Wall time is held against a timer that was set in the same moment for the same time: where the machine is busy both
 * are late, and what the router adds is seen all the same.
 */
Deno.test("a thousand routes among moody providers take no longer than a timer set beside each", async () => {
  const random = randomFrom(500_500);
  const lateness: number[] = [];
  const now = () => performance.now();
  for (let batch = 0; batch < ROUTES / AT_ONCE; batch++) {
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      const startedAt = now();
      const timer = new Promise<number>((resolve) => setTimeout(() => resolve(now()), QUOTES_MS));
      const routed = routeBasket(
        { ...REQUEST, deadlineMs: DEADLINE_MS },
        startFor(),
        moodyRouter(random, [], now),
        { startedAt, requestId: "req_1" },
      ).then(now);
      const [timed, ended] = await Promise.all([timer, routed]);
      lateness.push(ended - timed);
    }));
  }
  assertEquals(lateness.length, ROUTES);
  const worst = Math.max(...lateness);
  assert(worst <= LATENESS_MS, `Expected at most ${LATENESS_MS} ms beyond the timer but found ${worst}`);
});
