-- Purpose: what happens to routes and orders without anybody asking.
-- Objects: private.reconcile_orders, api.claim_unsettled_orders, api.settle_unknown_order, api.get_circuits,
--   private.expire_offers, private.purge_observations, private.purge_routes, api.verify_routing; schedules.
-- Locks and cost: orders one by one, skip locked: whoever holds one settles it himself.
-- Undo: select private.disable_schedules(); drop the functions.

create function private.reconcile_orders() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  moment constant timestamptz := clock_timestamp();
  lost bigint;
  stuck bigint;
begin
  -- An intent older than two minutes, longer than any confirmation may take, has lost its function: nobody knows whether
  -- the provider was called. Lock: the orders, as many as nobody holds.
  with orders as (
    select o.order_id from public.routed_orders as o
    where o.status = 'confirming' and o.intended_at < moment - interval '2 minutes'
    order by o.intended_at limit 500
    for no key update skip locked
  )
  update public.routed_orders as o set status = 'unknown', failure_code = 'answer_lost', ask_at = moment
  from orders where o.order_id = orders.order_id;
  get diagnostics lost = row_count;
  select count(*) into stuck from public.routed_orders as o
  where o.status = 'unknown' and o.intended_at < moment - interval '1 day';
  if stuck > 0 then
    perform private.notify_admins(
      'orders_unsettled', jsonb_build_object('orders', stuck), format('orders_unsettled:%s', (moment at time zone 'UTC')::date)
    );
  end if;
  return jsonb_build_object('processed', lost, 'unsettledForADay', stuck);
end
$$;
comment on function private.reconcile_orders is
  'A job: intents that nobody answers for any more become unknown, and the provider is asked about them; admins are told '
  'once a day of orders that stay unknown for a day.';

create function api.claim_unsettled_orders(max_orders integer default 20) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  moment timestamptz;
  routed public.routed_orders;
  claimed jsonb := jsonb '[]';
  run jsonb;
begin
  perform private.require_caller(array['service', 'system']);
  run := private.reconcile_orders();
  -- Read afterwards: what has just become unknown is asked about at once.
  moment := clock_timestamp();
  for routed in
    -- Lock: the orders, as many as nobody holds; the next question is put off, so that two runs ask different ones.
    select * from public.routed_orders as o
    where o.status = 'unknown' and o.ask_at <= moment
    order by o.ask_at limit least(max_orders, 100)
    for no key update skip locked
  loop
    update public.routed_orders as o
    set asked = o.asked + 1,
        ask_at = moment + least(interval '1 minute' * power(2, least(o.asked, 6)), interval '1 hour')
    where o.order_id = routed.order_id;
    claimed := claimed || private.purchase_json(routed);
  end loop;
  return jsonb_build_object(
    'lost', run -> 'processed', 'unsettledForADay', run -> 'unsettledForADay', 'orders', claimed
  );
end
$$;
comment on function api.claim_unsettled_orders is
  'Orders of which nobody knows whether they were placed, to ask their providers; each again after 1 minute, doubling to an '
  'hour. For the functions.';
grant execute on function api.claim_unsettled_orders to service_role;

