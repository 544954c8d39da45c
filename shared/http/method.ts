import type { HttpMethod } from "../contract.ts";
import { ApiError } from "./api_error.ts";

/** The request's method where the function answers it; 405 with `Allow` otherwise. */
export function requireMethod(method: string, allowed: readonly HttpMethod[]): HttpMethod {
  const known = allowed.find((candidate) => candidate === method);
  if (known !== undefined) return known;
  const allow = allowed.join(", ");
  throw new ApiError("method_not_allowed", {
    message: `Expected ${allow} but found ${method}`,
    details: { allowed: [...allowed] },
    headers: { "allow": `${allow}, OPTIONS` },
  });
}
