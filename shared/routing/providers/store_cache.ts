import type { CallContext } from "../provider.ts";
import { ProviderError } from "../provider_error.ts";
import { Recent } from "./recent.ts";
import { sharedFlight } from "./shared_flight.ts";

const HOUR_MS = 60 * 60 * 1_000;
const MOST_ZIP_CODES = 5_000;

/** Remembers which store serves a ZIP code. Throws `no_store` where none does. */
export type StoreOf = (zipCode: string, context: CallContext) => Promise<string>;

/** Stores stay where they are: one is remembered for a day. That there is none, an hour: one hiccup must not cost a day. */
export function storeCache(
  find: (zipCode: string, context: CallContext) => Promise<string | undefined>,
): StoreOf {
  const stores = new Recent<string>({ forMs: 24 * HOUR_MS, most: MOST_ZIP_CODES });
  const without = new Recent<true>({ forMs: HOUR_MS, most: MOST_ZIP_CODES });
  const share = sharedFlight<string | undefined>();

  async function findNew(zipCode: string, context: CallContext): Promise<string | undefined> {
    const store = await find(zipCode, context);
    if (store === undefined) without.set(zipCode, true, context.clock());
    else stores.set(zipCode, store, context.clock());
    return store;
  }

  return async (zipCode, context) => {
    const now = context.clock();
    const store = stores.get(zipCode, now) ??
      (without.get(zipCode, now)
        ? undefined
        : await share(zipCode, context, () => findNew(zipCode, context)));
    if (store !== undefined) return store;
    throw new ProviderError("no_store", "Expected a store near the address but found none");
  };
}
