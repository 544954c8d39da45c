-- Purpose: who may read what of bidding, and who may hear it.
-- Objects: private.own_sessions, private.may_watch_session, grants, policies, publication.
-- Locks and cost: none.
-- Undo: drop the policies and functions; alter publication supabase_realtime drop table ….

-- A policy on participants that reads participants would call itself; these look past it.
create function private.own_sessions() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  -- A token outlives its account by up to an hour; the account decides.
  select p.session_id from public.bidding_participants as p
  where p.user_id = (select auth.uid()) and (select private.is_known())
$$;
comment on function private.own_sessions is 'The sessions the signed-in user takes part in; for policies.';
grant execute on function private.own_sessions to authenticated;

create function private.may_watch_session(topic text) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
declare
  watched constant uuid := private.parse_uuid(substring(topic from '^bidding:(.*)$'));
begin
  return watched is not null and private.is_known() and (
    exists (
      select from public.bidding_participants as p where p.session_id = watched and p.user_id = (select auth.uid())
    )
    or (
      private.is_admin() and exists (select from public.bidding_sessions as s where s.session_id = watched)
    )
  );
end
$$;
comment on function private.may_watch_session is 'Whether the signed-in user may hear the topic bidding:<session_id>; for policies.';
grant execute on function private.may_watch_session to authenticated;

-- Column by column: a grant on a table covers its rows' system columns too. A session's xmax tells that its leader has
-- just raised his ceiling, the ctid of an own row that a rival's row beside it was written.
grant select (
  session_id, property_id, listing_id, target_night, status, currency, starting_bid_cents, minimum_increment_bps,
  max_rounds, round_duration_seconds, maximum_jump_bps, compensation_bps, compensation_policy, soft_close_seconds,
  starts_at, expires_at, hard_end_at, current_price_cents, leader_id, seq, ledger_hash, ended_at, cancellation_reason,
  created_at
) on public.bidding_sessions to authenticated;
grant select (session_id, user_id, alias, archetype, joined_at, withdrawn_at)
  on public.bidding_participants to authenticated;
grant select (
  session_id, seq, bid_id, user_id, amount_cents, previous_amount_cents, leads, placed_at, expires_at, hash
) on public.bids to authenticated;
grant select (
  session_id, winner_id, loser_id, currency, winning_bid_cents, compensation_cents, platform_revenue_cents,
  payment_status, payout_status, decided_at, version, updated_at
) on public.bidding_results to authenticated; -- not the references of each other's payments
grant select (notification_id, user_id, session_id, type, seq, data, created_at, read_at)
  on public.bidding_notifications to authenticated;
grant select on public.bidding_sessions, public.bidding_participants, public.bids, public.bidding_results,
  public.bidding_notifications to service_role;
-- Not the service: a ceiling is its owner's alone.
grant select (session_id, user_id, max_amount_cents, set_at, rounds_used) on public.bidding_auto_bids to authenticated;
grant select (session_id, seq, user_id) on public.bid_details to authenticated;

-- Policies do not hold the planner back: whoever asks for an estimated count (Prefer: count=planned) would find a rival's
-- ceiling among the most common values by halving. What is never sampled cannot be asked for.
alter table public.bidding_auto_bids
  alter column max_amount_cents set statistics 0,
  alter column set_at set statistics 0,
  alter column rounds_used set statistics 0;
alter table public.bid_details
  alter column session_id set statistics 0,
  alter column seq set statistics 0,
  alter column user_id set statistics 0;

alter table public.bidding_sessions enable row level security;
alter table public.bidding_participants enable row level security;
alter table public.bids enable row level security;
alter table public.bid_details enable row level security;
alter table public.bidding_auto_bids enable row level security;
alter table public.bidding_results enable row level security;
alter table public.bidding_notifications enable row level security;

create policy "Participants read their sessions, admins all"
  on public.bidding_sessions for select to authenticated
  using (session_id in (select private.own_sessions()) or (select private.is_admin()));

create policy "Participants read who takes part, admins all"
  on public.bidding_participants for select to authenticated
  using (session_id in (select private.own_sessions()) or (select private.is_admin()));

create policy "Participants read the bids of their sessions, admins all"
  on public.bids for select to authenticated
  using (session_id in (select private.own_sessions()) or (select private.is_admin()));

create policy "People read which of their bids their proxy placed"
  on public.bid_details for select to authenticated
  using (user_id = (select auth.uid()) and (select private.is_known()));

create policy "People read their own ceilings"
  on public.bidding_auto_bids for select to authenticated
  using (user_id = (select auth.uid()) and (select private.is_known()));

create policy "Winner and loser read their result, admins all"
  on public.bidding_results for select to authenticated
  using (
    (winner_id = (select auth.uid()) or loser_id = (select auth.uid())) and (select private.is_known())
    or (select private.is_admin())
  );

create policy "People read their own notifications"
  on public.bidding_notifications for select to authenticated
  using (user_id = (select auth.uid()) and (select private.is_known()));

create policy "Participants and admins hear a session"
  on realtime.messages for select to authenticated
  using (extension = 'broadcast' and private.may_watch_session((select realtime.topic())));

-- None of these has a secret column: hosted Realtime knows no column lists.
alter publication supabase_realtime add table
  public.bidding_sessions, public.bids, public.bidding_participants, public.bidding_notifications;
