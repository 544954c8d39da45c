-- Purpose: the approval queue as a set that can be filtered.
-- Objects: private.filter_issues, private.as_texts, private.queued_task_ids.
-- Locks and cost: none; reads by the index on (status, submitted_at).
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

create function private.queued_task_ids(filter jsonb, most integer) returns uuid[]
language sql stable
set search_path = ''
as $$
  select array(
    select t.id
    from public.marketplace_tasks as t
    where t.status = 'awaiting_approval'
      and (not filter ? 'marketplace' or t.marketplace = any (private.as_texts(filter -> 'marketplace')))
      and (not filter ? 'category' or t.category = any (private.as_texts(filter -> 'category')))
      and (not filter ? 'priority' or t.priority = any (private.as_texts(filter -> 'priority')))
      and (not filter ? 'createdBy' or t.created_by = any (private.as_texts(filter -> 'createdBy')))
      and (not filter ? 'tag' or t.tags && private.as_texts(filter -> 'tag'))
      and (not filter ? 'submittedFrom' or t.submitted_at >= (filter ->> 'submittedFrom')::timestamptz)
      and (not filter ? 'submittedTo' or t.submitted_at < (filter ->> 'submittedTo')::timestamptz)
    order by t.submitted_at, t.id
    limit most
  )
$$;
comment on function private.queued_task_ids is 'The oldest tasks of the approval queue that match a filter.';
