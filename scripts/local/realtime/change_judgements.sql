-- Purpose: who sees a change, and what of it. The server creates this at every start, after
--   channel_judgements.sql.
-- Objects: _realtime.await_visible, _realtime.typed_row, _realtime.passes_filters, _realtime.judge_change.

-- Returns once everybody sees what the transactions wrote. Their changes are streamed from the log, and
-- that can be sooner than the committing backends end: a reader would be judged by a row he cannot see
-- yet, and a client woken that soon would read the state before.
create or replace function _realtime.await_visible(xids bigint[]) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  epoch constant bigint := 4294967296;
  newest constant bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  xid bigint;
begin
  foreach xid in array xids loop
    -- the stream tells the low 32 bits: take the id that is nearest to now
    xid := newest - newest % epoch + xid;
    xid := xid + case
      when newest - xid > epoch / 2 then epoch
      when xid - newest > epoch / 2 then -epoch
      else 0
    end;
    while not pg_visible_in_snapshot(xid::text::xid8, pg_current_snapshot()) loop
      perform pg_sleep(0.0002);
    end loop;
  end loop;
end
$$;

-- A tuple of texts, as logical decoding gives it, with every value as its type makes it in JSON.
create or replace function _realtime.typed_row(entity regclass, tuple jsonb) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC'
as $$
declare
  pairs text;
  typed jsonb;
begin
  select string_agg(
    format(
      '(%L, to_jsonb(%L::%s))',
      a.attname, tuple ->> a.attname, pg_catalog.format_type(a.atttypid, null)
    ), ', ')
  into pairs
  from pg_catalog.pg_attribute as a
  where a.attrelid = entity and a.attnum > 0 and not a.attisdropped and tuple ? a.attname;
  if pairs is null then
    return null;
  end if;
  execute format('select jsonb_object_agg(name, value) from (values %s) as pair(name, value)', pairs)
    into typed;
  return typed;
end
$$;

-- Do a reader's filters let a tuple pass? A filter on a column the tuple lacks is left out of account,
-- and where all of them are, nothing passes: a DELETE carries its key columns only.
create or replace function _realtime.passes_filters(entity regclass, tuple jsonb, filters jsonb)
returns boolean
language plpgsql stable set search_path = ''
as $$
declare
  condition text;
  passes boolean;
begin
  if jsonb_array_length(filters) = 0 then
    return true;
  end if;
  select string_agg(
    _realtime.filter_expression(
      tuple ->> a.attname, pg_catalog.format_type(a.atttypid, null), filter.value
    ), ' and ')
  into condition
  from jsonb_array_elements(filters) as filter
  join pg_catalog.pg_attribute as a
    on a.attrelid = entity and a.attname = filter.value ->> 'column' and a.attnum > 0 and not a.attisdropped
  where tuple ? a.attname;
  if condition is null then
    return false;
  end if;
  execute 'select ' || condition into passes;
  return passes;
end
$$;

-- Who sees a change, and what of it. `change` holds xid, entity (oid), action, commitTimestamp, newRow and
-- oldRow (texts by column); `readers` is an array of {role, claims, filters, selected}. One row per
-- distinct answer: the event's data, and the positions in `readers` it goes to.
create or replace function _realtime.judge_change(change jsonb, readers jsonb)
returns table (data text, recipients integer[])
language plpgsql set search_path = ''
as $$
declare
  max_bytes constant integer := 1024 * 1024;
  entity regclass := (change ->> 'entity')::oid::regclass;
  action text := change ->> 'action';
  tuple jsonb := case change ->> 'action' when 'DELETE' then change -> 'oldRow' else change -> 'newRow' end;
  oversized boolean := octet_length(change::text) > max_bytes;
  protected boolean;
  key_columns text[];
  key_condition text;
  audience record;
  reader record;
  verdict boolean;
  outcome text;
  outcomes jsonb;
  readable text[];
  new_row jsonb;
  old_row jsonb;
  head jsonb;
