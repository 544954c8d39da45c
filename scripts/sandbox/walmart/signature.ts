import type { HttpRequest } from "../http_message.ts";

const WINDOW_MS = 180_000;
const MOST_KNOWN = 1000;
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** The two halves of a consumer's key. */
export interface WalmartKey {
  /** PKCS#8 as base64 of its DER: what WALMART_API_KEY holds. */
  readonly privateKey: string;
  readonly publicKey: CryptoKey;
}

let made: Promise<WalmartKey> | undefined;

/** Made once per process, because it takes long. */
export function walmartKey(): Promise<WalmartKey> {
  made ??= makeKey();
  return made;
}

async function makeKey(): Promise<WalmartKey> {
  const modulus = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey({ ...RSA, ...modulus }, true, ["sign", "verify"]);
  const der = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  return { privateKey: btoa(String.fromCharCode(...new Uint8Array(der))), publicKey: pair.publicKey };
}

export interface WalmartConsumer {
  readonly consumerId: string;
  readonly keyVersion: string;
  readonly publicKey: CryptoKey;
}

/**
 * Judges the four headers; says what is wrong, or nothing. A signature that was good stays good within its window, and
 * clients use one for many calls.
 */
export function signatureCheck(
  { consumerId, keyVersion, publicKey }: WalmartConsumer,
  clock: () => number,
): (request: HttpRequest) => Promise<string | undefined> {
  const known = new Set<string>();

  async function isSigned(text: string, signature: string): Promise<boolean> {
    const key = text + signature;
    if (known.has(key)) return true;
    const bytes = bytesOf(signature);
    if (!bytes || !await crypto.subtle.verify(RSA, publicKey, bytes, new TextEncoder().encode(text))) {
      return false;
    }
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(key);
    return true;
  }

  return async ({ headers }) => {
    const id = headers.get("wm_consumer.id");
    const timestamp = headers.get("wm_consumer.intimestamp");
    const version = headers.get("wm_sec.key_version");
    const signature = headers.get("wm_sec.auth_signature");
    if (!id || !timestamp || !version || !signature) return "Missing authentication headers";
    if (id !== consumerId || version !== keyVersion) {
      return `Could not find public key for consumerId : ${id}, keyVersion : ${version}`;
    }
    if (!/^\d{13}$/.test(timestamp) || Math.abs(clock() - Number(timestamp)) > WINDOW_MS) {
      return "Request timestamp is outside of the allowed window";
    }
    // Sorted by the headers' names, each value followed by a line feed
    if (!await isSigned(`${id}\n${timestamp}\n${version}\n`, signature)) return "Signature does not match";
    return undefined;
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
