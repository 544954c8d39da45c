/** How time passes for a session in a test: the clock stays, the session moves into the past, whole. */
import type postgres from "postgres";
import type { FreshDatabase } from "./database.ts";
import { withoutTriggers } from "./superuser.ts";

/** Until when time passes: so many seconds before the deadline or the start; negative: after it. */
export type Until = { readonly untilEnd: number } | { readonly untilStart: number };

/**
 * A function that moves every instant of a session, and makes its ledger's hashes anew: afterwards the session is as
 * honest as it was. Time never goes back.
 */
export const PASS_TIME = `
  create function pg_temp.pass_time(moved uuid, until_start boolean, seconds double precision) returns interval
  language plpgsql volatile
  set timezone = 'UTC'
  as $$
  declare
    past interval;
    entry record;
    last_hash bytea;
  begin
    select greatest(interval '0', case when until_start then s.starts_at else s.expires_at end
      - make_interval(secs => seconds) - clock_timestamp())
    into past
    from public.bidding_sessions as s where s.session_id = moved for update;
    update public.bidding_participants as p
    set joined_at = p.joined_at - past, withdrawn_at = p.withdrawn_at - past where p.session_id = moved;
    update public.bidding_auto_bids as a set set_at = a.set_at - past where a.session_id = moved;
    update public.bidding_notifications as n
    set created_at = n.created_at - past, read_at = n.read_at - past where n.session_id = moved;
    update public.bidding_results as r
    set decided_at = r.decided_at - past where r.session_id = moved;
    update public.bids as b
    set placed_at = b.placed_at - past, expires_at = b.expires_at - past where b.session_id = moved;
    update private.session_events as e
    set at = e.at - past, data = case when e.data ? 'rules' then jsonb_set(jsonb_set(
          e.data, '{rules,startsAt}', to_jsonb((e.data #>> '{rules,startsAt}')::timestamptz - past)
        ), '{rules,hardEndAt}', to_jsonb((e.data #>> '{rules,hardEndAt}')::timestamptz - past)
      ) else e.data end || jsonb_build_object('expiresAt', (e.data ->> 'expiresAt')::timestamptz - past)
    where e.session_id = moved;
    for entry in
      select b.seq, true as is_bid from public.bids as b where b.session_id = moved
      union all
      select e.seq, false from private.session_events as e where e.session_id = moved
      order by seq
    loop
      if entry.is_bid then
        update public.bids as b set hash = private.bid_hash(last_hash, b)
        where b.session_id = moved and b.seq = entry.seq returning b.hash into last_hash;
      else
        update private.session_events as e set hash = private.event_hash(last_hash, e)
        where e.session_id = moved and e.seq = entry.seq returning e.hash into last_hash;
      end if;
    end loop;
    update public.bidding_sessions as s
    set created_at = s.created_at - past, starts_at = s.starts_at - past, expires_at = s.expires_at - past,
        hard_end_at = s.hard_end_at - past, ended_at = s.ended_at - past, ledger_hash = last_hash
    where s.session_id = moved;
    return past;
  end
  $$`;

/** Lets time pass for one session. */
export async function passTime(database: FreshDatabase, sessionId: string, until: Until): Promise<void> {
  await withoutTriggers(database, async (sql: postgres.TransactionSql) => {
    await sql.unsafe(PASS_TIME);
    const [isStart, seconds] = "untilStart" in until ? [true, until.untilStart] : [false, until.untilEnd];
    await sql`select pg_temp.pass_time(${sessionId}, ${isStart}, ${seconds})`;
  });
}
