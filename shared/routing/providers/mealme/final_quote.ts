import { ProviderError } from "../../provider_error.ts";
import type { OfferItem } from "./offer.ts";
import type { DraftOrder, FinalQuote } from "./wire.ts";

/** A draft, as long as it is one. */
export function unplaced(draft: DraftOrder): DraftOrder {
  if (draft.order_placed !== true) return draft;
  throw new ProviderError("bad_answer", "Expected an order that is not placed yet but found it placed");
}

/** What a package costs in a draft order, by product. Throws where it holds anything that was not asked for. */
export function pricesOf(items: readonly OfferItem[], finalQuote: FinalQuote): ReadonlyMap<string, number> {
  const wanted = new Map(items.map(({ productId, packages }) => [productId, packages]));
  for (const { product_id: productId, quantity } of finalQuote.items) {
    if (wanted.get(productId) === quantity) continue;
    throw new ProviderError("bad_answer", "Expected an order of the items asked for but found other items");
  }
  return new Map(finalQuote.items.map(({ product_id: productId, base_price: cents }) => [productId, cents]));
}

/** What is paid beside the items, what is taken off them, and when they come. */
export function toCharges({ quote, added_fees: added, total_with_tip: totalCents }: FinalQuote) {
  const taxCents = quote.sales_tax_cents + (added?.sales_tax_cents ?? 0);
  // Delivery, service, small order and what the account adds: whatever makes up the total. Less than nothing: a discount.
  const restCents = totalCents - quote.subtotal - taxCents;
  return {
    subtotalCents: quote.subtotal,
    taxCents,
    feesCents: Math.max(restCents, 0),
    discountCents: Math.max(-restCents, 0),
    totalCents,
    minutes: quote.delivery_time_max ?? quote.delivery_time_min,
  };
}
