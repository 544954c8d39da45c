-- Purpose: what every writing operation does before and after its judgement: idempotency and rate limits.
-- Objects: private.idempotency_keys, private.rate_limits, private.rate_limit_buckets, private.admit, private.conclude.
-- Locks and cost: one bucket row per (caller, operation) is locked until commit; an advisory lock per Idempotency-Key.
-- Undo: drop the tables and functions.

create table private.idempotency_keys (
  principal text not null,
  operation text not null,
  key text not null,
  request_hash bytea not null,
  status integer not null,
  response jsonb not null,
  created_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (principal, operation, key)
);
comment on table private.idempotency_keys is 'The stored answers of writes that carried an Idempotency-Key; kept 24 hours.';
create index idempotency_keys_created_at on private.idempotency_keys (created_at);

create table private.rate_limits (
  operation text not null,
  max_requests integer not null,
  period_seconds integer not null,
  constraint rate_limits_pkey primary key (operation),
  constraint rate_limits_max_requests_is_positive check (max_requests > 0),
  constraint rate_limits_period_is_positive check (period_seconds > 0)
);
comment on table private.rate_limits is
  'Requests per period and caller; an operator may change a row at run time. An operation without a row is unlimited.';

-- Unlogged: after a crash every bucket is full again, which harms nobody and saves the log.
create unlogged table private.rate_limit_buckets (
  principal text not null,
  operation text not null,
  tokens double precision not null,
  granted boolean not null,
  updated_at timestamptz not null,
  constraint rate_limit_buckets_pkey primary key (principal, operation)
) with (fillfactor = 50);
comment on table private.rate_limit_buckets is 'Token buckets; granted says whether the last request got its token.';

create function private.consume_rate_limit(principal text, operation text) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  rule private.rate_limits;
  bucket private.rate_limit_buckets;
  per_second double precision;
  wait integer;
begin
  select * into rule from private.rate_limits as l where l.operation = consume_rate_limit.operation;
  if not found then
    return null;
  end if;
  per_second := rule.max_requests::double precision / rule.period_seconds;

  insert into private.rate_limit_buckets as b (principal, operation, tokens, granted, updated_at)
  values (consume_rate_limit.principal, consume_rate_limit.operation, rule.max_requests - 1, true, clock_timestamp())
  on conflict on constraint rate_limit_buckets_pkey do update
  set (tokens, granted, updated_at) = (
    -- The clock is read after the row lock is held; two racing requests never spend one token.
    select case when refill.level >= 1 then refill.level - 1 else refill.level end, refill.level >= 1, refill.moment
    from (
      select
        least(
          rule.max_requests,
          b.tokens + per_second * greatest(0, extract(epoch from now.moment - b.updated_at))
        ) as level,
        greatest(now.moment, b.updated_at) as moment
      from (select clock_timestamp() as moment) as now
    ) as refill
  )
  returning b.* into bucket;

  if bucket.granted then
    return null;
  end if;
  wait := greatest(1, ceil((1 - bucket.tokens) / per_second));
  return private.refuse(
    429, 'rate_limited',
    format('At most %s requests per %s seconds; try again in %s seconds', rule.max_requests, rule.period_seconds, wait),
    jsonb_build_object('limit', rule.max_requests, 'periodSeconds', rule.period_seconds, 'retryAfterSeconds', wait),
    jsonb_build_array(
      jsonb_build_object('Retry-After', wait::text),
      jsonb_build_object('RateLimit-Limit', rule.max_requests::text),
      jsonb_build_object('RateLimit-Remaining', '0'),
      jsonb_build_object('RateLimit-Reset', wait::text)
    )
  );
end
$$;
comment on function private.consume_rate_limit is
  'Spends one token of the caller''s bucket; null where granted, the refusal where there is none.';

create function private.request_hash(request jsonb) returns bytea
language sql immutable parallel safe
set search_path = ''
as $$
  select sha256(convert_to(coalesce(request, 'null')::text, 'UTF8'))
