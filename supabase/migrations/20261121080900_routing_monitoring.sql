-- Purpose: what operators watch.
-- Objects: views public.edge_logs, public.provider_hourly, public.provider_credential_expiry, public.routing_alerts;
--   private.refuse_view_change, private.send_routing_alerts.
-- Locks and cost: none; the views read by time, which is indexed.
-- Undo: drop the views and the function.

create view public.edge_logs with (security_invoker = true) as
select *
from (
  select
    'loopgpt_route_order' as function_name, 'provider_quote_start' as event, q.provider_id,
    null::text as selected_provider_id, null::integer as latency_ms, null::bigint as total_cents, null::text as code,
    r.request_id, q.route_id, q.quoted_at - make_interval(secs => q.latency_ms / 1000.0) as "timestamp"
  from public.order_quotes as q join public.order_routes as r using (route_id)
  where q.latency_ms is not null
  union all
  select
    'loopgpt_route_order', case q.status when 'ok' then 'provider_quote_success' else 'provider_quote_error' end,
    q.provider_id, null, q.latency_ms, q.total_cents, q.code, r.request_id, q.route_id, q.quoted_at
  from public.order_quotes as q join public.order_routes as r using (route_id)
  where q.status not in ('excluded', 'disabled')
  union all
  select
    'loopgpt_route_order', e.event, null, r.selected_provider_id, r.latency_ms, r.total_cents,
    case r.status when 'no_quotes' then 'no_valid_quotes' end, r.request_id, r.route_id, r.decided_at
  from public.order_routes as r cross join (values ('router_decision'), ('router_latency')) as e (event)
  where r.decided_at is not null
  union all
  select
    'confirm-order', 'confirm_start', o.provider_id, o.provider_id, null, o.total_cents, null, null, o.route_id,
    o.intended_at
  from public.routed_orders as o where o.intended_at is not null
  union all
  select
    'confirm-order',
    -- What the provider made of an order later does not change that it was placed.
    case when o.status in ('placed', 'handed_off', 'delivered', 'cancelled') or o.failure_code = 'failed_at_provider'
      then 'confirm_success' else 'confirm_error' end,
    o.provider_id, o.provider_id,
    (extract(epoch from o.settled_at - o.intended_at) * 1000)::integer, o.total_cents, o.failure_code, null, o.route_id,
    o.settled_at
  from public.routed_orders as o
  where o.intended_at is not null and o.settled_at is not null
    and (o.status <> 'cancelled' or o.provider_order_id is not null)
  union all
  select
    'cancel-route', 'cancel_success', o.provider_id, o.provider_id, null, o.total_cents, null, null, o.route_id, o.settled_at
  -- An offer that was given up, not an order that its provider cancelled.
  from public.routed_orders as o where o.status = 'cancelled' and o.provider_order_id is null
) as log
where (select private.is_operator());
comment on view public.edge_logs is
  'What the routing functions did, an event a row, kept as long as the routes: for operators. latency_ms in milliseconds, '
  'total_cents in cents.';

create view public.provider_hourly with (security_invoker = true) as
select
  q.provider_id,
  date_trunc('hour', q.quoted_at, 'UTC') as hour,
  count(*) filter (where q.latency_ms is not null) as asked,
  count(*) filter (where q.status = 'ok') as quoted,
  round(count(*) filter (where q.status = 'ok')::numeric / nullif(count(*) filter (where q.latency_ms is not null), 0), 4)
    as success_rate,
  count(*) filter (where r.selected_provider_id = q.provider_id) as selected,
  round(count(*) filter (where r.selected_provider_id = q.provider_id)::numeric / count(*), 4) as selection_share,
  percentile_disc(0.95) within group (order by q.latency_ms) filter (where q.status = 'ok') as latency_p95_ms,
  count(*) filter (where q.status in ('error', 'timeout')) as errors
from public.order_quotes as q join public.order_routes as r using (route_id)
where (select private.is_operator())
group by q.provider_id, date_trunc('hour', q.quoted_at, 'UTC');
comment on view public.provider_hourly is 'Success, selection, p95 latency and errors per provider and hour (UTC): for operators.';

