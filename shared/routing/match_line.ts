/** Which of a provider's products fills a line of the basket, and how many packages of it. */
import type { BasketItem } from "./basket.ts";
import { type Likeness, likeness, request } from "./likeness.ts";
import { contents, type Fill, fill, MOST_PACKAGES, wantedOf } from "./packages.ts";
import type { LineStatus, QuotedProduct, QuoteLine } from "./quote.ts";

/** A product as a provider's catalogue has it. */
export interface CatalogProduct {
  /** The provider's own id. */
  readonly sku: string;
  readonly name: string;
  readonly brand?: string;
  /** As the provider writes it: «1 gal», «12 ct», «6 x 12 fl oz». */
  readonly size?: string;
  /** Of one package; of one pound where it is sold by weight. */
  readonly priceCents: number;
  /** By weight: packages are pounds, whatever its size says. Default: by unit. */
  readonly soldBy?: "unit" | "weight";
  readonly inStock: boolean;
  readonly upc?: string;
}

/** Above this a price is a mistake. */
const MOST_CENTS = 1_000_000;

/** A product of the kind that was asked for. */
interface Candidate extends Likeness {
  readonly product: CatalogProduct;
  readonly fill: Fill;
}

/** One that can be bought. */
interface Offer extends Likeness {
  readonly product: CatalogProduct;
  readonly packages: number;
  readonly isGuess: boolean;
  readonly amountPerPackage?: number;
  readonly totalCents: number;
}

/**
 * Chooses the product that is what was asked for, is in stock, and fills quantity × unit at the least total price, in
 * whole packages. One that misses a minor word (a brand, «organic», «large») stands in where none has it all.
 *
 * The same products in another order give the same line.
 *
 * @example
 * ```ts
 * matchLine({ id: "1", name: "Milk", quantity: 1, unit: "gallon" }, [
 *   { sku: "7", name: "Whole Milk", size: "1 gal", priceCents: 389, inStock: true },
 * ]).status; // "found"
 * ```
 */
export function matchLine(item: BasketItem, products: readonly CatalogProduct[]): QuoteLine {
  const candidates = candidatesOf(item, products);
  const offers = candidates.flatMap(offersOf).sort(byPreference);
  const [best] = offers;
  if (best === undefined) return { ...requested(item, "unavailable"), reason: whyNone(candidates) };

  const reason = whyThis(best, candidates, item);
  return {
    ...requested(item, best.missing.length === 0 ? "found" : "substituted"),
    product: quoted(best),
    ...(reason === undefined ? {} : { reason }),
  };
}

function candidatesOf(item: BasketItem, products: readonly CatalogProduct[]): readonly Candidate[] {
  const asked = request(item, products.map((product) => product.brand));
  const wanted = wantedOf(item);
  return products.filter(isUsable).flatMap((product) => {
    const like = likeness(asked, product);
    return like === undefined ? [] : [{ ...like, product, fill: fill(wanted, contents(product)) }];
  });
}

function isUsable({ priceCents }: CatalogProduct): boolean {
  return Number.isSafeInteger(priceCents) && priceCents > 0 && priceCents <= MOST_CENTS;
}

function offersOf({ product, fill, missing, isDoubtful }: Candidate): readonly Offer[] {
  if (!product.inStock || typeof fill === "string") return [];
  return [{ product, ...fill, missing, isDoubtful, totalCents: fill.packages * product.priceCents }];
}

/** What was asked for before what is like it, a size that is known before a guess; then the price. */
function byPreference(a: Offer, b: Offer): number {
  return a.missing.length - b.missing.length ||
    Number(a.isGuess) - Number(b.isGuess) ||
    Number(a.isDoubtful) - Number(b.isDoubtful) ||
    a.totalCents - b.totalCents ||
    byText(a.product.name, b.product.name) ||
    byText(a.product.sku, b.product.sku) ||
    a.packages - b.packages ||
    byText(a.product.size ?? "", b.product.size ?? "") ||
    byText(a.product.brand ?? "", b.product.brand ?? "");
}

/** By code unit, so that every machine sorts alike. */
function byText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function whyThis(
  best: Offer,
  candidates: readonly Candidate[],
  { quantity, unit }: BasketItem,
): string | undefined {
  const sentences: string[] = [];
  if (best.missing.length > 0) {
    const without = best.missing.map((word) => `«${word}»`).join(", ");
    const isExactGone = candidates.some(({ missing, product }) => missing.length === 0 && !product.inStock);
    sentences.push(
      isExactGone
        ? `What was asked for is out of stock; this one is without ${without}`
        : `Nothing that fits has ${without}; this one is without`,
    );
  }
  if (best.isGuess) {
    sentences.push(
      `The size of its package is not known; ${best.packages} are taken for ${quantity} ${unit}`,
    );
  }
  return sentences.length === 0 ? undefined : sentences.join(". ");
}

function whyNone(candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return "Nothing of this kind was found";
  const inStock = candidates.filter(({ product }) => product.inStock);
  if (inStock.length === 0) return "Everything of this kind is out of stock";
  return inStock.some(({ fill }) => fill === "too_many")
    ? `It would take more than ${MOST_PACKAGES} packages`
    : "Nothing of this kind comes in a size that can be compared with what was asked for";
}

function requested(item: BasketItem, status: LineStatus): Omit<QuoteLine, "product" | "reason"> {
  return {
    itemId: item.id,
    requestedName: item.name,
    requestedQuantity: item.quantity,
    requestedUnit: item.unit,
    status,
  };
}

function quoted({ product, packages, amountPerPackage, totalCents }: Offer): QuotedProduct {
  return {
    sku: product.sku,
    name: product.name,
    ...(product.size === undefined ? {} : { size: product.size }),
    packages,
    ...(amountPerPackage === undefined ? {} : { amountPerPackage }),
    unitPriceCents: product.priceCents,
    lineTotalCents: totalCents,
    precision: "exact",
  };
}
