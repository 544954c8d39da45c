/** What Kroger's public API answers: auth 1.0.13, locations 1.2.3, products 1.3.0. Only what is used is checked. */
import { z } from "zod";
import { MOST_ID, MOST_URL, optionalText, productName, providerText } from "../provider_text.ts";

/** Answers have no currency. One that does must say dollars. */
const currency = z.literal("USD").nullish();

const MOST_TOKEN = 8_000;

export const TokenAnswer = z.object({
  access_token: providerText(MOST_TOKEN).regex(/^[\x21-\x7e]+$/),
  /** Seconds. */
  expires_in: z.number().positive(),
});

export const LocationsAnswer = z.object({
  data: z.array(z.object({
    /** Three digits of the division and five of the store. */
    locationId: providerText(MOST_ID).regex(/^[0-9A-Z]{8}$/i),
  })),
});

const Price = z.object({
  /** Dollars. */
  regular: z.number().nullish(),
  /** Dollars; 0 where nothing is on offer. */
  promo: z.number().nullish(),
  currency,
});

const Item = z.object({
  size: optionalText(MOST_ID),
  soldBy: optionalText(MOST_ID),
  inventory: z.object({ stockLevel: optionalText(MOST_ID) }).nullish(),
  fulfillment: z.object({ delivery: z.boolean().nullish() }).nullish(),
  price: Price.nullish(),
  currency,
});

const Product = z.object({
  productId: providerText(MOST_ID).regex(/^\d{1,20}$/),
  upc: providerText(MOST_ID).regex(/^\d{1,20}$/).nullish(),
  description: productName,
  brand: optionalText(MOST_ID),
  productPageURI: optionalText(MOST_URL),
  items: z.array(Item).nullish(),
  currency,
});

export type Product = z.infer<typeof Product>;

const MOST_PRODUCTS = 100;

export const ProductsAnswer = z.object({
  data: z.array(Product).transform((products) => products.slice(0, MOST_PRODUCTS)),
  currency,
});

const Fault = z.object({ code: optionalText(MOST_ID), error: optionalText(MOST_ID) });

/** Some answers say what is wrong at the top, others below `errors`. */
export const FaultAnswer = Fault.extend({ errors: Fault.nullish() });
