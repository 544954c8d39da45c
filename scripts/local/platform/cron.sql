-- Purpose: stand-in for pg_cron, for the local stack only; the scheduler that reads it is a part of the stack.
-- Objects: cron.job, cron.job_run_details, cron.schedule, cron.unschedule, cron.alter_job.
-- Needs: the superuser. A role sees its own jobs only, and changes them only by these functions, as with pg_cron.

create schema cron;
revoke all on schema cron from public;
grant usage on schema cron to postgres with grant option;

create sequence cron.jobid_seq;
create table cron.job (
  jobid bigint not null default nextval('cron.jobid_seq') primary key,
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
grant select on cron.job to public;
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create sequence cron.runid_seq;
create table cron.job_run_details (
  jobid bigint,
  runid bigint not null default nextval('cron.runid_seq') primary key,
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
grant select, delete on cron.job_run_details to public;
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

-- Tells the scheduler; a rolled back change tells nothing.
create function cron.job_cache_invalidate() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_notify('tradepost_cron', '');
  return null;
end
$$;
create trigger cron_job_cache_invalidate
after insert or update or delete or truncate on cron.job
for statement execute function cron.job_cache_invalidate();

-- One of the five fields: a star, a number, a name or a range, each with an optional step, in a comma list.
create function cron.is_field(field text, lowest integer, highest integer, names text[]) returns boolean
language plpgsql immutable
set search_path = ''
as $$
declare
  part text;
  parts text[];
  bound text;
  bounds integer[];
begin
  foreach part in array string_to_array(lower(field), ',') loop
    parts := regexp_match(part, '^(?:\*|([0-9]+|[a-z]{3})(?:-([0-9]+|[a-z]{3}))?)(?:/([0-9]+))?$');
    if parts is null or parts[3] = '0' then
      return false;
    end if;
    bounds := '{}';
    foreach bound in array array_remove(parts[1:2], null) loop
      bounds := bounds || case when bound ~ '^[0-9]{1,4}$' then bound::integer
        else array_position(names, bound) + lowest - 1 end;
    end loop;
    if array_position(bounds, null) is not null or not lowest <= all (bounds) or not highest >= all (bounds)
      or bounds[2] < bounds[1] then
      return false;
    end if;
  end loop;
  return true;
end
$$;

create function cron.check_schedule(schedule text) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
  fields text[] := regexp_split_to_array(btrim(schedule), '\s+');
begin
  if schedule ~* '^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$'
    or lower(btrim(schedule)) in ('@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually') then
    return;
  end if;
  if cardinality(fields) = 5
    and cron.is_field(fields[1], 0, 59, '{}')
    and cron.is_field(fields[2], 0, 23, '{}')
    and (fields[3] = '$' or cron.is_field(fields[3], 1, 31, '{}'))
    and cron.is_field(fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
    and cron.is_field(fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat}') then
    return;
  end if;
  raise exception 'invalid schedule: %', schedule
    using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
end
$$;

-- The functions below run as their owner, who alone may write: this is the role on whose behalf they do.
create function cron.job_owner() returns text
language sql stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('role'), 'none'), session_user::text) $$;

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  id bigint;
begin
  perform cron.check_schedule(schedule.schedule);
  if schedule.job_name is null then
    raise exception 'job_name can not be NULL';
  end if;
  -- An active job stays active and a deactivated one stays so, as with pg_cron.
  insert into cron.job as j (jobname, schedule, command, username)
  values (schedule.job_name, schedule.schedule, schedule.command, cron.job_owner())
  on conflict on constraint jobname_username_uniq do update
  set schedule = excluded.schedule, command = excluded.command, database = excluded.database
  returning j.jobid into id;
  return id;
end
$$;

create function cron.schedule(schedule text, command text) returns bigint
language plpgsql volatile strict security definer
set search_path = ''
as $$
declare
  id bigint;
begin
  perform cron.check_schedule(schedule.schedule);
  insert into cron.job as j (schedule, command, username)
  values (schedule.schedule, schedule.command, cron.job_owner())
  returning j.jobid into id;
  return id;
end
$$;

create function cron.unschedule(job_id bigint) returns boolean
language plpgsql volatile strict security definer
set search_path = ''
as $$
begin
  delete from cron.job as j where j.jobid = unschedule.job_id and j.username = cron.job_owner();
  if not found then
    raise exception 'could not find valid entry for job %', unschedule.job_id;
  end if;
  return true;
end
$$;

create function cron.unschedule(job_name text) returns boolean
language plpgsql volatile strict security definer
set search_path = ''
as $$
begin
  delete from cron.job as j where j.jobname = unschedule.job_name and j.username = cron.job_owner();
  if not found then
    raise exception 'could not find valid entry for job ''%''', unschedule.job_name;
  end if;
  return true;
end
$$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if alter_job.schedule is not null then
    perform cron.check_schedule(alter_job.schedule);
  end if;
  if alter_job.username is not null and not (
    select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = cron.job_owner()
  ) then
    raise exception 'must be superuser to alter username' using errcode = 'insufficient_privilege';
  end if;
  update cron.job as j
  set schedule = coalesce(alter_job.schedule, j.schedule),
    command = coalesce(alter_job.command, j.command),
    database = coalesce(alter_job.database, j.database),
    username = coalesce(alter_job.username, j.username),
    active = coalesce(alter_job.active, j.active)
  where j.jobid = alter_job.job_id and j.username = cron.job_owner();
  if not found then
    raise exception 'Job % does not exist or you don''t own it', alter_job.job_id;
  end if;
end
$$;

grant execute on all functions in schema cron to postgres with grant option;
grant select on sequence cron.jobid_seq, cron.runid_seq to public;
