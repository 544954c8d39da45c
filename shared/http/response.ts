import type { Answer } from "./answer.ts";
import type { ApiError } from "./api_error.ts";

/** The error body every function answers with. */
export interface ErrorBody {
  readonly error: string;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** The answer to a refused or failed request. */
export function errorAnswer(error: ApiError, requestId: string): Answer {
  const body: ErrorBody = { error: error.message, code: error.code, details: error.details, requestId };
  const challenge = error.status === 401 ? { "www-authenticate": "Bearer" } : {};
  return { status: error.status, body, headers: { ...challenge, ...error.headers } };
}

/** Writes an answer as HTTP; a body that is undefined is none. */
export function toResponse(
  answer: Answer,
  requestId: string,
  cors: Readonly<Record<string, string>>,
): Response {
  const hasBody = answer.body !== undefined;
  return new Response(hasBody ? JSON.stringify(answer.body) : null, {
    status: answer.status,
    headers: {
      ...answer.headers,
      ...cors,
      ...(hasBody ? { "content-type": "application/json; charset=utf-8" } : {}),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
    },
  });
}
