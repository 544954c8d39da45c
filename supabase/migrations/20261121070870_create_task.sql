-- Purpose: the operations by which agents create tasks.
-- Objects: api.create_task, api.create_tasks and how they answer.
-- Locks and cost: the Idempotency-Key, the caller's bucket, the agent's usage row, in this order.
-- Undo: drop the functions.

-- The operations ---------------------------------------------------------------------------------------------------
create function private.answer_one_task(result jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  if result ->> 'outcome' = 'refused' then
    return private.refuse(
      (result ->> 'status')::integer, result ->> 'code', result ->> 'error', result -> 'details',
      case when result ->> 'code' = 'quota_exceeded' then
        jsonb_build_array(jsonb_build_object('Retry-After', result #>> '{details,retryAfterSeconds}'))
      end
    );
  end if;
  return private.respond(
    case result ->> 'outcome' when 'created' then 201 else 200 end,
    jsonb_build_object(
      'success', true,
      'task', result -> 'task',
      'message', case
        when result ->> 'outcome' = 'existing' then 'A task with this externalRef exists already'
        when result #>> '{task,status}' = 'pending' then 'Task created'
        else 'Task created and submitted for approval'
      end
    )
  );
end
$$;
comment on function private.answer_one_task is 'The answer to one proposed task: 201 made, 200 known before, or its refusal.';

create function api.create_task(task jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['agent']);
  answer jsonb;
begin
  -- No aggregate yet: the key's lock comes first, then the bucket, then the agent's usage row.
  answer := private.admit(who, 'create_task', create_task.task);
  if answer is not null then
    return answer;
  end if;
  answer := private.propose_task(private.calling_agent(who), create_task.task);
  return private.conclude(who, 'create_task', create_task.task, private.answer_one_task(answer));
end
$$;
comment on function api.create_task is
  'An agent proposes one task; an externalRef seen before answers with the first. Codes: invalid_request, '
  'created_by_mismatch, marketplace_not_allowed, category_not_allowed, quota_exceeded, rate_limited.';
grant execute on function api.create_task to anon, authenticated;

create function private.answer_batch(results jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  made constant integer := (select count(*) from jsonb_array_elements(results) as r where r ->> 'outcome' <> 'refused');
begin
  return private.respond(
    case when made = jsonb_array_length(results) then 201 when made > 0 then 207 else 422 end,
    jsonb_build_object('success', made > 0, 'count', made, 'results', results)
  );
end
$$;
comment on function private.answer_batch is 'The answer to a batch: 201 all made, 207 mixed, 422 none.';

create function private.batch_issues(tasks jsonb, mode text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(tasks) is distinct from 'array' or jsonb_array_length(tasks) not between 1 and 1000 then
    return private.issue('tasks', 'Expected a list of 1 to 1000 tasks');
  end if;
  if mode is null or mode not in ('partial', 'atomic') then
    return private.issue('mode', 'Expected partial or atomic');
  end if;
  return null;
end
$$;
comment on function private.batch_issues is 'What is wrong with a batch as a whole; null where nothing is.';

create function api.create_tasks(tasks jsonb, mode text default 'partial') returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
-- The Data API grants it, beyond what the caller's role is allowed by default (anon 3 s, authenticated 8 s).
set statement_timeout = '20s'
as $$
declare
  who constant private.caller := private.require_caller(array['agent']);
  request constant jsonb := jsonb_build_object('tasks', create_tasks.tasks, 'mode', create_tasks.mode);
  issues constant jsonb := private.batch_issues(create_tasks.tasks, create_tasks.mode);
  answer jsonb;
begin
  -- One rate token for the batch, the same as for one task. Locks as in create_task.
  answer := private.admit(who, 'create_task', request);
  if answer is not null then
    return answer;
  end if;
  if issues is not null then
    return private.conclude(who, 'create_task', request, private.refuse_shape(issues));
  end if;
  answer := private.propose_tasks(private.calling_agent(who), create_tasks.tasks, create_tasks.mode = 'atomic');
  -- As with one task: what only the quota refused is welcome later, so it is not stored.
  if not jsonb_path_exists(answer, '$[*] ? (@.outcome != "refused")')
    and jsonb_path_exists(answer, '$[*] ? (@.status == 429)')
  then
    return private.answer_batch(answer);
  end if;
  return private.conclude(who, 'create_task', request, private.answer_batch(answer));
end
$$;
comment on function api.create_tasks is
  'An agent proposes 1 to 1000 tasks; partial makes the good ones, atomic all or none. Each item has its own outcome.';
grant execute on function api.create_tasks to anon, authenticated;
