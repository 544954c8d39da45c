import { join } from "@std/path";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { readPrivateJson, writePrivateJson } from "./private_json.ts";

/** What a signing key looks like. */
export const signingKey = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal("ES256"),
  use: z.literal("sig"),
});

const stackKeys = z.object({
  publishableKey: z.string().startsWith("sb_publishable_"),
  secretKeys: z.object({
    default: z.string().startsWith("sb_secret_"),
    cron: z.string().startsWith("sb_secret_"),
    operator: z.string().startsWith("sb_secret_"),
  }),
  signingKey,
  hs256Secret: z.string(),
  metricsToken: z.string(),
});

/** The private ES256 key that signs users' tokens, as a JWK with its key id. */
export type SigningKey = z.infer<typeof signingKey>;

/** Every secret of one stack, made at its first start. */
export type StackKeys = z.infer<typeof stackKeys>;

/** 256 random bits, safe in a URL and in a shell. */
export function randomSecret(bytes = 32): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}

/** The keys kept in a data folder; made on the first call, so that a restart keeps them. */
export async function loadKeys(folder: string): Promise<StackKeys> {
  const path = join(folder, "keys.json");
  const known = await readPrivateJson(path, stackKeys);
  if (known) return known;

  const keys = await createKeys();
  await writePrivateJson(path, keys);
  return keys;
}

/** The public half of a signing key, as the platform injects it in `SUPABASE_JWKS`. */
export function publicJwks(key: SigningKey): { keys: Omit<SigningKey, "d">[] } {
  const { d: _secret, ...publicKey } = key;
  return { keys: [publicKey] };
}

async function createKeys(): Promise<StackKeys> {
  return {
    publishableKey: `sb_publishable_${randomSecret(16)}`,
    secretKeys: {
      default: `sb_secret_${randomSecret()}`,
      cron: `sb_secret_${randomSecret()}`,
      operator: `sb_secret_${randomSecret()}`,
    },
    signingKey: await createSigningKey(),
    hs256Secret: randomSecret(),
    metricsToken: randomSecret(),
  };
}

async function createSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return signingKey.parse({ ...jwk, kid: crypto.randomUUID(), alg: "ES256", use: "sig" });
}
