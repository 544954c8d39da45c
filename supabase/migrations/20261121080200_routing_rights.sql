-- Purpose: who may read what of routing, and on whose behalf the functions act.
-- Objects: private.forwarded_caller, private.is_operator, grants, policies.
-- Locks and cost: none.
-- Undo: drop the policies and functions.

-- A route is made of what providers answered: whoever could call its operations himself could write his own prices. So
-- they are for the service alone, and the function that holds its key says for whom it acts. Postgres judges that caller
-- as it judges everybody: the account must exist, the agent's token must be valid.
create function private.forwarded_caller(kinds text[]) returns private.caller
language plpgsql stable
set search_path = ''
as $$
declare
  user_id constant uuid := private.parse_uuid(private.request_header('x-acting-user'));
  agent_token constant text := private.request_header('x-acting-agent-token');
  address constant text := private.request_header('x-acting-guest');
  who private.caller := private.principal();
begin
  if who.kind not in ('service', 'system') then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for the service');
  end if;
  -- Whoever is named badly is nobody; he must not become the service itself.
  if user_id is null and private.request_header('x-acting-user') is not null then
    perform private.raise_refusal(401, 'credentials_invalid', 'The account of this token does not exist');
  end if;
  who := case
    when user_id is not null then private.user_caller(user_id)
    when agent_token is not null then private.agent_caller(agent_token)
    when address is not null then row('guest', 'guest:' || address, null, null, null, false)::private.caller
    else who
  end;
  if who.kind <> all (kinds) then
    if who.kind = 'guest' then
      perform private.raise_refusal(401, 'credentials_missing', 'This operation needs credentials and none were sent');
    end if;
    perform private.raise_refusal(
      403, 'not_allowed', format('This operation is for %s, not for %s', array_to_string(kinds, ' or '), who.kind)
    );
  end if;
  return who;
end
$$;
comment on function private.forwarded_caller is
  'Whom the service acts for, by the headers it alone can send; the service itself where it names nobody.';

create function private.is_operator() returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return private.session_role() not in ('anon', 'authenticated') or private.is_admin();
end
$$;
comment on function private.is_operator is 'Whether the reader is an admin, the service or a direct session; for policies and views.';
grant execute on function private.is_operator to authenticated, service_role;

grant select (
  route_id, user_id, status, request, request_id, selected_provider_id, total_cents, latency_ms, created_at, deadline_at,
  decided_at
) on public.order_routes to authenticated;
grant select (
  route_id, provider_id, status, code, latency_ms, currency, subtotal_cents, fees_cents, tax_cents, total_cents,
  estimated_delivery_minutes, features, components, score, rank, eliminated, reasons, quoted_at
) on public.order_quotes to authenticated;
grant select (
  order_id, route_id, user_id, status, provider_id, currency, total_cents, most_cents, expires_at, provider_order_id,
  handoff_url, tracking_url, failure_code, cancellation_reason, created_at, intended_at, settled_at, version, updated_at
) on public.routed_orders to authenticated;
grant select on public.order_outcomes, public.provider_circuits, public.provider_quotas, public.provider_metrics,
  public.provider_credentials to authenticated;
-- Not the hash of a token.
grant select (
  order_id, route_id, owner, user_id, status, provider_id, currency, total_cents, most_cents, expires_at, attempt, tried,
  provider_order_id, handoff_url, tracking_url, failure_code, cancellation_reason, created_at, intended_at, settled_at,
  asked, ask_at, version, updated_at
) on public.routed_orders to service_role;
grant select on public.order_routes, public.order_quotes, public.order_outcomes, public.provider_circuits,
  public.provider_quotas, public.provider_metrics, public.provider_credentials to service_role;

alter table public.order_routes enable row level security;
alter table public.order_quotes enable row level security;
alter table public.routed_orders enable row level security;
alter table public.order_outcomes enable row level security;
alter table public.provider_circuits enable row level security;
alter table public.provider_quotas enable row level security;
alter table public.provider_metrics enable row level security;
alter table public.provider_credentials enable row level security;

create policy "People read their routes, admins all"
  on public.order_routes for select to authenticated
  using (user_id = (select auth.uid()) and (select private.is_known()) or (select private.is_admin()));

create policy "Admins read what providers offered"
  on public.order_quotes for select to authenticated
  using ((select private.is_admin()));

create policy "People read their orders, admins all"
  on public.routed_orders for select to authenticated
  using (user_id = (select auth.uid()) and (select private.is_known()) or (select private.is_admin()));

create policy "Admins read how orders ended"
  on public.order_outcomes for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read the circuits"
  on public.provider_circuits for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read the quotas"
  on public.provider_quotas for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read what was learned"
  on public.provider_metrics for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read when credentials end"
  on public.provider_credentials for select to authenticated
  using ((select private.is_admin()));
