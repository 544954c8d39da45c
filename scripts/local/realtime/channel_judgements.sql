-- Purpose: what a caller may do on a topic, and whether a binding can be served. The server creates this
--   at every start, as the hosted one does with its own helpers.
-- Objects: _realtime.channel_rights, _realtime.filter_expression, _realtime.check_binding.

create schema if not exists _realtime;
revoke all on schema _realtime from public;

-- May a caller receive from, and send to, a private topic? Asked the way the hosted server asks: a row
-- is inserted, looked for as the caller, and undone together with the caller's own attempt to insert.
create or replace function _realtime.channel_rights(
  topic text, role text, claims jsonb, headers jsonb, out may_read boolean, out may_write boolean
)
language plpgsql set search_path = ''
as $$
declare
  probe uuid;
begin
  may_read := false;
  may_write := false;
  begin
    insert into realtime.messages (topic, extension)
    values (channel_rights.topic, 'broadcast')
    returning id into probe;

    perform
      set_config('role', channel_rights.role, true),
      set_config('realtime.topic', channel_rights.topic, true),
      set_config('request.jwt.claims', channel_rights.claims::text, true),
      set_config('request.headers', channel_rights.headers::text, true);

    begin
      may_read := exists (
        select from realtime.messages as message
        where message.id = probe
          and message.topic = channel_rights.topic
          and message.extension = 'broadcast'
      );
    exception when others then
      raise warning 'RlsPolicyError: %', sqlerrm;
    end;
    begin
      insert into realtime.messages (topic, extension) values (channel_rights.topic, 'broadcast');
      may_write := true;
    exception
      when insufficient_privilege then may_write := false;
      when others then raise warning 'RlsPolicyError: %', sqlerrm;
    end;

    -- raised to undo the probes and the settings; variables keep their values
    raise exception using errcode = 'RTUND';
  exception when sqlstate 'RTUND' then null;
  end;
end
$$;

-- One filter of a postgres_changes binding as a boolean expression over two literals.
create or replace function _realtime.filter_expression(value text, type text, filter jsonb) returns text
language sql immutable set search_path = ''
as $$
  select format(
    case when (filter ->> 'negate')::boolean then 'not coalesce(%s, false)' else 'coalesce(%s, false)' end,
    case filter ->> 'op'
      when 'in' then format('%L::%s = any (%L::%s[])', value, type, filter ->> 'value', type)
      when 'is' then format(
        '%L::%s is %s', value, type,
        case filter ->> 'value' when 'true' then 'true' when 'false' then 'false'
          when 'unknown' then 'unknown' else 'null' end)
      else format(
        case when filter ->> 'op' in ('like', 'ilike', 'match', 'imatch')
          then '%L::%s %s %L::text' else '%L::%s %s %L::%2$s' end,
        value, type,
        case filter ->> 'op' when 'eq' then '=' when 'neq' then '<>' when 'lt' then '<' when 'lte' then '<='
          when 'gt' then '>' when 'gte' then '>=' when 'like' then '~~' when 'ilike' then '~~*'
          when 'match' then '~' when 'imatch' then '~*' when 'isdistinct' then 'is distinct from' end,
        filter ->> 'value')
    end
  )
$$;

-- How many published tables a binding names. Raises where a filter or a selected column cannot be used.
create or replace function _realtime.check_binding(
  publication text, schema_name text, table_name text, filters jsonb, selected text[], role text
) returns integer
language plpgsql stable set search_path = ''
as $$
declare
  entity record;
  filter jsonb;
  type text;
  missing text;
  tables integer := 0;
begin
  for entity in
    select to_regclass(format('%I.%I', published.schemaname, published.tablename)) as id
    from pg_catalog.pg_publication_tables as published
    where published.pubname = check_binding.publication
      and check_binding.schema_name in ('*', published.schemaname)
      and check_binding.table_name in ('*', published.tablename)
  loop
    tables := tables + 1;
    for filter in select value from jsonb_array_elements(check_binding.filters) loop
      select pg_catalog.format_type(a.atttypid, null) into type
      from pg_catalog.pg_attribute as a
      where a.attrelid = entity.id and a.attnum > 0 and not a.attisdropped
        and a.attname = filter ->> 'column'
        and pg_catalog.has_column_privilege(check_binding.role, a.attrelid, a.attnum, 'SELECT');
      if not found then
        raise exception 'invalid column for filter %', filter ->> 'column';
      end if;
      if filter ->> 'op' = 'is' and filter ->> 'value' not in ('null', 'true', 'false', 'unknown') then
        raise exception 'invalid value for is filter: must be null, true, false, or unknown';
      end if;
      if filter ->> 'op' = 'in' and cardinality((filter ->> 'value')::text[]) > 100 then
        raise exception 'too many values for `in` filter. Maximum 100';
      end if;
      -- the very expression a change will be held against, so that it cannot fail only then
      execute 'select ' || _realtime.filter_expression(
        case when filter ->> 'op' in ('in', 'is') then null else filter ->> 'value' end, type, filter);
    end loop;

    select wanted.name into missing
    from unnest(check_binding.selected) as wanted(name)
    where not exists (
      select from pg_catalog.pg_attribute as a
      where a.attrelid = entity.id and a.attnum > 0 and not a.attisdropped and a.attname = wanted.name
        and pg_catalog.has_column_privilege(check_binding.role, a.attrelid, a.attnum, 'SELECT')
    );
    if missing is not null then
      raise exception 'invalid column for select %', missing;
    end if;
  end loop;
  return tables;
end
$$;

revoke execute on all functions in schema _realtime from public;
