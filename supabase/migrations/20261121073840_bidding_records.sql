-- Purpose: a session as it is kept, live or archived, and its ledger, entry by entry.
-- Objects: private.ledger_entry, private.ledger_of, private.kept_session and what is kept of its people.
-- Locks and cost: none; reads one session.
-- Undo: drop the functions and the type.

create function private.kept_session(session_id uuid) returns public.bidding_sessions
language plpgsql stable
set search_path = ''
as $$
declare
  session public.bidding_sessions;
begin
  select * into session from public.bidding_sessions as s where s.session_id = kept_session.session_id;
  if not found then
    select k.* into session
    from private.archived_sessions as a, jsonb_populate_record(null::public.bidding_sessions, a.document -> 'session') as k
    where a.session_id = kept_session.session_id;
  end if;
  return session;
end
$$;
comment on function private.kept_session is 'A session, live or archived; null where there is neither.';

create function private.kept_participants(session_id uuid) returns setof public.bidding_participants
language sql stable
set search_path = ''
as $$
  select * from public.bidding_participants as p where p.session_id = kept_participants.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bidding_participants, a.document -> 'participants') as k
  where a.session_id = kept_participants.session_id
$$;
comment on function private.kept_participants is 'Who takes part in a session, live or archived.';

create function private.kept_auto_bids(session_id uuid) returns setof public.bidding_auto_bids
language sql stable
set search_path = ''
as $$
  select * from public.bidding_auto_bids as b where b.session_id = kept_auto_bids.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bidding_auto_bids, a.document -> 'autoBids') as k
  where a.session_id = kept_auto_bids.session_id
$$;
comment on function private.kept_auto_bids is 'Ceilings and rounds of a session, live or archived. Secret.';

create function private.kept_details(session_id uuid) returns setof public.bid_details
language sql stable
set search_path = ''
as $$
  select * from public.bid_details as d where d.session_id = kept_details.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bid_details, a.document -> 'details') as k
  where a.session_id = kept_details.session_id
$$;
comment on function private.kept_details is 'Which bids of a session, live or archived, a proxy placed. Secret.';

-- The ledger -------------------------------------------------------------------------------------------------------
create type private.ledger_entry as (
  seq bigint,
  type text,
  at timestamptz,
  hash bytea,
  true_hash bytea, -- what it must be after the entry before it
  bid public.bids,
  by_proxy boolean,
  event private.session_events
);
comment on type private.ledger_entry is 'A bid or an event, in the order of the ledger.';

create function private.ledger_of(session_id uuid) returns setof private.ledger_entry
language sql stable
set search_path = ''
as $$
  with placed as (
    select b from public.bids as b where b.session_id = ledger_of.session_id
    union all
    select b
    from private.archived_sessions as a, jsonb_populate_recordset(null::public.bids, a.document -> 'bids') as b
    where a.session_id = ledger_of.session_id
  ),
  happened as (
    select e from private.session_events as e where e.session_id = ledger_of.session_id
    union all
    select e
    from private.archived_sessions as a,
      jsonb_populate_recordset(null::private.session_events, a.document -> 'events') as e
    where a.session_id = ledger_of.session_id
  ),
  entries as (
    select (p.b).seq, 'bid_placed' as type, (p.b).placed_at as at, (p.b).hash, p.b as bid, d.seq is not null as by_proxy,
      null::private.session_events as event
    from placed as p
    left join private.kept_details(ledger_of.session_id) as d on d.seq = (p.b).seq and d.user_id = (p.b).user_id
    union all
    select (h.e).seq, (h.e).type, (h.e).at, (h.e).hash, null, null, h.e from happened as h
  ),
  chained as (
    select e.*, lag(e.hash) over (order by e.seq) as hash_before from entries as e
  )
  select c.seq, c.type, c.at, c.hash,
    case when c.type = 'bid_placed' then private.bid_hash(c.hash_before, c.bid) else private.event_hash(c.hash_before, c.event) end,
    c.bid, c.by_proxy, c.event
  from chained as c
  order by c.seq
$$;
comment on function private.ledger_of is 'The ledger of a session, live or archived, in order, with the hash that every entry must carry.';
