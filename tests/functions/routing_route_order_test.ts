/** route-order at its two URLs: what the seed asks and is answered, what is refused, and what is answered twice. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { routeOrder } from "../../shared/routing/contract.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { present } from "../support/present.ts";
import { BASKET, basketFor, RoutingStack, scenarios } from "../support/routing_stack.ts";

/** The body of the seed's smoke test, to the letter. */
const SMOKE_TEST = `{
    "items": [{"id": "1", "name": "Milk", "quantity": 1, "unit": "gallon"}],
    "shippingAddress": {
      "street": "123 Test St",
      "city": "San Francisco",
      "state": "CA",
      "postalCode": "94102",
      "country": "US"
    }
  }`;

/** The basket to where nobody has looked for stores yet: their answer is kept for a day. */
function basketAt(postalCode: string) {
  return { ...BASKET, shippingAddress: { ...BASKET.shippingAddress, postalCode } };
}

/** As the seed's curl sends it: a content type, and no key at all. */
async function curl(stack: RoutingStack, slug: string, body: string) {
  const response = await fetch(`${stack.info.apiUrl}/functions/v1/${slug}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  return { status: response.status, body: await response.json() };
}

scenarios("a basket is routed at the public URLs", {
  "the seed's curl is answered under both names as the seed says": async (stack) => {
    for (const slug of ["loopgpt_route_order", "route-order"]) {
      const { status, body } = await curl(stack, slug, SMOKE_TEST);
      assertEquals(status, 200, JSON.stringify(body));
      assertEquals(Object.keys(body)[0], "success");
      assertEquals(body.selectedProvider, { id: "WALMART_API", name: "Walmart Direct", priority: 60 });
      assertEquals(body.quote.currency, "USD");
      assert(Number.isInteger(body.quote.totalCents) && body.quote.totalCents > 0);
      assertMatch(body.confirmationToken, /^[\w-]{43}$/);
      assertMatch(body.requestId, /^req_/);
      assertEquals(body.mode, "sandbox");
      // Parsing drops what the contract does not know: nothing may be lost.
      assertEquals(routeOrder.response.parse(body), body);
    }
  },

  "the seed's health check tells of all four, whatever they do": async (stack) => {
    const { status, body } = await curl(stack, "loopgpt_route_order", `{"action": "health_check"}`);
    assertEquals(status, 200);
    assertEquals(Object.keys(body), ["providers"]);
    assertEquals(Object.keys(body.providers), [...PROVIDER_IDS]);
    for (const id of PROVIDER_IDS) {
      const { healthy, enabled, mode, circuit } = body.providers[id];
      assertEquals([healthy, enabled, mode, circuit], [true, true, "sandbox", "closed"], id);
    }
    const calls = stack.sandbox.totalCalls();
    await Promise.all(
      Array.from({ length: 20 }, () => curl(stack, "route-order", `{"action":"health_check"}`)),
    );
    assertEquals(
      stack.sandbox.totalCalls(),
      calls,
      "Expected whoever asks often to ask us, not the providers",
    );
  },

  "an unknown action and every wrong field are refused with their paths": async (stack) => {
    const paths = async (json: unknown) => {
      const { status, body } = await stack.call("route-order", { json });
      assertEquals([status, body.code], [400, "invalid_request"], JSON.stringify(json));
      return present(body.details?.issues, "issues").map(({ path }) => path);
    };
    assertEquals(await paths({ action: "reboot" }), ["action"]);
    const [item] = BASKET.items;
    const items = (...changed: object[]) => ({
      ...BASKET,
      items: changed.map((one) => ({ ...item, ...one })),
    });
    const address = (changed: object) => ({
      ...BASKET,
      shippingAddress: { ...BASKET.shippingAddress, ...changed },
    });
    const cases: readonly (readonly [unknown, readonly string[]])[] = [
      [{ ...BASKET, items: [] }, ["items"]],
      [{ ...BASKET, items: "milk" }, ["items"]],
      [{ shippingAddress: BASKET.shippingAddress }, ["items"]],
      [{ items: BASKET.items }, ["shippingAddress"]],
      [items({ quantity: 0 }), ["items.0.quantity"]],
      [items({ quantity: -1 }), ["items.0.quantity"]],
      [items({ quantity: 1_001 }), ["items.0.quantity"]],
      [items({ quantity: "2" }), ["items.0.quantity"]],
      [items({ name: "" }), ["items.0.name"]],
      [items({ name: "x".repeat(201) }), ["items.0.name"]],
      [items({ id: "a" }, { id: "a" }), ["items"]],
      [items({ colour: "red" }), ["items.0.colour"]],
      [items(...Array.from({ length: 101 }, (_, id) => ({ id: `${id}` }))), ["items"]],
      [address({ country: "USA" }), ["shippingAddress.country"]],
      [address({ postalCode: "" }), ["shippingAddress.postalCode"]],
      [{ ...BASKET, deadlineMs: 499 }, ["deadlineMs"]],
      [{ ...BASKET, deadlineMs: 60_001 }, ["deadlineMs"]],
      [{ ...BASKET, preferences: { optimizeFor: "fun" } }, ["preferences.optimizeFor"]],
      [{ ...BASKET, preferences: { excludeProviders: ["AMAZON"] } }, ["preferences.excludeProviders.0"]],
      [{ ...BASKET, totalCents: 1 }, ["totalCents"]],
    ];
    for (const [json, expected] of cases) assertEquals(await paths(json), expected, JSON.stringify(json));
    assertEquals(stack.sandbox.totalCalls(), 0);
  },

  "a preference decides, and a provider left out is not called": async (stack) => {
    const cheapest = await stack.route({ ...BASKET, preferences: { optimizeFor: "price" } });
    const others = cheapest.alternatives.map(({ totalCents }) => totalCents);
    assert(
      others.every((cents) => cents >= cheapest.quote.totalCents),
      JSON.stringify(cheapest.alternatives),
    );
    const fastest = await stack.route({ ...BASKET, preferences: { optimizeFor: "speed" } });
    assertEquals(fastest.selectedProvider.id, "MEALME");
    stack.sandbox.reset();
    const own = await stack.route(basketFor("MEALME"));
    assertEquals(own.providers.map(({ id, status }) => [id, status]), [
      ["KROGER_API", "excluded"],
      ["WALMART_API", "excluded"],
      ["INSTACART", "excluded"],
      ["MEALME", "ok"],
    ]);
    assertEquals(new Set(stack.sandbox.calls().map(({ provider }) => provider)), new Set(["MEALME"]));
  },

  "without a single offer the seed's sentence is answered, with everybody's code and when to ask again":
    async (
      stack,
    ) => {
      stack.sandbox.faults.inject({ provider: "*", fault: "500", count: null });
      const { status, headers, body } = await stack.call("route-order", { json: basketAt("94110") });
      assertEquals([status, body.code, body.error], [
        503,
        "no_valid_quotes",
        "No providers returned valid quotes",
      ]);
      assertEquals(
        body.details?.providers?.map(({ id, code }) => [id, code]),
        PROVIDER_IDS.map((id) => [id, "unavailable"]),
      );
      assertEquals(headers.get("retry-after"), "5");
    },

  "a provider that fails gives no quote, and the others serve": async (stack) => {
    for (const fault of ["500", "bad_json", "wrong_currency", "negative_price", "lost_response"] as const) {
      await stack.reset();
      stack.sandbox.faults.inject({ provider: "WALMART_API", endpoint: "search", fault, count: null });
      const { selectedProvider, alternatives, providers } = await stack.route();
      assertNotEquals(selectedProvider.id, "WALMART_API");
      assert(!alternatives.some(({ id }) => id === "WALMART_API"), fault);
      assertEquals(providers.find(({ id }) => id === "WALMART_API")?.status, "error", fault);
    }
  },

  "quotes start together and one that hangs is given up at the caller's deadline": async (stack) => {
    stack.sandbox.faults.inject({ provider: "WALMART_API", endpoint: "search", fault: "hang", count: null });
    stack.sandbox.faults.inject({ provider: "INSTACART", fault: "drip", delayMs: 100, count: null });
    const { providers, selectedProvider } = await stack.route({ ...basketAt("94111"), deadlineMs: 800 });
    assertEquals(
      providers.map(({ id, status, code }) => [id, status, code]),
      [
        ["KROGER_API", "ok", undefined],
        ["WALMART_API", "timeout", "deadline"],
        ["INSTACART", "timeout", "deadline"],
        ["MEALME", "ok", undefined],
      ],
    );
    assertEquals(selectedProvider.id, "KROGER_API");
    // Every closed connection has been seen once nothing is under way.
    await stack.sandbox.idle();
    const given = stack.sandbox.calls().filter(({ fault }) => fault === "hang" || fault === "drip");
    assert(given.length >= 2);
    assertEquals(given.filter(({ aborted }) => !aborted), []);
    const firsts = PROVIDER_IDS.map((id) =>
      present(stack.sandbox.calls().find(({ provider }) => provider === id), id).at
    );
    const spread = Math.max(...firsts) - Math.min(...firsts);
    assert(spread < 400, `Expected quotes to start together but found ${spread} ms between them`);
    // The caller's time was short: that is nobody's failure.
    const opened = await stack.sql`select provider_id from public.provider_circuits where recent like '%0%'`;
    assertEquals(opened.length, 0);
  },

  "deadlines too short for a provider, however many, open no circuit": async (stack) => {
    stack.sandbox.delays.set({ provider: "MEALME", minMs: 700, maxMs: 700 });
    await Promise.all(
      Array.from(
        { length: 8 },
        () => stack.call("route-order", { json: { ...basketFor("MEALME"), deadlineMs: 600 } }),
      ),
    );
    const [circuit] = await stack.sql`
      select state, recent from public.provider_circuits where provider_id = 'MEALME'`;
    assertEquals(circuit, { state: "closed", recent: "" });
    assertEquals((await stack.sql`select 1 from private.provider_attempts`).length, 0);
  },

  "the wall time of a route with a provider that hangs is its deadline": async (stack) => {
    stack.sandbox.faults.inject({ provider: "WALMART_API", endpoint: "search", fault: "hang", count: null });
    const lateness: number[] = [];
    for (let route = 0; route < 7; route++) {
      await stack.sql`delete from private.provider_attempts`;
      const timer = new Promise<number>((resolve) => setTimeout(() => resolve(performance.now()), 600));
      await stack.route({ ...BASKET, deadlineMs: 600 });
      lateness.push(performance.now() - await timer);
    }
    // The median: a machine that is busy with something else delays some, the router would delay all.
    const [median = 0] = lateness.toSorted((one, other) => one - other).slice(3);
    assert(median <= 50, `Expected at most 50 ms beyond the deadline but found ${median}`);
  },

  "the same key is answered with the same bytes, token included, and calls nobody": async (stack) => {
    for (const headers of [stack.alice.headers, {}]) {
      const request = { headers: { ...headers, "idempotency-key": crypto.randomUUID() }, json: BASKET };
      const first = await stack.call("route-order", request);
      assertEquals(first.status, 200, first.text);
      const calls = stack.sandbox.totalCalls();
      const again = await stack.call("route-order", request);
      assertEquals([again.status, again.headers.get("idempotency-replayed")], [200, "true"]);
      assertEquals(again.text, first.text);
      assertEquals(stack.sandbox.totalCalls(), calls);
      const other = await stack.call("route-order", { ...request, json: basketFor("MEALME") });
      assertEquals([other.status, other.body.code], [422, "idempotency_key_reused"]);
    }
  },

  "of two requests with one key at once one asks the providers, the other is told to wait": async (stack) => {
    stack.sandbox.delays.set({ provider: "*", minMs: 300, maxMs: 300 });
    const request = {
      headers: { ...stack.alice.headers, "idempotency-key": crypto.randomUUID() },
      json: basketFor("MEALME"),
    };
    const answers = await Promise.all([
      stack.call("route-order", request),
      stack.call("route-order", request),
    ]);
    const [good, waiting] = answers.toSorted((one, other) => one.status - other.status);
    assertEquals([good?.status, waiting?.status, waiting?.body.code], [200, 409, "request_in_progress"]);
    assert(Number(waiting?.headers.get("retry-after")) >= 1);
    assertEquals((await stack.call("route-order", request)).text, good?.text);
    const [{ count } = { count: 0 }] = await stack.sql<{ count: number }[]>`
      select count(*)::integer as count from public.order_routes
      where idempotency_key = ${request.headers["idempotency-key"]}`;
    assertEquals(count, 1);
  },

  "an offer that was not found is not kept under its key: the same request is welcome later": async (
    stack,
  ) => {
    const request = {
      headers: { ...stack.alice.headers, "idempotency-key": crypto.randomUUID() },
      json: basketFor("MEALME"),
    };
    stack.sandbox.faults.inject({ provider: "MEALME", fault: "500" });
    assertEquals((await stack.call("route-order", request)).status, 503);
    assertEquals((await stack.call("route-order", request)).status, 200);
  },

  "a guest's offer belongs to the first who signs in with it": async (stack) => {
    const guest = await stack.call("route-order", { json: basketFor("MEALME") });
    const token = present(guest.body.confirmationToken, "a token");
    const without = await stack.call("confirm-order", { json: { confirmationToken: token } });
    assertEquals([without.status, without.body.code], [401, "credentials_missing"]);
    assertEquals((await stack.confirm(token)).status, 200);
    const bob = await stack.newcomer("bob");
    const { status, body } = await stack.call("confirm-order", {
      headers: bob.headers,
      json: { confirmationToken: token, paymentMethodToken: "pm_card" },
    });
    assertEquals([status, body.code], [404, "token_not_found"]);
    assertEquals(stack.sandbox.orders().length, 1);
  },
});
