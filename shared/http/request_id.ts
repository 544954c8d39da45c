const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `x-request-id` where it is one that logs and headers can carry, else a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  if (given !== null && REQUEST_ID.test(given)) return given;
  return `req_${crypto.randomUUID().replaceAll("-", "")}`;
}
