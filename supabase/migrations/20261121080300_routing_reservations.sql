-- Purpose: circuit and quota: calls are reserved before they are made and settled after.
-- Objects: private.has_proved_itself, private.most_under_way, private.reserve_calls, private.return_calls,
--   private.reserve_attempt, private.count_result, private.settle_attempt.
-- Locks and cost: a provider's circuit row (not of one that has proved itself), then its quota rows by endpoint. Everybody
--   takes the providers in the order of their ids and as the last locks of his transaction, so nobody waits in a ring and
--   nobody holds them long.
-- Undo: drop the functions.

create function private.has_proved_itself(recent text) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return length(recent) = 20 and right(recent, 1) = '1' and length(replace(recent, '0', '')) >= 19;
end
$$;
comment on function private.has_proved_itself is 'At most one failure in the last 20 results, and not the last one.';

create function private.most_under_way(recent text) returns integer
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  failures constant integer := length(recent) - length(replace(recent, '0', ''));
  streak constant integer := length(recent) - length(rtrim(recent, '0'));
  good_since constant integer := length(recent) - length(rtrim(recent, '1'));
begin
  -- What was only read here and written later would be exceeded by routes that start together: with the third failure in
  -- a row the circuit opens, so from the first one on no more may be under way than could still be allowed. A provider
  -- that answers earns more calls at once, one that has proved itself may have any number.
  if failures = 0 and length(recent) < 20 then
    return 20 + 2 * good_since;
  end if;
  if private.has_proved_itself(recent) then
    return 1000000;
  end if;
  return greatest(1, 3 - streak) + 2 * good_since;
end
$$;
comment on function private.most_under_way is 'How many calls to a provider may be under way at once, by its last results.';

create function private.reserve_calls(provider_id text, calls jsonb, today date, share numeric default 1) returns text
language plpgsql volatile
set search_path = ''
as $$
declare
  quota public.provider_quotas;
begin
  -- Lock: the quota rows, by endpoint. All are judged before any is written.
  for quota in
    select * from public.provider_quotas as q
    where q.provider_id = reserve_calls.provider_id and calls ? q.endpoint
    order by q.endpoint
    for no key update
  loop
    -- What takes nothing is allowed, even where a lowered limit lies below what was used.
    if (calls ->> quota.endpoint)::integer
      > greatest(0, floor(quota.max_per_day * share) - case when quota.day = today then quota.used else 0 end)
    then
      return quota.endpoint;
    end if;
  end loop;
  update public.provider_quotas as q
  set day = today,
      used = case when q.day = today then q.used else 0 end + (calls ->> q.endpoint)::integer
  where q.provider_id = reserve_calls.provider_id and calls ? q.endpoint;
  return null;
end
$$;
comment on function private.reserve_calls is
  'Takes calls from a provider''s quotas, up to a share of each; the endpoint that has none left, null where all had.';

create function private.return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- Lock: in the order in which they are reserved; the circuit's lock need not have been taken before.
  perform from public.provider_quotas as q
  where q.provider_id = return_calls.provider_id and q.day = reserved_on and reserved ? q.endpoint
    and (reserved ->> q.endpoint)::integer > coalesce((made ->> q.endpoint)::integer, 0)
  order by q.endpoint
  for no key update;
  -- Only into the day they were taken from.
  update public.provider_quotas as q
  set used = greatest(0, q.used - greatest(0,
    (reserved ->> q.endpoint)::integer - coalesce((made ->> q.endpoint)::integer, 0)
  ))
  where q.provider_id = return_calls.provider_id and q.day = reserved_on and reserved ? q.endpoint
    and (reserved ->> q.endpoint)::integer > coalesce((made ->> q.endpoint)::integer, 0);
end
$$;
comment on function private.return_calls is 'Gives back what was reserved and not made.';

