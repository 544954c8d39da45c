/** Routing as its functions drive it: with the service's key, on behalf of somebody, in two round trips. */
import type postgres from "postgres";
import { type Answer, callAs, type Caller, type CallHeaders, service } from "./callers.ts";
import { present } from "./present.ts";
import { succeeded } from "./tasks.ts";

/** The four providers, by id. */
export const PROVIDERS = ["INSTACART", "KROGER_API", "MEALME", "WALMART_API"] as const;
export type ProviderName = typeof PROVIDERS[number];

/** What a route reserves at a provider. */
export interface Planned {
  readonly id: string;
  readonly calls: Readonly<Record<string, number>>;
  /** The provider's own time limit. */
  readonly timeoutMs?: number;
}

/** What became of a reservation. */
export interface Reserved {
  readonly granted: boolean;
  readonly isProbe?: boolean;
  readonly code?: string;
  readonly endpoint?: string;
  readonly retryAfterMs?: number;
  readonly successes: number;
  readonly attempts: number;
  readonly latencyP95Ms: number | null;
}

/** An order as answers show it. */
export interface OrderBody {
  readonly id: string;
  readonly routeId: string;
  readonly provider: string;
  readonly status: string;
  readonly totalCents: number;
  readonly currency: string;
  readonly providerOrderId?: string;
  readonly handoffUrl?: string;
  readonly trackingUrl?: string;
  readonly failureCode?: string;
}

/** What is to be bought, or asked about. */
export interface PurchaseBody {
  readonly orderId: string;
  readonly attempt: number;
  readonly provider: string;
  readonly orderReference: string;
  readonly mostCents: number | null;
  readonly quote: Readonly<Record<string, unknown>>;
  readonly address: Readonly<Record<string, unknown>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly day: string;
}

/** Every field that an operation of routing may answer with. */
export interface RoutingBody {
  readonly unsettledForADay?: number;
  readonly success?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>> | null;
  readonly start?: {
    readonly routeId: string;
    readonly providers: Readonly<Record<string, Reserved>>;
    readonly unitCents: Readonly<Record<string, number | null>>;
    readonly packageCents: Readonly<Record<string, number | null>>;
  };
  readonly routeId?: string;
  readonly orderId?: string;
  readonly expiresAt?: string;
  readonly quote?: Readonly<Record<string, unknown>>;
  readonly purchase?: PurchaseBody;
  readonly order?: OrderBody;
  readonly orders?: readonly PurchaseBody[];
  readonly lost?: number;
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly ok?: boolean;
  readonly firstDifference?: string | null;
}

export type RoutingAnswer = Answer<RoutingBody>;

/** The headers that say for whom the service acts. */
export function onBehalfOf(who: Caller | { readonly address: string }): CallHeaders {
  if ("address" in who) return { "x-acting-guest": who.address };
  if (who.agentToken !== undefined) return { "x-acting-agent-token": who.agentToken };
  if (who.userId !== undefined) return { "x-acting-user": who.userId };
  return {};
}

/** Somebody without credentials, by his address. */
export function guest(address = "203.0.113.7"): { readonly address: string } {
  return { address };
}

export type Shopper = Parameters<typeof onBehalfOf>[0];

/** A header that makes a request repeatable. */
export function keyed(key: string = crypto.randomUUID()): CallHeaders {
  return { "idempotency-key": key };
}

/** Calls an operation of the functions on somebody's behalf. */
export async function actFor(
  sql: postgres.Sql,
  who: Shopper,
  name: string,
  args: Readonly<Record<string, unknown>>,
  headers: CallHeaders = {},
): Promise<RoutingAnswer> {
  return await callAs<RoutingBody>(sql, service, name, args, { ...headers, ...onBehalfOf(who) });
}

/** A basket of a gallon of milk and two pounds of rice. */
export function aBasket(
  overrides: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    items: [
      { id: "milk", name: "Milk", quantity: 1, unit: "gallon" },
      { id: "rice", name: "Rice", quantity: 2, unit: "lb" },
    ],
    shippingAddress: {
      street: "123 Main St",
      city: "San Francisco",
      state: "CA",
      postalCode: "94102",
      country: "US",
    },
    ...overrides,
  };
}

