/** A TLS certificate made for one test: self-signed, for one name. */

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** ecdsa-with-SHA256, commonName and subjectAltName, as DER writes object identifiers. */
const ECDSA_WITH_SHA256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x06, 0x03, 0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME = [0x06, 0x03, 0x55, 0x1d, 0x11];

/** Makes a certificate that is valid from a year ago for two years. */
export async function certificateFor(name: string): Promise<Certificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const toBeSigned = sequence(
    element(0xa0, element(0x02, [2])), // version 3
    element(0x02, [1, ...crypto.getRandomValues(new Uint8Array(8))]), // serial number
    sequence(ECDSA_WITH_SHA256),
    distinguishedName("Tradepost test"),
    sequence(utcTime(Date.now() - YEAR_MS), utcTime(Date.now() + YEAR_MS)),
    distinguishedName("Tradepost test"),
    [...new Uint8Array(await crypto.subtle.exportKey("spki", publicKey))],
    element(0xa3, sequence(sequence(SUBJECT_ALT_NAME, element(0x04, sequence(element(0x82, ascii(name))))))),
  );
  const signature = new Uint8Array(
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, new Uint8Array(toBeSigned)),
  );
  const cert = sequence(
    toBeSigned,
    sequence(ECDSA_WITH_SHA256),
    element(0x03, [0, ...sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)))]),
  );
  const key = [...new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey))];
  return { cert: pem("CERTIFICATE", cert), key: pem("PRIVATE KEY", key) };
}

function element(tag: number, content: readonly number[]): number[] {
  const { length } = content;
  if (length < 0x80) return [tag, length, ...content];
  if (length < 0x100) return [tag, 0x81, length, ...content];
  return [tag, 0x82, length >> 8, length & 0xff, ...content];
}

function sequence(...parts: readonly (readonly number[])[]): number[] {
  return element(0x30, parts.flat());
}

function distinguishedName(name: string): number[] {
  return sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, ascii(name)))));
}

function utcTime(at: number): number[] {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return element(0x17, ascii(digits.slice(2)));
}

/** A positive number: without leading zeros, but for one where the first bit would make it negative. */
function integer(bytes: Uint8Array): number[] {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = [...bytes.subarray(first)];
  return element(0x02, (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits);
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function pem(label: string, der: readonly number[]): string {
  const base64 = btoa(String.fromCharCode(...der)).replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}
