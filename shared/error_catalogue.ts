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
  not_a_participant: {
    status: 403,
    sentence: "The caller does not take part in this session",
    remedy: "Check the session's id and who is signed in; a session that does not exist answers the same.",
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
  token_not_found: {
    status: 404,
    sentence: "There is no such token",
    remedy: "Send the token as route-order gave it, as the one who routed the basket.",
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
  request_in_progress: {
    status: 409,
    sentence: "The first request with this Idempotency-Key is still being answered",
    remedy: "Wait for `Retry-After` and send it again.",
  },
  price_changed: {
    status: 409,
    sentence: "The total is above what was accepted; nothing was bought",
    remedy:
      "`details.totalCents` is the total now: confirm again with `acceptTotalCentsUpTo`, or route anew.",
  },
  order_failed: {
    status: 409,
    sentence: "No provider took the order; nothing was bought",
    remedy: "Route the basket again.",
  },
  not_cancellable: {
    status: 409,
    sentence: "This order cannot be cancelled here",
    remedy: "Ask the store; `details.provider` says which.",
  },
  outcome_exists: {
    status: 409,
    sentence: "The outcome of this order was recorded before",
    remedy: "Nothing: an outcome is recorded once.",
  },
  invalid_transition: {
    status: 409,
    sentence: "It is not in a state that allows this",
    remedy: "`details.currentStatus` is where it stands; read it again before deciding anew.",
  },
  version_conflict: {
    status: 409,
    sentence: "The task was changed by somebody else",
    remedy: "`details.currentVersion` is its version now; read it again before deciding anew.",
  },
  session_not_started: {
    status: 409,
    sentence: "Bidding in this session has not started",
    remedy: "Wait until `details.startsAt`.",
  },
  session_closed: {
    status: 409,
    sentence: "Bidding in this session has ended",
    remedy: "`details` has its status, when it ended and its result.",
  },
  already_leading: {
    status: 409,
    sentence: "The caller leads already",
    remedy: "Wait for a rival, or set a ceiling with set-auto-bid: nobody bids against himself.",
  },
  no_rounds_left: {
    status: 409,
    sentence: "The caller has placed all of his bids by hand",
    remedy: "Set a ceiling with set-auto-bid; `details.maxRounds` is how many bids by hand there are.",
  },
  participant_withdrawn: {
    status: 409,
    sentence: "The caller has withdrawn from this session",
    remedy: "Nothing: who has withdrawn does not come back.",
  },
  leader_cannot_withdraw: {
    status: 409,
    sentence: "A leader's bid stands",
    remedy: "Wait until somebody else leads.",
  },
  session_exists: {
    status: 409,
    sentence: "There is a live session for this night already",
    remedy: "Use the session that `details.sessionId` names, or cancel it first.",
  },
  external_id_mismatch: {
    status: 409,
    sentence: "The payment or payout is known by another externalId",
    remedy: "Report it by the id it was begun with; after a failure a new attempt may have a new one.",
  },
  // 410
  token_expired: {
    status: 410,
    sentence: "The offer has expired",
    remedy: "Route the basket again: an offer holds for 15 minutes.",
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
  bid_too_low: {
    status: 422,
    sentence: "The bid is below the next step",
    remedy: "Bid at least `details.minimumNextCents`.",
  },
  bid_too_high: {
    status: 422,
    sentence: "The bid jumps too far above the price",
    remedy: "Bid at most `details.maximumCents` by hand, or set a ceiling with set-auto-bid.",
  },
  ceiling_too_low: {
    status: 422,
    sentence: "The ceiling is below what could lead",
    remedy: "Set at least `details.minimumCents`.",
  },
  night_not_eligible: {
    status: 422,
    sentence: "The target night must be 0 to 30 days ahead",
    remedy: "Choose a night from `details.earliest` to `details.latest`.",
  },
  archetype_not_eligible: {
    status: 422,
    sentence: "Only big spenders compete for a night",
    remedy: "Leave out the participant that `details.participant` names by his place in the list.",
  },
  reason_required: { status: 422, sentence: "A rejection needs a reason", remedy: "Send `reason`." },
  payment_method_required: {
    status: 422,
    sentence: "This provider sells to nobody without a payment method",
    remedy: "Confirm again, with the same token and `paymentMethodToken`; nothing was bought.",
  },
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
  no_valid_quotes: {
    status: 503,
    sentence: "No providers returned valid quotes",
    remedy: "`details.providers` says why, each by its code; try again after `Retry-After`.",
  },
  provider_unavailable: {
    status: 503,
    sentence: "The provider takes no orders now",
    remedy: "Try again after `Retry-After`, or route the basket again.",
  },
  dependency_unavailable: {
    status: 503,
    sentence: "A service this function depends on is away",
    remedy: "Try again after the seconds that `Retry-After` names.",
  },
  job_failed: {
    status: 503,
    sentence: "The job failed",
    remedy: "`details` is the run; `private.job_runs` says why. The next run does what this one left.",
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
