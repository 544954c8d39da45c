/** What the bidding benchmark works on: bidders, sessions, the harness that bids, and the yardstick. */
import type postgres from "postgres";

/** Bidders per session; each may bid a thousand times by hand. */
export const BIDDERS = 100;

/**
 * Raises the limits, makes bidders, and two functions of one call each:
 * - `bench.bid(session_id)` bids the least there is as somebody who does not lead, with an Idempotency-Key, through
 *   `api.submit_bid`. It takes the session's lock first, so that whom to bid as is known: its cost counts as ours.
 * - `bench.yardstick(row)` updates one row and inserts one: no duty, no judgement.
 */
export async function prepare(owner: postgres.Sql): Promise<void> {
  await owner`update private.rate_limits set max_requests = 1000000000, period_seconds = 1`;
  await owner.unsafe(`
    insert into auth.users (id, email)
    select ${bidder("n")}, 'bidder-' || n || '@example.com' from generate_series(1, ${BIDDERS}) as n;
    create schema bench;
    create table bench.prices (
      id integer primary key, price bigint not null, leader uuid, changed_at timestamptz
    ) with (fillfactor = 50);
    create table bench.entries (
      price_id integer, seq bigint, bidder uuid, amount bigint, placed_at timestamptz, primary key (price_id, seq)
    );
    insert into bench.prices select n, 0 from generate_series(0, 200) as n;
    create function bench.yardstick(row_id integer) returns bigint language plpgsql as $$
    declare
      reached bigint;
    begin
      update bench.prices set price = price + 1, leader = gen_random_uuid(), changed_at = clock_timestamp()
      where id = row_id returning price into reached;
      insert into bench.entries values (row_id, reached, gen_random_uuid(), reached, clock_timestamp());
      return reached;
    end $$;
    create function bench.bid(session_id uuid) returns text language plpgsql as $$
    declare
      session public.bidding_sessions;
      who uuid;
      answer jsonb;
    begin
      select * into session from public.bidding_sessions as s where s.session_id = bid.session_id for no key update;
      loop
        who := ${bidder(`1 + floor(random() * ${BIDDERS})::integer`)};
        exit when who is distinct from session.leader_id;
      end loop;
      perform
        set_config('request.jwt.claims', '{"role":"authenticated","sub":"' || who || '"}', true),
        set_config('request.headers', '{"idempotency-key":"' || gen_random_uuid() || '"}', true);
      answer := api.submit_bid(session.session_id, private.minimum_next(session));
      if answer -> 'success' is null then
        raise exception 'Expected a bid to be accepted but found %', answer;
      end if;
      return answer ->> 'message';
    end $$;
  `);
}

/** SQL for the id of a bidder by his number. */
export function bidder(number: string): string {
  return `('00000000-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;
}

/** Makes so many sessions through `api.create_session`; steps of 0.01 %, so that many bids fit into them. */
export async function makeSessions(
  owner: postgres.Sql,
  count: number,
  options: { readonly bidders?: number } = {},
): Promise<string[]> {
  const rows = await owner.begin(async (transaction) => {
    await transaction`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
    return await transaction.unsafe<{ id: string | null; answer: string }[]>(`
      with made as materialized (
        select api.create_session(jsonb_build_object(
          'propertyId', gen_random_uuid(), 'targetNight', (now() at time zone 'UTC')::date + 3,
          'startingBidCents', 1000000, 'minimumIncrementBps', 1, 'maxRounds', 1000,
          'expiresAt', to_jsonb(now() + interval '20 hours'),
          'participants', (
            select jsonb_agg(jsonb_build_object('userId', ${bidder("b")}))
            from generate_series(1, ${options.bidders ?? BIDDERS}) as b
          )
        )) as answer
        from generate_series(1, ${count})
      )
      select answer #>> '{session,id}' as id, answer::text from made`);
  });
  return rows.map(({ id, answer }) => {
    if (id === null) throw new Error(`Expected a session but found ${answer}`);
    return id;
  });
}
