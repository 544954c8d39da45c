import postgres from "postgres";
import { type RestError, restError } from "./json_response.ts";
import { raisedResponse } from "./raised_response.ts";
import { isConnectionLoss } from "./rest_transaction.ts";

/** Statuses by SQLSTATE, PostgREST's own table; the first line that fits decides. */
const STATUSES: readonly (readonly [prefix: string, status: number])[] = [
  ["08", 503], // connection
  ["09", 500], // triggered action
  ["0L", 403], // invalid grantor
  ["0P", 403], // invalid role
  ["23503", 409], // foreign key
  ["23505", 409], // unique
  ["25006", 405], // a write in a read-only transaction
  ["25", 500], // transaction state
  ["28", 403], // authorisation
  ["2D", 500], // transaction termination
  ["38", 500], // external routine
  ["39", 500],
  ["3B", 500], // savepoint
  ["40", 500], // rollback: serialisation, deadlock
  ["53400", 500], // configuration limit
  ["53", 503], // resources
  ["54", 500], // too complex
  ["55", 500], // object not in the needed state
  ["57P01", 503], // administrator's shutdown
  ["57", 500], // operator, statement timeout
  ["58", 500], // system
  ["F0", 500], // configuration file
  ["HV", 500], // foreign data
  ["P0001", 400], // plain raise
  ["P0", 500], // PL/pgSQL
  ["XX", 500], // internal
  ["42883", 404], // undefined function
  ["42P01", 404], // undefined table
  ["42P17", 500], // endless recursion
];

/** What the Data API answers when a statement failed. */
export function failureResponse(error: unknown, role: string): Response {
  if (isConnectionLoss(error)) return databaseAway(error);
  if (!(error instanceof postgres.PostgresError)) throw error;
  if (error.code === "PGRST") return raisedResponse(error.message, error.detail);

  const status = statusOf(error, role !== "anon");
  const answer: RestError = {
    status,
    code: error.code,
    message: error.message,
    details: error.detail,
    hint: error.hint,
    headers: status === 401 ? { "www-authenticate": "Bearer" } : undefined,
  };
  return restError(answer);
}

/** The HTTP status of a failed statement. */
export function statusOf(
  error: { readonly code: string; readonly message: string },
  authenticated: boolean,
): number {
  const { code, message } = error;
  if (code === "42501") return authenticated ? 403 : 401;
  if (code === "21000") return message.endsWith("requires a WHERE clause") ? 400 : 500;
  if (code === "22023") return /^role .* does not exist$/.test(message) ? 401 : 400;
  if (code.startsWith("PT")) return raisedStatus(code.slice(2));
  return STATUSES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
}

function raisedStatus(digits: string): number {
  const status = /^\d+$/.test(digits) ? Number(digits) : 500;
  return status >= 200 && status <= 599 ? status : 500;
}

function databaseAway(error: Error): Response {
  return restError({
    status: 503,
    code: "PGRST001",
    message: "Database client error. Retrying the connection.",
    details: error.message,
    headers: { "retry-after": "1" },
  });
}
