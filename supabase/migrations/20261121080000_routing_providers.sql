-- Purpose: what is known of each grocery provider: its circuit, its quotas, its learned figures.
-- Objects: public.provider_circuits, public.provider_quotas and its guard, public.provider_metrics,
--   public.provider_credentials, private.provider_attempts, private.price_observations.
-- Locks and cost: one row per provider, locked at the end of a route's two transactions.
-- Undo: drop the tables and the function.

create table public.provider_circuits (
  provider_id text not null,
  state text not null default 'closed',
  recent text not null default '',
  times_opened integer not null default 0,
  open_until timestamptz,
  probes_passed integer not null default 0,
  last_failure text,
  taken_out boolean not null default false,
  updated_at timestamptz not null default clock_timestamp(),
  constraint provider_circuits_pkey primary key (provider_id),
  constraint provider_circuits_provider_is_known check (provider_id in ('KROGER_API', 'WALMART_API', 'INSTACART', 'MEALME')),
  constraint provider_circuits_state_is_known check (state in ('closed', 'open', 'half_open')),
  constraint provider_circuits_open_has_an_end check ((state = 'closed') = (open_until is null)),
  constraint provider_circuits_recent_is_twenty_results check (recent ~ '^[01]{0,20}$')
);
comment on table public.provider_circuits is 'Whether a provider is called: the state every worker sees at once.';
comment on column public.provider_circuits.recent is 'The last 20 calls that tell of the provider, newest last: 1 good, 0 failed.';
comment on column public.provider_circuits.times_opened is 'How often it opened since it was last closed; the pause doubles with each.';
comment on column public.provider_circuits.taken_out is 'An operator has taken the provider out; it is not called.';

create table public.provider_quotas (
  provider_id text not null,
  endpoint text not null,
  max_per_day integer not null,
  day date not null default '-infinity',
  used integer not null default 0,
  constraint provider_quotas_pkey primary key (provider_id, endpoint),
  constraint provider_quotas_has_a_circuit foreign key (provider_id) references public.provider_circuits,
  constraint provider_quotas_are_not_negative check (used >= 0 and max_per_day >= 0)
);
comment on table public.provider_quotas is
  'Calls per day (UTC) and endpoint that a provider allows; an operator may change max_per_day. No row: no limit.';
comment on column public.provider_quotas.used is 'Reserved or made on that day; what was reserved and not made is given back.';

create function private.guard_quota() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- Not a check: an operator may lower a limit below what was used already; from then on nothing more is taken.
  if new.used > new.max_per_day and (new.used > old.used or new.day <> old.day) then
    raise exception 'Expected % to make at most % calls of % a day but found %',
      new.provider_id, new.max_per_day, new.endpoint, new.used using errcode = 'check_violation';
  end if;
  return new;
end
$$;
comment on function private.guard_quota is 'Trigger body: nobody takes more calls than a day has.';

create trigger provider_quotas_are_kept
  before update on public.provider_quotas
  for each row execute function private.guard_quota();

create table public.provider_metrics (
  provider_id text not null,
  outcomes integer not null default 0,
  successes integer not null default 0,
  latency_p50_ms integer,
  latency_p95_ms integer,
  delivery_error_minutes numeric,
  fill_error numeric,
  rating numeric,
  commission_bps numeric,
  computed_at timestamptz not null default clock_timestamp(),
  constraint provider_metrics_pkey primary key (provider_id),
  constraint provider_metrics_has_a_circuit foreign key (provider_id) references public.provider_circuits,
  constraint provider_metrics_successes_are_outcomes check (successes between 0 and outcomes)
);
comment on table public.provider_metrics is 'What was learned of a provider; each row equals private.recount_provider at computed_at.';
comment on column public.provider_metrics.delivery_error_minutes is 'Mean of actual minus promised minutes.';
comment on column public.provider_metrics.fill_error is 'Mean share of ordered items that did not come.';

create table public.provider_credentials (
  provider_id text not null,
  credential text not null,
  expires_on date not null,
  constraint provider_credentials_pkey primary key (provider_id, credential),
  constraint provider_credentials_has_a_circuit foreign key (provider_id) references public.provider_circuits
);
comment on table public.provider_credentials is 'When a credential ends, kept by an operator: its name, never the credential.';

create table private.provider_attempts (
  attempt_id uuid not null,
  provider_id text not null,
  is_probe boolean not null,
  calls jsonb not null,
  day date not null,
  lapses_at timestamptz not null,
  constraint provider_attempts_pkey primary key (attempt_id, provider_id)
);
comment on table private.provider_attempts is
  'What was reserved and is not settled: under way until lapses_at, a crash''s leftover after it.';
comment on column private.provider_attempts.attempt_id is 'The route that quotes, or the order that is confirmed.';
create index provider_attempts_under_way on private.provider_attempts (provider_id, lapses_at);

create table private.price_observations (
  item_key text not null,
  unit_cents numeric not null,
  package_cents bigint not null,
  seen_at timestamptz not null,
  constraint price_observations_are_prices check (
    unit_cents between 0.01 and 1000000 and package_cents between 1 and 1000000
  )
);
comment on table private.price_observations is
  'What providers asked for exactly, per unit and for a package: the newest 200 of an item, for 30 days.';
create index price_observations_item on private.price_observations (item_key, seen_at desc);
create index price_observations_seen_at on private.price_observations using brin (seen_at);

insert into public.provider_circuits (provider_id) values ('KROGER_API'), ('WALMART_API'), ('INSTACART'), ('MEALME');
insert into public.provider_metrics (provider_id) select c.provider_id from public.provider_circuits as c;
insert into public.provider_quotas (provider_id, endpoint, max_per_day) values
  ('KROGER_API', 'products', 10000),
  ('KROGER_API', 'locations', 1600),
  ('KROGER_API', 'cart', 5000),
  ('WALMART_API', 'search', 5000);
insert into private.rate_limits (operation, max_requests, period_seconds) values
  ('route_order', 60, 60),
  ('route_order_guest', 30, 60),
  ('health_check', 60, 60),
  ('confirm_order', 30, 60),
  ('cancel_route', 60, 60),
  ('record_outcome', 60, 60);
