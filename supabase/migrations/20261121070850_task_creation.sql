-- Purpose: agents propose tasks, one or a thousand at a time.
-- Objects: private.agent_usage's lock, private.proposal, private.propose_tasks, api.create_task, api.create_tasks.
-- Locks and cost: an agent's usage row is locked until commit, so an agent's creations follow one another.
-- Undo: drop the functions and the type.

-- Creating ---------------------------------------------------------------------------------------------------------
create function private.quota_left(agent public.agents, day date) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  used integer;
begin
  -- Locks the agent's usage row until commit: what is left cannot be spent twice, and nobody else can bring an
  -- externalRef of this agent in meanwhile. Taken after key and bucket, before any task: the same order everywhere.
  insert into private.agent_usage as u (agent_id, day)
  values (agent.id, quota_left.day)
  on conflict on constraint agent_usage_pkey do update set created = u.created
  returning u.created into used;
  return greatest(0, agent.daily_quota - used);
end
$$;
comment on function private.quota_left is 'How many tasks the agent may still create that day.';

create function private.spend_quota(agent public.agents, day date, amount integer) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  if amount > agent.daily_quota then
    return false;
  end if;
  insert into private.agent_usage as u (agent_id, day, created)
  values (agent.id, spend_quota.day, amount)
  on conflict on constraint agent_usage_pkey do update set created = u.created + amount
  where u.created + amount <= agent.daily_quota;
  return found;
end
$$;
comment on function private.spend_quota is 'Counts what an agent creates on a day; false, and nothing counted, where the quota does not cover it.';

create type private.proposal as (
  index integer,
  item jsonb,
  refusal jsonb,
  task_id uuid,
  is_new boolean, -- false where task_id exists already, or comes earlier in the same batch
  number integer -- counts what is new, for the quota; what names the same thing has the same number
);
comment on type private.proposal is 'One item of a batch of tasks and what becomes of it.';

create function private.agent_categories(agent_id text) returns text[]
language plpgsql stable
set search_path = ''
as $$
begin
  return array(
    select c.category from public.agent_categories as c
    where c.agent_id = agent_categories.agent_id
    order by c.category
  );
end
$$;
comment on function private.agent_categories is 'What an agent may create.';

create function private.task_of_ref(agent_id text, external_ref text) returns uuid
language plpgsql stable
set search_path = ''
as $$
begin
  -- A task that was put away is still the first of its name.
  return coalesce(
    (select t.id from public.marketplace_tasks as t
      where t.created_by = task_of_ref.agent_id and t.external_ref = task_of_ref.external_ref),
    (select t.id from private.archived_tasks as t
      where t.created_by = task_of_ref.agent_id and t.external_ref = task_of_ref.external_ref)
  );
end
$$;
comment on function private.task_of_ref is 'The task an agent created under an externalRef, living or archived.';

create function private.find_task(task_id uuid) returns public.marketplace_tasks
language plpgsql stable
set search_path = ''
as $$
declare
  task public.marketplace_tasks;
begin
  select * into task from public.marketplace_tasks as t where t.id = find_task.task_id;
  if not found then
    select (jsonb_populate_record(null::public.marketplace_tasks, to_jsonb(t))).* into task
    from private.archived_tasks as t
    where t.id = find_task.task_id;
  end if;
  return task;
end
$$;
comment on function private.find_task is 'A task by its id, living or archived; a row of nulls where there is none.';

-- The plans of these functions do not depend on what is proposed: planning them anew for each call, as the server would
-- by itself, takes longer than running them.
create function private.weigh_proposals(agent public.agents, items jsonb) returns private.proposal[]
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  categories constant text[] := private.agent_categories(agent.id);
begin
  return (
    with item as materialized (
      select i.ordinality::integer - 1 as index, i.value as item, i.value ->> 'externalRef' as external_ref,
        private.task_refusal(i.value, agent, categories) as refusal
      from jsonb_array_elements(items) with ordinality as i
    ),
    acceptable as (
      -- Two items of one externalRef are one task: the group is known by its first index.
      select i.index, t.id as known_id, gen_random_uuid() as fresh_id,
        min(i.index) over (partition by coalesce(i.external_ref, ''), case when i.external_ref is null then i.index end)
          as first_index
      from item as i
      -- One look by index for each item, however large the table is and whatever the planner believes of it.
      left join lateral (select private.task_of_ref(agent.id, i.external_ref) as id) as t on i.external_ref is not null
      where i.refusal is null
    ),
    grouped as (
      select a.index, a.known_id is null and a.index = a.first_index as is_new,
        coalesce(a.known_id, first_value(a.fresh_id) over (partition by a.first_index order by a.index)) as task_id,
        case when a.known_id is null then dense_rank() over (partition by a.known_id is null order by a.first_index) end
          as number
      from acceptable as a
    )
    select array_agg(
      row(i.index, i.item, i.refusal, g.task_id, coalesce(g.is_new, false), g.number)::private.proposal order by i.index
    )
    from item as i
    left join grouped as g on g.index = i.index
  );
end
$$;
comment on function private.weigh_proposals is 'Judges every item by itself and finds what exists already; writes nothing.';

