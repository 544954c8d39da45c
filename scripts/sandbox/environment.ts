import { walmartKey } from "./walmart/signature.ts";

/** What the sandbox's providers accept, made at every start. */
export interface Credentials {
  readonly kroger: { readonly clientId: string; readonly clientSecret: string };
  readonly walmart: {
    readonly consumerId: string;
    readonly keyVersion: string;
    readonly publicKey: CryptoKey;
    /** PKCS#8 as base64 of its DER. */
    readonly privateKey: string;
  };
  readonly instacartKey: string;
  readonly mealMeKey: string;
}

export async function makeCredentials(): Promise<Credentials> {
  const { privateKey, publicKey } = await walmartKey();
  return {
    kroger: { clientId: `sandbox-${randomHex(4)}`, clientSecret: randomHex(20) },
    walmart: { consumerId: crypto.randomUUID(), keyVersion: "1", publicKey, privateKey },
    instacartKey: `keys.${randomHex(32)}`,
    mealMeKey: `sandbox:${crypto.randomUUID()}`,
  };
}

/** The variables that point the functions at a sandbox. */
export function environmentOf(url: string, credentials: Credentials): Readonly<Record<string, string>> {
  const { kroger, walmart, instacartKey, mealMeKey } = credentials;
  return {
    LOOPGPT_SANDBOX_URL: url,
    LOOPGPT_KROGER_MOCK: "true",
    LOOPGPT_WALMART_MOCK: "true",
    LOOPGPT_INSTACART_MOCK: "true",
    LOOPGPT_MEALME_MOCK: "true",
    KROGER_CLIENT_ID: kroger.clientId,
    KROGER_CLIENT_SECRET: kroger.clientSecret,
    WALMART_PARTNER_ID: walmart.consumerId,
    WALMART_API_KEY: walmart.privateKey,
    WALMART_KEY_VERSION: walmart.keyVersion,
    INSTACART_API_KEY: instacartKey,
    LOOPGPT_INSTACART_ESTIMATE_CENTS: "900",
    MEALME_API_KEY: mealMeKey,
    MEALME_CONTACT_NAME: "Sandbox Shopper",
    MEALME_CONTACT_EMAIL: "shopper@example.com",
    MEALME_CONTACT_PHONE: "+15555550104",
  };
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
