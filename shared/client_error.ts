import type { Answered } from "./client_transport.ts";
import type { ErrorCode } from "./error_catalogue.ts";
import { retryAfter } from "./retry_after.ts";

interface TradepostErrorOptions {
  readonly code: ErrorCode | "unreachable" | "unknown";
  readonly status: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly body?: unknown;
  readonly cause?: unknown;
}

/** An answer that is an error, or none at all. */
export class TradepostError extends Error {
  override readonly name = "TradepostError";
  /** A code of `docs/errors.md`; `unreachable` without an answer, `unknown` where the answer names none. */
  readonly code: ErrorCode | "unreachable" | "unknown";
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | undefined;
  /** How long to wait before the same call may succeed. */
  readonly retryAfterSeconds: number | undefined;
  /** The whole body: a decision or batch that came to nothing says in it what became of each item. */
  readonly body: unknown;

  constructor(message: string, options: TradepostErrorOptions) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.details = options.details ?? {};
    this.requestId = options.requestId;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.body = options.body;
  }

  /**
   * Reads an error from an answer.
   *
   * @param now Milliseconds since 1970, by which a date is counted that asks to wait.
   */
  static of(answered: Answered, now = Date.now()): TradepostError {
    const { status, headers, body } = answered;
    const fields = isRecord(body) ? body : {};
    return new TradepostError(messageOf(fields) ?? `The function answered HTTP ${status}`, {
      code: isCode(fields.code) ? fields.code : "unknown",
      status,
      details: isRecord(fields.details) ? fields.details : {},
      requestId: headers.get("x-request-id") ?? undefined,
      retryAfterSeconds: retryAfter(headers.get("retry-after"), now),
      body,
    });
  }
}

function messageOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  return [fields.error, fields.message].find((text) => typeof text === "string");
}

/** A newer server may know more codes than this client; they are kept, so that a caller can tell them apart. */
function isCode(code: unknown): code is ErrorCode {
  return typeof code === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
