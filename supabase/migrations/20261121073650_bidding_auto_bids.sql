-- Purpose: ceilings: set, read, cleared by their owner, and known to nobody else.
-- Objects: api.set_auto_bid, api.get_auto_bid and what judges them.
-- Locks and cost: as a bid.
-- Undo: drop the functions.

create function private.write_auto_bid(
  session public.bidding_sessions, inout bidder private.bidder, max_amount_cents bigint, at timestamptz
)
language plpgsql volatile
set search_path = ''
as $$
begin
  bidder.max_amount_cents := write_auto_bid.max_amount_cents;
  bidder.set_at := case when write_auto_bid.max_amount_cents is not null then write_auto_bid.at end;
  update public.bidding_auto_bids as a
  set max_amount_cents = bidder.max_amount_cents, set_at = bidder.set_at
  where a.session_id = session.session_id and a.user_id = bidder.user_id;
end
$$;
comment on function private.write_auto_bid is 'Keeps a ceiling, or none.';

create function private.auto_bid_answer(
  session public.bidding_sessions, bidder private.bidder, message text, bid public.bids default null
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'success', true,
    'message', message,
    'autoBid', private.auto_bid_json(bidder.max_amount_cents, bidder.set_at),
    'bid', case when bid.seq is not null then private.bid_json(bid) end,
    'session', private.session_json(session, bidder.user_id, bidder.leader_alias, bidder.rounds_used)
  );
end
$$;
comment on function private.auto_bid_answer is 'What the owner of a ceiling is answered.';

create function private.refuse_ceiling(minimum_cents bigint, currency text) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(
    422, 'ceiling_too_low', format('The least ceiling is %s', private.money_text(minimum_cents, currency)),
    jsonb_build_object('minimumCents', minimum_cents)
  )
$$;
comment on function private.refuse_ceiling is 'The refusal of a ceiling that could not lead, or of a leader''s below the price.';

create function private.judge_auto_bid(
  session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  is_leader boolean;
  minimum_cents bigint;
  move private.bidding_move;
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  session := private.at_moment(session, moment);
  if session.ended_at is not null or session.status = 'pending' or bidder.withdrawn_at is not null then
    return private.refuse_bidder(session, bidder);
  end if;
  is_leader := coalesce(session.leader_id = bidder.user_id, false);
  if max_amount_cents is null then
    bidder := private.write_auto_bid(session, bidder, null, moment);
    return private.auto_bid_answer(session, bidder, 'Auto-bid cleared; your bids stand');
  end if;
  minimum_cents := case when is_leader then session.current_price_cents else private.minimum_next(session) end;
  if max_amount_cents < minimum_cents then
    return private.refuse_ceiling(minimum_cents, session.currency);
  end if;

  bidder := private.write_auto_bid(session, bidder, max_amount_cents, moment);
  if is_leader then
    -- Nobody bids against himself: nothing that others can see changes.
    return private.auto_bid_answer(session, bidder, 'Auto-bid set; you lead');
  end if;
  move := private.challenge(session, bidder, max_amount_cents, false, moment);
  return private.auto_bid_answer(
    move.session, move.bidder,
    case when (move.bid).leads then 'Auto-bid set; you lead' else 'Auto-bid set and outbid at once by another' end,
    move.bid
  );
end
$$;
comment on function private.judge_auto_bid is 'Decides on a ceiling; where its owner does not lead it bids at once. The session''s row is locked.';

create function api.set_auto_bid(session_id uuid, max_amount_cents bigint default null) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
-- Every look-up is by key: a plan made once serves all.
set plan_cache_mode = force_generic_plan
as $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'sessionId', set_auto_bid.session_id, 'maxAmountCents', set_auto_bid.max_amount_cents
  );
  session public.bidding_sessions;
  answer jsonb;
begin
  -- An outsider never queues for the row of others: who takes part is fixed.
  if exists (
    select from public.bidding_participants as p
    where p.session_id = set_auto_bid.session_id and p.user_id = who.user_id
  ) then
    -- Lock: the session's row, before key, bucket and clock; as a bid.
    select * into session
    from public.bidding_sessions as s where s.session_id = set_auto_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'set_auto_bid', request);
  if answer is not null then
    return answer;
  end if;
  if max_amount_cents not between 1 and 100000000000 then
    return private.conclude(who, 'set_auto_bid', request, private.refuse_amount('maxAmountCents'));
  end if;
  return private.conclude(
    who, 'set_auto_bid', request,
    private.judge_auto_bid(session, private.bidder_in(session, who.user_id), max_amount_cents)
  );
end
$$;
comment on function api.set_auto_bid is
  'A participant sets his secret ceiling, or clears it with null. Codes: invalid_request, not_a_participant, '
  'session_not_started, session_closed, participant_withdrawn, ceiling_too_low.';
grant execute on function api.set_auto_bid to anon, authenticated;

create function api.get_auto_bid(session_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user']);
  own public.bidding_auto_bids;
begin
  select * into own
  from public.bidding_auto_bids as a where a.session_id = get_auto_bid.session_id and a.user_id = who.user_id;
  if not found then
    return private.refuse_outsider();
  end if;
  return jsonb_build_object('autoBid', private.auto_bid_json(own.max_amount_cents, own.set_at));
end
$$;
comment on function api.get_auto_bid is 'A participant''s own ceiling. Code: not_a_participant.';
grant execute on function api.get_auto_bid to anon, authenticated;
