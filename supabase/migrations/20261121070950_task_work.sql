-- Purpose: what people do with a decided task, and how one is withdrawn: assign, take back, complete, cancel.
-- Objects: api.assign_task, api.unassign_task, api.complete_task, api.cancel_task.
-- Locks and cost: every operation locks the task's row before it reads anything else.
-- Undo: drop the functions.

-- Assign -----------------------------------------------------------------------------------------------------------
create function private.judge_assignment(task public.marketplace_tasks, assignee uuid) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  changed public.marketplace_tasks;
begin
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'approved' then
    return private.refuse_transition(task, 'assigned');
  end if;
  -- Held until commit: the account cannot go between this look and the assignment.
  perform from public.user_profile as p where p.id = assignee for key share;
  if not found then
    return private.refuse(404, 'user_not_found', 'There is no such user');
  end if;
  update public.marketplace_tasks as t
  set status = 'in_progress', assigned_to = assignee, started_at = clock_timestamp()
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task assigned',
    'assignedAt', changed.started_at
  );
end
$$;
comment on function private.judge_assignment is 'Decides on an assignment and carries it out.';

create function private.judge_unassignment(task public.marketplace_tasks) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  changed public.marketplace_tasks;
begin
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'in_progress' then
    return private.refuse_transition(task, 'taken back');
  end if;
  update public.marketplace_tasks as t set status = 'approved', assigned_to = null, started_at = null
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task taken back', 'assignedAt', null
  );
end
$$;
comment on function private.judge_unassignment is 'Decides on taking a task back and carries it out.';

create function api.assign_task(task_id uuid, assigned_to uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who private.caller := private.require_admin();
  request constant jsonb := jsonb_build_object('taskId', assign_task.task_id, 'assignedTo', assign_task.assigned_to);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; the state it is in after it is the one that stands.
  select * into task from public.marketplace_tasks as t where t.id = assign_task.task_id for update;
  who := private.require_admin(); -- a right lost while waiting is gone
  answer := private.admit(who, 'assign_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'assign_task', request, case
    when assign_task.assigned_to is null then private.judge_unassignment(task)
    else private.judge_assignment(task, assign_task.assigned_to)
  end);
end
$$;
comment on function api.assign_task is
  'An admin gives an approved task to a person, or takes it back with null. Codes: not_found, user_not_found, invalid_transition.';
grant execute on function api.assign_task to anon, authenticated;

create function api.unassign_task(task_id uuid) returns jsonb
language sql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
  select api.assign_task(unassign_task.task_id, null)
$$;
comment on function api.unassign_task is 'An admin takes a task back that is in progress; it is approved again.';
grant execute on function api.unassign_task to anon, authenticated;

-- Complete ---------------------------------------------------------------------------------------------------------
create function private.task_accuracy(estimated numeric, actual numeric) returns integer
language sql immutable parallel safe
set search_path = ''
as $$
  select greatest(0, round(100 * (estimated - abs(estimated - actual)) / estimated))::integer
$$;
comment on function private.task_accuracy is 'How near the estimate was: 100 on the spot, 0 when off by all of it. 4 h and 3.5 h: 88.';

create function private.task_efficiency(estimated numeric, actual numeric) returns numeric
language sql immutable parallel safe
set search_path = ''
as $$
  select round(100 * estimated / actual, 2)
$$;
comment on function private.task_efficiency is 'Estimated over actual hours in percent, to the hundredth: above 100 is faster than estimated.';

create function private.completion_issues(actual_hours numeric, notes text) returns jsonb
language sql immutable
set search_path = ''
as $$
  select nullif(
    case when private.hours_are_valid(to_jsonb(actual_hours)) is not true then
      private.issue('actualHours', 'Expected a number above 0 and at most 10000, to the hundredth')
    else '[]' end || coalesce(private.note_issues('notes', notes), '[]'),
    '[]'
  )
$$;
comment on function private.completion_issues is 'What is wrong with a completion as a request; null where nothing is.';

create function private.judge_completion(
  who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  issues constant jsonb := private.completion_issues(judge_completion.actual_hours, notes);
  changed public.marketplace_tasks;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if not who.is_admin and task.assigned_to is distinct from who.user_id then
    return private.refuse(403, 'not_allowed', 'Only the person a task is assigned to, or an admin, completes it');
  end if;
  if task.status <> 'in_progress' then
    return private.refuse_transition(task, 'completed');
  end if;
  update public.marketplace_tasks as t
  set status = 'completed', completed_at = clock_timestamp(), completed_by = who.user_id,
      actual_hours = judge_completion.actual_hours, completion_notes = notes
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task completed',
    'stats', jsonb_build_object(
      'estimatedHours', trim_scale(changed.estimated_hours),
      'actualHours', trim_scale(changed.actual_hours),
      'accuracy', private.task_accuracy(changed.estimated_hours, changed.actual_hours),
      'efficiency', trim_scale(private.task_efficiency(changed.estimated_hours, changed.actual_hours)),
      'completedAt', changed.completed_at
    )
  );
end
$$;
comment on function private.judge_completion is 'Decides on a completion and carries it out.';

create function api.complete_task(task_id uuid, actual_hours numeric default null, notes text default null) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'taskId', complete_task.task_id, 'actualHours', trim_scale(complete_task.actual_hours), 'notes', complete_task.notes
  );
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; assignee and state read after it are those that stand.
  select * into task from public.marketplace_tasks as t where t.id = complete_task.task_id for update;
  who := private.require_caller(array['user']); -- a right lost while waiting is gone
  answer := private.admit(who, 'complete_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'complete_task', request,
    private.judge_completion(who, task, complete_task.actual_hours, complete_task.notes)
  );
