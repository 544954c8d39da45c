import postgres from "postgres";
import { withConnection } from "./connect.ts";
import { readStackFile, STACK_FILE } from "./stack_file.ts";

/** Does an operator's work on the database of `SUPABASE_DB_URL`, else of the running local stack. */
export async function withOperatorDatabase<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const url = Deno.env.get("SUPABASE_DB_URL") ?? (await readStackFile())?.dbUrl;
  if (!url) {
    throw new Error(
      `Expected SUPABASE_DB_URL or a running stack (${STACK_FILE}) but found neither; run deno task start`,
    );
  }
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
