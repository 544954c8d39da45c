-- Purpose: an order is confirmed at most once: the intent is committed before the provider is called, the result after.
-- Objects: private.routed_order_json, private.order_answer, private.purchase_json, private.start_purchase,
--   private.judge_confirmation, api.begin_confirm, private.next_offer, private.refuse_or_fail_over,
--   private.settle_order, api.finish_confirm.
-- Locks and cost: one order row, then its key and bucket, then one circuit and its quotas.
-- Undo: drop the functions.

create function private.routed_order_json(routed public.routed_orders) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'id', routed.order_id, 'routeId', routed.route_id, 'provider', routed.provider_id,
    -- An intent that is under way elsewhere, or whose answer was lost: nobody knows yet.
    'status', case routed.status when 'confirming' then 'unknown' else routed.status end,
    'providerOrderId', routed.provider_order_id, 'handoffUrl', routed.handoff_url, 'trackingUrl', routed.tracking_url,
    'totalCents', routed.total_cents, 'currency', routed.currency, 'failureCode', routed.failure_code,
    'createdAt', routed.created_at, 'expiresAt', routed.expires_at, 'settledAt', routed.settled_at
  ));
end
$$;
comment on function private.routed_order_json is 'An order as its owner sees it.';

create function private.order_answer(routed public.routed_orders) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  return case
    -- What became of an order after it was placed changes nothing of its having been placed.
    when routed.status in ('placed', 'handed_off', 'delivered') or routed.provider_order_id is not null then private.respond(
      200, jsonb_build_object('success', true, 'order', private.routed_order_json(routed))
    )
    when routed.status in ('confirming', 'unknown') then private.respond(
      202, jsonb_build_object('success', true, 'order', private.routed_order_json(routed))
    )
    when routed.status = 'expired' then private.refuse(
      410, 'token_expired', 'The offer has expired; route the basket again',
      jsonb_build_object('expiredAt', routed.expires_at)
    )
    when routed.status = 'failed' then private.refuse(
      409, 'order_failed', 'No provider took the order; nothing was bought',
      jsonb_build_object('orderId', routed.order_id, 'provider', routed.provider_id, 'reason', routed.failure_code)
    )
    else private.refuse(
      409, 'invalid_transition', format('An order that is %s is not confirmed', routed.status),
      jsonb_build_object('currentStatus', routed.status)
    )
  end;
end
$$;
comment on function private.order_answer is 'What confirming answers, by where the order stands: the same however often it is asked.';

create function private.purchase_json(routed public.routed_orders) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  offer jsonb;
  address jsonb;
begin
  select q.quote, r.request -> 'shippingAddress' into offer, address
  from public.order_quotes as q join public.order_routes as r using (route_id)
  where q.route_id = routed.route_id and q.provider_id = routed.provider_id;
  return jsonb_build_object(
    'orderId', routed.order_id, 'attempt', routed.attempt, 'provider', routed.provider_id,
    -- One reference per order and provider, whatever happens: what the provider is asked about afterwards.
    'orderReference', replace(routed.order_id::text, '-', ''),
    'address', address, 'quote', offer, 'mostCents', routed.most_cents, 'providerOrderId', routed.provider_order_id
  );
end
$$;
comment on function private.purchase_json is 'All an adapter needs to buy, or to ask about what was bought.';

create function private.calls_of(providers jsonb, provider_id text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(p -> 'calls', '{}') from jsonb_array_elements(providers) as p
    where p ->> 'id' = calls_of.provider_id limit 1
  );
end
$$;
comment on function private.calls_of is 'The calls a provider''s confirmation makes; null where the provider takes no part.';

