/** What a route's two transactions take and give. */
import { z } from "zod";
import type { CallCounts } from "./provider.ts";
import type { DecisionInput } from "./decide.ts";
import type { PriceObservation } from "./price_observations.ts";
import { PROVIDER_IDS, type ProviderId } from "./provider_id.ts";

const reservedProvider = z.object({
  granted: z.boolean(),
  code: z.string().optional(),
  retryAfterMs: z.number().optional(),
  isProbe: z.boolean().optional(),
  successes: z.int(),
  attempts: z.int(),
  latencyP95Ms: z.int().nullable(),
});

export type ReservedProvider = z.output<typeof reservedProvider>;

/** What `api.begin_route` answers to a request that was not answered before. */
export const routeStart = z.object({
  routeId: z.string(),
  providers: z.partialRecord(z.enum(PROVIDER_IDS), reservedProvider),
  /** Median prices seen, by the line's id; null where none was. */
  unitCents: z.record(z.string(), z.number().nullable()),
  packageCents: z.record(z.string(), z.number().nullable()),
});

export type RouteStart = z.output<typeof routeStart>;

/** What `api.save_route` takes, beside the hash of the token. */
export interface RouteOutcome {
  readonly selectedProvider: ProviderId | null;
  readonly latencyMs: number;
  readonly decision: Omit<DecisionInput, "candidates">;
  readonly quotes: readonly Readonly<Record<string, unknown>>[];
  readonly observations: readonly PriceObservation[];
  readonly attempts: readonly {
    readonly provider: ProviderId;
    readonly outcome: "good" | "failed" | "neutral";
    readonly code: string | undefined;
    readonly retryAfterMs: number | undefined;
    readonly calls: CallCounts;
  }[];
  /** The public answer, without what the database and the token add. */
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}