begin
  perform _realtime.await_visible(array[(change ->> 'xid')::bigint]);

  select c.relrowsecurity,
    jsonb_build_object('schema', n.nspname, 'table', c.relname, 'type', action)
  into protected, head
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.oid = entity;
  if not found then
    return; -- dropped since
  end if;

  select coalesce(array_agg(a.attname::text), '{}'),
    string_agg(
      format(
        'entity.%I = %L::%s',
        a.attname, tuple ->> a.attname, pg_catalog.format_type(a.atttypid, null)
      ), ' and ')
  into key_columns, key_condition
  from pg_catalog.pg_index as i
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
  where i.indrelid = entity and i.indisprimary;

  new_row := _realtime.typed_row(entity, change -> 'newRow');
  old_row := _realtime.typed_row(entity, change -> 'oldRow');

  for audience in
    select member.value ->> 'role' as role, member.value -> 'selected' as selected,
      jsonb_agg(member.value || jsonb_build_object('position', member.ordinality - 1)) as members
    from jsonb_array_elements(readers) with ordinality as member
    group by 1, 2
  loop
    readable := array(
      select a.attname::text
      from pg_catalog.pg_attribute as a
      where a.attrelid = entity and a.attnum > 0 and not a.attisdropped
        and pg_catalog.has_column_privilege(audience.role, entity, a.attnum, 'SELECT')
      order by a.attnum
    );
    outcomes := '{}';

    for reader in
      select (member.value ->> 'position')::integer as position,
        member.value -> 'claims' as claims, member.value -> 'filters' as filters
      from jsonb_array_elements(audience.members) as member
    loop
      if action <> 'DELETE' and key_columns = '{}' then
        outcome := 'Error 400: Bad Request, no primary key';
      elsif action <> 'DELETE' and not key_columns <@ readable then
        outcome := 'Error 401: Unauthorized';
      else
        begin
          verdict := _realtime.passes_filters(entity, tuple, reader.filters);
          if verdict and protected and action <> 'DELETE' then
            perform
              set_config('role', audience.role, true),
              set_config('request.jwt.claims', reader.claims::text, true);
            execute format('select exists (select from %s as entity where %s)', entity, key_condition)
              into verdict;
          end if;
          outcome := case when verdict then 'visible' else 'hidden' end;
        exception when others then
          raise warning 'WarnApplyingRlsToSubscription: %', sqlerrm;
          outcome := 'Error 500: Internal Server Error, RLS policy evaluation failed';
        end;
        perform set_config('role', 'none', true);
      end if;
      if outcome <> 'hidden' then
        outcomes := jsonb_set(
          outcomes, array[outcome], coalesce(outcomes -> outcome, '[]') || to_jsonb(reader.position));
      end if;
    end loop;

    return query
      select
        case
          when answer.key <> 'visible' then
            (head || jsonb_build_object('errors', jsonb_build_array(answer.key)))::text
          else (
            head
            || jsonb_build_object(
              'commit_timestamp', change ->> 'commitTimestamp',
              'errors', case when oversized then '["Error 413: Payload Too Large"]'::jsonb end,
              'columns', (
                select jsonb_agg(jsonb_build_object('name', a.attname, 'type', t.typname) order by a.attnum)
                from pg_catalog.pg_attribute as a
                join pg_catalog.pg_type as t on t.oid = a.atttypid
                where a.attrelid = entity and a.attname = any (readable) and a.attnum > 0
                  and (coalesce(audience.selected, 'null') = 'null' or audience.selected ? a.attname
                    or a.attname = any (key_columns))
              ))
            || case when action = 'DELETE' then '{}'
              else jsonb_build_object('record', shown.record) end
            || case when action = 'INSERT' then '{}'
              else jsonb_build_object('old_record', shown.old_record) end
          )::text
        end,
        array(select jsonb_array_elements_text(answer.value)::integer)
      from jsonb_each(outcomes) as answer
      cross join lateral (
        select
          jsonb_object_agg(cell.key, cell.value) filter (where cell.part = 'new') as record,
          jsonb_object_agg(cell.key, cell.value) filter (where cell.part = 'old') as old_record
        from (
          -- a large value the update left alone is not in the new tuple, but may be in the old one
          select 'new' as part, pair.key, pair.value
          from jsonb_each(
            case when action = 'DELETE' then '{}' else coalesce(old_row, '{}') || new_row end) as pair
          union all
          -- nobody can judge a row that is gone: of a protected one only the key is told
          select 'old', pair.key, pair.value
          from jsonb_each(coalesce(old_row, '{}')) as pair
          where action <> 'DELETE' or not protected or pair.key = any (key_columns)
        ) as cell
        where cell.key = any (readable)
          and (coalesce(audience.selected, 'null') = 'null' or audience.selected ? cell.key
            or cell.key = any (key_columns))
          and (not oversized or octet_length(cell.value::text) <= 64)
      ) as shown;
  end loop;
end
$$;

revoke execute on all functions in schema _realtime from public;
