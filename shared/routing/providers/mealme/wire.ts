import { z } from "zod";
import { MOST_CENTS } from "../cents.ts";
import { MOST_ID, MOST_URL, optionalText, productName, providerText } from "../provider_text.ts";

/**
 * What MealMe answers, as its documentation and recorded answers have it; what is not used is not read. Money is whole
 * cents. MealMe names no currency, since it sells in dollars alone: where an answer names one, it has to be this one.
 */
const CURRENCY = z.literal("USD").nullish();
const CENTS = z.int().nonnegative().max(MOST_CENTS);
const ID = providerText(MOST_ID);
/** Of products and menus: tokens of MealMe's own, longer than ids are. */
const TOKEN = providerText(1_000);
/** Whose address it is, the order's state judges. */
const LINK = optionalText(MOST_URL).catch(undefined);
const MOST_MINUTES = 100_000;
/** Minutes; none where nobody could mean them. */
const MINUTES = z.number().nonnegative().nullish().transform(wholeMinutes);

const LISTED_PRODUCT = z.object({
  product_id: TOKEN,
  /** Product search says `item_name`, the inventory says `name`. */
  item_name: productName.nullish(),
  name: productName.nullish(),
  brand: optionalText(MOST_ID),
  /** Of one package; a price that cannot be is the matching's to refuse. */
  price: z.number(),
  unit_size: z.union([z.number(), optionalText(MOST_ID)]),
  unit_of_measurement: optionalText(MOST_ID),
  upc_codes: z.array(optionalText(MOST_ID)).nullish(),
  is_available: z.boolean().nullish(),
  qty_available: z.number().nullish(),
  menu_id: TOKEN.nullish(),
  currency: CURRENCY,
});
export type ListedProduct = z.infer<typeof LISTED_PRODUCT>;

/** GET /search/cart: what stores near the address have of a basket. */
export const CART_SEARCH = z.object({
  carts: z.array(z.object({
    store: z.object({ _id: ID, is_open: z.boolean().nullish(), miles: z.number().nullish() }),
    products: z.array(LISTED_PRODUCT),
    currency: CURRENCY,
  })),
});
export type CartSearch = z.infer<typeof CART_SEARCH>;

const ORDERED_ITEM = z.object({
  product_id: TOKEN,
  /** Of one package. */
  base_price: CENTS.positive(),
  quantity: z.int().positive(),
});

const FINAL_QUOTE = z.object({
  store_id: ID.nullish(),
  items: z.array(ORDERED_ITEM),
  quote: z.object({
    subtotal: CENTS,
    sales_tax_cents: CENTS,
    delivery_time_min: MINUTES,
    delivery_time_max: MINUTES,
    currency: CURRENCY,
  }),
  /** What the account's own contract with MealMe adds. */
  added_fees: z.object({ sales_tax_cents: CENTS.nullish() }).nullish(),
  /** What is paid in all. */
  total_with_tip: CENTS,
  currency: CURRENCY,
});
export type FinalQuote = z.infer<typeof FINAL_QUOTE>;

/** POST /order/order/v4 with `place_order: false` and `include_final_quote: true`: an order that can be placed. */
export const DRAFT_ORDER = z.object({
  order_id: ID,
  order_placed: z.boolean().nullish(),
  tracking_link: LINK,
  final_quote: FINAL_QUOTE,
  currency: CURRENCY,
});
export type DraftOrder = z.infer<typeof DRAFT_ORDER>;

/** POST /order/finalize. */
export const PLACED_ORDER = z.object({
  order_id: ID,
  status: providerText(MOST_ID).nullish(),
  order_placed: z.boolean().nullish(),
  tracking_link: LINK,
});
export type PlacedOrder = z.infer<typeof PLACED_ORDER>;

const STORED_ORDER = z.object({
  order_id: ID,
  status: providerText(MOST_ID),
  tracking_link: LINK,
  final_quote: z.object({ total_with_tip: CENTS }).nullish().catch(undefined),
});
export type StoredOrder = z.infer<typeof STORED_ORDER>;

/** GET /account/orders?order_id=. */
export const STORED_ORDERS = z.object({ orders: z.array(STORED_ORDER) });

function wholeMinutes(minutes: number | null | undefined): number | undefined {
  const whole = Math.ceil(minutes ?? 0);
  return whole >= 1 && whole <= MOST_MINUTES ? whole : undefined;
}
