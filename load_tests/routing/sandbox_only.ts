/** A load test must never reach a real provider. */
import { createTradepostClient } from "../../shared/client.ts";
import type { Target } from "../bidding/target.ts";

/**
 * Lets nothing go on unless every provider that takes part is the sandbox's.
 *
 * @throws Error that names one that is not, or says that none takes part.
 */
export async function expectSandboxOnly({ apiUrl, publishableKey }: Target): Promise<void> {
  const guest = createTradepostClient({ url: apiUrl, apikey: publishableKey });
  const health = await guest.call("route-order", { action: "health_check" });
  if (!("providers" in health) || Array.isArray(health.providers)) {
    throw new Error("Expected how the providers stand but found a route");
  }
  const takingPart = Object.entries(health.providers).filter(([, { enabled }]) => enabled);
  if (takingPart.length === 0) throw new Error("Expected providers that take part but found none");
  for (const [id, { mode }] of takingPart) {
    if (mode !== "sandbox") throw new Error(`Expected ${id} to be the sandbox's but found it ${mode}`);
  }
}
