import type { ProviderId } from "../../shared/routing/provider_id.ts";
import type { Answer, HttpRequest, Json } from "./http_message.ts";

/** One provider as the sandbox plays it. */
export interface SandboxProvider {
  readonly id: ProviderId;
  /** The first part of its paths. */
  readonly root: string;
  /** The fields that `missing_fields` leaves out. */
  readonly vitalFields: readonly string[];
  /** The endpoint a request is for, by the names of the quotas; `unknown` where there is none. */
  endpointOf(request: HttpRequest): string;
  /** Judges the credentials and carries the request out. */
  answer(request: HttpRequest, endpoint: string): Answer | Promise<Answer>;
  /** An error as this provider words it. */
  refusal(status: number, endpoint: string): Json;
  /** Its way to say that something is not to be had where a whole request fails by it, if it does. */
  soldOut?(endpoint: string): Answer | undefined;
  /** What it was made to do: placed orders, filled carts, links. */
  orders(): readonly SandboxOrder[];
  reset(): void;
}

/** Something a provider did for a shopper. */
export interface SandboxOrder {
  readonly provider: ProviderId;
  /** A placed order, a change of a shopper's cart, or a page to shop from. */
  readonly kind: "order" | "cart" | "link";
  readonly id: string;
  /** The caller's own reference, where the provider takes one. */
  readonly reference?: string;
  readonly status: string;
  readonly totalCents?: number;
  /** The provider's ids or the names on a link, with quantities. */
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** Milliseconds since 1970. */
  readonly at: number;
}
