-- Purpose: what became of claimed deliveries, and of the run that sent them.
-- Objects: api.record_deliveries, api.record_job_run; the schedule of the worker; private.purge_expired, which
--   keeps what is still to be delivered.
-- Locks and cost: the deliveries and their channels, for the moment of writing.
-- Undo: delete the schedule; drop the functions; bring private.purge_expired of 20261121071300_task_schedules.sql back.

create function private.is_delivery_result(result jsonb) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  -- What is absent is null, and neither right nor wrong by itself.
  return coalesce(
    jsonb_typeof(result) = 'object'
    and jsonb_typeof(result -> 'deliveryId') = 'string' and private.parse_uuid(result ->> 'deliveryId') is not null
    and jsonb_typeof(result -> 'lease') = 'string' and private.parse_uuid(result ->> 'lease') is not null
    and case result ->> 'outcome'
      when 'delivered' then true
      when 'retry' then jsonb_typeof(result -> 'error') = 'string'
        and jsonb_typeof(result -> 'retryInSeconds') = 'number' and result ->> 'retryInSeconds' ~ '^\d{1,6}$'
      when 'dead' then jsonb_typeof(result -> 'error') = 'string'
      when 'gone' then jsonb_typeof(result -> 'error') = 'string'
    end
    and (
      not result ? 'pauseSeconds'
      or jsonb_typeof(result -> 'pauseSeconds') = 'number' and result ->> 'pauseSeconds' ~ '^\d{1,4}$'
    ),
    false
  );
end
$$;
comment on function private.is_delivery_result is
  'Whether it is {deliveryId, lease, outcome: delivered | retry | dead | gone, error?, retryInSeconds?, pauseSeconds?}.';

create function private.record_delivery(result jsonb) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  outcome constant text := result ->> 'outcome';
  delivery private.deliveries;
  channel private.delivery_channels;
begin
  select * into delivery from private.deliveries as d where d.id = (result ->> 'deliveryId')::uuid;
  if not found or delivery.status <> 'pending' then
    return false;
  end if;
  if outcome = 'delivered' then
    -- Taken also from a worker whose lease ran out meanwhile: what has arrived has arrived.
    update private.deliveries as d
    set status = 'delivered', delivered_at = clock_timestamp(), lease = null, last_error = null
    where d.id = delivery.id;
    return true;
  end if;
  if delivery.lease is distinct from (result ->> 'lease')::uuid then
    return false;
  end if;
  select * into channel from private.delivery_channels as c where c.id = delivery.channel_id;
  if outcome = 'gone' then
    update private.delivery_channels as c set active = false where c.id = channel.id;
  elsif result ? 'pauseSeconds' then
    update private.delivery_channels as c
    set paused_until = greatest(
      c.paused_until, clock_timestamp() + make_interval(secs => (result ->> 'pauseSeconds')::integer)
    )
    where c.id = channel.id;
  end if;
  if outcome = 'retry' and channel.active then
    update private.deliveries as d
    set lease = null,
        last_error = left(result ->> 'error', 500),
        next_attempt_at = clock_timestamp() + make_interval(secs => (result ->> 'retryInSeconds')::integer)
    where d.id = delivery.id;
  else
    perform private.bury_delivery(delivery.id, result ->> 'error');
  end if;
  return true;
end
$$;
comment on function private.record_delivery is
  'Takes one result down; false where the delivery is no longer that worker''s. Its caller holds the delivery and channel.';

