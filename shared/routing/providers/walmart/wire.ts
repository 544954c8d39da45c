/** What Walmart's affiliate API answers. Only what is used is checked. */
import { z } from "zod";
import { MOST_ID, optionalText, productName, providerText } from "../provider_text.ts";

/** Answers have no currency. One that does must say dollars. */
const currency = z.literal("USD").nullish();

const Item = z.object({
  itemId: z.union([z.int().positive(), providerText(MOST_ID).regex(/^\d{1,20}$/)]).transform(String),
  name: productName,
  /** Dollars. */
  salePrice: z.number().nullish(),
  upc: optionalText(MOST_ID),
  brandName: optionalText(MOST_ID),
  size: optionalText(MOST_ID),
  /** Sold by somebody else on Walmart's site. */
  marketplace: z.boolean().nullish(),
  offerType: optionalText(MOST_ID),
  stock: optionalText(MOST_ID),
  availableOnline: z.boolean().nullish(),
  currency,
});

export type Item = z.infer<typeof Item>;

const MOST_ITEMS = 100;

/** Of a search and of a look-up. Without a hit there is no list, but then a search says how many it found. */
export const ItemsAnswer = z.object({
  items: z.array(Item).nullish(),
  totalResults: z.number().nullish(),
  currency,
}).refine(({ items, totalResults }) => items || totalResults === 0)
  .transform(({ items }) => items?.slice(0, MOST_ITEMS) ?? []);

const Store = z.object({ no: z.union([z.number(), providerText(MOST_ID)]).transform(String) });

/** An older form is the bare list. */
export const StoresAnswer = z.union([
  z.array(Store),
  z.object({ stores: z.array(Store) }).transform(({ stores }) => stores),
]);
