-- Purpose: what happens to an order besides its confirmation: cancelled, delivered, reported.
-- Objects: api.cancel_route, private.outcome_issues, private.judge_outcome, api.record_outcome,
--   api.find_routed_order, api.record_provider_status.
-- Locks and cost: one order row; then the provider's metrics row.
-- Undo: drop the functions.

create function private.judge_giving_up(routed public.routed_orders, reason text) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  if routed.status = 'quoted' then
    update public.routed_orders as o set status = 'cancelled', cancellation_reason = reason, settled_at = clock_timestamp()
    where o.order_id = routed.order_id
    returning * into routed;
  end if;
  if routed.status = 'cancelled' then
    return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
  end if;
  return private.refuse(
    409, 'not_cancellable', 'This order cannot be cancelled here; ask the store',
    jsonb_build_object('currentStatus', routed.status, 'provider', routed.provider_id)
  );
end
$$;
comment on function private.judge_giving_up is
  'Cancels an offer. No provider takes a placed order back by its interface, so such an order is not cancelled here.';

create function api.cancel_route(route_id uuid, reason text default null) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  request constant jsonb := jsonb_build_object('routeId', route_id, 'reason', reason);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key, bucket and clock. Whoever confirms at the same time is either first, and then
  -- there is nothing to cancel, or finds the offer gone.
  select * into routed from public.routed_orders as o where o.route_id = cancel_route.route_id for no key update;
  answer := private.admit(who, 'cancel_route', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'cancel_route', request, case
    when char_length(reason) > 500 then private.refuse_shape(private.issue('reason', 'Expected at most 500 characters'))
    when routed.order_id is null or (who.kind <> 'service' and routed.owner is distinct from who.id)
      then private.refuse(404, 'not_found', 'There is no such route')
    else private.judge_giving_up(routed, reason)
  end);
end
$$;
comment on function api.cancel_route is 'Gives an offer up. Codes: invalid_request, not_found, not_cancellable.';
grant execute on function api.cancel_route to anon, authenticated, service_role;

