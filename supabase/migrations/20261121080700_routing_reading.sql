-- Purpose: why a route was decided as it was.
-- Objects: api.explain_route, api.stored_decisions.
-- Locks and cost: none.
-- Undo: drop the functions.

create function private.candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  -- What a provider pays us is for operators; its owner sees everything else.
  return jsonb_build_object(
    'provider', offer.provider_id, 'status', offer.status, 'code', offer.code, 'latencyMs', offer.latency_ms,
    'features', case when for_operator then offer.features else offer.features - 'commissionBps' end,
    'weights', case when for_operator then weights else weights - 'commission' end,
    'components', case when for_operator then offer.components else offer.components - 'commission' end,
    'total', case when for_operator then to_jsonb(offer.score) end,
    'rank', offer.rank, 'eliminated', offer.eliminated, 'reasons', offer.reasons
  );
end
$$;
comment on function private.candidate_json is 'One candidate of a decision.';

create function api.explain_route(route_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service', 'system']);
  for_operator constant boolean := who.is_admin or who.kind in ('service', 'system');
  route public.order_routes;
  routed public.routed_orders;
begin
  select * into route from public.order_routes as r where r.route_id = explain_route.route_id;
  select * into routed from public.routed_orders as o where o.route_id = explain_route.route_id;
  -- A guest's route is its order's, once somebody has confirmed it.
  if route.route_id is null or not (for_operator or coalesce(route.owner, routed.owner) is not distinct from who.id) then
    return private.refuse(404, 'not_found', 'There is no such route');
  end if;
  return jsonb_build_object(
    'route', jsonb_build_object(
      'id', route.route_id, 'status', coalesce(routed.status, route.status), 'request', route.request - 'shippingAddress',
      'requestId', route.request_id, 'selectedProvider', route.selected_provider_id, 'totalCents', route.total_cents,
      'latencyMs', route.latency_ms, 'createdAt', route.created_at, 'decidedAt', route.decided_at,
      'optimizeFor', route.decision -> 'optimizeFor',
      'references', case
        when for_operator then route.decision -> 'references' else (route.decision -> 'references') - 'commissionBps'
      end
    ),
    'candidates', (
      select coalesce(
        jsonb_agg(private.candidate_json(q, route.decision -> 'weights', for_operator) order by q.rank nulls last, q.provider_id),
        '[]'
      )
      from public.order_quotes as q where q.route_id = route.route_id
    )
  );
end
$$;
comment on function api.explain_route is
  'Every candidate of a route with what the score read and made of it. For its owner, without commercial figures, and '
  'operators. Codes: not_found.';
grant execute on function api.explain_route to anon, authenticated, service_role;

create function api.stored_decisions(after uuid default null, most integer default 500) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.require_caller(array['service', 'system']);
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'routeId', r.route_id, 'selectedProvider', r.selected_provider_id, 'decision', r.decision,
      'candidates', (
        select jsonb_agg(jsonb_build_object(
          'provider', q.provider_id, 'features', q.features, 'components', q.components, 'total', q.score,
          'rank', q.rank, 'eliminated', q.eliminated, 'reasons', q.reasons
        ) order by q.provider_id)
        from public.order_quotes as q where q.route_id = r.route_id and q.status = 'ok'
      )
    ) order by r.route_id), '[]')
    from (
      select * from public.order_routes as d
      where d.status = 'quoted' and (stored_decisions.after is null or d.route_id > stored_decisions.after)
      order by d.route_id limit least(most, 1000)
    ) as r
  );
end
$$;
comment on function api.stored_decisions is 'Decisions with all they were made of, in pages by id: for replay. For operators.';
grant execute on function api.stored_decisions to service_role;
