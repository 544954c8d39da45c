import { createLocalJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { publicJwks, type SigningKey } from "../keys.ts";
import { type RestError, restError } from "./json_response.ts";

/** The claims of a user's token; a token without a role is nobody's. */
export interface Claims extends JWTPayload {
  readonly role: string;
}

/** Why a token was refused, in PostgREST's words. */
export type BearerRefusal = Omit<RestError, "status" | "hint">;

/** The claims of a good token, or why it was refused. */
export type BearerVerdict = { readonly claims: Claims } | { readonly refusal: BearerRefusal };

export type BearerVerifier = (token: string) => Promise<BearerVerdict>;

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(request: Request): string | null {
  return request.headers.get("authorization")?.match(/^Bearer\s+(\S+)\s*$/i)?.[1] ?? null;
}

/** How many verified tokens are remembered: a verification costs as much as a small call of the database. */
const REMEMBERED_TOKENS = 1000;

/** Verifies users' tokens against the stack's own key: ES256, key id, expiry and role. */
export function createBearerVerifier(key: SigningKey): BearerVerifier {
  const verifyAfresh = createVerifier(key);
  const remembered = new Map<string, Claims>();
  return async (token) => {
    const known = remembered.get(token);
    if (known?.exp !== undefined && known.exp > Date.now() / 1000) return { claims: known };

    remembered.delete(token);
    const verdict = await verifyAfresh(token);
    if ("refusal" in verdict) return verdict;
    const [oldest] = remembered.keys();
    if (oldest !== undefined && remembered.size >= REMEMBERED_TOKENS) remembered.delete(oldest);
    remembered.set(token, verdict.claims);
    return verdict;
  };
}

function createVerifier(key: SigningKey): BearerVerifier {
  const keySet = createLocalJWKSet(publicJwks(key));
  return async (token) => {
    const parts = token.split(".").length;
    if (parts !== 3) return undecodable(`Expected 3 parts in JWT; got ${parts}`);
    if (!hasKeyId(token)) return noSuitableKey();
    try {
      const { payload } = await jwtVerify(token, keySet, { algorithms: ["ES256"], requiredClaims: ["exp"] });
      return typeof payload.role === "string"
        ? { claims: { ...payload, role: payload.role } }
        : badClaims("role");
    } catch (error) {
      return refusalOf(error);
    }
  };
}

/** A refusal as the Data API answers it. */
export function bearerError(refusal: BearerRefusal): Response {
  return restError({
    ...refusal,
    status: 401,
    headers: { "www-authenticate": `Bearer error="invalid_token", error_description="${refusal.message}"` },
  });
}

function hasKeyId(token: string): boolean {
  try {
    return decodeProtectedHeader(token).kid !== undefined;
  } catch {
    return false;
  }
}

function refusalOf(error: unknown): BearerVerdict {
  if (error instanceof errors.JWTExpired) return { refusal: { code: "PGRST303", message: "JWT expired" } };
  if (error instanceof errors.JWTClaimValidationFailed) return badClaims(error.claim);
  if (error instanceof errors.JOSEError) return noSuitableKey();
  throw error;
}

function badClaims(claim: string): BearerVerdict {
  const details = `Expected a usable claim ${claim}`;
  return { refusal: { code: "PGRST303", message: "Parsing claims failed", details } };
}

function undecodable(message: string): BearerVerdict {
  return { refusal: { code: "PGRST301", message } };
}

function noSuitableKey(): BearerVerdict {
  const details = "None of the keys was able to decode the JWT";
  return { refusal: { code: "PGRST301", message: "No suitable key or wrong key type", details } };
}
