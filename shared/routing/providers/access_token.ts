import type { CallContext } from "../provider.ts";
import { ProviderError } from "../provider_error.ts";
import { sharedFlight } from "./shared_flight.ts";

/** What a provider gives out for credentials. */
export interface AccessToken {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** A provider's access token, kept as long as it is good. */
export interface AccessTokens {
  /**
   * Makes calls with a token. Where the provider finds it unauthorized, a new one is fetched once and the calls are made
   * again: `use` must be safe to repeat.
   */
  use<Result>(context: CallContext, use: (token: string) => Promise<Result>): Promise<Result>;
  /** Fetches a new token, whatever is kept. */
  renew(context: CallContext): Promise<void>;
}

/** Sooner than it ends, by as much: a call under way must not outlive its token. */
const SLACK_MS = 60_000;

/** Keeps the token that `fetchToken` gets; however many ask at once, it is fetched once. A failed fetch is not kept. */
export function accessTokens(fetchToken: (context: CallContext) => Promise<AccessToken>): AccessTokens {
  const share = sharedFlight<string>();
  let kept: { readonly value: string; readonly until: number } | undefined;

  function fetchNew(context: CallContext): Promise<string> {
    return share("token", context, async () => {
      const askedAt = context.clock();
      const { value, lifetimeMs } = await fetchToken(context);
      kept = { value, until: askedAt + Math.max(lifetimeMs - SLACK_MS, lifetimeMs / 2) };
      return value;
    });
  }

  async function take(context: CallContext): Promise<string> {
    return kept !== undefined && context.clock() < kept.until ? kept.value : await fetchNew(context);
  }

  return {
    async use(context, use) {
      const token = await take(context);
      try {
        return await use(token);
      } catch (error) {
        if (!(error instanceof ProviderError && error.code === "unauthorized")) throw error;
        // Somebody else may have renewed it meanwhile: then that one is tried.
        if (kept?.value === token) kept = undefined;
        return await use(await take(context));
      }
    },
    async renew(context) {
      await fetchNew(context);
    },
  };
}
