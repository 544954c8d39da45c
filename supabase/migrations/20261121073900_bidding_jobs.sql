-- Purpose: what happens to sessions without anybody asking.
-- Objects: private.activate_due_sessions, private.close_due_sessions, private.send_expiration_warnings,
--   private.archive_sessions, private.session_cleanup, private.drain_job, private.answer_run; the job operations; their
--   schedules.
-- Locks and cost: sessions one by one, skip locked: whoever holds one judges its time himself.
-- Undo: select private.disable_schedules(); drop the functions.

create function private.bring_to_now(session_id uuid) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  session public.bidding_sessions;
begin
  select * into session from public.bidding_sessions as s where s.session_id = bring_to_now.session_id;
  session := private.at_moment(session, clock_timestamp());
  return true;
exception when others then
  -- One session that cannot be closed must not keep the others open; it is found again by the next run, and its admins
  -- are told once a day.
  perform private.notify_admins(
    'session_stuck', jsonb_build_object('sessionId', bring_to_now.session_id, 'error', sqlerrm),
    format('session_stuck:%s:%s', bring_to_now.session_id, (clock_timestamp() at time zone 'UTC')::date)
  );
  return false;
end
$$;
comment on function private.bring_to_now is 'private.at_moment for one session whose row is locked; false where that failed.';

create function private.bring_all_to_now(session_ids uuid[]) returns jsonb
language sql volatile
set search_path = ''
as $$
  select jsonb_build_object(
    'processed', count(*) filter (where b.done), 'failed', count(*) filter (where not b.done)
  )
  from (select private.bring_to_now(id) as done from unnest(session_ids) as id) as b
$$;
comment on function private.bring_all_to_now is 'How many sessions were brought up to now.';

create function private.activate_due_sessions(max_sessions integer default 500) returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  moment constant timestamptz := clock_timestamp(); -- a volatile function would be no index condition
begin
  -- Lock: the sessions, as many as nobody holds; who holds one opens it himself.
  return private.bring_all_to_now(array(
    select s.session_id from public.bidding_sessions as s
    where s.status = 'pending' and s.starts_at <= moment
    order by s.starts_at
    limit max_sessions
    for no key update skip locked
  ));
end
$$;
comment on function private.activate_due_sessions is 'Opens sessions whose start has come.';

create function private.close_due_sessions(max_sessions integer default 500) returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  -- Lock: the sessions, as many as nobody holds; who holds one closes it himself.
  return private.bring_all_to_now(array(
    select s.session_id from public.bidding_sessions as s
    where s.status = 'active' and s.expires_at <= moment
    order by s.expires_at
    limit max_sessions
    for no key update skip locked
  ));
end
$$;
comment on function private.close_due_sessions is 'Closes sessions whose deadline has passed, each once.';

create function private.session_cleanup() returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  opened constant jsonb := private.activate_due_sessions();
  closed constant jsonb := private.close_due_sessions();
begin
  return jsonb_build_object(
    'processed', (opened ->> 'processed')::bigint + (closed ->> 'processed')::bigint,
    'opened', opened -> 'processed', 'closed', closed -> 'processed',
    'failed', (opened ->> 'failed')::bigint + (closed ->> 'failed')::bigint
  );
end
$$;
comment on function private.session_cleanup is 'A job: opens and closes what is due, at most 500 of each in one run.';

create table private.session_warnings (
  session_id uuid not null,
  warned_at timestamptz not null default clock_timestamp(),
  constraint session_warnings_pkey primary key (session_id)
);
comment on table private.session_warnings is 'Sessions whose participants were told that they end soon.';

create function private.send_expiration_warnings() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  -- A bid waits for the session that is told of: a run is short, and the next one goes on.
  most_told constant integer := 500;
  moment constant timestamptz := clock_timestamp();
  session public.bidding_sessions;
  warned bigint := 0;
  told bigint := 0;
