import { withConnection } from "./connect.ts";
import { demoAccounts } from "./demo_accounts.ts";
import type { StackInfo } from "./stack_file.ts";
import { runFolder, withRunLock } from "./run_folder.ts";

const NAMES = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_DB_URL"] as const;

/**
 * The stack the environment names, with accounts of this run's own on it; `undefined` where it names none.
 * Keys `cron` and `operator` come from the JSON in `SUPABASE_SECRET_KEYS`, else they are the default one.
 */
export async function givenStack(): Promise<StackInfo | undefined> {
  const [url, publishableKey, secretKey, dbUrl] = NAMES.map((name) => Deno.env.get(name));
  // the database's address alone is what `deno task env` exports for the operator's commands
  if (!url && !publishableKey && !secretKey) return undefined;
  if (!url || !publishableKey || !secretKey || !dbUrl) {
    const missing = NAMES.filter((name) => !Deno.env.get(name));
    throw new Error(`Expected all of ${NAMES.join(", ")} or none but found no ${missing.join(", ")}`);
  }
  const apiUrl = url.replace(/\/$/, "");
  const domain = `run-${Deno.pid}.tradepost.test`;
  const accounts = await withRunLock(() =>
    withConnection(
      dbUrl,
      async (sql) => await demoAccounts({ apiUrl, publishableKey, sql, folder: await runFolder(), domain }),
    )
  );
  return {
    apiUrl,
    dbUrl,
    publishableKey,
    secretKeys: { default: secretKey, cron: secretKey, operator: secretKey, ...namedKeys() },
    metricsToken: Deno.env.get("METRICS_TOKEN") ?? "",
    ...accounts,
  };
}

function namedKeys(): Record<string, string> {
  const keys: Record<string, string> = JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}");
  return keys;
}
