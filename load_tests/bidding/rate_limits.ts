/** Limits per caller are not what a load test is about: they are raised while it runs. */
import { connect } from "../../scripts/local/connect.ts";

/** What a load test of bidding calls. */
export const BIDDING_OPERATIONS = [
  "create_session",
  "submit_bid",
  "set_auto_bid",
  "withdraw_bid",
  "cancel_session",
];

/**
 * Added to a limit in place of another one put there: the row itself says what it was, so that the next run restores what a
 * killed one left raised.
 */
const RAISED_BY = 1_000_000_000;

/** Held while a load test runs: the end of one would lower the limits of another. */
const RUN_LOCK = 7_001_454;

/** Raises the limits of these operations, does the work, and restores them, however it ends. */
export async function withRaisedLimits<Result>(
  dbUrl: string,
  operations: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const sql = connect(dbUrl);
  try {
    const [lock] = await sql<[{ free: boolean }]>`select pg_try_advisory_lock(${RUN_LOCK}) as free`;
    if (!lock.free) throw new Error("Expected no other load test on this database but found one");
    await sql`
      update private.rate_limits set max_requests = max_requests + ${RAISED_BY}
      where operation = any (${[...operations]}) and max_requests < ${RAISED_BY}`;
    try {
      return await work();
    } finally {
      await sql`
        update private.rate_limits set max_requests = max_requests - ${RAISED_BY}
        where operation = any (${[...operations]}) and max_requests > ${RAISED_BY}`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}
