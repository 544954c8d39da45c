import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { ProviderError } from "../../shared/routing/provider_error.ts";
import { everyOne } from "../../shared/routing/providers/every_one.ts";
import { type ProviderCall, requestEmpty, requestJson } from "../../shared/routing/providers/http.ts";
import { limitOf } from "../../shared/routing/providers/limit.ts";
import { retryAfter } from "../../shared/retry_after.ts";
import {
  ENDLESS,
  failureOf,
  FAULTS,
  NOW,
  says200,
  TestContext,
  timedOut,
} from "../support/provider_context.ts";
import { answers, type Behaviour, hangs, Receiver, says } from "../support/receiver.ts";

const GREETING = z.object({ greeting: z.string() });
const HELLO = says200({ greeting: "hello" });

function callOf(receiver: Receiver, ...behaviours: Behaviour[]): ProviderCall {
  const url = receiver.on("/things", ...behaviours);
  return {
    endpoint: "things",
    url: `${url}?secret=5ec2e7`,
    isSafe: true,
    headers: { authorization: "Bearer 5ec2e7" },
  };
}

function context(calls = 1, options: ConstructorParameters<typeof TestContext>[1] = {}) {
  return new TestContext({ things: calls }, options);
}

Deno.test("a call answers what the schema makes of the JSON, and costs one call", async () => {
  await using receiver = new Receiver();
  const during = context(5);
  assertEquals(await requestJson(GREETING, callOf(receiver, HELLO), during), { greeting: "hello" });
  assertEquals(during.spent, { things: 1 });
  const [request] = receiver.requests;
  assertEquals([request?.method, request?.headers.get("accept")], ["GET", "application/json"]);
});

Deno.test("every fault has its own code, and no word of the provider's, no address and no secret", async (t) => {
  for (const [name, behaviour, code] of [...FAULTS, ["404", answers(404, "no"), "bad_answer"] as const]) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const error = await failureOf(requestJson(GREETING, callOf(receiver, behaviour), context()));
      assertEquals(error.code, code);
      assertEquals(error.retryAfterMs, name === "429 with Retry-After" ? 7_000 : undefined);
      for (const told of [receiver.host, "5ec2e7", "elsewhere", "half", "html"]) {
        assert(!`${error.message} ${error.cause}`.includes(told), error.message);
      }
    });
  }
});

Deno.test("408 leaves open what became of the call, and 404 means what the caller says", async () => {
  await using receiver = new Receiver();
  const timeout = await failureOf(requestEmpty(callOf(receiver, answers(408)), context()));
  assertEquals([timeout.code, timeout.isDefinite], ["unavailable", false]);
  const missing = { ...callOf(receiver, answers(404)), notFound: "nothing_found" } as const;
  assertEquals((await failureOf(requestEmpty(missing, context()))).code, "nothing_found");
});

Deno.test("a caller may judge an answer by its body, but never one of 5xx", async () => {
  await using receiver = new Receiver();
  const bodies: unknown[] = [];
  const judging = (...behaviours: Behaviour[]) => ({
    ...callOf(receiver, ...behaviours),
    failureOf: (status: number, body: unknown) => {
      bodies.push([status, body]);
      return "forbidden" as const;
    },
  });
  for (const behaviour of [says200({ error: "x" }), answers(400, `{"a":1}`), answers(400, "<p>")]) {
    assertEquals((await failureOf(requestJson(GREETING, judging(behaviour), context()))).code, "forbidden");
  }
  assertEquals(bodies, [[200, { error: "x" }], [400, { a: 1 }], [400, undefined]]);
  assertEquals((await failureOf(requestEmpty(judging(answers(500, "{}")), context()))).code, "unavailable");
});

Deno.test("a success without a body is one where no body is wanted", async () => {
  await using receiver = new Receiver();
  await requestEmpty(callOf(receiver, answers(204)), context());
  await requestEmpty(callOf(receiver, answers(200, "<html>")), context());
});

