import { assertEquals } from "@std/assert";
import { type AskOptions, askProvider } from "../../shared/routing/ask_provider.ts";
import type { CallContext } from "../../shared/routing/provider.ts";
import {
  PROVIDER_FAILURES,
  ProviderError,
  type ProviderFailureCode,
} from "../../shared/routing/provider_error.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { present } from "../support/present.ts";

const OPTIONS: AskOptions = {
  reserved: { search: 2 },
  timeoutMs: 1_000,
  deadlineMs: 5_000,
  fetch,
  clock: () => 0,
};

const CODES: readonly ProviderFailureCode[] = [
  "timeout",
  "deadline",
  "unavailable",
  "bad_answer",
  "unauthorized",
  "forbidden",
  "rate_limited",
  "nothing_found",
  "no_store",
  "payment_required",
  "fault",
  "refused",
];

const never = () => new Promise<never>(() => {});

Deno.test("a good answer is given on with what it took", async () => {
  let now = 100;
  const asked = await askProvider((context) => {
    context.spend("search");
    now = 130;
    return Promise.resolve("offer");
  }, { ...OPTIONS, clock: () => now });
  assertEquals(asked, { outcome: "good", latencyMs: 30, calls: { search: 1 }, result: "offer" });
});

Deno.test("every failure counts for the circuit as the catalogue of failures says", async () => {
  for (const [name, { countsAgainst }] of Object.entries(PROVIDER_FAILURES)) {
    const code = present(CODES.find((known) => known === name), `${name} in the list of this test`);
    const asked = await askProvider(
      () => Promise.reject(new ProviderError(code, "Expected otherwise", { retryAfterMs: 7_000 })),
      OPTIONS,
    );
    const outcome = countsAgainst ? "failed" : "neutral";
    assertEquals([asked.outcome, asked.code, asked.retryAfterMs], [outcome, code, 7_000]);
  }
});

Deno.test("a call that forgets its signal ends at the provider's limit, and counts against it", async () => {
  using time = new FakeClock();
  let signal: AbortSignal | undefined;
  const asking = askProvider((context) => {
    signal = context.signal;
    return never();
  }, OPTIONS);
  let isDone = false;
  asking.then(() => isDone = true);
  await time.pass(999);
  assertEquals([isDone, signal?.aborted], [false, false]);
  await time.pass(1);
  const asked = await asking;
  assertEquals([asked.outcome, asked.code, signal?.aborted], ["failed", "timeout", true]);
  assertEquals(time.pending, 0);
});

Deno.test("a caller's short deadline ends the call too, and says nothing of the provider", async () => {
  using time = new FakeClock();
  const asking = askProvider(never, { ...OPTIONS, deadlineMs: 400 });
  await time.pass(400);
  const asked = await asking;
  assertEquals([asked.outcome, asked.code], ["neutral", "deadline"]);
});

Deno.test("no time left is no time: the call ends at once", async () => {
  using time = new FakeClock();
  const asking = askProvider(never, { ...OPTIONS, deadlineMs: -50 });
  await time.pass(0);
  assertEquals((await asking).code, "deadline");
});

Deno.test("what is still under way is aborted once the answer is there", async () => {
  let context: CallContext | undefined;
  await askProvider((given) => {
    context = given;
    return Promise.resolve("first of two");
  }, OPTIONS);
  assertEquals(context?.signal.aborted, true);
  assertEquals(context?.signal.reason instanceof ProviderError, true);
});

Deno.test("a fault of ours in an adapter says nothing of its provider, thrown or rejected", async () => {
  const faults: readonly (() => Promise<never>)[] = [
    () => Promise.reject(new TypeError("undefined is not a function")),
    () => {
      throw new TypeError("undefined is not a function");
    },
    () => Promise.reject("a text"),
  ];
  for (const fault of faults) {
    const asked = await askProvider(fault, OPTIONS);
    assertEquals([asked.outcome, asked.code], ["neutral", "fault"]);
    assertEquals("error" in asked && asked.error.message.includes("undefined"), false);
  }
});

Deno.test("a clock that goes back makes no negative time", async () => {
  const times = [100, 40];
  const asked = await askProvider(() => Promise.resolve(1), { ...OPTIONS, clock: () => times.shift() ?? 0 });
  assertEquals(asked.latencyMs, 0);
});

Deno.test("a second attempt is allowed only where a time for it is given", async () => {
  const seen: (number | undefined)[] = [];
  const look = (context: CallContext) => {
    seen.push(context.hedgeAfterMs);
    return Promise.resolve("hedgeAfterMs" in context);
  };
  const without = await askProvider(look, OPTIONS);
  const given = await askProvider(look, { ...OPTIONS, hedgeAfterMs: 80 });
  assertEquals(["result" in without && without.result, "result" in given && given.result], [false, true]);
  assertEquals(seen, [undefined, 80]);
});
