import { assertEquals } from "@std/assert";
import { ProviderError } from "../../shared/routing/provider_error.ts";
import { accessTokens } from "../../shared/routing/providers/access_token.ts";
import { storeCache } from "../../shared/routing/providers/store_cache.ts";
import { failureOf, TestContext } from "../support/provider_context.ts";

const HALF_HOUR_MS = 1_800_000;
const DOWN = new ProviderError("unavailable", "Expected an answer but found none");
const VOID = new ProviderError("unauthorized", "Expected a success but found status 401");
const LATE = new ProviderError("deadline", "Expected an answer before the deadline but found none");

/** Gives out t1, t2, … */
function counted(lifetimeMs = HALF_HOUR_MS) {
  let count = 0;
  const tokens = accessTokens(() => Promise.resolve({ value: `t${++count}`, lifetimeMs }));
  return { tokens, use: (during: TestContext) => tokens.use(during, (token) => Promise.resolve(token)) };
}

Deno.test("a token is fetched once for all who ask at once, and again 60 s before it ends", async () => {
  const { use } = counted();
  const during = new TestContext({});
  assertEquals(await Promise.all([use(during), use(during), use(during)]), ["t1", "t1", "t1"]);
  during.now += HALF_HOUR_MS - 60_001;
  assertEquals(await use(during), "t1");
  during.now += 1;
  assertEquals(await use(during), "t2");
});

Deno.test("a token that lives shorter than that is used for half its life", async () => {
  const { use } = counted(60_000);
  const during = new TestContext({});
  await use(during);
  during.now += 29_999;
  assertEquals(await use(during), "t1");
  during.now += 1;
  assertEquals(await use(during), "t2");
});

Deno.test("a token found unauthorized is renewed once, by all who find it so together", async () => {
  const { tokens } = counted();
  const during = new TestContext({});
  const used: string[] = [];
  const onlyTheSecond = (token: string) => {
    used.push(token);
    return token === "t2" ? Promise.resolve(token) : Promise.reject(VOID);
  };
  const both = [tokens.use(during, onlyTheSecond), tokens.use(during, onlyTheSecond)];
  assertEquals(await Promise.all(both), ["t2", "t2"]);
  assertEquals(used.toSorted(), ["t1", "t1", "t2", "t2"]);

  let tries = 0;
  const never = () => (tries += 1, Promise.reject(VOID));
  assertEquals((await failureOf(tokens.use(during, never))).code, "unauthorized");
  assertEquals(tries, 2);
});

Deno.test("other failures renew nothing", async () => {
  const { tokens, use } = counted();
  const during = new TestContext({});
  assertEquals(await failureOf(tokens.use(during, () => Promise.reject(DOWN))), DOWN);
  assertEquals(await use(during), "t1");
});

Deno.test("a failed fetch is everybody's who waits for it, and is not kept", async () => {
  let fetches = 0;
  const tokens = accessTokens(() => {
    fetches += 1;
    return fetches === 1
      ? Promise.reject(DOWN)
      : Promise.resolve({ value: "good", lifetimeMs: HALF_HOUR_MS });
  });
  const during = new TestContext({});
  const use = () => tokens.use(during, (token) => Promise.resolve(token));
  assertEquals(await Promise.all([failureOf(use()), failureOf(use())]), [DOWN, DOWN]);
  assertEquals([await use(), fetches], ["good", 2]);
});

Deno.test("who gives up leaves those who wait with him alone: one of them fetches instead", async () => {
  let fetches = 0;
  const tokens = accessTokens(({ signal }) => {
    fetches += 1;
    if (fetches > 1) return Promise.resolve({ value: "good", lifetimeMs: HALF_HOUR_MS });
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const impatient = new AbortController();
  const use = (signal: AbortSignal) =>
    tokens.use(new TestContext({}, { signal }), (token) => Promise.resolve(token));
  const first = failureOf(use(impatient.signal));
  const others = [1, 2].map(() => use(new AbortController().signal));
  // Whatever the reason: a quote's own failure aborts its token's fetch as well.
  impatient.abort(DOWN);
  assertEquals([await first, await Promise.all(others), fetches], [DOWN, ["good", "good"], 2]);
});

Deno.test("who waits for another one's fetch can give up alone", async () => {
  const answer = Promise.withResolvers<{ value: string; lifetimeMs: number }>();
  const tokens = accessTokens(() => answer.promise);
  const use = (signal: AbortSignal) =>
    tokens.use(new TestContext({}, { signal }), (token) => Promise.resolve(token));
  const impatient = new AbortController();
  const first = use(new AbortController().signal);
  const second = failureOf(use(impatient.signal));
  impatient.abort(LATE);
  assertEquals(await second, LATE);
  answer.resolve({ value: "good", lifetimeMs: HALF_HOUR_MS });
  assertEquals(await first, "good");
});

Deno.test("a store is remembered for a day, that there is none for an hour, and a failure not at all", async () => {
  const finds: string[] = [];
  let answer: () => Promise<string | undefined> = () => Promise.resolve("01400943");
  const storeOf = storeCache((zipCode) => (finds.push(zipCode), answer()));
  const during = new TestContext({});

  assertEquals(await Promise.all([storeOf("45202", during), storeOf("45202", during)]), [
    "01400943",
    "01400943",
  ]);
  during.now += 86_400_000 - 1;
  await storeOf("45202", during);
  assertEquals(finds, ["45202"]);
  during.now += 1;
  answer = () => Promise.reject(DOWN);
  assertEquals(await failureOf(storeOf("45202", during)), DOWN);
  answer = () => Promise.resolve(undefined);
  assertEquals((await failureOf(storeOf("45202", during))).code, "no_store");
  during.now += 3_600_000 - 1;
  assertEquals((await failureOf(storeOf("45202", during))).code, "no_store");
  assertEquals(finds.length, 3);
  during.now += 1;
  answer = () => Promise.resolve("01400944");
  assertEquals(await storeOf("45202", during), "01400944");
});
