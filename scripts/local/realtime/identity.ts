import { z } from "zod";
import { ChannelRefusal } from "./channel_refusal.ts";

/** The roles a token may name. */
export const role = z.enum(["anon", "authenticated", "service_role"]);

/** Claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

export type KeyRole = "anon" | "service_role";

/** On whose behalf a channel was joined. */
export interface Identity {
  readonly role: z.infer<typeof role>;
  readonly claims: Claims;
  /** Seconds since 1970; `null` for an API key, which does not expire. */
  readonly expiresAt: number | null;
}

const required = z.looseObject({ role: z.string(), exp: z.int() });

/** The identity of a caller who sent nothing but an API key. */
export function keyIdentity(keyRole: KeyRole): Identity {
  return { role: keyRole, claims: { role: keyRole }, expiresAt: null };
}

/**
 * The identity behind a token.
 *
 * @param verify Rejects a token whose signature or times are not right
 * @throws {ChannelRefusal} with the hosted code for a malformed, expired, forged or incomplete token
 */
export async function identify(
  token: string,
  verify: (token: string) => Promise<Claims>,
): Promise<Identity> {
  const claimed = readClaims(token);
  refuseExpired(claimed.exp);

  const claims = await verify(token).catch((cause) => {
    throw new ChannelRefusal("JwtSignatureError", "Failed to validate JWT signature", { cause });
  });
  const parsed = required.safeParse(claims);
  if (!parsed.success) {
    throw new ChannelRefusal("InvalidJWTToken", "Fields `role` and `exp` are required in JWT");
  }
  refuseExpired(parsed.data.exp);
  const known = role.safeParse(parsed.data.role);
  if (!known.success) {
    throw new ChannelRefusal(
      "Unauthorized",
      `Expected a role a client may have but found ${parsed.data.role}`,
    );
  }
  return { role: known.data, claims, expiresAt: parsed.data.exp };
}

/** Refuses a time that lies in the past. */
export function refuseExpired(expiresAt: unknown): void {
  if (typeof expiresAt !== "number") return;
  const secondsAgo = Math.floor(Date.now() / 1000) - expiresAt;
  if (secondsAgo >= 0) {
    throw new ChannelRefusal("InvalidJWTToken", `Token has expired ${secondsAgo} seconds ago`);
  }
}

const header = z.looseObject({ alg: z.string() });
const payload = z.looseObject({});

function readClaims(token: string): Record<string, unknown> {
  const parts = token.split(".");
  const [first, second] = parts;
  try {
    if (parts.length !== 3 || !first || !second) throw new Error(`${parts.length} parts`);
    header.parse(decodePart(first));
    return payload.parse(decodePart(second));
  } catch {
    throw new ChannelRefusal("MalformedJWT", "The token provided is not a valid JWT");
  }
}

function decodePart(part: string): unknown {
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}