create function private.reserve_attempt(
  attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamptz, share numeric default 1, may_probe boolean default true
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  circuit public.provider_circuits;
  moment timestamptz;
  is_free boolean;
  under_way bigint;
  is_probe boolean := false;
  exhausted text;
begin
  select * into circuit from public.provider_circuits as c where c.provider_id = reserve_attempt.provider_id;
  -- Of a provider that has proved itself nothing is counted that a lock would keep, and all routes would wait in line for
  -- it, each until the other's commit is on disk: a failure that opens the circuit meanwhile came a moment later.
  is_free := circuit.state = 'closed' and not circuit.taken_out and private.has_proved_itself(circuit.recent);
  if not is_free then
    -- Lock, then clock: what was judged holds until the commit.
    select * into circuit from public.provider_circuits as c
    where c.provider_id = reserve_attempt.provider_id for no key update;
  end if;
  moment := clock_timestamp();
  if circuit.taken_out then
    return jsonb_build_object('granted', false, 'code', 'disabled');
  end if;
  if is_free then
    null;
  elsif circuit.state = 'closed' then
    select count(*) into under_way from private.provider_attempts as a
    where a.provider_id = circuit.provider_id and a.lapses_at > moment;
    if under_way >= private.most_under_way(circuit.recent) then
      return jsonb_build_object('granted', false, 'code', 'circuit_open', 'retryAfterMs', 1000);
    end if;
  else
    if circuit.open_until > moment then
      return jsonb_build_object(
        'granted', false, 'code', 'circuit_open',
        'retryAfterMs', ceil(extract(epoch from circuit.open_until - moment) * 1000)
      );
    end if;
    -- Half open: one probe at a time, and none for who would not wait for its result.
    if not may_probe or exists (
      select from private.provider_attempts as a
      where a.provider_id = circuit.provider_id and a.is_probe and a.lapses_at > moment
    ) then
      return jsonb_build_object('granted', false, 'code', 'circuit_open', 'retryAfterMs', 1000);
    end if;
    is_probe := true;
  end if;

  exhausted := private.reserve_calls(circuit.provider_id, calls, (moment at time zone 'UTC')::date, share);
  if exhausted is not null then
    return jsonb_build_object(
      'granted', false, 'code', 'quota_exceeded', 'endpoint', exhausted,
      'retryAfterMs', ceil(extract(epoch from
        (((moment at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC') - moment
      ) * 1000)
    );
  end if;
  if is_probe and circuit.state = 'open' then
    update public.provider_circuits as c set state = 'half_open', probes_passed = 0, updated_at = moment
    where c.provider_id = circuit.provider_id;
  end if;
  insert into private.provider_attempts (attempt_id, provider_id, is_probe, calls, day, lapses_at)
  values (
    reserve_attempt.attempt_id, circuit.provider_id, is_probe, calls, (moment at time zone 'UTC')::date,
    reserve_attempt.lapses_at
  );
  return jsonb_build_object('granted', true, 'isProbe', is_probe);
end
$$;
comment on function private.reserve_attempt is
  'Reserves one attempt at a provider where its circuit and quotas allow it, or says why not and when again.';

create function private.count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint)
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  circuit public.provider_circuits;
  moment constant timestamptz := clock_timestamp();
  -- The provider knows best when it will answer again; a day is as long as it is believed.
  told_pause constant interval := make_interval(
    secs => greatest(0, least(coalesce(retry_after_ms, 0), 86400000)) / 1000.0
  );
  failures integer;
  opens boolean;
begin
  select * into circuit from public.provider_circuits as c where c.provider_id = count_result.provider_id;
  circuit.recent := right(circuit.recent || case when is_good then '1' else '0' end, 20);
  if is_good then
    if was_probe and circuit.state = 'half_open' then
      circuit.probes_passed := circuit.probes_passed + 1;
      if circuit.probes_passed >= 2 then
        circuit.state := 'closed';
        circuit.open_until := null;
        circuit.times_opened := 0;
        circuit.recent := '11';
      end if;
    end if;
  else
    failures := length(circuit.recent) - length(replace(circuit.recent, '0', ''));
    opens := case
      when circuit.state = 'closed' then failures >= 5 or right(circuit.recent, 3) = '000' or code = 'rate_limited'
      -- What was under way when it opened says nothing new.
      else was_probe and circuit.state = 'half_open'
    end;
    circuit.last_failure := code;
    if opens then
      circuit.state := 'open';
      circuit.times_opened := circuit.times_opened + 1;
      circuit.open_until := moment + greatest(
        least(interval '30 seconds' * power(2, least(circuit.times_opened - 1, 10)), interval '10 minutes'),
        told_pause
      );
    elsif code = 'rate_limited' and circuit.state <> 'closed' then
      circuit.open_until := greatest(circuit.open_until, moment + told_pause);
    end if;
  end if;
  update public.provider_circuits as c
  set state = circuit.state, recent = circuit.recent, times_opened = circuit.times_opened,
      open_until = circuit.open_until, probes_passed = circuit.probes_passed, last_failure = circuit.last_failure,
      updated_at = moment
  where c.provider_id = circuit.provider_id;
end
$$;
comment on function private.count_result is
  'Counts one call''s result: opens after 5 failures in the last 20 or 3 in a row (30 s, doubling to 10 min), closes after '
  '2 good probes. The circuit''s row is locked.';

create function private.settle_attempt(attempt_id uuid, provider_id text, result jsonb) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  attempt private.provider_attempts;
  -- One good result more changes nothing where the last 20 are good: it waits for nobody. A failure that is being counted
  -- meanwhile comes after it.
  is_news constant boolean := result ->> 'outcome' <> 'good' or not exists (
    select from public.provider_circuits as c
    where c.provider_id = settle_attempt.provider_id and c.state = 'closed' and c.recent = repeat('1', 20)
  );
begin
  if is_news then
    -- Lock: the circuit first, as whoever reserves does.
    perform from public.provider_circuits as c where c.provider_id = settle_attempt.provider_id for no key update;
  end if;
  -- Each attempt is settled once: the second finds it gone.
  delete from private.provider_attempts as a
  where a.attempt_id = settle_attempt.attempt_id and a.provider_id = settle_attempt.provider_id
  returning a.* into attempt;
  if not found then
    return false;
  end if;
  -- Neutral: the call says nothing of the provider, or was never made.
  if is_news and result ->> 'outcome' in ('good', 'failed') then
    perform private.count_result(
      attempt.provider_id, attempt.is_probe, result ->> 'outcome' = 'good', result ->> 'code',
      (result ->> 'retryAfterMs')::bigint
    );
  end if;
  perform private.return_calls(attempt.provider_id, attempt.calls, coalesce(result -> 'calls', '{}'), attempt.day);
  return true;
end
$$;
comment on function private.settle_attempt is
  'Settles a reserved attempt: {outcome: good | failed | neutral, code?, retryAfterMs?, calls: {endpoint: made}}.';
