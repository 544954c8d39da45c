import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { importJWK, type JWTPayload, SignJWT } from "jose";
import postgres from "postgres";
import { stack } from "../support/stack.ts";

/** A client that keeps nothing and leaves no timer behind. */
export async function client(key?: string, token?: string): Promise<SupabaseClient> {
  const { apiUrl, publishableKey } = await stack();
  return createClient(apiUrl, key ?? publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(token === undefined ? {} : { global: { headers: { Authorization: `Bearer ${token}` } } }),
  });
}

/** An address nobody has signed up with. */
export function newEmail(): string {
  return `${crypto.randomUUID()}@gateway.test`;
}

/** A token signed with the stack's own key; only a stack of this machine lends it. */
export async function signedToken(claims: JWTPayload, expiresAt: number): Promise<string> {
  const { local } = await stack();
  if (!local) throw new Error("Expected a stack of this machine, which lends its key; unset SUPABASE_URL");
  return await new SignJWT({ aud: "authenticated", role: "authenticated", ...claims })
    .setProtectedHeader({ alg: "ES256", kid: local.signingKey.kid, typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(await importJWK(local.signingKey, "ES256"));
}

/** In an hour, in seconds since 1970. */
export function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}

/** An answer of the Data API as it went over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Calls a function of schema `api` without a client in between. */
export async function callRpc(
  name: string,
  body: string = "{}",
  headers: Readonly<Record<string, string>> = {},
): Promise<WireAnswer> {
  return await send(`/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-profile": "api", ...headers },
    body,
  });
}

/** Sends a request with the publishable key, unless its headers name another. */
export async function send(path: string, init: RequestInit = {}): Promise<WireAnswer> {
  const { apiUrl, publishableKey } = await stack();
  const headers = new Headers(init.headers);
  if (!headers.has("apikey")) headers.set("apikey", publishableKey);
  const response = await fetch(`${apiUrl}${path}`, { ...init, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Objects made for one test, gone when it ends. */
export interface Made extends AsyncDisposable {
  readonly name: string;
  readonly sql: postgres.Sql;
}

/**
 * Makes objects as role `postgres` for one test. `NAME` stands in both texts for a name of this test's own.
 */
export async function made(create: string, drop: string): Promise<Made> {
  const name = `gateway_${crypto.randomUUID().replaceAll("-", "")}`;
  const { dbUrl } = await stack();
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`${create.replaceAll("NAME", name)}; notify pgrst, 'reload schema'`);
  return {
    name,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.unsafe(`${drop.replaceAll("NAME", name)}; notify pgrst, 'reload schema'`);
      await sql.end();
    },
  };
}

/** A function of schema `api` that every caller may call: its arguments, result, and body in SQL or PL/pgSQL. */
export async function madeFunction(signature: string, options: string, body: string): Promise<Made> {
  const [parameters = "", result = ""] = signature.split(" -> ");
  return await made(
    `create function api.NAME(${parameters}) returns ${result} ${options} as $body$ ${body} $body$;
     grant execute on function api.NAME to anon, authenticated, service_role`,
    "drop function api.NAME",
  );
}
