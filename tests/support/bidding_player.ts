/** Plays a whole history of a session in one round trip, every step in a transaction of its own. */
import postgres from "postgres";
import type { FreshDatabase } from "./database.ts";
import type { ModelStep, ModelTimes } from "./bidding_model.ts";
import { present } from "./present.ts";
import { PASS_TIME, type Until } from "./session_time.ts";

/** A step of a history: something somebody does, or time that passes. */
export type HistoryStep = ModelStep | ({ readonly op: "time" } & Until);

/** A session to be opened, and what happens in it. */
export interface HistoryPlan {
  /** The participants, as the steps number them, and after them somebody who takes no part. */
  readonly people: readonly string[];
  readonly session: Readonly<Record<string, unknown>>;
  readonly steps: readonly HistoryStep[];
}

/** What is found after a step. Instants are microseconds since 1970. */
export interface Observation {
  readonly answer: {
    readonly code?: string;
    readonly details?: Readonly<Record<string, unknown>> | null;
    readonly bid?: { readonly amountCents: number; readonly seq: number } | null;
    readonly autoBid?: { readonly maxAmountCents: number } | null;
    readonly session?: { readonly [field: string]: unknown };
  };
  /** When it was about to begin, and how far time had passed before. */
  readonly at: number;
  readonly past: number;
  readonly session: {
    readonly status: string;
    readonly price: number | null;
    readonly leader: string | null;
    readonly minimumNext: number;
    readonly seq: number;
  } & ModelTimes;
  /** In the order they joined. */
  readonly bidders: readonly {
    readonly rounds: number;
    readonly ceiling: number | null;
    readonly withdrawn: boolean;
  }[];
  /** What the ledger has gained. */
  readonly entries: readonly {
    readonly type: string;
    readonly who: string | null;
    readonly amount: number | null;
    readonly previous: number | null;
    readonly leads: boolean | null;
    readonly byProxy: boolean | null;
    readonly at: number;
    readonly expiresAt: number;
  }[];
  readonly result: {
    readonly winner: string;
    readonly loser: string | null;
    readonly winning: number;
    readonly compensation: number;
    readonly revenue: number;
  } | null;
  /** What `verify_session` says; null after a step that wrote nothing. */
  readonly verified: unknown;
  /** Whether nobody but its owner can see that a ceiling changed; null after any other step. */
  readonly unseen: boolean | null;
}

/** Plays histories on one connection. */
export interface Player extends AsyncDisposable {
  play(plan: HistoryPlan): Promise<readonly Observation[]>;
}

/** Opens a player, as the superuser, who alone moves time. */
export async function openPlayer(database: FreshDatabase): Promise<Player> {
  const url = present(database.superuserUrl, "a stack of this machine; unset SUPABASE_URL");
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { ["synchronous_commit"]: "off", ["TimeZone"]: "UTC" },
  });
  for (const statement of [PASS_TIME, MICROS, VIEWS, OBSERVE, PLAY]) await sql.unsafe(statement);
  return {
    play: async (plan) => {
      const [row] = await sql<{ seen: readonly Observation[] }[]>`
        call pg_temp.play(${sql.json(JSON.parse(JSON.stringify(plan)))}, null)`;
      return present(row, "what was seen").seen;
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  };
}

const MICROS = `
  create function pg_temp.micros(moment timestamptz) returns bigint language plpgsql immutable as $$
  begin
    return (extract(epoch from moment) * 1000000)::bigint;
  end
  $$`;

// What everybody but one participant can read: the session, as the Data API would answer, and the published rows.
const VIEWS = `
  create function pg_temp.views_of_rivals(shown uuid, owner uuid) returns text language plpgsql volatile as $$
  declare
    rival uuid;
    views text := '';
  begin
    for rival in
      select p.user_id from public.bidding_participants as p where p.session_id = shown and p.user_id <> owner
      order by p.user_id
    loop
      perform set_config('request.jwt.claims', jsonb_build_object('role', 'authenticated', 'sub', rival)::text, true);
      perform set_config('role', 'authenticated', true);
      views := views || (api.get_session(shown) #- '{session,serverTime}')::text
        || (select s::text from public.bidding_sessions as s where s.session_id = shown)
        || (select string_agg(b::text, '' order by b.seq) from public.bids as b where b.session_id = shown)
        || coalesce((select string_agg(d::text, '') from public.bid_details as d where d.session_id = shown), '')
        || (select string_agg(a::text, '') from public.bidding_auto_bids as a where a.session_id = shown)
        || coalesce((select string_agg(n::text, '') from public.bidding_notifications as n where n.session_id = shown), '');
      perform set_config('role', 'none', true);
    end loop;
    return views;
  end
  $$`;

