import type { ProviderId } from "../../shared/routing/provider_id.ts";
import { hash } from "./hash.ts";

/** One product in one size and brand, as the row of groceries.txt says it. */
export interface Grocery {
  /** From 0, by its place in the file. */
  readonly index: number;
  /** Without brand and size: «Whole Milk». */
  readonly kind: string;
  /** `~`: the store's own. */
  readonly brand: string;
  /** «1 gal»; for what is sold by weight «1 lb», and then the price is for that. */
  readonly size: string;
  readonly soldBy: "unit" | "weight";
  readonly department: string;
  /** Before a store's own markup. */
  readonly baseCents: number;
  /** Stores without it: K, W, M. */
  readonly outAt: string;
  readonly isPromoted: boolean;
  readonly isFromThirdParty: boolean;
  readonly isOnlineOnly: boolean;
}

const OWN_BRANDS: Readonly<Record<ProviderId, string>> = {
  KROGER_API: "Kroger",
  WALMART_API: "Great Value",
  INSTACART: "Store Brand",
  MEALME: "Fresh Market",
};

// What the same basket costs more or less, in percent of the base price.
const LEVELS: Readonly<Record<ProviderId, number>> = {
  KROGER_API: 100,
  WALMART_API: 96,
  INSTACART: 112,
  MEALME: 109,
};

const STORE_LETTERS: Readonly<Record<ProviderId, string>> = {
  KROGER_API: "K",
  WALMART_API: "W",
  INSTACART: "I",
  MEALME: "M",
};

export function brandAt(provider: ProviderId, grocery: Grocery): string {
  return grocery.brand === "~" ? OWN_BRANDS[provider] : grocery.brand;
}

export function isInStock(provider: ProviderId, grocery: Grocery): boolean {
  return !grocery.outAt.includes(STORE_LETTERS[provider]);
}

/** Cents, the same at every call: a store's level and ±8 % of its own for each product. */
export function priceAt(provider: ProviderId, grocery: Grocery, factor: number): number {
  const spread = hash(`${provider} ${grocery.index}`) % 17 - 8;
  return Math.max(1, Math.round(grocery.baseCents * (LEVELS[provider] + spread) / 100 * factor));
}

/** Eleven digits: a UPC without its check digit. */
export function upcBody(grocery: Grocery): string {
  return `0${70000 + hash(grocery.brand) % 20000}${String(10000 + grocery.index * 7).padStart(5, "0")}`;
}
