import type { StackKeys } from "../keys.ts";
import { judgeApiKey } from "./api_key.ts";
import { bearerError, bearerToken, type BearerVerifier, type Claims } from "./bearer.ts";

/** On whose behalf a request reaches the database. */
export interface Caller {
  readonly role: string;
  readonly claims: Claims;
  /** Whether the key alone speaks, without a user's token. */
  readonly byKey: boolean;
}

export type CallerIdentifier = (request: Request, url: URL) => Promise<Caller | Response>;

/**
 * Tells who calls, as the platform does: the API key is always needed; a user's token that comes with it
 * decides the role, also beside a secret key.
 */
export function createCallerIdentifier(keys: StackKeys, verify: BearerVerifier): CallerIdentifier {
  return async (request, url) => {
    const key = judgeApiKey(request, url, keys);
    if (key instanceof Response) return key;

    const token = bearerToken(request);
    // supabase-js repeats its key as Bearer while nobody is signed in
    if (token === null || token === key.value) {
      return { role: key.role, claims: { role: key.role }, byKey: true };
    }

    const verdict = await verify(token);
    if ("refusal" in verdict) return bearerError(verdict.refusal);
    return { role: verdict.claims.role, claims: verdict.claims, byKey: false };
  };
}
