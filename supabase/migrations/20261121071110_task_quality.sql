-- Purpose: the quality of a period, and task_stats, which answers with both kinds of figures.
-- Objects: private.task_quality, private.stats_issues, api.task_stats.
-- Locks and cost: none; every branch reads by an index of its own.
-- Undo: drop the functions.

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
