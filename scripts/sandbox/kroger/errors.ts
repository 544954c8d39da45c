import type { Answer } from "../http_message.ts";

/** Errors come flat or under `errors`, by the service that makes them; a caller has to read both. */
export function krogerError(status: number, code: string, reason: string): Answer {
  const timestamp = Date.now();
  const isNested = status === 403 || status >= 500;
  const error = { timestamp, code, reason };
  return { status, body: isNested ? { errors: error } : error };
}

export const INVALID_TOKEN: Answer = {
  status: 401,
  body: {
    errors: { error: "invalid_token", error_description: "The access token is invalid or has expired" },
  },
};

export const MISSING_SCOPES: Answer = krogerError(403, "Forbidden", "missing required scopes");
