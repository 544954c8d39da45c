import { type Sandbox, startSandbox } from "../sandbox/mod.ts";

/** Variables that say that somebody routes to providers of his own choice. */
const OWN = [
  "LOOPGPT_SANDBOX_URL",
  "KROGER_CLIENT_ID",
  "WALMART_API_KEY",
  "INSTACART_API_KEY",
  "MEALME_API_KEY",
];

/** The providers' sandbox of a stack. */
export interface ProviderSandbox {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the providers' sandbox and points this process's functions at it; undefined where the environment names
 * providers, or another sandbox, already.
 */
export async function startProviderSandbox(): Promise<ProviderSandbox | undefined> {
  if (OWN.some((name) => Deno.env.get(name))) return undefined;
  const sandbox: Sandbox = await startSandbox();
  // What somebody has set himself stays as it is, now and afterwards.
  const own = Object.entries(sandbox.env).filter(([name]) => !Deno.env.get(name));
  for (const [name, value] of own) Deno.env.set(name, value);
  return {
    url: sandbox.url,
    async stop() {
      for (const [name] of own) Deno.env.delete(name);
      await sandbox.stop();
    },
  };
}
