/** Sessions in every state, and what refuses a statement that goes past the operations. */
import postgres from "postgres";
import { played } from "./bidding_moves.ts";
import { type BiddingCast, openStage, type Stage } from "./bidding_stage.ts";
import type { FreshDatabase } from "./database.ts";
import { present } from "./present.ts";

/** Whoever can write at all; triggers and constraints are in the way of all of them. */
export const WRITERS = ["postgres", "supabase_admin"] as const;

/** The tables that sessions live in. */
export const BIDDING_TABLES = [
  "public.bidding_sessions",
  "public.bidding_participants",
  "public.bidding_auto_bids",
  "public.bids",
  "public.bid_details",
  "private.session_events",
  "public.bidding_results",
  "public.bidding_notifications",
] as const;

/** Sessions in every state; in `active` A leads B at 1100.00. */
export type Stages = Readonly<
  Record<"pending" | "active" | "fresh" | "completed" | "expired" | "cancelled", Stage>
>;

/** Opens one session for each state. */
export async function stagesOf(cast: BiddingCast): Promise<Stages> {
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const open = () => openStage(cast, {}, "ABC");
  const stages = {
    pending: await openStage(cast, { startsAt }, "ABC"),
    active: await open(),
    fresh: await open(),
    completed: await open(),
    expired: await open(),
    cancelled: await open(),
  };
  for (const stage of [stages.active, stages.completed, stages.cancelled]) {
    await played(stage, "B bids 100000, A ceiling 110000");
  }
  await Promise.all([stages.completed.end(), stages.expired.end(), stages.cancelled.cancel()]);
  await cast.sql`
    update public.bidding_results
    set payment_external_id = 'payment of ' || session_id, payout_external_id = 'payout of ' || session_id`;
  return stages;
}

/** Tries a statement as a writer, undoes it; what refused it: a constraint's name, else the SQLSTATE; null: nothing. */
export async function refusalOf(
  database: FreshDatabase,
  stages: Stages,
  statement: string,
  writer: typeof WRITERS[number] | "service_role" | "authenticated" | "anon" = "supabase_admin",
): Promise<string | null> {
  const undone = new Error("undone");
  const url = present(database.superuserUrl, "a stack of this machine; unset SUPABASE_URL");
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.begin(async (transaction) => {
      await transaction`select set_config('role', ${writer}, true)`;
      const { count } = await transaction.unsafe(named(statement, stages));
      if (count === 0) throw new Error(`Expected a statement to meet a row but found none: ${statement}`);
      throw undone;
    });
  } catch (error) {
    if (error === undone) return null;
    if (error instanceof postgres.PostgresError) return error.constraint_name ?? error.code;
    throw error;
  } finally {
    await sql.end();
  }
}

/** The ids that a statement's placeholders stand for. */
function named(statement: string, stages: Stages): string {
  const people = ["A", "B", "C"].map((letter) => [letter.toLowerCase(), stages.active.who(letter).userId]);
  const sessions = Object.entries(stages).map(([name, { id }]) => [name, id]);
  const ids = [...sessions, ["stranger", stages.active.cast.outsider.userId], ...people];
  return ids.reduce(
    (text, [name, id]) => text.replaceAll(new RegExp(`:${name}\\b`, "g"), `${id}`),
    statement,
  );
}
