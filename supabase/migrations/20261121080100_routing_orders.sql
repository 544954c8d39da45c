-- Purpose: what was asked, offered, decided and bought.
-- Objects: public.order_routes, public.order_quotes, public.routed_orders, public.order_outcomes and their guards.
-- Locks and cost: a route is four to six rows; an order is one row that its route's token leads to.
-- Undo: drop the tables and functions.

create table public.order_routes (
  route_id uuid not null default gen_random_uuid(),
  owner text,
  user_id uuid,
  status text not null default 'quoting',
  request jsonb not null,
  request_id text,
  idempotency_key text,
  decision jsonb,
  selected_provider_id text,
  total_cents bigint,
  latency_ms integer,
  created_at timestamptz not null default clock_timestamp(),
  deadline_at timestamptz not null,
  decided_at timestamptz,
  constraint order_routes_pkey primary key (route_id),
  constraint order_routes_user_exists foreign key (user_id) references auth.users on delete set null,
  constraint order_routes_provider_is_known foreign key (selected_provider_id) references public.provider_circuits,
  constraint order_routes_status_is_known check (status in ('quoting', 'quoted', 'no_quotes')),
  constraint order_routes_decided_means_time check ((status = 'quoting') = (decided_at is null)),
  constraint order_routes_quoted_means_selected check ((status = 'quoted') = (selected_provider_id is not null))
);
comment on table public.order_routes is 'A basket somebody wanted routed, and what was decided; never changed afterwards.';
comment on column public.order_routes.owner is 'user:<uuid> or agent:<id>; null for a guest''s.';
comment on column public.order_routes.decision is 'All the score read besides the features of the quotes: optimizeFor, weights, references, preferences.';
create index order_routes_user on public.order_routes (user_id, created_at desc);
create index order_routes_decided_at on public.order_routes (decided_at);
create index order_routes_created_at on public.order_routes (created_at);
create index order_routes_quoting on public.order_routes (owner, idempotency_key) where status = 'quoting';
create index order_routes_selected_provider on public.order_routes (selected_provider_id);

create table public.order_quotes (
  route_id uuid not null,
  provider_id text not null,
  status text not null,
  code text,
  latency_ms integer,
  currency text,
  subtotal_cents bigint,
  fees_cents bigint,
  tax_cents bigint,
  total_cents bigint,
  estimated_delivery_minutes integer,
  quote jsonb,
  features jsonb,
  components jsonb,
  score numeric,
  rank integer,
  eliminated text,
  reasons jsonb not null default '[]',
  quoted_at timestamptz not null,
  constraint order_quotes_pkey primary key (route_id, provider_id),
  constraint order_quotes_route_exists foreign key (route_id) references public.order_routes on delete cascade,
  constraint order_quotes_provider_is_known foreign key (provider_id) references public.provider_circuits,
  constraint order_quotes_status_is_known check (
    status in ('ok', 'timeout', 'error', 'circuit_open', 'quota_exceeded', 'excluded', 'disabled')
  ),
  constraint order_quotes_ok_means_money check (
    (status = 'ok') = (quote is not null and total_cents is not null and features is not null)
  ),
  constraint order_quotes_total_is_its_sum check (total_cents = subtotal_cents + fees_cents + tax_cents),
  constraint order_quotes_amounts_are_not_negative check (subtotal_cents > 0 and fees_cents >= 0 and tax_cents >= 0)
);
comment on table public.order_quotes is 'What each provider answered to a route, and how it scored; for operators.';
comment on column public.order_quotes.quote is 'The offer whole, with what its adapter needs to confirm it.';
-- Every route has a row for every provider, those that are disabled too: latencies are read from the answers alone.
create index order_quotes_answered on public.order_quotes (provider_id, quoted_at desc) where status = 'ok';
create index order_quotes_quoted_at on public.order_quotes (quoted_at);

create table public.routed_orders (
  order_id uuid not null default gen_random_uuid(),
  route_id uuid not null,
  owner text,
  user_id uuid,
  status text not null default 'quoted',
  provider_id text not null,
  currency text not null,
  total_cents bigint not null,
  most_cents bigint,
  token_hash bytea not null,
  expires_at timestamptz not null,
  attempt integer not null default 0,
  tried text[] not null default '{}',
  idempotency_key text,
  provider_order_id text,
  handoff_url text,
  tracking_url text,
  failure_code text,
  cancellation_reason text,
  created_at timestamptz not null default clock_timestamp(),
  intended_at timestamptz,
  settled_at timestamptz,
  asked integer not null default 0,
  ask_at timestamptz,
  version bigint not null default 1,
  updated_at timestamptz not null default clock_timestamp(),
  constraint routed_orders_pkey primary key (order_id),
  constraint routed_orders_one_per_route unique (route_id),
  constraint routed_orders_route_exists foreign key (route_id) references public.order_routes on delete cascade,
  constraint routed_orders_user_exists foreign key (user_id) references auth.users on delete set null,
  constraint routed_orders_provider_is_known foreign key (provider_id) references public.provider_circuits,
  constraint routed_orders_token_is_unique unique (token_hash),
  constraint routed_orders_status_is_known check (status in (
    'quoted', 'confirming', 'placed', 'handed_off', 'failed', 'unknown', 'expired', 'cancelled', 'delivered'
  )),
  constraint routed_orders_total_is_positive check (total_cents > 0),
  constraint routed_orders_confirmed_has_an_owner check (status in ('quoted', 'expired', 'cancelled') or owner is not null),
  constraint routed_orders_placed_has_its_number check (
    status not in ('placed', 'delivered') or provider_order_id is not null
  ),
  constraint routed_orders_handed_off_has_its_address check (status <> 'handed_off' or handoff_url is not null)
);
comment on table public.routed_orders is
  'The order a route leads to, from its offer on. The only place where an order''s state stands.';
