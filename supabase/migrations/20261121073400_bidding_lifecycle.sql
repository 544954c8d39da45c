-- Purpose: how a session moves: what it writes, whom it tells, how it starts and how it closes.
-- Objects: private.append_event, private.notify, private.activate_session, private.close_session, private.has_rival,
--   private.at_moment.
-- Locks and cost: every function here needs the session's row lock, held by its caller.
-- Undo: drop the functions.

create function private.notification_id(user_id uuid, session_id uuid, type text, seq bigint) returns uuid
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return md5(user_id::text || session_id || type || seq)::uuid;
end
$$;
comment on function private.notification_id is 'One id for one thing told to one user: its key refuses the second.';

create function private.notify(
  session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb
) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  notification public.bidding_notifications;
  shown jsonb;
begin
  insert into public.bidding_notifications as n (notification_id, user_id, session_id, type, seq, data, created_at)
  values (
    private.notification_id(notify.user_id, session.session_id, notify.type, notify.seq), notify.user_id,
    session.session_id, notify.type, notify.seq, notify.data, clock_timestamp()
  )
  on conflict on constraint bidding_notifications_pkey do nothing
  returning n.* into notification;
  if not found then
    return false;
  end if;
  shown := private.notification_json(notification, session);
  perform realtime.send(shown, notify.type, 'user:' || notify.user_id, true);
  if private.has_channel(notify.user_id) then
    perform private.enqueue(notify.user_id, notify.type, shown, 'notification:' || notification.notification_id);
  end if;
  return true;
end
$$;
comment on function private.notify is
  'Tells a user once: in his inbox, at once on the topic user:<id>, and through the outbox where he has an outside channel.';

create function private.notify_everybody(
  session public.bidding_sessions, type text, seq bigint, data jsonb
) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  participant uuid;
  told integer := 0;
begin
  for participant in
    select p.user_id from public.bidding_participants as p
    where p.session_id = session.session_id and p.withdrawn_at is null
    order by p.user_id
  loop
    if private.notify(session, participant, type, seq, data) then
      told := told + 1;
    end if;
  end loop;
  return told;
end
$$;
comment on function private.notify_everybody is 'private.notify for every participant who has not withdrawn; how many were told anew.';

create function private.append_event(
  inout session public.bidding_sessions, leader text, type text, at timestamptz, actor_kind text, actor_id text,
  data jsonb default '{}'
)
language plpgsql volatile
set search_path = ''
as $$
declare
  event private.session_events;
begin
  event.session_id := session.session_id;
  event.seq := session.seq + 1;
  event.type := append_event.type;
  event.at := append_event.at;
  event.actor_kind := append_event.actor_kind;
  event.actor_id := append_event.actor_id;
  event.data := jsonb_build_object(
    'priceCents', session.current_price_cents, 'leader', append_event.leader, 'expiresAt', session.expires_at
  ) || append_event.data;
  event.hash := private.event_hash(session.ledger_hash, event);
  insert into private.session_events select event.*;
  session.seq := event.seq;
  session.ledger_hash := event.hash;
  if event.type <> 'session_created' then
    perform realtime.send(
      private.event_json(event)
      || jsonb_build_object('sessionId', event.session_id, 'serverTime', clock_timestamp()),
      event.type, 'bidding:' || event.session_id, true
    );
  end if;
end
$$;
comment on function private.append_event is
  'Adds an event to the ledger and announces it. The session it hands back has the new seq and hash; its caller writes them.';

create function private.activate_session(inout session public.bidding_sessions)
language plpgsql volatile
set search_path = ''
as $$
begin
  session.status := 'active';
  session := private.append_event(session, null, 'session_started', clock_timestamp(), 'system', 'clock');
  update public.bidding_sessions as s
  set status = session.status, seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  -- One that is found due after its deadline is opened to be closed: nobody is called to it.
  if session.expires_at > clock_timestamp() then
    perform private.notify_everybody(
      session, 'session_started', session.seq,
      jsonb_build_object('startingBidCents', session.starting_bid_cents, 'expiresAt', session.expires_at)
    );
  end if;
end
$$;
comment on function private.activate_session is 'Opens a session that is due. Its row is locked.';

-- The end ----------------------------------------------------------------------------------------------------------
create function private.runner_up(session public.bidding_sessions) returns uuid
language sql stable
set search_path = ''
as $$
  -- No ceiling is asked for, so that clearing one changes nothing. Whoever took the lead bid more than any ceiling of the
  -- one he took it from, who had bid no less than all the others were in for; and whoever was answered at once is shown with
  -- all he was in for. So the highest bid of the others is that of the highest ceiling among them, standing or cleared.
  with placed as (
    select b.user_id, b.amount_cents, b.placed_at, b.leads
    from public.bids as b
    where b.session_id = session.session_id and b.user_id <> session.leader_id
  ),
  others as (
    select p.user_id, count(*) over () as rivals
    from public.bidding_participants as p
    where p.session_id = session.session_id and p.user_id <> session.leader_id
  )
  select o.user_id
  from others as o
  left join placed as b on b.user_id = o.user_id
  -- Of two there is one other, whether he has bid or not; of more, only those who have.
  where b.user_id is not null or (o.rivals = 1 and session.compensation_policy = 'always')
  -- Of a bid and the equal answer to it, placed at one moment, the answer's ceiling had stood before.
  order by b.amount_cents desc nulls last, b.placed_at, b.leads desc
  limit 1
