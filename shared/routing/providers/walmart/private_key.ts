import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";

const PEM = /^-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----$/;
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

/** A wrong key is found when it is set, not at the first order. The message holds nothing of it. */
export class BadPrivateKey extends Error {
  override readonly name = "BadPrivateKey";

  constructor(found: string) {
    super(`Expected an RSA private key as PKCS#8, in PEM or in base64 of DER, but found ${found}`);
  }
}

/** The DER bytes of an RSA private key that is written as PEM or as base64. Throws BadPrivateKey. */
export function readPrivateKey(text: string): Uint8Array<ArrayBuffer> {
  // Environment files keep the lines of a PEM apart with a written «\n».
  const trimmed = text.replaceAll("\\n", "\n").trim();
  if (trimmed.startsWith("-----BEGIN RSA PRIVATE KEY")) throw new BadPrivateKey("one in PKCS#1");
  if (trimmed.startsWith("-----BEGIN ENCRYPTED")) throw new BadPrivateKey("an encrypted one");
  const base64 = PEM.exec(trimmed)?.[1] ?? (BASE64.test(trimmed) ? trimmed : undefined);
  if (base64 === undefined) throw new BadPrivateKey("something else");
  const der = bytesOf(base64);
  if (keyTypeOf(der) !== "rsa") throw new BadPrivateKey("a key of another kind");
  return der;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    throw new BadPrivateKey("base64 that breaks off");
  }
}

function keyTypeOf(der: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }).asymmetricKeyType;
  } catch {
    // What the parser says could quote what it read.
    throw new BadPrivateKey("bytes that are none");
  }
}
