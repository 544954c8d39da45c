/** Kroger's products as the basket rules want them. */
import type { CatalogProduct } from "../../match_line.ts";
import { centsOf } from "../cents.ts";
import type { Product } from "./wire.ts";

type Item = NonNullable<Product["items"]>[number];

/** Each product once: answers may repeat an id. */
export function catalogOf(products: readonly Product[]): CatalogProduct[] {
  const once = new Map<string, CatalogProduct>();
  for (const product of products) {
    // Its name cannot be kept.
    if (product.description === "") continue;
    if (!once.has(product.productId)) once.set(product.productId, catalogProduct(product));
  }
  return [...once.values()];
}

function catalogProduct({ productId, upc, description, brand, items }: Product): CatalogProduct {
  const item = items?.[0];
  const priceCents = item === undefined ? 0 : priceOf(item);
  return {
    sku: productId,
    name: description,
    ...(brand ? { brand } : {}),
    ...(item?.size ? { size: item.size } : {}),
    ...(upc ? { upc } : {}),
    priceCents,
    soldBy: item?.soldBy?.toLowerCase() === "weight" ? "weight" : "unit",
    // A price is only given for what the store sells.
    inStock: item !== undefined && priceCents !== 0 && isInStock(item),
  };
}

/** Cents; 0 where there is no price. */
function priceOf({ price }: Item): number {
  const regular = price?.regular ?? 0;
  const promo = price?.promo ?? 0;
  return centsOf(promo > 0 && promo < regular ? promo : regular);
}

function isInStock({ inventory, fulfillment }: Item): boolean {
  return inventory?.stockLevel !== "TEMPORARILY_OUT_OF_STOCK" && fulfillment?.delivery !== false;
}
