-- Purpose: what a session must be, recomputed from its ledger by the rules alone.
-- Objects: private.difference, private.recount and what it is made of.
-- Locks and cost: none; reads one session.
-- Undo: drop the functions and the type.

create function private.difference(what text, expected anyelement, found anyelement) returns jsonb
language sql immutable
set search_path = ''
as $$
  select case when expected is distinct from found then
    jsonb_build_object('what', what, 'expected', expected, 'found', found)
  end
$$;
comment on function private.difference is 'What does not agree, or null where it does.';

create type private.recount as (
  seq bigint,
  hash bytea,
  at timestamptz, -- when somebody last did something
  status text,
  price_cents bigint,
  leader_id uuid,
  runner_up_id uuid, -- whom the leader beat last
  expires_at timestamptz,
  is_extended boolean, -- by the bid before, which must be followed by its extension
  ended_at timestamptz,
  aliases jsonb, -- of everybody who takes part, by user
  withdrawn jsonb, -- when, by user
  difference jsonb -- the first entry that does not follow from the ones before it
);
comment on type private.recount is 'A session as its ledger makes it.';

-- Bids -------------------------------------------------------------------------------------------------------------
create function private.deadline_after(
  session public.bidding_sessions, expires_at timestamptz, placed_at timestamptz
) returns timestamptz
language plpgsql stable
set search_path = ''
as $$
begin
  if session.soft_close_seconds = 0 then
    return deadline_after.expires_at;
  end if;
  return greatest(
    deadline_after.expires_at,
    least(deadline_after.placed_at + make_interval(secs => session.soft_close_seconds), session.hard_end_at)
  );
end
$$;
comment on function private.deadline_after is 'The deadline as a bid of that moment leaves it.';

