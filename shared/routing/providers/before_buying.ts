import { ProviderError } from "../provider_error.ts";

/** What comes before the one step that buys: however it fails, nothing was bought, and that is certain. */
export async function beforeBuying<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { code, message, retryAfterMs, cause } = error;
    throw new ProviderError(code, message, { retryAfterMs, cause, isDefinite: true });
  }
}
