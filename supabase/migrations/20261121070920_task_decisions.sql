-- Purpose: admins approve and reject, one task or a hundred at once.
-- Objects: private.verdict, private.judge_decision and its steps, api.approve_tasks.
-- Locks and cost: locks the rows it judges, in id order, before it reads anything else.
-- Undo: drop the functions and the type.

create type private.verdict as (
  id uuid,
  position integer,
  outcome text,
  code text,
  current_status text,
  current_version bigint
);
comment on type private.verdict is 'What a decision means for one task.';

create function private.weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb)
returns private.verdict[]
language sql stable
set search_path = ''
as $$
  select array_agg(
    row(
      asked.id, asked.position,
      case
        when t.id is null then 'not_found'
        when t.status <> 'awaiting_approval' or (expected_versions ->> t.id::text)::bigint <> t.version then 'conflict'
        when approved then 'approved'
        else 'rejected'
      end,
      case
        when t.id is null then 'not_found'
        when t.status <> 'awaiting_approval' then 'invalid_transition'
        when (expected_versions ->> t.id::text)::bigint <> t.version then 'version_conflict'
      end,
      t.status, t.version
    )::private.verdict
    order by asked.position
  )
  from (
    -- Duplicates are folded into their first mention.
    select i.id, min(i.position)::integer as position from unnest(task_ids) with ordinality as i (id, position) group by i.id
  ) as asked
  left join public.marketplace_tasks as t on t.id = asked.id
$$;
comment on function private.weigh_decision is 'What a decision would mean for each task, in input order; writes nothing.';

create function private.carry_out_decision(who private.caller, verdicts private.verdict[], reason text) returns jsonb
language sql volatile
set search_path = ''
as $$
  with decided as (
    update public.marketplace_tasks as t
    set status = v.outcome,
        approved_at = case when v.outcome = 'approved' then now.moment end,
        approved_by = case when v.outcome = 'approved' then who.user_id end,
        approval_reason = case when v.outcome = 'approved' then reason end,
        rejected_at = case when v.outcome = 'rejected' then now.moment end,
        rejected_by = case when v.outcome = 'rejected' then who.user_id end,
        rejection_reason = case when v.outcome = 'rejected' then reason end
    from unnest(verdicts) as v, (select clock_timestamp() as moment) as now
    where t.id = v.id and v.code is null
    returning v.position, t as task
  )
  select coalesce(jsonb_agg(private.task_json(d.task) order by d.position), '[]') from decided as d
$$;
comment on function private.carry_out_decision is 'Writes the decision to every task whose verdict allows it; returns them.';