create function private.bid_difference(
  count private.recount, session public.bidding_sessions, entry private.ledger_entry
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  bid constant public.bids := entry.bid;
  bidder constant text := bid.user_id;
  step constant text := 'bid ' || bid.seq;
  minimum constant bigint := coalesce(private.next_step(session, count.price_cents), session.starting_bid_cents);
  -- A proxy steps as far as it takes to lead; with nobody before it that is the starting bid.
  maximum constant bigint := case
    when not entry.by_proxy then greatest(
      coalesce(count.price_cents, session.starting_bid_cents) * session.maximum_jump_bps / 10000, minimum
    )
    when count.price_cents is null then session.starting_bid_cents
  end;
begin
  return coalesce(
    private.difference(step || ': the session is active', 'active'::text, count.status),
    private.difference(step || ': the amount before it', count.price_cents, bid.previous_amount_cents),
    private.difference(step || ': at least the next step', true, bid.amount_cents >= minimum),
    private.difference(step || ': no further than it may jump', true, coalesce(bid.amount_cents <= maximum, true)),
    private.difference(step || ': by one who did not lead', true, bid.user_id is distinct from count.leader_id),
    private.difference(step || ': by a participant', true, count.aliases ? bidder),
    private.difference(step || ': by one who had not withdrawn', false, count.withdrawn ? bidder),
    private.difference(step || ': after what came before it', true, bid.placed_at >= count.at),
    private.difference(step || ': after the start', true, bid.placed_at >= session.starts_at),
    private.difference(step || ': in time', true, bid.placed_at < count.expires_at),
    private.difference(
      step || ': the deadline after it', private.deadline_after(session, count.expires_at, bid.placed_at), bid.expires_at
    )
  );
end
$$;
comment on function private.bid_difference is 'Where a bid does not follow from the ledger before it.';

create function private.answer_difference(
  count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  answer constant public.bids := entry.bid;
  step constant text := 'bid ' || bid.seq;
begin
  return coalesce(
    private.difference(step || ': answered by the leader', count.leader_id, answer.user_id),
    private.difference(step || ': the answer leads', true, answer.leads),
    private.difference(step || ': the answer follows it', bid.amount_cents, answer.previous_amount_cents),
    private.difference(
      step || ': answered by a step at most', true,
      answer.amount_cents between bid.amount_cents and private.next_step(session, bid.amount_cents)
    ),
    private.difference(step || ': answered by the proxy', true, entry.by_proxy),
    private.difference(step || ': answered at once', bid.placed_at, answer.placed_at),
    private.difference(step || ': the deadline after the answer', bid.expires_at, answer.expires_at)
  );
end
$$;
comment on function private.answer_difference is 'Where the proxy''s answer does not follow from the bid that it answers.';

create function private.count_bid(
  inout count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry
)
language plpgsql stable
set search_path = ''
as $$
declare
  bid constant public.bids := entry.bid;
begin
  count.difference := private.bid_difference(count, session, entry);
  if count.difference is null and not bid.leads then
    count.difference := private.answer_difference(count, session, bid, answer);
  end if;
  count.at := bid.placed_at;
  count.is_extended := bid.expires_at > count.expires_at;
  count.expires_at := bid.expires_at;
  if bid.leads then
    count.runner_up_id := count.leader_id;
    count.leader_id := bid.user_id;
    count.price_cents := bid.amount_cents;
  else
    -- Above all that anybody but the leader was in for: of the others nobody was in for more.
    count.runner_up_id := bid.user_id;
    count.price_cents := (answer.bid).amount_cents;
  end if;
end
$$;
comment on function private.count_bid is 'Adds a bid, and its answer where there is one, to a recount.';

-- Events -----------------------------------------------------------------------------------------------------------
create function private.has_rival_left(count private.recount) returns boolean
language sql immutable
set search_path = ''
as $$
  select exists (
    select from jsonb_object_keys(count.aliases) as k (user_id)
    where not count.withdrawn ? k.user_id and k.user_id is distinct from count.leader_id::text
  )
$$;
comment on function private.has_rival_left is 'private.has_rival, as the ledger has it so far.';

create function private.event_difference(
  count private.recount, session public.bidding_sessions, event private.session_events
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  step constant text := 'entry ' || event.seq;
  outcome constant text := event.data ->> 'outcome';
  begun constant timestamptz := private.parse_timestamp(event.data ->> 'expiresAt');
begin
  return case event.type
    when 'session_created' then coalesce(
      private.difference('the rules', private.rules_json(session), event.data -> 'rules'),
      private.difference('created at', event.at, session.created_at),
      private.difference('the deadline it began with', true, coalesce(begun > session.starts_at, false)),
      private.difference(
        'the hard end', least(begun + interval '30 minutes', session.starts_at + interval '24 hours'), session.hard_end_at
      )
    )
    when 'session_started' then coalesce(
      private.difference('started from', 'pending'::text, count.status),
      private.difference(step || ': not before the start', true, event.at >= session.starts_at)
    )
    when 'session_extended' then coalesce(
      private.difference(step || ': after a bid that extends', true, count.is_extended),
      private.difference(step || ': at the moment of that bid', count.at, event.at)
    )
    when 'participant_withdrawn' then coalesce(
      private.difference(step || ': by a participant', true, event.actor_kind = 'user' and count.aliases ? event.actor_id),
      private.difference(step || ': by one who did not lead', true, event.actor_id is distinct from count.leader_id::text),
      private.difference(step || ': once', false, count.withdrawn ? event.actor_id),
      private.difference(step || ': after what came before it', true, event.at >= count.at)
    )
    when 'session_closed' then coalesce(
      private.difference(step || ': after what came before it', true, event.at >= count.at),
      case when outcome is distinct from 'cancelled' then coalesce(
        private.difference('closed from', 'active'::text, count.status),
        private.difference(
          'the outcome', case when count.leader_id is null then 'expired' else 'completed' end, outcome
        ),
        private.difference('closed in time', true, event.at >= count.expires_at or not private.has_rival_left(count))
      ) end
    )
  end;
end
$$;
comment on function private.event_difference is 'Where an event does not follow from the ledger before it.';

create function private.count_event(
  inout count private.recount, session public.bidding_sessions, event private.session_events
)
language plpgsql stable
set search_path = ''
as $$
declare
  alias jsonb; -- of the leader; a session begins without one
  told jsonb := jsonb '{}'; -- what its type says beyond price, leader and deadline
begin
  count.difference := private.event_difference(count, session, event);
  count.is_extended := false;
  if event.type <> 'session_started' then
    -- A bid may open the session that it finds due: its moment was read before the session's start was written.
    count.at := event.at;
  end if;
  case event.type
    when 'session_created' then
      count.expires_at := private.parse_timestamp(event.data ->> 'expiresAt');
      told := jsonb_build_object('rules', private.rules_json(session));
    when 'session_started' then
      count.status := 'active';
    when 'participant_withdrawn' then
      count.withdrawn := count.withdrawn || jsonb_build_object(event.actor_id, event.at);
      told := jsonb_build_object('participant', count.aliases -> event.actor_id);
    when 'session_closed' then
      count.status := event.data ->> 'outcome';
      count.ended_at := event.at;
    else null;
  end case;
  alias := count.aliases -> count.leader_id::text;
  if event.type = 'session_closed' then
    told := jsonb_build_object('outcome', count.status, 'winner', case count.status when 'completed' then alias end);
  end if;
  count.difference := coalesce(count.difference, private.difference(
    'entry ' || event.seq || ': what it tells',
    jsonb_build_object('priceCents', count.price_cents, 'leader', alias, 'expiresAt', count.expires_at) || told,
    event.data
  ));
end
$$;
comment on function private.count_event is 'Adds an event to a recount.';

-- All of it --------------------------------------------------------------------------------------------------------
create function private.chain_difference(
  count private.recount, entry private.ledger_entry, awaits_answer boolean
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  step constant text := 'entry ' || entry.seq;
begin
  return coalesce(
    private.difference('the next seq of the ledger', count.seq + 1, entry.seq),
    private.difference('hash of ' || step, encode(entry.true_hash, 'hex'), encode(entry.hash, 'hex')),
    private.difference(step || ': the first is the creation', entry.seq = 1, entry.type = 'session_created'),
    private.difference(step || ': nothing after the end', null::timestamptz, count.ended_at),
    case
      when awaits_answer then
        private.difference(step || ': the answer to a bid', 'bid_placed'::text, entry.type)
      when count.is_extended then
        private.difference(step || ': the extension by a bid', 'session_extended'::text, entry.type)
    end
  );
end
$$;
comment on function private.chain_difference is 'Where an entry cannot be the next of its ledger, whatever it says.';

create function private.recount(session public.bidding_sessions) returns private.recount
language plpgsql stable
set search_path = ''
as $$
declare
  count private.recount;
  entry private.ledger_entry;
  challenge private.ledger_entry; -- the bid whose answer is the next entry
begin
  count.seq := 0;
  count.status := 'pending';
  count.is_extended := false;
  count.withdrawn := '{}';
  count.aliases := coalesce(
    (select jsonb_object_agg(p.user_id, p.alias) from private.kept_participants(session.session_id) as p), '{}'
  );
  for entry in select * from private.ledger_of(session.session_id) loop
    count.difference := private.chain_difference(count, entry, challenge.seq is not null);
    if count.difference is not null then
      return count;
    end if;
    count.seq := entry.seq;
    count.hash := entry.hash;
    if challenge.seq is not null then
      count := private.count_bid(count, session, challenge, entry);
      challenge := null;
    elsif entry.type <> 'bid_placed' then
      count := private.count_event(count, session, entry.event);
    elsif (entry.bid).leads then
      count := private.count_bid(count, session, entry, null);
    else
      challenge := entry;
    end if;
    if count.difference is not null then
      return count;
    end if;
  end loop;
  count.difference := coalesce(
    private.difference('a bid without its answer', null::bigint, challenge.seq),
    private.difference('an extension without its entry', false, count.is_extended)
  );
  return count;
end
$$;
comment on function private.recount is 'Plays the ledger of a session from its first entry; stops at the first that does not follow.';
