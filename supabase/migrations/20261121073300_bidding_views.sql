-- Purpose: how the public API shows a session, a bid, an event, a result, a notification.
-- Objects: private.session_json, private.event_json, private.result_json, private.notification_json and their kin.
-- Locks and cost: none.
-- Undo: drop the functions.

create function private.minimum_next(session public.bidding_sessions) returns bigint
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  if session.current_price_cents is null then
    return session.starting_bid_cents;
  end if;
  -- private.next_step in place: a bid asks for it again and again.
  return (session.current_price_cents * (10000 + session.minimum_increment_bps) + 9999) / 10000;
end
$$;
comment on function private.minimum_next is 'The least a rival must bid, in cents.';

create function private.next_step(session public.bidding_sessions, amount_cents bigint) returns bigint
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  -- ceil(amount x (1 + increment)) in whole numbers.
  return (amount_cents * (10000 + session.minimum_increment_bps) + 9999) / 10000;
end
$$;
comment on function private.next_step is 'One increment above an amount, rounded up to the cent.';

create function private.money_text(cents bigint, currency text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return currency || ' ' || cents / 100 || '.' || lpad((cents % 100)::text, 2, '0');
end
$$;
comment on function private.money_text is 'An amount for people, such as USD 3300.00.';

create function private.auto_bid_json(max_amount_cents bigint, set_at timestamptz) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if max_amount_cents is null then
    return null;
  end if;
  return jsonb_build_object(
    'maxAmount', trim_scale(max_amount_cents / 100.0), 'maxAmountCents', max_amount_cents, 'setAt', set_at
  );
end
$$;
comment on function private.auto_bid_json is 'A ceiling as its owner alone is shown it.';

create function private.bid_json(bid public.bids) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', bid.bid_id, 'sessionId', bid.session_id, 'userId', bid.user_id, 'amount', trim_scale(bid.amount_cents / 100.0),
    'amountCents', bid.amount_cents, 'seq', bid.seq, 'placedAt', bid.placed_at
  );
end
$$;
comment on function private.bid_json is 'A bid as its bidder is shown it.';

create function private.session_json(
  session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  is_live constant boolean := session.ended_at is null;
begin
  return jsonb_build_object(
    'id', session.session_id,
    'propertyId', session.property_id,
    'listingId', session.listing_id,
    'targetNight', session.target_night,
    'status', session.status,
    'acceptsBids', is_live and moment >= session.starts_at and moment < session.expires_at,
    'seq', session.seq,
    'currency', session.currency,
    'startingBidCents', session.starting_bid_cents,
    'currentPriceCents', session.current_price_cents,
    'leader', leader_alias,
    'youLead', coalesce(session.leader_id = viewer, false),
    'minimumNextCents', case when is_live then private.minimum_next(session) end,
    'roundsLeft', case when rounds_used is not null then greatest(session.max_rounds - rounds_used, 0) end,
    'minimumIncrementBps', session.minimum_increment_bps,
    'maxRounds', session.max_rounds,
    'roundDurationSeconds', session.round_duration_seconds,
    'maximumJumpBps', session.maximum_jump_bps,
    'compensationBps', session.compensation_bps,
    'compensationPolicy', session.compensation_policy,
    'softCloseSeconds', session.soft_close_seconds,
    'startsAt', session.starts_at,
    'expiresAt', session.expires_at,
    'hardEndAt', session.hard_end_at,
    'endedAt', session.ended_at,
    'serverTime', moment
  );
end
$$;
comment on function private.session_json is
  'A session as a viewer is shown it; rounds_used is his own, null for one who does not take part.';

create function private.alias_of(session_id uuid, user_id uuid) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select p.alias from public.bidding_participants as p
    where p.session_id = alias_of.session_id and p.user_id = alias_of.user_id
  );
end
$$;
comment on function private.alias_of is 'The name under which a session shows a participant; null for nobody.';

