import { ERROR_CATALOGUE, type ErrorCode } from "../error_catalogue.ts";

/** What an {@link ApiError} may say beyond its code. */
export interface ApiErrorOptions {
  /** A sentence more exact than the catalogue's. */
  readonly message?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** Headers that belong to the refusal, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What happened inside; goes to Sentry and the log of a fault, never to the caller. */
  readonly cause?: unknown;
}

/**
 * The one exception a caller gets to see: a code of the catalogue with its HTTP status.
 *
 * @example
 * ```ts
 * throw new ApiError("body_too_large", { details: { maxBytes: 1048576 } });
 * ```
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    super(options.message ?? ERROR_CATALOGUE[code].sentence, { cause: options.cause });
    this.code = code;
    this.status = ERROR_CATALOGUE[code].status;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** A refusal of the request's shape that names one place. */
export function shapeError(path: string, message: string): ApiError {
  return new ApiError("invalid_request", { details: { issues: [{ path, message }] } });
}

/** Whether a text is a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}
