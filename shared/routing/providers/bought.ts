import { ProviderError } from "../provider_error.ts";
import type { Quote } from "../quote.ts";
import type { CatalogProduct } from "../match_line.ts";

/** How many packages of each product a quote buys, by sku: two lines may buy the same one. */
export function boughtPackages({ lines }: Quote): ReadonlyMap<string, number> {
  const bought = new Map<string, number>();
  for (const { product } of lines) {
    if (product !== undefined) bought.set(product.sku, (bought.get(product.sku) ?? 0) + product.packages);
  }
  return bought;
}

/**
 * What the same packages cost at the prices of now. Throws `refused` where one of them cannot be had any more: another
 * basket than the one quoted is nothing to confirm.
 */
export function subtotalNow(
  bought: ReadonlyMap<string, number>,
  products: readonly CatalogProduct[],
): number {
  const current = new Map(products.map((product) => [product.sku, product]));
  let subtotalCents = 0;
  for (const [sku, packages] of bought) {
    const product = current.get(sku);
    if (product === undefined || !product.inStock || product.priceCents <= 0) {
      throw new ProviderError("refused", "Expected every quoted product in stock but found one that is not");
    }
    subtotalCents += packages * product.priceCents;
  }
  return subtotalCents;
}

/** Lists of at most so many. */
export function inChunks<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += most) chunks.push(items.slice(start, start + most));
  return chunks;
}
