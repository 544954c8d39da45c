-- Purpose: tasks come into being, one or a thousand at a time, within the agent's quota.
-- Objects: private.quota_left, private.spend_quota, private.proposal, private.propose_task, private.propose_tasks.
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
