/** Walmart's items as the basket rules want them. */
import type { CatalogProduct } from "../../match_line.ts";
import { centsOf } from "../cents.ts";
import type { Item } from "./wire.ts";

/** What a store of Walmart's own sells, each item once: answers may repeat an id. */
export function catalogOf(items: readonly Item[]): CatalogProduct[] {
  const once = new Map<string, CatalogProduct>();
  for (const item of items) {
    // Its name cannot be kept.
    if (item.name === "") continue;
    // Sellers on the site, and what no store has, send parcels: no groceries.
    if (item.marketplace === true || item.offerType === "ONLINE_ONLY") continue;
    if (!once.has(item.itemId)) once.set(item.itemId, catalogProduct(item));
  }
  return [...once.values()];
}

function catalogProduct({ itemId, name, brandName, size, upc, ...item }: Item): CatalogProduct {
  const priceCents = centsOf(item.salePrice ?? 0);
  return {
    sku: itemId,
    name,
    ...(brandName ? { brand: brandName } : {}),
    ...(size ? { size } : {}),
    ...(upc ? { upc } : {}),
    priceCents,
    soldBy: "unit",
    inStock: priceCents !== 0 && item.availableOnline !== false && !isSoldOut(item),
  };
}

function isSoldOut({ stock }: Pick<Item, "stock">): boolean {
  return stock?.toLowerCase() === "not available";
}
