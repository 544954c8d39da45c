import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { importJWK, SignJWT } from "jose";
import { createBearerVerifier } from "../../scripts/local/gateway/bearer.ts";
import { createFunctions } from "../../scripts/local/gateway/functions.ts";
import { loadKeys } from "../../scripts/local/keys.ts";

const CONFIG = `
[functions.echo]
verify_jwt = false
entrypoint = "../functions/echo/index.ts"
[functions.guarded]
entrypoint = "../functions/echo/index.ts"
[functions.broken]
verify_jwt = false
entrypoint = "../functions/broken.ts"
[functions.throws]
verify_jwt = false
entrypoint = "../functions/throws.ts"
[functions.silent]
verify_jwt = false
entrypoint = "../functions/silent.ts"
[functions.switched-off]
enabled = false
`;

const MODULES = {
  "supabase/config.toml": CONFIG,
  "functions/echo/index.ts": `export default { fetch: async (request: Request) =>
    Response.json({ url: request.url, body: await request.text(), from: request.headers.get("x-forwarded-for") }) };`,
  "functions/broken.ts": `throw new Error("cannot be loaded");`,
  "functions/throws.ts": `export default { fetch: () => { throw new Error("fault"); } };`,
  "functions/silent.ts": `export default { fetch: () => new Promise(() => {}) };`,
};

interface Project extends AsyncDisposable {
  call(path: string, init?: RequestInit): Promise<Response>;
  token(): Promise<string>;
}

/** A project of its own, served at an address that only its functions see. */
async function project(): Promise<Project> {
  const root = await Deno.makeTempDir();
  for (const [path, text] of Object.entries(MODULES)) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  const { signingKey } = await loadKeys(root);
  const url = "http://127.0.0.1:54321";
  const functions = await createFunctions({
    root,
    verify: createBearerVerifier(signingKey),
    url,
    idleTimeout: 50,
  });
  return {
    call: async (path, init) => {
      const request = new Request(`${url}/functions/v1/${path}`, init);
      return await functions.handle({ request, url: new URL(request.url), forwardedFor: "192.0.2.1" });
    },
    token: async () =>
      await new SignJWT({ role: "authenticated" })
        .setProtectedHeader({ alg: "ES256", kid: signingKey.kid })
        .setExpirationTime("1h")
        .sign(await importJWK(signingKey, "ES256")),
    async [Symbol.asyncDispose]() {
      await functions.stop();
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("a function sees its own slug first in the path, and the caller's address", async () => {
  await using functions = await project();
  const response = await functions.call("echo/deep/path?a=1", { method: "POST", body: "hello" });
  assertEquals(response.status, 200);
  assertEquals(await response.json(), {
    url: "http://127.0.0.1:54321/echo/deep/path?a=1",
    body: "hello",
    from: "192.0.2.1",
  });
});

Deno.test("verify_jwt lets a user's token and a preflight pass, and nothing else", async () => {
  await using functions = await project();
  const withToken = async (authorization: string) =>
    await functions.call("guarded", { method: "POST", headers: { authorization } });
  assertEquals((await withToken(`Bearer ${await functions.token()}`)).status, 200);
  assertEquals((await functions.call("guarded", { method: "OPTIONS" })).status, 200);

  const legacy = await new SignJWT({ role: "anon" }).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode("super-secret-jwt-token-with-at-least-32-characters"));
  const refusals = {
    "UNAUTHORIZED_NO_AUTH_HEADER": await functions.call("guarded", { method: "POST" }),
    "UNAUTHORIZED_INVALID_JWT_FORMAT": await withToken("Bearer sb_secret_0000"),
    "UNAUTHORIZED_LEGACY_JWT": await withToken(`Bearer ${legacy}`),
    "UNAUTHORIZED_ASYMMETRIC_JWT": await withToken(`Bearer ${await functions.token()}x`),
  };
  for (const [code, response] of Object.entries(refusals)) {
    assertEquals([response.status, response.headers.get("sb-error-code")], [401, code]);
  }
});

Deno.test("unknown, broken, failing and silent functions answer as on the platform", async () => {
  await using functions = await project();
  const cases = [
    ["nowhere", 404, "NOT_FOUND"],
    ["switched-off", 404, "NOT_FOUND"],
    ["broken", 503, "BOOT_ERROR"],
    ["throws", 500, "WORKER_ERROR"],
    ["silent", 504, "IDLE_TIMEOUT"],
  ] as const;
  for (const [path, status, code] of cases) {
    const response = await functions.call(path);
    assertEquals([response.status, response.headers.get("sb-error-code")], [status, code], path);
  }
});
