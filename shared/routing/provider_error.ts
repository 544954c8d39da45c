/** Why a provider's call came to nothing. */
export const PROVIDER_FAILURES = {
  /** Took longer than its own time limit. */
  timeout: { countsAgainst: true, isDefinite: false },
  /** The caller's deadline came first: says nothing of the provider. */
  deadline: { countsAgainst: false, isDefinite: false },
  /** A fault of ours, in the adapter: says nothing of the provider. */
  fault: { countsAgainst: false, isDefinite: false },
  /** No connection, a connection cut, or a status of 5xx: whether it was carried out is not known. */
  unavailable: { countsAgainst: true, isDefinite: false },
  /** An answer that is no JSON, or not what the provider's documentation says. */
  bad_answer: { countsAgainst: true, isDefinite: false },
  unauthorized: { countsAgainst: true, isDefinite: true },
  forbidden: { countsAgainst: true, isDefinite: true },
  rate_limited: { countsAgainst: true, isDefinite: true },
  /** Answered well, and has nothing of what was asked for. */
  nothing_found: { countsAgainst: false, isDefinite: true },
  /** Does not serve this address. */
  no_store: { countsAgainst: false, isDefinite: true },
  /** Sells to nobody without a payment method, and was not asked. */
  payment_required: { countsAgainst: false, isDefinite: true },
  /** Answered well that it will not do this. */
  refused: { countsAgainst: false, isDefinite: true },
} as const satisfies Readonly<Record<string, Failure>>;

interface Failure {
  /** Whether the circuit counts it as a failed call. */
  readonly countsAgainst: boolean;
  /** Whether it is certain that nothing was bought. */
  readonly isDefinite: boolean;
}

export type ProviderFailureCode = keyof typeof PROVIDER_FAILURES;

export interface ProviderErrorOptions {
  /** From Retry-After, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Where it is known better than by the code: a price that could not be read again buys nothing. */
  readonly isDefinite?: boolean | undefined;
  readonly cause?: unknown;
}

/** A provider's call that came to nothing. Its message holds nothing that the provider wrote, and no secret. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly retryAfterMs: number | undefined;
  /** Whether it is certain that nothing was bought. */
  readonly isDefinite: boolean;

  constructor(readonly code: ProviderFailureCode, message: string, options: ProviderErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.isDefinite = options.isDefinite ?? PROVIDER_FAILURES[code].isDefinite;
  }
}
