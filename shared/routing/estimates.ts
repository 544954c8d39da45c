import type { Precision, QuoteLine } from "./quote.ts";

/** What an operator says of a provider that does not say it itself. Always marked estimated. */
export interface Estimates {
  /** Delivery and service, per order. */
  readonly feesCents: number;
  /** Sales tax in basis points of the subtotal: 825 is 8.25 %. */
  readonly taxBps: number;
  /** Absent where nobody knows. */
  readonly deliveryMinutes?: number;
}

/** What comes on top of a quote's lines. */
export interface EstimatedParts {
  readonly fees: { readonly cents: number; readonly precision: Precision };
  readonly tax: { readonly cents: number; readonly precision: Precision };
  readonly minutes?: { readonly value: number; readonly precision: Precision };
}

/** Fees, tax and time of a quote with these lines. */
export function estimatedParts(lines: readonly QuoteLine[], estimates: Estimates): EstimatedParts {
  const subtotalCents = lines.reduce((sum, { product }) => sum + (product?.lineTotalCents ?? 0), 0);
  const { feesCents, deliveryMinutes } = estimates;
  return {
    fees: { cents: feesCents, precision: "estimated" },
    tax: { cents: estimatedTaxCents(subtotalCents, estimates), precision: "estimated" },
    ...(deliveryMinutes === undefined ? {} : { minutes: { value: deliveryMinutes, precision: "estimated" } }),
  };
}

/** What an order of this subtotal costs in all. */
export function estimatedTotalCents(subtotalCents: number, estimates: Estimates): number {
  return subtotalCents + estimates.feesCents + estimatedTaxCents(subtotalCents, estimates);
}

function estimatedTaxCents(subtotalCents: number, { taxBps }: Estimates): number {
  return Math.round(subtotalCents * taxBps / 10_000);
}
