-- Purpose: the three schemas and their first rule: nothing is open unless a later migration opens it by name.
-- Objects: schemas api, private; default privileges; extension pg_cron and pg_net where the platform offers them.
-- Locks and cost: none worth naming.
-- Undo: drop schema api cascade; drop schema private cascade; and, where the project wants it, grant execute on functions
--   to public by default again (alter default privileges grant execute on functions to public).

create schema if not exists api;
comment on schema api is 'The operations: one function per thing a caller can do. Exposed by the Data API.';

create schema if not exists private;
comment on schema private is 'Helpers, secrets, counters, queues and job bodies. Never exposed by the Data API.';

revoke all on schema api from public;
revoke all on schema private from public;
grant usage on schema api to anon, authenticated, service_role;

-- Postgres grants execute on every new function to PUBLIC; here a function is callable only once it is granted.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;

-- A local stack without the real pg_cron or pg_net brings stand-ins under the same names before the migrations run.
do $$
begin
  if to_regnamespace('cron') is null then
    create extension if not exists pg_cron;
  end if;
  if to_regnamespace('net') is null then
    create extension if not exists pg_net with schema extensions;
  end if;
end
$$;
