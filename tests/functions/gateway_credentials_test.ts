import { assertEquals } from "@std/assert";
import { SignJWT } from "jose";
import { stack } from "../support/stack.ts";
import { callRpc, inAnHour, madeFunction, send, signedToken } from "./gateway_fixture.ts";

const who = () =>
  madeFunction(
    " -> jsonb",
    "language sql stable",
    "select jsonb_build_object('role', current_user, 'uid', auth.uid(), 'claim', auth.role())",
  );

Deno.test("a request without a key and one with an unknown key are refused", async () => {
  const { apiUrl } = await stack();
  for (const path of ["/rest/v1/rpc/anything", "/auth/v1/settings"]) {
    const without = await fetch(`${apiUrl}${path}`);
    assertEquals([without.status, (await without.json()).message], [401, "No API key found in request"]);
    const unknown = await send(path, { headers: { apikey: "sb_publishable_unknown" } });
    assertEquals([unknown.status, JSON.parse(unknown.text).message], [401, "Invalid API key"]);
  }
});

Deno.test("a secret key is refused from a browser", async () => {
  const { secretKeys } = await stack();
  const answer = await send("/rest/v1/rpc/anything", {
    headers: { apikey: secretKeys.default, "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" },
  });
  assertEquals(
    [answer.status, JSON.parse(answer.text).message],
    [401, "Forbidden use of secret API key in browser"],
  );
});

Deno.test("each key stands for its role, also where the client repeats it as Bearer", async () => {
  const { publishableKey, secretKeys } = await stack();
  await using made = await who();
  const expected = { anon: [publishableKey], "service_role": Object.values(secretKeys) };
  for (const [role, keys] of Object.entries(expected)) {
    for (const apikey of keys) {
      const answer = await callRpc(made.name, "{}", { apikey, authorization: `Bearer ${apikey}` });
      assertEquals(JSON.parse(answer.text), { role, uid: null, claim: role });
    }
  }
});

Deno.test("a user's token decides the role, also beside a secret key", async () => {
  const { publishableKey, secretKeys } = await stack();
  await using made = await who();
  const sub = crypto.randomUUID();
  const authorization = `Bearer ${await signedToken({ sub }, inAnHour())}`;
  for (const apikey of [publishableKey, secretKeys.default]) {
    const answer = await callRpc(made.name, "{}", { apikey, authorization });
    assertEquals(JSON.parse(answer.text), { role: "authenticated", uid: sub, claim: "authenticated" });
  }
});

Deno.test("a token that is not ours, not whole or not of ES256 is refused, never downgraded", async () => {
  await using made = await who();
  const good = await signedToken({ sub: crypto.randomUUID() }, inAnHour());
  const [header = "", payload = "", signature = ""] = good.split(".");
  const claims = { sub: crypto.randomUUID(), role: "service_role" };
  const shared = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h")
    .sign(new TextEncoder().encode("super-secret-jwt-token-with-at-least-32-characters"));
  const unsigned = `${btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "")}.${payload}.`;
  const tampered = `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;

  for (const token of [tampered, shared, unsigned, "one.two.three"]) {
    const answer = await callRpc(made.name, "{}", { authorization: `Bearer ${token}` });
    assertEquals([answer.status, JSON.parse(answer.text).code], [401, "PGRST301"]);
  }
  const short = await callRpc(made.name, "{}", { authorization: "Bearer one.two" });
  assertEquals(
    [short.status, JSON.parse(short.text).message],
    [401, "Expected 3 parts in JWT; got 2"],
  );
});

Deno.test("an expired token is refused as expired by REST and by Auth", async () => {
  await using made = await who();
  const sub = crypto.randomUUID();
  const authorization = `Bearer ${await signedToken({ sub }, Math.floor(Date.now() / 1000) - 60)}`;

  const rest = await callRpc(made.name, "{}", { authorization });
  assertEquals([rest.status, JSON.parse(rest.text).code, JSON.parse(rest.text).message], [
    401,
    "PGRST303",
    "JWT expired",
  ]);
  const auth = await send("/auth/v1/user", { headers: { authorization } });
  assertEquals([auth.status, JSON.parse(auth.text).error_code], [403, "bad_jwt"]);
});

Deno.test("a browser's preflight is answered for every origin without a key", async () => {
  const { apiUrl } = await stack();
  for (const path of ["/rest/v1/anything", "/auth/v1/token"]) {
    const response = await fetch(`${apiUrl}${path}`, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-headers": "apikey,x-agent-token" },
    });
    await response.body?.cancel();
    assertEquals([response.ok, response.headers.get("access-control-allow-origin")], [true, "*"]);
    assertEquals(response.headers.get("access-control-allow-headers"), "apikey,x-agent-token");
  }
});
