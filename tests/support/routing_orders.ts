/** Orders in tests: how an offer is confirmed, and how its provider answers. */
import type postgres from "postgres";
import { callAs, type CallHeaders, service } from "./callers.ts";
import type { FreshDatabase } from "./database.ts";
import { present } from "./present.ts";
import {
  actFor,
  EVERYBODY,
  type Offered,
  offered,
  offerOf,
  type Planned,
  type PurchaseBody,
  type RoutingAnswer,
  type RoutingBody,
  type Shopper,
} from "./routing_desk.ts";
import { withoutTriggers } from "./superuser.ts";

export interface ConfirmOptions {
  /** The most that is accepted, in cents; null where nothing was said. */
  readonly accept?: number | null;
  readonly providers?: readonly Planned[];
  readonly headers?: CallHeaders;
}

/** Somebody presents a token. */
export async function beginConfirm(
  sql: postgres.Sql,
  who: Shopper,
  tokenHash: string,
  { accept = null, providers = EVERYBODY, headers = {} }: ConfirmOptions = {},
): Promise<RoutingAnswer> {
  const args = { ["token_hash"]: tokenHash, ["accept_total_cents"]: accept, providers };
  return await actFor(sql, who, "begin_confirm", args, headers);
}

/** What the provider answered to an intent. */
export interface Finish {
  readonly outcome: string;
  readonly [field: string]: unknown;
}

export interface FinishOptions {
  readonly providers?: readonly Planned[];
  readonly headers?: CallHeaders;
}

/** The provider has answered. */
export async function finishConfirm(
  sql: postgres.Sql,
  who: Shopper,
  { orderId, attempt, calls, day }: Pick<PurchaseBody, "orderId" | "attempt" | "calls" | "day">,
  result: Finish,
  { providers = EVERYBODY, headers = {} }: FinishOptions = {},
): Promise<RoutingAnswer> {
  const spent = { reserved: calls, calls, day, ...result };
  return await actFor(
    sql,
    who,
    "finish_confirm",
    { order_id: orderId, attempt, result: spent, providers },
    headers,
  );
}

/** The purchase of an answer that must hold one. */
export function purchaseOf({ status, body, text }: RoutingAnswer): PurchaseBody {
  if (status !== 200 || body.purchase === undefined) {
    throw new Error(`Expected a purchase but found ${status}: ${text}`);
  }
  return body.purchase;
}

/** Somebody confirms and the intent is written; the provider has not answered yet. */
export async function intended(
  sql: postgres.Sql,
  who: Shopper,
  offers: readonly Readonly<Record<string, unknown>>[] = [offerOf("MEALME")],
  options: ConfirmOptions = {},
): Promise<Offered & { readonly purchase: PurchaseBody }> {
  const offer = await offered(sql, who, offers);
  return { ...offer, purchase: purchaseOf(await beginConfirm(sql, who, offer.tokenHash, options)) };
}

/** A new order number of a provider's. */
export function placedAt(): Finish {
  return {
    outcome: "placed",
    providerOrderId: `mm-${crypto.randomUUID()}`,
    trackingUrl: "https://track.example/1",
  };
}

export const HANDED_OFF: Finish = { outcome: "handed_off", handoffUrl: "https://cart.example/1" };
export const REFUSED: Finish = { outcome: "refused", code: "refused", countsAgainst: false };
export const LOST: Finish = { outcome: "unknown", code: "timeout" };

/** Somebody's order in a status that an answer of its provider leads to. */
export async function settledAs(
  sql: postgres.Sql,
  who: Shopper,
  result: Finish,
  offers: readonly Readonly<Record<string, unknown>>[] = [offerOf("MEALME")],
): Promise<Offered & { readonly purchase: PurchaseBody; readonly answer: RoutingAnswer }> {
  const order = await intended(sql, who, offers);
  return { ...order, answer: await finishConfirm(sql, who, order.purchase, result) };
}

/** An order as it stands. */
export interface OrderRow {
  readonly status: string;
  readonly provider: string;
  readonly owner: string | null;
  readonly total: number;
  readonly most: number | null;
  readonly attempt: number;
  readonly tried: readonly string[];
  readonly number: string | null;
  readonly failure: string | null;
  readonly version: number;
}

export async function orderRow(sql: postgres.Sql, orderId: string): Promise<OrderRow> {
  const [row] = await sql<OrderRow[]>`
    select o.status, o.provider_id as provider, o.owner, o.total_cents::double precision as total,
      o.most_cents::double precision as most, o.attempt, o.tried, o.provider_order_id as number,
      o.failure_code as failure, o.version::integer
    from public.routed_orders as o where o.order_id = ${orderId}`;
  return present(row, "an order");
}

/** Calls an operation of the functions that acts for nobody. */
export async function asService(
  sql: postgres.Sql,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<RoutingAnswer> {
  return await callAs<RoutingBody>(sql, service, name, args);
}

/** Puts an order into any status, past its guard, as a history of its own would have. */
export async function forceStatus(database: FreshDatabase, orderId: string, status: string): Promise<void> {
  const isPlaced = status === "placed" || status === "delivered";
  await withoutTriggers(database, (sql) =>
    sql`
      update public.routed_orders as o
      set status = ${status}, owner = coalesce(o.owner, 'user:' || gen_random_uuid()),
        provider_order_id = case when ${isPlaced} then o.order_id::text end,
        handoff_url = case when ${status === "handed_off"} then 'https://cart.example/1' end,
        intended_at = case when ${status} in ('quoted', 'expired', 'cancelled') then null else clock_timestamp() end,
        ask_at = case when ${status === "unknown"} then clock_timestamp() end
      where o.order_id = ${orderId}`);
}

/** Lets so many minutes pass for an order. */
export async function passMinutes(database: FreshDatabase, orderId: string, minutes: number): Promise<void> {
  await withoutTriggers(database, (sql) =>
    sql`
      update public.routed_orders as o
      set expires_at = o.expires_at - p.past, intended_at = o.intended_at - p.past, ask_at = o.ask_at - p.past,
        settled_at = o.settled_at - p.past, created_at = o.created_at - p.past
      from (select make_interval(mins => ${minutes}) as past) as p
      where o.order_id = ${orderId}`);
}
