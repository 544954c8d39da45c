import { importJWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { SigningKey } from "../keys.ts";

const sessionUser = z.looseObject({
  phone: z.string().nullish(),
  app_metadata: z.record(z.string(), z.unknown()).optional(),
  user_metadata: z.record(z.string(), z.unknown()).optional(),
  is_anonymous: z.boolean().optional(),
});

const session = z.looseObject({ access_token: z.string(), user: sessionUser.optional() });

/** An answer that carries a token. */
export type Session = z.infer<typeof session>;

export interface TokenTranslator {
  /** The session with the token clients are to see in place of the library's. */
  publish(session: Session, method: string): Promise<Session>;
  /** The HS256 token the library understands in place of a client's verified one. */
  handOver(claims: JWTPayload): Promise<string>;
}

/** An answer as a session, where it is one. */
export function asSession(answer: unknown): Session | undefined {
  return session.safeParse(answer).data;
}

/**
 * @supabase/lite signs with a shared secret and few claims; the platform signs with an asymmetric key whose
 * public half it publishes. Tokens are translated at the gateway: same user, session and expiry.
 */
export function createTokenTranslator(key: SigningKey, hs256Secret: string, issuer: string): TokenTranslator {
  const secret = new TextEncoder().encode(hs256Secret);
  const privateKey = importJWK(key, "ES256");

  const sign = async (claims: JWTPayload): Promise<string> =>
    await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: "JWT" })
      .sign(await privateKey);

  return {
    publish: async (internal, method) => {
      const { payload } = await jwtVerify(internal.access_token, secret, { algorithms: ["HS256"] });
      const user = internal.user ?? {};
      const claims = {
        ...payload,
        iss: issuer,
        aud: "authenticated",
        phone: user.phone ?? "",
        "app_metadata": user.app_metadata ?? {},
        "user_metadata": user.user_metadata ?? {},
        aal: "aal1",
        amr: [{ method, timestamp: payload.iat }],
        "is_anonymous": user.is_anonymous ?? false,
      };
      return { ...internal, access_token: await sign(claims) };
    },
    handOver: async (claims) =>
      await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(secret),
  };
}
