/** One message for one channel, as the database hands it out, and what became of it. */
import { z } from "zod";

/** Where a message goes. The target of Slack is a secret in itself. */
const channel = z.object({
  id: z.string(),
  kind: z.enum(["webhook", "slack", "email"]),
  target: z.string(),
  /** What a webhook is signed with: the current secret, and the one before it while that is still taken. */
  secrets: z.array(z.string()),
});

const delivery = z.object({
  /** The same on every attempt: receivers know by it what they have seen. */
  deliveryId: z.string(),
  /** Counts from 1. */
  attempt: z.int().positive(),
  /** How often an operator had it sent again, each time from the first attempt. */
  resends: z.int().nonnegative(),
  event: z.string(),
  payload: z.unknown(),
  /** When it was said, ISO 8601. */
  createdAt: z.string(),
  channel,
});

/** What `api.claim_deliveries` answers. */
export const claim = z.object({
  lease: z.string(),
  /** By the database's clock, ISO 8601. */
  claimedAt: z.string(),
  deliveries: z.array(delivery),
});

export type Delivery = z.output<typeof delivery>;
export type Claim = z.output<typeof claim>;

/** What an attempt came to. */
export type Outcome =
  | { readonly outcome: "delivered" }
  /** To be tried again, not before the time the receiver asks for. */
  | { readonly outcome: "failed"; readonly error: string; readonly retryAfterSeconds?: number }
  /** Nothing that could ever be sent: given up at once. */
  | { readonly outcome: "refused"; readonly error: string }
  /** The receiver wants nothing any more: its channel ends. */
  | { readonly outcome: "gone"; readonly error: string };

/** One element of what `api.record_deliveries` takes. */
export interface DeliveryResult {
  readonly deliveryId: string;
  readonly lease: string;
  readonly outcome: "delivered" | "retry" | "dead" | "gone";
  readonly error?: string;
  readonly retryInSeconds?: number;
  /** How long the whole channel is left alone. */
  readonly pauseSeconds?: number;
}

/** A request as it goes out. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The part of `fetch` that senders need. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly signal: AbortSignal;
    readonly redirect: "manual";
  },
) => Promise<Response>;
