import type { ProviderId } from "./provider_id.ts";

/** `exact` is what the provider said, `estimated` is what somebody configured. */
export type Precision = "exact" | "estimated";

/** What a provider offers for one line of the basket. Prices in cents. */
export interface QuoteLine {
  /** The line's id in the basket. */
  readonly itemId: string;
  readonly requestedName: string;
  readonly requestedQuantity: number;
  readonly requestedUnit: string;
  readonly status: LineStatus;
  /** What stands in the cart; absent where the line is unavailable. */
  readonly product?: QuotedProduct;
  /** Why another product stands in for the one asked for, or why there is none. */
  readonly reason?: string;
}

export type LineStatus = "found" | "substituted" | "unavailable";

export interface QuotedProduct {
  /** The provider's own id of the product. */
  readonly sku: string;
  readonly name: string;
  /** As the provider writes it, such as «1 gal»; absent where it says none. */
  readonly size?: string;
  /** How many packages are bought. Whole, at least 1. */
  readonly packages: number;
  /** What one package holds, in the unit that was asked for; absent where that is not known. */
  readonly amountPerPackage?: number;
  /** Of one package. Above 0. */
  readonly unitPriceCents: number;
  /** packages × unitPriceCents. */
  readonly lineTotalCents: number;
  readonly precision: Precision;
}

/** A provider's offer for a basket. Whoever cannot fill a single line has no quote. */
export interface Quote {
  readonly provider: ProviderId;
  /** One per line of the basket, in its order. */
  readonly lines: readonly QuoteLine[];
  readonly currency: "USD";
  /** What the lines come to, less what the provider takes off. Above 0. */
  readonly subtotalCents: number;
  readonly feesCents: number;
  readonly taxCents: number;
  /** subtotal + fees + tax. */
  readonly totalCents: number;
  /** Absent where nobody knows. */
  readonly estimatedDeliveryMinutes?: number;
  readonly precision: QuotePrecision;
  /** What the adapter needs to confirm this very offer; plain JSON, seen by nobody else. */
  readonly handle: Readonly<Record<string, unknown>>;
}

export interface QuotePrecision {
  readonly subtotal: Precision;
  readonly fees: Precision;
  readonly tax: Precision;
  readonly total: Precision;
  readonly delivery: Precision;
}
