/** One attempt: what a delivery says is sent through its channel, and the answer is judged. */
import { retryAfter } from "../retry_after.ts";
import type { Delivery, Fetch, Outcome, OutgoingRequest } from "./delivery.ts";
import { EmailNotConfigured, type EmailProvider, emailRequest } from "./email.ts";
import { slackRequest } from "./slack.ts";
import { TargetRefused } from "./ssrf_guard.ts";
import { webhookRequest } from "./webhook.ts";

export interface SendOptions {
  readonly fetch: Fetch;
  readonly email: EmailProvider;
  /** How long an attempt may take in all, in ms. Default 10 000. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MOST_EXCERPT_BYTES = 1_024;
const MOST_EXCERPT_CHARACTERS = 200;

/** Sends a delivery once. Never rejects: what went wrong is the outcome. */
export async function send(delivery: Delivery, options: SendOptions): Promise<Outcome> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new TimedOut(timeoutMs)), timeoutMs);
  try {
    const { url, headers, body } = await requestFor(delivery, options);
    const response = await options.fetch(url, {
      method: "POST",
      headers: { ...headers },
      body,
      signal: timeout.signal,
      redirect: "manual",
    });
    return await judge(response, delivery.channel.kind, options.now());
  } catch (error) {
    return outcomeOf(error, delivery);
  } finally {
    clearTimeout(timer);
  }
}

class TimedOut extends Error {
  constructor(ms: number) {
    super(`Expected an answer within ${ms / 1000} s but found none`);
  }
}

function requestFor(
  delivery: Delivery,
  { email, now }: SendOptions,
): OutgoingRequest | Promise<OutgoingRequest> {
  switch (delivery.channel.kind) {
    case "webhook":
      return webhookRequest(delivery, new Date(now()));
    case "slack":
      return slackRequest(delivery);
    case "email":
      return emailRequest(delivery, email);
  }
}

/** The status decides, not the body: of a success nobody reads it. */
async function judge(response: Response, kind: Delivery["channel"]["kind"], now: number): Promise<Outcome> {
  const { status, ok, headers } = response;
  if (ok) {
    await response.body?.cancel();
    return { outcome: "delivered" };
  }
  const excerpt = await excerptOf(response);
  const error = `Expected a status of 2xx but found ${status}${
    status >= 300 && status < 400 ? ", and redirects are not followed" : ""
  }${excerpt && `: ${excerpt}`}`;
  // The mail provider's 410 would speak of its API, not of the mailbox.
  if (status === 410 && kind !== "email") return { outcome: "gone", error };
  const retryAfterSeconds = retryAfter(headers.get("retry-after"), now);
  return { outcome: "failed", error, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** The beginning of a body, in one line; what has come of it, where it breaks off or does not end. */
async function excerptOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  try {
    while (read < MOST_EXCERPT_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, MOST_EXCERPT_BYTES - read), { stream: true });
      read += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The status is known; the rest of its explanation is not worth another attempt's failure.
  }
  // deno-lint-ignore no-control-regex
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return [...line].slice(0, MOST_EXCERPT_CHARACTERS).join("");
}

function outcomeOf(error: unknown, { channel: { kind, target } }: Delivery): Outcome {
  if (error instanceof TargetRefused) {
    // Where mail goes is the operator's setting: it can be put right while deliveries wait.
    return { outcome: kind === "email" ? "failed" : "refused", error: error.message };
  }
  if (error instanceof TimedOut || error instanceof EmailNotConfigured) {
    return { outcome: "failed", error: error.message };
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // A URL may be a secret, and what is kept of a failure is read by more than may send.
  return { outcome: "failed", error: reason.replaceAll(target, "[target]").slice(0, 300) };
}
