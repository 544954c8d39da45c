-- Purpose: agents hand tasks in for approval; refusals that every step shares.
-- Objects: private.refuse_transition, private.refuse_unknown_task, private.note_issues, api.submit_task.
-- Locks and cost: every operation locks the rows it judges, before it reads anything else.
-- Undo: drop the functions.

create function private.refuse_transition(task public.marketplace_tasks, wanted text) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(
    409, 'invalid_transition', format('A task that is %s cannot be %s', task.status, wanted),
    jsonb_build_object('currentStatus', task.status, 'currentVersion', task.version)
  )
$$;
comment on function private.refuse_transition is 'The refusal of a step that the task''s state does not allow.';

create function private.refuse_unknown_task() returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(404, 'not_found', 'There is no such task, or the caller may not see it')
$$;
comment on function private.refuse_unknown_task is 'The refusal where there is no such task for this caller.';

create function private.note_issues(path text, note text, is_required boolean default false) returns jsonb
language sql immutable
set search_path = ''
as $$
  select case
    when note is null and not is_required then null
    when note is null or char_length(note) > 2000 or not private.has_text(note) then
      private.issue(path, 'Expected a text of 1 to 2000 characters')
  end
$$;
comment on function private.note_issues is 'What is wrong with a reason or a note; null where nothing is.';

-- Submit -----------------------------------------------------------------------------------------------------------
create function private.judge_submission(who private.caller, task public.marketplace_tasks) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  changed public.marketplace_tasks;
begin
  -- Another agent's task is as unknown as one that never was.
  if task.id is null or task.created_by <> who.agent_id then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'pending' then
    return private.refuse_transition(task, 'submitted');
  end if;
  update public.marketplace_tasks as t set status = 'awaiting_approval', submitted_at = clock_timestamp()
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task submitted for approval'
  );
end
$$;

comment on function private.judge_submission is 'Decides on a submission and carries it out.';

create function api.submit_task(task_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['agent']);
  request constant jsonb := jsonb_build_object('taskId', submit_task.task_id);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; status and owner read after it are those that stand.
  select * into task from public.marketplace_tasks as t where t.id = submit_task.task_id for update;
  answer := private.admit(who, 'submit_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'submit_task', request, private.judge_submission(who, task));
end
$$;
comment on function api.submit_task is 'An agent hands its pending task in for approval. Codes: not_found, invalid_transition.';
grant execute on function api.submit_task to anon, authenticated;
