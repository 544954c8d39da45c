-- Purpose: figures about tasks that equal a recount.
-- Objects: private.all_tasks, public.get_marketplace_daily_stats, api.task_stats.
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

create function private.period_end(filter jsonb) returns timestamptz
language sql stable
set search_path = ''
as $$
  select coalesce((filter ->> 'to')::timestamptz, statement_timestamp())
$$;
comment on function private.period_end is 'Where the period of a question ends: now, unless it says.';

create function private.period_start(filter jsonb) returns timestamptz
language sql stable
set search_path = ''
as $$
  select coalesce((filter ->> 'from')::timestamptz, private.period_end(filter) - interval '30 days')
$$;
comment on function private.period_start is 'Where the period of a question begins: 30 days before its end, unless it says.';

create function private.stats_issues(filter jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
  field text;
begin
  if not private.is_bounded(filter, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field in select k from jsonb_object_keys(filter - array['day', 'timezone', 'from', 'to', 'groupBy']) as k loop
    issues := issues || private.issue(left(field, 100), 'Unknown field');
  end loop;
  if filter ? 'day' and (
    filter ->> 'day' !~ '^\d{4}-\d{2}-\d{2}$' or private.parse_timestamp((filter ->> 'day') || 'T00:00:00Z') is null
  ) then
    issues := issues || private.issue('day', 'Expected a date as YYYY-MM-DD');
  end if;
  if filter ? 'timezone' and private.is_timezone(filter ->> 'timezone') is not true then
    issues := issues || private.issue('timezone', 'Expected the name of a time zone, such as Europe/Berlin');
  end if;
  foreach field in array array['from', 'to'] loop
    if filter ? field and private.parse_timestamp(filter ->> field) is null then
      issues := issues || private.issue(field, 'Expected an ISO 8601 instant with offset');
    end if;
  end loop;
  if issues = '[]' and private.period_end(filter) - private.period_start(filter) not between '0' and '366 days' then
    issues := issues || private.issue('from', 'Expected from before to, and a period of at most 366 days');
  end if;
  if filter ? 'groupBy' and coalesce(filter ->> 'groupBy', '') not in ('marketplace', 'agent') then
    issues := issues || private.issue('groupBy', 'Expected marketplace or agent');
  end if;
  return nullif(issues, '[]');
end
$$;
comment on function private.stats_issues is 'What is wrong with the question put to task_stats; null where nothing is.';

create function private.task_quality(since timestamptz, until timestamptz, group_by text) returns jsonb
language sql stable
set search_path = ''
-- Every branch has its index.
set enable_seqscan = off
as $$
  with chosen as (
    -- Each branch by its own index; a task counts once however many reasons it has to be here.
    select t.id from private.all_tasks as t where t.created_at >= since and t.created_at < until
    union
    select t.id from private.all_tasks as t where t.approved_at >= since and t.approved_at < until
    union
    select t.id from private.all_tasks as t where t.rejected_at >= since and t.rejected_at < until
    union
    select t.id from private.all_tasks as t where t.completed_at >= since and t.completed_at < until
    union
    select t.id from public.marketplace_tasks as t where t.status = 'awaiting_approval'
  ),
  task as (
    select case group_by when 'agent' then t.created_by else t.marketplace end as name,
      t.*,
      case when coalesce(t.approved_at, t.rejected_at) >= since and coalesce(t.approved_at, t.rejected_at) < until
        then extract(epoch from coalesce(t.approved_at, t.rejected_at) - t.submitted_at) / 3600 end as turnaround,
      t.completed_at >= since and t.completed_at < until as was_completed
    from chosen as c
    join private.all_tasks as t on t.id = c.id
  ),
  reason as (
    -- The most frequent only, and shortened: reasons are free text.
    select t.name, left(t.rejection_reason, 200) as reason, count(*) as count,
      row_number() over (partition by t.name order by count(*) desc, left(t.rejection_reason, 200)) as rank
    from task as t
    where t.rejected_at >= since and t.rejected_at < until
    group by t.name, left(t.rejection_reason, 200)
  ),
  figure as (
    select t.name,
      count(*) filter (where t.created_at >= since and t.created_at < until) as created,
      count(*) filter (where t.approved_at >= since and t.approved_at < until) as approved,
      count(*) filter (where t.rejected_at >= since and t.rejected_at < until) as rejected,
      count(*) filter (where t.was_completed) as completed,
      percentile_cont(0.5) within group (order by t.turnaround::double precision) as turnaround_p50,
      percentile_cont(0.9) within group (order by t.turnaround::double precision) as turnaround_p90,
      avg(extract(epoch from t.completed_at - t.started_at) / 3600) filter (where t.was_completed) as execution,
      avg(private.task_accuracy(t.estimated_hours, t.actual_hours)) filter (where t.was_completed) as accuracy,
      avg(private.task_efficiency(t.estimated_hours, t.actual_hours)) filter (where t.was_completed) as efficiency,
      count(*) filter (where t.status = 'awaiting_approval') as backlog,
      max(extract(epoch from statement_timestamp() - t.submitted_at) / 3600)
        filter (where t.status = 'awaiting_approval') as oldest
    from task as t
    group by t.name
  )
  select coalesce(jsonb_agg(
    jsonb_build_object(
      group_by, f.name,
      'created', f.created,
      'approved', f.approved,
      'rejected', f.rejected,
      'completed', f.completed,
      'approvalRate', round(f.approved::numeric / nullif(f.approved + f.rejected, 0), 4),
      'approvalTurnaroundHours', jsonb_build_object(
        'p50', round(f.turnaround_p50::numeric, 6), 'p90', round(f.turnaround_p90::numeric, 6)
      ),
      'avgExecutionHours', round(f.execution, 6),
      'avgAccuracy', round(f.accuracy, 2),
      'avgEfficiency', round(f.efficiency, 2),
      'backlog', jsonb_build_object('awaitingApproval', f.backlog, 'oldestHours', round(f.oldest, 6)),
      'rejectionReasons', coalesce((
        select jsonb_agg(jsonb_build_object('reason', r.reason, 'count', r.count) order by r.count desc, r.reason)
        from reason as r where r.name = f.name and r.rank <= 20
      ), '[]')
    ) order by f.name
  ), '[]')
  from figure as f
$$;
comment on function private.task_quality is
  'Quality per marketplace or agent: everything is counted by its own timestamp within [since, until), the backlog is as of now.';

create function api.task_stats(filter jsonb default '{}') returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
-- The Data API grants it, beyond what the caller's role is allowed by default (anon 3 s, authenticated 8 s).
set statement_timeout = '20s'
as $$
declare
  issues constant jsonb := private.stats_issues(task_stats.filter);
  zone text;
  day date;
begin
  perform private.require_caller(array['user', 'service']);
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  zone := coalesce(task_stats.filter ->> 'timezone', 'UTC');
  day := coalesce((task_stats.filter ->> 'day')::date, (statement_timestamp() at time zone zone)::date);
  return (
    select jsonb_build_object(
      'day', to_char(day, 'YYYY-MM-DD'),
      'timezone', zone,
      'marketplaces', jsonb_agg(
        jsonb_build_object(
          'marketplace', s.marketplace, 'created', s.created, 'submitted', s.submitted, 'approved', s.approved,
          'rejected', s.rejected, 'inProgress', s.in_progress, 'completed', s.completed,
          'avgCompletionTime', s.avg_completion_time
        ) order by s.marketplace
      ),
      'queue', jsonb_build_object(
        'pending', sum(s.queue_pending), 'awaitingApproval', sum(s.queue_awaiting_approval),
        'inProgress', sum(s.queue_in_progress)
      ),
      'groups', case
        when task_stats.filter ? 'groupBy' then private.task_quality(
          private.period_start(task_stats.filter), private.period_end(task_stats.filter),
          task_stats.filter ->> 'groupBy'
        )
        else '[]'
      end
    )
    from private.daily_figures(day, zone) as s
  );
end
$$;
comment on function api.task_stats is
  'Figures of a day {day, timezone}, and with groupBy (marketplace|agent) the quality of a period {from, to; default '
  'the last 30 days, at most 366}. For people and the service.';
grant execute on function api.task_stats to anon, authenticated, service_role;
