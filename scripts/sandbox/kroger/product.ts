import { brandAt, type Grocery, isInStock, upcBody } from "../grocery.ts";
import { hash } from "../hash.ts";
import type { JsonObject } from "../http_message.ts";

/** A product as Kroger lists it; without a store it has neither price nor stock. */
export function toKrogerProduct(grocery: Grocery, cents: number, hasStore: boolean): JsonObject {
  const productId = krogerIdOf(grocery);
  const brand = brandAt("KROGER_API", grocery);
  const description = `${brand} ${grocery.kind}`;
  const slug = description.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return {
    productId,
    upc: productId,
    productPageURI: `/p/${slug}/${productId}?cid=dis.api.tpi_products-api`,
    aliasProductIds: [productId],
    brand,
    description,
    categories: [grocery.department],
    countryOrigin: "UNITED STATES",
    snapEligible: grocery.department !== "Household",
    alcohol: false,
    temperature: { indicator: "Ambient", heatSensitive: false },
    images: [{
      perspective: "front",
      featured: true,
      sizes: [{ size: "medium", url: `https://www.kroger.com/product/images/medium/front/${productId}` }],
    }],
    aisleLocations: [],
    itemInformation: {},
    items: [{
      itemId: productId,
      size: grocery.size,
      soldBy: grocery.soldBy,
      favorite: false,
      fulfillment: { curbside: true, delivery: true, instore: true, shiptohome: false },
      ...(hasStore ? offerOf(grocery, cents) : {}),
    }],
  };
}

function offerOf(grocery: Grocery, cents: number): JsonObject {
  const regular = cents / 100;
  const promo = grocery.isPromoted ? Math.round(cents * 0.85) / 100 : 0;
  const price = { regular, promo, regularPerUnitEstimate: regular, promoPerUnitEstimate: promo };
  const level = hash(`stock ${grocery.index}`) % 5 === 0 ? "LOW" : "HIGH";
  return {
    price,
    nationalPrice: price,
    inventory: { stockLevel: isInStock("KROGER_API", grocery) ? level : "TEMPORARILY_OUT_OF_STOCK" },
  };
}

/** Thirteen digits: the UPC without its check digit, padded. */
export function krogerIdOf(grocery: Grocery): string {
  return upcBody(grocery).padStart(13, "0");
}
