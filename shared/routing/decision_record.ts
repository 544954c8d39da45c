/** What a decision was made from, read back from where it was stored. `decide` makes the same of it again. */
import { z } from "zod";
import type { DecisionInput } from "./decide.ts";
import type { Features } from "./features.ts";
import type { Preferences } from "./preferences.ts";
import { PROVIDER_IDS } from "./provider_id.ts";
import type { References } from "./references.ts";
import { OPTIMIZE_FOR, type Weights } from "./weights.ts";

const provider = z.enum(PROVIDER_IDS);
const notNegative = z.number().min(0);
const count = z.int().min(0);

export const storedFeatures: z.ZodType<Features> = z.object({
  totalCents: count,
  feesCents: count,
  missingLineCents: count,
  minutes: notNegative.nullable(),
  filled: z.number().min(0).max(1),
  commissionBps: notNegative,
  successes: count,
  attempts: count,
  priority: z.number(),
  preferred: z.boolean(),
});

export const storedReferences: z.ZodType<References> = z.object({
  lineCents: z.record(z.string(), count),
  basketCents: z.int().min(1),
  minutes: z.number().positive(),
  commissionBps: z.number().positive(),
  prior: z.object({ successes: notNegative, attempts: notNegative }),
});

export const storedWeights: z.ZodType<Weights> = z.object({
  price: notNegative,
  speed: notNegative,
  commission: notNegative,
  availability: notNegative,
  reliability: notNegative,
  priority: notNegative,
});

export const storedPreferences: z.ZodType<Preferences> = z.object({
  maxDeliveryMinutes: z.number().nullish(),
  maxFeesCents: z.number().nullish(),
  preferredProviders: z.array(provider).nullish(),
  excludeProviders: z.array(provider).nullish(),
});

export const storedDecisionInput: z.ZodType<DecisionInput> = z.object({
  candidates: z.array(z.object({ provider, features: storedFeatures })),
  references: storedReferences,
  weights: storedWeights,
  optimizeFor: z.enum(OPTIMIZE_FOR),
  preferences: storedPreferences,
});
