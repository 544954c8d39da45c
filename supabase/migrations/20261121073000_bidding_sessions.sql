-- Purpose: a bidding session, its participants, and the rules that must never break.
-- Objects: public.bidding_sessions, private.session_members, public.bidding_participants, public.bidding_auto_bids; guards.
-- Locks and cost: new tables. A session row is the lock of everything that happens in its session.
-- Undo: drop the tables and functions.

create table public.bidding_sessions (
  session_id uuid not null default gen_random_uuid(),
  property_id uuid not null,
  listing_id uuid,
  target_night date not null,
  status text not null default 'pending',
  currency text not null,
  starting_bid_cents bigint not null,
  minimum_increment_bps integer not null,
  max_rounds integer not null,
  round_duration_seconds integer not null,
  maximum_jump_bps integer not null,
  compensation_bps integer not null,
  compensation_policy text not null,
  soft_close_seconds integer not null,
  starts_at timestamptz not null,
  expires_at timestamptz not null,
  hard_end_at timestamptz not null,
  current_price_cents bigint,
  leader_id uuid,
  seq bigint not null default 0,
  ledger_hash bytea,
  ended_at timestamptz,
  cancellation_reason text,
  created_at timestamptz not null default clock_timestamp(),

  constraint bidding_sessions_pkey primary key (session_id),
  constraint bidding_sessions_price_has_a_leader check (
    (current_price_cents is null) = (leader_id is null) and current_price_cents >= starting_bid_cents
  ),
  constraint bidding_sessions_never_pass_their_hard_end check (expires_at > starts_at and expires_at <= hard_end_at)
)
-- Room for the next version of a row beside it: a bid's update stays on its page and touches no index.
with (fillfactor = 50);
comment on table public.bidding_sessions is 'Timed sessions in which participants compete for one night of one property.';
comment on column public.bidding_sessions.seq is 'The last number of its ledger: bids and private.session_events together, without gaps.';
comment on column public.bidding_sessions.ledger_hash is 'The hash of the ledger''s last entry; covers no ceiling, and nothing that tells a proxy''s bid from one by hand.';
comment on column public.bidding_sessions.hard_end_at is 'No late bid moves the end beyond it.';

create unique index bidding_sessions_one_live_session_per_night
  on public.bidding_sessions (property_id, target_night) where status in ('pending', 'active');
create index bidding_sessions_due on public.bidding_sessions (expires_at) where status = 'active';
create index bidding_sessions_starting on public.bidding_sessions (starts_at) where status = 'pending';
create index bidding_sessions_ended on public.bidding_sessions (ended_at) where ended_at is not null;

-- A check constraint, and a trigger's WHEN, is read and planned again by every statement that writes the row, a trigger's
-- body once a session. A bid writes this row, so what never changes is judged when it is written, the rest by one trigger.
create function private.guard_session_insert() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.status <> 'pending' or new.seq <> 0 or new.leader_id is not null or new.ended_at is not null then
    raise exception 'Expected a new session to be pending and without a ledger' using errcode = 'PT409';
  end if;
  if not (
    new.currency ~ '^[A-Z]{3}$'
    and new.starting_bid_cents between 1 and 100000000000
    and new.minimum_increment_bps between 1 and 100000
    and new.max_rounds between 1 and 1000
    and new.round_duration_seconds between 1 and 86400
    and new.maximum_jump_bps between 10000 and 1000000
    and new.compensation_bps between 0 and 10000
    and new.compensation_policy in ('always', 'if_bid')
    and new.soft_close_seconds between 0 and 3600
    and new.hard_end_at <= new.starts_at + interval '24 hours'
  ) then
    raise exception 'A rule of the session is out of its range' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
comment on function private.guard_session_insert is 'Trigger body: a session begins pending, with rules in their ranges.';

create function private.guard_session_update() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if old.ended_at is not null or new.seq <= old.seq or new.current_price_cents < old.current_price_cents
    or (old.current_price_cents is not null and new.current_price_cents is null) or new.expires_at < old.expires_at
  then
    raise exception 'A session only goes forward, and not at all once it has ended' using errcode = 'PT409';
  end if;
  if not (case new.status
    when 'pending' then old.status = 'pending' and new.leader_id is null and new.ended_at is null
    when 'active' then new.ended_at is null
    when 'completed' then old.status = 'active' and new.leader_id is not null and new.ended_at is not null
    when 'expired' then old.status = 'active' and new.leader_id is null and new.ended_at is not null
    when 'cancelled' then
      new.ended_at is not null and coalesce(char_length(new.cancellation_reason) between 1 and 2000, false)
    else false
  end) or (new.cancellation_reason is not null and new.status <> 'cancelled') then
    raise exception 'A session that is % cannot become % this way', old.status, new.status using errcode = 'PT409';
  end if;
  return new;
end
$$;
comment on function private.guard_session_update is
  'Trigger body: refuses, on every path, what a session never does: going back, or rising from its end.';

