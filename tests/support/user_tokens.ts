/** Users' tokens that Auth never issued: what only whoever holds the signing key, or nobody, could make. */
import { decodeJwt, importJWK, type JWTPayload, SignJWT } from "jose";
import { present } from "./present.ts";
import { stack } from "./stack.ts";

/** A session's token with other claims, properly signed. */
export async function signedAgain(token: string, changes: JWTPayload): Promise<string> {
  const { local } = await stack();
  const key =
    present(local, "a stack of this machine, whose signing key is known; unset SUPABASE_URL").signingKey;
  return await new SignJWT({ ...decodeJwt(token), ...changes })
    .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: "JWT" })
    .sign(await importJWK(key, "ES256"));
}

/** A session's token with other claims and the signature it had. */
export function tampered(token: string, changes: JWTPayload): string {
  const [header = "", , signature = ""] = token.split(".");
  return [header, encoded({ ...decodeJwt(token), ...changes }), signature].join(".");
}

/** A session's claims signed with a shared secret, as the project's former tokens were. */
export async function signedWithSecret(token: string, secret: string): Promise<string> {
  return await new SignJWT(decodeJwt(token))
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

/** A session's claims that say they need no signature. */
export function unsigned(token: string): string {
  return [encoded({ alg: "none", typ: "JWT" }), encoded(decodeJwt(token)), "AA"].join(".");
}

function encoded(part: unknown): string {
  return new TextEncoder().encode(JSON.stringify(part)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
