/** One call to a provider over HTTP: spent, bounded, checked, and never a word of the provider's in an error. */
import { retryAfter } from "../../retry_after.ts";
import type { z } from "zod";
import type { CallContext } from "../provider.ts";
import { ProviderError, type ProviderFailureCode } from "../provider_error.ts";
import { hedged } from "./hedge.ts";
import type { Limit } from "./limit.ts";
import { readBody } from "./read_body.ts";

export interface ProviderCall {
  /** By its quota's name. */
  readonly endpoint: string;
  readonly url: string | URL;
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  /** Whether it may be made twice beside each other: nothing changes by it. */
  readonly isSafe: boolean;
  /** Whether this very call may be made a second time when it takes long. Default: every safe one may. */
  readonly mayHedge?: () => boolean;
  /** Where this call, and its second attempt, take a place each. */
  readonly limit?: Limit;
  /** What a 404 means. Default `bad_answer`: an address of ours that the provider does not know. */
  readonly notFound?: ProviderFailureCode;
  /**
   * Judges an answer below 500 whose status says too little, by its body's JSON (undefined where it is none).
   * Undefined: the status counts.
   */
  readonly failureOf?: (status: number, body: unknown) => ProviderFailureCode | undefined;
}

/** What a provider answers, as JSON that the schema accepts. Throws ProviderError alone. */
export async function requestJson<Output>(
  schema: z.ZodType<Output>,
  call: ProviderCall,
  context: CallContext,
): Promise<Output> {
  return await request(call, context, async (response) => {
    const body = await successOf(response, call, context, true);
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const found = body === undefined ? "something else" : "JSON of another shape";
    throw new ProviderError(
      "bad_answer",
      `Expected documented JSON from ${call.endpoint} but found ${found}`,
    );
  });
}

/** A call whose status says everything. Throws ProviderError alone. */
export async function requestEmpty(call: ProviderCall, context: CallContext): Promise<void> {
  await request(call, context, async (response) => {
    await successOf(response, call, context, false);
  });
}

type Read<Output> = (response: Response) => Promise<Output>;

/** A hedge waits for a good answer: judging one is part of the attempt. */
async function request<Output>(
  call: ProviderCall,
  context: CallContext,
  read: Read<Output>,
): Promise<Output> {
  const { signal, hedgeAfterMs } = context;
  const headers = sendable(call);
  const place = await placeFor(call, context);
  if (!context.spend(call.endpoint)) {
    place();
    throw new ProviderError("rate_limited", `Expected a call to ${call.endpoint} to be left but found none`);
  }
  const attempt = (signal: AbortSignal, place: () => void) => {
    const isOver = context.times?.begins();
    return attemptOnce(call, context, headers, signal, read).finally(() => {
      isOver?.();
      place();
    });
  };
  if (!call.isSafe || hedgeAfterMs === undefined) return await attempt(signal, place);

  return await hedged({
    afterMs: hedgeAfterMs,
    signal,
    first: (signal) => attempt(signal, place),
    second: (signal) => {
      // A second attempt never waits for a place: it would be later still, and in the way of other calls.
      const place = call.limit === undefined ? () => {} : call.limit.takeNow();
      if (place === undefined) return undefined;
      if (!signal.aborted && call.mayHedge?.() !== false && context.spend(call.endpoint)) {
        return attempt(signal, place);
      }
      place();
      return undefined;
    },
  });
}

/** Header values can come from outside; one that cannot be sent fails before anything is. */
function sendable({ endpoint, headers }: ProviderCall): Headers {
  try {
    return new Headers({ accept: "application/json", ...headers });
  } catch {
    throw new ProviderError("refused", `Expected headers for ${endpoint} that can be sent but found others`);
  }
}

async function placeFor({ limit }: ProviderCall, { signal, times }: CallContext): Promise<() => void> {
  try {
    const place = limit === undefined ? () => {} : limit.takeNow() ?? await waitFor(limit, signal, times);
    if (!signal.aborted) return place;
    place();
  } catch {
    // Nothing but the signal ends the wait.
  }
  const { code, message } = interruption(signal);
  throw new ProviderError(code, message, { isDefinite: true });
}

function waitFor(limit: Limit, signal: AbortSignal, times: CallContext["times"]): Promise<() => void> {
  times?.waits();
  return limit.take(signal);
}

async function attemptOnce<Output>(
  { endpoint, url, method = "GET", body }: ProviderCall,
  context: CallContext,
  headers: Headers,
  signal: AbortSignal,
  read: Read<Output>,
): Promise<Output> {
  try {
    const response = await context.fetch(url, {
      method,
      headers,
      body: unrepeatable(body),
      signal,
      redirect: "manual",
    });
    return await read(response);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (signal.aborted) throw interruption(context.signal);
    // The cause is left out: the runtime writes whole addresses into it.
    throw new ProviderError(
      "unavailable",
      `Expected an answer from ${endpoint} but found the connection broken`,
    );
  }
}

/**
 * The runtime sends a request once more, unasked, when a connection that it had kept is cut before the answer, a POST as
 * well: an order would be placed twice. A Blob it cannot send a second time, and it has a length as a text does.
 */
function unrepeatable(body: string | URLSearchParams | undefined): Blob | null {
  if (body === undefined) return null;
  const type = typeof body === "string" ? "" : "application/x-www-form-urlencoded;charset=UTF-8";
  return new Blob([body.toString()], { type });
}

/** Who aborts says why; what an attempt that lost to another one throws is seen by nobody. */
function interruption({ reason }: AbortSignal): ProviderError {
  if (reason instanceof ProviderError) return reason;
  return new ProviderError("deadline", "Expected an answer in time but found the call aborted");
}

/** A success's body as JSON: undefined where it is none, or not wanted. Everything else is thrown. */
async function successOf(
  response: Response,
  call: ProviderCall,
  { clock }: CallContext,
  wantsBody: boolean,
): Promise<unknown> {
  const { status, ok, headers } = response;
  const isJudged = call.failureOf !== undefined && status < 500 && status !== 429;
  const body = isJudged || (ok && wantsBody) ? await jsonOf(response, call) : undefined;
  if (!response.bodyUsed) response.body?.cancel().catch(() => {});
  const code = (isJudged ? call.failureOf?.(status, body) : undefined) ?? failureOfStatus(status, call);
  if (code === undefined) return body;
  throw new ProviderError(code, `Expected a success from ${call.endpoint} but found status ${status}`, {
    retryAfterMs: code === "rate_limited" || code === "unavailable"
      ? inMilliseconds(retryAfter(headers.get("retry-after"), clock()))
      : undefined,
  });
}

function inMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

async function jsonOf(response: Response, { endpoint }: ProviderCall): Promise<unknown> {
  const text = response.ok ? await readBody(response) : await readBody(response).catch(() => "");
  if (text === undefined && response.ok) {
    throw new ProviderError("bad_answer", `Expected at most 2 MiB from ${endpoint} but found more`);
  }
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function failureOfStatus(
  status: number,
  { notFound = "bad_answer" }: ProviderCall,
): ProviderFailureCode | undefined {
  if (status >= 200 && status < 300) return undefined;
  // Redirects are not followed: what answers elsewhere is not who was asked.
  if (status < 400) return "bad_answer";
  if (status >= 500) return "unavailable";
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return notFound;
    case 408:
      return "unavailable";
    case 429:
      return "rate_limited";
    default:
      return "refused";
  }
}
