/** Providers made of plain functions, and what a router and a database give to a route among them. */
import type { Basket } from "../../shared/routing/basket.ts";
import type { CallContext, Provider } from "../../shared/routing/provider.ts";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import type { ProviderTerms, TermsByProvider } from "../../shared/routing/provider_settings.ts";
import type { Quote } from "../../shared/routing/quote.ts";
import type { RouteEvent, Router } from "../../shared/routing/route_basket.ts";
import type { RouteRequest } from "../../shared/routing/route_order_contract.ts";
import type { ReservedProvider, RouteStart } from "../../shared/routing/route_store.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";

export type QuoteFunction = (basket: Basket, context: CallContext) => Promise<Quote>;

/** A pound of rice, which everybody has. */
export const REQUEST: RouteRequest = {
  items: [{ id: "1", name: "Rice", quantity: 1, unit: "lb" }],
  shippingAddress: {
    street: "188 King St",
    city: "San Francisco",
    state: "CA",
    postalCode: "94107",
    country: "US",
  },
};

/** An offer for that. */
export function riceFor(provider: ProviderId, totalCents: number, overrides: Partial<Quote> = {}): Quote {
  return {
    provider,
    lines: [{
      itemId: "1",
      requestedName: "Rice",
      requestedQuantity: 1,
      requestedUnit: "lb",
      status: "found",
      product: {
        sku: "rice",
        name: "Rice",
        packages: 1,
        amountPerPackage: 1,
        unitPriceCents: totalCents,
        lineTotalCents: totalCents,
        precision: "exact",
      },
    }],
    currency: "USD",
    subtotalCents: totalCents,
    feesCents: 0,
    taxCents: 0,
    totalCents,
    estimatedDeliveryMinutes: 60,
    precision: { subtotal: "exact", fees: "exact", tax: "exact", total: "exact", delivery: "exact" },
    handle: { secret: "of the adapter" },
    ...overrides,
  };
}

/** A provider that quotes as the function does, and does nothing else. */
export function plainProvider(id: ProviderId, quote: QuoteFunction): Provider {
  const never = () => Promise.reject(new Error("Expected a quote alone but found another call"));
  return {
    id,
    capabilities: {
      quote: true,
      cartAdd: false,
      handoff: true,
      placeOrder: false,
      cancel: false,
      track: false,
    },
    plannedCalls: () => ({ search: 2 }),
    confirmCalls: () => ({}),
    quote,
    confirm: never,
    find: never,
    checkHealth: never,
  };
}

export const TERMS: ProviderTerms = {
  mode: "live",
  timeoutMs: 10_000,
  commissionBps: 300,
  priority: 50,
  preferred: false,
};

export interface RouterOptions {
  readonly terms?: Partial<Readonly<Record<ProviderId, Partial<ProviderTerms>>>>;
  readonly clock?: () => number;
  readonly log?: (event: RouteEvent) => void;
}

/** A router among these; whoever has no function is disabled. */
export function plainRouter(
  quotes: Partial<Readonly<Record<ProviderId, QuoteFunction>>>,
  { terms = {}, clock = () => Math.floor(performance.now()), log = () => {} }: RouterOptions = {},
): Router {
  const termsOf = (id: ProviderId): ProviderTerms => ({
    ...TERMS,
    ...(quotes[id] === undefined ? { mode: "disabled" } : {}),
    ...terms[id],
  });
  const all: TermsByProvider = {
    KROGER_API: termsOf("KROGER_API"),
    WALMART_API: termsOf("WALMART_API"),
    INSTACART: termsOf("INSTACART"),
    MEALME: termsOf("MEALME"),
  };
  const providers = PROVIDER_IDS.flatMap((id): [ProviderId, Provider][] => {
    const quote = quotes[id];
    return quote === undefined ? [] : [[id, plainProvider(id, quote)]];
  });
  return { terms: all, providers: new Map(providers), weights: DEFAULT_WEIGHTS, fetch, clock, log };
}

export const GRANTED: ReservedProvider = {
  granted: true,
  isProbe: false,
  successes: 0,
  attempts: 0,
  latencyP95Ms: null,
};

/** What the database answers where every provider may be asked, unless something else is said of it. */
export function startFor(
  reserved: Partial<Readonly<Record<ProviderId, Partial<ReservedProvider>>>> = {},
): RouteStart {
  const providers = Object.fromEntries(PROVIDER_IDS.map((id) => [id, { ...GRANTED, ...reserved[id] }]));
  return {
    routeId: "7d2f7d9e-0000-4000-8000-000000000001",
    providers,
    unitCents: { "1": 500 },
    packageCents: {},
  };
}
