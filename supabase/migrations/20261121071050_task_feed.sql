-- Purpose: following what changes, and list_tasks, which is pages and feed in one.
-- Objects: private.feed_of_tasks, api.list_tasks, api.approval_queue, api.orchestrator_status.
-- Locks and cost: none; every function is stable and writes nothing.
-- Undo: drop the functions.

-- The feed of changes ----------------------------------------------------------------------------------------------
create function private.feed_of_tasks(who private.caller, filter jsonb) returns jsonb
language plpgsql stable
set search_path = ''
set enable_seqscan = off
set work_mem = '64MB'
as $$
declare
  page_size constant integer := coalesce((filter ->> 'limit')::integer, 50);
  since constant text := filter ->> 'since';
  identity constant text := private.cluster_identity();
  -- A transaction still open may yet commit with a number below one already seen: nothing from its number on is shown.
  horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  position constant jsonb := case since
    when 'start' then jsonb_build_object('xid', '0', 'number', 0, 'of', identity)
    when 'now' then jsonb_build_object('xid', horizon::text, 'number', 0, 'of', identity)
    else private.decode_cursor(since)
  end;
  rows jsonb;
  last jsonb;
begin
  if position ->> 'of' is distinct from identity
    or coalesce(position ->> 'xid', '') !~ '^\d{1,19}$' or coalesce(position ->> 'number', '') !~ '^\d{1,18}$'
  then
    return private.refuse_cursor();
  end if;
  execute format(
    'select jsonb_agg(private.task_json(t) order by r.number),
            (array_agg(jsonb_build_object(''xid'', t.changed_xid::text, ''number'', t.change_number, ''of'', $2)
              order by r.number desc))[1]
     from (
       select p.id, row_number() over () as number
       from (
         select t.id from %s as t
         where (t.changed_xid, t.change_number) > ($3, $4) and t.changed_xid < $5 and %s
         order by t.changed_xid, t.change_number
         limit $6
       ) as p
     ) as r
     join public.marketplace_tasks as t on t.id = r.id',
    private.task_source(filter), private.task_conditions(filter, who)
  )
  into rows, last
  using filter, identity, (position ->> 'xid')::xid8, (position ->> 'number')::bigint, horizon, page_size;
  rows := coalesce(rows, '[]');
  -- A page that is not full means that all below the horizon was seen: whoever filters does not look at it again.
  if jsonb_array_length(rows) < page_size then
    last := jsonb_build_object('xid', horizon::text, 'number', 0, 'of', identity);
  end if;
  return jsonb_build_object(
    'tasks', rows, 'count', jsonb_array_length(rows), 'limit', page_size, 'offset', 0,
    'nextCursor', private.encode_cursor(last)
  );
end
$$;
comment on function private.feed_of_tasks is
  'Tasks that changed after a cursor, each as it is now, in the order of their last change; nothing committed late is '
  'skipped. nextCursor is always there: ask again with it. A task that leaves the filter, or the archive takes, is not told.';

create function api.list_tasks(filter jsonb default '{}') returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  issues constant jsonb := private.list_issues(list_tasks.filter);
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if list_tasks.filter ? 'since' then
    return private.feed_of_tasks(who, list_tasks.filter);
  end if;
  return private.page_of_tasks(who, list_tasks.filter);
end
$$;
comment on function api.list_tasks is
  'Tasks by filter and page {status, marketplace, category, priority, assignedTo, createdBy, tag, q, createdFrom, '
  'createdTo, submittedFrom, submittedTo, completedFrom, completedTo, sort, order, limit, offset, cursor}, or what '
  'changed since a cursor {since: start|now|<cursor>}. An agent sees its own. Codes: invalid_request, cursor_invalid.';
grant execute on function api.list_tasks to anon, authenticated, service_role;

-- The orchestrator's view ------------------------------------------------------------------------------------------
create function api.approval_queue(filter jsonb default '{}') returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_steward();
  issues constant jsonb := coalesce(
    private.list_issues(approval_queue.filter),
    case when approval_queue.filter - array['limit', 'marketplace'] <> '{}' then
      private.issue('filter', 'Expected nothing but limit and marketplace')
    end
  );
  page_size integer;
  found_ids uuid[];
  total bigint;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  page_size := coalesce((approval_queue.filter ->> 'limit')::integer, 50);
  found_ids := private.queued_task_ids(approval_queue.filter - 'limit', who, page_size, false);
  execute format(
    'select count(*) from public.marketplace_tasks as t where t.status = ''awaiting_approval'' and %s',
    private.task_conditions(approval_queue.filter - 'limit', who)
  )
  into total using approval_queue.filter;
  return (
    select jsonb_build_object(
      'total', total,
      'count', cardinality(found_ids),
      'groups', coalesce(jsonb_agg(
        jsonb_build_object(
          'marketplace', g.marketplace, 'count', g.count, 'oldestSubmittedAt', g.oldest, 'tasks', g.tasks
        ) order by g.oldest
      ), '[]')
    )
    from (
      select t.marketplace, count(*) as count, min(t.submitted_at) as oldest,
        jsonb_agg(private.task_json(t) order by t.submitted_at, t.id) as tasks
      from public.marketplace_tasks as t
      where t.id = any (found_ids)
      group by t.marketplace
    ) as g
  );
end
$$;
comment on function api.approval_queue is
  'The oldest tasks awaiting approval, grouped by marketplace {limit, marketplace}. For admins and the service.';
grant execute on function api.approval_queue to authenticated, service_role;

create function api.orchestrator_status() returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.require_steward();
  return (
    select jsonb_build_object(
      'serverTime', clock_timestamp(),
      'queue', (
        select jsonb_build_object(
          'pending', count(*) filter (where t.status = 'pending'),
          'awaitingApproval', count(*) filter (where t.status = 'awaiting_approval'),
          'inProgress', count(*) filter (where t.status = 'in_progress')
        )
        from public.marketplace_tasks as t
        where t.status in ('pending', 'awaiting_approval', 'in_progress')
      ),
      'agents', jsonb_agg(
        private.agent_json(a) || jsonb_build_object(
          'createdToday', coalesce(u.created, 0),
          'lastTaskAt', latest.created_at,
          'silent', a.active and coalesce(latest.created_at, a.created_at) < clock_timestamp() - interval '24 hours'
        ) order by a.id
      )
    )
    from public.agents as a
    left join private.agent_usage as u
      on u.agent_id = a.id and u.day = (clock_timestamp() at time zone 'UTC')::date
    left join lateral (
      select t.created_at from public.marketplace_tasks as t where t.created_by = a.id order by t.created_at desc limit 1
    ) as latest on true
  );
end
$$;
comment on function api.orchestrator_status is
  'Per agent: last seen, created today, silent for 24 hours or not; and the length of the queues. For admins and the service.';
grant execute on function api.orchestrator_status to authenticated, service_role;

-- After a restore --------------------------------------------------------------------------------------------------
create function private.rebase_feed() returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
  rebased bigint;
begin
  -- Transaction numbers of another cluster mean nothing here: above the horizon a task would stay hidden from the feed.
  -- The guards would refuse an update that is no step; for this one they look away, and nobody else may write meanwhile.
  alter table public.marketplace_tasks disable trigger user;
  update public.marketplace_tasks as t set changed_xid = pg_current_xact_id();
  get diagnostics rebased = row_count;
  alter table public.marketplace_tasks enable trigger user;
  return rebased;
end
$$;
comment on function private.rebase_feed is
  'To be called once after a logical restore into another cluster: every task counts as changed now. For an operator.';
