import { type Answer, type HttpRequest, parseJson } from "../http_message.ts";
import type { SandboxOrder } from "../provider.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { areaOf } from "../store_area.ts";
import type { MealMeMarket, MenuEntry } from "./market.ts";
import {
  finalQuoteOf,
  type MealMeStatus,
  type StoredOrder,
  toDraftAnswer,
  toStoredAnswer,
} from "./order_answer.ts";
import { FINALIZE, ORDER, type OrderRequest, wrongFields } from "./order_request.ts";
import { failure } from "./search.ts";

// Every quote leaves a draft behind; the oldest go first
const MOST_DRAFTS = 20_000;
const DECLINED = "pm_declined";

/** Drafts and placed orders. Two drafts that share a customer_order_id are two orders: nothing is folded here. */
export class MealMeOrders {
  readonly #drafts = new Map<string, StoredOrder>();
  readonly #placed = new Map<string, StoredOrder>();

  constructor(readonly market: MealMeMarket, readonly context: SandboxContext) {}

  clear(): void {
    this.#drafts.clear();
    this.#placed.clear();
  }

  placed(): readonly SandboxOrder[] {
    return [...this.#placed.values()].map(({ id, status, request, totalCents, placedAt }) => ({
      provider: "MEALME",
      kind: "order",
      id,
      ...(request.customer_order_id === undefined ? {} : { reference: request.customer_order_id }),
      status,
      totalCents,
      items: request.items.map(({ product_id: sku, quantity }) => ({ sku, quantity })),
      at: placedAt,
    }));
  }

  /** What happens to an order after it was placed; false where there is none of that id. */
  setStatus(id: string, status: MealMeStatus): boolean {
    const order = this.#placed.get(id);
    if (order) order.status = status;
    return order !== undefined;
  }

  /** POST /order/order/v4: makes or changes a draft, and places it where that is asked for. */
  draft({ body }: HttpRequest): Answer {
    const parsed = ORDER.safeParse(parseJson(body));
    if (!parsed.success) return wrongFields(parsed.error);
    const request = parsed.data;
    const { order_id: id } = request;
    if (id !== undefined && this.#placed.has(id)) return failure(400, "Order has already been placed");
    const before = id === undefined ? undefined : this.#drafts.get(id);
    if (id !== undefined && !before) return failure(400, "Order not found");
    const entries = this.#entriesOf(request);
    if (!isEntries(entries)) return entries;
    if (this.#isOutOfReach(request)) return failure(406, "The store does not deliver to this address");
    const order = this.#store(request, entries, before);
    return request.place_order
      ? this.#place(order)
      : { status: 200, body: toDraftAnswer(order, this.context.url()) };
  }

  /** POST /order/finalize. */
  finalize({ body }: HttpRequest): Answer {
    const parsed = FINALIZE.safeParse(parseJson(body));
    if (!parsed.success) return wrongFields(parsed.error);
    const { order_id: id } = parsed.data;
    if (this.#placed.has(id)) return failure(400, "Order has already been placed");
    const order = this.#drafts.get(id);
    return order ? this.#place(order) : failure(400, "Order not found");
  }

  /** GET /account/orders, by either id. */
  list({ url }: HttpRequest): Answer {
    const id = url.searchParams.get("order_id");
    const reference = url.searchParams.get("customer_order_id");
    if (id === null && reference === null) {
      return failure(400, "One of order_id and customer_order_id is required");
    }
    const orders = [...this.#known(id)].filter(({ request }) =>
      reference === null || request.customer_order_id === reference
    );
    return {
      status: 200,
      body: { orders: orders.map((order) => toStoredAnswer(order, this.context.url())) },
    };
  }

  *#known(id: string | null): Generator<StoredOrder> {
    for (const orders of [this.#placed, this.#drafts]) {
      if (id === null) yield* orders.values();
      const order = orders.get(id ?? "");
      if (order) yield order;
    }
  }

  #entriesOf({ items }: OrderRequest): MenuEntry[] | Answer {
    const entries = items.map(({ product_id: id }) => this.market.entry(id));
    if (!isComplete(entries)) return failure(400, "Product not found");
    if (new Set(entries.map(({ store }) => store.menuId)).size > 1) {
      return failure(400, "All items must be from the same menu");
    }
    const isAvailable = entries.every((entry) => this.market.isAvailable(entry));
    return isAvailable ? entries : failure(406, "One or more items are unavailable");
  }

  #isOutOfReach({ user_latitude: latitude, user_longitude: longitude, user_zipcode: zip }: OrderRequest) {
    return this.market.storesNear(latitude, longitude).length === 0 || areaOf(zip) === undefined;
  }

  #store(request: OrderRequest, entries: readonly MenuEntry[], before: StoredOrder | undefined): StoredOrder {
    const { finalQuote, totalCents } = finalQuoteOf(request, entries, this.market);
    if (before) {
      // What an update does not name stays
      return Object.assign(before, { request: { ...before.request, ...request }, finalQuote, totalCents });
    }
    const order: StoredOrder = {
      id: crypto.randomUUID(),
      status: "unplaced",
      request,
      finalQuote,
      totalCents,
      placedAt: 0,
    };
    this.#drafts.set(order.id, order);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > MOST_DRAFTS && oldest !== undefined) this.#drafts.delete(oldest);
    return order;
  }

  #place(order: StoredOrder): Answer {
    if (order.request.payment_method_id === DECLINED) return failure(400, "Payment failed");
    order.status = "awaiting_confirmation";
    order.placedAt = this.context.clock();
    this.#drafts.delete(order.id);
    this.#placed.set(order.id, order);
    return { status: 200, body: { ...toDraftAnswer(order, this.context.url()), order_placed: true } };
  }
}

function isComplete(entries: (MenuEntry | undefined)[]): entries is MenuEntry[] {
  return entries.every((entry) => entry !== undefined);
}

function isEntries(result: MenuEntry[] | Answer): result is MenuEntry[] {
  return Array.isArray(result);
}