begin
  for session in
    -- Lock: the session's row, so that the time it is told of is the one that stands.
    select * from public.bidding_sessions as s
    where s.status = 'active' and s.expires_at > moment
      and s.expires_at <= moment + interval '15 minutes'
      and not exists (select from private.session_warnings as w where w.session_id = s.session_id)
    order by s.expires_at
    limit 50
    for no key update skip locked
  loop
    insert into private.session_warnings (session_id) values (session.session_id) on conflict do nothing;
    told := told + private.notify_everybody(session, 'session_ending_soon', 0, jsonb_build_object(
      'expiresAt', session.expires_at,
      'secondsLeft', greatest(0, floor(extract(epoch from session.expires_at - clock_timestamp())))
    ));
    warned := warned + 1;
    exit when told >= most_told;
  end loop;
  return jsonb_build_object('processed', warned, 'told', told);
end
$$;
comment on function private.send_expiration_warnings is
  'A job: tells participants once, 15 minutes before the end, how much time is left; some 500 people in one run.';

-- The archive ------------------------------------------------------------------------------------------------------
-- Each part removes its rows and hands them over by session. Whatever somebody else holds is left for the next run.
create function private.sessions_to_archive() returns uuid[]
language plpgsql volatile
set search_path = ''
as $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
begin
  return array(
    select s.session_id
    from public.bidding_sessions as s
    where s.ended_at < long_ago
    order by s.ended_at
    limit 200
    for update skip locked
  );
end
$$;
comment on function private.sessions_to_archive is 'Sessions that ended long ago, locked: those that ended first, 200 at most.';

create function private.take_ledgers(session_ids uuid[])
returns table (session_id uuid, bids jsonb, details jsonb, events jsonb)
language sql volatile
set search_path = ''
as $$
  with bids as (
    delete from public.bids as b where b.session_id = any (session_ids) returning b.*
  ),
  details as (
    delete from public.bid_details as d where d.session_id = any (session_ids) returning d.*
  ),
  events as (
    delete from private.session_events as e where e.session_id = any (session_ids) returning e.*
  )
  select id, coalesce(b.rows, '[]'), coalesce(d.rows, '[]'), coalesce(e.rows, '[]')
  from unnest(session_ids) as id
  left join (
    select b.session_id, jsonb_agg(to_jsonb(b) order by b.seq) as rows from bids as b group by b.session_id
  ) as b on b.session_id = id
  left join (
    select d.session_id, jsonb_agg(to_jsonb(d) order by d.seq) as rows from details as d group by d.session_id
  ) as d on d.session_id = id
  left join (
    select e.session_id, jsonb_agg(to_jsonb(e) order by e.seq) as rows from events as e group by e.session_id
  ) as e on e.session_id = id
$$;
comment on function private.take_ledgers is 'Removes the ledgers of sessions, and hands them over.';

create function private.take_people(session_ids uuid[])
returns table (session_id uuid, participants jsonb, auto_bids jsonb)
language sql volatile
set search_path = ''
as $$
  with participants as (
    delete from public.bidding_participants as p where p.session_id = any (session_ids) returning p.*
  ),
  auto_bids as (
    delete from public.bidding_auto_bids as a where a.session_id = any (session_ids) returning a.*
  )
  select id, p.rows, a.rows
  from unnest(session_ids) as id
  left join (
    select p.session_id, jsonb_agg(to_jsonb(p) order by p.user_id) as rows from participants as p group by p.session_id
  ) as p on p.session_id = id
  left join (
    select a.session_id, jsonb_agg(to_jsonb(a) order by a.user_id) as rows from auto_bids as a group by a.session_id
  ) as a on a.session_id = id
$$;
comment on function private.take_people is 'Removes who took part in sessions, ceilings and rounds included, and hands them over.';

create function private.take_notifications(session_ids uuid[]) returns table (session_id uuid, notifications jsonb)
language sql volatile
set search_path = ''
as $$
  with told as (
    -- By the inboxes of those who took part: notifications have no index of their sessions.
    delete from public.bidding_notifications as n using private.session_members as m
    where m.session_id = any (session_ids) and n.user_id = m.user_id and n.session_id = m.session_id
    returning n.*
  )
  select id, coalesce(n.rows, '[]')
  from unnest(session_ids) as id
  left join (
    select n.session_id, jsonb_agg(to_jsonb(n) order by n.created_at) as rows from told as n group by n.session_id
  ) as n on n.session_id = id
