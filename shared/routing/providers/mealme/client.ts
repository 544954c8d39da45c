import type { CallContext } from "../../provider.ts";
import { ProviderError, type ProviderFailureCode } from "../../provider_error.ts";
import { type ProviderCall, requestJson } from "../http.ts";
import { limitOf } from "../limit.ts";
import {
  CART_SEARCH,
  type CartSearch,
  DRAFT_ORDER,
  type DraftOrder,
  PLACED_ORDER,
  type PlacedOrder,
  STORED_ORDERS,
  type StoredOrder,
} from "./wire.ts";

export interface MealMeClientSettings {
  /** Such as `https://api.mealme.ai`. */
  readonly baseUrl: string;
  /** `<account>:<uuid>`. */
  readonly apiKey: string;
  /** The header that carries the key: `Id-Token` unless the account was told otherwise. */
  readonly authHeader: string;
}

export interface MealMeClient {
  searchCart(query: URLSearchParams, context: CallContext): Promise<CartSearch>;
  /** Makes or changes an order that is not placed. */
  draftOrder(order: Readonly<Record<string, unknown>>, context: CallContext): Promise<DraftOrder>;
  /** Places an order. */
  finalize(orderId: string, context: CallContext): Promise<PlacedOrder>;
  /** None where MealMe does not know the order. */
  ordersById(orderId: string, context: CallContext): Promise<readonly StoredOrder[]>;
}

/** The four calls of MealMe's API that are made here. */
export function mealMeClient({ baseUrl, apiKey, authHeader }: MealMeClientSettings): MealMeClient {
  const limit = limitOf();

  function callOf(call: Pick<ProviderCall, "endpoint" | "url" | "isSafe">): ProviderCall {
    return { failureOf, ...call, headers: { accept: "application/json", [authHeader]: apiKey }, limit };
  }

  function postOf(endpoint: string, path: string, body: Readonly<Record<string, unknown>>): ProviderCall {
    const call = callOf({ endpoint, url: `${baseUrl}${path}`, isSafe: false });
    return {
      ...call,
      failureOf: orderFailureOf,
      method: "POST",
      headers: { ...call.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    };
  }

  return {
    searchCart: (query, context) =>
      requestJson(
        CART_SEARCH,
        callOf({ endpoint: "search", url: `${baseUrl}/search/cart?${query}`, isSafe: true }),
        context,
      ),
    draftOrder: (order, context) =>
      requestJson(
        DRAFT_ORDER,
        postOf("quote", "/order/order/v4", { ...order, place_order: false, include_final_quote: true }),
        context,
      ),
    finalize: (orderId, context) =>
      requestJson(PLACED_ORDER, postOf("finalize", "/order/finalize", { order_id: orderId }), context),
    async ordersById(orderId, context) {
      const query = new URLSearchParams({ order_id: orderId });
      const call = callOf({ endpoint: "status", url: `${baseUrl}/account/orders?${query}`, isSafe: true });
      try {
        return (await requestJson(STORED_ORDERS, { ...call, failureOf: statusFailureOf }, context)).orders;
      } catch (error) {
        if (error instanceof ProviderError && error.code === "nothing_found") return [];
        throw error;
      }
    },
  };
}

/** MealMe says a wrong key in its body, under whatever status. */
function failureOf(_status: number, body: unknown): ProviderFailureCode | undefined {
  return errorOf(body)?.startsWith("Incorrect API key") ? "unauthorized" : undefined;
}

/** A payment method that is declined is the shopper's: he may come with another. */
function orderFailureOf(status: number, body: unknown): ProviderFailureCode | undefined {
  const isOurs = status === 401 || status === 403;
  if (status === 402 || (status >= 400 && !isOurs && /\b(payment|card)\b/i.test(errorOf(body) ?? ""))) {
    return "payment_required";
  }
  return failureOf(status, body);
}

/** A 404 says that there is no such order only where it says so: from a gateway it says nothing about orders. */
function statusFailureOf(status: number, body: unknown): ProviderFailureCode | undefined {
  if (status === 404 && /\border\b.*\bnot found\b/i.test(errorOf(body) ?? "")) return "nothing_found";
  return failureOf(status, body);
}

function errorOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  return typeof body.error === "string" ? body.error : undefined;
}