create function private.guard_session_rules() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'The rules of a session are fixed once it exists' using errcode = 'PT409';
end
$$;
comment on function private.guard_session_rules is 'Trigger body: refuses any statement that writes a rule of a session.';

create trigger bidding_sessions_begin_pending
  before insert on public.bidding_sessions
  for each row execute function private.guard_session_insert();
create trigger bidding_sessions_follow_the_state_machine
  before update on public.bidding_sessions
  for each row execute function private.guard_session_update();
-- By column: a bid, which names none of them, pays nothing for it.
create trigger bidding_sessions_rules_are_fixed
  before update of session_id, property_id, listing_id, target_night, currency, starting_bid_cents,
    minimum_increment_bps, max_rounds, round_duration_seconds, maximum_jump_bps, compensation_bps, compensation_policy,
    soft_close_seconds, starts_at, hard_end_at, created_at
  on public.bidding_sessions
  for each row execute function private.guard_session_rules();

-- What belongs to a session leaves together with it, for the archive.
create function private.refuse_unless_archiving() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if current_setting('tradepost.archiving', true) is distinct from 'sessions' then
    raise exception '% of %.% is refused: it leaves with its session, to the archive', tg_op, tg_table_schema, tg_table_name
      using errcode = 'PT403';
  end if;
  return null;
end
$$;
comment on function private.refuse_unless_archiving is 'Trigger body: only private.archive_sessions removes.';

create trigger bidding_sessions_go_to_the_archive
  before delete on public.bidding_sessions for each statement execute function private.refuse_unless_archiving();
create trigger bidding_sessions_are_never_truncated
  before truncate on public.bidding_sessions for each statement execute function private.refuse_change();

-- Participants -----------------------------------------------------------------------------------------------------
-- What the keys of the tables below refer to. PostgREST embeds along keys between tables it exposes, as deep as it is
-- asked; from participants to bids and back each level multiplies the rows, to seconds and hundreds of megabytes.
create table private.session_members (
  session_id uuid not null,
  user_id uuid not null,
  constraint session_members_pkey primary key (session_id, user_id)
);
comment on table private.session_members is 'Who takes part in a session; keys refer to it, and nobody reads it. Stays where the session goes to the archive.';

create table public.bidding_participants (
  session_id uuid not null,
  -- People's ids stay when their accounts go: who has bid is history, not a reference.
  user_id uuid not null,
  alias text not null,
  archetype text not null default 'big_spender',
  joined_at timestamptz not null default clock_timestamp(),
  withdrawn_at timestamptz,
  constraint bidding_participants_pkey primary key (session_id, user_id),
  constraint bidding_participants_alias_is_unique unique (session_id, alias),
  constraint bidding_participants_are_members foreign key (session_id, user_id)
    references private.session_members (session_id, user_id),
  constraint bidding_participants_alias_length check (char_length(alias) between 1 and 50),
  constraint bidding_participants_archetype_is_eligible check (archetype = 'big_spender')
);
comment on table public.bidding_participants is 'Who may bid in a session, and under which name the others see him.';
create index bidding_participants_user on public.bidding_participants (user_id, session_id);

-- Looked up only where the leader changes.
alter table public.bidding_sessions
  add constraint bidding_sessions_leader_takes_part foreign key (session_id, leader_id)
    references private.session_members (session_id, user_id);

create trigger bidding_participants_only_withdraw
  before update on public.bidding_participants
  for each row when (
    old.withdrawn_at is not null or new.withdrawn_at is null or new.session_id <> old.session_id
    or new.user_id <> old.user_id or new.alias <> old.alias or new.archetype <> old.archetype
    or new.joined_at <> old.joined_at
  )
  execute function private.refuse_change();
create trigger bidding_participants_go_to_the_archive
  before delete on public.bidding_participants for each statement execute function private.refuse_unless_archiving();
create trigger bidding_participants_are_never_truncated
  before truncate on public.bidding_participants for each statement execute function private.refuse_change();

-- What only its owner may know -------------------------------------------------------------------------------------
create table public.bidding_auto_bids (
  session_id uuid not null,
  user_id uuid not null,
  max_amount_cents bigint,
  set_at timestamptz,
  rounds_used integer not null default 0,
  constraint bidding_auto_bids_pkey primary key (session_id, user_id),
  constraint bidding_auto_bids_belong_to_a_participant foreign key (session_id, user_id)
    references private.session_members (session_id, user_id),
  constraint bidding_auto_bids_ceiling_has_its_time check (
    (max_amount_cents is null) = (set_at is null) and max_amount_cents between 1 and 100000000000
  )
)
with (fillfactor = 50);
comment on table public.bidding_auto_bids is
  'A participant''s secret ceiling, and how often he has bid by hand, which would tell his proxy''s bids from his own. '
  'Read by its owner alone; in no publication, message, error or log.';

create trigger bidding_auto_bids_go_to_the_archive
  before delete on public.bidding_auto_bids for each statement execute function private.refuse_unless_archiving();
create trigger bidding_auto_bids_are_never_truncated
  before truncate on public.bidding_auto_bids for each statement execute function private.refuse_change();
