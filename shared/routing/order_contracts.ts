import { z } from "zod";
import { defineContract } from "../contract.ts";
import { text, uuid, wholeNumber } from "../fields.ts";
import { EXAMPLE_IDS, EXAMPLE_TOKEN } from "../example_ids.ts";
import { jobContract } from "../job_contract.ts";
import { PROVIDER_IDS } from "./provider_id.ts";

const providerId = z.enum(PROVIDER_IDS);
const instant = z.iso.datetime({ offset: true });

const order = z.object({
  id: uuid(),
  routeId: uuid(),
  provider: providerId,
  status: z.enum([
    "quoted",
    "placed",
    "handed_off",
    "failed",
    "unknown",
    "expired",
    "cancelled",
    "delivered",
  ]),
  providerOrderId: z.string().optional(),
  handoffUrl: z.string().optional().describe("Where the shopper finishes the order himself."),
  trackingUrl: z.string().optional(),
  totalCents: z.int(),
  currency: z.string(),
  failureCode: z.string().optional(),
  createdAt: instant,
  expiresAt: instant,
  settledAt: instant.optional(),
}).meta({ id: "RoutedOrder" });

export const confirmOrder = defineContract({
  name: "confirm-order",
  summary: "Confirms an offer, at most once",
  description:
    "200 once it is placed or handed off; 202 with status `unknown` while the provider's answer is " +
    "not known: ask again with the same token, the order is settled in the background and never placed twice. 409 " +
    "`price_changed` carries the new total; confirm again with `acceptTotalCentsUpTo`.",
  methods: ["POST"],
  auth: "user-or-agent",
  request: z.strictObject({
    confirmationToken: z.string().regex(/^[\w-]{43}$/, "Expected a token as route-order gave it"),
    paymentMethodToken: text(4_000).optional().describe(
      "The provider's own: MealMe's payment method, or a Kroger shopper's access token.",
    ),
    acceptTotalCentsUpTo: wholeNumber(1, 1_000_000_000).optional().describe(
      "The most that may be paid; default 2 % above the quote.",
    ),
  }),
  response: z.object({ success: z.literal(true), order }),
  success: [200, 202],
  errors: [
    "token_not_found",
    "token_expired",
    "price_changed",
    "payment_method_required",
    "order_failed",
    "provider_unavailable",
  ],
  rateLimit: "confirm_order",
  examples: [
    {
      name: "Take the offer",
      as: "user",
      request: { confirmationToken: EXAMPLE_TOKEN, acceptTotalCentsUpTo: 100_000 },
      status: 200,
    },
    {
      name: "A token nobody gave out",
      as: "user",
      request: { confirmationToken: "A".repeat(43) },
      status: 404,
      code: "token_not_found",
    },
  ],
});

export const cancelRoute = defineContract({
  name: "cancel-route",
  summary: "Gives an offer up",
  methods: ["POST"],
  auth: "user-or-agent",
  request: z.strictObject({ routeId: uuid(), reason: text(500).optional() }),
  response: z.object({ success: z.literal(true), order }),
  success: [200],
  errors: ["not_found", "not_cancellable"],
  rateLimit: "cancel_route",
  examples: [{
    name: "Give an offer up",
    as: "user",
    request: { routeId: EXAMPLE_IDS.routeToCancel, reason: "Found it at home" },
    status: 200,
  }],
});

export const recordOutcome = defineContract({
  name: "record-outcome",
  summary: "Tells how an order ended, once",
  description:
    "Later choices learn from it. Of one owner's reports five of a provider count in 30 days. Money comes from our own records.",
  methods: ["POST"],
  auth: "user-or-service",
  request: z.strictObject({
    orderId: uuid(),
    wasSuccessful: z.boolean(),
    wasCancelled: z.boolean().optional(),
    itemsOrdered: wholeNumber(1, 100_000),
    itemsDelivered: wholeNumber(0, 100_000).optional(),
    actualDeliveryMinutes: wholeNumber(1, 100_000).optional(),
    userRating: wholeNumber(1, 5).optional(),
    issues: z.array(z.enum([
      "missing_items",
      "late_delivery",
      "wrong_items",
      "poor_quality",
      "damaged_items",
      "driver_issues",
      "other",
    ])).max(7).optional(),
  }),
  response: z.object({
    success: z.literal(true),
    outcome: z.object({
      id: uuid(),
      orderId: uuid(),
      provider: providerId,
      source: z.enum(["owner", "service", "webhook", "confirm"]),
      wasSuccessful: z.boolean(),
      wasCancelled: z.boolean(),
      itemsOrdered: z.int().nullable(),
      itemsDelivered: z.int().nullable(),
      promisedDeliveryMinutes: z.int().nullable(),
      actualDeliveryMinutes: z.int().nullable(),
      userRating: z.int().nullable(),
      issues: z.array(z.string()),
      totalCents: z.int(),
      recordedAt: instant,
    }).meta({ id: "OrderOutcome" }),
  }),
  success: [201],
  errors: ["not_found", "invalid_transition", "outcome_exists"],
  rateLimit: "record_outcome",
  examples: [{
    name: "It came, and all of it",
    as: "user",
    request: {
      orderId: EXAMPLE_IDS.orderHandedOff,
      wasSuccessful: true,
      itemsOrdered: 1,
      itemsDelivered: 1,
      actualDeliveryMinutes: 52,
      userRating: 5,
    },
    status: 201,
  }],
});

export const explainRoute = defineContract({
  name: "explain-route",
  summary: "Why a basket went where it went",
  description:
    "Every candidate with what the score read and made of it. What a provider pays is shown to operators only.",
  methods: ["GET"],
  auth: "user-or-service",
  request: z.strictObject({ routeId: uuid() }),
  response: z.object({
    route: z.record(z.string(), z.unknown()),
    candidates: z.array(z.object({
      provider: providerId,
      status: z.string(),
      code: z.string().nullable(),
      latencyMs: z.int().nullable(),
      features: z.record(z.string(), z.unknown()).nullable(),
      weights: z.record(z.string(), z.number()),
      components: z.record(z.string(), z.number()).nullable(),
      total: z.number().nullable().describe("For operators: with the commission in it."),
      rank: z.int().nullable(),
      eliminated: z.string().nullable(),
      reasons: z.array(z.string()),
    })),
  }),
  success: [200],
  errors: ["not_found"],
  examples: [{
    name: "Why this store",
    as: "user",
    request: { routeId: EXAMPLE_IDS.routeDecided },
    status: 200,
  }],
});

export const providerWebhook = defineContract({
  name: "provider-webhook",
  summary: "A provider tells that an order has moved on",
  description:
    "`POST provider-webhook/mealme/<secret>`. What it says is not believed: the order is fetched from the " +
    "provider, and that answer counts.",
  methods: ["POST"],
  auth: "none",
  maxBodyBytes: 16 * 1024,
  request: z.looseObject({ order_id: text(200), event: z.string().max(200).optional() }),
  response: z.object({ success: z.literal(true) }),
  success: [200],
  errors: ["not_found", "provider_unavailable"],
  examples: [{
    name: "A wrong address",
    as: "anonymous",
    request: { order_id: "x" },
    status: 404,
    code: "not_found",
  }],
});

export const reconcileOrders = jobContract(
  "reconcile-orders",
  "Settles orders whose answer was lost",
  "Asks the provider of each by our reference. Never places anything.",
);
