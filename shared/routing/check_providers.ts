import { askProvider } from "./ask_provider.ts";
import type { Provider } from "./provider.ts";
import { PROVIDER_IDS, type ProviderId } from "./provider_id.ts";
import type { ProviderMode, TermsByProvider } from "./provider_settings.ts";

/** Long enough for any of them, short enough for whoever waits. In milliseconds. */
const CHECK_MS = 5_000;
/** Answers hold for so long: whoever asks often asks us, not the providers. */
const FRESH_MS = 15_000;

export type CircuitState = "closed" | "open" | "half_open";

/** How a provider stands. */
export interface ProviderHealth {
  readonly healthy: boolean;
  readonly enabled: boolean;
  readonly mode: ProviderMode;
  readonly latencyMs: number | null;
  readonly circuit: CircuitState;
  readonly reason?: string;
}

export interface CheckOptions {
  readonly terms: TermsByProvider;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly circuitOf: (id: ProviderId) => CircuitState;
  /** Whether an operator has taken it out by hand. */
  readonly isTakenOut: (id: ProviderId) => boolean;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
}

interface Checked {
  readonly healthy: boolean;
  readonly latencyMs: number;
  readonly reason?: string;
}

const checks = new WeakMap<Provider, { readonly at: number; readonly result: Promise<Checked> }>();

/** How all four providers stand; those that take part are called, at most once in 15 seconds. */
export async function checkProviders(
  options: CheckOptions,
): Promise<Readonly<Record<string, ProviderHealth>>> {
  const { terms, providers, circuitOf, isTakenOut } = options;
  const entries = PROVIDER_IDS.map(async (id): Promise<[ProviderId, ProviderHealth]> => {
    const { mode } = terms[id];
    const circuit = circuitOf(id);
    const provider = providers.get(id);
    if (provider === undefined || isTakenOut(id)) {
      const reason = whyNot(terms[id].reason, isTakenOut(id));
      return [id, { healthy: false, enabled: false, mode, latencyMs: null, circuit, ...reason }];
    }
    return [id, { enabled: true, mode, circuit, ...await check(provider, options) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Both where both keep it out: to mend one of them would not bring it back. */
function whyNot(ofSettings: string | undefined, isTakenOut: boolean): { readonly reason?: string } {
  const reasons = [ofSettings, isTakenOut ? "taken out by an operator" : undefined];
  const reason = reasons.filter((text) => text !== undefined).join("; ");
  return reason === "" ? {} : { reason };
}

function check(provider: Provider, { fetch, clock }: CheckOptions): Promise<Checked> {
  const known = checks.get(provider);
  if (known !== undefined && clock() - known.at < FRESH_MS) return known.result;
  const result = askHealth(provider, fetch, clock);
  checks.set(provider, { at: clock(), result });
  return result;
}

async function askHealth(
  provider: Provider,
  fetch: CheckOptions["fetch"],
  clock: () => number,
): Promise<Checked> {
  // Health is asked beside the quotas: a handful of calls a minute, whoever asks.
  const asked = await askProvider((context) => provider.checkHealth({ ...context, spend: () => true }), {
    reserved: {},
    timeoutMs: CHECK_MS,
    deadlineMs: CHECK_MS,
    fetch,
    clock,
  });
  const { latencyMs } = asked;
  if ("result" in asked) return { healthy: true, latencyMs };
  return { healthy: false, latencyMs, reason: asked.error.code };
}
