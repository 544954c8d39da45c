-- Purpose: leaving a session, telling everybody of a maintenance, and the limits of bidding.
-- Objects: api.withdraw_bid, api.announce_maintenance.
-- Locks and cost: single rows.
-- Undo: drop the functions; delete the limits.

-- Withdraw ---------------------------------------------------------------------------------------------------------
create function private.judge_withdrawal(
  who private.caller, session public.bidding_sessions, bidder private.bidder
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  session := private.at_moment(session, moment);
  if session.ended_at is not null then
    return private.refuse_closed(session, bidder.user_id);
  end if;
  if bidder.withdrawn_at is not null then
    return private.refuse(409, 'participant_withdrawn', 'You have withdrawn from this session');
  end if;
  if session.leader_id = bidder.user_id then
    return private.refuse(409, 'leader_cannot_withdraw', 'You lead; a leader''s bid stands');
  end if;
  update public.bidding_participants as p set withdrawn_at = moment
  where p.session_id = session.session_id and p.user_id = bidder.user_id;
  session := private.append_event(
    session, bidder.leader_alias, 'participant_withdrawn', moment, who.kind, who.user_id::text,
    jsonb_build_object('participant', bidder.alias)
  );
  update public.bidding_sessions as s set seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  if session.status = 'active' and not private.has_rival(session) then
    session := private.close_session(session);
  end if;
  return jsonb_build_object(
    'success', true,
    'message', case when session.ended_at is null then 'You have withdrawn' else 'You have withdrawn; bidding has ended' end,
    'session', private.session_json(session, bidder.user_id, bidder.leader_alias, bidder.rounds_used)
  );
end
$$;
comment on function private.judge_withdrawal is 'Decides on a withdrawal and carries it out. The session''s row is locked.';

create function api.withdraw_bid(session_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object('sessionId', withdraw_bid.session_id);
  session public.bidding_sessions;
  answer jsonb;
begin
  -- An outsider never queues for the row of others: who takes part is fixed.
  if exists (
    select from public.bidding_participants as p
    where p.session_id = withdraw_bid.session_id and p.user_id = who.user_id
  ) then
    -- Lock: the session's row, before key, bucket and clock; as a bid.
    select * into session
    from public.bidding_sessions as s where s.session_id = withdraw_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'withdraw_bid', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'withdraw_bid', request,
    private.judge_withdrawal(who, session, private.bidder_in(session, who.user_id))
  );
end
$$;
comment on function api.withdraw_bid is
  'A participant who does not lead leaves for good. Codes: not_a_participant, session_closed, participant_withdrawn, '
  'leader_cannot_withdraw.';
grant execute on function api.withdraw_bid to anon, authenticated;

-- Maintenance ------------------------------------------------------------------------------------------------------
create function api.announce_maintenance(message text) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
-- The Data API grants it, beyond what the caller's role is allowed by default (authenticated 8 s).
set statement_timeout = '20s'
as $$
declare
  who constant private.caller := private.require_steward();
  request constant jsonb := jsonb_build_object('message', announce_maintenance.message);
  moment constant bigint := extract(epoch from clock_timestamp()) * 1000000;
  participant record;
  answer jsonb;
  told bigint := 0;
begin
  -- No row is locked: it tells people of the sessions that are live as it begins, and changes none of them.
  answer := private.admit(who, 'announce_maintenance', request);
  if answer is not null then
    return answer;
  end if;
  answer := private.note_issues('message', announce_maintenance.message, true);
  if answer is not null then
    return private.conclude(who, 'announce_maintenance', request, private.refuse_shape(answer));
  end if;
  -- Each person once, by the first of his sessions to end.
  for participant in
    select distinct on (p.user_id) p.user_id, s as session
    from public.bidding_sessions as s
    join public.bidding_participants as p on p.session_id = s.session_id and p.withdrawn_at is null
    where s.status in ('pending', 'active')
    order by p.user_id, s.expires_at
  loop
    if private.notify(participant.session, participant.user_id, 'system_maintenance', moment, request) then
      told := told + 1;
    end if;
  end loop;
  return private.conclude(
    who, 'announce_maintenance', request, jsonb_build_object('success', true, 'count', told)
  );
end
$$;
comment on function api.announce_maintenance is
  'Tells everybody who takes part in a live session, once; for the service and admins. Code: invalid_request.';
grant execute on function api.announce_maintenance to authenticated, service_role;

insert into private.rate_limits (operation, max_requests, period_seconds) values
  ('create_session', 60, 60),
  ('submit_bid', 10, 60),
  ('set_auto_bid', 5, 60),
  ('withdraw_bid', 5, 60),
  ('cancel_session', 60, 60),
  ('record_settlement', 600, 60),
  ('announce_maintenance', 10, 60),
  ('mark_notification_read', 120, 60);