$$;
comment on function private.take_notifications is 'Removes what was told about sessions, and hands it over.';

create function private.archive_sessions() returns jsonb
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
declare
  due constant uuid[] := private.sessions_to_archive();
begin
  perform set_config('tradepost.archiving', 'sessions', true);
  -- What is handed over is what was removed: nothing that somebody writes meanwhile falls between the two.
  insert into private.archived_sessions (session_id, ended_at, document)
  select s.session_id, s.ended_at, jsonb_build_object(
    'session', to_jsonb(s), 'participants', p.participants, 'autoBids', p.auto_bids, 'bids', l.bids,
    'details', l.details, 'events', l.events, 'result', to_jsonb(r), 'notifications', n.notifications
  )
  from public.bidding_sessions as s
  join private.take_ledgers(due) as l on l.session_id = s.session_id
  join private.take_people(due) as p on p.session_id = s.session_id
  join private.take_notifications(due) as n on n.session_id = s.session_id
  left join public.bidding_results as r on r.session_id = s.session_id
  where s.session_id = any (due);
  delete from private.session_warnings as w where w.session_id = any (due);
  delete from public.bidding_sessions as s where s.session_id = any (due);
  perform set_config('tradepost.archiving', '', true);
  return jsonb_build_object('processed', cardinality(due));
end
$$;
comment on function private.archive_sessions is
  'A job: moves sessions that ended more than 30 days ago to private.archived_sessions, whole, in one transaction. The '
  'result stays where it is as well: a refund may come later.';

-- Run after run, each in its own transaction: a bidder who comes too late waits for one run at most.
create procedure private.drain_job(job text, most_runs integer default 100)
language plpgsql
as $$
declare
  run jsonb;
begin
  for turn in 1..most_runs loop
    run := private.run_job(job);
    commit;
    exit when (run ->> 'processed')::bigint = 0;
  end loop;
end
$$;
comment on procedure private.drain_job is 'Runs a job until it finds nothing more to do, and commits after every run.';

-- The job functions ------------------------------------------------------------------------------------------------
create function private.answer_run(run jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  if (run ->> 'success')::boolean then
    return run;
  end if;
  -- Returned, not raised: the record of the run is kept. Why it failed stands there, and not in the answer.
  return private.refuse(503, 'job_failed', format('The job %s failed; private.job_runs says why', run ->> 'job'), run);
end
$$;
comment on function private.answer_run is 'What a scheduler is answered: the run of a job, or the refusal that a failed one is.';

create function api.session_cleanup() returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('session_cleanup'));
end
$$;
comment on function api.session_cleanup is 'Opens and closes the sessions that are due; for the scheduler. Code: job_failed.';

create function api.expiration_warnings() returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('send_expiration_warnings'));
end
$$;
comment on function api.expiration_warnings is 'Tells participants that their session ends soon, once; for the scheduler. Code: job_failed.';

create function api.archive_sessions() returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('archive_sessions'));
end
$$;
comment on function api.archive_sessions is 'Moves sessions that ended long ago to the archive; for the scheduler. Code: job_failed.';
grant execute on function api.session_cleanup, api.expiration_warnings, api.archive_sessions to service_role;

insert into private.schedules (name, schedule, command) values
  ('close-due-sessions', '* * * * *', $$call private.drain_job('session_cleanup')$$),
  ('cleanup-expired-bidding-sessions', '*/5 * * * *', $$select private.invoke_function('session-cleanup')$$),
  ('send-expiration-warnings', '* * * * *', $$select private.invoke_function('expiration-warnings')$$),
  ('archive-old-sessions', '0 2 * * *', $$select private.invoke_function('archive-sessions')$$);

select private.enable_schedules();
