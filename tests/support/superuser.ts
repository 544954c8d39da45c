/** What only the superuser of a test's own database can do. */
import postgres from "postgres";
import type { FreshDatabase } from "./database.ts";

/**
 * Changes rows past every trigger and foreign key, in one transaction: what somebody at the server's disk could do,
 * and how a test moves a timestamp that the state machine guards.
 *
 * @example
 * ```ts
 * await withoutTriggers(database, (sql) => sql`delete from public.audit_logs where seq = 2`);
 * ```
 */
export async function withoutTriggers(
  database: FreshDatabase,
  change: (sql: postgres.TransactionSql) => Promise<unknown>,
): Promise<void> {
  if (database.superuserUrl === undefined) {
    throw new Error(
      "Expected a stack of this machine, whose superuser is known; unset SUPABASE_URL and SUPABASE_DB_URL",
    );
  }
  const sql = postgres(database.superuserUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`;
      await change(transaction);
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
