import type { Address, Basket } from "./basket.ts";
import type { CallTimes } from "./call_times.ts";
import type { ProviderId } from "./provider_id.ts";
import type { Quote } from "./quote.ts";

/** What a provider can truly do. Nothing else is ever offered. */
export interface Capabilities {
  readonly quote: boolean;
  readonly cartAdd: boolean;
  readonly handoff: boolean;
  readonly placeOrder: boolean;
  readonly cancel: boolean;
  readonly track: boolean;
}

/** How many calls go to each of a provider's endpoints, by the names of its quotas. */
export type CallCounts = Readonly<Record<string, number>>;

/** What every call to a provider gets. */
export interface CallContext {
  /** Ends the call: the provider's own time limit or the caller's deadline, whichever comes first. */
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /**
   * Takes one call to an endpoint from what was reserved; false where none is left, and then it must not be made.
   */
  readonly spend: (endpoint: string) => boolean;
  /** Milliseconds after which a safe call may be made a second time beside the first; absent: never. */
  readonly hedgeAfterMs?: number;
  /** Told of every call as it waits and goes out; absent: nobody asks. */
  readonly times?: CallTimes;
}

/** What is to be bought, for whom. */
export interface Purchase {
  /** Ours, unique per order: what the provider is asked about when an answer was lost. */
  readonly orderReference: string;
  readonly address: Address;
  readonly quote: Quote;
  /** The most that may be paid in all. */
  readonly mostCents: number;
  /** The provider's own token: a payment method (MEALME), a shopper's access token (KROGER_API). */
  readonly paymentMethodToken?: string;
}

/** How a purchase went. A lost answer is no outcome: it is thrown as a ProviderError that is not definite. */
export type Confirmation =
  | {
    readonly outcome: "placed";
    readonly providerOrderId: string;
    readonly trackingUrl?: string;
    readonly totalCents: number;
  }
  | { readonly outcome: "handed_off"; readonly handoffUrl: string; readonly totalCents: number }
  | { readonly outcome: "price_changed"; readonly totalCents: number };

/** Where an order stands at its provider. `absent`: it was never placed, for certain. */
export interface OrderState {
  readonly status: "absent" | "placed" | "handed_off" | "delivered" | "cancelled" | "failed" | "undecided";
  readonly providerOrderId?: string;
  readonly trackingUrl?: string;
  readonly handoffUrl?: string;
  readonly totalCents?: number;
}

/** One provider, as the router sees it. Every method throws ProviderError alone. */
export interface Provider {
  readonly id: ProviderId;
  readonly capabilities: Capabilities;
  /** The most calls a quote for this basket makes, a hedge included. */
  plannedCalls(basket: Basket): CallCounts;
  /** The most calls confirming makes. */
  confirmCalls(): CallCounts;
  quote(basket: Basket, context: CallContext): Promise<Quote>;
  /** Never made twice for one order reference. */
  confirm(purchase: Purchase, context: CallContext): Promise<Confirmation>;
  /** Where a purchase stands whose answer was lost, or which somebody asks about. Changes nothing at the provider. */
  find(purchase: Purchase, providerOrderId: string | undefined, context: CallContext): Promise<OrderState>;
  /** The cheapest call that shows that address and credentials work. */
  checkHealth(context: CallContext): Promise<void>;
}
