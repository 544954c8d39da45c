// deno-lint-ignore-file camelcase -- the names are MealMe's own
/** Answers of MealMe in the shape of recorded ones. */
import type { Basket } from "../../shared/routing/basket.ts";
import { mealme, type MealMeSettings } from "../../shared/routing/providers/mealme/adapter.ts";
import { says200, TestContext } from "./provider_context.ts";
import type { Receiver } from "./receiver.ts";

export const SEARCH = "/search/cart";
export const ORDER = "/order/order/v4";
export const FINALIZE = "/order/finalize";
export const ORDERS = "/account/orders";

export const ORDER_ID = "c1f5a1a2-5a59-4c59-9d5c-08f2c94d52a1";
export const TRACKING = `https://tracking.mealme.ai/tracking?id=${ORDER_ID}`;

export const BASKET: Basket = {
  items: [
    { id: "1", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "2", name: "Whole Milk", quantity: 1, unit: "gallon" },
    { id: "3", name: "Saffron", quantity: 1, unit: "each" },
  ],
  address: {
    street: "188 King St Apt 4",
    city: "San Francisco",
    state: "CA",
    postalCode: "94107",
    country: "US",
  },
};

type Fields = Readonly<Record<string, unknown>>;

export function product(id: string, name: string, price: unknown, more: Fields = {}): Fields {
  return {
    product_id: id,
    item_name: name,
    image: "https://cdn.mealme.ai/images/1.jpeg",
    description: "",
    category: "Grocery",
    price,
    formatted_price: "$0.00",
    original_price: price,
    upc_codes: ["0001111041700"],
    unit_size: 1,
    unit_of_measurement: "lb",
    should_fetch_customizations: false,
    menu_id: "menu-1",
    ...more,
  };
}

export const CHICKEN = product("chicken", "Chicken Breast", 599);
export const MILK = product("milk", "Whole Milk", 419, { unit_size: "1", unit_of_measurement: "gal" });

export function cart(products: readonly Fields[], store: Fields = {}, more: Fields = {}): Fields {
  return {
    store: {
      _id: "store-1",
      name: "Fresh Market",
      type: "grocery",
      is_open: true,
      miles: 0.6,
      quotes: [],
      ...store,
    },
    products,
    ...more,
  };
}

export function search(...carts: readonly Fields[]): Fields {
  return { carts };
}

/** 2 × chicken and 1 × milk: 1617 + 399 delivery + 162 service + 101 tax = 2279. */
export function draft(finalQuote: Fields = {}, more: Fields = {}): Fields {
  return {
    order_id: ORDER_ID,
    order_placed: false,
    is_sandbox: false,
    tracking_link: TRACKING,
    final_quote: {
      quote_id: "q-1",
      store: "Fresh Market",
      store_id: "store-1",
      store_address: "1 Market St",
      items: [item("chicken", 599, 2), item("milk", 419, 1)],
      quote: charges(),
      added_fees: {
        flat_fee_cents: 0,
        percent_fee: 0,
        is_fee_taxable: false,
        sales_tax_cents: 0,
        total_fee_cents: 0,
      },
      misc_fees: [],
      tip: 0,
      total_with_tip: 2279,
      ...finalQuote,
    },
    ...more,
  };
}

export function item(id: string, price: unknown, quantity: unknown): Fields {
  return {
    product_id: id,
    name: id,
    base_price: price,
    quantity,
    notes: "",
    image: null,
    customizations: [],
  };
}

export function charges(more: Fields = {}): Fields {
  return {
    subtotal: 1617,
    delivery_fee_cents: 399,
    service_fee_cents: 162,
    small_order_fee_cents: 0,
    sales_tax_cents: 101,
    total_without_tips: 2279,
    delivery_time_min: 35,
    delivery_time_max: 50,
    expected_time_of_arrival: "2026-11-21T12:50:00Z",
    scheduled: [],
    ...more,
  };
}

export function stored(status: unknown, more: Fields = {}): Fields {
  return { orders: [{ ...draft(), status, ...more }] };
}

export const PLACED = { ...draft(), status: "awaiting_confirmation", order_placed: true };

export function provider(receiver: Receiver, more: Partial<MealMeSettings> = {}) {
  return mealme({
    baseUrl: `http://${receiver.host}`,
    apiKey: "tradepost:5ec2e7",
    authHeader: "Id-Token",
    contact: { name: "Ada Shop", email: "orders@shop.example", phone: "+1 (415) 555-0123" },
    ...more,
  });
}

/** A provider with a quote of 2279 cents. */
export async function quoted(receiver: Receiver) {
  receiver.on(SEARCH, says200(search(cart([CHICKEN, MILK]))));
  receiver.on(ORDER, says200(draft()));
  const adapter = provider(receiver);
  return { adapter, quote: await adapter.quote(BASKET, new TestContext(adapter.plannedCalls(BASKET))) };
}
