/** What the router gives to a provider's call, and the answers of a provider that is out of order. */
import { assert, AssertionError } from "@std/assert";
import type { CallContext, CallCounts } from "../../shared/routing/provider.ts";
import {
  PROVIDER_FAILURES,
  ProviderError,
  type ProviderFailureCode,
} from "../../shared/routing/provider_error.ts";
import { answers, type Behaviour, cuts, drips, hangs } from "./receiver.ts";

/** 2026-11-21T12:00:00Z. */
export const NOW = Date.UTC(2026, 10, 21, 12);

/** A context that counts what was spent, and spends no more than was planned. */
export class TestContext implements CallContext {
  readonly spent: Record<string, number> = {};
  readonly fetch = fetch;
  readonly signal: AbortSignal;
  readonly hedgeAfterMs?: number;
  now = NOW;

  constructor(
    private readonly planned: CallCounts,
    options: { readonly signal?: AbortSignal; readonly hedgeAfterMs?: number } = {},
  ) {
    this.signal = options.signal ?? new AbortController().signal;
    if (options.hedgeAfterMs !== undefined) this.hedgeAfterMs = options.hedgeAfterMs;
  }

  readonly clock = () => this.now;

  readonly spend = (endpoint: string) => {
    const spent = this.spent[endpoint] ?? 0;
    if (spent >= (this.planned[endpoint] ?? 0)) return false;
    this.spent[endpoint] = spent + 1;
    return true;
  };
}

/** A behaviour, and a signal that ends the call as the router does, as soon as the behaviour has begun. */
export function timedOut(
  behaviour: Behaviour,
): { readonly behaviour: Behaviour; readonly signal: AbortSignal } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    behaviour: async (connection) => {
      controller.abort(new ProviderError("timeout", "Expected an answer within 10 ms but found none"));
      await behaviour(connection);
    },
  };
}

/** Answers with JSON. */
export function says200(body: unknown): Behaviour {
  return answers(200, JSON.stringify(body));
}

/** The faults that are the same for every endpoint, and what each is called. */
export const FAULTS: readonly (readonly [name: string, behaviour: Behaviour, code: ProviderFailureCode])[] = [
  ["401", answers(401, `{"error":"no"}`), "unauthorized"],
  ["403", answers(403, `{"error":"no"}`), "forbidden"],
  ["429 without Retry-After", answers(429), "rate_limited"],
  ["429 with Retry-After", answers(429, "", { "retry-after": "7" }), "rate_limited"],
  ["422", answers(422, `{"error":"no"}`), "refused"],
  ["500", answers(500, "<html>"), "unavailable"],
  ["503", answers(503, "{}"), "unavailable"],
  ["504", answers(504), "unavailable"],
  ["a redirect", answers(302, "", { location: "https://elsewhere.example/" }), "bad_answer"],
  ["no JSON", answers(200, `{"half":`), "bad_answer"],
  ["an empty body", answers(200), "bad_answer"],
  ["an object with nothing in it", answers(200, "{}"), "bad_answer"],
  ["a list", answers(200, "[]"), "bad_answer"],
  ["null", answers(200, "null"), "bad_answer"],
  ["a connection that is cut", cuts, "unavailable"],
];

/** Answers that never end. */
export const ENDLESS: readonly (readonly [name: string, behaviour: Behaviour])[] = [
  ["hangs", hangs],
  ["drips", drips(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{"`)],
];

/** The failure of a call that has to fail, and only as the contract of providers allows. */
export async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  if (!(error instanceof ProviderError)) {
    throw new AssertionError(`Expected a ProviderError but found ${error}`);
  }
  return error;
}

/** A failure that leaves open whether something was bought. */
export function assertNotDefinite(error: ProviderError): void {
  assert(!PROVIDER_FAILURES[error.code].isDefinite, `Expected ${error.code} not to be definite`);
}
