import type { Actor } from "./actor.ts";
import type { Answer } from "./answer.ts";
import { ApiError } from "./api_error.ts";
import { type DatabaseError, toApiError } from "./database_error.ts";

/** What came back over the wire. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Headers an operation may set for the caller to see. */
const PASSED_HEADERS = [
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "idempotency-replayed",
];

/** Turns an operation's HTTP answer into the function's: a body that is no refusal goes out as it is. */
export function interpret(operation: string, actor: Actor, exchange: Exchange): Answer {
  const headers = passedHeaders(exchange.headers);
  const body = parse(exchange.text);
  if (exchange.status < 400) return { status: exchange.status, body: successFirst(body ?? null), headers };
  const refusal = asRefusal(body);
  if (refusal !== undefined) throw toApiError(operation, actor, refusal, exchange.status, headers);
  // A 409 or 422 may carry an answer of its own, such as the outcome of every item of a batch.
  if (isRecord(body) && exchange.status < 500) {
    return { status: exchange.status, body: successFirst(body), headers };
  }
  throw gatewayError(operation, exchange.status, headers);
}

/** jsonb orders its keys by their length; a reader looks for `success` at the beginning. */
function successFirst(body: unknown): unknown {
  return isRecord(body) && "success" in body ? { success: body.success, ...body } : body;
}

/** Something between here and Postgres answered in its own words. */
function gatewayError(
  operation: string,
  status: number,
  headers: Readonly<Record<string, string>>,
): ApiError {
  const cause = new Error(`Expected JSON from ${operation} but found an HTTP ${status} without`);
  if (status === 429) return new ApiError("rate_limited", { headers, cause });
  if (status >= 500) {
    return new ApiError("dependency_unavailable", { headers: { "retry-after": "5", ...headers }, cause });
  }
  return new ApiError("internal_error", { cause });
}

function asRefusal(body: unknown): DatabaseError | undefined {
  if (!isRecord(body) || "success" in body) return undefined;
  if (typeof body.code !== "string" || typeof body.message !== "string") return undefined;
  return { code: body.code, message: body.message, details: detailsOf(body.details) };
}

/** A raised refusal carries its details as JSON text, a returned one as an object. */
function detailsOf(details: unknown): Readonly<Record<string, unknown>> {
  const value = typeof details === "string" ? parse(details) : details;
  return isRecord(value) ? value : {};
}

function passedHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(PASSED_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  }));
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
