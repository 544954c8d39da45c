import type { Provider } from "./provider.ts";
import { PROVIDER_IDS, type ProviderId } from "./provider_id.ts";
import type { ProviderAccess, TermsByProvider } from "./provider_settings.ts";
import { instacart } from "./providers/instacart/adapter.ts";
import { kroger } from "./providers/kroger/adapter.ts";
import { mealme } from "./providers/mealme/adapter.ts";
import { walmart } from "./providers/walmart/adapter.ts";

export interface OpenProviders {
  /** Those that take part. */
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  /** As given, but `misconfigured` where an adapter could not be opened. */
  readonly terms: TermsByProvider;
}

/** Opens the adapters. One that cannot be opened takes no part; the others serve. */
export function openProviders(access: ProviderAccess, terms: TermsByProvider): OpenProviders {
  const providers = new Map<ProviderId, Provider>();
  const found = { ...terms };
  for (const id of PROVIDER_IDS) {
    try {
      const provider = open(id, access);
      if (provider !== undefined) providers.set(id, provider);
    } catch (error) {
      // An adapter's own words about its settings: they name no secret.
      const reason = error instanceof Error ? error.message : "the adapter cannot be opened";
      found[id] = { ...terms[id], mode: "misconfigured", reason };
    }
  }
  return { providers, terms: found };
}

function open(id: ProviderId, access: ProviderAccess): Provider | undefined {
  switch (id) {
    case "KROGER_API":
      return access.KROGER_API && kroger(access.KROGER_API);
    case "WALMART_API":
      return access.WALMART_API && walmart(access.WALMART_API);
    case "INSTACART":
      return access.INSTACART && instacart(access.INSTACART);
    case "MEALME":
      return access.MEALME && mealme(access.MEALME);
  }
}
