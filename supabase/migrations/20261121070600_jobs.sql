-- Purpose: work that is due: the outbox of deliveries, the record of job runs, and the schedules of pg_cron.
-- Objects: private.outbox, private.enqueue, private.job_runs, private.run_job, private.schedules,
--   private.enable_schedules, private.disable_schedules, private.invoke_function, private.notify_admins.
-- Locks and cost: an advisory lock per running job.
-- Undo: select private.disable_schedules(); drop the objects.

-- Deliveries -------------------------------------------------------------------------------------------------------
create table private.outbox (
  id bigint generated always as identity,
  recipient uuid,
  event text not null,
  payload jsonb not null,
  dedupe_key text not null,
  status text not null default 'pending',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  constraint outbox_pkey primary key (id),
  constraint outbox_says_a_thing_once unique (dedupe_key),
  constraint outbox_status_is_known check (status in ('pending', 'delivered', 'dead'))
);
comment on table private.outbox is
  'Deliveries to the outside, written in the transaction of the change they tell of. dedupe_key says each thing once.';
comment on column private.outbox.recipient is 'The user it is for; null for the operators'' own channels.';
create index outbox_due on private.outbox (next_attempt_at) where status = 'pending';

create function private.enqueue(recipient uuid, event text, payload jsonb, dedupe_key text) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into private.outbox (recipient, event, payload, dedupe_key)
  values (enqueue.recipient, enqueue.event, enqueue.payload, enqueue.dedupe_key)
  on conflict on constraint outbox_says_a_thing_once do nothing;
  return found;
end
$$;
comment on function private.enqueue is 'Puts a delivery into the outbox; false where the same thing was said before.';

create function private.notify_admins(event text, payload jsonb, dedupe_key text) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  admin uuid;
  told integer := 0;
begin
  for admin in select p.id from public.user_profile as p where p.role = 'admin' order by p.id loop
    if private.enqueue(admin, event, payload, dedupe_key || ':' || admin) then
      perform realtime.send(payload, event, 'user:' || admin, true);
      told := told + 1;
    end if;
  end loop;
  return told;
end
$$;
comment on function private.notify_admins is
  'Tells every admin once per dedupe_key: at once on the topic user:<id>, and through the outbox.';

-- Runs -------------------------------------------------------------------------------------------------------------
create table private.job_runs (
  id bigint generated always as identity,
  job text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  status text not null,
  processed bigint not null,
  details jsonb not null,
  error text,
  constraint job_runs_pkey primary key (id),
  constraint job_runs_status_is_known check (status in ('succeeded', 'failed', 'skipped'))
);
comment on table private.job_runs is 'One row per run of a job: when, how much it did, and why it failed.';
create index job_runs_job on private.job_runs (job, started_at desc);

create function private.run_job(job text) returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  started constant timestamptz := clock_timestamp();
  status text := 'succeeded';
  error text;
  details jsonb := jsonb '{}';
  run private.job_runs;
begin
  if to_regprocedure(format('private.%I()', job)) is null then
    raise exception 'Expected the name of a job in schema private but found %', job using errcode = 'undefined_function';
  end if;
  -- The same job twice at once: the second run has nothing to do.
  if not pg_try_advisory_xact_lock(hashtextextended('job:' || job, 0)) then
    status := 'skipped';
  else
    begin
      execute format('select private.%I()', job) into details;
    exception when others then
      status := 'failed';
      error := sqlerrm;
    end;
  end if;
  insert into private.job_runs (job, started_at, finished_at, status, processed, details, error)
  values (
    run_job.job, started, clock_timestamp(), status, coalesce((details ->> 'processed')::bigint, 0),
    coalesce(details, '{}'), error
  )
  returning * into run;
  return jsonb_build_object(
    'success', run.status <> 'failed', 'job', run.job, 'status', run.status, 'processed', run.processed,
    'details', run.details,
    'durationMs', round(extract(epoch from run.finished_at - run.started_at) * 1000)
  );
end
$$;
comment on function private.run_job is
  'Runs private.<job>() once and records the run. A job returns jsonb with processed, and may run twice without harm.';

-- Schedules --------------------------------------------------------------------------------------------------------
create table private.schedules (
  name text not null,
  schedule text not null,
  command text not null,
  constraint schedules_pkey primary key (name)
);
comment on table private.schedules is 'What pg_cron runs, in cron''s five fields and UTC; enabled as a whole.';

create function private.enable_schedules() returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  entry private.schedules;
  enabled integer := 0;
begin
  for entry in select * from private.schedules as s order by s.name loop
    perform cron.schedule(entry.name, entry.schedule, entry.command);
    enabled := enabled + 1;
  end loop;
  return enabled;
end
$$;
comment on function private.enable_schedules is 'Sets every schedule in pg_cron; repeating it changes nothing.';

create function private.disable_schedules() returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  name text;
  disabled integer := 0;
begin
  for name in
    select j.jobname from cron.job as j join private.schedules as s on s.name = j.jobname order by j.jobname
  loop
    perform cron.unschedule(name);
    disabled := disabled + 1;
  end loop;
  return disabled;
end
$$;
comment on function private.disable_schedules is 'Takes every schedule of ours out of pg_cron.';

create function private.invoke_function(slug text, body jsonb default '{}') returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
  project_url text;
  cron_key text;
begin
  select s.decrypted_secret into project_url from vault.decrypted_secrets as s where s.name = 'project_url';
  select s.decrypted_secret into cron_key from vault.decrypted_secrets as s where s.name = 'cron_secret_key';
  if project_url is null or cron_key is null then
    raise exception 'Expected project_url and cron_secret_key in Vault but found % of them',
      num_nonnulls(project_url, cron_key) using errcode = 'no_data_found';
  end if;
  return net.http_post(
    url := project_url || '/functions/v1/' || slug,
    body := invoke_function.body,
    headers := jsonb_build_object('Content-Type', 'application/json', 'apikey', cron_key),
    timeout_milliseconds := 30000
  );
end
$$;
comment on function private.invoke_function is
  'Calls a job function over HTTP with the cron key from Vault. A doorbell: what is due stands in tables.';
