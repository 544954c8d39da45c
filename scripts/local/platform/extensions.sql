-- Purpose: schema public as a project finds it, and the extensions that are there from the start.
-- Objects: schema extensions with pgcrypto, pg_trgm and uuid-ossp.
-- Needs: the superuser.

-- New tables and functions get no grant to the roles of the Data API: migrations name what is open.
grant usage on schema public to anon, authenticated, service_role;

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;
grant all on schema extensions to postgres with grant option;

create extension pgcrypto with schema extensions;
create extension pg_trgm with schema extensions;
create extension "uuid-ossp" with schema extensions;