$$;
comment on function private.request_hash is 'Tells whether two requests are the same; jsonb has one text for one value.';

create function private.replay(who private.caller, operation text, request jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  given_key constant text := private.request_header('idempotency-key');
  stored private.idempotency_keys;
begin
  if given_key is null then
    return null;
  end if;
  if given_key !~ '^[\x20-\x7e]{1,255}$' then
    return private.refuse_shape(
      private.issue('Idempotency-Key', 'Expected 1 to 255 printable ASCII characters')
    );
  end if;
  -- Lock order: the aggregate's row first (the caller holds it), then the key, then the agent and its token, then the
  -- bucket, then the agent's usage. Everybody takes them in this order, so no two requests can wait in a ring.
  perform pg_advisory_xact_lock(hashtextextended(who.id || chr(31) || operation || chr(31) || given_key, 0));
  select * into stored
  from private.idempotency_keys as k
  where k.principal = who.id and k.operation = replay.operation and k.key = given_key
    and k.created_at > clock_timestamp() - interval '24 hours';
  if not found then
    return null;
  end if;
  if stored.request_hash <> private.request_hash(request) then
    return private.refuse(
      422, 'idempotency_key_reused', 'This Idempotency-Key was used before with another request'
    );
  end if;
  return private.respond(stored.status, stored.response, '[{"Idempotency-Replayed": "true"}]');
end
$$;
comment on function private.replay is
  'The stored answer of a request seen before, a refusal where its key was used for another, null where it is new.';

create function private.touch_agent(who private.caller) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- Once a minute at most: a busy agent must not write its own row with every task.
  update public.agents as a set last_seen_at = clock_timestamp()
  where a.id = who.agent_id
    and (a.last_seen_at is null or a.last_seen_at < clock_timestamp() - interval '1 minute');
  update private.agent_tokens as t set last_used_at = clock_timestamp()
  where t.id = who.token_id
    and (t.last_used_at is null or t.last_used_at < clock_timestamp() - interval '1 minute');
end
$$;
comment on function private.touch_agent is 'Notes that an agent was here, to within a minute.';

create function private.admit(who private.caller, operation text, request jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  answer jsonb;
begin
  perform set_config('response.status', '200', true);
  if not private.is_bounded(request, 16 * 1024 * 1024) then
    return private.refuse_shape(private.unbounded_issue());
  end if;
  answer := private.replay(who, operation, request);
  if answer is not null then
    return answer;
  end if;
  if who.kind = 'agent' then
    perform private.touch_agent(who);
  end if;
  return private.consume_rate_limit(who.id, operation);
end
$$;
comment on function private.admit is
  'Every writing operation calls it once it holds its aggregate''s lock and before it judges: an answer that is not '
  'null is final (a replay, or too many requests).';

create function private.conclude(who private.caller, operation text, request jsonb, answer jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  given_key constant text := private.request_header('idempotency-key');
begin
  -- 429 is not stored: the same request is welcome later.
  if given_key is null or current_setting('response.status', true) = '429' then
    return answer;
  end if;
  insert into private.idempotency_keys as k (principal, operation, key, request_hash, status, response, created_at)
  values (
    who.id, conclude.operation, given_key, private.request_hash(request),
    current_setting('response.status', true)::integer, answer, clock_timestamp()
  )
  -- Only a key older than 24 hours can be here: the advisory lock kept everybody else out.
  on conflict on constraint idempotency_keys_pkey do update
  set request_hash = excluded.request_hash,
      status = excluded.status,
      response = excluded.response,
      created_at = excluded.created_at;
  return answer;
end
$$;
comment on function private.conclude is 'Stores a final answer under its Idempotency-Key and hands it back.';

insert into private.rate_limits (operation, max_requests, period_seconds) values
  ('create_task', 100, 3600),
  ('submit_task', 300, 3600),
  ('approve_tasks', 120, 60),
  ('assign_task', 120, 60),
  ('complete_task', 60, 60),
  ('cancel_task', 120, 60),
  ('set_role', 60, 60),
  ('update_agent', 60, 60);
