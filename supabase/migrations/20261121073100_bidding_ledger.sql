-- Purpose: the ledger of a session (bids and events, one gap-free and hash-chained sequence), its result, its inbox.
-- Objects: public.bids, public.bid_details, public.bidding_results, public.bidding_notifications,
--   private.session_events, private.archived_sessions, private.bid_hash, private.event_hash.
-- Locks and cost: new tables; one row and one index entry per bid.
-- Undo: drop the tables and functions.

create table public.bids (
  session_id uuid not null,
  seq bigint not null,
  bid_id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  amount_cents bigint not null,
  previous_amount_cents bigint,
  leads boolean not null,
  placed_at timestamptz not null,
  expires_at timestamptz not null,
  hash bytea not null,
  constraint bids_pkey primary key (session_id, seq),
  constraint bids_come_from_participants foreign key (session_id, user_id)
    references private.session_members (session_id, user_id),
  constraint bids_amounts_never_fall check (amount_cents > 0 and amount_cents >= previous_amount_cents),
  constraint bids_are_placed_in_time check (placed_at < expires_at)
);
comment on table public.bids is 'Every bid, in order; append-only. The ledger is the audit of a bid.';
comment on column public.bids.leads is 'Whether it led once its request was done; a bid that a ceiling answered at once did not.';
comment on column public.bids.expires_at is 'The session''s deadline once its request was done.';
comment on column public.bids.hash is 'SHA-256 over the ledger''s entry before it and every other column, see private.bid_hash.';

create trigger bids_are_append_only
  before update or truncate on public.bids for each statement execute function private.refuse_change();
create trigger bids_go_to_the_archive
  before delete on public.bids for each statement execute function private.refuse_unless_archiving();

-- A row only where the proxy placed the bid: bids is published, and a grant knows roles, not rows.
create table public.bid_details (
  session_id uuid not null,
  seq bigint not null,
  user_id uuid not null,
  constraint bid_details_pkey primary key (session_id, seq),
  constraint bid_details_are_of_a_participant foreign key (session_id, user_id)
    references private.session_members (session_id, user_id)
);
comment on table public.bid_details is 'Which bids were placed by the proxy of their owner, who alone may read it.';
create trigger bid_details_are_append_only
  before update or truncate on public.bid_details for each statement execute function private.refuse_change();
create trigger bid_details_go_to_the_archive
  before delete on public.bid_details for each statement execute function private.refuse_unless_archiving();

create table private.session_events (
  session_id uuid not null,
  seq bigint not null,
  type text not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  data jsonb not null,
  hash bytea not null,
  constraint session_events_pkey primary key (session_id, seq),
  constraint session_events_belong_to_a_session foreign key (session_id) references public.bidding_sessions (session_id),
  constraint session_events_type_is_known check (
    type in ('session_created', 'session_started', 'session_extended', 'participant_withdrawn', 'session_closed')
  ),
  constraint session_events_actor_kind_is_known check (actor_kind in ('user', 'service', 'system'))
);
comment on table private.session_events is 'What the ledger of a session holds beside bids; append-only.';
comment on column private.session_events.data is 'What participants are shown of it.';
create unique index session_events_closed_once on private.session_events (session_id) where type = 'session_closed';
create trigger session_events_are_append_only
  before update or truncate on private.session_events for each statement execute function private.refuse_change();
create trigger session_events_go_to_the_archive
  before delete on private.session_events for each statement execute function private.refuse_unless_archiving();

-- The chain covers what participants can see, and who brought an event about. Nothing secret: of a hash over a secret bit
-- and known rest, the bit can be guessed.
create function private.bid_hash(prev_hash bytea, bid public.bids) returns bytea
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  -- None of these can hold the separator, so no two different bids write the same bytes. Instants are seconds since
  -- 1970: the session's time zone plays no part.
  return sha256(convert_to(concat_ws('|',
    encode(prev_hash, 'hex'), bid.session_id, bid.seq, 'bid_placed', extract(epoch from bid.placed_at), bid.bid_id,
    bid.user_id, bid.amount_cents, coalesce(bid.previous_amount_cents::text, ''), bid.leads,
    extract(epoch from bid.expires_at)
  ), 'UTF8'));
end
$$;
comment on function private.bid_hash is 'The hash a bid must carry, after the ledger''s entry with prev_hash.';

create function private.event_hash(prev_hash bytea, event private.session_events) returns bytea
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return sha256(convert_to(jsonb_build_array(
    encode(prev_hash, 'hex'), event.session_id, event.seq, event.type, extract(epoch from event.at)::text,
    event.actor_kind, event.actor_id, event.data
  )::text, 'UTF8'));
end
$$;
comment on function private.event_hash is 'The hash an event must carry, after the ledger''s entry with prev_hash.';