create function private.start_purchase(routed public.routed_orders, providers jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  calls constant jsonb := private.calls_of(providers, routed.provider_id);
  taken_out boolean;
  intended public.routed_orders;
begin
  -- Lock: the circuit before its quotas, as whoever quotes does.
  select c.taken_out into taken_out from public.provider_circuits as c
  where c.provider_id = routed.provider_id for no key update;
  if taken_out or calls is null or private.reserve_calls(routed.provider_id, calls, today) is not null then
    return null;
  end if;
  -- The intent: committed before anything is sent. Whoever finds it knows that an order may exist.
  update public.routed_orders as o
  set status = 'confirming', attempt = o.attempt + 1, intended_at = clock_timestamp(), owner = routed.owner,
      user_id = routed.user_id, most_cents = routed.most_cents, provider_id = routed.provider_id,
      idempotency_key = coalesce(private.request_header('idempotency-key'), o.idempotency_key),
      total_cents = routed.total_cents, tried = routed.tried, failure_code = null, ask_at = null
  where o.order_id = routed.order_id
  returning * into intended;
  return jsonb_build_object('purchase', private.purchase_json(intended) || jsonb_build_object('calls', calls, 'day', today));
end
$$;
comment on function private.start_purchase is
  'Writes the intent to buy and reserves its calls; null where the provider takes no part or allows no more calls today. '
  'The order''s row is locked.';

create function private.judge_confirmation(
  routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  purchase jsonb;
begin
  if routed.order_id is null or (routed.owner is not null and routed.owner <> who.id) then
    return private.refuse(404, 'token_not_found', 'There is no such token');
  end if;
  if routed.status <> 'quoted' then
    return private.order_answer(routed);
  end if;
  if clock_timestamp() >= routed.expires_at then
    update public.routed_orders as o set status = 'expired' where o.order_id = routed.order_id returning * into routed;
    return private.order_answer(routed);
  end if;
  if accept_total_cents < routed.total_cents then
    return private.refuse(
      409, 'price_changed', 'The total is above what you accept',
      jsonb_build_object('totalCents', routed.total_cents, 'currency', routed.currency)
    );
  end if;
  -- A guest's offer belongs to the first who signs in with its token.
  routed.owner := who.id;
  routed.user_id := coalesce(routed.user_id, who.user_id);
  routed.most_cents := coalesce(accept_total_cents, routed.total_cents + routed.total_cents / 50);
  purchase := private.start_purchase(routed, providers);
  if purchase is null then
    return private.refuse(
      503, 'provider_unavailable', 'The provider of this offer takes no orders now',
      jsonb_build_object('provider', routed.provider_id), '[{"Retry-After": "60"}]'
    );
  end if;
  -- With the order goes its route, not before: another may confirm it after a refusal.
  update public.order_routes as r set user_id = routed.user_id
  where r.route_id = routed.route_id and r.owner is null and r.user_id is null and routed.user_id is not null;
  return purchase;
end
$$;
comment on function private.judge_confirmation is
  'Decides whether an order is confirmed now; where it is, the answer is the purchase. The order''s row is locked.';

create function api.begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent']);
  request constant jsonb := jsonb_build_object('tokenHash', token_hash, 'acceptTotalCentsUpTo', accept_total_cents);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key, bucket and clock. Of many who confirm at once the first writes the intent; the
  -- others find it and are told how it stands.
  select * into routed from public.routed_orders as o
  where o.token_hash = decode(begin_confirm.token_hash, 'hex') for no key update;
  answer := private.admit(who, 'confirm_order', request);
  if answer is not null then
    return answer;
  end if;
  -- A key is spent with the first intent, not with its answer, which comes seconds later.
  if exists (
    select from public.routed_orders as o
    where o.owner = who.id and o.idempotency_key = private.request_header('idempotency-key')
      and o.order_id is distinct from routed.order_id
  ) then
    return private.refuse(
      422, 'idempotency_key_reused', 'This Idempotency-Key was used before with another request'
    );
  end if;
  answer := private.judge_confirmation(routed, who, accept_total_cents, providers);
  -- Neither a purchase under way nor an absent provider is a final answer.
  if answer ? 'purchase' or current_setting('response.status', true) in ('202', '503') then
    return answer;
  end if;
  return private.conclude(who, 'confirm_order', request, answer);
end
$$;
comment on function api.begin_confirm is
  'Spends a token: writes the intent and answers what is to be bought, or how the order stands. For the functions. Codes: '
  'token_not_found, token_expired, price_changed, order_failed, provider_unavailable, invalid_transition.';
grant execute on function api.begin_confirm to service_role;

create function private.next_offer(routed public.routed_orders, providers jsonb) returns public.order_quotes
language plpgsql stable
set search_path = ''
as $$
declare
  offer public.order_quotes;
begin
  select * into offer from public.order_quotes as q
  where q.route_id = routed.route_id and q.status = 'ok' and q.eliminated is null
    and q.total_cents <= routed.most_cents and q.provider_id <> all (routed.tried)
    -- As full as what was confirmed: a basket with less in it is another basket.
    and (q.features ->> 'filled')::numeric >= (
      select (chosen.features ->> 'filled')::numeric
      from public.order_quotes as chosen
      join public.order_routes as r on r.route_id = chosen.route_id and r.selected_provider_id = chosen.provider_id
      where chosen.route_id = routed.route_id
    )
    and private.calls_of(providers, q.provider_id) is not null
  order by q.rank
  limit 1;
  return offer;
end
$$;
comment on function private.next_offer is 'The next best stored offer within the price that was accepted, of a provider not tried yet.';

create function private.note_failure(routed public.routed_orders, code text) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  insert into public.order_outcomes (
    order_id, provider_id, source, recorded_by, was_successful, total_cents, commission_bps, failure_code, counts
  )
  select routed.order_id, routed.provider_id, 'confirm', 'system', false, routed.total_cents,
    coalesce((q.features ->> 'commissionBps')::integer, 0), note_failure.code, true
  from public.order_quotes as q where q.route_id = routed.route_id and q.provider_id = routed.provider_id
  on conflict do nothing;
  perform private.refresh_provider_metrics(routed.provider_id);
end
$$;
comment on function private.note_failure is 'A confirmation that failed through the provider''s fault is one of its outcomes.';

create function private.refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  offer public.order_quotes;
  purchase jsonb;
  failed public.routed_orders;
begin
  loop
    routed.tried := routed.tried || routed.provider_id;
    offer := private.next_offer(routed, providers);
    exit when offer.provider_id is null;
    routed.provider_id := offer.provider_id;
    routed.total_cents := offer.total_cents;
    purchase := private.start_purchase(routed, providers);
    if purchase is not null then
      return purchase;
    end if;
  end loop;
  update public.routed_orders as o
  set status = 'failed', tried = routed.tried, failure_code = result ->> 'code', settled_at = clock_timestamp()
  where o.order_id = routed.order_id
  returning * into failed;
  return private.order_answer(failed);
end
$$;
comment on function private.refuse_or_fail_over is
  'A provider definitely refused: the next stored offer is tried, within the accepted price, else the order has failed.';

create function private.settle_order(routed public.routed_orders, result jsonb, providers jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  was_given_up constant boolean := routed.status = 'unknown';
  outcome text := result ->> 'outcome';
  settled public.routed_orders;
begin
  -- A definite answer that comes after its intent was given up for lost ends the order; nothing more is bought by then.
  if outcome = 'refused' then
    return private.refuse_or_fail_over(routed, result, case when was_given_up then '[]' else providers end);
  end if;
  if outcome in ('price_changed', 'payment_required') and was_given_up then
    outcome := 'failed';
  end if;
  if outcome in ('price_changed', 'payment_required') then
    -- Nothing was bought, so the token may be used again.
    update public.routed_orders as o set status = 'quoted', most_cents = null where o.order_id = routed.order_id;
  end if;
  if outcome = 'payment_required' then
    return private.refuse(
      422, 'payment_method_required', 'This provider sells to nobody without a payment method',
      jsonb_build_object('provider', routed.provider_id)
    );
  end if;
  if outcome = 'price_changed' then
    return private.refuse(
      409, 'price_changed', 'The provider''s total is above what was accepted',
      jsonb_build_object('totalCents', (result ->> 'totalCents')::bigint, 'currency', routed.currency)
    );
  end if;
  update public.routed_orders as o
  set status = outcome,
      provider_order_id = coalesce(result ->> 'providerOrderId', o.provider_order_id),
      handoff_url = coalesce(result ->> 'handoffUrl', o.handoff_url),
      tracking_url = coalesce(result ->> 'trackingUrl', o.tracking_url),
      total_cents = coalesce((result ->> 'totalCents')::bigint, o.total_cents),
      failure_code = case when outcome in ('failed', 'unknown') then coalesce(result ->> 'code', result ->> 'outcome') end,
      settled_at = case when outcome = 'unknown' then null else clock_timestamp() end,
      ask_at = case when outcome = 'unknown' then clock_timestamp() end
  where o.order_id = routed.order_id
  returning * into settled;
  return private.order_answer(settled);
end
$$;
comment on function private.settle_order is
  'Records how a purchase went: placed, handed_off, refused, price_changed, payment_required, failed, unknown, or what the '
  'provider says of it later.';

create function api.finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb default '[]') returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'service']);
  routed public.routed_orders;
  provider text;
  answer jsonb;
