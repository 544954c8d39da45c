import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EnvironmentError, parseOrigins } from "../../shared/http/env.ts";
import { environment, post, probe } from "./kernel_fixture.ts";

const SHOP = "https://shop.example";

async function headersFor(origin: string | undefined, allowedOrigins: readonly string[], method = "POST") {
  const { fetch } = probe({}, { env: environment({ allowedOrigins }) });
  const headers = origin === undefined ? {} : { origin };
  const request = method === "POST"
    ? post({}, headers)
    : new Request("http://127.0.0.1/probe", { method, headers });
  const response = await fetch(request);
  await response.body?.cancel();
  return { status: response.status, headers: response.headers };
}

Deno.test("a listed origin is named in the answer, an unlisted one is not", async () => {
  assertEquals((await headersFor(SHOP, [SHOP])).headers.get("access-control-allow-origin"), SHOP);
  for (
    const origin of ["https://evil.example", `${SHOP}.evil.example`, "http://shop.example", "null", undefined]
  ) {
    const { headers } = await headersFor(origin, [SHOP]);
    assertEquals(headers.get("access-control-allow-origin"), null);
    assertEquals(headers.get("vary"), "Origin");
  }
});

Deno.test("without a list no origin is allowed, and all are only where that is written", async () => {
  assertEquals((await headersFor(SHOP, [])).headers.get("access-control-allow-origin"), null);
  assertEquals((await headersFor(SHOP, ["*"])).headers.get("access-control-allow-origin"), "*");
});

Deno.test("a preflight needs no credentials and names methods and headers", async () => {
  const { fetch } = probe({ auth: "user" }, { env: environment({ allowedOrigins: [SHOP] }) });
  const response = await fetch(
    new Request("http://127.0.0.1/probe", { method: "OPTIONS", headers: { origin: SHOP } }),
  );
  assertEquals(response.status, 204);
  assertEquals(await response.text(), "");
  assertEquals(response.headers.get("access-control-allow-origin"), SHOP);
  assertStringIncludes(response.headers.get("access-control-allow-methods") ?? "", "PATCH");
  for (const name of ["authorization", "apikey", "idempotency-key", "x-agent-token", "x-request-id"]) {
    assertStringIncludes(response.headers.get("access-control-allow-headers") ?? "", name);
  }
});

Deno.test("a preflight from elsewhere is told nothing", async () => {
  const { status, headers } = await headersFor("https://evil.example", [SHOP], "OPTIONS");
  assertEquals(status, 204);
  assertEquals(headers.get("access-control-allow-methods"), null);
});

Deno.test("errors carry CORS headers as well, and what a page may read is exposed", async () => {
  const { status, headers } = await headersFor(SHOP, [SHOP], "PUT");
  assertEquals(status, 405);
  assertEquals(headers.get("access-control-allow-origin"), SHOP);
  for (const name of ["retry-after", "ratelimit-remaining", "x-request-id", "idempotency-replayed"]) {
    assertStringIncludes(headers.get("access-control-expose-headers") ?? "", name);
  }
});

Deno.test("an entry of ALLOWED_ORIGINS that is no origin is named", () => {
  assertEquals(parseOrigins(" https://a.example , https://b.example:8443,"), [
    "https://a.example",
    "https://b.example:8443",
  ]);
  assertEquals(parseOrigins(undefined), []);
  for (const bad of ["shop.example", "https://shop.example/", "https://*.example"]) {
    const error = assertThrows(() => parseOrigins(bad), EnvironmentError);
    assertStringIncludes(error.message, "ALLOWED_ORIGINS");
    assertStringIncludes(error.message, bad);
  }
});