create function private.session_view(session public.bidding_sessions, viewer uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return private.session_json(
    session, viewer, private.alias_of(session.session_id, session.leader_id), (
      select a.rounds_used from public.bidding_auto_bids as a
      where a.session_id = session.session_id and a.user_id = viewer
    )
  );
end
$$;
comment on function private.session_view is 'session_json for whoever has not looked the rest up already.';

create function private.bid_event_json(
  bid public.bids, bidder text, price_cents bigint, leader text
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'seq', bid.seq, 'type', 'bid_placed', 'at', bid.placed_at, 'bidId', bid.bid_id, 'bidder', bidder,
    'amountCents', bid.amount_cents, 'priceCents', price_cents, 'leader', leader, 'expiresAt', bid.expires_at
  );
end
$$;
comment on function private.bid_event_json is
  'A bid as everybody in the session is shown it; price and leader as its request left them.';

create function private.event_json(event private.session_events) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object('seq', event.seq, 'type', event.type, 'at', event.at) || event.data;
end
$$;
comment on function private.event_json is 'An event as everybody in the session is shown it.';

create function private.result_json(session public.bidding_sessions, viewer uuid, sees_money boolean) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  result public.bidding_results;
begin
  if session.ended_at is null then
    return null;
  end if;
  select * into result from public.bidding_results as r where r.session_id = session.session_id;
  if not (sees_money or coalesce(viewer in (result.winner_id, result.loser_id), false)) then
    result.winning_bid_cents := null;
    result.compensation_cents := null;
    result.platform_revenue_cents := null;
  end if;
  return jsonb_build_object(
    'outcome', session.status,
    'winner', private.alias_of(session.session_id, result.winner_id),
    'winningBidCents', result.winning_bid_cents,
    'compensationCents', result.compensation_cents,
    'platformRevenueCents', result.platform_revenue_cents
  );
end
$$;
comment on function private.result_json is 'How a session ended, null while it is live; its money is for winner, loser and admins.';

-- Notifications ----------------------------------------------------------------------------------------------------
create function private.notification_title(type text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return case type
    when 'session_started' then 'Bidding has started'
    when 'outbid' then 'You were outbid'
    when 'auto_bid_triggered' then 'Your auto-bid answered a rival'
    when 'session_extended' then 'Bidding was extended'
    when 'session_ending_soon' then 'Bidding ends soon'
    when 'winner_announcement' then 'Bidding has ended'
    when 'loser_compensation' then 'You are compensated'
    when 'session_cancelled' then 'Bidding was cancelled'
    when 'system_maintenance' then 'Maintenance'
  end;
end
$$;
comment on function private.notification_title is 'The title of a notification.';

create function private.minute_text(instant text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select replace(substring(instant for 16), 'T', ' ')
$$;
comment on function private.minute_text is 'An instant in UTC as people read it, to the minute.';

create function private.notification_message(type text, data jsonb, session public.bidding_sessions) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  night constant text := 'the night of ' || session.target_night;
begin
  -- Branches of PL/pgSQL, not of one CASE: an expression is set up whole in every transaction, whatever of it is needed.
  case type
    when 'outbid' then
      return format(
        'Somebody leads for %s at %s; the next bid is at least %s', night,
        private.money_text((data ->> 'priceCents')::bigint, session.currency),
        private.money_text((data ->> 'minimumNextCents')::bigint, session.currency)
      );
    when 'auto_bid_triggered' then
      return format(
        'You still lead for %s, now at %s', night,
        private.money_text((data ->> 'priceCents')::bigint, session.currency)
      );
    when 'session_started' then
      return format(
        'Bidding for %s is open until %s UTC and starts at %s', night, private.minute_text(data ->> 'expiresAt'),
        private.money_text(session.starting_bid_cents, session.currency)
      );
    when 'session_extended' then
      return format(
        'A late bid moved the end of bidding for %s to %s UTC', night, private.minute_text(data ->> 'expiresAt')
      );
    when 'session_ending_soon' then
      return format(
        'Bidding for %s ends at %s UTC, in about %s minutes', night, private.minute_text(data ->> 'expiresAt'),
        greatest(1, ceil((data ->> 'secondsLeft')::numeric / 60))
      );
    when 'winner_announcement' then
      if (data ->> 'youWon')::boolean then
        return format(
          'You won %s at %s', night, private.money_text((data ->> 'priceCents')::bigint, session.currency)
        );
      end if;
      return format('%s won %s', data ->> 'winner', night);
    when 'loser_compensation' then
      return format(
        'You did not win %s; you receive %s', night,
        private.money_text((data ->> 'compensationCents')::bigint, session.currency)
      );
    when 'session_cancelled' then
      return format('Bidding for %s was cancelled: %s', night, data ->> 'reason');
    when 'system_maintenance' then
      return data ->> 'message';
    else
      return null;
  end case;
end
$$;
comment on function private.notification_message is 'The words of a notification, made when it is read or delivered.';

create function private.notification_json(
  notification public.bidding_notifications, session public.bidding_sessions
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', notification.notification_id,
    'sessionId', notification.session_id,
    'type', notification.type,
    'title', private.notification_title(notification.type),
    'message', private.notification_message(notification.type, notification.data, session),
    'data', notification.data,
    'createdAt', notification.created_at,
    'readAt', notification.read_at
  );
end
$$;
comment on function private.notification_json is 'A notification as its owner is shown it.';