begin
  -- Lock: the order's row. An answer to an intent that another has followed, or that was settled meanwhile, changes
  -- nothing: the second is told what the first made of it.
  select * into routed from public.routed_orders as o where o.order_id = finish_confirm.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  perform set_config('response.status', '200', true);
  if routed.attempt <> finish_confirm.attempt or routed.status not in ('confirming', 'unknown') then
    return private.order_answer(routed);
  end if;
  if result ->> 'outcome' = 'refused' and (result ->> 'countsAgainst')::boolean then
    -- Before the circuits are locked: counting anew takes its time, and all routing would wait.
    perform private.note_failure(routed, result ->> 'code');
  end if;
  -- Lock: every circuit with its quotas, one provider after another as routes take them, since the next offer may be any
  -- provider's. Routes lock no circuit of a provider that has proved itself: the circuits alone would not keep them away.
  for provider in select c.provider_id from public.provider_circuits as c order by c.provider_id collate "C" loop
    perform from public.provider_circuits as c where c.provider_id = provider for no key update;
    perform from public.provider_quotas as q where q.provider_id = provider order by q.endpoint for no key update;
  end loop;
  perform private.return_calls(
    routed.provider_id, coalesce(result -> 'reserved', '{}'), coalesce(result -> 'calls', '{}'), (result ->> 'day')::date
  );
  answer := private.settle_order(routed, result, providers);
  if answer ? 'purchase' or current_setting('response.status', true) in ('202', '422', '503') or result -> 'request' is null then
    return answer;
  end if;
  return private.conclude(who, 'confirm_order', result -> 'request', answer);
end
$$;
comment on function api.finish_confirm is
  'Records how the provider answered an intent; where it definitely refused, answers the next purchase instead. For the '
  'functions. Codes: price_changed, payment_method_required, order_failed, not_found.';
grant execute on function api.finish_confirm to service_role;
