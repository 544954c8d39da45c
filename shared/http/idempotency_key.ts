import { shapeError } from "./api_error.ts";

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request, as it will be stored; the operation judges what it means. */
export function idempotencyKeyOf(headers: Headers): string | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (PRINTABLE.test(key)) return key;
  throw shapeError("Idempotency-Key", "Expected 1 to 255 printable ASCII characters");
}
