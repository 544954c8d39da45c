-- Purpose: what is learned of a provider, and that it equals a recount.
-- Objects: private.recount_provider, private.refresh_provider_metrics, private.refresh_metrics.
-- Locks and cost: one metrics row; reads the last 125 outcomes and quotes of a provider by their indexes.
-- Undo: drop the functions.

create function private.counted_outcomes(provider_id text) returns setof public.order_outcomes
language plpgsql stable
set search_path = ''
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
begin
  return query
  select * from public.order_outcomes as o
  where o.provider_id = counted_outcomes.provider_id and o.recorded_at > long_ago and o.counts
  order by o.recorded_at desc, o.order_id
  limit 125;
end
$$;
comment on function private.counted_outcomes is 'The outcomes learning counts: the last 125 of 30 days, none that its customer cancelled.';

create function private.recount_provider(provider_id text) returns public.provider_metrics
language plpgsql stable
set search_path = ''
as $$
declare
  metrics public.provider_metrics;
begin
  metrics.provider_id := recount_provider.provider_id;
  select
    count(*), count(*) filter (where o.was_successful),
    round(avg(o.actual_minutes - o.promised_minutes), 2),
    round(avg(1 - o.items_delivered::numeric / o.items_ordered), 4),
    round(avg(o.user_rating), 2), round(avg(o.commission_bps), 2)
  into
    metrics.outcomes, metrics.successes, metrics.delivery_error_minutes, metrics.fill_error, metrics.rating,
    metrics.commission_bps
  from private.counted_outcomes(recount_provider.provider_id) as o;
  select
    percentile_disc(0.5) within group (order by q.latency_ms), percentile_disc(0.95) within group (order by q.latency_ms)
  into metrics.latency_p50_ms, metrics.latency_p95_ms
  from (
    select l.latency_ms from public.order_quotes as l
    where l.provider_id = recount_provider.provider_id and l.status = 'ok'
    order by l.quoted_at desc limit 125
  ) as q;
  metrics.computed_at := clock_timestamp();
  return metrics;
end
$$;
comment on function private.recount_provider is 'A provider''s figures, counted anew from outcomes and quotes.';

create function private.refresh_provider_metrics(provider_id text) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  metrics public.provider_metrics;
begin
  -- Lock, then count: whoever counts second counts what the first one wrote.
  perform from public.provider_metrics as m where m.provider_id = refresh_provider_metrics.provider_id for no key update;
  metrics := private.recount_provider(refresh_provider_metrics.provider_id);
  update public.provider_metrics as m
  set outcomes = metrics.outcomes, successes = metrics.successes, latency_p50_ms = metrics.latency_p50_ms,
      latency_p95_ms = metrics.latency_p95_ms, delivery_error_minutes = metrics.delivery_error_minutes,
      fill_error = metrics.fill_error, rating = metrics.rating, commission_bps = metrics.commission_bps,
      computed_at = metrics.computed_at
  where m.provider_id = metrics.provider_id;
end
$$;
comment on function private.refresh_provider_metrics is 'Brings a provider''s figures up to date.';

create function private.refresh_metrics() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  provider text;
begin
  for provider in select m.provider_id from public.provider_metrics as m order by m.provider_id loop
    perform private.refresh_provider_metrics(provider);
  end loop;
  return jsonb_build_object('processed', 0);
end
$$;
comment on function private.refresh_metrics is 'A job: latencies, and outcomes that have grown old, count without a new outcome too.';
