-- Purpose: what is done about tasks without anybody asking.
-- Objects: private.notify_stale_approvals, private.notify_silent_agents, private.archive_tasks,
--   private.purge_expired; their schedules.
-- Locks and cost: batches of a thousand rows, skip locked.
-- Undo: select private.disable_schedules(); drop the functions.

create function private.notify_stale_approvals() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  stale jsonb;
  told integer := 0;
begin
  select jsonb_build_object(
    'count', count(*),
    'oldestSubmittedAt', min(t.submitted_at),
    'marketplaces', coalesce(jsonb_agg(distinct t.marketplace), '[]')
  )
  into stale
  from public.marketplace_tasks as t
  where t.status = 'awaiting_approval' and t.submitted_at < clock_timestamp() - interval '7 days';
  if (stale ->> 'count')::bigint > 0 then
    told := private.notify_admins('stale_approvals', stale, 'stale_approvals:' || today);
  end if;
  return stale || jsonb_build_object('processed', told);
end
$$;
comment on function private.notify_stale_approvals is 'Tells admins, once a day, of tasks awaiting approval for more than 7 days.';

create function private.notify_silent_agents() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  silent jsonb;
  told integer := 0;
begin
  select coalesce(jsonb_agg(a.id order by a.id), '[]')
  into silent
  from public.agents as a
  where a.active and a.created_at < clock_timestamp() - interval '24 hours' and not exists (
    select from public.marketplace_tasks as t
    where t.created_by = a.id and t.created_at >= clock_timestamp() - interval '24 hours'
  );
  if silent <> '[]' then
    told := private.notify_admins('silent_agents', jsonb_build_object('agents', silent), 'silent_agents:' || today);
  end if;
  return jsonb_build_object('processed', told, 'agents', silent);
end
$$;
comment on function private.notify_silent_agents is 'Tells admins, once a day, of active agents without a task for 24 hours.';

create function private.archive_tasks() returns jsonb
language plpgsql volatile
set search_path = ''
-- A thousand rows by their keys, however few others there are.
set enable_seqscan = off
as $$
declare
  moved bigint;
begin
  with due as (
    -- Whatever somebody else holds is left for the next run.
    select t.id
    from public.marketplace_tasks as t
    where t.status in ('completed', 'rejected', 'cancelled')
      and coalesce(t.completed_at, t.rejected_at, t.cancelled_at) < clock_timestamp() - interval '6 months'
    order by coalesce(t.completed_at, t.rejected_at, t.cancelled_at), t.id
    limit 1000
    for update skip locked
  ),
  gone as (
    delete from public.marketplace_tasks as t using due where t.id = due.id returning t.*
  ),
  kept as (
    insert into private.archived_tasks (
      id, marketplace, created_by, title, description, category, priority, status, created_at, submitted_at,
      approved_at, rejected_at, started_at, completed_at, cancelled_at, due_at, updated_at, assigned_to,
      approved_by, rejected_by, completed_by, cancelled_by, estimated_hours, actual_hours, tags, metadata,
      approval_reason, rejection_reason, cancellation_reason, completion_notes, external_ref, version,
      changed_xid, change_number, priority_rank
    )
    select
      g.id, g.marketplace, g.created_by, g.title, g.description, g.category, g.priority, g.status,
      g.created_at, g.submitted_at, g.approved_at, g.rejected_at, g.started_at, g.completed_at,
      g.cancelled_at, g.due_at, g.updated_at, g.assigned_to, g.approved_by, g.rejected_by, g.completed_by,
      g.cancelled_by, g.estimated_hours, g.actual_hours, g.tags, g.metadata, g.approval_reason,
      g.rejection_reason, g.cancellation_reason, g.completion_notes, g.external_ref, g.version, g.changed_xid,
      g.change_number, g.priority_rank
    from gone as g
    returning id
  )
  select count(*) into moved from kept;
  return jsonb_build_object('processed', moved);
end
$$;
comment on function private.archive_tasks is 'Moves tasks that ended more than 6 months ago to private.archived_tasks, whole, in one statement.';

create function private.purge_expired() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  keys bigint;
  buckets bigint;
  runs bigint;
  usage bigint;
  deliveries bigint;
  cron_runs bigint;
begin
  delete from private.idempotency_keys as k where k.created_at < clock_timestamp() - interval '24 hours';
  get diagnostics keys = row_count;
  -- A bucket untouched for longer than its period is full again: the same as none.
  delete from private.rate_limit_buckets as b
  using private.rate_limits as l
  where l.operation = b.operation and b.updated_at < clock_timestamp() - make_interval(secs => l.period_seconds);
  get diagnostics buckets = row_count;
  delete from private.job_runs as r where r.finished_at < clock_timestamp() - interval '30 days';
  get diagnostics runs = row_count;
  delete from private.agent_usage as u where u.day < (clock_timestamp() at time zone 'UTC')::date - 30;
  get diagnostics usage = row_count;
  delete from private.outbox as o
  where o.status <> 'pending' and o.created_at < clock_timestamp() - interval '30 days';
  get diagnostics deliveries = row_count;
  delete from cron.job_run_details as d where d.end_time < clock_timestamp() - interval '7 days';
  get diagnostics cron_runs = row_count;
  return jsonb_build_object(
    'processed', keys + buckets + runs + usage + deliveries + cron_runs,
    'idempotencyKeys', keys, 'rateLimitBuckets', buckets, 'jobRuns', runs, 'agentUsage', usage, 'deliveries', deliveries, 'cronRuns', cron_runs
  );
end
$$;
comment on function private.purge_expired is 'Removes stored answers after 24 hours, full buckets, old records of runs, deliveries that ended.';

insert into private.schedules (name, schedule, command) values
  ('notify-stale-approvals', '0 8 * * *', $$select private.run_job('notify_stale_approvals')$$),
  ('notify-silent-agents', '5 8 * * *', $$select private.run_job('notify_silent_agents')$$),
  ('archive-tasks', '*/5 * * * *', $$select private.run_job('archive_tasks')$$),
  ('purge-expired', '*/15 * * * *', $$select private.run_job('purge_expired')$$);

select private.enable_schedules();
