import { timingSafeEqual } from "node:crypto";
import type { StackKeys } from "../keys.ts";
import { json } from "./json_response.ts";

/** The role a key stands for where no user's token comes with it. */
export interface ApiKey {
  readonly value: string;
  readonly role: "anon" | "service_role";
}

/** The key a request carries: the `apikey` header, or the query parameter that sockets use. */
export function presentedKey(request: Request, url: URL): string | null {
  return request.headers.get("apikey") ?? url.searchParams.get("apikey");
}

/** Judges a key as the platform's gateway does; a refusal is the answer to send. */
export function judgeApiKey(request: Request, url: URL, keys: StackKeys): ApiKey | Response {
  const value = presentedKey(request, url);
  if (!value) return noKey();
  if (same(value, keys.publishableKey)) return { value, role: "anon" };
  if (!isSecretKey(value, keys)) return wrongKey();
  if (request.headers.get("user-agent")?.startsWith("Mozilla/")) return secretInBrowser();
  return { value, role: "service_role" };
}

function isSecretKey(value: string, keys: StackKeys): boolean {
  return Object.values(keys.secretKeys).filter((secret) => same(value, secret)).length > 0;
}

/** Compares in a time that says nothing about where two keys differ. */
function same(left: string, right: string): boolean {
  const [a, b] = [new TextEncoder().encode(left), new TextEncoder().encode(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function noKey(): Response {
  return json(401, {
    message: "No API key found in request",
    hint: "No `apikey` request header or url param was found.",
  }, { "sb-error-code": "UNAUTHORIZED_MISSING_API_KEY" });
}

function wrongKey(): Response {
  return json(401, {
    message: "Invalid API key",
    hint: "Double check your Supabase `apikey`",
  }, { "sb-error-code": "UNAUTHORIZED_INVALID_API_KEY" });
}

function secretInBrowser(): Response {
  return json(401, {
    message: "Forbidden use of secret API key in browser",
    hint: "Secret API keys can only be used in a protected environment and should never be used in a browser",
  }, { "sb-error-code": "UNAUTHORIZED_INVALID_API_KEY_TYPE" });
}