create function api.record_deliveries(results jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  ids uuid[];
  result jsonb;
  recorded integer := 0;
begin
  perform private.require_caller(array['service', 'system']);
  if not private.is_bounded(record_deliveries.results, 1048576) then
    return private.refuse_shape(private.unbounded_issue());
  end if;
  if coalesce(jsonb_typeof(record_deliveries.results) <> 'array', true) then
    return private.refuse_shape(private.issue('results', 'Expected a list of results'));
  end if;
  if exists (
    select from jsonb_array_elements(record_deliveries.results) as r where not private.is_delivery_result(r)
  ) then
    return private.refuse_shape(private.issue(
      'results', 'Expected each as {deliveryId, lease, outcome: delivered | retry | dead | gone, error, retryInSeconds}'
    ));
  end if;
  ids := array(select (r ->> 'deliveryId')::uuid from jsonb_array_elements(record_deliveries.results) as r);
  -- Locks: all deliveries by id, then all their channels by id, so that two workers do not wait for each other in a ring.
  perform from private.deliveries as d where d.id = any (ids) order by d.id for no key update;
  perform from private.delivery_channels as c
  where c.id in (select d.channel_id from private.deliveries as d where d.id = any (ids))
  order by c.id
  for no key update;
  for result in select r from jsonb_array_elements(record_deliveries.results) as r loop
    if private.record_delivery(result) then
      recorded := recorded + 1;
    end if;
  end loop;
  return jsonb_build_object('success', true, 'recorded', recorded);
end
$$;
comment on function api.record_deliveries is 'Tells what became of claimed deliveries. For the service.';
grant execute on function api.record_deliveries to service_role;

create function api.record_job_run(
  job text, started_at timestamptz, processed integer, details jsonb, error text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  run private.job_runs;
begin
  perform private.require_caller(array['service', 'system']);
  if coalesce(record_job_run.job !~ '^[a-z_]{1,60}$', true)
    or coalesce(not isfinite(record_job_run.started_at) or record_job_run.processed < 0, true)
    or coalesce(jsonb_typeof(record_job_run.details) <> 'object', true)
    or not private.is_bounded(record_job_run.details, 16384)
  then
    return private.refuse_shape(private.issue('', 'Expected job, startedAt, processed and details of a run'));
  end if;
  insert into private.job_runs as r (job, started_at, finished_at, status, processed, details, error)
  values (
    record_job_run.job, record_job_run.started_at, clock_timestamp(),
    case when record_job_run.error is null then 'succeeded' else 'failed' end,
    record_job_run.processed, record_job_run.details, left(record_job_run.error, 500)
  )
  returning r.* into run;
  return private.answer_run(jsonb_build_object(
    'success', run.status = 'succeeded', 'job', run.job, 'status', run.status, 'processed', run.processed,
    'details', run.details,
    'durationMs', round(extract(epoch from run.finished_at - run.started_at) * 1000)
  ));
end
$$;
comment on function api.record_job_run is
  'Records a run of a job that a function does, as private.run_job does one of a job in the database. For the service. Codes: '
  'invalid_request, job_failed.';
grant execute on function api.record_job_run to service_role;

-- Keeping house ----------------------------------------------------------------------------------------------------
create or replace function private.purge_expired() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp(); -- a volatile function would be no index condition
  keys bigint;
  buckets bigint;
  runs bigint;
  usage bigint;
  deliveries bigint;
  cron_runs bigint;
begin
  delete from private.idempotency_keys as k where k.created_at < moment - interval '24 hours';
  get diagnostics keys = row_count;
  -- A bucket untouched for longer than its period is full again: the same as none.
  delete from private.rate_limit_buckets as b
  using private.rate_limits as l
  where l.operation = b.operation and b.updated_at < moment - make_interval(secs => l.period_seconds);
  get diagnostics buckets = row_count;
  delete from private.job_runs as r where r.finished_at < moment - interval '30 days';
  get diagnostics runs = row_count;
  delete from private.agent_usage as u where u.day < (moment at time zone 'UTC')::date - 30;
  get diagnostics usage = row_count;
  -- What was said goes with its deliveries, once none of them is still to be made.
  delete from private.outbox as o
  where o.created_at < moment - interval '30 days' and not exists (
    select from private.deliveries as d where d.outbox_id = o.id and d.status = 'pending'
  );
  get diagnostics deliveries = row_count;
  delete from cron.job_run_details as d where d.end_time < moment - interval '7 days';
  get diagnostics cron_runs = row_count;
  return jsonb_build_object(
    'processed', keys + buckets + runs + usage + deliveries + cron_runs,
    'idempotencyKeys', keys, 'rateLimitBuckets', buckets, 'jobRuns', runs, 'agentUsage', usage, 'deliveries', deliveries, 'cronRuns', cron_runs
  );
end
$$;

insert into private.schedules (name, schedule, command) values
  ('deliver-notifications', '* * * * *', $$select private.invoke_function('deliver-notifications')$$);

select private.enable_schedules();
