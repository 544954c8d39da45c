import { brandAt, type Grocery, isInStock, upcBody } from "../grocery.ts";
import { hash } from "../hash.ts";
import type { JsonObject } from "../http_message.ts";

/** A product as Walmart's affiliate search lists it. */
export function toWalmartItem(grocery: Grocery, cents: number): JsonObject {
  const itemId = walmartIdOf(grocery);
  const brandName = brandAt("WALMART_API", grocery);
  const isThere = isInStock("WALMART_API", grocery);
  const size = grocery.soldBy === "weight" ? "per lb" : grocery.size;
  const slug = grocery.kind.replaceAll(/[^A-Za-z0-9]+/g, "-");
  return {
    itemId,
    parentItemId: itemId,
    name: `${brandName} ${grocery.kind}, ${size}`,
    msrp: Math.round(cents * 1.12) / 100,
    salePrice: cents / 100,
    upc: withCheckDigit(upcBody(grocery)),
    categoryPath: `Home Page/Food/${grocery.department}`,
    categoryNode: `976759_${1000 + grocery.department.length}`,
    shortDescription: `${grocery.kind} by ${brandName}`,
    longDescription: `&lt;p&gt;${grocery.kind}&lt;/p&gt;`,
    brandName,
    thumbnailImage: `https://i5.walmartimages.com/asr/${itemId}.jpeg?odnHeight=100&odnWidth=100`,
    mediumImage: `https://i5.walmartimages.com/asr/${itemId}.jpeg?odnHeight=180&odnWidth=180`,
    largeImage: `https://i5.walmartimages.com/asr/${itemId}.jpeg?odnHeight=450&odnWidth=450`,
    productTrackingUrl:
      `https://goto.walmart.com/c/|PUBID|/568844/9383?veh=aff&sourceid=imp_000011112222333344&prodsku=${itemId}` +
      `&u=http%3A%2F%2Fwww.walmart.com%2Fip%2F${slug}%2F${itemId}`,
    standardShipRate: 0,
    size,
    marketplace: grocery.isFromThirdParty,
    ...(grocery.isFromThirdParty ? { sellerInfo: "Pantry Deals LLC" } : {}),
    modelNumber: `${grocery.index}`,
    customerRating: `${4 + hash(`rating ${itemId}`) % 10 / 10}`,
    numReviews: hash(`reviews ${itemId}`) % 2000,
    bundle: false,
    clearance: false,
    preOrder: false,
    stock: isThere ? "Available" : "Not available",
    affiliateAddToCartUrl:
      `https://goto.walmart.com/c/|PUBID|/568844/9383?veh=aff&u=https%3A%2F%2Faffil.walmart.com%2Fcart%2FaddToCart%3Fitems%3D${itemId}%7C1`,
    freeShippingOver35Dollars: true,
    offerType: grocery.isOnlineOnly ? "ONLINE_ONLY" : "ONLINE_AND_STORE",
    offerId: upcBody(grocery),
    isTwoDayShippingEligible: false,
    availableOnline: isThere,
  };
}

export function walmartIdOf(grocery: Grocery): number {
  return 10_000_000 + grocery.index * 1013 + hash(grocery.kind) % 1000;
}

/** UPC-A: three times the digits at odd places, plus the others, filled up to a multiple of ten. */
function withCheckDigit(body: string): string {
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return `${body}${(10 - sum % 10) % 10}`;
}