comment on column public.routed_orders.most_cents is 'The most its owner accepted to pay, once he confirmed.';
comment on column public.routed_orders.attempt is 'Grows with every intent; an answer to an earlier one changes nothing.';
comment on column public.routed_orders.tried is 'Providers that definitely refused.';
comment on column public.routed_orders.ask_at is 'When the provider is asked next how the order stands.';
-- One order of a provider is one order of ours.
create unique index routed_orders_provider_order on public.routed_orders (provider_id, provider_order_id)
  where provider_order_id is not null;
create index routed_orders_idempotency_key on public.routed_orders (owner, idempotency_key)
  where idempotency_key is not null;
create index routed_orders_intended_at on public.routed_orders (intended_at) where intended_at is not null;
create index routed_orders_settled_at on public.routed_orders (settled_at) where settled_at is not null;
create index routed_orders_user on public.routed_orders (user_id, created_at desc);
create index routed_orders_expiring on public.routed_orders (expires_at) where status = 'quoted';
create index routed_orders_confirming on public.routed_orders (intended_at) where status = 'confirming';
create index routed_orders_unknown on public.routed_orders (ask_at) where status = 'unknown';

create table public.order_outcomes (
  order_id uuid not null,
  provider_id text not null,
  source text not null,
  recorded_by text not null,
  was_successful boolean not null,
  was_cancelled boolean not null default false,
  items_ordered integer,
  items_delivered integer,
  promised_minutes integer,
  actual_minutes integer,
  user_rating integer,
  issues text[] not null default '{}',
  total_cents bigint not null,
  commission_bps integer not null,
  failure_code text,
  counts boolean not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint order_outcomes_pkey primary key (order_id, provider_id),
  constraint order_outcomes_order_exists foreign key (order_id) references public.routed_orders on delete cascade,
  constraint order_outcomes_provider_is_known foreign key (provider_id) references public.provider_circuits,
  constraint order_outcomes_source_is_known check (source in ('owner', 'service', 'webhook', 'confirm')),
  constraint order_outcomes_rating_is_one_to_five check (user_rating between 1 and 5),
  constraint order_outcomes_items_are_possible check (
    items_ordered > 0 and items_delivered between 0 and items_ordered
  ),
  constraint order_outcomes_minutes_are_positive check (actual_minutes > 0)
);
comment on table public.order_outcomes is 'How an order ended, once per order and provider that had it; what learning reads.';
comment on column public.order_outcomes.counts is 'Whether learning counts it: see private.keep_outcome.';
create index order_outcomes_counted on public.order_outcomes (provider_id, recorded_at desc, order_id) where counts;
create index order_outcomes_recorded_by on public.order_outcomes (recorded_by, provider_id, recorded_at) where counts;

create function private.may_become(earlier text, later text) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return case earlier
    when 'quoted' then later in ('confirming', 'expired', 'cancelled')
    -- Back to quoted: the price had changed, and nothing was bought.
    when 'confirming' then later in ('quoted', 'confirming', 'placed', 'handed_off', 'failed', 'unknown')
    when 'unknown' then later in ('placed', 'handed_off', 'failed', 'delivered', 'cancelled')
    when 'placed' then later in ('cancelled', 'delivered', 'failed')
    else false
  end;
end
$$;
comment on function private.may_become is 'The states a routed order can pass through.';

create function private.guard_routed_order() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.status <> old.status and not private.may_become(old.status, new.status) then
    raise exception 'A routed order does not go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if old.user_id is not null and new.user_id is null then
    new.owner := 'user:deleted';
    return new;
  end if;
  if (new.order_id, new.route_id, new.token_hash) is distinct from (old.order_id, old.route_id, old.token_hash)
    or (old.owner is not null and new.owner is distinct from old.owner)
    or (old.status <> 'quoted' and old.status <> 'confirming' and new.provider_id <> old.provider_id)
    or new.attempt < old.attempt
  then
    raise exception 'Route, token, owner, provider and attempt of a routed order stand' using errcode = 'check_violation';
  end if;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;
comment on function private.guard_routed_order is 'Trigger body: what of an order may change, and in which order.';

create trigger routed_orders_follow_their_states
  before update on public.routed_orders
  for each row execute function private.guard_routed_order();

create function private.guard_route() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if old.user_id is not null and new.user_id is null then
    -- A person who leaves is forgotten: what was decided stands without his name and door.
    new.owner := 'user:deleted';
    new.request := case
      when old.request #> '{shippingAddress,street}' is null then old.request
      else jsonb_set(old.request, '{shippingAddress,street}', '""')
    end;
    return new;
  end if;
  if old.status <> 'quoting' and to_jsonb(new) - 'user_id' is distinct from to_jsonb(old) - 'user_id' then
    raise exception 'A decided route stands' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
comment on function private.guard_route is 'Trigger body: a decision is never changed.';

create trigger order_routes_stand_once_decided
  before update on public.order_routes
  for each row execute function private.guard_route();