Deno.test("more than 2 MiB is a bad answer, and 2 MiB are read", async () => {
  await using receiver = new Receiver();
  const json = (bytes: number) => `{"greeting":"${"x".repeat(bytes - 15)}"}`;
  const most = 2 * 1024 * 1024;
  const long = await requestJson(GREETING, callOf(receiver, answers(200, json(most))), context());
  assertEquals(long.greeting.length, most - 15);
  const tooLong = callOf(receiver, says(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${json(most + 1)}`));
  assertEquals((await failureOf(requestJson(GREETING, tooLong, context()))).code, "bad_answer");
});

Deno.test("a call that never ends ends with the signal's reason, and may have been carried out", async (t) => {
  for (const [name, endless] of ENDLESS) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const { behaviour, signal } = timedOut(endless);
      const error = await failureOf(
        requestJson(GREETING, callOf(receiver, behaviour), context(1, { signal })),
      );
      assertEquals([error, error.isDefinite], [signal.reason, false]);
    });
  }
});

Deno.test("what is aborted before it is sent is not spent, and is known not to have been carried out", async () => {
  await using receiver = new Receiver();
  const late = new ProviderError("deadline", "Expected an answer before the deadline but found none");
  const during = context(1, { signal: AbortSignal.abort(late) });
  const error = await failureOf(requestJson(GREETING, callOf(receiver, HELLO), during));
  assertEquals([error.code, error.isDefinite, during.spent, receiver.requests], ["deadline", true, {}, []]);
});

Deno.test("a call that is not left, or cannot be sent, is not made", async () => {
  await using receiver = new Receiver();
  const call = callOf(receiver, HELLO);
  assertEquals((await failureOf(requestJson(GREETING, call, context(0)))).code, "rate_limited");
  const during = context();
  for (const value of ["a\nb", "a\u0000", "κλειδί"]) {
    const error = await failureOf(
      requestJson(GREETING, { ...call, headers: { authorization: value } }, during),
    );
    assertEquals([error.code, error.isDefinite, error.message.includes(value)], ["refused", true, false]);
  }
  assertEquals([during.spent, receiver.requests], [{}, []]);
});

Deno.test("Retry-After is read as seconds or a date, and is at most a day", () => {
  const cases: readonly (readonly [string | null, number | undefined])[] = [
    [null, undefined],
    ["", undefined],
    ["soon", undefined],
    ["0", 0],
    [" 7 ", 7],
    ["-7", undefined],
    ["2026", 2_026],
    ["Mon, 99 Foo", undefined],
    ["999999999", 86_400],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["Sat, 21 Nov 2099 12:00:00 GMT", 86_400],
  ];
  for (const [header, expected] of cases) {
    assertEquals(retryAfter(header, NOW), expected, `${header}`);
  }
});

Deno.test("a safe call that hangs is made a second time, and the one that hangs is cut", async () => {
  // The receiver is only disposed of once the first connection was closed by the caller.
  await using receiver = new Receiver();
  const during = context(2, { hedgeAfterMs: 5 });
  assertEquals(await requestJson(GREETING, callOf(receiver, hangs, HELLO), during), { greeting: "hello" });
  assertEquals(during.spent, { things: 2 });
});

Deno.test("a call is not made a second time where that is not safe, planned, allowed or possible", async (t) => {
  const full = limitOf(1);
  const cases: readonly (readonly [string, number, Partial<ProviderCall>])[] = [
    ["not safe", 2, { isSafe: false }],
    ["none left to spend", 1, {}],
    ["the caller says no", 2, { mayHedge: () => false }],
    ["no place is free", 2, { limit: full }],
  ];
  for (const [name, calls, more] of cases) {
    await t.step(name, async () => {
      await using receiver = new Receiver();
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<void>();
      const call = callOf(receiver, async (connection) => {
        asked.resolve();
        await answer.promise;
        await HELLO(connection);
      }, answers(500));
      const during = context(calls, { hedgeAfterMs: 0 });
      const made = requestJson(GREETING, { ...call, ...more }, during);
      await asked.promise;
      // Timers of the same length run in their order: the hedge's was set long before this one.
      await new Promise((resolve) => setTimeout(resolve, 1));
      answer.resolve();
      assertEquals(await made, { greeting: "hello" });
      assertEquals([during.spent, receiver.requests.length], [{ things: 1 }, 1]);
    });
  }
  assert(full.takeNow() !== undefined, "Expected the place to be given back");
});

Deno.test("a failure before the time of the second attempt is not repeated", async () => {
  await using receiver = new Receiver();
  const during = context(2, { hedgeAfterMs: 60_000 });
  const error = await failureOf(requestJson(GREETING, callOf(receiver, answers(500), HELLO), during));
  assertEquals([error.code, during.spent], ["unavailable", { things: 1 }]);
});

Deno.test("of two attempts a bad answer does not win, and where both fail the first one's error counts", async () => {
  await using receiver = new Receiver();
  const second = Promise.withResolvers<void>();
  const afterSecond = (behaviour: Behaviour): Behaviour => async (connection) => {
    await second.promise;
    await behaviour(connection);
  };
  const fails: Behaviour = async (connection) => {
    await answers(500)(connection);
    second.resolve();
  };
  const good = callOf(receiver, afterSecond(HELLO), fails);
  assertEquals(await requestJson(GREETING, good, context(2, { hedgeAfterMs: 5 })), { greeting: "hello" });
  const bad = callOf(receiver, afterSecond(answers(403)), fails);
  const error = await failureOf(requestJson(GREETING, bad, context(2, { hedgeAfterMs: 5 })));
  assertEquals(error.code, "forbidden");
});

Deno.test("no more calls are under way than there are places, and each gets its turn in order", async () => {
  const limit = limitOf(2);
  const { signal } = new AbortController();
  const order: number[] = [];
  const releases: (() => void)[] = [];
  const takes = [0, 1, 2, 3].map(async (turn) => {
    releases.push(await limit.take(signal));
    order.push(turn);
  });
  await Promise.all(takes.slice(0, 2));
  assertEquals([order, limit.takeNow()], [[0, 1], undefined]);
  releases[0]?.();
  releases[0]?.();
  await takes[2];
  assertEquals([order, limit.takeNow()], [[0, 1, 2], undefined]);
  releases[1]?.();
  await takes[3];
  releases[2]?.();
  releases[3]?.();
  assertEquals([limit.takeNow(), limit.takeNow(), limit.takeNow()].map((place) => place !== undefined), [
    true,
    true,
    false,
  ]);
});

Deno.test("who gives up leaves the queue, and takes no place", async () => {
  const limit = limitOf(1);
  const release = await limit.take(new AbortController().signal);
  const impatient = new AbortController();
  const late = new ProviderError("deadline", "Expected an answer before the deadline but found none");
  const waiting = failureOf(limit.take(impatient.signal));
  const next = limit.take(new AbortController().signal);
  impatient.abort(late);
  assertEquals(await waiting, late);
  assertEquals(await failureOf(limit.take(impatient.signal)), late);
  release();
  (await next)();
  assert(limit.takeNow() !== undefined);
});

Deno.test("the first failure of many aborts the others", async () => {
  const failure = new ProviderError("unavailable", "Expected an answer but found none");
  const aborted: unknown[] = [];
  const work = (item: number, { signal }: { readonly signal: AbortSignal }) => {
    if (item === 2) return Promise.reject(failure);
    return new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(signal.reason);
        reject(signal.reason);
      });
    });
  };
  assertEquals(await failureOf(everyOne([1, 2, 3], context(), work)), failure);
  assertEquals(aborted, [failure, failure]);
});
