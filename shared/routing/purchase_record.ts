/** What the database says of an order that is to be bought, or asked about. */
import { z } from "zod";
import type { Purchase } from "./provider.ts";
import { PROVIDER_IDS } from "./provider_id.ts";
import type { Quote } from "./quote.ts";

const address = z.object({
  street: z.string(),
  city: z.string(),
  state: z.string(),
  postalCode: z.string(),
  country: z.string(),
});

/** As `private.purchase_json` writes it; the quote is what an adapter made and we kept. */
export const purchaseRecord = z.object({
  orderId: z.string(),
  attempt: z.int(),
  provider: z.enum(PROVIDER_IDS),
  orderReference: z.string(),
  address,
  quote: z.custom<Quote>((value) => typeof value === "object" && value !== null),
  mostCents: z.int().nullable(),
  providerOrderId: z.string().nullable(),
  calls: z.record(z.string(), z.int()).optional(),
  day: z.string().optional(),
});

export type PurchaseRecord = z.output<typeof purchaseRecord>;

/** The order as its adapter takes it. */
export function toPurchase(
  { orderReference, address, quote, mostCents }: PurchaseRecord,
  paymentMethodToken?: string,
): Purchase {
  return {
    orderReference,
    address,
    quote,
    mostCents: mostCents ?? quote.totalCents,
    ...(paymentMethodToken === undefined ? {} : { paymentMethodToken }),
  };
}
