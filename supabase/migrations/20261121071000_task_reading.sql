-- Purpose: reading tasks in pages: filters, order, cursors.
-- Objects: private.list_issues, cursors, private.page_of_tasks.
-- Locks and cost: none; every function is stable and writes nothing.
-- Undo: drop the functions.

-- Cursors: opaque to callers, base64url of a small JSON object -----------------------------------------------------
create function private.encode_cursor(content jsonb) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select rtrim(translate(encode(convert_to(content::text, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')
$$;

comment on function private.encode_cursor is 'A cursor as callers see it: base64url.';

create function private.decode_cursor(cursor text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  return convert_from(
    decode(translate(cursor, '-_', '+/') || repeat('=', (4 - length(cursor) % 4) % 4), 'base64'), 'UTF8'
  )::jsonb;
exception when others then
  return null;
end
$$;
comment on function private.decode_cursor is 'What a cursor holds, or null where it is none of ours.';

create function private.cluster_identity() returns text
language sql stable security definer
set search_path = ''
as $$
  -- Transaction numbers mean something only in the cluster, database and timeline that gave them: after a restore
  -- elsewhere, or to an earlier moment, an old cursor must not skip what was done anew.
  select encode(sha256(convert_to(concat_ws(':',
    (select system_identifier from pg_control_system()),
    (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()),
    case
      when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer::text
    end
  ), 'UTF8')), 'hex')
$$;
comment on function private.cluster_identity is 'Tells whether a cursor of the feed belongs to this database as it is.';

-- The question -----------------------------------------------------------------------------------------------------
create function private.list_issues(filter jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
  field text;
  value jsonb;
begin
  if not private.is_bounded(filter, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field, value in select e.key, e.value from jsonb_each(filter) as e loop
    if field in ('status', 'marketplace', 'category', 'priority') then
      if private.as_texts(value) is null or cardinality(private.as_texts(value)) not between 1 and 20 then
        issues := issues || private.issue(field, 'Expected a text or a list of 1 to 20 texts');
      end if;
    elsif field in ('limit', 'offset') then
      if jsonb_typeof(value) <> 'number' or value::text !~ '^\d{1,9}$'
        or (field = 'limit' and value::text::integer not between 1 and 100)
      then
        issues := issues || private.issue(
          field, case field when 'limit' then 'Expected a whole number from 1 to 100' else 'Expected a whole number from 0' end
        );
      end if;
    elsif field = 'assignedTo' then
      if private.parse_uuid(value #>> '{}') is null then
        issues := issues || private.issue(field, 'Expected a uuid');
      end if;
    elsif field ~ '^(created|submitted|completed)(From|To)$' then
      if jsonb_typeof(value) <> 'string' or private.parse_timestamp(value #>> '{}') is null then
        issues := issues || private.issue(field, 'Expected an ISO 8601 instant with offset');
      end if;
    elsif field = 'sort' then
      if value not in ('"created_at"', '"submitted_at"', '"priority"') then
        issues := issues || private.issue(field, 'Expected created_at, submitted_at or priority');
      end if;
    elsif field = 'order' then
      if value not in ('"asc"', '"desc"') then
        issues := issues || private.issue(field, 'Expected asc or desc');
      end if;
    elsif field in ('createdBy', 'tag', 'q', 'cursor', 'since') then
      if private.text_is_valid(value, 500) is not true then
        issues := issues || private.issue(field, 'Expected a text of 1 to 500 characters');
      end if;
    else
      issues := issues || private.issue(left(field, 100), 'Unknown field');
    end if;
  end loop;
  if filter ? 'since' and (filter ? 'cursor' or filter ? 'offset' or filter ? 'sort' or filter ? 'order') then
    issues := issues || private.issue('since', 'The feed has an order of its own: send no cursor, offset, sort or order');
  elsif filter ? 'cursor' and filter ? 'offset' then
    issues := issues || private.issue('cursor', 'Expected either a cursor or an offset');
  end if;
  return nullif(issues, '[]');
end
$$;
comment on function private.list_issues is 'What is wrong with the question put to list_tasks; null where nothing is.';

create function private.task_order(sort text) returns text[]
language sql immutable
set search_path = ''
as $$
  -- Each ends in the id, so that no two rows are equal and a page neither skips nor repeats.
  select case sort
    when 'created_at' then array['t.created_at', 't.id']
    when 'submitted_at' then array['coalesce(t.submitted_at, ''-infinity''::timestamptz)', 't.id']
    when 'priority' then array['t.priority_rank', 't.created_at', 't.id']
  end
$$;

comment on function private.task_order is 'What an order compares by; the last is the id.';

create function private.task_order_types(sort text) returns text[]
language sql immutable
set search_path = ''
as $$
  select case sort
    when 'priority' then array['smallint', 'timestamptz', 'uuid']
    else array['timestamptz', 'uuid']
  end
$$;

comment on function private.task_order_types is 'The types of what an order compares by.';

create function private.refuse_cursor() returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(400, 'cursor_invalid', 'The cursor does not belong to this question or this database')
$$;
comment on function private.refuse_cursor is 'The refusal of a cursor that cannot be continued from.';

-- Pages ------------------------------------------------------------------------------------------------------------
create function private.question_of(filter jsonb, who private.caller) returns text
language sql immutable
set search_path = ''
as $$
  select md5(jsonb_build_array(filter - array['cursor', 'limit'], who.agent_id)::text)
$$;
comment on function private.question_of is 'What a cursor belongs to: the question without its place in it.';

create function private.key_is_valid(key jsonb, types text[]) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  if jsonb_typeof(key) is distinct from 'array' or jsonb_array_length(key) <> cardinality(types) then
    return false;
  end if;
  for i in 1 .. cardinality(types) loop
    if key ->> (i - 1) is null then
      return false;
    end if;
    case types[i]
      when 'uuid' then perform (key ->> (i - 1))::uuid;
      when 'smallint' then perform (key ->> (i - 1))::smallint;
      when 'timestamptz' then perform (key ->> (i - 1))::timestamptz;
    end case;
  end loop;
  return true;
exception when data_exception then
  return false;
end
$$;
comment on function private.key_is_valid is 'Whether the place a cursor names can be compared with; whoever makes one up learns no more.';

create function private.place_condition(filter jsonb, who private.caller, sort text, direction text) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  place constant jsonb := private.decode_cursor(filter ->> 'cursor');
  types constant text[] := private.task_order_types(sort);
begin
  if not filter ? 'cursor' then
    return 'true';
  end if;
  if place ->> 'of' is distinct from private.question_of(filter, who)
    or coalesce(place ->> 'total', '') !~ '^\d{1,15}$'
    or not private.key_is_valid(place -> 'key', types)
  then
    return null;
  end if;
  return format(
    '(%s) %s (%s)',
    array_to_string(private.task_order(sort), ', '),
    case direction when 'asc' then '>' else '<' end,
    (
      select string_agg(format('(%L)::%s', place -> 'key' ->> (k.i - 1)::integer, k.type), ', ' order by k.i)
      from unnest(types) with ordinality as k (type, i)
    )
  );
end
$$;
comment on function private.place_condition is 'What comes after the cursor; true without one, null where it belongs to another question.';

create function private.page_of_tasks(who private.caller, filter jsonb) returns jsonb
language plpgsql stable
set search_path = ''
-- Every question has an index; a bitmap of a million rows must fit.
set enable_seqscan = off
set work_mem = '64MB'
as $$
declare
  page_size constant integer := coalesce((filter ->> 'limit')::integer, 50);
  sort constant text := coalesce(filter ->> 'sort', 'created_at');
  direction constant text := coalesce(filter ->> 'order', 'desc');
  expressions constant text[] := private.task_order(sort);
  ordering constant text := array_to_string(expressions, ' ' || direction || ', ') || ' ' || direction;
  conditions constant text := private.task_conditions(filter, who);
  source constant text := private.task_source(filter);
  after constant text := private.place_condition(filter, who, sort, direction);
  total bigint;
  rows jsonb;
  last_key jsonb;
  has_more boolean;
begin
  if after is null then
    return private.refuse_cursor();
  end if;
  if filter ? 'cursor' then
    -- Counted once, with the first page; the pages after it carry the figure along.
    total := (private.decode_cursor(filter ->> 'cursor') ->> 'total')::bigint;
  else
    execute format('select count(*) from %s as t where %s', source, conditions) into total using filter;
  end if;

  -- The page is found by ids alone; whole rows are fetched for those that are on it.
  execute format(
    'select coalesce(jsonb_agg(private.task_json(t) order by r.number) filter (where r.number <= $2), ''[]''),
            (array_agg(jsonb_build_array((%s)::text) order by r.number) filter (where r.number <= $2))[least(count(*), $2)],
            count(*) > $2
     from (
       select p.id, row_number() over () as number
       from (select t.id from %s as t where %s and %s order by %s limit $2 + 1 offset $3) as p
     ) as r
     join public.marketplace_tasks as t on t.id = r.id',
    array_to_string(expressions, ')::text, ('), source, conditions, after, ordering
  )
  into rows, last_key, has_more
  using filter, page_size, coalesce((filter ->> 'offset')::integer, 0);

  return jsonb_build_object(
    'tasks', rows, 'count', total, 'limit', page_size, 'offset', coalesce((filter ->> 'offset')::integer, 0),
    'nextCursor', case when has_more then private.encode_cursor(jsonb_build_object(
      'of', private.question_of(filter, who), 'key', last_key, 'total', total
    )) end
  );
end
$$;
comment on function private.page_of_tasks is 'One page by keyset or offset; count is the total at the time of the first page.';
