/** What routing writes and answers: the events that monitoring asks for by name, and no secret among them. */
import { assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { present } from "../support/present.ts";
import { basketFor, type RoutingAnswer, RoutingStack, scenarios } from "../support/routing_stack.ts";

const WEBHOOK_SECRET = "hook-".repeat(8);
const PAYMENT = "pm_canary_of_a_payment_method";
const ADDRESS = {
  street: "4711 Canary Boulevard",
  city: "San Francisco",
  state: "CA",
  postalCode: "94133",
  country: "US",
};

const event = z.object({
  level: z.literal("info"),
  time: z.iso.datetime(),
  requestId: z.string(),
  event: z.string(),
  providerId: z.string().optional(),
  selectedProviderId: z.string().optional(),
  latencyMs: z.number().optional(),
  totalCents: z.number().optional(),
  code: z.string().optional(),
});

/** The events of one request, in order, with nothing else in them. */
async function eventsOf(stack: RoutingStack, { headers }: RoutingAnswer) {
  const requestId = present(headers.get("x-request-id"), "a request id");
  const lines = (await stack.said()).split("\n").filter((line) => line.includes(`"${requestId}"`));
  return lines.map((line) => JSON.parse(line)).filter((line) => "event" in line).map((line) => {
    assertEquals(Object.keys(line).filter((key) => !(key in event.shape)), []);
    return event.parse(line);
  });
}

function basketThere(...wanted: readonly ProviderId[]) {
  return { ...basketFor(...wanted), shippingAddress: ADDRESS };
}

scenarios("routing's log", {
  "a route is told from its first question to its decision": async (stack) => {
    stack.sandbox.faults.inject({ provider: "KROGER_API", fault: "500", count: null });
    const answer = await stack.call("route-order", { json: basketThere("KROGER_API", "MEALME") });
    const events = await eventsOf(stack, answer);
    assertEquals(
      events.map(({ event, providerId, selectedProviderId, code, totalCents }) => [
        event,
        providerId ?? selectedProviderId,
        code ?? totalCents,
      ]).sort(),
      [
        ["provider_quote_error", "KROGER_API", "unavailable"],
        ["provider_quote_start", "KROGER_API", undefined],
        ["provider_quote_start", "MEALME", undefined],
        ["provider_quote_success", "MEALME", answer.body.quote?.totalCents],
        ["router_decision", "MEALME", answer.body.quote?.totalCents],
        ["router_latency", undefined, undefined],
      ],
    );
    const timed = events.filter(({ event }) => event !== "provider_quote_start");
    assertEquals(timed.filter(({ latencyMs }) => latencyMs === undefined), []);
  },

  "a decision for nobody says so": async (stack) => {
    stack.sandbox.faults.inject({ provider: "MEALME", fault: "500", count: null });
    const answer = await stack.call("route-order", { json: basketThere("MEALME") });
    const events = await eventsOf(stack, answer);
    assertEquals(events.map(({ event, code }) => [event, code]), [
      ["provider_quote_start", undefined],
      ["provider_quote_error", "unavailable"],
      ["router_decision", "no_valid_quotes"],
      ["router_latency", undefined],
    ]);
  },

  "a confirmation and a cancellation are told with how they ended": async (stack) => {
    const endOf = async (answer: RoutingAnswer) =>
      (await eventsOf(stack, answer)).map(({ event, providerId, code }) => [event, providerId, code]);
    const bought = await stack.route(basketThere("MEALME"));
    assertEquals(await endOf(await stack.confirm(bought.confirmationToken)), [
      ["confirm_start", "MEALME", undefined],
      ["confirm_success", "MEALME", undefined],
    ]);
    const dearer = await stack.route(basketThere("MEALME"));
    stack.sandbox.prices.set({ provider: "MEALME", factor: 2 });
    assertEquals(await endOf(await stack.confirm(dearer.confirmationToken)), [
      ["confirm_start", "MEALME", undefined],
      ["confirm_error", "MEALME", "price_changed"],
    ]);
    stack.sandbox.prices.clear();
    stack.sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response" });
    const lost = await stack.route(basketThere("MEALME"));
    assertEquals(await endOf(await stack.confirm(lost.confirmationToken)), [
      ["confirm_start", "MEALME", undefined],
      ["confirm_error", "MEALME", "unavailable"],
    ]);
    const given = await stack.route(basketThere("MEALME"));
    const cancelled = await stack.call("cancel-route", {
      headers: stack.alice.headers,
      json: { routeId: given.routeId },
    });
    assertEquals(await endOf(cancelled), [["cancel_success", "MEALME", undefined]]);
  },

  "no line and no answer holds a credential, a token or an address": async (stack) => {
    const answers: string[] = [];
    const tokens: string[] = [];
    const keep = <Answer extends { readonly text: string }>(answer: Answer): Answer => {
      answers.push(answer.text);
      return answer;
    };
    const faults = [
      undefined,
      "401",
      "429",
      "500",
      "bad_json",
      "missing_fields",
      "wrong_currency",
      "lost_response",
    ] as const;
    for (const fault of faults) {
      await stack.reset();
      if (fault !== undefined) stack.sandbox.faults.inject({ provider: "*", fault, count: null });
      keep(await stack.call("route-order", { json: { action: "health_check" } }));
      keep(
        await stack.call("route-order", { headers: stack.alice.headers, json: basketThere(...PROVIDER_IDS) }),
      );
      stack.sandbox.reset();
      await stack.reset();
      const routed = await stack.route(basketThere("MEALME"));
      tokens.push(routed.confirmationToken);
      if (fault !== undefined) stack.sandbox.faults.inject({ provider: "MEALME", fault, count: null });
      keep(await stack.confirm(routed.confirmationToken, { paymentMethodToken: PAYMENT }));
      keep(await stack.reconcile());
      keep(
        await stack.call(`explain-route?routeId=${routed.routeId}`, { headers: stack.alice.headers }),
      );
      keep(await stack.call(`provider-webhook/mealme/${WEBHOOK_SECRET}`, { json: { order_id: "nobody's" } }));
    }
    // Badly sent ones are refused with what is wrong, not with what was sent.
    keep(
      await stack.call("confirm-order", {
        headers: stack.alice.headers,
        json: { confirmationToken: tokens[0], paymentMethodToken: 7, unknown: PAYMENT },
      }),
    );
    const { env } = stack.sandbox;
    const secrets = [
      env["KROGER_CLIENT_SECRET"],
      env["WALMART_API_KEY"],
      env["INSTACART_API_KEY"],
      env["MEALME_API_KEY"],
      env["MEALME_CONTACT_EMAIL"],
      env["MEALME_CONTACT_PHONE"],
      stack.info.secretKeys["default"],
      stack.info.secretKeys["cron"],
      stack.alice.headers["authorization"]?.slice("Bearer ".length),
      WEBHOOK_SECRET,
      PAYMENT,
      ADDRESS.street,
    ].map((secret) => present(secret, "a secret"));
    const said = await stack.said();
    assertMatch(said, /"event":"confirm_error"/);
    for (const secret of [...secrets, ...tokens]) {
      assertEquals(said.includes(secret), false, `Expected no ${secret} in the log`);
      assertEquals(
        answers.some((text) => text.includes(secret)),
        false,
        `Expected no ${secret} in an answer`,
      );
    }
    // What providers pay is for operators.
    assertEquals(answers.filter((text) => /commission/i.test(text)), []);
  },
}, { MEALME_WEBHOOK_SECRET: WEBHOOK_SECRET });
