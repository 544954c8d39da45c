/** Providers that cannot serve, at the public URLs: wrongly configured, failing, taken out. The others serve. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { present } from "../support/present.ts";
import { BASKET, basketFor, RoutingStack, scenarios } from "../support/routing_stack.ts";

async function health(stack: RoutingStack) {
  const { status, body } = await stack.call("route-order", { json: { action: "health_check" } });
  assertEquals(status, 200);
  return present(body.providers, "providers");
}

function statusesOf(
  providers: readonly { readonly id: string; readonly status: string; readonly code?: string | undefined }[],
) {
  return Object.fromEntries(providers.map(({ id, status, code }) => [id, code ?? status]));
}

scenarios("with LOOPGPT_ENV=production no mock takes part", {
  "each says which variable is wrong, and the sandbox is not called": async (stack) => {
    const all = await health(stack);
    for (const [id, word] of [["KROGER_API", "KROGER"], ["MEALME", "MEALME"]] as const) {
      assertEquals(all[id], {
        healthy: false,
        enabled: false,
        mode: "misconfigured",
        latencyMs: null,
        circuit: "closed",
        reason: `LOOPGPT_${word}_MOCK is true although LOOPGPT_ENV is production`,
      });
    }
    assertEquals(all["INSTACART"]?.reason, "LOOPGPT_ENABLE_INSTACART is false");
    await stack.sql`update public.provider_circuits set taken_out = true where provider_id = 'INSTACART'`;
    assertEquals(
      (await health(stack))["INSTACART"]?.reason,
      "LOOPGPT_ENABLE_INSTACART is false; taken out by an operator",
    );
    const { status, body } = await stack.call("route-order", { json: BASKET });
    assertEquals([status, body.code], [503, "no_valid_quotes"]);
    assertEquals(statusesOf(present(body.details?.providers, "providers")), {
      KROGER_API: "misconfigured",
      WALMART_API: "misconfigured",
      INSTACART: "disabled",
      MEALME: "misconfigured",
    });
    assertEquals(stack.sandbox.totalCalls(), 0);
  },
}, { LOOPGPT_ENV: "production", LOOPGPT_ENABLE_INSTACART: "false" });

const NOT_A_KEY = "bm90LWEta2V5LWJ1dC1zZWNyZXQ=";

scenarios("a provider that is configured wrongly leaves the others alone", {
  "a bad Walmart key is told and not shown, and three serve": async (stack) => {
    const all = await health(stack);
    const walmart = present(all["WALMART_API"], "Walmart");
    assertEquals([walmart.mode, walmart.healthy, walmart.enabled], ["misconfigured", false, false]);
    assertMatch(walmart.reason ?? "", /^Expected an RSA private key as PKCS#8/);
    assertEquals(PROVIDER_IDS.filter((id) => all[id]?.healthy), ["KROGER_API", "INSTACART"]);
    const { providers, selectedProvider } = await stack.route();
    assertEquals(statusesOf(providers), {
      KROGER_API: "ok",
      WALMART_API: "misconfigured",
      INSTACART: "ok",
      MEALME: "unauthorized",
    });
    assertEquals(selectedProvider.id, "KROGER_API");
    assertEquals((await stack.said()).includes(NOT_A_KEY), false);
  },

  "a key that the vendor does not know is that provider's failure, and opens its circuit": async (stack) => {
    for (let route = 0; route < 3; route++) await stack.route();
    const { providers } = await stack.route();
    assertEquals(statusesOf(providers)["MEALME"], "circuit_open");
    assertEquals((await health(stack))["MEALME"]?.circuit, "open");
  },
}, { WALMART_API_KEY: NOT_A_KEY, MEALME_API_KEY: "sandbox:somebody-else" });

scenarios("circuits and operators decide who is asked", {
  "a provider taken out is not asked and sells nothing, and is back as soon as it is let in": async (
    stack,
  ) => {
    const { confirmationToken, orderId } = await stack.route(basketFor("MEALME"));
    await stack.sql`update public.provider_circuits set taken_out = true where provider_id = 'MEALME'`;
    stack.sandbox.reset();
    const { providers } = await stack.route();
    assertEquals(statusesOf(providers)["MEALME"], "disabled");
    const refused = await stack.confirm(confirmationToken);
    assertEquals([refused.status, refused.body.code], [503, "provider_unavailable"]);
    assertEquals(refused.headers.get("retry-after"), "60");
    assertEquals((await stack.order(orderId)).status, "quoted");
    assertEquals(stack.sandbox.calls().filter(({ provider }) => provider === "MEALME"), []);
    stack.sandbox.reset();
    assertEquals((await health(stack))["MEALME"], {
      healthy: false,
      enabled: false,
      mode: "sandbox",
      latencyMs: null,
      circuit: "open",
      reason: "taken out by an operator",
    });
    assertEquals(stack.sandbox.calls().filter(({ provider }) => provider === "MEALME"), []);

    await stack.sql`update public.provider_circuits set taken_out = false where provider_id = 'MEALME'`;
    assertEquals((await health(stack))["MEALME"]?.enabled, true);
    const again = await stack.route(basketFor("MEALME"));
    assertEquals((await stack.confirm(again.confirmationToken)).status, 200);
  },

  "three failures in a row open a circuit, and nobody is asked any more": async (stack) => {
    stack.sandbox.faults.inject({ provider: "MEALME", fault: "500", count: null });
    for (let route = 0; route < 3; route++) {
      const { status } = await stack.call("route-order", { json: basketFor("MEALME") });
      assertEquals(status, 503);
    }
    const calls = stack.sandbox.totalCalls();
    const { headers, body } = await stack.call("route-order", { json: basketFor("MEALME") });
    assertEquals(statusesOf(present(body.details?.providers, "providers"))["MEALME"], "circuit_open");
    const seconds = Number(headers.get("retry-after"));
    assert(seconds > 20 && seconds <= 30, `Expected the pause of 30 s but found ${seconds}`);
    assertEquals(stack.sandbox.totalCalls(), calls);
  },

  "with all circuits open the soonest of them says when to ask again": async (stack) => {
    await stack.sql`
      update public.provider_circuits
      set state = 'open', open_until = now() + case provider_id when 'INSTACART' then interval '200 seconds'
        else interval '500 seconds' end`;
    const { status, headers, body } = await stack.call("route-order", { json: BASKET });
    assertEquals([status, body.code], [503, "no_valid_quotes"]);
    const seconds = Number(headers.get("retry-after"));
    assert(seconds > 190 && seconds <= 200, `Expected 200 s but found ${seconds}`);
    assertEquals(stack.sandbox.totalCalls(), 0);
  },

  "a provider's Retry-After keeps it from being asked": async (stack) => {
    stack.sandbox.faults.inject({ provider: "MEALME", fault: "429", retryAfter: 120 });
    const { headers } = await stack.call("route-order", { json: basketFor("MEALME") });
    assertEquals(headers.get("retry-after"), "120");
    const calls = stack.sandbox.totalCalls();
    const again = await stack.call("route-order", { json: basketFor("MEALME") });
    const seconds = Number(again.headers.get("retry-after"));
    assert(seconds > 110 && seconds <= 120, `Expected 120 s but found ${seconds}`);
    assertEquals(stack.sandbox.totalCalls(), calls);
  },
});

scenarios("a variable that has no possible value is found at the first request", {
  "the log names it, the answer does not": async (stack) => {
    const { status, text } = await stack.call("route-order", { json: BASKET });
    assertEquals(status, 500);
    assertEquals(text.includes("LOOPGPT"), false);
    const said =
      "Expected the environment variable LOOPGPT_KROGER_TIMEOUT to be a number from 100 to 60000 but found";
    assert((await stack.said()).includes(said));
  },
}, { LOOPGPT_KROGER_TIMEOUT: "soon" });
