-- Purpose: filters of tasks: what is wrong with one, and the conditions it stands for.
-- Objects: private.filter_issues, private.as_texts, private.task_conditions, private.task_source,
--   private.queued_task_ids.
-- Locks and cost: none but where a caller asks for them; each question gets a plan of its own.
-- Undo: drop the functions.

create function private.filter_issues(filter jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
  field text;
  value jsonb;
begin
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field, value in select e.key, e.value from jsonb_each(filter) as e loop
    if field in ('marketplace', 'category', 'priority', 'createdBy', 'tag') then
      if not (jsonb_typeof(value) = 'string' or (
        jsonb_typeof(value) = 'array' and jsonb_array_length(value) between 1 and 20
        and not jsonb_path_exists(value, '$[*] ? (@.type() != "string")')
      )) then
        issues := issues || private.issue('filter.' || field, 'Expected a text or a list of 1 to 20 texts');
      end if;
    elsif field in ('submittedFrom', 'submittedTo') then
      if jsonb_typeof(value) <> 'string' or private.parse_timestamp(value #>> '{}') is null then
        issues := issues || private.issue('filter.' || field, 'Expected an ISO 8601 instant with offset');
      end if;
    else
      issues := issues || private.issue('filter.' || left(field, 100), 'Unknown field');
    end if;
  end loop;
  return nullif(issues, '[]');
end
$$;
comment on function private.filter_issues is 'What is wrong with a filter of the approval queue; null where nothing is.';

create function private.as_texts(value jsonb) returns text[]
language sql immutable
set search_path = ''
as $$
  select case jsonb_typeof(value)
    when 'array' then array(select jsonb_array_elements_text(value))
    when 'string' then array[value #>> '{}']
  end
$$;
comment on function private.as_texts is 'One text or a list of texts as a list; null stays null.';

create function private.task_conditions(filter jsonb, who private.caller) returns text
language sql stable
set search_path = ''
as $$
  -- Only the conditions asked for, so that each question gets a plan of its own. $1 is the filter.
  select coalesce(string_agg(c.condition, ' and '), 'true')
  from (values
    (filter ? 'status', 't.status = any (private.as_texts($1 -> ''status''))'),
    (filter ? 'marketplace', 't.marketplace = any (private.as_texts($1 -> ''marketplace''))'),
    (filter ? 'category', 't.category = any (private.as_texts($1 -> ''category''))'),
    (filter ? 'priority', 't.priority = any (private.as_texts($1 -> ''priority''))'),
    (filter ? 'assignedTo', 't.assigned_to = ($1 ->> ''assignedTo'')::uuid'),
    (filter ? 'createdBy', 't.created_by = any (private.as_texts($1 -> ''createdBy''))'),
    (filter ? 'createdFrom', 't.created_at >= ($1 ->> ''createdFrom'')::timestamptz'),
    (filter ? 'createdTo', 't.created_at < ($1 ->> ''createdTo'')::timestamptz'),
    (filter ? 'submittedFrom', 't.submitted_at >= ($1 ->> ''submittedFrom'')::timestamptz'),
    (filter ? 'submittedTo', 't.submitted_at < ($1 ->> ''submittedTo'')::timestamptz'),
    (filter ? 'completedFrom', 't.completed_at >= ($1 ->> ''completedFrom'')::timestamptz'),
    (filter ? 'completedTo', 't.completed_at < ($1 ->> ''completedTo'')::timestamptz'),
    -- An agent reads its own tasks only, whatever it asks for.
    (who.kind = 'agent', format('t.created_by = %L', who.agent_id))
  ) as c (is_asked, condition)
  where c.is_asked
$$;
comment on function private.task_conditions is 'The where clause of a question; every value stays a parameter.';

create function private.task_source(filter jsonb) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  -- Words and tags go through their index first, whatever the order asked for: walking a million rows by date, reading
  -- each one's text, takes seconds where the word is rare. The fence (offset 0) keeps the order out of it.
  if not filter ?| array['q', 'tag'] then
    return 'public.marketplace_tasks';
  end if;
  return format('(select * from public.marketplace_tasks as m where %s offset 0)', concat_ws(' and ',
    case when filter ? 'q' then
      'to_tsvector(''simple'', m.title || '' '' || m.description) @@ plainto_tsquery(''simple'', $1 ->> ''q'')'
    end,
    case when filter ? 'tag' then 'm.tags && private.as_texts($1 -> ''tag'')' end
  ));
end
$$;
comment on function private.task_source is 'The rows a question is put to: all tasks, or those found by their words and tags.';

create function private.queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean) returns uuid[]
language plpgsql volatile
set search_path = ''
as $$
declare
  found_ids uuid[];
begin
  execute format(
    'select array(
       select t.id from public.marketplace_tasks as t
       where t.status = ''awaiting_approval'' and %s %s
       order by t.submitted_at, t.id
       limit $2 %s
     )',
    private.task_conditions(filter, who),
    case when filter ? 'tag' then 'and t.tags && private.as_texts($1 -> ''tag'')' end,
    -- Whoever decides takes what nobody else is deciding on; he waits for nobody.
    case when locks then 'for update of t skip locked' end
  )
  into found_ids
  using filter, most;
  return found_ids;
end
$$;
comment on function private.queued_task_ids is 'The oldest tasks of the approval queue that match a filter, locked where wanted.';
