-- Purpose: figures of a day that equal a recount.
-- Objects: private.all_tasks, private.daily_figures, public.get_marketplace_daily_stats.
-- Locks and cost: none; reads by the timestamps' indexes.
-- Undo: drop the functions and the view.

-- Archived tasks count like the living: what happened on a day does not change when the task is put away.
create view private.all_tasks with (security_invoker = true) as
select id, marketplace, created_by, status, created_at, submitted_at, approved_at, rejected_at, started_at, completed_at,
  estimated_hours, actual_hours, rejection_reason
from public.marketplace_tasks
union all
select id, marketplace, created_by, status, created_at, submitted_at, approved_at, rejected_at, started_at, completed_at,
  estimated_hours, actual_hours, rejection_reason
from private.archived_tasks;
comment on view private.all_tasks is 'Living and archived tasks as one, for statistics.';

create index marketplace_tasks_submitted_at on public.marketplace_tasks (submitted_at) where submitted_at is not null;
create index marketplace_tasks_approved_at on public.marketplace_tasks (approved_at) where approved_at is not null;
create index marketplace_tasks_rejected_at on public.marketplace_tasks (rejected_at) where rejected_at is not null;
create index marketplace_tasks_started_at on public.marketplace_tasks (started_at) where started_at is not null;

create function private.marketplaces() returns text[]
language sql immutable parallel safe
set search_path = ''
as $$
  select array['amazon', 'kaway', 'mercadolivre', 'shein', 'shopee', 'tiktokshop']
$$;
comment on function private.marketplaces is 'The marketplaces that statistics always show.';

create function private.daily_figures(day date, timezone text)
returns table (
  marketplace text,
  created bigint,
  submitted bigint,
  approved bigint,
  rejected bigint,
  in_progress bigint,
  completed bigint,
  avg_completion_time numeric,
  queue_pending bigint,
  queue_awaiting_approval bigint,
  queue_in_progress bigint
)
language sql stable
set search_path = ''
-- Every branch has its index.
set enable_seqscan = off
as $$
  with bounds as (
    select daily_figures.day::timestamp at time zone daily_figures.timezone as since,
      (daily_figures.day + 1)::timestamp at time zone daily_figures.timezone as until
  ),
  happened as (
    -- One row for each thing that happened to a task within the day, each by its own timestamp.
    select t.marketplace, 'created' as what, null::numeric as hours
    from private.all_tasks as t, bounds as b where t.created_at >= b.since and t.created_at < b.until
    union all
    select t.marketplace, 'submitted', null
    from private.all_tasks as t, bounds as b where t.submitted_at >= b.since and t.submitted_at < b.until
    union all
    select t.marketplace, 'approved', null
    from private.all_tasks as t, bounds as b where t.approved_at >= b.since and t.approved_at < b.until
    union all
    select t.marketplace, 'rejected', null
    from private.all_tasks as t, bounds as b where t.rejected_at >= b.since and t.rejected_at < b.until
    union all
    select t.marketplace, 'started', null
    from private.all_tasks as t, bounds as b where t.started_at >= b.since and t.started_at < b.until
    union all
    select t.marketplace, 'completed', extract(epoch from t.completed_at - t.started_at) / 3600
    from private.all_tasks as t, bounds as b where t.completed_at >= b.since and t.completed_at < b.until
  ),
  counted as (
    select h.marketplace,
      count(*) filter (where h.what = 'created') as created,
      count(*) filter (where h.what = 'submitted') as submitted,
      count(*) filter (where h.what = 'approved') as approved,
      count(*) filter (where h.what = 'rejected') as rejected,
      count(*) filter (where h.what = 'started') as started,
      count(*) filter (where h.what = 'completed') as completed,
      round(avg(h.hours), 6) as hours
    from happened as h
    group by h.marketplace
  ),
  queued as (
    select t.marketplace,
      count(*) filter (where t.status = 'pending') as pending,
      count(*) filter (where t.status = 'awaiting_approval') as awaiting_approval,
      count(*) filter (where t.status = 'in_progress') as in_progress
    from public.marketplace_tasks as t
    where t.status in ('pending', 'awaiting_approval', 'in_progress')
    group by t.marketplace
  )
  select m.marketplace, coalesce(c.created, 0), coalesce(c.submitted, 0), coalesce(c.approved, 0),
    coalesce(c.rejected, 0), coalesce(c.started, 0), coalesce(c.completed, 0), c.hours,
    coalesce(q.pending, 0), coalesce(q.awaiting_approval, 0), coalesce(q.in_progress, 0)
  from unnest(private.marketplaces()) as m (marketplace)
  left join counted as c on c.marketplace = m.marketplace
  left join queued as q on q.marketplace = m.marketplace
  order by m.marketplace
$$;
comment on function private.daily_figures is 'One row per marketplace: what happened on a day of a time zone, and the queues now.';

create function private.is_timezone(name text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  -- A name, not an abbreviation or an offset; the list of all names is read from files each time, so one is tried.
  return name ~ '^[A-Za-z][A-Za-z0-9_+/-]{1,63}$' and statement_timestamp() at time zone name is not null;
exception when data_exception then
  return false;
end
$$;
comment on function private.is_timezone is 'Whether there is a time zone of this name.';

create function public.get_marketplace_daily_stats(day date default null, timezone text default 'UTC')
returns table (
  marketplace text,
  created bigint,
  submitted bigint,
  approved bigint,
  rejected bigint,
  in_progress bigint,
  completed bigint,
  avg_completion_time numeric,
  queue_pending bigint,
  queue_awaiting_approval bigint,
  queue_in_progress bigint
)
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_caller(array['user', 'service', 'system']);
  if private.is_timezone(get_marketplace_daily_stats.timezone) is not true then
    perform private.raise_refusal(
      400, 'invalid_request', 'The request does not have the expected shape', jsonb_build_object(
        'issues', private.issue('timezone', 'Expected the name of a time zone, such as Europe/Berlin')
      )
    );
  end if;
  return query
  select f.* from private.daily_figures(
    coalesce(
      get_marketplace_daily_stats.day,
      (statement_timestamp() at time zone get_marketplace_daily_stats.timezone)::date
    ),
    get_marketplace_daily_stats.timezone
  ) as f;
end
$$;
comment on function public.get_marketplace_daily_stats is
  'One row per marketplace, idle ones too: what happened on a day (default: today) of a time zone, the average hours '
  'from start to completion of what was completed on it, and how long the queues are now.';
grant execute on function public.get_marketplace_daily_stats to anon, authenticated, service_role;
