-- Purpose: what the platform's Realtime keeps in a project's database, for the local stack only.
--   Hosted projects bring schema realtime with them; no migration may create anything in it.
-- Objects: schema realtime (messages, topic, send, send_binary, broadcast_changes), the publications
--   supabase_realtime and supabase_realtime_messages_publication.
-- Needs: a superuser, and the roles postgres, anon, authenticated, service_role, supabase_realtime_admin.
-- Running it again changes nothing.

create schema if not exists realtime;
revoke all on schema realtime from public;
grant usage on schema realtime to postgres with grant option;
grant usage on schema realtime to anon, authenticated, service_role, supabase_realtime_admin;

create table if not exists realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);

create table if not exists realtime.messages_default partition of realtime.messages default;

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages_default owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
alter table realtime.messages_default enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant all on realtime.messages to postgres;

-- Hosted lets postgres write policies on realtime.messages through supautils; membership in the
-- owner is the nearest thing without that extension. The schema itself belongs to somebody else, so
-- postgres still cannot create in it.
grant supabase_realtime_admin to postgres;

create or replace function realtime.topic() returns text
language sql stable set search_path = ''
as $$ select nullif(pg_catalog.current_setting('realtime.topic', true), '')::text $$;

create or replace function realtime.send(
  payload jsonb, event text, topic text, private boolean default true
) returns void
language plpgsql set search_path = ''
as $$
declare
  message_id uuid := gen_random_uuid();
  identified jsonb := payload;
begin
  if not send.payload ? 'id' then
    identified := jsonb_set(send.payload, '{id}', to_jsonb(message_id));
  end if;
  -- policies read the topic from this setting
  perform set_config('realtime.topic', send.topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (message_id, identified, send.event, send.topic, send.private, 'broadcast');
exception when others then
  -- a wake-up that cannot be queued must not undo the change it announces
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.send_binary(
  payload bytea, event text, topic text, private boolean default true
) returns void
language plpgsql set search_path = ''
as $$
begin
  perform set_config('realtime.topic', send_binary.topic, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension)
  values (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
) returns void
language plpgsql set search_path = ''
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name,
    topic_name
  );
exception when others then
  raise exception 'ERROR: failed to process the row, error: %', sqlerrm;
end
$$;

do $$
begin
  -- the project adds its tables to this one in its migrations, as postgres
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    execute format('grant create on database %I to postgres', current_database());
    alter publication supabase_realtime owner to postgres;
  end if;
  if not exists (
    select from pg_catalog.pg_publication where pubname = 'supabase_realtime_messages_publication'
  ) then
    create publication supabase_realtime_messages_publication
      for table realtime.messages with (publish = 'insert', publish_via_partition_root = true);
  end if;
end
$$;
