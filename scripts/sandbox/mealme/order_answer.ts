import { brandAt } from "../grocery.ts";
import type { JsonObject } from "../http_message.ts";
import type { MealMeMarket, MealMeStore, MenuEntry } from "./market.ts";
import type { OrderRequest } from "./order_request.ts";
import { quoteOf } from "./quote.ts";

/** Where MealMe says an order stands. */
export const MEALME_STATUSES = [
  "unplaced",
  "awaiting_confirmation",
  "in_progress",
  "canceled",
  "completed",
] as const;
export type MealMeStatus = typeof MEALME_STATUSES[number];

/** An order, placed or not, with what it costs. */
export interface StoredOrder {
  readonly id: string;
  status: MealMeStatus;
  request: OrderRequest;
  finalQuote: JsonObject;
  totalCents: number;
  placedAt: number;
}

/** What these items cost now, as an order's final quote. */
export function finalQuoteOf(request: OrderRequest, entries: readonly MenuEntry[], market: MealMeMarket) {
  const [first] = entries;
  if (!first) throw new Error("Expected an order of at least one item but found none");
  const lines = entries.map((entry, at) => ({
    entry,
    quantity: request.items[at]?.quantity ?? 1,
    cents: market.cents(entry),
  }));
  const quote = quoteOf(lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0), first.store);
  const totalCents = quote.total_without_tips + request.driver_tip_cents;
  return {
    finalQuote: toFinalQuote(request, first.store, lines.map(toOrderedItem), quote, totalCents),
    totalCents,
  };
}

function toOrderedItem(
  { entry, quantity, cents }: { entry: MenuEntry; quantity: number; cents: number },
): JsonObject {
  const name = `${brandAt("MEALME", entry.grocery)} ${entry.grocery.kind}`;
  return { product_id: entry.productId, name, base_price: cents, quantity, notes: "" };
}

function toFinalQuote(
  { pickup, driver_tip_cents: tip }: OrderRequest,
  { id, name, menuId }: MealMeStore,
  items: readonly JsonObject[],
  quote: JsonObject,
  totalCents: number,
): JsonObject {
  return {
    quote_id: crypto.randomUUID(),
    store_id: id,
    store_name: name,
    menu_id: menuId,
    pickup,
    items,
    quote,
    added_fees: { flat_fee_cents: 0, percent_fee: 0, sales_tax_cents: 0, total_fee_cents: 0 },
    tip,
    total_with_tip: totalCents,
  };
}

/** What POST /order/order/v4 answers. */
export function toDraftAnswer({ id, status, request, finalQuote }: StoredOrder, siteUrl: string): JsonObject {
  return {
    order_id: id,
    order_placed: false,
    status,
    customer_order_id: request.customer_order_id ?? null,
    final_quote: finalQuote,
    tracking_link: `${siteUrl}/mealme/tracking?id=${id}`,
  };
}

/** An entry of GET /account/orders. */
export function toStoredAnswer(order: StoredOrder, siteUrl: string): JsonObject {
  return {
    ...toDraftAnswer(order, siteUrl),
    order_placed: order.status !== "unplaced",
    user_id: order.request.user_id,
  };
}
