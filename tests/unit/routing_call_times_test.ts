/** Whose time it is that runs out: the provider's, or that of our own waiting for places. */
import { assertEquals } from "@std/assert";
import { type AskOptions, askProvider } from "../../shared/routing/ask_provider.ts";
import type { Basket } from "../../shared/routing/basket.ts";
import { callTimes } from "../../shared/routing/call_times.ts";
import type { CallContext } from "../../shared/routing/provider.ts";
import { everyOne } from "../../shared/routing/providers/every_one.ts";
import { requestEmpty } from "../../shared/routing/providers/http.ts";
import { kroger } from "../../shared/routing/providers/kroger/adapter.ts";
import { limitOf } from "../../shared/routing/providers/limit.ts";
import { sharedFlight } from "../../shared/routing/providers/shared_flight.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { product, STORE } from "../support/kroger_api.ts";

const ADDRESS = { street: "1 Vine St", city: "Cincinnati", state: "OH", postalCode: "45202", country: "US" };

/** So many lines of different names. */
function basketOf(lines: number): Basket {
  const items = Array.from({ length: lines }, (_, place) => ({
    id: `${place}`,
    name: `Whole Milk ${place}`,
    quantity: 1,
    unit: "gallon",
  }));
  return { items, address: ADDRESS };
}

const ANSWERS: readonly (readonly [string, unknown])[] = [
  ["/oauth2/token", { access_token: "app", expires_in: 1800 }],
  ["/locations", { data: [{ locationId: STORE }] }],
  ["/products", { data: [product({ description: "Whole Milk" })] }],
];

/** Kroger, where every call takes so long, and those to `hangsAt` take for ever. */
function krogerThatTakes(milliseconds: number, hangsAt = "nothing"): typeof fetch {
  return (input, init) => {
    const path = String(input);
    return new Promise((resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      if (path.includes(hangsAt)) return;
      const body = ANSWERS.find(([end]) => path.includes(end))?.[1];
      setTimeout(() => resolve(Response.json(body)), milliseconds);
    });
  };
}

function opened() {
  const estimates = { feesCents: 0, taxBps: 0 };
  return kroger({ baseUrl: "https://kroger.example", clientId: "a", clientSecret: "b", estimates });
}

function options(time: FakeClock, fetch: typeof globalThis.fetch, timeoutMs: number): AskOptions {
  const reserved = { token: 9, locations: 9, products: 999, cart: 1 };
  return { reserved, timeoutMs, deadlineMs: 60_000, fetch, clock: () => time.now };
}

Deno.test("four guests with a hundred lines each do not make Kroger late that answers everything in 300 ms", async () => {
  using time = new FakeClock();
  const adapter = opened();
  const guests = [1, 2, 3, 4].map(() =>
    askProvider(
      (context) => adapter.quote(basketOf(100), context),
      options(time, krogerThatTakes(300), 3_000),
    )
  );
  await time.pass(3_000);
  const asked = await Promise.all(guests);
  assertEquals(asked.map(({ outcome, code }) => [outcome, code]), Array(4).fill(["neutral", "deadline"]));
});

Deno.test("Kroger that hangs is late, however long the basket is", async (t) => {
  for (const end of ["token", "locations", "products"]) {
    for (const lines of [1, 100]) {
      await t.step(`${end}, ${lines} lines`, async () => {
        using time = new FakeClock();
        const adapter = opened();
        const asking = askProvider(
          (context) => adapter.quote(basketOf(lines), context),
          options(time, krogerThatTakes(300, end), 3_000),
        );
        await time.pass(3_000);
        const { outcome, code } = await asking;
        assertEquals([outcome, code], ["failed", "timeout"]);
      });
    }
  }
});

Deno.test("Kroger that takes two seconds for what should take a third is late", async () => {
  using time = new FakeClock();
  const adapter = opened();
  const asking = askProvider(
    (context) => adapter.quote(basketOf(100), context),
    options(time, krogerThatTakes(2_000), 3_000),
  );
  await time.pass(3_000);
  assertEquals((await asking).code, "timeout");
});

Deno.test("time that runs out before anything is bought is certain, and only then", async (t) => {
  for (const [end, isDefinite] of [["/products", true], ["/cart", false]] as const) {
    await t.step(end, async () => {
      using time = new FakeClock();
      const adapter = opened();
      const quoting = askProvider(
        (context) => adapter.quote(basketOf(1), context),
        options(time, krogerThatTakes(1), 3_000),
      );
      await time.pass(10);
      const quoted = await quoting;
      if ("error" in quoted) throw quoted.error;
      const purchase = {
        orderReference: "1",
        address: ADDRESS,
        quote: quoted.result,
        mostCents: 999_999,
        paymentMethodToken: "shopper",
      };
      const confirming = askProvider(
        (context) => adapter.confirm(purchase, context),
        options(time, krogerThatTakes(1, end), 3_000),
      );
      await time.pass(3_000);
      const confirmed = await confirming;
      assertEquals(["error" in confirmed && confirmed.error.isDefinite, confirmed.code], [
        isDefinite,
        "timeout",
      ]);
    });
  }
});

Deno.test("the limit passed by our own waiting only where some call waited and none took half of it", () => {
  let now = 0;
  const times = callTimes(() => now);
  const isOver = times.begins();
  now = 499;
  assertEquals(times.isOurDelay(1_000), false);
  times.waits();
  assertEquals(times.isOurDelay(1_000), true);
  now = 500;
  assertEquals(times.isOurDelay(1_000), false);
  isOver();
  now = 900;
  // However it ended.
  assertEquals([times.isOurDelay(1_000), times.isOurDelay(1_001)], [false, true]);
});

Deno.test("every place where a call waits for us is told", async (t) => {
  const context = (told: string[]): CallContext => ({
    signal: new AbortController().signal,
    fetch: () => Promise.resolve(new Response()),
    clock: () => 0,
    spend: () => true,
    times: {
      waits: () => void told.push("waits"),
      begins: () => {
        told.push("begins");
        return () => void told.push("over");
      },
    },
  });
  await t.step("a place of the instance's", async () => {
    const told: string[] = [];
    const limit = limitOf(1);
    const call = { endpoint: "search", url: "https://kroger.example/", isSafe: true, limit };
    const release = limit.takeNow();
    const waiting = requestEmpty(call, context(told));
    assertEquals(told, ["waits"]);
    release?.();
    await waiting;
    await requestEmpty(call, context(told));
    assertEquals(told, ["waits", "begins", "over", "begins", "over"]);
  });
  await t.step("a turn among the basket's lines", async () => {
    const told: string[] = [];
    await everyOne([1, 2, 3, 4, 5, 6], context(told), () => Promise.resolve());
    assertEquals(told, []);
    await everyOne([1, 2, 3, 4, 5, 6, 7], context(told), () => Promise.resolve());
    assertEquals(told, ["waits"]);
  });
  await t.step("another's call", async () => {
    const told: string[] = [];
    const share = sharedFlight<number>();
    const fetched = Promise.withResolvers<number>();
    const both = [1, 2].map(() => share("token", context(told), () => fetched.promise));
    assertEquals(told, ["waits"]);
    fetched.resolve(7);
    assertEquals(await Promise.all(both), [7, 7]);
  });
});
