import type { Quote } from "../../quote.ts";
import type { Handle } from "./handle.ts";

const SITE = "https://www.kroger.com";

/** The shopper's own cart, where he finds what was added and pays. */
export const CART_URL = `${SITE}/cart`;

/** Where a shopper finds the products himself: the page of a single one, a search for several. */
export function productsUrl({ lines }: Quote, { products }: Handle): string {
  const [first, second] = products;
  if (first !== undefined && second === undefined) return pageOf(first);
  const names = lines.filter(({ product }) => product !== undefined).map(({ requestedName }) =>
    requestedName
  );
  return `${SITE}/search?query=${encodeURIComponent([...new Set(names)].join(", "))}`;
}

function pageOf({ sku, page }: Handle["products"][number]): string {
  const url = page === undefined ? null : URL.parse(page, SITE);
  // A page elsewhere is not where we send a shopper.
  if (url !== null && url.origin === SITE && url.pathname.startsWith("/p/")) return url.href;
  return `${SITE}/p/product/${sku}`;
}
