/** What every load test of bidding does before and after its bids. */
import type postgres from "postgres";
import { machineLine } from "../../scripts/bench/report.ts";
import { withConnection } from "../../scripts/local/connect.ts";
import { watchForStop } from "../../scripts/local/until_stopped.ts";
import { BIDDING_OPERATIONS, withRaisedLimits } from "./rate_limits.ts";
import { cancelOpen, seatTables, type Table } from "./table.ts";
import { openTarget, type Target } from "./target.ts";

/** A stack with sessions that wait for bids. */
export interface Stage {
  readonly target: Target;
  readonly tables: readonly Table[];
  /** As role postgres. */
  readonly sql: postgres.Sql;
  /** What it runs on, in words. */
  readonly stack: string;
  /** Aborted when the run is to end early. */
  readonly stop: AbortSignal;
}

/**
 * Opens sessions on a stack, with limits raised, and does the work. However it ends, what is still open is called off and
 * the limits are restored; whoever asked for the end finds it in the exit code.
 */
export async function onStage(
  { sessions, bids }: { readonly sessions: number; readonly bids: number },
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const request = watchForStop();
  const controller = new AbortController();
  void request.made.then(() => controller.abort(new Error("The load test was cut short")));
  const stop = controller.signal;
  await using target = await openTarget();
  try {
    await withRaisedLimits(
      target.dbUrl,
      BIDDING_OPERATIONS,
      () =>
        withConnection(target.dbUrl, async (sql) => {
          const stack = await describeStack(target, sql);
          console.log(`${sessions} sessions × ${bids} bids on ${stack}`);
          const tables: Table[] = [];
          try {
            const began = performance.now();
            await seatTables(target, tables, sessions, bids, stop);
            const seconds = ((performance.now() - began) / 1000).toFixed(1);
            console.log(`${2 * sessions} people signed up and ${sessions} sessions opened in ${seconds} s`);
            await work({ target, tables, sql, stack, stop });
          } finally {
            const cancelled = await cancelOpen(target, tables);
            if (cancelled > 0) console.log(`${cancelled} open sessions called off`);
          }
        }),
    );
  } catch (error) {
    // Asked for: whatever it cut short is no fault.
    if (!stop.aborted) throw error;
  }
  if (request.exitCode !== undefined) Deno.exitCode = request.exitCode;
}

/** What a load test runs on, in words. */
export async function describeStack({ apiUrl, isOwn }: Target, sql: postgres.Sql): Promise<string> {
  if (!isOwn) return apiUrl;
  const [row] = await sql<[{ version: string }]>`select current_setting('server_version') as version`;
  return `a stack of its own: ${await machineLine(row.version)}`;
}
