-- Purpose: a route's two transactions: what is reserved before the providers are asked, what is kept after.
-- Objects: private.item_key, private.reference_cents, private.begin_attempts, api.begin_route, private.save_quotes,
--   private.save_observations, api.save_route.
-- Locks and cost: one key, one bucket, then circuits and quotas in the providers' order, to the end of each transaction.
-- Undo: drop the functions.

create function private.item_key(name text, unit text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return left(lower(regexp_replace(btrim(name), '\s+', ' ', 'g')), 200) || chr(31) || left(lower(btrim(unit)), 40);
end
$$;
comment on function private.item_key is 'Under which the prices of an item are kept: its name and unit, however they are written.';

create function private.reference_cents(name text, unit text, out unit_cents numeric, out package_cents numeric)
language plpgsql stable
set search_path = ''
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
begin
  -- The newest hundred are enough for a median and keep the reading short. Whatever is stored, what is read of it can be
  -- reckoned with.
  select
    percentile_disc(0.5) within group (order by least(greatest(o.unit_cents, 0.01), 1000000)),
    percentile_disc(0.5) within group (order by least(greatest(o.package_cents, 1), 1000000))
  into reference_cents.unit_cents, reference_cents.package_cents
  from (
    select p.unit_cents, p.package_cents from private.price_observations as p
    where p.item_key = private.item_key(reference_cents.name, reference_cents.unit) and p.seen_at > long_ago
    order by p.seen_at desc limit 101
  ) as o;
end
$$;
comment on function private.reference_cents is
  'The median prices seen for an item in the last 30 days, per unit and for a package; null where none was.';

create function private.begin_attempts(
  attempt_id uuid, providers jsonb, lapses_at timestamptz, share numeric default 1
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  provider jsonb;
  answers jsonb := jsonb '{}';
begin
  -- In the order of their ids: see private.reserve_attempt.
  for provider in select p from jsonb_array_elements(providers) as p order by p ->> 'id' collate "C" loop
    answers := answers || jsonb_build_object(
      provider ->> 'id',
      private.reserve_attempt(attempt_id, provider ->> 'id', coalesce(provider -> 'calls', '{}'), lapses_at, share,
        clock_timestamp() + make_interval(secs => coalesce((provider ->> 'timeoutMs')::integer, 0) / 1000.0) <= lapses_at)
        || private.standing_of(provider ->> 'id')
    );
  end loop;
  return answers;
end
$$;
comment on function private.begin_attempts is 'Reserves an attempt at each provider, and says how each stands.';

create function private.standing_of(provider_id text) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  metrics public.provider_metrics;
begin
  select * into metrics from public.provider_metrics as m where m.provider_id = standing_of.provider_id;
  return jsonb_build_object(
    'successes', metrics.successes, 'attempts', metrics.outcomes, 'latencyP95Ms', metrics.latency_p95_ms
  );
end
$$;
comment on function private.standing_of is 'What was learned of a provider that a route reads.';

create function api.begin_route(request jsonb, providers jsonb, deadline_ms integer) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  operation constant text := case who.kind when 'guest' then 'route_order_guest' else 'route_order' end;
  given_key constant text := private.request_header('idempotency-key');
  answer jsonb;
  route public.order_routes;
  references_seen jsonb;
  reserved jsonb;
begin
  -- Nothing exists yet that could be locked: the key's lock comes first, then the bucket, then the circuits.
  answer := private.admit(who, operation, request);
  if answer is not null then
    return answer;
  end if;
  if given_key is not null then
    select * into route from public.order_routes as r
    where r.owner = who.id and r.idempotency_key = given_key and r.status = 'quoting' and r.deadline_at > clock_timestamp();
    if found then
      return private.refuse(
        409, 'request_in_progress', 'The first request with this Idempotency-Key is still being answered', null,
        jsonb_build_array(jsonb_build_object(
          'Retry-After', greatest(1, ceil(extract(epoch from route.deadline_at - clock_timestamp())))::text
        ))
      );
    end if;
  end if;

  insert into public.order_routes (owner, user_id, request, request_id, idempotency_key, deadline_at)
  values (
    who.id, who.user_id, begin_route.request, private.request_header('x-request-id'), given_key,
    clock_timestamp() + make_interval(secs => deadline_ms / 1000.0)
  )
  returning * into route;
  -- Read before the circuits are locked: a hundred medians take their time, and everybody waits for the circuits.
  select jsonb_build_object(
    'unitCents', coalesce(jsonb_object_agg(i ->> 'id', seen.unit_cents), '{}'),
    'packageCents', coalesce(jsonb_object_agg(i ->> 'id', seen.package_cents), '{}')
  )
  into references_seen
  from jsonb_array_elements(request -> 'items') as i
  cross join lateral private.reference_cents(i ->> 'name', i ->> 'unit') as seen;
  -- What is never settled lapses a second after the deadline: saving may come that late.
  reserved := private.begin_attempts(
    route.route_id, providers, route.deadline_at + interval '1 second',
    -- Guests leave half of every quota to those who have signed in.
    case who.kind when 'guest' then 0.5 else 1 end
  );
  return jsonb_build_object('start', references_seen || jsonb_build_object(
    'routeId', route.route_id,
    'providers', reserved
  ));
end
$$;
comment on function api.begin_route is
  'Before a basket is quoted: limits, idempotency, references, what was learned, and one reserved attempt per provider '
  'whose circuit and quotas allow it. For the functions. Codes: rate_limited, request_in_progress, idempotency_key_reused.';
grant execute on function api.begin_route to service_role;

create function private.save_quotes(route_id uuid, quotes jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  insert into public.order_quotes (
    route_id, provider_id, status, code, latency_ms, currency, subtotal_cents, fees_cents, tax_cents, total_cents,
    estimated_delivery_minutes, quote, features, components, score, rank, eliminated, reasons, quoted_at
  )
  select
    save_quotes.route_id, q ->> 'provider', q ->> 'status', q ->> 'code', (q ->> 'latencyMs')::integer,
    q #>> '{quote,currency}', (q #>> '{quote,subtotalCents}')::bigint, (q #>> '{quote,feesCents}')::bigint,
    (q #>> '{quote,taxCents}')::bigint, (q #>> '{quote,totalCents}')::bigint,
    (q #>> '{quote,estimatedDeliveryMinutes}')::integer, nullif(q -> 'quote', 'null'), nullif(q -> 'features', 'null'),
    nullif(q -> 'components', 'null'),
    (q ->> 'score')::numeric, (q ->> 'rank')::integer, q ->> 'eliminated', coalesce(q -> 'reasons', '[]'),
    clock_timestamp()
  from jsonb_array_elements(quotes) as q;
end
$$;
comment on function private.save_quotes is 'Keeps what each provider answered and how it scored.';

create function private.save_observations(observations jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- A basket may name an item in many lines: a provider's price for it counts once.
  insert into private.price_observations (item_key, unit_cents, package_cents, seen_at)
  select distinct on (key.item, seen.price ->> 'provider')
    key.item, (seen.price ->> 'unitCents')::numeric, (seen.price ->> 'packageCents')::bigint, clock_timestamp()
  from jsonb_array_elements(observations) with ordinality as seen (price, line)
  cross join lateral private.item_key(seen.price ->> 'name', seen.price ->> 'unit') as key (item)
  where (seen.price ->> 'unitCents')::numeric between 0.01 and 1000000
    and (seen.price ->> 'packageCents')::numeric between 1 and 1000000
  order by key.item, seen.price ->> 'provider', seen.line;
end
$$;
comment on function private.save_observations is
  'Keeps the exact prices of a route, one per item and provider, from which references come.';

create function private.settle_attempts(attempt_id uuid, attempts jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  attempt jsonb;
begin
  -- In the order of their ids: see private.reserve_attempt.
  for attempt in select a from jsonb_array_elements(attempts) as a order by a ->> 'provider' collate "C" loop
    perform private.settle_attempt(attempt_id, attempt ->> 'provider', attempt);
  end loop;
end
$$;
comment on function private.settle_attempts is 'Settles the attempts of a route or an order.';

create function api.save_route(route_id uuid, outcome jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  operation constant text := case who.kind when 'guest' then 'route_order_guest' else 'route_order' end;
  selected constant text := outcome ->> 'selectedProvider';
  route public.order_routes;
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the route. Its outcome is saved once.
  select * into route from public.order_routes as r where r.route_id = save_route.route_id for no key update;
  if not found or route.owner is distinct from who.id then
    return private.refuse(404, 'not_found', 'There is no such route');
  end if;
  if route.status <> 'quoting' then
    return private.refuse(
      409, 'invalid_transition', 'The outcome of this route was saved before',
      jsonb_build_object('currentStatus', route.status)
    );
  end if;
  perform set_config('response.status', '200', true);
  -- Lock: the key. A route that came after its deadline may find that the same request was answered by another: that
  -- answer stands.
  answer := private.replay(who, operation, route.request);
  if answer is not null then
    perform private.settle_attempts(route.route_id, outcome -> 'attempts');
    return answer;
  end if;
  perform private.save_quotes(route.route_id, outcome -> 'quotes');
  perform private.save_observations(coalesce(outcome -> 'observations', '[]'));
  update public.order_routes as r
  set status = case when selected is null then 'no_quotes' else 'quoted' end,
      -- A guest owns nothing: the first who signs in with the token does.
      owner = case who.kind when 'guest' then null else r.owner end,
      decision = outcome -> 'decision', selected_provider_id = selected,
      total_cents = (outcome #>> '{answer,quote,totalCents}')::bigint,
      latency_ms = (outcome ->> 'latencyMs')::integer, decided_at = clock_timestamp()
  where r.route_id = route.route_id
  returning * into route;

  if selected is null then
    -- Not stored under its key: the same request is welcome later.
    answer := private.refuse(
      503, 'no_valid_quotes', 'No providers returned valid quotes', outcome -> 'details',
      jsonb_build_array(jsonb_build_object('Retry-After', coalesce(outcome ->> 'retryAfterSeconds', '30')))
    );
  else
    insert into public.routed_orders (route_id, owner, user_id, provider_id, currency, total_cents, token_hash, expires_at)
    values (
      route.route_id, route.owner, route.user_id, selected, outcome #>> '{answer,quote,currency}', route.total_cents,
      decode(outcome ->> 'tokenHash', 'hex'), clock_timestamp() + interval '15 minutes'
    )
    returning * into routed;
    answer := private.conclude(who, operation, route.request, (outcome -> 'answer') || jsonb_build_object(
      'routeId', route.route_id, 'orderId', routed.order_id, 'expiresAt', routed.expires_at
    ));
  end if;
  -- The circuits and quotas last: everybody waits for them.
  perform private.settle_attempts(route.route_id, outcome -> 'attempts');
  return answer;
end
$$;
comment on function api.save_route is
  'After a basket was quoted: the route, every quote with features and score, the order it may become, circuits and '
  'quotas. For the functions. Codes: no_valid_quotes, not_found, invalid_transition, idempotency_key_reused.';
grant execute on function api.save_route to service_role;

create function api.release_route(route_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  attempt private.provider_attempts;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the route, then the circuits in the order of their ids. What was saved meanwhile stays.
  update public.order_routes as r set status = 'no_quotes', decided_at = clock_timestamp()
  where r.route_id = release_route.route_id and r.status = 'quoting';
  for attempt in
    select * from private.provider_attempts as a
    where a.attempt_id = release_route.route_id order by a.provider_id collate "C"
  loop
    -- Nobody knows how many calls were made, so none is given back.
    perform private.settle_attempt(
      attempt.attempt_id, attempt.provider_id, jsonb_build_object('outcome', 'neutral', 'calls', attempt.calls)
    );
  end loop;
  return jsonb_build_object('success', true);
end
$$;
comment on function api.release_route is
  'Gives up a route that a fault of ours keeps from being decided: nothing stays reserved. For the functions.';
grant execute on function api.release_route to service_role;
