import type { ProviderId } from "./provider_id.ts";
import type { InstacartSettings } from "./providers/instacart/adapter.ts";
import type { KrogerSettings } from "./providers/kroger/adapter.ts";
import type { MealMeSettings } from "./providers/mealme/adapter.ts";
import type { WalmartSettings } from "./providers/walmart/adapter.ts";

/**
 * `live`: the provider itself. `sandbox`: the local one. `disabled`: an operator has switched it off, or has given no
 * credentials. `misconfigured`: what was configured cannot be.
 */
export type ProviderMode = "live" | "sandbox" | "disabled" | "misconfigured";

/** How a provider takes part. */
export interface ProviderTerms {
  readonly mode: ProviderMode;
  /** Why it takes no part, naming the variable. */
  readonly reason?: string;
  /** How long one quote may take, in milliseconds. */
  readonly timeoutMs: number;
  /** What an order earns, in basis points. */
  readonly commissionBps: number;
  /** Without what a preference adds. */
  readonly priority: number;
  /** Whether the operator prefers this provider. */
  readonly preferred: boolean;
}

/** What each adapter is opened with; absent where the provider takes no part. */
export interface ProviderAccess {
  readonly KROGER_API?: KrogerSettings;
  readonly WALMART_API?: WalmartSettings;
  readonly INSTACART?: InstacartSettings;
  readonly MEALME?: MealMeSettings;
}

export type TermsByProvider = Readonly<Record<ProviderId, ProviderTerms>>;
