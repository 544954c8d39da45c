-- Purpose: the real pg_cron, where this Postgres has it and this database is the one it looks after.
-- Needs: the superuser.

create extension pg_cron with schema pg_catalog;
grant usage on schema cron to postgres with grant option;
grant execute on all functions in schema cron to postgres with grant option;
grant select, delete on cron.job_run_details to postgres with grant option;
grant select on cron.job to postgres with grant option;
