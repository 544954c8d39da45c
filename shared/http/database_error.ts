import type { ErrorCode } from "../error_catalogue.ts";
import type { Actor } from "./actor.ts";
import { ApiError, isErrorCode } from "./api_error.ts";

/** A refusal of an operation, or an error of Postgres or PostgREST: they look alike. */
export interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error nobody foresaw; its words stay inside. */
export class DatabaseFault extends Error {
  override readonly name = "DatabaseFault";

  constructor(readonly operation: string, readonly sqlState: string, message: string) {
    super(`${operation} failed with ${sqlState}: ${message}`);
  }
}

/** Errors that pass: the server stops, is full, cannot be reached, or gave up on a lock. */
const PASSING = /^(57P0[1-5]|57014|53...|08...|40001|40P01|55P03|PGRST00[0-3])$/;
/** Values that no column can hold, though the schema let them through. */
const UNHOLDABLE = /^22(001|003|007|008|009|021|023|P02|P03|P05)$/;

/** What the public gets to see of an error from the database. */
export function toApiError(
  operation: string,
  actor: Actor,
  error: DatabaseError,
  status: number,
  headers: Readonly<Record<string, string>>,
): ApiError {
  if (isErrorCode(error.code)) {
    return new ApiError(error.code, { message: error.message, details: error.details, headers });
  }
  const cause = new DatabaseFault(operation, error.code, error.message);
  if (PASSING.test(error.code)) {
    return new ApiError("dependency_unavailable", { headers: { "retry-after": "5", ...headers }, cause });
  }
  if (UNHOLDABLE.test(error.code)) {
    const issues = [{ path: "", message: "Expected values that the database can hold" }];
    return new ApiError("invalid_request", { details: { issues }, cause });
  }
  return new ApiError(platformCode(error, actor, status), { cause });
}

function platformCode(error: DatabaseError, actor: Actor, status: number): ErrorCode {
  switch (error.code) {
    // No grant for the caller's role: the operation is for somebody else.
    case "42501":
      return actor.kind === "anonymous" ? "credentials_missing" : "not_allowed";
    case "PGRST301":
    case "PGRST302":
    case "PGRST303":
      return /expired/i.test(error.message) ? "credentials_expired" : "credentials_invalid";
    // Guards of the tables, for every path past the operations.
    case "PT403":
      return "not_allowed";
    case "PT409":
      return "invalid_transition";
    default:
      return status === 429 ? "rate_limited" : "internal_error";
  }
}
