-- The parts of schema auth that the hosted platform has around its tables: owner, grants, and the functions
-- that tell policies who is calling. Runs after the tables were created, by the superuser, any number of times.

alter schema auth owner to supabase_auth_admin;

do $$
declare
  relation regclass;
begin
  for relation in
    select class.oid::regclass
    from pg_catalog.pg_class as class
    where class.relnamespace = 'auth'::regnamespace and class.relkind = 'r'
  loop
    execute format('alter table %s owner to supabase_auth_admin', relation);
  end loop;
end
$$;

revoke all on schema auth from public;
grant usage on schema auth to anon, authenticated, service_role, postgres;

-- migrations reference users, put triggers on them and read them; callers of the Data API never do
revoke all on all tables in schema auth from public, anon, authenticated, service_role;
grant select, insert, update, delete, truncate, references, trigger on all tables in schema auth to postgres;

-- The claims of the caller: all of them, or what older callers set one by one.
create or replace function auth.jwt() returns jsonb
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

create or replace function auth.uid() returns uuid
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;

create or replace function auth.role() returns text
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  )::text
$$;

create or replace function auth.email() returns text
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
  )::text
$$;

alter function auth.jwt() owner to supabase_auth_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;
grant execute on function auth.jwt(), auth.uid(), auth.role(), auth.email() to public;