create function private.decision_issues(
  task_ids uuid[], approved boolean, reason text, options jsonb
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := coalesce(private.note_issues('reason', reason), '[]');
  field text;
begin
  if not private.is_bounded(options, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(options) is distinct from 'object' then
    return private.issue('options', 'Expected an object');
  end if;
  if approved is null then
    issues := issues || private.issue('approved', 'Expected true or false');
  end if;
  if (task_ids is null) = (not options ? 'filter') then
    issues := issues || private.issue('taskIds', 'Expected either taskIds or a filter');
  elsif task_ids is not null and (cardinality(task_ids) not between 1 and 100 or array_ndims(task_ids) > 1
    or exists (select from unnest(task_ids) as i where i is null)) then
    issues := issues || private.issue('taskIds', 'Expected 1 to 100 ids');
  end if;
  if options ? 'filter' then
    issues := issues || coalesce(private.filter_issues(options -> 'filter'), '[]');
  end if;
  foreach field in array array['atomic', 'dryRun'] loop
    if jsonb_typeof(options -> field) <> 'boolean' then
      issues := issues || private.issue('options.' || field, 'Expected true or false');
    end if;
  end loop;
  if options ? 'expectedVersions' and (
    jsonb_typeof(options -> 'expectedVersions') <> 'object'
    or exists (
      select from jsonb_each(options -> 'expectedVersions') as e
      where private.parse_uuid(e.key) is null or jsonb_typeof(e.value) <> 'number' or e.value::text !~ '^[1-9]\d{0,17}$'
    )
  ) then
    issues := issues || private.issue('options.expectedVersions', 'Expected an object of task id to version');
  end if;
  for field in select k from jsonb_object_keys(options - array['filter', 'atomic', 'dryRun', 'expectedVersions']) as k loop
    issues := issues || private.issue('options.' || left(field, 100), 'Unknown field');
  end loop;
  return nullif(issues, '[]');
end
$$;
comment on function private.decision_issues is 'What is wrong with a decision as a request; null where nothing is.';

create function private.judge_decision(
  who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  expected constant jsonb := coalesce((
    select jsonb_object_agg(lower(e.key), e.value) from jsonb_each(options -> 'expectedVersions') as e
  ), '{}');
  dry_run constant boolean := coalesce((options ->> 'dryRun')::boolean, false);
  atomic constant boolean := coalesce((options ->> 'atomic')::boolean, false);
  verdicts private.verdict[];
  decidable integer;
  noun text;
  verb constant text := case when approved then 'approved' else 'rejected' end;
  decided jsonb := jsonb '[]';
begin
  if not approved and reason is null then
    return private.refuse(422, 'reason_required', 'A rejection needs a reason');
  end if;
  verdicts := private.weigh_decision(task_ids, approved, expected);
  decidable := (select count(*) from unnest(verdicts) as v where v.code is null);
  noun := case decidable when 1 then 'task' else 'tasks' end;
  if decidable = 0 or (atomic and decidable < cardinality(verdicts)) then
    decidable := 0;
  elsif not dry_run then
    decided := private.carry_out_decision(who, verdicts, reason);
  end if;
  return private.respond(
    case when decidable > 0 then 200 else 409 end,
    jsonb_build_object(
      'success', decidable > 0,
      'message', case
        when decidable = 0 then 'Nothing was decided'
        when dry_run then format('%s %s would be %s', decidable, noun, verb)
        else format('%s %s %s', decidable, noun, verb)
      end,
      'count', jsonb_array_length(decided),
      'tasks', decided,
      'results', coalesce((
        select jsonb_agg(
          jsonb_strip_nulls(jsonb_build_object(
            'id', v.id,
            -- In an atomic batch that failed, what could have been decided was not.
            'outcome', case when v.code is null and decidable = 0 then 'conflict' else v.outcome end,
            'code', case when v.code is null and decidable = 0 then 'batch_refused' else v.code end,
            'currentStatus', case
              when v.code is null and decidable > 0 and not dry_run then v.outcome else v.current_status
            end,
            'currentVersion', case
              when v.code is null and decidable > 0 and not dry_run then v.current_version + 1 else v.current_version
            end
          )) order by v.position
        ) from unnest(verdicts) as v
      ), '[]')
    ) || case when dry_run then '{"dryRun": true}'::jsonb else '{}' end
  );
end
$$;
comment on function private.judge_decision is 'Decides on every task it can, or on none where atomic, and answers per task.';

create function api.approve_tasks(
  task_ids uuid[] default null, approved boolean default null, reason text default null, options jsonb default '{}'
) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
-- The Data API grants it, beyond what the caller's role is allowed by default (anon 3 s, authenticated 8 s).
set statement_timeout = '20s'
as $$
declare
  who private.caller := private.require_admin();
  request constant jsonb := jsonb_build_object(
    'taskIds', approve_tasks.task_ids, 'approved', approve_tasks.approved, 'reason', approve_tasks.reason,
    'options', approve_tasks.options
  );
  issues constant jsonb := private.decision_issues(
    approve_tasks.task_ids, approve_tasks.approved, approve_tasks.reason, approve_tasks.options
  );
  wanted uuid[] := approve_tasks.task_ids;
  answer jsonb;
begin
  -- Lock: the tasks' rows in id order, so that two batches that share tasks never wait for each other in a ring.
  -- Whoever comes second judges what the first has left: one decision per task, however many race. By filter, each
  -- takes the oldest tasks that nobody else is deciding on, and waits for nobody.
  if issues is not null then
    wanted := null;
  elsif wanted is null then
    wanted := private.queued_task_ids(approve_tasks.options -> 'filter', who, 100, true);
  else
    perform from public.marketplace_tasks as t where t.id = any (wanted) order by t.id for update;
  end if;
  who := private.require_admin(); -- a right lost while waiting is gone
  answer := private.admit(who, 'approve_tasks', request);
  if answer is not null then
    return answer;
  end if;
  if issues is not null then
    return private.conclude(who, 'approve_tasks', request, private.refuse_shape(issues));
  end if;
  return private.conclude(
    who, 'approve_tasks', request,
    private.judge_decision(who, wanted, approve_tasks.approved, approve_tasks.reason, approve_tasks.options)
  );
end
$$;
comment on function api.approve_tasks is
  'An admin approves or rejects up to 100 tasks by id, or the oldest 100 that match options.filter. options: filter, '
  'atomic, dryRun, expectedVersions. 409 with the same body where nothing was decided.';
grant execute on function api.approve_tasks to anon, authenticated;