create function api.settle_unknown_order(order_id uuid, attempt integer, result jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  routed public.routed_orders;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the order's row. The function that was thought lost may have come back with the answer meanwhile.
  select * into routed from public.routed_orders as o where o.order_id = settle_unknown_order.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  if routed.status = 'unknown' and routed.attempt = settle_unknown_order.attempt
    -- A call that was given up may still arrive: for ten minutes «there is no such order» only means «not yet».
    and (result ->> 'outcome' <> 'failed' or routed.intended_at < clock_timestamp() - interval '10 minutes')
  then
    perform private.settle_order(routed, result, '[]');
    perform set_config('response.status', '200', true);
    select * into routed from public.routed_orders as o where o.order_id = routed.order_id;
  end if;
  return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
end
$$;
comment on function api.settle_unknown_order is
  'What the provider, asked by us, says of an order whose answer was lost. For the functions.';
grant execute on function api.settle_unknown_order to service_role;

create function api.get_circuits() returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  refusal constant jsonb := private.consume_rate_limit(who.id, 'health_check');
begin
  return coalesce(refusal, (
    select jsonb_build_object(
      'circuits', jsonb_object_agg(c.provider_id, case when c.taken_out then 'open' else c.state end),
      'takenOut', coalesce(jsonb_agg(c.provider_id order by c.provider_id) filter (where c.taken_out), '[]')
    )
    from public.provider_circuits as c
  ));
end
$$;
comment on function api.get_circuits is
  'Every provider''s circuit: closed, open or half_open; and which of them an operator has taken out. For the functions.';
grant execute on function api.get_circuits to service_role;

create function private.expire_offers() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  moment constant timestamptz := clock_timestamp();
  expired bigint;
begin
  with orders as (
    select o.order_id from public.routed_orders as o
    where o.status = 'quoted' and o.expires_at <= moment
    order by o.expires_at limit 1000
    for no key update skip locked
  )
  update public.routed_orders as o set status = 'expired'
  from orders where o.order_id = orders.order_id;
  get diagnostics expired = row_count;
  return jsonb_build_object('processed', expired);
end
$$;
comment on function private.expire_offers is 'A job: offers whose time is over. A token is judged by the clock, whether this ran or not.';

create function private.purge_observations(most integer) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  aged bigint;
  surplus bigint;
begin
  -- Rows are never changed and only this job deletes them, one run at a time: a ctid stays what it was.
  delete from private.price_observations as p
  where p.ctid = any (array(
    select o.ctid from private.price_observations as o where o.seen_at < long_ago limit most
  ));
  get diagnostics aged = row_count;
  -- Item by item along the index: a reference reads the newest 101 of an item, so 200 are more than enough.
  with recursive items as (
    (select o.item_key from private.price_observations as o order by o.item_key limit 1)
    union all
    select (
      select o.item_key from private.price_observations as o
      where o.item_key > i.item_key order by o.item_key limit 1
    )
    from items as i where i.item_key is not null
  )
  delete from private.price_observations as p
  where p.ctid = any (array(
    select old.ctid
    from items as i cross join lateral (
      select o.ctid from private.price_observations as o
      where o.item_key = i.item_key order by o.seen_at desc offset 200
    ) as old
    limit greatest(most - aged, 0)
  ));
  get diagnostics surplus = row_count;
  return aged + surplus;
end
$$;
comment on function private.purge_observations is
  'Prices older than 30 days, and those of an item beyond its newest 200, go: at most so many at once.';

create function private.purge_routes() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  routes bigint;
  observations bigint;
  attempts bigint;
begin
  -- A basket nobody bought goes with its address; what was bought stays.
  with old as (
    select r.route_id from public.order_routes as r
    where r.created_at < long_ago and not exists (
      select from public.routed_orders as o
      where o.route_id = r.route_id
        and (o.status not in ('quoted', 'expired', 'cancelled') or o.provider_order_id is not null)
    )
    order by r.created_at limit 1000
  )
  delete from public.order_routes as r using old where r.route_id = old.route_id;
  get diagnostics routes = row_count;
  observations := private.purge_observations(10000);
  delete from private.provider_attempts as a where a.lapses_at < clock_timestamp() - interval '1 hour';
  get diagnostics attempts = row_count;
  return jsonb_build_object(
    'processed', routes + observations, 'routes', routes, 'observations', observations, 'lapsedAttempts', attempts
  );
end
$$;
comment on function private.purge_routes is
  'A job: routes that led to no order and prices go after 30 days, attempts that were never settled after an hour.';

create function api.verify_routing() returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  fault text;
begin
  perform private.require_steward();
  -- Outcomes that have grown old since the figures were computed are the only difference there may be; the job closes it.
  select format('%s: metrics say %s of %s, a recount %s of %s', m.provider_id, m.successes, m.outcomes, r.successes, r.outcomes)
  into fault
  from public.provider_metrics as m cross join lateral private.recount_provider(m.provider_id) as r
  where (m.outcomes, m.successes, m.rating, m.fill_error, m.delivery_error_minutes, m.commission_bps)
    is distinct from (r.outcomes, r.successes, r.rating, r.fill_error, r.delivery_error_minutes, r.commission_bps)
  order by m.provider_id limit 1;
  if fault is null then
    select format('route %s: %s orders carry its provider''s number', min(o.route_id::text), count(*)) into fault
    from public.routed_orders as o where o.provider_order_id is not null
    group by o.provider_id, o.provider_order_id having count(*) > 1 limit 1;
  end if;
  if fault is null then
    select format('route %s: selected %s, the first in rank is %s', r.route_id, r.selected_provider_id, q.provider_id) into fault
    from public.order_routes as r join public.order_quotes as q using (route_id)
    where r.status = 'quoted' and q.rank = 1 and q.provider_id <> r.selected_provider_id limit 1;
  end if;
  return jsonb_build_object('ok', fault is null, 'firstDifference', fault);
end
$$;
comment on function api.verify_routing is 'Recounts what was learned, and checks orders and decisions; names the first difference.';
grant execute on function api.verify_routing to authenticated, service_role;

insert into private.schedules (name, schedule, command) values
  ('reconcile-orders', '* * * * *', $$select private.invoke_function('reconcile-orders')$$),
  ('expire-offers', '* * * * *', $$call private.drain_job('expire_offers')$$),
  ('refresh-provider-metrics', '* * * * *', $$select private.run_job('refresh_metrics')$$),
  ('purge-routes', '30 2 * * *', $$call private.drain_job('purge_routes')$$),
  ('routing-alerts', '*/5 * * * *', $$select private.run_job('send_routing_alerts')$$);