$$;
comment on function private.runner_up is 'Whom the winner beat: the highest of the others by ceiling, of equal ones the earliest.';

create function private.decide_result(session public.bidding_sessions, at timestamptz) returns public.bidding_results
language plpgsql volatile
set search_path = ''
as $$
declare
  result public.bidding_results;
begin
  result.loser_id := private.runner_up(session);
  result.compensation_cents := case
    when result.loser_id is null then 0
    else session.current_price_cents * session.compensation_bps / 10000
  end;
  insert into public.bidding_results as r (
    session_id, winner_id, loser_id, currency, winning_bid_cents, compensation_cents, platform_revenue_cents,
    payout_status, decided_at
  )
  values (
    session.session_id, session.leader_id, result.loser_id, session.currency, session.current_price_cents,
    result.compensation_cents, session.current_price_cents - result.compensation_cents,
    case when result.compensation_cents > 0 then 'pending' end, decide_result.at
  )
  returning r.* into result;
  return result;
end
$$;
comment on function private.decide_result is 'Writes who won and the money, exact to the cent: compensation rounded down, the rest is revenue.';

create function private.announce_result(session public.bidding_sessions, result public.bidding_results) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  winner constant text := private.alias_of(session.session_id, result.winner_id);
  participant uuid;
begin
  for participant in
    select p.user_id from public.bidding_participants as p where p.session_id = session.session_id order by p.user_id
  loop
    if participant = result.loser_id and result.compensation_cents > 0 then
      perform private.notify(session, participant, 'loser_compensation', session.seq, jsonb_build_object(
        'winner', winner, 'compensationCents', result.compensation_cents
      ));
    else
      perform private.notify(session, participant, 'winner_announcement', session.seq, jsonb_strip_nulls(
        jsonb_build_object(
          'winner', winner, 'youWon', participant = result.winner_id,
          'priceCents', case when participant in (result.winner_id, result.loser_id) then result.winning_bid_cents end
        )
      ));
    end if;
  end loop;
end
$$;
comment on function private.announce_result is 'Tells winner, loser and the others how it ended.';

create function private.close_session(
  inout session public.bidding_sessions, actor_kind text default 'system', actor_id text default 'clock',
  cancellation_reason text default null
)
language plpgsql volatile
set search_path = ''
as $$
declare
  result public.bidding_results;
  leader text;
begin
  if session.ended_at is not null then
    return;
  end if;
  leader := private.alias_of(session.session_id, session.leader_id);
  session.ended_at := clock_timestamp();
  session.cancellation_reason := close_session.cancellation_reason;
  session.status := case
    when close_session.cancellation_reason is not null then 'cancelled'
    when session.leader_id is null then 'expired'
    else 'completed'
  end;
  session := private.append_event(
    session, leader, 'session_closed', session.ended_at, close_session.actor_kind, close_session.actor_id,
    jsonb_build_object('outcome', session.status, 'winner', case session.status when 'completed' then leader end)
  );
  update public.bidding_sessions as s
  set status = session.status, ended_at = session.ended_at, cancellation_reason = session.cancellation_reason,
      seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  if session.status = 'completed' then
    result := private.decide_result(session, session.ended_at);
    perform private.announce_result(session, result);
  elsif session.status = 'cancelled' then
    perform private.notify_everybody(
      session, 'session_cancelled', session.seq, jsonb_build_object('reason', session.cancellation_reason)
    );
  end if;
end
$$;
comment on function private.close_session is
  'Ends a session: completed with a leader, expired without, cancelled with a reason. Does nothing where it has ended; '
  'the only writer of bidding_results. Its row is locked.';

create function private.has_rival(session public.bidding_sessions) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.bidding_participants as p
    where p.session_id = session.session_id and p.withdrawn_at is null and p.user_id is distinct from session.leader_id
  );
end
$$;
comment on function private.has_rival is 'Whether anybody is left who could outbid the leader, or, without one, who could bid at all.';

create function private.at_moment(inout session public.bidding_sessions, moment timestamptz)
language plpgsql volatile
set search_path = ''
as $$
begin
  if session.status = 'pending' and session.starts_at <= moment then
    session := private.activate_session(session);
    if not private.has_rival(session) then
      session := private.close_session(session); -- all of them had withdrawn
    end if;
  end if;
  if session.status = 'active' and session.expires_at <= moment then
    session := private.close_session(session);
  end if;
end
$$;
comment on function private.at_moment is
  'The session as it must be at a moment: opened where it is due, closed where its deadline has passed. Its row is '
  'locked, and the moment was read after it was: whoever waited past the deadline finds it past.';
