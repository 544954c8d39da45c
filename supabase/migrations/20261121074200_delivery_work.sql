-- Purpose: which deliveries are due, and who sends them: claims with a lease; and how a delivery is given up.
-- Objects: api.claim_deliveries, private.due_deliveries, private.claimed_json; private.bury_delivery,
--   private.bury_unreachable.
-- Locks and cost: claims follow one another; each takes rows nobody holds (skip locked) and commits; nothing is locked while a message is sent.
-- Undo: drop the functions.

-- The end of a delivery --------------------------------------------------------------------------------------------
create function private.bury_delivery(delivery_id uuid, reason text) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  buried record;
begin
  -- Lock: the channel, without waiting: who records results has taken it beforehand, and a claim that waited here could
  -- wait in a ring. Its next run finds the delivery again.
  perform
  from private.delivery_channels as c
  join private.deliveries as d on d.channel_id = c.id
  where d.id = delivery_id
  for no key update of c skip locked;
  if not found then
    return;
  end if;
  update private.deliveries as d
  set status = 'dead', lease = null, last_error = left(reason, 500)
  from private.outbox as o, private.delivery_channels as c
  where d.id = delivery_id and d.status = 'pending' and o.id = d.outbox_id and c.id = d.channel_id
  returning d.attempts, d.last_error, o.event, c.id as channel_id, c.kind into buried;
  -- That admins could not be told of it is not told to them: it would go on for ever.
  if not found or buried.event = 'delivery_dead' then
    return;
  end if;
  -- Once a day and channel: one that is away for long has many.
  perform private.notify_admins(
    'delivery_dead',
    jsonb_build_object(
      'title', 'A delivery was given up',
      'message', format(
        'A notification %s could not be delivered by %s after %s attempts: %s', buried.event, buried.kind,
        buried.attempts, buried.last_error
      ),
      'channelId', buried.channel_id, 'kind', buried.kind, 'deliveryId', delivery_id, 'event', buried.event,
      'attempts', buried.attempts, 'lastError', buried.last_error
    ),
    'delivery_dead:' || buried.channel_id || ':' || today
  );
end
$$;
comment on function private.bury_delivery is
  'Gives a pending delivery up, and tells admins of the first one of its channel that day.';

create function private.bury_unreachable() returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  unreachable uuid;
begin
  for unreachable in
    select d.id
    from private.delivery_channels as c
    cross join lateral (
      select p.id
      from private.deliveries as p
      where p.channel_id = c.id and p.status = 'pending' and p.next_attempt_at <= statement_timestamp()
      order by p.next_attempt_at
      limit 100
      for no key update skip locked
    ) as d
    where not c.active
  loop
    perform private.bury_delivery(unreachable, 'The channel is inactive');
  end loop;
end
$$;
comment on function private.bury_unreachable is 'Gives up what was still waiting for a channel that has been deactivated.';

-- Claims -----------------------------------------------------------------------------------------------------------
create function private.due_deliveries(most integer) returns setof uuid
language sql volatile
set search_path = ''
as $$
  -- A receiver that hangs holds four places at most: the others do not wait behind it.
  with ready as materialized (
    select c.id, first.next_attempt_at, 4 - (
      select count(*)
      from private.deliveries as u
      where u.channel_id = c.id and u.lease is not null and u.next_attempt_at > statement_timestamp()
    ) as places
    from private.delivery_channels as c
    cross join lateral (
      select d.next_attempt_at
      from private.deliveries as d
      where d.channel_id = c.id and d.status = 'pending' and d.next_attempt_at <= statement_timestamp()
      order by d.next_attempt_at
      limit 1
    ) as first
    where c.active and (c.paused_until is null or c.paused_until <= statement_timestamp())
  )
  select due.id
  from (select r.id, r.places from ready as r where r.places > 0 order by r.next_attempt_at) as r
  cross join lateral (
    select d.id
    from private.deliveries as d
    where d.channel_id = r.id and d.status = 'pending' and d.next_attempt_at <= statement_timestamp()
    order by d.next_attempt_at, d.id
    limit r.places
    -- What another worker is claiming at this moment is left to it.
    for no key update skip locked
  ) as due
  limit most
$$;
comment on function private.due_deliveries is 'Deliveries that may be sent now, locked: the longest waiting channels first.';

create function private.claimed_json(delivery private.deliveries) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'deliveryId', delivery.id,
    'attempt', delivery.attempts,
    'resends', delivery.resends,
    'event', o.event,
    'payload', o.payload,
    'createdAt', o.created_at,
    'channel', jsonb_build_object(
      'id', c.id,
      'kind', c.kind,
      'target', c.target,
      'secrets', to_jsonb(array_remove(
        array[c.secret, case when c.previous_secret_expires_at > clock_timestamp() then c.previous_secret end], null
      ))
    )
  )
  from private.outbox as o, private.delivery_channels as c
  where o.id = delivery.outbox_id and c.id = delivery.channel_id
$$;
comment on function private.claimed_json is 'A delivery with all that sending it needs, secrets included: for the service alone.';

create function api.claim_deliveries(max integer default 20) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  token constant uuid := gen_random_uuid();
  moment constant timestamptz := clock_timestamp();
  -- Above the eleven attempts of the worker's own schedule: only one that never reports back comes so far.
  most_attempts constant integer := 20;
  due uuid[];
  claimed jsonb := jsonb '[]';
  delivery private.deliveries;
begin
  perform private.require_caller(array['service', 'system']);
  if coalesce(claim_deliveries.max not between 1 and 100, true) then
    return private.refuse_shape(private.issue('max', 'Expected a whole number from 1 to 100'));
  end if;
  -- Lock: one claim at a time, so that each counts the places that the one before it took.
  perform pg_advisory_xact_lock(hashtextextended('claim_deliveries', 0));
  perform private.bury_unreachable();
  due := array(select private.due_deliveries(claim_deliveries.max));
  for delivery in
    update private.deliveries as d
    set lease = token, attempts = d.attempts + 1, next_attempt_at = moment + interval '60 seconds'
    where d.id = any (due)
    returning d.*
  loop
    if delivery.attempts > most_attempts then
      perform private.bury_delivery(delivery.id, 'No worker lived to tell of the last attempts');
    else
      claimed := claimed || private.claimed_json(delivery);
    end if;
  end loop;
  return jsonb_build_object(
    'success', true, 'lease', token, 'claimedAt', moment, 'leaseSeconds', 60, 'deliveries', claimed
  );
end
$$;
comment on function api.claim_deliveries is
  'Takes deliveries that are due, for 60 seconds: nobody else gets them meanwhile, and they are due again unless '
  'api.record_deliveries tells what became of them. For the service: the answer holds addresses and signing secrets.';
grant execute on function api.claim_deliveries to service_role;
