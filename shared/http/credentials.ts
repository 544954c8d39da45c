import type { AuthError } from "@supabase/server";
import { verifyCredentials } from "@supabase/server/core";
import type { SupabaseEnv } from "@supabase/server";
import type { Caller } from "../contract.ts";
import type { Actor } from "./actor.ts";
import { ApiError } from "./api_error.ts";
import { type PresentedCredentials, presentedCredentials } from "./presented_credentials.ts";

/** Which secret keys stand for a caller, the one he is known by first. */
const KEY_NAMES = {
  "service": ["default"],
  "user-or-service": ["default"],
  "cron": ["cron", "default"],
  "operator": ["operator"],
} as const;

/**
 * Finds out who calls. Credentials that are present and bad are always refused: nobody is taken for anonymous
 * because his token is wrong.
 */
export async function authenticate(headers: Headers, caller: Caller, env: SupabaseEnv): Promise<Actor> {
  if (caller === "none") return { kind: "anonymous" };
  const presented = presentedCredentials(headers);
  if (caller === "service" || caller === "cron" || caller === "operator") {
    return await verifyKey(presented.apikey, caller, env);
  }
  if (presented.jwt !== undefined) return await verifyUser(presented.jwt, env);
  if (presented.agentToken !== undefined) return { kind: "agent", token: presented.agentToken };
  if (caller === "user-or-service" && isSecret(presented)) {
    return await verifyKey(presented.apikey, caller, env);
  }
  if (caller === "guest-or-user") return { kind: "anonymous" };
  if (isSecret(presented)) {
    throw new ApiError("credentials_missing", {
      message: "Expected a user's JWT or an agent's token as Bearer but found an API key alone",
    });
  }
  throw new ApiError("credentials_missing");
}

async function verifyUser(token: string, env: SupabaseEnv): Promise<Actor> {
  const { data, error } = await verifyCredentials({ token, apikey: null }, { auth: "user", env });
  if (error) throw tokenError(error);
  const userId = data.userClaims?.id;
  if (userId === undefined) throw new ApiError("credentials_invalid");
  return { kind: "user", userId, token };
}

async function verifyKey(
  apikey: string | undefined,
  caller: keyof typeof KEY_NAMES,
  env: SupabaseEnv,
): Promise<Actor> {
  const names = KEY_NAMES[caller];
  const expected = `Expected the secret key named ${names.join(" or ")} in the apikey header`;
  if (apikey === undefined) {
    throw new ApiError("credentials_missing", { message: `${expected} but found none` });
  }
  const auth = names.map((name) => `secret:${name}` as const);
  const { data, error } = await verifyCredentials({ token: null, apikey }, { auth, env });
  // A key that is not configured cannot be presented either: the caller is wrong in both cases.
  if (error || !data.keyName) {
    throw new ApiError("credentials_invalid", { message: `${expected} but found another`, cause: error });
  }
  return { kind: caller === "user-or-service" ? "service" : caller, keyName: data.keyName };
}

/** A publishable key only says which project is meant; any other value claims to be somebody. */
function isSecret(presented: PresentedCredentials): boolean {
  return presented.apikey !== undefined && !presented.apikey.startsWith("sb_publishable_");
}

function tokenError(error: AuthError): ApiError {
  if (error.code === "JWKS_FETCH_FAILED") {
    return new ApiError("dependency_unavailable", { headers: { "retry-after": "5" }, cause: error });
  }
  if (error.status !== 401) return new ApiError("internal_error", { cause: error });
  return new ApiError(tokenErrorCode(error.cause), { cause: error });
}

/** Told apart by what `jose` found: the library's own codes know one kind of bad token only. */
function tokenErrorCode(cause: unknown) {
  if (!(cause instanceof Error)) return "credentials_invalid";
  const code = "code" in cause ? cause.code : undefined;
  if (code === "ERR_JWT_EXPIRED") return "credentials_expired";
  const isUnreadable = code === undefined || code === "ERR_JWS_INVALID" || code === "ERR_JWT_INVALID";
  return isUnreadable ? "credentials_malformed" : "credentials_invalid";
}
