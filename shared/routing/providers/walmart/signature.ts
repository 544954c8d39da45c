import { readPrivateKey } from "./private_key.ts";

export interface Signer {
  /** The headers that show who asks, good for every call within the next half minute. */
  headers(now: number): Promise<Readonly<Record<string, string>>>;
}

export interface SignerSettings {
  readonly consumerId: string;
  /** PKCS#8, as PEM or as base64 of DER. */
  readonly privateKey: string;
  readonly keyVersion: string;
}

/** Walmart takes a signature for 180 s; the rest is for clocks that differ and calls that wait. */
const REUSED_FOR_MS = 120_000;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** Signs consumer, time and key version. Throws BadPrivateKey. */
export function signerOf({ consumerId, privateKey, keyVersion }: SignerSettings): Signer {
  const der = readPrivateKey(privateKey);
  let key: Promise<CryptoKey> | undefined;
  let last: { readonly at: number; readonly headers: Promise<Readonly<Record<string, string>>> } | undefined;

  async function sign(now: number) {
    key ??= crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
    // By the names of the headers in their order, each value on a line of its own, the last one too.
    const text = `${consumerId.trim()}\n${now}\n${keyVersion.trim()}\n`;
    const signed = await crypto.subtle.sign(ALGORITHM.name, await key, new TextEncoder().encode(text));
    return {
      "WM_CONSUMER.ID": consumerId.trim(),
      "WM_CONSUMER.INTIMESTAMP": `${now}`,
      "WM_SEC.KEY_VERSION": keyVersion.trim(),
      "WM_SEC.AUTH_SIGNATURE": btoa(String.fromCharCode(...new Uint8Array(signed))),
    };
  }

  return {
    headers(now) {
      const isGood = last !== undefined && now >= last.at && now - last.at < REUSED_FOR_MS;
      if (last === undefined || !isGood) last = { at: now, headers: sign(now) };
      return last.headers;
    },
  };
}
