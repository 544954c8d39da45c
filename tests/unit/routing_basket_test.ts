import { assertEquals } from "@std/assert";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { ProviderError } from "../../shared/routing/provider_error.ts";
import { deadlineOf, plannedCalls, routeBasket, type RouteEvent } from "../../shared/routing/route_basket.ts";
import type { RouteRequest } from "../../shared/routing/route_order_contract.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { plainRouter, REQUEST, riceFor, startFor } from "../support/plain_providers.ts";

const OPTIONS = { startedAt: 0, requestId: "req_1" };
const clock = () => 0;

const offers = (cents: number, provider: (typeof PROVIDER_IDS)[number]) => () =>
  Promise.resolve(riceFor(provider, cents));
const fails = (code: ConstructorParameters<typeof ProviderError>[0], retryAfterMs?: number) => () =>
  Promise.reject(new ProviderError(code, "Expected otherwise", { retryAfterMs }));

Deno.test("the best offer is answered with everybody's part and what the database is to keep", async () => {
  const events: RouteEvent[] = [];
  const router = plainRouter({
    KROGER_API: offers(700, "KROGER_API"),
    WALMART_API: offers(500, "WALMART_API"),
    MEALME: fails("unavailable", 4_000),
  }, { clock, log: (event) => events.push(event) });
  const outcome = await routeBasket(REQUEST, startFor(), router, OPTIONS);

  assertEquals(outcome.selectedProvider, "WALMART_API");
  assertEquals(
    outcome.quotes.map(({ provider, status, code, rank }) => [provider, status, code, rank]),
    [
      ["KROGER_API", "ok", undefined, 2],
      ["WALMART_API", "ok", undefined, 1],
      ["INSTACART", "disabled", "disabled", undefined],
      ["MEALME", "error", "unavailable", undefined],
    ],
  );
  assertEquals(outcome.attempts, [
    { provider: "KROGER_API", outcome: "good", code: undefined, retryAfterMs: undefined, calls: {} },
    { provider: "WALMART_API", outcome: "good", code: undefined, retryAfterMs: undefined, calls: {} },
    { provider: "MEALME", outcome: "failed", code: "unavailable", retryAfterMs: 4_000, calls: {} },
  ]);
  assertEquals(outcome.observations, [
    { provider: "KROGER_API", name: "Rice", unit: "lb", unitCents: 700, packageCents: 700 },
    { provider: "WALMART_API", name: "Rice", unit: "lb", unitCents: 500, packageCents: 500 },
  ]);
  assertEquals(
    events.map((
      { event, providerId, selectedProviderId, code, totalCents },
    ) => [event, providerId ?? selectedProviderId, code ?? totalCents]),
    [
      ["provider_quote_start", "KROGER_API", undefined],
      ["provider_quote_start", "WALMART_API", undefined],
      ["provider_quote_start", "MEALME", undefined],
      ["provider_quote_success", "KROGER_API", 700],
      ["provider_quote_success", "WALMART_API", 500],
      ["provider_quote_error", "MEALME", "unavailable"],
      ["router_decision", "WALMART_API", 500],
    ],
  );
});

Deno.test("what a provider pays and what its adapter keeps is in no public answer", async () => {
  const router = plainRouter({
    KROGER_API: offers(700, "KROGER_API"),
    WALMART_API: offers(500, "WALMART_API"),
  }, {
    clock,
  });
  const { answer } = await routeBasket(REQUEST, startFor(), router, OPTIONS);
  assertEquals(
    /commission|of the adapter|"total":\s*\d/i.test(JSON.stringify(answer)),
    false,
    JSON.stringify(answer),
  );
});

Deno.test("nobody is asked whom the database, the caller or the operator leaves out", async () => {
  const asked: string[] = [];
  const router = plainRouter({
    KROGER_API: () => {
      asked.push("KROGER_API");
      return offers(700, "KROGER_API")();
    },
    WALMART_API: () => {
      asked.push("WALMART_API");
      return offers(700, "WALMART_API")();
    },
    INSTACART: () => {
      asked.push("INSTACART");
      return offers(700, "INSTACART")();
    },
    MEALME: () => {
      asked.push("MEALME");
      return offers(900, "MEALME")();
    },
  }, { clock });
  const request: RouteRequest = {
    ...REQUEST,
    preferences: { optimizeFor: "balanced", excludeProviders: ["INSTACART"] },
  };
  assertEquals(plannedCalls(request, router).map(({ id }) => id), ["KROGER_API", "WALMART_API", "MEALME"]);
  const start = startFor({
    KROGER_API: { granted: false, code: "circuit_open", retryAfterMs: 20_000 },
    WALMART_API: { granted: false, code: "quota_exceeded", retryAfterMs: 3_600_000 },
  });
  const outcome = await routeBasket(request, start, router, OPTIONS);
  assertEquals(asked, ["MEALME"]);
  assertEquals(outcome.quotes.map(({ status }) => status), [
    "circuit_open",
    "quota_exceeded",
    "excluded",
    "ok",
  ]);
  assertEquals(outcome.attempts.map(({ provider }) => provider), ["MEALME"]);
});