-- The outcome ------------------------------------------------------------------------------------------------------
create table public.bidding_results (
  session_id uuid not null,
  winner_id uuid not null,
  loser_id uuid,
  currency text not null,
  winning_bid_cents bigint not null,
  compensation_cents bigint not null,
  platform_revenue_cents bigint not null,
  payment_status text not null default 'pending',
  payment_external_id text,
  payout_status text,
  payout_external_id text,
  decided_at timestamptz not null,
  version bigint not null default 1,
  updated_at timestamptz not null default clock_timestamp(),
  constraint bidding_results_pkey primary key (session_id),
  constraint bidding_results_winner_took_part foreign key (session_id, winner_id)
    references private.session_members (session_id, user_id),
  constraint bidding_results_loser_took_part foreign key (session_id, loser_id)
    references private.session_members (session_id, user_id),
  constraint bidding_results_winner_is_not_the_loser check (winner_id <> loser_id),
  constraint bidding_results_money_adds_up check (
    winning_bid_cents > 0 and compensation_cents >= 0 and platform_revenue_cents >= 0
    and compensation_cents + platform_revenue_cents = winning_bid_cents
  ),
  constraint bidding_results_compensation_has_a_loser check (compensation_cents = 0 or loser_id is not null),
  constraint bidding_results_payout_is_for_compensation check ((payout_status is null) = (compensation_cents = 0)),
  constraint bidding_results_statuses_are_known check (
    payment_status in ('pending', 'processing', 'completed', 'failed', 'refunded')
    and payout_status in ('pending', 'processing', 'completed', 'failed', 'refunded')
  ),
  constraint bidding_results_external_id_lengths check (
    char_length(payment_external_id) between 1 and 255 and char_length(payout_external_id) between 1 and 255
  ),
  constraint bidding_results_payment_is_known_once unique (payment_external_id),
  constraint bidding_results_payout_is_known_once unique (payout_external_id)
);
comment on table public.bidding_results is 'Winner, loser and money of a completed session; written once, by private.close_session, and kept.';
create index bidding_results_won_by on public.bidding_results (winner_id);
create index bidding_results_lost_by on public.bidding_results (loser_id);

create trigger bidding_results_keep_what_was_decided
  before update on public.bidding_results
  for each row when (
    new.session_id <> old.session_id or new.winner_id <> old.winner_id or new.loser_id is distinct from old.loser_id
    or new.currency <> old.currency or new.winning_bid_cents <> old.winning_bid_cents
    or new.compensation_cents <> old.compensation_cents
    or new.platform_revenue_cents <> old.platform_revenue_cents or new.decided_at <> old.decided_at
  )
  execute function private.refuse_change();
create trigger bidding_results_are_kept
  before delete or truncate on public.bidding_results for each statement execute function private.refuse_change();

-- The inbox --------------------------------------------------------------------------------------------------------
create table public.bidding_notifications (
  notification_id uuid not null,
  user_id uuid not null,
  session_id uuid not null,
  type text not null,
  seq bigint not null,
  data jsonb not null,
  created_at timestamptz not null,
  read_at timestamptz,
  constraint bidding_notifications_pkey primary key (notification_id),
  constraint bidding_notifications_type_is_known check (
    type in (
      'session_started', 'outbid', 'auto_bid_triggered', 'session_extended', 'session_ending_soon',
      'winner_announcement', 'loser_compensation', 'session_cancelled', 'system_maintenance'
    )
  )
);
comment on table public.bidding_notifications is 'What people were told about their sessions. The words are made when it is read or delivered.';
comment on column public.bidding_notifications.notification_id is
  'Made from user, session, type and seq (private.notification_id): nobody is told the same thing twice.';
comment on column public.bidding_notifications.session_id is 'Not a reference: its check would cost every bid; the archive takes both together.';
comment on column public.bidding_notifications.seq is 'The ledger''s entry it tells of; an extension has its minute, what is told once a session 0, a maintenance its moment.';
create index bidding_notifications_inbox on public.bidding_notifications (user_id, created_at desc, notification_id desc);

create trigger bidding_notifications_are_only_read
  before update on public.bidding_notifications
  for each row when (
    new.read_at is null or old.read_at is not null or new.notification_id <> old.notification_id
    or new.user_id <> old.user_id or new.session_id <> old.session_id or new.type <> old.type or new.seq <> old.seq
    or new.data <> old.data or new.created_at <> old.created_at
  )
  execute function private.refuse_change();
create trigger bidding_notifications_go_to_the_archive
  before delete on public.bidding_notifications for each statement execute function private.refuse_unless_archiving();
create trigger bidding_notifications_are_never_truncated
  before truncate on public.bidding_notifications for each statement execute function private.refuse_change();

create table private.archived_sessions (
  session_id uuid not null,
  ended_at timestamptz not null,
  archived_at timestamptz not null default clock_timestamp(),
  document jsonb not null,
  constraint archived_sessions_pkey primary key (session_id)
);
comment on table private.archived_sessions is
  'Sessions that ended more than 30 days ago, whole: session, participants, autoBids, bids, details, events, notifications, '
  'and the result as it was; public.bidding_results keeps it, since refunds come later.';
