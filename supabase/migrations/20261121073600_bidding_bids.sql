-- Purpose: the proxy rule, and how bids are written.
-- Objects: private.bidder, private.bidding_move, private.bidder_in, private.place_bid, private.challenge.
-- Locks and cost: one session row per bid, held to the end of the transaction; what is looked up is looked up by key,
--   so that the cost depends neither on how many ceilings stand nor on how many bids were placed.
-- Undo: drop the functions and the type.

create type private.bidder as (
  user_id uuid, -- null where the caller takes no part
  alias text,
  withdrawn_at timestamptz,
  max_amount_cents bigint,
  set_at timestamptz,
  rounds_used integer,
  leader_alias text,
  leader_ceiling_cents bigint -- what the leader's bid stands for: his ceiling, or the price where he has none
);
comment on type private.bidder is 'A participant before the session''s leader: all that a bid is judged by.';

create type private.bidding_move as (
  session public.bidding_sessions,
  bidder private.bidder,
  bid public.bids
);
comment on type private.bidding_move is 'A bid, and the session and its bidder as they stand after it.';

create function private.bidder_in(session public.bidding_sessions, user_id uuid) returns private.bidder
language plpgsql stable
set search_path = ''
as $$
declare
  bidder private.bidder;
begin
  -- Both in one look-up. Of all ceilings only the leader's can lie above the price (price >= the second highest, always),
  -- so it is the only one that a challenger meets.
  select p.user_id, p.alias, p.withdrawn_at, a.max_amount_cents, a.set_at, a.rounds_used, l.alias,
    case when l.user_id is not null then greatest(c.max_amount_cents, session.current_price_cents) end
  into bidder
  from public.bidding_participants as p
  join public.bidding_auto_bids as a on a.session_id = p.session_id and a.user_id = p.user_id
  left join public.bidding_participants as l on l.session_id = session.session_id and l.user_id = session.leader_id
  left join public.bidding_auto_bids as c on c.session_id = session.session_id and c.user_id = session.leader_id
  where p.session_id = session.session_id and p.user_id = bidder_in.user_id;
  return bidder;
end
$$;
comment on function private.bidder_in is 'Looks up a participant and whom he is up against.';

-- Writing bids -----------------------------------------------------------------------------------------------------
create function private.place_bid(
  session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean,
  by_proxy boolean, at timestamptz, bidder text, leader text
) returns public.bids
language plpgsql volatile
set search_path = ''
as $$
declare
  bid public.bids;
begin
  bid.session_id := session.session_id;
  bid.seq := session.seq + 1;
  bid.bid_id := gen_random_uuid();
  bid.user_id := place_bid.user_id;
  bid.amount_cents := place_bid.amount_cents;
  bid.previous_amount_cents := place_bid.previous_cents;
  bid.leads := place_bid.leads;
  bid.placed_at := place_bid.at;
  bid.expires_at := session.expires_at;
  bid.hash := private.bid_hash(session.ledger_hash, bid);
  insert into public.bids (
    session_id, seq, bid_id, user_id, amount_cents, previous_amount_cents, leads, placed_at, expires_at, hash
  )
  values (
    bid.session_id, bid.seq, bid.bid_id, bid.user_id, bid.amount_cents, bid.previous_amount_cents, bid.leads,
    bid.placed_at, bid.expires_at, bid.hash
  );
  if by_proxy then
    insert into public.bid_details (session_id, seq, user_id) values (bid.session_id, bid.seq, bid.user_id);
  end if;
  perform realtime.send(
    private.bid_event_json(bid, bidder, session.current_price_cents, leader)
    || jsonb_build_object('sessionId', bid.session_id, 'serverTime', bid.placed_at),
    'bid_placed', 'bidding:' || bid.session_id, true
  );
  return bid;
end
$$;
comment on function private.place_bid is
  'Adds a bid to the ledger and tells the session''s topic, under the aliases of its bidder and its leader. Its caller '
  'writes the session with the seq and hash of the bid.';

create function private.challenge(
  session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamptz
) returns private.bidding_move
language plpgsql volatile
set search_path = ''
as $$
declare
  old_leader constant uuid := session.leader_id;
  old_price constant bigint := session.current_price_cents;
  old_alias constant text := bidder.leader_alias;
  leads constant boolean := old_leader is null or amount_cents > bidder.leader_ceiling_cents;
  late_end constant timestamptz := least(
    challenge.at + make_interval(secs => session.soft_close_seconds), session.hard_end_at
  );
  is_extended constant boolean := session.soft_close_seconds > 0 and late_end > session.expires_at;
  bid public.bids;
  answer public.bids;
begin
  -- The proxy rule in closed form. M1 is the higher of the two ceilings, M2 the lower: price = min(M1, one step above
  -- M2); of equal ceilings the standing one leads. What is bid by hand states its price where it leads.
  session.current_price_cents := case
    when not leads then least(bidder.leader_ceiling_cents, private.next_step(session, amount_cents))
    when by_hand then amount_cents
    when old_leader is null then session.starting_bid_cents
    else least(amount_cents, private.next_step(session, bidder.leader_ceiling_cents))
  end;
  if leads then
    session.leader_id := bidder.user_id;
    bidder.leader_alias := bidder.alias;
  end if;
  if is_extended then
    session.expires_at := late_end;
  end if;

  -- A challenger who is answered at once is shown with the amount he was beaten at.
  bid := private.place_bid(
    session, bidder.user_id, case when leads then session.current_price_cents else amount_cents end, old_price, leads,
    not by_hand, challenge.at, bidder.alias, bidder.leader_alias
  );
  session.seq := bid.seq;
  session.ledger_hash := bid.hash;
  if not leads then
    answer := private.place_bid(
      session, old_leader, session.current_price_cents, bid.amount_cents, true, true, challenge.at, old_alias, old_alias
    );
    session.seq := answer.seq;
    session.ledger_hash := answer.hash;
  end if;
  if is_extended then
    session := private.append_event(
      session, bidder.leader_alias, 'session_extended', challenge.at, 'system', 'clock'
    );
  end if;
  update public.bidding_sessions as s
  set current_price_cents = session.current_price_cents, leader_id = session.leader_id,
      expires_at = session.expires_at, seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;

  -- Whoever was answered at once hears it as his answer; whoever lost the lead, and whose proxy held it, is told.
  if leads and old_leader is not null then
    perform private.notify(session, old_leader, 'outbid', bid.seq, jsonb_build_object(
      'priceCents', session.current_price_cents, 'minimumNextCents', private.minimum_next(session)
    ));
  elsif not leads then
    perform private.notify(session, old_leader, 'auto_bid_triggered', answer.seq, jsonb_build_object(
      'priceCents', session.current_price_cents
    ));
  end if;
  if is_extended then
    -- Once for a new end, to the minute that is shown: the topic tells every extension, and a rival's small steps must not
    -- flood an inbox.
    perform private.notify_everybody(
      session, 'session_extended', floor(extract(epoch from session.expires_at) / 60)::bigint,
      jsonb_build_object('expiresAt', session.expires_at)
    );
  end if;
  -- The first bid after the others had withdrawn: of those who have bid, the last rival's withdrawal closes it.
  if old_leader is null and not private.has_rival(session) then
    session := private.close_session(session);
  end if;
  return row(session, bidder, bid)::private.bidding_move;
end
$$;
comment on function private.challenge is
  'Lets one who does not lead bid an amount, by hand or as his ceiling, against the leader''s ceiling; at most two bids.';
