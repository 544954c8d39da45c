/**
 * Every error code a caller can meet, with its HTTP status and its sentence. This is the only place:
 * the kernel answers from it, `docs/errors.md` is generated from it, and a check holds the statuses
 * in the SQL operations against it.
 */
export interface CatalogueEntry {
  readonly status: number;
  /** Default sentence; an operation may send a more exact one. */
  readonly sentence: string;
  /** What a caller can do about it. */
  readonly remedy: string;
}

export const ERROR_CATALOGUE = {
  // 400: the request itself
  invalid_json: {
    status: 400,
    sentence: "The body is not valid JSON",
    remedy: "Send one JSON object, UTF-8 encoded.",
  },
  invalid_request: {
    status: 400,
    sentence: "The request does not have the expected shape",
    remedy: "Correct what `details.issues` names: each has a `path` and a `message`.",
  },
  cursor_invalid: {
    status: 400,
    sentence: "The cursor does not belong to this question or this database",
    remedy: "Start again without a cursor, or with `since=start`.",
  },
  ambiguous_credentials: {
    status: 400,
    sentence: "A user's token and an agent's token were sent together",
    remedy: "Send one of the two.",
  },
  // 401: credentials
  credentials_missing: {
    status: 401,
    sentence: "This function needs credentials and none were sent",
    remedy: "Send `Authorization: Bearer <user JWT or agent token>`, or the named secret key in `apikey`.",
  },
  credentials_malformed: {
    status: 401,
    sentence: "The credentials cannot be read",
    remedy:
      "Send a three-part JWT or an agent token as issued; API keys go in the `apikey` header, never as Bearer.",
  },
  credentials_expired: {
    status: 401,
    sentence: "The credentials have expired",
    remedy: "Refresh the session, or rotate the agent's token.",
  },
  credentials_invalid: {
    status: 401,
    sentence: "The credentials are not valid",
    remedy: "Check that they belong to this project and were not revoked.",
  },
  // 403: rights
  not_allowed: {
    status: 403,
    sentence: "The caller may not do this",
    remedy: "Call as somebody who may; the function's page says who.",
  },
  created_by_mismatch: {
    status: 403,
    sentence: "createdBy names somebody other than the caller",
    remedy: "Leave `createdBy` out, or send the caller's own id.",
  },
  marketplace_not_allowed: {
    status: 403,
    sentence: "The agent works for another marketplace",
    remedy: "Create tasks for the agent's own marketplace; only the master agent creates for all.",
  },
  category_not_allowed: {
    status: 403,
    sentence: "The agent may not create tasks of this category",
    remedy: "Use a category of the agent's own, or let an admin change the agent's categories.",
  },
  // 404
  not_found: {
    status: 404,
    sentence: "There is no such thing, or the caller may not see it",
    remedy: "Check the id.",
  },
  user_not_found: {
    status: 404,
    sentence: "There is no such user",
    remedy: "Check the user's id; he must have signed up.",
  },
  // 405, 413, 415
  method_not_allowed: {
    status: 405,
    sentence: "The function does not answer this method",
    remedy: "Use a method the `Allow` header names.",
  },
  body_too_large: {
    status: 413,
    sentence: "The body is too large",
    remedy: "Send less at once; `details.maxBytes` is the limit.",
  },
  unsupported_media_type: {
    status: 415,
    sentence: "The body is not declared as JSON",
    remedy: "Send `Content-Type: application/json`.",
  },
  // 409: state
  invalid_transition: {
    status: 409,
    sentence: "The task is not in a state that allows this",
    remedy: "`details.currentStatus` is where it stands; read it again before deciding anew.",
  },
  version_conflict: {
    status: 409,
    sentence: "The task was changed by somebody else",
    remedy: "`details.currentVersion` is its version now; read it again before deciding anew.",
  },
  // 422: rules
  idempotency_key_reused: {
    status: 422,
    sentence: "The Idempotency-Key was used before with another request",
    remedy: "Use a fresh key for a different request.",
  },
  batch_refused: {
    status: 422,
    sentence: "Another item of this atomic batch was refused",
    remedy: "Correct the items that name a reason of their own, or send the batch as `partial`.",
  },
  reason_required: { status: 422, sentence: "A rejection needs a reason", remedy: "Send `reason`." },
  // 429
  rate_limited: {
    status: 429,
    sentence: "Too many requests",
    remedy: "Wait for the seconds that `Retry-After` names.",
  },
  quota_exceeded: {
    status: 429,
    sentence: "The agent's quota for today is used up",
    remedy:
      "Wait for the next UTC day, which `Retry-After` names in seconds, or let an admin raise `dailyQuota`.",
  },
  // 5xx
  internal_error: {
    status: 500,
    sentence: "Something went wrong on our side",
    remedy: "Try again; if it stays, report the `requestId`.",
  },
  dependency_unavailable: {
    status: 503,
    sentence: "A service this function depends on is away",
    remedy: "Try again after the seconds that `Retry-After` names.",
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
