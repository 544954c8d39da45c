import type { ProviderId } from "../routing/provider_id.ts";
import type { Environment } from "./env.ts";
import { loggedFault, writeFault } from "./log.ts";
import { reportFault } from "./sentry.ts";

/** Told of faults of ours in an adapter: the provider is left out or asked later, and somebody must mend it. */
export type FaultTeller = (provider: ProviderId, cause: unknown) => void;

/** Writes such faults to the log and sends them to Sentry, beside the answer that goes on without the provider. */
export function faultTeller(functionName: string, requestId: string, env: Environment): FaultTeller {
  return (providerId, cause) => {
    writeFault({ event: "adapter_fault", requestId, providerId, fault: loggedFault(cause) }, env.logLevel);
    // It never rejects, and the answer does not wait for it.
    void reportFault(cause, { functionName, requestId, code: "adapter_fault" }, env);
  };
}
