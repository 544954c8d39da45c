/** What somebody past every trigger could do to a session, and what its verification finds of it. */
import type postgres from "postgres";
import type { Difference, Stage } from "./bidding_stage.ts";
import { present } from "./present.ts";
import { withoutTriggers } from "./superuser.ts";

/** What `verify_session` and `verify_audit` name; null where they find nothing. */
export interface Findings {
  readonly difference: Difference | null;
  readonly brokenSeq: number | null;
}

/** Tampers with a session, asks what is found, and undoes it. */
export type TamperWith = (change: string) => Promise<Findings>;

/**
 * Lets a test tamper with a session as often as it likes, in one transaction that leaves nothing behind. In a change
 * `:id` stands for the session's id, `:A` for the id of A and so on.
 */
export async function tamperingWith(
  stage: Stage,
  work: (tamper: TamperWith) => Promise<void>,
): Promise<void> {
  const undone = new Error("undone");
  const unless = (error: unknown) => {
    if (error !== undone) throw error;
  };
  await withoutTriggers(stage.cast.database, async (sql) => {
    await sql.unsafe(HASH_ANEW);
    await work(async (change) => {
      let findings: Findings | undefined;
      await sql.savepoint(async (attempt) => {
        await attempt.unsafe(named(stage, change));
        findings = await findingsOf(attempt, stage);
        throw undone;
      }).catch(unless);
      return present(findings, "findings");
    });
    throw undone;
  }).catch(unless);
}

function named(stage: Stage, change: string): string {
  const people = [...stage.cast.people].map(([letter, { userId }]) => [`:${letter}`, userId] as const);
  return people
    .reduce((text, [name, id]) => text.replaceAll(new RegExp(`${name}\\b`, "g"), `'${id}'`), change)
    .replaceAll(/:id\b/g, `'${stage.id}'`);
}

async function findingsOf(sql: postgres.TransactionSql, stage: Stage): Promise<Findings> {
  const [row] = await sql<{ difference: Difference | null; broken: number | null }[]>`
    select api.verify_session(${stage.id}) -> 'firstDifference' as difference,
      (api.verify_audit('session', ${stage.id}) ->> 'firstBrokenSeq')::integer as broken`;
  const { difference, broken } = present(row, "findings");
  return { difference, brokenSeq: broken };
}

/**
 * The skilful forger's: every hash from the first entry to the last made anew, and the session told of the last.
 * `select pg_temp.hash_anew(:id);` at the end of a change.
 */
const HASH_ANEW = `
  create function pg_temp.hash_anew(forged uuid) returns void language plpgsql as $$
  declare
    entry record;
    last_hash bytea;
    last_seq bigint;
  begin
    for entry in
      select b.seq, true as is_bid from public.bids as b where b.session_id = forged
      union all
      select e.seq, false from private.session_events as e where e.session_id = forged
      order by seq
    loop
      if entry.is_bid then
        update public.bids as b set hash = private.bid_hash(last_hash, b)
        where b.session_id = forged and b.seq = entry.seq returning b.hash into last_hash;
      else
        update private.session_events as e set hash = private.event_hash(last_hash, e)
        where e.session_id = forged and e.seq = entry.seq returning e.hash into last_hash;
      end if;
      last_seq := entry.seq;
    end loop;
    update public.bidding_sessions as s set seq = last_seq, ledger_hash = last_hash where s.session_id = forged;
  end
  $$`;