-- Outcomes ---------------------------------------------------------------------------------------------------------
create function private.whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  value constant jsonb := outcome -> field;
begin
  if (value is null or value = 'null') and not required then
    return jsonb '[]';
  end if;
  if jsonb_typeof(value) = 'number' and (value #>> '{}') ~ '^\d{1,9}$'
    and (value #>> '{}')::integer between lowest and highest
  then
    return jsonb '[]';
  end if;
  return private.issue(field, format('Expected a whole number from %s to %s', lowest, highest));
end
$$;
comment on function private.whole_number_issue is 'What is wrong with a whole number of a request; empty where nothing is.';

create function private.outcome_issues(outcome jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  issues jsonb := jsonb '[]';
  known constant text[] := array[
    'orderId', 'wasSuccessful', 'wasCancelled', 'itemsOrdered', 'itemsDelivered', 'actualDeliveryMinutes', 'userRating',
    'issues'
  ];
  field text;
begin
  if not private.is_bounded(outcome, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(outcome) is distinct from 'object' then
    return private.issue('', 'Expected an object');
  end if;
  for field in select k from jsonb_object_keys(outcome - known) as k loop
    issues := issues || private.issue(field, 'Unknown field');
  end loop;
  if private.parse_uuid(outcome ->> 'orderId') is null then
    issues := issues || private.issue('orderId', 'Expected a uuid');
  end if;
  if jsonb_typeof(outcome -> 'wasSuccessful') is distinct from 'boolean' then
    issues := issues || private.issue('wasSuccessful', 'Expected true or false');
  end if;
  if jsonb_typeof(coalesce(outcome -> 'wasCancelled', 'false')) <> 'boolean' then
    issues := issues || private.issue('wasCancelled', 'Expected true or false');
  end if;
  issues := issues || private.whole_number_issue(outcome, 'itemsOrdered', 1, 100000, true)
    || private.whole_number_issue(outcome, 'itemsDelivered', 0, 100000, false)
    || private.whole_number_issue(outcome, 'actualDeliveryMinutes', 1, 100000, false)
    || private.whole_number_issue(outcome, 'userRating', 1, 5, false);
  if not coalesce(outcome -> 'issues', '[]') <@ '["missing_items", "late_delivery", "wrong_items", "poor_quality", "damaged_items", "driver_issues", "other"]'
    or jsonb_typeof(coalesce(outcome -> 'issues', '[]')) <> 'array'
    or jsonb_array_length(coalesce(outcome -> 'issues', '[]')) > 7
  then
    issues := issues || private.issue('issues', 'Expected a list of missing_items, late_delivery, wrong_items, poor_quality, damaged_items, driver_issues, other');
  end if;
  if issues = '[]' and (outcome ->> 'itemsDelivered')::integer > (outcome ->> 'itemsOrdered')::integer then
    issues := private.issue('itemsDelivered', 'Expected no more than itemsOrdered');
  end if;
  return nullif(issues, '[]');
end
$$;
comment on function private.outcome_issues is 'What is wrong with an outcome; null where nothing is.';

create function private.outcome_json(outcome public.order_outcomes) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', outcome.order_id, 'orderId', outcome.order_id, 'provider', outcome.provider_id, 'source', outcome.source,
    'wasSuccessful', outcome.was_successful, 'wasCancelled', outcome.was_cancelled,
    'itemsOrdered', outcome.items_ordered, 'itemsDelivered', outcome.items_delivered,
    'promisedDeliveryMinutes', outcome.promised_minutes, 'actualDeliveryMinutes', outcome.actual_minutes,
    'userRating', outcome.user_rating, 'issues', to_jsonb(outcome.issues), 'totalCents', outcome.total_cents,
    'recordedAt', outcome.recorded_at
  );
end
$$;
comment on function private.outcome_json is 'An outcome as whoever recorded it sees it; not the commission.';

create function private.keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  kept public.order_outcomes;
begin
  -- Lock: the provider's figures, before its outcomes are counted: of two reports of one owner at once both are seen.
  perform from public.provider_metrics as m where m.provider_id = routed.provider_id for no key update;
  insert into public.order_outcomes (
    order_id, provider_id, source, recorded_by, was_successful, was_cancelled, items_ordered, items_delivered,
    promised_minutes, actual_minutes, user_rating, issues, total_cents, commission_bps, counts
  )
  select
    routed.order_id, routed.provider_id, keep_outcome.source, keep_outcome.recorded_by,
    -- A cancelled order was not a success, whatever else is said.
    (outcome ->> 'wasSuccessful')::boolean and not coalesce((outcome ->> 'wasCancelled')::boolean, false),
    coalesce((outcome ->> 'wasCancelled')::boolean, false),
    (outcome ->> 'itemsOrdered')::integer, (outcome ->> 'itemsDelivered')::integer, q.estimated_delivery_minutes,
    (outcome ->> 'actualDeliveryMinutes')::integer, (outcome ->> 'userRating')::integer,
    array(select jsonb_array_elements_text(coalesce(outcome -> 'issues', '[]'))),
    -- Money from our own records, never from the body.
    routed.total_cents, coalesce((q.features ->> 'commissionBps')::integer, 0),
    -- What its customer cancelled says nothing of a provider, and nobody alone makes or breaks a provider's name: of one
    -- owner's reports five count in 30 days.
    not coalesce((outcome ->> 'wasCancelled')::boolean, false) and (keep_outcome.source <> 'owner' or 5 > (
      select count(*) from public.order_outcomes as o
      where o.recorded_by = keep_outcome.recorded_by and o.provider_id = routed.provider_id
        and o.recorded_at > long_ago and o.counts
    ))
  from public.order_quotes as q where q.route_id = routed.route_id and q.provider_id = routed.provider_id
  on conflict do nothing
  returning * into kept;
  if kept.order_id is null then
    return private.refuse(409, 'outcome_exists', 'The outcome of this order was recorded before');
  end if;
  perform private.refresh_provider_metrics(routed.provider_id);
  return private.respond(201, jsonb_build_object('success', true, 'outcome', private.outcome_json(kept)));
end
$$;
comment on function private.keep_outcome is 'Keeps the outcome of an order, once, and learns from it.';

create function api.record_outcome(outcome jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  issues constant jsonb := private.outcome_issues(outcome);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key and bucket: of two reports one is kept.
  if issues is null then
    select * into routed from public.routed_orders as o
    where o.order_id = (outcome ->> 'orderId')::uuid for no key update;
  end if;
  answer := private.admit(who, 'record_outcome', outcome);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'record_outcome', outcome, case
    when issues is not null then private.refuse_shape(issues)
    when routed.order_id is null or (who.kind <> 'service' and routed.owner is distinct from who.id)
      then private.refuse(404, 'not_found', 'There is no such order')
    when routed.status <> 'handed_off' and routed.provider_order_id is null
      then private.refuse(
        409, 'invalid_transition', 'An order that was neither placed nor handed off has no outcome',
        jsonb_build_object('currentStatus', routed.status)
      )
    else private.keep_outcome(routed, outcome, case who.kind when 'service' then 'service' else 'owner' end, who.id)
  end);
end
$$;
comment on function api.record_outcome is
  'How an order ended, once. For its owner and the service. Codes: invalid_request, not_found, invalid_transition, '
  'outcome_exists.';
grant execute on function api.record_outcome to anon, authenticated, service_role;

-- What the provider says -------------------------------------------------------------------------------------------
create function api.find_routed_order(provider_id text, provider_order_id text) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  routed public.routed_orders;
begin
  perform private.require_caller(array['service', 'system']);
  select * into routed from public.routed_orders as o
  where o.provider_id = find_routed_order.provider_id and o.provider_order_id = find_routed_order.provider_order_id;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  return private.purchase_json(routed) || jsonb_build_object('status', routed.status);
end
$$;
comment on function api.find_routed_order is 'The order behind a provider''s own number, to ask the provider about. For the functions.';
grant execute on function api.find_routed_order to service_role;

create function api.record_provider_status(order_id uuid, state jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  later constant text := state ->> 'status';
  routed public.routed_orders;
  items integer;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the order's row. A message that comes twice, or late, finds nothing to change.
  select * into routed from public.routed_orders as o where o.order_id = record_provider_status.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  perform set_config('response.status', '200', true);
  if routed.status = 'placed' and later in ('delivered', 'cancelled', 'failed') then
    update public.routed_orders as o
    set status = later, tracking_url = coalesce(state ->> 'trackingUrl', o.tracking_url),
        failure_code = case later when 'failed' then 'failed_at_provider' end
    where o.order_id = routed.order_id
    returning * into routed;
    select count(*) into items
    from public.order_quotes as q, jsonb_array_elements(q.quote -> 'lines') as line
    where q.route_id = routed.route_id and q.provider_id = routed.provider_id and line ->> 'status' <> 'unavailable';
    perform private.keep_outcome(routed, jsonb_strip_nulls(jsonb_build_object(
      'wasSuccessful', later = 'delivered', 'wasCancelled', false, 'itemsOrdered', nullif(items, 0),
      'itemsDelivered', case later when 'delivered' then nullif(items, 0) else 0 end,
      'actualDeliveryMinutes', case later when 'delivered' then
        greatest(1, round(extract(epoch from clock_timestamp() - routed.settled_at) / 60))
      end
    )), 'webhook', 'provider');
    perform set_config('response.status', '200', true);
  end if;
  return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
end
$$;
comment on function api.record_provider_status is
  'What the provider, asked by us, says of a placed order; delivered, cancelled and failed are its outcome. For the functions.';
grant execute on function api.record_provider_status to service_role;
