import type { MealMeStore } from "./market.ts";

const DELIVERY_CENTS = 399;
const SMALL_ORDER_BELOW_CENTS = 1500;
const SMALL_ORDER_CENTS = 200;
const SERVICE_SHARE = 0.1;
const TAX_SHARE = 0.0625;

/** What an order of this subtotal costs beside it, and how long it takes. Cents and minutes. */
export function quoteOf(subtotal: number, store: MealMeStore) {
  const service = Math.round(subtotal * SERVICE_SHARE);
  const tax = Math.round(subtotal * TAX_SHARE);
  const smallOrder = subtotal < SMALL_ORDER_BELOW_CENTS ? SMALL_ORDER_CENTS : 0;
  return {
    subtotal,
    delivery_fee_cents: DELIVERY_CENTS,
    service_fee_cents: service,
    small_order_fee_cents: smallOrder,
    sales_tax_cents: tax,
    total_without_tips: subtotal + DELIVERY_CENTS + service + smallOrder + tax,
    delivery_time_min: store.minutes.min,
    delivery_time_max: store.minutes.max,
    accepts_delivery_tip: true,
    accepts_pickup_tip: false,
  };
}
