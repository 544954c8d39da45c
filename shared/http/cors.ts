import type { Answer } from "./answer.ts";

const ALLOWED_METHODS = "GET, POST, PATCH, DELETE";
const ALLOWED_HEADERS =
  "authorization, apikey, content-type, x-client-info, idempotency-key, x-agent-token, x-request-id";
const EXPOSED_HEADERS =
  "retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, x-request-id, idempotency-replayed";

/**
 * The CORS headers of a response. An origin that is not listed gets none, so its browser refuses the answer;
 * callers that are not browsers send no origin and need none.
 */
export function corsHeaders(
  origin: string | null,
  allowedOrigins: readonly string[],
): Readonly<Record<string, string>> {
  // Caches must keep answers to different origins apart, those without CORS headers included.
  const vary = { "vary": "Origin" };
  const allowed = allowedOrigin(origin, allowedOrigins);
  if (allowed === undefined) return vary;
  return {
    ...vary,
    "access-control-allow-origin": allowed,
    "access-control-expose-headers": EXPOSED_HEADERS,
  };
}

/** The answer to a preflight; an origin that is not listed is told nothing. */
export function preflightAnswer(cors: Readonly<Record<string, string>>): Answer {
  if (cors["access-control-allow-origin"] === undefined) return { status: 204, body: undefined };
  return {
    status: 204,
    body: undefined,
    headers: {
      "access-control-allow-methods": ALLOWED_METHODS,
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-max-age": "600",
    },
  };
}

function allowedOrigin(origin: string | null, allowedOrigins: readonly string[]): string | undefined {
  if (origin === null) return undefined;
  if (allowedOrigins.includes(origin)) return origin;
  return allowedOrigins.includes("*") ? "*" : undefined;
}
