import { z } from "zod";
import { ProviderError } from "../../provider_error.ts";
import type { Quote } from "../../quote.ts";
import type { Product } from "./wire.ts";

/** What a quote keeps for its confirmation. */
const Handle = z.object({
  locationId: z.string(),
  products: z.array(z.object({ sku: z.string(), upc: z.string(), page: z.string().optional() })),
});

export type Handle = z.infer<typeof Handle>;

/** The store and what is needed of the products that the lines buy. */
export function handleOf(locationId: string, lines: Quote["lines"], found: readonly Product[]): Handle {
  const chosen = new Set(lines.map((line) => line.product?.sku));
  const products = new Map(found.map((product) => [product.productId, product]));
  return {
    locationId,
    products: [...products.values()]
      .filter(({ productId }) => chosen.has(productId))
      .map(({ productId, upc, productPageURI }) => ({
        sku: productId,
        upc: upc ?? productId,
        ...(productPageURI ? { page: productPageURI } : {}),
      })),
  };
}

export function readHandle({ handle }: Quote): Handle {
  const parsed = Handle.safeParse(handle);
  if (parsed.success) return parsed.data;
  throw new ProviderError("refused", "Expected a quote of Kroger's but found another one");
}
