import { App } from "@supabase/lite";
import { createPostgresConnection, type PostgresConnection } from "@supabase/lite/postgres";
import type { StackKeys } from "../keys.ts";
import { publicJwks } from "../keys.ts";
import { judgeApiKey } from "./api_key.ts";
import { createAuthAdmin } from "./auth_admin.ts";
import { publishAnswer } from "./auth_answer.ts";
import { authError } from "./auth_error.ts";
import { createTokenTranslator, type TokenTranslator } from "./auth_tokens.ts";
import { bearerToken, type BearerVerifier } from "./bearer.ts";
import { allowEveryOrigin, preflight } from "./cors.ts";
import { json } from "./json_response.ts";
import { authTypes } from "./rest_types.ts";
import { reconnectAfter } from "./reconnect.ts";
import type { Incoming, Surface } from "./surface.ts";

export interface AuthOptions {
  readonly authAdminUrl: string;
  readonly keys: StackKeys;
  readonly verify: BearerVerifier;
  /** The stack's own address, the tokens' issuer. */
  readonly url: string;
}

/** Links in e-mails and providers' redirects carry no key. */
const OPEN_PATHS = ["/verify", "/callback", "/authorize"];

/** Where the caller's own token is what the request is about. */
const USER_PATHS = ["/user", "/logout", "/reauthenticate", "/factors"];

/** `/auth/v1`: @supabase/lite behind the platform's keys and tokens, and the admin's side it does not have. */
export function createAuth(options: AuthOptions): Surface {
  const { authAdminUrl, keys } = options;
  const connection = connect(authAdminUrl);
  const pass = createPassage(createApp(connection, options), options);
  const admin = createAuthAdmin(connection.driver);

  const answer = async (incoming: Incoming): Promise<Response> => {
    const { request, url } = incoming;
    const path = url.pathname.slice("/auth/v1".length);
    if (path === "/.well-known/jwks.json") return jwks(keys);
    if (OPEN_PATHS.includes(path) && request.method === "GET") return await pass(incoming, path);

    const key = judgeApiKey(request, url, keys);
    if (key instanceof Response) return key;
    if (!path.startsWith("/admin/")) return await pass(incoming, path, key.value);
    const isService = key.role === "service_role" && [null, key.value].includes(bearerToken(request));
    if (!isService) return authError(403, "not_admin", "User not allowed");
    return await admin(request, path.slice("/admin".length), url);
  };

  return {
    handle: async (incoming) => {
      if (incoming.request.method === "OPTIONS") return preflight(incoming.request);
      return allowEveryOrigin(await answer(incoming));
    },
    stop: async () => await connection.close(),
  };
}

/** One request through the library, the tokens translated on both ways. */
type Passage = (incoming: Incoming, path: string, key?: string) => Promise<Response>;

function createPassage(app: App, { keys, verify, url }: AuthOptions): Passage {
  const issuer = `${url}/auth/v1`;
  const tokens = createTokenTranslator(keys.signingKey, keys.hs256Secret, issuer);
  const readUser = async (token: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` };
    return await (await app.fetch(new Request(`${issuer}/user`, { headers }))).json();
  };
  return async (incoming, path, key) => {
    const authorization = await translateBearer(incoming.request, path, key, verify, tokens);
    if (authorization instanceof Response) return authorization;
    const response = await app.fetch(withBearer(incoming, authorization));
    return await publishAnswer(response, path, tokens, readUser);
  };
}

function connect(url: string): PostgresConnection {
  return createPostgresConnection({
    url,
    postgresOptions: {
      max: 8,
      connect_timeout: 5,
      backoff: reconnectAfter,
      onnotice: () => {},
      types: authTypes,
      connection: { application_name: "tradepost auth" },
    },
  });
}

function createApp(connection: PostgresConnection, { keys, url }: AuthOptions): App {
  // Passwords of a development stack: the lowest cost keeps sign-ups from filling the tests' time
  if (Deno.env.get("LITE_AUTH_BCRYPT_COST") === undefined) Deno.env.set("LITE_AUTH_BCRYPT_COST", "4");
  return new App({
    connection,
    api: { schemas: [] },
    auth: {
      enabled: true,
      jwt_secret: keys.hs256Secret,
      site_url: url,
      email: { enable_signup: true, enable_confirmations: false, max_frequency: "0s" },
    },
    storage: { enabled: false },
    // the gateway has judged the key before
    options: { server: { apiKeys: false } },
  });
}

/** The library's own token for the caller's, none where none is needed, or the refusal. */
async function translateBearer(
  request: Request,
  path: string,
  key: string | undefined,
  verify: BearerVerifier,
  tokens: TokenTranslator,
): Promise<string | null | Response> {
  const token = bearerToken(request);
  if (token === null || token === key) return null;
  const verdict = await verify(token);
  if ("claims" in verdict) return await tokens.handOver(verdict.claims);
  if (!USER_PATHS.some((each) => path === each || path.startsWith(`${each}/`))) return null;
  const reason = verdict.refusal.code === "PGRST303" ? "token is expired" : "signature is invalid";
  return authError(403, "bad_jwt", `invalid JWT: unable to parse or verify signature, ${reason}`);
}

function withBearer({ request, url, forwardedFor }: Incoming, token: string | null): Request {
  const target = new URL(url);
  target.searchParams.delete("apikey");
  const { method, headers, body } = request;
  const copy = new Request(target, { method, headers, body });
  copy.headers.delete("apikey");
  copy.headers.delete("authorization");
  copy.headers.set("x-forwarded-for", forwardedFor);
  if (token !== null) copy.headers.set("authorization", `Bearer ${token}`);
  return copy;
}

function jwks(keys: StackKeys): Response {
  return json(200, publicJwks(keys.signingKey), { "cache-control": "public, max-age=600" });
}