const OBSERVE = `
  create function pg_temp.observe(shown uuid, since bigint, wrote boolean) returns jsonb language plpgsql volatile as $$
  declare
    s public.bidding_sessions;
  begin
    select * into s from public.bidding_sessions as e where e.session_id = shown;
    return jsonb_build_object(
      'session', jsonb_build_object(
        'status', s.status, 'price', s.current_price_cents, 'leader', s.leader_id,
        'minimumNext', private.minimum_next(s), 'seq', s.seq, 'startsAt', pg_temp.micros(s.starts_at),
        'expiresAt', pg_temp.micros(s.expires_at), 'hardEndAt', pg_temp.micros(s.hard_end_at)
      ),
      'bidders', (
        select jsonb_agg(jsonb_build_object(
          'rounds', a.rounds_used, 'ceiling', a.max_amount_cents, 'withdrawn', p.withdrawn_at is not null
        ) order by p.alias)
        from public.bidding_participants as p join public.bidding_auto_bids as a using (session_id, user_id)
        where p.session_id = shown
      ),
      'entries', coalesce((
        select jsonb_agg(e.entry order by e.seq) from (
          select b.seq, jsonb_build_object(
            'type', 'bid_placed', 'who', b.user_id, 'amount', b.amount_cents, 'previous', b.previous_amount_cents,
            'leads', b.leads, 'byProxy', d.seq is not null, 'at', pg_temp.micros(b.placed_at),
            'expiresAt', pg_temp.micros(b.expires_at)
          ) as entry
          from public.bids as b left join public.bid_details as d using (session_id, seq)
          where b.session_id = shown and b.seq > since
          union all
          select e.seq, jsonb_build_object(
            'type', e.type, 'who', case e.type when 'participant_withdrawn' then e.actor_id end, 'amount', null,
            'previous', null, 'leads', null, 'byProxy', null, 'at', pg_temp.micros(e.at),
            'expiresAt', pg_temp.micros((e.data ->> 'expiresAt')::timestamptz)
          )
          from private.session_events as e where e.session_id = shown and e.seq > since
        ) as e
      ), '[]'),
      'result', (
        select jsonb_build_object(
          'winner', r.winner_id, 'loser', r.loser_id, 'winning', r.winning_bid_cents,
          'compensation', r.compensation_cents, 'revenue', r.platform_revenue_cents
        )
        from public.bidding_results as r where r.session_id = shown
      ),
      'verified', case when wrote or s.seq > since then api.verify_session(shown) end
    );
  end
  $$`;

const PLAY = `
  create procedure pg_temp.play(plan jsonb, inout seen jsonb) language plpgsql as $$
  declare
    step jsonb;
    answer jsonb;
    played uuid;
    since bigint := 0;
    began timestamptz := clock_timestamp();
    past interval := interval '0';
    who uuid;
    views text;
    observation jsonb;
  begin
    seen := '[]';
    perform set_config('request.jwt.claims', '{"role": "service_role"}', true);
    perform set_config('role', 'service_role', true);
    answer := api.create_session(plan -> 'session');
    perform set_config('role', 'none', true), set_config('request.jwt.claims', '', true);
    played := (answer #>> '{session,id}')::uuid;
    observation := pg_temp.observe(played, since, true);
    since := (observation #>> '{session,seq}')::bigint;
    seen := seen || jsonb_build_array(observation || jsonb_build_object(
      'answer', answer, 'at', pg_temp.micros(began), 'past', 0, 'unseen', null
    ));
    commit;

    for step in select value from jsonb_array_elements(plan -> 'steps') loop
      views := null;
      answer := '{}';
      past := interval '0';
      began := clock_timestamp();
      if step ->> 'op' = 'time' then
        perform set_config('session_replication_role', 'replica', true);
        past := pg_temp.pass_time(
          played, step ? 'untilStart', coalesce(step ->> 'untilStart', step ->> 'untilEnd')::double precision
        );
        perform set_config('session_replication_role', 'origin', true);
      elsif step ->> 'op' = 'sweep' then
        perform from public.bidding_sessions as s where s.session_id = played for no key update;
        if not private.bring_to_now(played) then
          raise exception 'Session % could not be brought up to now', played;
        end if;
      else
        who := plan -> 'people' ->> coalesce(step ->> 'who', '-1')::integer;
        if step ->> 'op' = 'ceiling' and exists (
          select from public.bidding_sessions as s where s.session_id = played and s.leader_id = who
        ) then
          views := pg_temp.views_of_rivals(played, who);
        end if;
        if step ->> 'op' = 'cancel' then
          perform set_config('request.jwt.claims', '{"role": "service_role"}', true);
          perform set_config('role', 'service_role', true);
          answer := api.cancel_session(played, 'Cancelled by the history');
        else
          perform set_config('request.jwt.claims', jsonb_build_object('role', 'authenticated', 'sub', who)::text, true);
          perform set_config('role', 'authenticated', true);
          answer := case step ->> 'op'
            when 'bid' then api.submit_bid(played, (step ->> 'amount')::bigint)
            when 'ceiling' then api.set_auto_bid(played, (step ->> 'amount')::bigint)
            when 'withdraw' then api.withdraw_bid(played)
          end;
        end if;
        perform set_config('role', 'none', true), set_config('request.jwt.claims', '', true);
      end if;
      observation := jsonb_build_object(
        'answer', answer, 'at', pg_temp.micros(began), 'past', extract(epoch from past) * 1000000,
        'unseen', case when views is not null then views = pg_temp.views_of_rivals(played, who) end
      );
      perform set_config('request.jwt.claims', '', true);
      observation := observation || pg_temp.observe(played, since, answer ? 'success' or past > interval '0');
      commit;
      since := (observation #>> '{session,seq}')::bigint;
      seen := seen || jsonb_build_array(observation);
    end loop;
  end
  $$`;
