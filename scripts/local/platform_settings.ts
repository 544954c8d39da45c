import type postgres from "postgres";
import { publicJwks, type StackKeys } from "./keys.ts";

/** The address and the keys of a stack, as the platform tells its functions and its database. */
export interface PlatformSettings {
  readonly apiUrl: string;
  /** As role `postgres`. */
  readonly dbUrl: string;
  readonly keys: StackKeys;
}

/** Sets what the platform injects into functions; they are served in this very process. */
export function setFunctionEnvironment({ apiUrl, dbUrl, keys }: PlatformSettings): void {
  const variables = {
    "SUPABASE_URL": apiUrl,
    "SUPABASE_DB_URL": dbUrl,
    "SUPABASE_PUBLISHABLE_KEYS": JSON.stringify({ default: keys.publishableKey }),
    "SUPABASE_SECRET_KEYS": JSON.stringify(keys.secretKeys),
    "SUPABASE_JWKS": JSON.stringify(publicJwks(keys.signingKey)),
    "METRICS_TOKEN": keys.metricsToken,
  };
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
}

/** Keeps in Vault what `private.invoke_function` needs to call a function. */
export async function setVaultSecrets(sql: postgres.Sql, { apiUrl, keys }: PlatformSettings): Promise<void> {
  const secrets = { "project_url": apiUrl, "cron_secret_key": keys.secretKeys.cron };
  for (const [name, value] of Object.entries(secrets)) {
    const known = await sql`select vault.update_secret(id, ${value}) from vault.secrets where name = ${name}`;
    if (known.length === 0) await sql`select vault.create_secret(${value}, ${name})`;
  }
}
