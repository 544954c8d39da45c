import postgres from "postgres";
import { withConnection } from "./connect.ts";
import { runningStack } from "./stack_file.ts";

/**
 * Does an operator's work on the database of `SUPABASE_DB_URL`, else of the stack `TRADEPOST_STACK_FILE` names,
 * else of the one `deno task start` runs.
 */
export async function withOperatorDatabase<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const url = Deno.env.get("SUPABASE_DB_URL") || (await runningStack()).dbUrl;
  return await withConnection(url, work);
}

/** Runs a command's main function: a failure is one sentence and exit code 1. */
export async function runCommand(main: () => Promise<void>): Promise<never> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? sentence(error) : error);
    Deno.exit(1);
  }
  Deno.exit();
}

function sentence(error: Error): string {
  if (error instanceof postgres.PostgresError && error.detail) return `${error.message} (${error.detail})`;
  return error.message;
}
