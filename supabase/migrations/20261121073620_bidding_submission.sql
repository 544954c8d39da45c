-- Purpose: a bid by hand: judged, and placed where it may be.
-- Objects: private.judge_bid, private.is_hopeless, api.submit_bid and their refusals.
-- Locks and cost: one session row per bid, held to the end of the transaction; a hopeless bid takes no row's lock.
-- Undo: drop the functions.

create function private.refuse_bidder(session public.bidding_sessions, bidder private.bidder) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  if session.ended_at is not null then
    return private.refuse_closed(session, bidder.user_id);
  end if;
  if session.status = 'pending' then
    return private.refuse(
      409, 'session_not_started', 'Bidding in this session has not started',
      jsonb_build_object('startsAt', session.starts_at)
    );
  end if;
  if bidder.withdrawn_at is not null then
    return private.refuse(409, 'participant_withdrawn', 'You have withdrawn from this session');
  end if;
  return null;
end
$$;
comment on function private.refuse_bidder is 'The refusal of whoever cannot bid now, whatever the amount; null where he can.';

create function private.refuse_outsider() returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(403, 'not_a_participant', 'You do not take part in this session')
$$;
comment on function private.refuse_outsider is 'The same for a session of others and for one that does not exist.';

create function private.refuse_low_bid(session public.bidding_sessions) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(
    422, 'bid_too_low',
    format('The least that can be bid is %s', private.money_text(private.minimum_next(session), session.currency)),
    jsonb_build_object(
      'minimumNextCents', private.minimum_next(session), 'currentPriceCents', session.current_price_cents
    )
  )
$$;
comment on function private.refuse_low_bid is 'The refusal of an amount below the next step.';

create function private.judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint)
returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  -- One reading for all of it: a bid that is judged in time is placed in time.
  moment constant timestamptz := clock_timestamp();
  minimum_cents bigint;
  maximum_cents bigint;
  move private.bidding_move;
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  -- Where nothing is due, private.at_moment would hand the session back as it is.
  if session.status <> 'active' or session.expires_at <= moment then
    session := private.at_moment(session, moment);
  end if;
  if session.ended_at is not null or session.status = 'pending' or bidder.withdrawn_at is not null then
    return private.refuse_bidder(session, bidder);
  end if;
  if session.leader_id = bidder.user_id then
    return private.refuse(
      409, 'already_leading', 'You lead already',
      jsonb_build_object('currentPriceCents', session.current_price_cents)
    );
  end if;
  minimum_cents := private.minimum_next(session);
  if amount_cents < minimum_cents then
    return private.refuse_low_bid(session);
  end if;
  maximum_cents := greatest(
    coalesce(session.current_price_cents, session.starting_bid_cents) * session.maximum_jump_bps / 10000, minimum_cents
  );
  if amount_cents > maximum_cents then
    return private.refuse(
      422, 'bid_too_high',
      format('The most that can be bid by hand now is %s', private.money_text(maximum_cents, session.currency)),
      jsonb_build_object('maximumCents', maximum_cents)
    );
  end if;
  if bidder.rounds_used >= session.max_rounds then
    return private.refuse(
      409, 'no_rounds_left', format('You have placed all %s of your bids by hand', session.max_rounds),
      jsonb_build_object('maxRounds', session.max_rounds)
    );
  end if;

  update public.bidding_auto_bids as a set rounds_used = a.rounds_used + 1
  where a.session_id = session.session_id and a.user_id = bidder.user_id;
  bidder.rounds_used := bidder.rounds_used + 1;
  move := private.challenge(session, bidder, amount_cents, true, moment);
  return jsonb_build_object(
    'success', true,
    'message', case when (move.bid).leads then 'You lead' else 'You were outbid at once by an auto-bid' end,
    'bid', private.bid_json(move.bid),
    'autoBid', private.auto_bid_json(bidder.max_amount_cents, bidder.set_at),
    'session', private.session_json(
      move.session, bidder.user_id, (move.bidder).leader_alias, bidder.rounds_used
    )
  );
end
$$;
comment on function private.judge_bid is 'Decides on a bid by hand and places it. The session''s row is locked.';

create function private.refuse_amount(field text) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse_shape(private.issue(field, 'Expected whole cents from 1 to 100000000000'))
$$;
comment on function private.refuse_amount is 'The refusal of what is no amount.';

create function private.is_hopeless(session_id uuid, user_id uuid, amount_cents bigint) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  fails boolean;
begin
  select
    -- Of a session that is due to open or to end, the judgement under the lock must tell: it carries that out.
    s.status = 'active' and clock_timestamp() < s.expires_at and (
      p.withdrawn_at is not null
      or (s.leader_id is distinct from p.user_id and is_hopeless.amount_cents < private.minimum_next(s))
    )
  into fails
  from public.bidding_participants as p
  join public.bidding_sessions as s on s.session_id = p.session_id
  where p.session_id = is_hopeless.session_id and p.user_id = is_hopeless.user_id;
  -- Who takes no part is hopeless too.
  return not found or fails;
end
$$;
comment on function private.is_hopeless is
  'Whether a bid fails whatever happens meanwhile: who takes part is fixed, who withdrew stays out, and prices only rise.';

create function private.refuse_hopeless(session public.bidding_sessions, bidder private.bidder) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  return coalesce(private.refuse_bidder(session, bidder), private.refuse_low_bid(session));
end
$$;
comment on function private.refuse_hopeless is 'The refusal of a hopeless bid, by the session as it was read.';

create function api.submit_bid(session_id uuid, amount_cents bigint) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
-- Every look-up is by key: a plan made once serves all.
set plan_cache_mode = force_generic_plan
as $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'sessionId', submit_bid.session_id, 'amountCents', submit_bid.amount_cents
  );
  is_amount constant boolean := coalesce(amount_cents between 1 and 100000000000, false);
  -- What is hopeless is refused without queueing for the row, whoever holds it. It takes the key's lock and the bucket's
  -- and never the row's after them, so the two paths cannot wait for each other in a ring.
  is_hopeless constant boolean :=
    not is_amount or private.is_hopeless(submit_bid.session_id, who.user_id, submit_bid.amount_cents);
  session public.bidding_sessions;
  answer jsonb;
begin
  if is_hopeless then
    select * into session from public.bidding_sessions as s where s.session_id = submit_bid.session_id;
  else
    -- Lock: the session's row, before key, bucket and clock. Whoever waited finds the price, the leader and the time as
    -- they stand when it is his turn; everything about his rival is read after it.
    select * into session
    from public.bidding_sessions as s where s.session_id = submit_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'submit_bid', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'submit_bid', request, case
    when not is_amount then private.refuse_amount('amountCents')
    when is_hopeless then private.refuse_hopeless(session, private.bidder_in(session, who.user_id))
    else private.judge_bid(session, private.bidder_in(session, who.user_id), amount_cents)
  end);
end
$$;
comment on function api.submit_bid is
  'A participant bids by hand. Codes: invalid_request, not_a_participant, session_not_started, session_closed, '
  'participant_withdrawn, already_leading, bid_too_low, bid_too_high, no_rounds_left.';
grant execute on function api.submit_bid to anon, authenticated;
