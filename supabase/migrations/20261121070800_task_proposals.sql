-- Purpose: what a proposed task must look like, and which agent may propose it.
-- Objects: private.agent_usage, private.task_issues, private.task_refusal, private.quota_refusal.
-- Locks and cost: a new table; the functions only read.
-- Undo: drop the objects.

create table private.agent_usage (
  agent_id text not null,
  day date not null,
  created integer not null default 0,
  constraint agent_usage_pkey primary key (agent_id, day),
  constraint agent_usage_belongs_to_an_agent foreign key (agent_id) references public.agents (id)
) with (fillfactor = 50);
comment on table private.agent_usage is 'Tasks an agent created in a UTC day, held against its daily_quota.';

-- What is wrong with a proposed task -------------------------------------------------------------------------------
-- Written in PL/pgSQL although a query would do: these run for every field of a thousand tasks, and a function in SQL
-- that pins its search_path costs three times as much to call.
create function private.hours_are_valid(value jsonb) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return jsonb_typeof(value) = 'number'
    and case when jsonb_typeof(value) = 'number' then
      value::numeric > 0 and value::numeric <= 10000 and scale(trim_scale(value::numeric)) <= 2
    end;
end
$$;
comment on function private.hours_are_valid is 'Above 0, at most 10000, to the hundredth.';

create function private.text_is_valid(value jsonb, longest integer) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return jsonb_typeof(value) = 'string' and char_length(value #>> '{}') <= longest and private.has_text(value #>> '{}');
end
$$;
comment on function private.text_is_valid is 'A text with something to read in it and at most so many characters.';

create function private.optional_task_issues(item jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
begin
  if item ? 'tags' and jsonb_typeof(item -> 'tags') not in ('array', 'null') then
    issues := issues || private.issue('tags', 'Expected a list of texts');
  elsif jsonb_array_length(nullif(item -> 'tags', 'null')) > 20 then
    issues := issues || private.issue('tags', 'Expected at most 20 tags');
  elsif exists (
    select from jsonb_array_elements(nullif(item -> 'tags', 'null')) as tag where not private.text_is_valid(tag, 50)
  ) then
    issues := issues || private.issue('tags', 'Expected texts of 1 to 50 characters');
  end if;
  if jsonb_typeof(item -> 'metadata') not in ('object', 'null')
    or pg_column_size(item -> 'metadata') > 32768 or octet_length((item -> 'metadata')::text) > 16384
  then
    issues := issues || private.issue('metadata', 'Expected an object of at most 16 KiB');
  end if;
  if jsonb_typeof(item -> 'dueAt') not in ('string', 'null')
    or (jsonb_typeof(item -> 'dueAt') = 'string' and private.parse_timestamp(item ->> 'dueAt') is null)
  then
    issues := issues || private.issue('dueAt', 'Expected an ISO 8601 instant with offset');
  end if;
  if jsonb_typeof(item -> 'externalRef') <> 'null' and not private.text_is_valid(item -> 'externalRef', 200) then
    issues := issues || private.issue('externalRef', 'Expected a text of 1 to 200 characters');
  end if;
  if jsonb_typeof(item -> 'createdBy') not in ('string', 'null') then
    issues := issues || private.issue('createdBy', 'Expected the id of the calling agent');
  end if;
  return issues;
end
$$;
comment on function private.optional_task_issues is 'What is wrong with the fields that may be left out.';

create function private.task_issues(item jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
  unknown text;
begin
  if jsonb_typeof(item) is distinct from 'object' then
    return private.issue('', 'Expected an object');
  end if;
  if pg_column_size(item) > 131072 then
    return private.unbounded_issue();
  end if;
  if coalesce(item ->> 'marketplace', '')
    not in ('amazon', 'shopee', 'mercadolivre', 'shein', 'tiktokshop', 'kaway') then
    issues := issues
      || private.issue('marketplace', 'Expected amazon, shopee, mercadolivre, shein, tiktokshop or kaway');
  end if;
  if private.text_is_valid(item -> 'title', 255) is not true then
    issues := issues || private.issue('title', 'Expected a text of 1 to 255 characters');
  end if;
  if private.text_is_valid(item -> 'description', 5000) is not true then
    issues := issues || private.issue('description', 'Expected a text of 1 to 5000 characters');
  end if;
  if coalesce(item ->> 'category', '') not in ('optimization', 'best-practice', 'scaling', 'analysis') then
    issues := issues || private.issue('category', 'Expected optimization, best-practice, scaling or analysis');
  end if;
  if coalesce(item ->> 'priority', '') not in ('high', 'medium', 'low') then
    issues := issues || private.issue('priority', 'Expected high, medium or low');
  end if;
  if private.hours_are_valid(item -> 'estimatedHours') is not true then
    issues := issues
      || private.issue('estimatedHours', 'Expected a number above 0 and at most 10000, to the hundredth');
  end if;
  item := item - array['marketplace', 'title', 'description', 'category', 'priority', 'estimatedHours'];
  if item <> '{}' then
    issues := issues || private.optional_task_issues(item);
    for unknown in
      select k from jsonb_object_keys(item - array['createdBy', 'tags', 'metadata', 'dueAt', 'externalRef']) as k limit 20
    loop
      issues := issues || private.issue(left(unknown, 100), 'Unknown field');
    end loop;
  end if;
  return nullif(issues, '[]');
end
$$;
comment on function private.task_issues is 'What is wrong with the shape of a proposed task; null where nothing is.';

create function private.task_refusal(item jsonb, agent public.agents, categories text[]) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues constant jsonb := private.task_issues(item);
begin
  if issues is not null then
    return jsonb_build_object(
      'code', 'invalid_request', 'status', 400, 'error', 'The request does not have the expected shape',
      'details', jsonb_build_object('issues', issues)
    );
  end if;
  if coalesce(item ->> 'createdBy', agent.id) <> agent.id then
    return jsonb_build_object(
      'code', 'created_by_mismatch', 'status', 403,
      'error', format('Expected createdBy to be %s but found %s', agent.id, left(item ->> 'createdBy', 100))
    );
  end if;
  if item ->> 'marketplace' <> agent.marketplace then
    return jsonb_build_object(
      'code', 'marketplace_not_allowed', 'status', 403,
      'error', format('%s works for %s, not for %s', agent.id, agent.marketplace, item ->> 'marketplace')
    );
  end if;
  if not item ->> 'category' = any (categories) then
    return jsonb_build_object(
      'code', 'category_not_allowed', 'status', 403,
      'error', format('%s may create %s, not %s', agent.id, array_to_string(categories, ', '), item ->> 'category')
    );
  end if;
  return null;
end
$$;
comment on function private.task_refusal is 'Why an agent may not create this task; null where it may.';

create function private.quota_refusal(agent public.agents) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'code', 'quota_exceeded', 'status', 429,
    'error', format('%s may create %s tasks a day', agent.id, agent.daily_quota),
    'details', jsonb_build_object(
      'dailyQuota', agent.daily_quota,
      'retryAfterSeconds', ceil(extract(epoch from
        date_trunc('day', clock_timestamp() at time zone 'UTC') + interval '1 day' - clock_timestamp() at time zone 'UTC'
      ))::integer
    )
  )
$$;
comment on function private.quota_refusal is 'The refusal of a task beyond the agent''s daily quota.';
