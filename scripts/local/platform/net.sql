-- Purpose: stand-in for pg_net, for the local stack only; the worker that performs the requests is a part of the stack.
-- Objects: net.http_get, net.http_post, net.http_delete, net.http_request_queue, net._http_response.
-- Needs: the superuser. As with pg_net a request starts after its transaction committed, is tried once, and is
--   lost with a crash: both tables are unlogged.

create schema net;
revoke all on schema net from public;
grant usage on schema net to postgres, service_role;

create domain net.http_method as text check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

create unlogged table net.http_request_queue (
  id bigserial not null,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index on net._http_response (created);

create function net._urlencode_string(string text) returns text
language sql immutable strict
set search_path = ''
as $$
  select coalesce(string_agg(
    case when byte.value between 48 and 57 or byte.value between 65 and 90 or byte.value between 97 and 122
      or byte.value in (45, 46, 95, 126)
      then chr(byte.value) else '%' || upper(lpad(to_hex(byte.value), 2, '0')) end,
    '' order by byte.position), '')
  from (
    select position, get_byte(encoded, position) as value
    from convert_to(string, 'UTF8') as encoded, generate_series(0, octet_length(encoded) - 1) as position
  ) as byte
$$;

create function net._url_with_params(url text, params jsonb) returns text
language sql immutable
set search_path = ''
as $$
  select url || coalesce(
    case when strpos(url, '?') > 0 then '&' else '?' end
    || string_agg(net._urlencode_string(pair.key) || '=' || net._urlencode_string(pair.value), '&'),
    ''
  )
  from jsonb_each_text(coalesce(params, '{}')) as pair
$$;

-- The worker listens; the notice goes out with the commit.
create function net._enqueue(method text, url text, headers jsonb, body bytea, timeout_milliseconds integer)
returns bigint
language sql volatile
set search_path = ''
as $$
  select pg_catalog.pg_notify('tradepost_net', '');
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (method, url, headers, body, timeout_milliseconds)
  returning id
$$;

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
) returns bigint
language sql volatile strict
set search_path = ''
as $$
  select net._enqueue('GET', net._url_with_params(url, params), headers, null, timeout_milliseconds)
$$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000
) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
  content_type text;
begin
  select h.value into content_type
  from jsonb_each_text(coalesce(http_post.headers, '{}')) as h
  where lower(h.key) = 'content-type'
  limit 1;
  if content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  if http_post.body is null then
    raise exception 'body must not be null';
  end if;
  return net._enqueue(
    'POST', net._url_with_params(http_post.url, http_post.params),
    '{"Content-Type": "application/json"}'::jsonb || coalesce(http_post.headers, '{}') - 'content-type',
    convert_to(http_post.body::text, 'UTF8'), http_post.timeout_milliseconds
  );
end
$$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
language sql volatile
set search_path = ''
as $$
  select net._enqueue(
    'DELETE', net._url_with_params(url, params), headers, convert_to(body::text, 'UTF8'), timeout_milliseconds
  )
$$;

revoke execute on all functions in schema net from public;
grant execute on all functions in schema net to postgres, service_role;
grant all on net.http_request_queue, net._http_response to postgres;
grant insert on net.http_request_queue to service_role;
grant select on net.http_request_queue, net._http_response to service_role;
grant usage on sequence net.http_request_queue_id_seq to postgres, service_role;
