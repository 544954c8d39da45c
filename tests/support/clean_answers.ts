/** What an answer to anything at all must be: a success, or a refusal with a code of the catalogue. */
import type postgres from "postgres";
import { ERROR_CATALOGUE } from "../../shared/error_catalogue.ts";
import type { Answer } from "./callers.ts";

/** SQLSTATEs with which Postgres refuses to read an argument, before any operation is called. */
const CAST_REFUSALS = ["22P02", "22P05", "22003", "22007", "22008", "22009", "54000"];

/**
 * What is wrong with an answer; null where nothing is.
 *
 * @param isCast Whether the argument that was attacked is neither a text nor jsonb, so that the Data API itself may
 * refuse to read it.
 */
export function faultOf({ status, body, sqlstate, text }: Answer, isCast = false): string | null {
  const shown = `${status} ${sqlstate ?? ""} ${text.slice(0, 300)}`;
  if (isCast && CAST_REFUSALS.includes(sqlstate ?? "")) return null;
  if (status < 200 || status >= 500) return `Expected an answer or a refusal but found ${shown}`;
  if (sqlstate !== null && sqlstate !== "PGRST") return `Expected no SQL error but found ${shown}`;
  // A batch that made nothing tells of each item; anything else that failed has a code.
  if (status < 300 || body.results !== undefined) return null;
  const entry = Object.entries(ERROR_CATALOGUE).find(([code]) => code === body.code)?.[1];
  if (!entry) return `Expected a code of the catalogue but found ${shown}`;
  if (entry.status !== status) return `Expected status ${entry.status} but found ${shown}`;
  if (!body.message) return `Expected a sentence but found ${shown}`;
  return null;
}

/** Everything that an operation could have written, told in one line. */
export async function writtenSoFar(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ written: string }[]>`
    select concat_ws(' ',
      (select count(*) from public.audit_logs), (select count(*) from public.marketplace_tasks),
      (select sum(version) from public.marketplace_tasks), (select sum(version) from public.agents),
      (select sum(version) from public.user_profile), (select count(*) from public.agent_categories),
      (select sum(created) from private.agent_usage), (select count(*) from private.idempotency_keys),
      (select count(*) from private.outbox), (select count(*) from realtime.messages),
      (select sum(seq) from public.bidding_sessions), (select count(*) from public.bidding_notifications),
      (select count(*) from public.bidding_notifications where read_at is not null),
      (select sum(version) from public.bidding_results),
      (select sum(coalesce(max_amount_cents, 0) + rounds_used) from public.bidding_auto_bids)
    ) as written`;
  return row?.written ?? "";
}
