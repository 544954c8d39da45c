/** A provider's offer for a basket, summed up from its lines. */
import { ProviderError } from "./provider_error.ts";
import type { ProviderId } from "./provider_id.ts";
import type { Precision, Quote, QuoteLine } from "./quote.ts";

/** An amount, and whether the provider said it or somebody configured it. */
export interface MarkedCents {
  readonly cents: number;
  readonly precision: Precision;
}

export interface QuoteParts {
  readonly provider: ProviderId;
  /** One per line of the basket, in its order. */
  readonly lines: readonly QuoteLine[];
  readonly fees: MarkedCents;
  readonly tax: MarkedCents;
  /** Until it is there; absent where nobody knows. */
  readonly minutes?: { readonly value: number; readonly precision: Precision };
  readonly handle: Readonly<Record<string, unknown>>;
  /** What the provider itself says the lines come to: another sum is a bad answer. */
  readonly expectedSubtotalCents?: number;
  /** What the provider takes off the lines' sum. Default 0. */
  readonly discountCents?: number;
}

/**
 * Sums a quote up in whole cents.
 *
 * @throws {ProviderError} `nothing_found` where no line is filled; `bad_answer` for an amount that is negative or no
 * whole number, a subtotal other than the provider's own, or a discount that leaves nothing to pay for the lines.
 */
export function assembleQuote(parts: QuoteParts): Quote {
  const products = parts.lines.flatMap(({ product }) => product === undefined ? [] : [product]);
  if (products.length === 0) {
    throw new ProviderError("nothing_found", "Expected at least one line to be filled but found none");
  }
  for (const { packages, unitPriceCents, lineTotalCents } of products) {
    expectWhole("a line's total", lineTotalCents);
    if (lineTotalCents !== packages * unitPriceCents) {
      throw new ProviderError(
        "bad_answer",
        "Expected a line's total to be packages × price but found another",
      );
    }
  }

  const linesCents = expectWhole("the subtotal", sum(products.map((product) => product.lineTotalCents)));
  const { expectedSubtotalCents, discountCents = 0 } = parts;
  if (expectedSubtotalCents !== undefined && expectedSubtotalCents !== linesCents) {
    throw new ProviderError(
      "bad_answer",
      `Expected the subtotal to be ${linesCents} cents but found ${expectedSubtotalCents}`,
    );
  }
  const subtotalCents = linesCents - expectWhole("the discount", discountCents);
  if (subtotalCents <= 0) {
    throw new ProviderError(
      "bad_answer",
      `Expected a discount below ${linesCents} cents but found ${discountCents}`,
    );
  }
  const feesCents = expectWhole("fees", parts.fees.cents);
  const taxCents = expectWhole("tax", parts.tax.cents);
  const subtotal = weakest(products.map((product) => product.precision));
  return {
    provider: parts.provider,
    lines: parts.lines,
    currency: "USD",
    subtotalCents,
    feesCents,
    taxCents,
    totalCents: expectWhole("the total", subtotalCents + feesCents + taxCents),
    ...(parts.minutes === undefined ? {} : { estimatedDeliveryMinutes: expectMinutes(parts.minutes.value) }),
    precision: {
      subtotal,
      fees: parts.fees.precision,
      tax: parts.tax.precision,
      total: weakest([subtotal, parts.fees.precision, parts.tax.precision]),
      delivery: parts.minutes?.precision ?? "estimated",
    },
    handle: parts.handle,
  };
}

function expectWhole(what: string, cents: number): number {
  if (Number.isSafeInteger(cents) && cents >= 0) return cents;
  throw new ProviderError("bad_answer", `Expected ${what} to be whole cents, at least 0, but found ${cents}`);
}

function expectMinutes(minutes: number): number {
  if (Number.isFinite(minutes) && minutes >= 0) return minutes;
  throw new ProviderError("bad_answer", `Expected minutes to be at least 0 but found ${minutes}`);
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

/** Exact only where all are. */
function weakest(marks: readonly Precision[]): Precision {
  return marks.every((mark) => mark === "exact") ? "exact" : "estimated";
}
