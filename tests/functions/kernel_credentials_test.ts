import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Caller } from "../../shared/contract.ts";
import { AGENT_TOKEN, environment, errorOf, KEYS, post, probe, signToken } from "./kernel_fixture.ts";

/** How a function of this kind answers: the actor's kind, or the code of the refusal. */
async function answerTo(auth: Caller, headers: Record<string, string>): Promise<string> {
  const response = await probe({ auth }).fetch(post({}, headers));
  const body = await response.json();
  if (response.status !== 200) {
    assertEquals(response.status, body.code === "ambiguous_credentials" ? 400 : 401);
  }
  return body.actor ?? body.code;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

Deno.test("a verified JWT is a user wherever users may call", async () => {
  const token = await signToken();
  for (const auth of ["user", "user-or-agent", "user-or-service", "guest-or-user", "agent"] as const) {
    assertEquals(await answerTo(auth, bearer(token)), "user");
  }
  assertEquals(await answerTo("user", { authorization: `bearer ${token}` }), "user");
});

Deno.test("missing, malformed, expired and invalid tokens are told apart", async () => {
  const good = await signToken();
  const [header, payload] = good.split(".");
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [{}, "credentials_missing"],
    [{ authorization: "Basic YTpi" }, "credentials_malformed"],
    [{ authorization: "Bearer" }, "credentials_malformed"],
    [{ authorization: `Bearer ${good} twice` }, "credentials_malformed"],
    [bearer("a.b.c"), "credentials_malformed"],
    [bearer("not.a.jwt!"), "credentials_malformed"],
    [bearer("too-short-for-an-agent"), "credentials_malformed"],
    [bearer(await signToken({ expiresAt: 1000 })), "credentials_expired"],
    [bearer(await signToken({ isForged: true })), "credentials_invalid"],
    [bearer(await signToken({ isForged: true, expiresAt: 1000 })), "credentials_invalid"],
    [bearer(await signToken({ subject: undefined })), "credentials_invalid"],
    [bearer(`${header}.${payload}.AAAA`), "credentials_invalid"],
    [bearer(legacyToken()), "credentials_invalid"],
  ];
  for (const [headers, code] of cases) assertEquals(await answerTo("user", headers), code);
});

Deno.test("bad credentials are refused where a guest would be welcome", async () => {
  assertEquals(await answerTo("guest-or-user", {}), "anonymous");
  assertEquals(await answerTo("guest-or-user", { apikey: KEYS.publishable }), "anonymous");
  assertEquals(
    await answerTo("guest-or-user", bearer(await signToken({ expiresAt: 1 }))),
    "credentials_expired",
  );
  assertEquals(await answerTo("guest-or-user", bearer("garbage")), "credentials_malformed");
  assertEquals(
    await answerTo("guest-or-user", bearer(await signToken({ isForged: true }))),
    "credentials_invalid",
  );
});

Deno.test("an agent's token goes on to Postgres, as Bearer or in its own header", async () => {
  for (const auth of ["agent", "user-or-agent", "user"] as const) {
    assertEquals(await answerTo(auth, bearer(AGENT_TOKEN)), "agent");
    assertEquals(await answerTo(auth, { "x-agent-token": AGENT_TOKEN }), "agent");
  }
  const both = { ...bearer(AGENT_TOKEN), "x-agent-token": AGENT_TOKEN };
  assertEquals(await answerTo("agent", both), "agent");
  assertEquals(await answerTo("agent", { "x-agent-token": "short" }), "credentials_malformed");
});

Deno.test("credentials of two callers at once are ambiguous", async () => {
  const userAndAgent = { ...bearer(await signToken()), "x-agent-token": AGENT_TOKEN };
  assertEquals(await answerTo("user-or-agent", userAndAgent), "ambiguous_credentials");
  const twoAgents = { ...bearer(AGENT_TOKEN), "x-agent-token": `${AGENT_TOKEN}x` };
  assertEquals(await answerTo("agent", twoAgents), "ambiguous_credentials");
});

Deno.test("an API key as Bearer is told to come as apikey, unless it already does", async () => {
  const { fetch } = probe({ auth: "cron" });
  const { status, code, error } = await errorOf(await fetch(post({}, bearer(KEYS.cron))));
  assertEquals({ status, code }, { status: 401, code: "credentials_malformed" });
  assertStringIncludes(error, "send it as `apikey`");
  assertEquals(await answerTo("cron", { ...bearer(KEYS.cron), apikey: KEYS.cron }), "cron");
  const asClientsDo = { ...bearer(KEYS.publishable), apikey: KEYS.publishable };
  assertEquals(await answerTo("guest-or-user", asClientsDo), "anonymous");
  assertEquals(await answerTo("user", asClientsDo), "credentials_missing");
});

Deno.test("named keys open what they are named for", async () => {
  const cases: readonly (readonly [Caller, string, string])[] = [
    ["cron", KEYS.cron, "cron"],
    ["cron", KEYS.default, "cron"],
    ["cron", KEYS.operator, "credentials_invalid"],
    ["cron", KEYS.publishable, "credentials_invalid"],
    ["operator", KEYS.operator, "operator"],
    ["operator", KEYS.default, "credentials_invalid"],
    ["service", KEYS.default, "service"],
    ["service", KEYS.cron, "credentials_invalid"],
    ["user-or-service", KEYS.default, "service"],
    ["user-or-service", "sb_secret_unknown", "credentials_invalid"],
    ["user-or-service", KEYS.publishable, "credentials_missing"],
    ["user", KEYS.default, "credentials_missing"],
  ];
  for (const [auth, apikey, answer] of cases) assertEquals(await answerTo(auth, { apikey }), answer);
  assertEquals(await answerTo("cron", {}), "credentials_missing");
  assertEquals(await answerTo("operator", bearer(await signToken())), "credentials_missing");
});

Deno.test("a 401 carries a challenge", async () => {
  const response = await probe({ auth: "user" }).fetch(post({}));
  assertEquals(response.headers.get("www-authenticate"), "Bearer");
  await response.body?.cancel();
});

Deno.test("a JWKS that cannot be fetched is our trouble, not the caller's", async () => {
  const env = environment();
  const away = { ...env, supabase: { ...env.supabase, jwks: new URL("http://127.0.0.1:1/jwks.json") } };
  const response = await probe({ auth: "user" }, { env: away }).fetch(post({}, bearer(await signToken())));
  assertEquals(response.headers.get("retry-after"), "5");
  const { status, code } = await errorOf(response);
  assertEquals({ status, code }, { status: 503, code: "dependency_unavailable" });
});

/** A token of the project's former kind: HS256, without a key id. */
function legacyToken(): string {
  const encode = (part: unknown) => btoa(JSON.stringify(part)).replaceAll("=", "");
  return `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ role: "anon" })}.c2lnbmF0dXJl`;
}