create view public.provider_credential_expiry with (security_invoker = true) as
select c.provider_id, c.credential, c.expires_on, c.expires_on - (clock_timestamp() at time zone 'UTC')::date as days_left
from public.provider_credentials as c
where (select private.is_operator());
comment on view public.provider_credential_expiry is 'How many days each noted credential still holds: for operators.';

create view public.routing_alerts with (security_invoker = true) as
with recent as (
  select
    q.provider_id, q.status, q.latency_ms, q.quoted_at,
    -- What says nothing of the provider, such as an address nobody serves, raises no alarm.
    q.status <> 'ok' and coalesce(q.code, q.status) not in ('nothing_found', 'no_store', 'refused', 'deadline', 'fault')
      as failed
  from public.order_quotes as q
  where q.quoted_at > clock_timestamp() - interval '1 hour' and q.status not in ('excluded', 'disabled')
),
measured as (
  select
    'provider_error_rate' as alert, r.provider_id,
    round(100.0 * count(*) filter (where r.failed) / count(*), 2) as value, 10::numeric as threshold
  from recent as r where r.latency_ms is not null group by r.provider_id
  union all
  select 'provider_latency_ms', r.provider_id, round(avg(r.latency_ms), 0), 5000
  from recent as r where r.status = 'ok' group by r.provider_id
  union all
  -- A provider that is not even asked, its circuit open or its quota used up, gives no good quote either.
  select 'no_successful_quotes', null, count(*) filter (where r.status <> 'ok'), 0
  from recent as r where r.quoted_at > clock_timestamp() - interval '5 minutes'
  having count(*) filter (where r.status = 'ok') = 0
  union all
  select 'credential_expires', e.provider_id, (14 - min(e.days_left))::numeric, 0
  from public.provider_credential_expiry as e group by e.provider_id
)
select m.alert, m.provider_id, m.value, m.threshold, m.value > m.threshold as firing
from measured as m
where (select private.is_operator());
comment on view public.routing_alerts is
  'The four alerts: error rate above 10 %, mean latency above 5000 ms (both over an hour), no good quote in 5 minutes, a '
  'credential with less than 14 days left. For operators.';

grant select on public.edge_logs, public.provider_hourly, public.provider_credential_expiry, public.routing_alerts
  to authenticated, service_role;

-- With a trigger in its place a write is judged by its grant, of which nobody has one: 403. Without, Postgres refuses views
-- that cannot be written as a fault: 500.
create function private.refuse_view_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception '% of %.% is refused: it is only ever read', tg_op, tg_table_schema, tg_table_name using errcode = 'PT403';
end
$$;
comment on function private.refuse_view_change is 'Trigger body of views that are only read.';

create trigger edge_logs_is_only_read
  instead of insert or update or delete on public.edge_logs
  for each row execute function private.refuse_view_change();
create trigger provider_hourly_is_only_read
  instead of insert or update or delete on public.provider_hourly
  for each row execute function private.refuse_view_change();
create trigger provider_credential_expiry_is_only_read
  instead of insert or update or delete on public.provider_credential_expiry
  for each row execute function private.refuse_view_change();
create trigger routing_alerts_is_only_read
  instead of insert or update or delete on public.routing_alerts
  for each row execute function private.refuse_view_change();

create function private.send_routing_alerts() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  alert public.routing_alerts;
  told bigint := 0;
begin
  for alert in select * from public.routing_alerts as a where a.firing order by a.alert, a.provider_id loop
    -- Once an hour for as long as it lasts.
    told := told + private.notify_admins(
      'routing_alert',
      jsonb_build_object('alert', alert.alert, 'provider', alert.provider_id, 'value', alert.value, 'threshold', alert.threshold),
      format('routing_alert:%s:%s:%s', alert.alert, alert.provider_id, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24'))
    );
  end loop;
  return jsonb_build_object('processed', told);
end
$$;
comment on function private.send_routing_alerts is 'A job: tells admins of every alert that fires, once an hour each.';

select private.enable_schedules();
