import { z } from "zod";
import { defineContract } from "../contract.ts";
import { text, uuid, wholeNumber } from "../fields.ts";
import { PROVIDER_IDS } from "./provider_id.ts";
import { OPTIMIZE_FOR } from "./weights.ts";

const providerId = z.enum(PROVIDER_IDS);

const QUANTITY = "Expected a number from 0.001 to 1000";

const item = z.strictObject({
  id: text(100).describe("The caller's own, unique in the basket."),
  name: text(200),
  quantity: z.number(QUANTITY)
    .min(0.001, QUANTITY)
    .max(1_000, QUANTITY)
    .describe("In `unit`: 2 and «lbs» is two pounds, however it is packed."),
  unit: text(40),
}).meta({ id: "BasketItem" });

const address = z.strictObject({
  street: text(200),
  city: text(100),
  state: text(100),
  postalCode: text(20),
  country: z.string().regex(/^[A-Za-z]{2}$/, "Expected a country of two letters, such as US").toUpperCase(),
}).meta({ id: "ShippingAddress" });

const preferences = z.strictObject({
  optimizeFor: z.enum(OPTIMIZE_FOR).default("balanced"),
  maxDeliveryMinutes: wholeNumber(1, 100_000).optional(),
  maxFeesCents: wholeNumber(0, 100_000_000).optional(),
  preferredProviders: z.array(providerId).max(PROVIDER_IDS.length).optional(),
  excludeProviders: z.array(providerId).max(PROVIDER_IDS.length).optional(),
}).meta({ id: "RoutingPreferences" });

/** A basket to be routed. */
export const routeRequest = z.strictObject({
  items: z.array(item).min(1).max(100).refine(
    (items) => new Set(items.map(({ id }) => id)).size === items.length,
    { error: "Expected every item to have an id of its own" },
  ),
  shippingAddress: address,
  preferences: preferences.optional(),
  deadlineMs: wholeNumber(500, 60_000).optional().describe(
    "By when the answer must be there, in milliseconds; default the longest time limit of a provider that is asked.",
  ),
}).meta({ id: "RouteRequest" });

export type RouteRequest = z.output<typeof routeRequest>;

const healthCheck = z.strictObject({ action: z.literal("health_check") });

const precision = z.enum(["exact", "estimated"]);
const cents = z.int();
const mode = z.enum(["live", "sandbox"]).describe("`sandbox`: prices and orders are not real.");

const cartLine = z.object({
  itemId: z.string(),
  sku: z.string(),
  name: z.string(),
  size: z.string().optional(),
  quantity: z.int().describe("Packages."),
  unitPriceCents: cents.describe("Of one package."),
  lineTotalCents: cents,
  precision,
  substituted: z.boolean(),
});

const routed = z.object({
  success: z.literal(true),
  routeId: uuid(),
  orderId: uuid(),
  mode,
  selectedProvider: z.object({ id: providerId, name: z.string(), priority: z.number() }),
  quote: z.object({
    totalCents: cents,
    subtotalCents: cents,
    feesCents: cents,
    taxCents: cents,
    currency: z.string(),
    estimatedDeliveryMinutes: z.number().nullable(),
    precision: z.object({
      subtotal: precision,
      fees: precision,
      tax: precision,
      total: precision,
      delivery: precision,
    }),
  }),
  cart: z.array(cartLine),
  itemAvailability: z.array(z.object({
    itemId: z.string(),
    requestedItem: z.string(),
    status: z.enum(["found", "substituted", "unavailable"]),
    reason: z.string().optional(),
  })),
  scoreBreakdown: z.object({
    price: z.number(),
    speed: z.number(),
    availability: z.number(),
    reliability: z.number(),
    boost: z.number(),
  }).describe("0 to 100 each, the boost in points."),
  reasons: z.array(z.string()),
  alternatives: z.array(z.object({
    id: providerId,
    name: z.string(),
    totalCents: cents,
    currency: z.string(),
    estimatedDeliveryMinutes: z.number().nullable(),
    eliminated: z.string().optional(),
  })).describe("The next best first; those that a preference rules out last."),
  providers: z.array(z.object({
    id: providerId,
    status: z.enum(["ok", "timeout", "error", "circuit_open", "quota_exceeded", "excluded", "disabled"]),
    code: z.string().optional(),
    latencyMs: z.number().optional(),
    mode: mode.optional(),
  })),
  confirmationToken: z.string().describe("Confirms this offer once, within 15 minutes."),
  expiresAt: z.iso.datetime({ offset: true }),
  requestId: z.string(),
}).meta({ id: "RoutedBasket" });

const health = z.object({
  providers: z.record(
    z.string(),
    z.object({
      healthy: z.boolean(),
      enabled: z.boolean(),
      mode: z.enum(["live", "sandbox", "disabled", "misconfigured"]),
      latencyMs: z.number().nullable(),
      circuit: z.enum(["closed", "open", "half_open"]),
      reason: z.string().optional(),
    }),
  ),
}).meta({ id: "ProvidersHealth" });

const exampleBasket = {
  items: [{ id: "item-1", name: "Chicken Breast", quantity: 2, unit: "lbs" }],
  shippingAddress: {
    street: "123 Main St",
    city: "San Francisco",
    state: "CA",
    postalCode: "94102",
    country: "US",
  },
};

const routeOrderAs = (name: "route-order" | "loopgpt_route_order") =>
  defineContract({
    name,
    summary: "Finds the provider that serves a basket best",
    description:
      "Asks every provider that takes part at once and answers by `deadlineMs`. A guest may ask too; his token " +
      'belongs to the first who signs in with it. `{"action": "health_check"}` says how the providers stand.',
    methods: ["POST"],
    auth: "guest-or-user",
    request: z.union([routeRequest, healthCheck]),
    response: z.union([routed, health]),
    success: [200],
    errors: ["no_valid_quotes", "request_in_progress"],
    rateLimit: "route_order",
    maxBodyBytes: 256 * 1024,
    examples: [
      { name: "Route a basket", as: "anonymous", request: exampleBasket, status: 200 },
      {
        name: "How the providers stand",
        as: "anonymous",
        request: { action: "health_check" },
        status: 200,
      },
    ],
  });

export const routeOrder = routeOrderAs("route-order");
/** The name of the first release; the same function. */
export const loopgptRouteOrder = routeOrderAs("loopgpt_route_order");
