import { decodeProtectedHeader } from "jose";
import type { BearerVerifier } from "./bearer.ts";
import { json } from "./json_response.ts";

/**
 * The platform's own check before a function with `verify_jwt = true`: a user's token, never an API key.
 * `undefined` where the request may pass.
 */
export async function refuseUnverified(
  request: Request,
  verify: BearerVerifier,
): Promise<Response | undefined> {
  const authorization = request.headers.get("authorization");
  if (!authorization) return refuse("UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header");

  const token = authorization.match(/^Bearer\s+(\S+)\s*$/i)?.[1];
  const algorithm = token === undefined ? undefined : algorithmOf(token);
  if (token === undefined || algorithm === undefined) {
    return refuse("UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT");
  }
  const verdict = await verify(token);
  if ("claims" in verdict) return undefined;
  const code = algorithm === "HS256" ? "UNAUTHORIZED_LEGACY_JWT" : "UNAUTHORIZED_ASYMMETRIC_JWT";
  return refuse(code, "Invalid JWT");
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}

function refuse(code: string, message: string): Response {
  return json(401, { code, message }, { "sb-error-code": code });
}
