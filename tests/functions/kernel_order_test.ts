import { assertEquals } from "@std/assert";
import { errorOf, post, probe } from "./kernel_fixture.ts";

/** A request that is wrong in every way; each step of the list puts one thing right. */
interface Attempt {
  method: string;
  authorization: string | undefined;
  contentType: string;
  body: string;
}

const STEPS: readonly (readonly [string, (attempt: Attempt) => void])[] = [
  ["method_not_allowed", (attempt) => attempt.method = "POST"],
  ["credentials_malformed", (attempt) => attempt.authorization = undefined],
  ["body_too_large", (attempt) => attempt.body = "{broken"],
  ["unsupported_media_type", (attempt) => attempt.contentType = "application/json"],
  ["invalid_json", (attempt) => attempt.body = '{"unknown":1}'],
  ["invalid_request", (attempt) => attempt.body = '{"name":"good"}'],
];

Deno.test("the steps judge in order: method, credentials, size, type, JSON, schema", async () => {
  const { fetch } = probe({ auth: "guest-or-user" });
  const attempt: Attempt = {
    method: "PUT",
    authorization: "Bearer short",
    contentType: "text/plain",
    body: "x".repeat(1001),
  };
  for (const [code, repair] of STEPS) {
    assertEquals((await errorOf(await fetch(toRequest(attempt)))).code, code);
    repair(attempt);
  }
  assertEquals((await fetch(toRequest(attempt))).status, 200);
});

Deno.test("a method that the function does not answer is refused with those that it does", async () => {
  const { fetch } = probe({ methods: ["POST", "PATCH"] });
  const response = await fetch(new Request("http://127.0.0.1/probe", { method: "DELETE" }));
  assertEquals(response.headers.get("allow"), "POST, PATCH, OPTIONS");
  const { status, code, details } = await errorOf(response);
  assertEquals({ status, code, details }, {
    status: 405,
    code: "method_not_allowed",
    details: { allowed: ["POST", "PATCH"] },
  });
});

Deno.test("every answer says that it is JSON, not to be stored and not to be guessed at", async () => {
  const { fetch } = probe();
  for (const response of [await fetch(post({})), await fetch(post("{"))]) {
    assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    await response.body?.cancel();
  }
});

Deno.test("the caller's request id comes back, and a bad one is replaced", async () => {
  const { fetch } = probe();
  const kept = await fetch(post({}, { "x-request-id": "order-7_a.b" }));
  assertEquals(kept.headers.get("x-request-id"), "order-7_a.b");
  await kept.body?.cancel();
  for (const bad of ["", "two words", "x".repeat(129), "<script>"]) {
    const response = await fetch(post("{", { "x-request-id": bad }));
    const { requestId } = await errorOf(response);
    assertEquals(/^req_[0-9a-f]{32}$/.test(requestId), true);
    assertEquals(response.headers.get("x-request-id"), requestId);
  }
});

Deno.test("an Idempotency-Key beyond 255 printable characters is refused", async () => {
  const { fetch } = probe();
  for (const key of ["k".repeat(256), "clé"]) {
    const { code, details } = await errorOf(await fetch(post({}, { "idempotency-key": key })));
    assertEquals(code, "invalid_request");
    assertEquals(details, {
      issues: [{ path: "Idempotency-Key", message: "Expected 1 to 255 printable ASCII characters" }],
    });
  }
});

function toRequest({ method, authorization, contentType, body }: Attempt): Request {
  return new Request("http://127.0.0.1/probe", {
    method,
    headers: { "content-type": contentType, ...(authorization === undefined ? {} : { authorization }) },
    body,
  });
}