/** All four providers, each with one call of an endpoint that has no quota. */
export const EVERYBODY: readonly Planned[] = PROVIDERS.map((id) => ({ id, calls: { free: 1 } }));

/** Plans calls at one provider alone. */
export function at(id: string, calls: Readonly<Record<string, number>> = { free: 1 }): readonly Planned[] {
  return [{ id, calls }];
}

export interface BeginOptions {
  readonly request?: unknown;
  readonly providers?: readonly Planned[];
  readonly deadlineMs?: number;
  readonly headers?: CallHeaders;
}

/** The first round trip of a route. */
export async function beginRoute(
  sql: postgres.Sql,
  who: Shopper,
  { request = aBasket(), providers = EVERYBODY, deadlineMs = 10_000, headers = {} }: BeginOptions = {},
): Promise<RoutingAnswer> {
  return await actFor(sql, who, "begin_route", { request, providers, deadline_ms: deadlineMs }, headers);
}

/** The second round trip of a route. */
export async function saveRoute(
  sql: postgres.Sql,
  who: Shopper,
  routeId: string,
  outcome: Readonly<Record<string, unknown>>,
  headers: CallHeaders = {},
): Promise<RoutingAnswer> {
  return await actFor(sql, who, "save_route", { route_id: routeId, outcome }, headers);
}

/** What a provider answered with a quote. */
export function offerOf(
  provider: string,
  totalCents = 5_000,
  overrides: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    provider,
    status: "ok",
    latencyMs: 120,
    quote: {
      currency: "USD",
      subtotalCents: totalCents - 500,
      feesCents: 400,
      taxCents: 100,
      totalCents,
      estimatedDeliveryMinutes: 45,
      lines: [{ itemId: "milk", status: "found" }, { itemId: "rice", status: "unavailable" }],
      handle: { cart: `of ${provider}` },
    },
    features: { commissionBps: 300, filled: 2 },
    components: { price: 50, commission: 60 },
    score: 70,
    rank: 1,
    eliminated: null,
    reasons: ["cheapest"],
    ...overrides,
  };
}

/** A hash nobody else has, as the functions send it. */
export function aTokenHash(): string {
  return [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The outcome of a route that these offers answered, the first of them selected. */
export function decidedFor(
  offers: readonly Readonly<Record<string, unknown>>[],
  overrides: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> & { readonly tokenHash: string } {
  const [selected] = offers;
  const { quote } = present(selected, "an offer");
  return {
    selectedProvider: present(selected, "an offer")["provider"],
    latencyMs: 321,
    decision: { optimizeFor: "balanced", weights: { price: 0.3, commission: 0.2 }, references: {} },
    quotes: offers.map((offer, index) => ({ ...offer, rank: index + 1 })),
    observations: [],
    attempts: offers.map(({ provider }) => ({ provider, outcome: "good", calls: { free: 1 } })),
    answer: { success: true, quote },
    tokenHash: aTokenHash(),
    ...overrides,
  };
}

/** An offer somebody has and may confirm. */
export interface Offered {
  readonly routeId: string;
  readonly orderId: string;
  readonly tokenHash: string;
}

/** Somebody routes a basket and is offered these, the first selected. */
export async function offered(
  sql: postgres.Sql,
  who: Shopper,
  offers: readonly Readonly<Record<string, unknown>>[] = [offerOf("MEALME")],
): Promise<Offered> {
  const begun = succeeded(await beginRoute(sql, who));
  const { routeId } = present(begun.body.start, "a route");
  const outcome = decidedFor(offers);
  const saved = succeeded(await saveRoute(sql, who, routeId, outcome));
  return { routeId, orderId: present(saved.body.orderId, "an order"), tokenHash: outcome.tokenHash };
}

/** Takes every limit on requests away. */
export async function unlimited(sql: postgres.Sql): Promise<void> {
  await sql`delete from private.rate_limits`;
}
