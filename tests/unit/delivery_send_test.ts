import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Delivery, Fetch, Outcome } from "../../shared/delivery/delivery.ts";
import { send, type SendOptions } from "../../shared/delivery/send.ts";
import { TargetRefused } from "../../shared/delivery/ssrf_guard.ts";
import { deliveryOf } from "../support/deliveries.ts";

const EMAIL = { apiUrl: "https://api.resend.com", apiKey: "re_key", from: "n@shop.example" };

function attempt(fetch: Fetch, delivery: Delivery = deliveryOf("webhook"), more: Partial<SendOptions> = {}) {
  return send(delivery, { fetch, email: EMAIL, now: () => Date.UTC(2026, 10, 21), ...more });
}

function answering(
  status: number,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
): Fetch {
  return () => Promise.resolve(new Response(body, { status, headers }));
}

function errorOf(outcome: Outcome): string {
  return outcome.outcome === "delivered" ? "" : outcome.error;
}

Deno.test("every 2xx is a delivery, and nothing else is", async () => {
  for (const status of [200, 201, 202, 204, 299]) {
    assertEquals(await attempt(answering(status)), { outcome: "delivered" });
  }
  for (
    const status of [300, 301, 302, 304, 307, 400, 401, 403, 404, 408, 409, 413, 422, 425, 500, 501, 599]
  ) {
    const outcome = await attempt(answering(status));
    assertEquals([status, outcome.outcome], [status, "failed"]);
    assertStringIncludes(errorOf(outcome), `found ${status}`);
  }
});

Deno.test("410 ends a webhook and a Slack channel, but says nothing of a mailbox", async () => {
  const outcomes = await Promise.all(
    (["webhook", "slack", "email"] as const).map((kind) => attempt(answering(410), deliveryOf(kind))),
  );
  assertEquals(outcomes.map(({ outcome }) => outcome), ["gone", "gone", "failed"]);
});

Deno.test("Retry-After is handed on with whatever failure", async () => {
  for (const status of [429, 503, 500, 302]) {
    const outcome = await attempt(answering(status, null, { "retry-after": "90" }));
    assertEquals(outcome.outcome === "failed" && outcome.retryAfterSeconds, 90);
  }
  const garbled = await attempt(answering(429, null, { "retry-after": "later" }));
  assertEquals(garbled.outcome === "failed" && garbled.retryAfterSeconds, undefined);
});

Deno.test("a failure tells the beginning of the answer, in one line, however long it is", async () => {
  const told = await attempt(answering(500, "  Some\nlines \0 of\tit  "));
  assertEquals(errorOf(told), "Expected a status of 2xx but found 500: Some lines of it");
  const long = await attempt(answering(500, "🦊".repeat(100_000)));
  assertEquals(errorOf(long).length < 500 && errorOf(long).isWellFormed(), true);
  const binary = await attempt(answering(500, new Uint8Array([0xff, 0xfe, 0x00, 0xd8])));
  assertEquals(errorOf(binary).isWellFormed(), true);
});

Deno.test("an endless answer is read no further than needed, and closed", async () => {
  for (const status of [200, 500]) {
    let pulled = 0;
    let closed = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(512).fill(0x61));
      },
      cancel: () => {
        closed = true;
      },
    }, { highWaterMark: 0 });
    await attempt(answering(status, body));
    assertEquals([status, pulled <= 2, closed], [status, true, true]);
  }
});

Deno.test("a failure whose explanation breaks off or drips is the failure it said it is", async () => {
  const breaking = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("half of")),
    pull: (controller) => controller.error(new Error("reset")),
  });
  const broken = await attempt(answering(503, breaking, { "retry-after": "7" }));
  assertEquals(broken, {
    outcome: "failed",
    error: "Expected a status of 2xx but found 503: half of",
    retryAfterSeconds: 7,
  });
});

Deno.test("no answer in time is a failure that says so", async () => {
  const hanging: Fetch = (_url, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const outcome = await attempt(hanging, undefined, { timeoutMs: 5 });
  assertEquals(outcome, { outcome: "failed", error: "Expected an answer within 0.005 s but found none" });
});

Deno.test("what may not be called is given up at once; where mail goes can still be put right", async () => {
  const refusing: Fetch = () => Promise.reject(new TargetRefused("Expected https but found http"));
  const outcomes = await Promise.all(
    (["webhook", "slack", "email"] as const).map((kind) => attempt(refusing, deliveryOf(kind))),
  );
  assertEquals(outcomes.map(({ outcome }) => outcome), ["refused", "refused", "failed"]);
});

Deno.test("mail without a provider fails and names the variable, and nothing is sent", async () => {
  let calls = 0;
  const counting: Fetch = () => {
    calls += 1;
    return Promise.resolve(new Response());
  };
  const outcome = await attempt(counting, deliveryOf("email"), { email: { ...EMAIL, apiKey: undefined } });
  assertEquals(outcome, {
    outcome: "failed",
    error: "Expected RESEND_API_KEY to be set for e-mail but found nothing",
  });
  assertEquals(calls, 0);
});

Deno.test("what is kept of a failure holds no URL of Slack and no secret of a webhook", async () => {
  const target = "https://hooks.slack.example/services/T0/B0/secret";
  const leaking: Fetch = (url) => Promise.reject(new TypeError(`error sending request for url (${url})`));
  const slack = await attempt(leaking, deliveryOf("slack", {}, { target }));
  assertEquals(errorOf(slack), "TypeError: error sending request for url ([target])");
  const broken = await attempt(leaking, deliveryOf("webhook", {}, { secrets: ["whsec_not base64 at all"] }));
  assertEquals(broken.outcome, "failed");
  assertEquals(errorOf(broken).includes("not base64 at all"), false);
});
