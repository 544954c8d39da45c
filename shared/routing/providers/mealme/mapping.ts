import type { Basket } from "../../basket.ts";
import { type CatalogProduct, matchLine } from "../../match_line.ts";
import type { QuoteLine } from "../../quote.ts";
import { menuOf } from "./menu.ts";
import type { OfferItem } from "./offer.ts";
import type { CartSearch, ListedProduct } from "./wire.ts";

/** Whoever is farther away is seldom the better one, and every store costs time that all requests share. */
const MOST_STORES = 5;
const MOST_MENUS_PER_STORE = 2;
/** Of a store, so many products per line; what an answer holds beyond is not read. */
const PRODUCTS_PER_LINE = 5;
const FEWEST_PRODUCTS = 100;
/** How many comparisons with a store's products are made, and at least so many for each line. */
const COMPARISONS_PER_STORE = 1_000;
const FEWEST_COMPARISONS = 10;

/** What one store has for a basket. */
export interface StoreOffer {
  readonly storeId: string;
  /** One per line of the basket, in its order. */
  readonly lines: readonly QuoteLine[];
}

/** The store that fills the most of a basket, and for the least; undefined where none is open. */
export function toBestStore(basket: Basket, { carts }: CartSearch): StoreOffer | undefined {
  const { items } = basket;
  const mostProducts = Math.max(FEWEST_PRODUCTS, PRODUCTS_PER_LINE * items.length);
  const mostPerLine = Math.max(FEWEST_COMPARISONS, Math.floor(COMPARISONS_PER_STORE / items.length));
  const offers = carts
    .filter(({ store }) => store.is_open !== false)
    .sort((a, b) => milesTo(a.store) - milesTo(b.store))
    .slice(0, MOST_STORES)
    .flatMap(({ store, products }) =>
      menusOf(products.slice(0, mostProducts)).map((products): StoreOffer => {
        const menu = menuOf(products, mostPerLine);
        return { storeId: store._id, lines: items.map((item) => matchLine(item, menu(item.name))) };
      })
    );
  return offers.sort(byFit)[0];
}

/** Whoever does not say stands in MealMe's own order, behind those who do. */
function milesTo({ miles }: CartSearch["carts"][number]["store"]): number {
  return miles ?? Number.MAX_VALUE;
}

/** All items of an order have to come from one menu: the fullest ones. */
function menusOf(products: readonly ListedProduct[]): readonly (readonly CatalogProduct[])[] {
  const menus = new Map<string, Map<string, CatalogProduct>>();
  for (const product of products) {
    // Its name cannot be kept, or it has none.
    if (nameOf(product) === "") continue;
    const menu = menus.get(product.menu_id ?? "") ?? new Map<string, CatalogProduct>();
    menus.set(product.menu_id ?? "", menu);
    if (!menu.has(product.product_id)) menu.set(product.product_id, toCatalogProduct(product));
  }
  return [...menus.values()]
    .sort((a, b) => b.size - a.size)
    .slice(0, MOST_MENUS_PER_STORE)
    .map((menu) => [...menu.values()]);
}

function nameOf({ item_name: itemName, name }: ListedProduct): string {
  return itemName ?? name ?? "";
}

function toCatalogProduct(product: ListedProduct): CatalogProduct {
  const { unit_size: amount, unit_of_measurement: unit } = product;
  const hasSize = amount !== null && amount !== undefined && unit !== null && unit !== undefined;
  const upc = product.upc_codes?.[0];
  return {
    sku: product.product_id,
    name: nameOf(product),
    ...(product.brand ? { brand: product.brand } : {}),
    ...(hasSize ? { size: `${amount} ${unit}` } : {}),
    priceCents: product.price,
    inStock: product.is_available !== false && product.qty_available !== 0,
    ...(upc === undefined ? {} : { upc }),
  };
}

function byFit(a: StoreOffer, b: StoreOffer): number {
  return filled(b) - filled(a) || subtotal(a) - subtotal(b) ||
    Number(a.storeId > b.storeId) - Number(a.storeId < b.storeId);
}

function filled({ lines }: StoreOffer): number {
  // A substitute counts less, as it does in the score.
  return lines.reduce(
    (sum, { status }) => sum + (status === "found" ? 10 : status === "substituted" ? 8 : 0),
    0,
  );
}

function subtotal({ lines }: StoreOffer): number {
  return lines.reduce((sum, { product }) => sum + (product?.lineTotalCents ?? 0), 0);
}

/** What is to be ordered; lines that share a product are one item. */
export function toItems(lines: readonly QuoteLine[]): OfferItem[] {
  const packages = new Map<string, number>();
  for (const { product } of lines) {
    if (product !== undefined) packages.set(product.sku, (packages.get(product.sku) ?? 0) + product.packages);
  }
  return [...packages].map(([productId, packages]) => ({ productId, packages }));
}

/** The lines at the prices of the draft order, which count. What the draft left out is not to be had. */
export function toPricedLines(lines: readonly QuoteLine[], prices: ReadonlyMap<string, number>): QuoteLine[] {
  return lines.map(({ product, ...line }) => {
    if (product === undefined) return line;
    const unitPriceCents = prices.get(product.sku);
    if (unitPriceCents === undefined) {
      return { ...line, status: "unavailable", reason: "Sold out at the store" };
    }
    const lineTotalCents = product.packages * unitPriceCents;
    return { ...line, product: { ...product, unitPriceCents, lineTotalCents, precision: "exact" } };
  });
}