create function private.hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer)
returns private.proposal[]
language plpgsql stable
set search_path = ''
as $$
begin
  return array(
    select row(
      p.index, p.item,
      case when p.number > left_today then private.quota_refusal(agent) else p.refusal end,
      p.task_id, p.is_new, p.number
    )::private.proposal
    from unnest(proposals) as p
    order by p.index
  );
end
$$;
comment on function private.hold_to_quota is 'Refuses what is new beyond the agent''s quota of today.';

create function private.insert_proposals(agent public.agents, proposals private.proposal[]) returns integer
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  moment constant timestamptz := clock_timestamp();
  made integer;
begin
  insert into public.marketplace_tasks (
    id, marketplace, created_by, title, description, category, priority, status, created_at, submitted_at, updated_at,
    estimated_hours, tags, metadata, due_at, external_ref
  )
  select p.task_id, p.item ->> 'marketplace', agent.id, p.item ->> 'title', p.item ->> 'description',
    p.item ->> 'category', p.item ->> 'priority',
    case when agent.auto_submit then 'awaiting_approval' else 'pending' end,
    moment, case when agent.auto_submit then moment end, moment,
    (p.item -> 'estimatedHours')::numeric,
    coalesce(array(select jsonb_array_elements_text(nullif(p.item -> 'tags', 'null'))), '{}'),
    coalesce(nullif(p.item -> 'metadata', 'null'), '{}'),
    (p.item ->> 'dueAt')::timestamptz,
    p.item ->> 'externalRef'
  from unnest(proposals) as p
  where p.is_new and p.refusal is null
  order by p.index;
  get diagnostics made = row_count;
  return made;
end
$$;
comment on function private.insert_proposals is 'Creates what is new and not refused; returns how many.';

create function private.propose_tasks(agent public.agents, items jsonb, atomic boolean) returns jsonb
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  -- The day is read once: a batch that begins before midnight counts for the day it began.
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  left_today constant integer := private.quota_left(agent, today);
  proposals private.proposal[] := private.hold_to_quota(private.weigh_proposals(agent, items), agent, left_today);
  made integer;
  spoiled constant boolean := atomic and exists (select from unnest(proposals) as p where p.refusal is not null);
begin
  if not spoiled then
    made := private.insert_proposals(agent, proposals);
    if not private.spend_quota(agent, today, made) then
      raise exception 'Expected the quota of % to cover % tasks', agent.id, made;
    end if;
  end if;
  return (
    select jsonb_agg(
      case
        when p.refusal is not null then
          jsonb_build_object('index', p.index, 'outcome', 'refused') || p.refusal
        when spoiled then jsonb_build_object(
          'index', p.index, 'outcome', 'refused', 'code', 'batch_refused', 'status', 422,
          'error', 'Another item of this atomic batch was refused'
        )
        when p.is_new then jsonb_build_object(
          'index', p.index, 'outcome', 'created', 'task', private.task_json(row(t.*)::public.marketplace_tasks)
        )
        -- In brief: a thousand items may all name one large task.
        else jsonb_build_object(
          'index', p.index, 'outcome', 'existing', 'task', jsonb_build_object(
            'id', t.id, 'externalRef', t.external_ref, 'status', t.status, 'version', t.version
          )
        )
      end
      order by p.index
    )
    from unnest(proposals) as p
    left join lateral (select * from private.find_task(p.task_id)) as t on true
  );
end
$$;
comment on function private.propose_tasks is
  'Creates a batch and answers per item {index, outcome: created|existing|refused, task?, code?, status?, error?}.';

create function private.propose_task(agent public.agents, item jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  refusal constant jsonb := private.task_refusal(item, agent, private.agent_categories(agent.id));
  task_id constant uuid := gen_random_uuid();
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  task public.marketplace_tasks;
begin
  if refusal is not null then
    return jsonb_build_object('outcome', 'refused') || refusal;
  end if;
  if item ->> 'externalRef' is not null then
    -- Locks the usage row before looking, as a batch does: of two that bring one externalRef, one looks later.
    perform private.quota_left(agent, today);
    task := private.find_task(private.task_of_ref(agent.id, item ->> 'externalRef'));
    if task.id is not null then
      return jsonb_build_object('outcome', 'existing', 'task', private.task_json(task));
    end if;
  end if;
  if not private.spend_quota(agent, today, 1) then
    return jsonb_build_object('outcome', 'refused') || private.quota_refusal(agent);
  end if;
  perform private.insert_proposals(agent, array[row(0, item, null, task_id, true, 1)::private.proposal]);
  select * into task from public.marketplace_tasks as t where t.id = task_id;
  return jsonb_build_object('outcome', 'created', 'task', private.task_json(task));
end
$$;
comment on function private.propose_task is
  'propose_tasks for a single task, as most come: the same judgements and the same insert without the machinery of a batch.';

create function private.calling_agent(who private.caller) returns public.agents
language plpgsql stable
set search_path = ''
as $$
declare
  agent public.agents;
begin
  select * into agent from public.agents as a where a.id = who.agent_id;
  return agent;
end
$$;
comment on function private.calling_agent is 'The row of the agent that calls.';

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