end
$$;
comment on function api.complete_task is
  'The assignee or an admin reports a task done with its actual hours. Codes: not_found, not_allowed, invalid_transition.';
grant execute on function api.complete_task to anon, authenticated;

-- Cancel -----------------------------------------------------------------------------------------------------------
create function private.judge_cancellation(who private.caller, task public.marketplace_tasks, reason text) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  issues constant jsonb := private.note_issues('reason', reason);
  changed public.marketplace_tasks;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if task.id is null or (who.kind = 'agent' and task.created_by <> who.agent_id) then
    return private.refuse_unknown_task();
  end if;
  if who.kind = 'user' and not who.is_admin then
    return private.refuse(403, 'not_allowed', 'Only the agent that created a task, or an admin, cancels it');
  end if;
  if task.status not in ('pending', 'awaiting_approval') then
    return private.refuse_transition(task, 'cancelled');
  end if;
  update public.marketplace_tasks as t
  set status = 'cancelled', cancelled_at = clock_timestamp(), cancelled_by = coalesce(who.agent_id, who.user_id::text),
      cancellation_reason = reason
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object('success', true, 'task', private.task_json(changed), 'message', 'Task cancelled');
end
$$;
comment on function private.judge_cancellation is 'Decides on a cancellation and carries it out.';

create function api.cancel_task(task_id uuid, reason text default null) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who private.caller := private.require_caller(array['agent', 'user']);
  request constant jsonb := jsonb_build_object('taskId', cancel_task.task_id, 'reason', cancel_task.reason);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; a decision that came first stands, and this is refused.
  select * into task from public.marketplace_tasks as t where t.id = cancel_task.task_id for update;
  who := private.require_caller(array['agent', 'user']); -- a right lost while waiting is gone
  answer := private.admit(who, 'cancel_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'cancel_task', request, private.judge_cancellation(who, task, cancel_task.reason));
end
$$;
comment on function api.cancel_task is
  'The agent that created a task, or an admin, withdraws it before it is decided. Codes: not_found, not_allowed, invalid_transition.';
grant execute on function api.cancel_task to anon, authenticated;
