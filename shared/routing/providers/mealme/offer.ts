import { z } from "zod";
import { ProviderError } from "../../provider_error.ts";

/** What confirming needs of a quote: the draft order at MealMe, and what stands in it. */
const OFFER = z.object({
  orderId: z.string().min(1),
  storeId: z.string().min(1),
  items: z.array(z.object({ productId: z.string().min(1), packages: z.int().positive() })).min(1),
});
export type Offer = z.infer<typeof OFFER>;
export type OfferItem = Offer["items"][number];

/** Reads a quote's handle. */
export function toOffer(handle: Readonly<Record<string, unknown>>): Offer {
  const { success, data } = OFFER.safeParse(handle);
  if (!success) throw new ProviderError("refused", "Expected the handle of a MealMe quote but found another");
  return data;
}
