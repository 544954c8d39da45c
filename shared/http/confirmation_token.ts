/**
 * The token of a route: an HMAC of its id under the function's own key, so that a repeated request gets the same one
 * although only its hash is kept. Whoever reads the database cannot make it.
 */
import { createHash, createHmac } from "node:crypto";
import type { SupabaseEnv } from "@supabase/server";
import { EnvironmentError } from "./env.ts";

// Web Crypto would hand each of these few bytes to another thread and wait for it.

/** 43 characters: 256 bits, base64url. */
export function confirmationToken(routeId: string, env: SupabaseEnv): string {
  const secret = env.secretKeys.default;
  if (!secret) throw new EnvironmentError("SUPABASE_SECRET_KEYS", "hold a key named default", "none");
  return createHmac("sha256", secret).update(`tradepost confirmation token ${routeId}`).digest("base64url");
}

/** How a token is kept: SHA-256, hexadecimal. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