Deno.test("without an offer everybody's reason is told, and when to ask again", async (t) => {
  const cases: readonly (readonly [string, ReturnType<typeof startFor>, Partial<RouteRequest>, number])[] = [
    [
      "the soonest circuit, however far off",
      startFor({
        KROGER_API: { granted: false, code: "circuit_open", retryAfterMs: 600_000 },
        MEALME: { granted: false, code: "circuit_open", retryAfterMs: 299_001 },
      }),
      {},
      300,
    ],
    [
      "a circuit before a quota",
      startFor({
        KROGER_API: { granted: false, code: "quota_exceeded", retryAfterMs: 40_000_000 },
        MEALME: { granted: false, code: "circuit_open", retryAfterMs: 1_000 },
      }),
      {},
      1,
    ],
    ["half a minute where nobody takes part", startFor(), {
      preferences: { optimizeFor: "balanced", excludeProviders: [...PROVIDER_IDS] },
    }, 30],
  ];
  for (const [name, start, more, seconds] of cases) {
    await t.step(name, async () => {
      const router = plainRouter({ KROGER_API: offers(1, "KROGER_API"), MEALME: offers(1, "MEALME") }, {
        clock,
      });
      const outcome = await routeBasket({ ...REQUEST, ...more }, start, router, OPTIONS);
      assertEquals([outcome.selectedProvider, outcome.answer, outcome.retryAfterSeconds], [
        null,
        undefined,
        seconds,
      ]);
    });
  }
});

Deno.test("a provider's Retry-After is when to ask again, and every failure is told by its code", async () => {
  const router = plainRouter({
    KROGER_API: fails("rate_limited", 120_000),
    WALMART_API: fails("rate_limited", 90_500),
  }, { clock });
  const outcome = await routeBasket(REQUEST, startFor(), router, OPTIONS);
  assertEquals(outcome.retryAfterSeconds, 91);
  assertEquals(outcome.details, {
    providers: [
      { id: "KROGER_API", status: "error", code: "rate_limited" },
      { id: "WALMART_API", status: "error", code: "rate_limited" },
      { id: "INSTACART", status: "disabled", code: "disabled" },
      { id: "MEALME", status: "disabled", code: "disabled" },
    ],
  });
});

Deno.test("an offer that a preference rules out is no offer, and the answer says which preference", async () => {
  const router = plainRouter({
    KROGER_API: () => Promise.resolve(riceFor("KROGER_API", 700, { feesCents: 600, subtotalCents: 100 })),
    MEALME: () => Promise.resolve(riceFor("MEALME", 700, { estimatedDeliveryMinutes: 90 })),
  }, { clock });
  const request: RouteRequest = {
    ...REQUEST,
    preferences: { optimizeFor: "balanced", maxFeesCents: 500, maxDeliveryMinutes: 60 },
  };
  const { details, selectedProvider } = await routeBasket(request, startFor(), router, OPTIONS);
  assertEquals(selectedProvider, null);
  assertEquals(details, {
    providers: [
      { id: "KROGER_API", status: "ok", code: "fees_too_high" },
      { id: "WALMART_API", status: "disabled", code: "disabled" },
      { id: "INSTACART", status: "disabled", code: "disabled" },
      { id: "MEALME", status: "ok", code: "too_slow" },
    ],
  });
});

Deno.test("a line called like a property of every object is a line like any other", async () => {
  const request = { ...REQUEST, items: [{ id: "__proto__", name: "Rice", quantity: 1, unit: "lb" }] };
  const router = plainRouter({ MEALME: offers(700, "MEALME") }, { clock });
  assertEquals((await routeBasket(request, startFor(), router, OPTIONS)).selectedProvider, "MEALME");
});

Deno.test("the deadline is the caller's, else the longest limit of those that take part", () => {
  const router = plainRouter({ KROGER_API: offers(1, "KROGER_API"), MEALME: offers(1, "MEALME") }, {
    terms: {
      KROGER_API: { timeoutMs: 4_000 },
      MEALME: { timeoutMs: 8_000 },
      INSTACART: { timeoutMs: 60_000 },
    },
  });
  assertEquals(deadlineOf({ ...REQUEST, deadlineMs: 700 }, router), 700);
  assertEquals(deadlineOf(REQUEST, router), 8_000);
  assertEquals(deadlineOf(REQUEST, plainRouter({})), 1_000);
});

Deno.test("a provider that hangs for all of the usual deadline has failed; a caller's own short one is no failure", async () => {
  const hangs = () => new Promise<never>(() => {});
  for (const [deadlineMs, expected] of [[undefined, "failed"], [2_000, "neutral"]] as const) {
    using time = new FakeClock();
    const router = plainRouter({ KROGER_API: hangs }, {
      clock,
      terms: { KROGER_API: { timeoutMs: 10_000 } },
    });
    const routing = routeBasket(
      { ...REQUEST, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
      startFor(),
      router,
      OPTIONS,
    );
    await time.pass(10_000);
    const { attempts, quotes } = await routing;
    assertEquals([attempts[0]?.outcome, quotes[0]?.["status"]], [expected, "timeout"]);
  }
});

Deno.test("when a provider grows slow, few quotes make a second attempt; a probe makes none", async () => {
  let hedging = 0;
  let now = 0;
  const router = plainRouter({
    KROGER_API: (_, { hedgeAfterMs }) => {
      if (hedgeAfterMs !== undefined) hedging += 1;
      now += 500;
      return offers(700, "KROGER_API")();
    },
  }, { clock: () => now });
  const route = (isProbe: boolean) =>
    routeBasket(REQUEST, startFor({ KROGER_API: { latencyP95Ms: 100, isProbe } }), router, {
      ...OPTIONS,
      startedAt: now,
    });
  for (let routes = 0; routes < 200; routes++) await route(false);
  assertEquals(hedging <= 11, true, `Expected at most 11 of 200 but found ${hedging}`);
  assertEquals(hedging >= 9, true, `Expected at least 9 of 200 but found ${hedging}`);
  const before = hedging;
  for (let routes = 0; routes < 50; routes++) await route(true);
  assertEquals(hedging, before);
});
