-- Purpose: anybody in charge can prove a session right: what is kept of it, held against its ledger.
-- Objects: api.verify_session, private.first_difference and its parts.
-- Locks and cost: none; reads one session.
-- Undo: drop the functions.

create function private.row_difference(session public.bidding_sessions, count private.recount) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce(
    private.difference('seq', count.seq, session.seq),
    private.difference('hash of the ledger', encode(count.hash, 'hex'), encode(session.ledger_hash, 'hex')),
    private.difference('status', count.status, session.status),
    private.difference('price', count.price_cents, session.current_price_cents),
    private.difference('leader', count.leader_id, session.leader_id),
    private.difference('deadline', count.expires_at, session.expires_at),
    private.difference('ended at', count.ended_at, session.ended_at)
  );
end
$$;
comment on function private.row_difference is 'Where the session''s own row is not what its ledger leads to.';

create function private.people_difference(session public.bidding_sessions, count private.recount) returns jsonb
language sql stable
set search_path = ''
as $$
  with members as (
    select m.user_id from private.session_members as m where m.session_id = session.session_id
  ),
  participants as (
    select p.user_id, p.withdrawn_at from private.kept_participants(session.session_id) as p
  ),
  auto_bids as (
    select a.user_id from private.kept_auto_bids(session.session_id) as a
  ),
  people as (
    select user_id, m.user_id is not null as is_member, p.user_id is not null as takes_part, a.user_id is not null as has_row,
      p.withdrawn_at
    from members as m
    full join participants as p using (user_id)
    full join auto_bids as a using (user_id)
  ),
  found as (
    select p.user_id, coalesce(
      private.difference('the part of ' || p.user_id, true, p.takes_part and p.is_member),
      private.difference('the auto-bid row of ' || p.user_id, true, p.has_row),
      private.difference('the withdrawal of ' || p.user_id, count.withdrawn -> p.user_id::text, to_jsonb(p.withdrawn_at))
    ) as difference
    from people as p
  )
  select f.difference from found as f where f.difference is not null order by f.user_id limit 1
$$;
comment on function private.people_difference is 'Where those who take part, or have withdrawn, are not those of the ledger.';

create function private.standing_difference(session public.bidding_sessions) returns jsonb
language sql stable
set search_path = ''
as $$
  with placed as (
    select (l.bid).user_id, (l.bid).amount_cents, (l.bid).leads, l.seq, l.by_proxy
    from private.ledger_of(session.session_id) as l
    where l.type = 'bid_placed'
  ),
  led as (
    select p.user_id, lead(p.amount_cents) over (order by p.seq) as next_cents from placed as p where p.leads
  ),
  allowed as (
    select p.user_id, count(*) filter (where not p.by_proxy) as by_hand,
      -- Whoever was beaten is in for what he was shown with, or for less than the bid that took his lead.
      greatest(max(p.amount_cents), (select max(l.next_cents) - 1 from led as l where l.user_id = p.user_id)) as most_cents
    from placed as p
    group by p.user_id
  ),
  found as (
    select a.user_id, coalesce(
      private.difference('rounds of ' || a.user_id, coalesce(p.by_hand, 0), a.rounds_used::bigint),
      private.difference('rounds within the rule', true, a.rounds_used <= session.max_rounds),
      -- What a ceiling is stays untold; only whether it can stand where it does.
      private.difference(
        'the ceiling of ' || a.user_id, true,
        a.max_amount_cents is null
          or coalesce(a.user_id = session.leader_id or a.max_amount_cents <= p.most_cents, false)
      )
    ) as difference
    from private.kept_auto_bids(session.session_id) as a
    left join allowed as p on p.user_id = a.user_id
  )
  select coalesce(
    (select f.difference from found as f where f.difference is not null order by f.user_id limit 1),
    private.difference(
      'what proxies placed', (select count(*) from placed as p where p.by_proxy),
      (select count(*) from private.kept_details(session.session_id))
    )
  )
$$;
comment on function private.standing_difference is 'Where rounds, ceilings or proxies are not what the bids allow.';

create function private.owed_to(session public.bidding_sessions, count private.recount) returns uuid
language sql stable
set search_path = ''
as $$
  select coalesce(count.runner_up_id, case when session.compensation_policy = 'always' then (
    -- The only rival there is, though he never bid.
    select case when count(*) = 1 then min(k.user_id) end
    from jsonb_object_keys(count.aliases) as k (user_id)
    where k.user_id <> count.leader_id::text
  )::uuid end)
$$;
comment on function private.owed_to is 'Whom a session''s winner beat, by the ledger alone; not by private.runner_up, which it is held against.';

create function private.result_difference(session public.bidding_sessions, count private.recount) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  result public.bidding_results;
  loser uuid;
  owed bigint;
begin
  select * into result from public.bidding_results as r where r.session_id = session.session_id;
  if session.status <> 'completed' then
    return private.difference('no result', null::uuid, result.session_id);
  end if;
  loser := private.owed_to(session, count);
  owed := case when loser is null then 0 else session.current_price_cents * session.compensation_bps / 10000 end;
  return coalesce(
    private.difference('winner', session.leader_id, result.winner_id),
    private.difference('loser', loser, result.loser_id),
    private.difference('winning bid', session.current_price_cents, result.winning_bid_cents),
    private.difference('compensation', owed, result.compensation_cents),
    private.difference('platform revenue', session.current_price_cents - owed, result.platform_revenue_cents),
    private.difference('currency', session.currency, result.currency),
    private.difference('decided at', session.ended_at, result.decided_at)
  );
end
$$;
comment on function private.result_difference is 'Where the result of a session is not what its ledger leads to.';

create function private.first_difference(session public.bidding_sessions) returns jsonb
language plpgsql stable
set search_path = ''
set timezone = 'UTC'
as $$
declare
  count constant private.recount := private.recount(session);
begin
  return coalesce(
    count.difference,
    private.row_difference(session, count),
    private.people_difference(session, count),
    private.standing_difference(session),
    private.result_difference(session, count)
  );
end
$$;
comment on function private.first_difference is 'The first thing in a session that its ledger does not lead to; null where all of it does.';

create function api.verify_session(session_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  session public.bidding_sessions;
  difference jsonb;
begin
  perform private.require_steward();
  session := private.kept_session(verify_session.session_id);
  if session.session_id is null then
    return private.refuse_unknown_session();
  end if;
  difference := private.first_difference(session);
  return jsonb_build_object('ok', difference is null, 'firstDifference', difference);
end
$$;
comment on function api.verify_session is
  'Recomputes a session, live or archived, from its ledger: every bid, deadline and event, leader, price, people, rounds '
  'and result; names the first difference. For admins and the service. Code: not_found.';
grant execute on function api.verify_session to authenticated, service_role;
