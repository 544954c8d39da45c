--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: api; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA api;


--
-- Name: SCHEMA api; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA api IS 'The operations: one function per thing a caller can do. Exposed by the Data API.';


--
-- Name: private; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA private;


--
-- Name: SCHEMA private; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA private IS 'Helpers, secrets, counters, queues and job bodies. Never exposed by the Data API.';


--
-- Name: public; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA public;


--
-- Name: SCHEMA public; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA public IS 'standard public schema';


--
-- Name: audit_entry; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.audit_entry AS (
	resource_type text,
	resource_id text,
	seq bigint,
	at timestamp with time zone,
	action text,
	before jsonb,
	after jsonb
);


--
-- Name: TYPE audit_entry; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.audit_entry IS 'What happened; who did it, in which request, and the chain are added when it is written.';


--
-- Name: caller; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.caller AS (
	kind text,
	id text,
	user_id uuid,
	agent_id text,
	token_id uuid,
	is_admin boolean
);


--
-- Name: TYPE caller; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.caller IS 'Who is calling, from what Postgres itself can see.';


--
-- Name: proposal; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.proposal AS (
	index integer,
	item jsonb,
	refusal jsonb,
	task_id uuid,
	is_new boolean,
	number integer
);


--
-- Name: TYPE proposal; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.proposal IS 'One item of a batch of tasks and what becomes of it.';


--
-- Name: verdict; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.verdict AS (
	id uuid,
	"position" integer,
	outcome text,
	code text,
	current_status text,
	current_version bigint
);


--
-- Name: TYPE verdict; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.verdict IS 'What a decision means for one task.';


--
-- Name: approval_queue(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.approval_queue(filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_steward();
  issues constant jsonb := coalesce(
    private.list_issues(approval_queue.filter),
    case when approval_queue.filter - array['limit', 'marketplace'] <> '{}' then
      private.issue('filter', 'Expected nothing but limit and marketplace')
    end
  );
  page_size integer;
  found_ids uuid[];
  total bigint;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  page_size := coalesce((approval_queue.filter ->> 'limit')::integer, 50);
  found_ids := private.queued_task_ids(approval_queue.filter - 'limit', who, page_size, false);
  execute format(
    'select count(*) from public.marketplace_tasks as t where t.status = ''awaiting_approval'' and %s',
    private.task_conditions(approval_queue.filter - 'limit', who)
  )
  into total using approval_queue.filter;
  return (
    select jsonb_build_object(
      'total', total,
      'count', cardinality(found_ids),
      'groups', coalesce(jsonb_agg(
        jsonb_build_object(
          'marketplace', g.marketplace, 'count', g.count, 'oldestSubmittedAt', g.oldest, 'tasks', g.tasks
        ) order by g.oldest
      ), '[]')
    )
    from (
      select t.marketplace, count(*) as count, min(t.submitted_at) as oldest,
        jsonb_agg(private.task_json(t) order by t.submitted_at, t.id) as tasks
      from public.marketplace_tasks as t
      where t.id = any (found_ids)
      group by t.marketplace
    ) as g
  );
end
$$;


--
-- Name: FUNCTION approval_queue(filter jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.approval_queue(filter jsonb) IS 'The oldest tasks awaiting approval, grouped by marketplace {limit, marketplace}. For admins and the service.';


--
-- Name: approve_tasks(uuid[], boolean, text, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.approve_tasks(task_ids uuid[] DEFAULT NULL::uuid[], approved boolean DEFAULT NULL::boolean, reason text DEFAULT NULL::text, options jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET statement_timeout TO '20s'
    AS $$
declare
  who private.caller := private.require_admin();
  request constant jsonb := jsonb_build_object(
    'taskIds', approve_tasks.task_ids, 'approved', approve_tasks.approved, 'reason', approve_tasks.reason,
    'options', approve_tasks.options
  );
  issues constant jsonb := private.decision_issues(
    approve_tasks.task_ids, approve_tasks.approved, approve_tasks.reason, approve_tasks.options
  );
  wanted uuid[] := approve_tasks.task_ids;
  answer jsonb;
begin
  -- Lock: the tasks' rows in id order, so that two batches that share tasks never wait for each other in a ring.
  -- Whoever comes second judges what the first has left: one decision per task, however many race. By filter, each
  -- takes the oldest tasks that nobody else is deciding on, and waits for nobody.
  if issues is not null then
    wanted := null;
  elsif wanted is null then
    wanted := private.queued_task_ids(approve_tasks.options -> 'filter', who, 100, true);
  else
    perform from public.marketplace_tasks as t where t.id = any (wanted) order by t.id for update;
  end if;
  who := private.require_admin(); -- a right lost while waiting is gone
  answer := private.admit(who, 'approve_tasks', request);
  if answer is not null then
    return answer;
  end if;
  if issues is not null then
    return private.conclude(who, 'approve_tasks', request, private.refuse_shape(issues));
  end if;
  return private.conclude(
    who, 'approve_tasks', request,
    private.judge_decision(who, wanted, approve_tasks.approved, approve_tasks.reason, approve_tasks.options)
  );
end
$$;


--
-- Name: FUNCTION approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb) IS 'An admin approves or rejects up to 100 tasks by id, or the oldest 100 that match options.filter. options: filter, atomic, dryRun, expectedVersions. 409 with the same body where nothing was decided.';


--
-- Name: assign_task(uuid, uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.assign_task(task_id uuid, assigned_to uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who private.caller := private.require_admin();
  request constant jsonb := jsonb_build_object('taskId', assign_task.task_id, 'assignedTo', assign_task.assigned_to);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; the state it is in after it is the one that stands.
  select * into task from public.marketplace_tasks as t where t.id = assign_task.task_id for update;
  who := private.require_admin(); -- a right lost while waiting is gone
  answer := private.admit(who, 'assign_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'assign_task', request, case
    when assign_task.assigned_to is null then private.judge_unassignment(task)
    else private.judge_assignment(task, assign_task.assigned_to)
  end);
end
$$;


--
-- Name: FUNCTION assign_task(task_id uuid, assigned_to uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) IS 'An admin gives an approved task to a person, or takes it back with null. Codes: not_found, user_not_found, invalid_transition.';


--
-- Name: cancel_task(uuid, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.cancel_task(task_id uuid, reason text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who private.caller := private.require_caller(array['agent', 'user']);
  request constant jsonb := jsonb_build_object('taskId', cancel_task.task_id, 'reason', cancel_task.reason);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; a decision that came first stands, and this is refused.
  select * into task from public.marketplace_tasks as t where t.id = cancel_task.task_id for update;
  who := private.require_caller(array['agent', 'user']); -- a right lost while waiting is gone
  answer := private.admit(who, 'cancel_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'cancel_task', request, private.judge_cancellation(who, task, cancel_task.reason));
end
$$;


--
-- Name: FUNCTION cancel_task(task_id uuid, reason text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.cancel_task(task_id uuid, reason text) IS 'The agent that created a task, or an admin, withdraws it before it is decided. Codes: not_found, not_allowed, invalid_transition.';


--
-- Name: complete_task(uuid, numeric, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.complete_task(task_id uuid, actual_hours numeric DEFAULT NULL::numeric, notes text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'taskId', complete_task.task_id, 'actualHours', trim_scale(complete_task.actual_hours), 'notes', complete_task.notes
  );
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; assignee and state read after it are those that stand.
  select * into task from public.marketplace_tasks as t where t.id = complete_task.task_id for update;
  who := private.require_caller(array['user']); -- a right lost while waiting is gone
  answer := private.admit(who, 'complete_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'complete_task', request,
    private.judge_completion(who, task, complete_task.actual_hours, complete_task.notes)
  );
end
$$;


--
-- Name: FUNCTION complete_task(task_id uuid, actual_hours numeric, notes text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) IS 'The assignee or an admin reports a task done with its actual hours. Codes: not_found, not_allowed, invalid_transition.';


--
-- Name: create_task(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.create_task(task jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['agent']);
  answer jsonb;
begin
  -- No aggregate yet: the key's lock comes first, then the bucket, then the agent's usage row.
  answer := private.admit(who, 'create_task', create_task.task);
  if answer is not null then
    return answer;
  end if;
  answer := private.propose_task(private.calling_agent(who), create_task.task);
  return private.conclude(who, 'create_task', create_task.task, private.answer_one_task(answer));
end
$$;


--
-- Name: FUNCTION create_task(task jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.create_task(task jsonb) IS 'An agent proposes one task; an externalRef seen before answers with the first. Codes: invalid_request, created_by_mismatch, marketplace_not_allowed, category_not_allowed, quota_exceeded, rate_limited.';


--
-- Name: create_tasks(jsonb, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.create_tasks(tasks jsonb, mode text DEFAULT 'partial'::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET statement_timeout TO '20s'
    AS $_$
declare
  who constant private.caller := private.require_caller(array['agent']);
  request constant jsonb := jsonb_build_object('tasks', create_tasks.tasks, 'mode', create_tasks.mode);
  issues constant jsonb := private.batch_issues(create_tasks.tasks, create_tasks.mode);
  answer jsonb;
begin
  -- One rate token for the batch, the same as for one task. Locks as in create_task.
  answer := private.admit(who, 'create_task', request);
  if answer is not null then
    return answer;
  end if;
  if issues is not null then
    return private.conclude(who, 'create_task', request, private.refuse_shape(issues));
  end if;
  answer := private.propose_tasks(private.calling_agent(who), create_tasks.tasks, create_tasks.mode = 'atomic');
  -- As with one task: what only the quota refused is welcome later, so it is not stored.
  if not jsonb_path_exists(answer, '$[*] ? (@.outcome != "refused")')
    and jsonb_path_exists(answer, '$[*] ? (@.status == 429)')
  then
    return private.answer_batch(answer);
  end if;
  return private.conclude(who, 'create_task', request, private.answer_batch(answer));
end
$_$;


--
-- Name: FUNCTION create_tasks(tasks jsonb, mode text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.create_tasks(tasks jsonb, mode text) IS 'An agent proposes 1 to 1000 tasks; partial makes the good ones, atomic all or none. Each item has its own outcome.';


--
-- Name: list_tasks(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.list_tasks(filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  issues constant jsonb := private.list_issues(list_tasks.filter);
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if list_tasks.filter ? 'since' then
    return private.feed_of_tasks(who, list_tasks.filter);
  end if;
  return private.page_of_tasks(who, list_tasks.filter);
end
$$;


--
-- Name: FUNCTION list_tasks(filter jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.list_tasks(filter jsonb) IS 'Tasks by filter and page {status, marketplace, category, priority, assignedTo, createdBy, tag, q, createdFrom, createdTo, submittedFrom, submittedTo, completedFrom, completedTo, sort, order, limit, offset, cursor}, or what changed since a cursor {since: start|now|<cursor>}. An agent sees its own. Codes: invalid_request, cursor_invalid.';


--
-- Name: orchestrator_status(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.orchestrator_status() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.require_steward();
  return (
    select jsonb_build_object(
      'serverTime', clock_timestamp(),
      'queue', (
        select jsonb_build_object(
          'pending', count(*) filter (where t.status = 'pending'),
          'awaitingApproval', count(*) filter (where t.status = 'awaiting_approval'),
          'inProgress', count(*) filter (where t.status = 'in_progress')
        )
        from public.marketplace_tasks as t
        where t.status in ('pending', 'awaiting_approval', 'in_progress')
      ),
      'agents', jsonb_agg(
        private.agent_json(a) || jsonb_build_object(
          'createdToday', coalesce(u.created, 0),
          'lastTaskAt', latest.created_at,
          'silent', a.active and coalesce(latest.created_at, a.created_at) < clock_timestamp() - interval '24 hours'
        ) order by a.id
      )
    )
    from public.agents as a
    left join private.agent_usage as u
      on u.agent_id = a.id and u.day = (clock_timestamp() at time zone 'UTC')::date
    left join lateral (
      select t.created_at from public.marketplace_tasks as t where t.created_by = a.id order by t.created_at desc limit 1
    ) as latest on true
  );
end
$$;


--
-- Name: FUNCTION orchestrator_status(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.orchestrator_status() IS 'Per agent: last seen, created today, silent for 24 hours or not; and the length of the queues. For admins and the service.';


--
-- Name: set_role(uuid, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.set_role(user_id uuid, role text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_steward();
  request constant jsonb := jsonb_build_object('userId', set_role.user_id, 'role', set_role.role);
  profile public.user_profile;
  answer jsonb;
begin
  -- Lock: both people's rows, in id order. Of two admins who demote each other the second finds, when he has waited,
  -- that he is none any more.
  perform from public.user_profile as p where p.id in (set_role.user_id, who.user_id) order by p.id for no key update;
  select * into profile from public.user_profile as p where p.id = set_role.user_id;
  answer := private.admit(who, 'set_role', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'set_role', request, private.judge_role(who, profile, set_role.role));
end
$$;


--
-- Name: FUNCTION set_role(user_id uuid, role text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.set_role(user_id uuid, role text) IS 'Makes a person an admin or a user. For admins (never for themselves) and the service.';


--
-- Name: submit_task(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.submit_task(task_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['agent']);
  request constant jsonb := jsonb_build_object('taskId', submit_task.task_id);
  task public.marketplace_tasks;
  answer jsonb;
begin
  -- Lock: the task's row; status and owner read after it are those that stand.
  select * into task from public.marketplace_tasks as t where t.id = submit_task.task_id for update;
  answer := private.admit(who, 'submit_task', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'submit_task', request, private.judge_submission(who, task));
end
$$;


--
-- Name: FUNCTION submit_task(task_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.submit_task(task_id uuid) IS 'An agent hands its pending task in for approval. Codes: not_found, invalid_transition.';


--
-- Name: task_stats(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.task_stats(filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET statement_timeout TO '20s'
    AS $$
declare
  issues constant jsonb := private.stats_issues(task_stats.filter);
  zone text;
  day date;
begin
  perform private.require_caller(array['user', 'service']);
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  zone := coalesce(task_stats.filter ->> 'timezone', 'UTC');
  day := coalesce((task_stats.filter ->> 'day')::date, (statement_timestamp() at time zone zone)::date);
  return (
    select jsonb_build_object(
      'day', to_char(day, 'YYYY-MM-DD'),
      'timezone', zone,
      'marketplaces', jsonb_agg(
        jsonb_build_object(
          'marketplace', s.marketplace, 'created', s.created, 'submitted', s.submitted, 'approved', s.approved,
          'rejected', s.rejected, 'inProgress', s.in_progress, 'completed', s.completed,
          'avgCompletionTime', s.avg_completion_time
        ) order by s.marketplace
      ),
      'queue', jsonb_build_object(
        'pending', sum(s.queue_pending), 'awaitingApproval', sum(s.queue_awaiting_approval),
        'inProgress', sum(s.queue_in_progress)
      ),
      'groups', case
        when task_stats.filter ? 'groupBy' then private.task_quality(
          private.period_start(task_stats.filter), private.period_end(task_stats.filter),
          task_stats.filter ->> 'groupBy'
        )
        else '[]'
      end
    )
    from private.daily_figures(day, zone) as s
  );
end
$$;


--
-- Name: FUNCTION task_stats(filter jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.task_stats(filter jsonb) IS 'Figures of a day {day, timezone}, and with groupBy (marketplace|agent) the quality of a period {from, to; default the last 30 days, at most 366}. For people and the service.';


--
-- Name: unassign_task(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.unassign_task(task_id uuid) RETURNS jsonb
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
  select api.assign_task(unassign_task.task_id, null)
$$;


--
-- Name: FUNCTION unassign_task(task_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.unassign_task(task_id uuid) IS 'An admin takes a task back that is in progress; it is approved again.';


--
-- Name: update_agent(text, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.update_agent(agent_id text, changes jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who private.caller := private.require_steward();
  request constant jsonb := jsonb_build_object('agentId', update_agent.agent_id, 'changes', update_agent.changes);
  agent public.agents;
  answer jsonb;
begin
  -- Lock: the agent's row; its categories are only ever written under it.
  select * into agent from public.agents as a where a.id = update_agent.agent_id for no key update;
  who := private.require_steward(); -- a right lost while waiting is gone
  answer := private.admit(who, 'update_agent', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'update_agent', request, private.judge_agent_changes(agent, update_agent.changes)
  );
end
$$;


--
-- Name: FUNCTION update_agent(agent_id text, changes jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.update_agent(agent_id text, changes jsonb) IS 'Changes an agent: {dailyQuota?, categories?, active?, autoSubmit?}. For admins and the service.';


--
-- Name: verify_audit(text, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.verify_audit(resource_type text, resource_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  broken bigint;
begin
  perform private.require_steward();
  if not exists (
    select from public.audit_logs as l
    where l.resource_type = verify_audit.resource_type and l.resource_id = verify_audit.resource_id
  ) and private.audited_version(verify_audit.resource_type, verify_audit.resource_id) is null then
    return private.refuse(404, 'not_found', 'There is no such resource in the audit');
  end if;
  broken := private.first_broken_seq(verify_audit.resource_type, verify_audit.resource_id);
  return jsonb_build_object('ok', broken is null, 'firstBrokenSeq', broken);
end
$$;


--
-- Name: FUNCTION verify_audit(resource_type text, resource_id text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.verify_audit(resource_type text, resource_id text) IS 'Recomputes the hash chain of a resource (task, agent, user) and names the first row that does not hold. For admins and the service.';


--
-- Name: actor(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.actor() RETURNS private.caller
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  noted constant text := nullif(current_setting('tradepost.actor', true), '');
begin
  if noted is null then
    return private.principal();
  end if;
  return jsonb_populate_record(null::private.caller, noted::jsonb);
end
$$;


--
-- Name: FUNCTION actor(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.actor() IS 'Whom the audit names: the caller of the operation under way, or of the session itself.';


--
-- Name: admit(private.caller, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.admit(who private.caller, operation text, request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION admit(who private.caller, operation text, request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.admit(who private.caller, operation text, request jsonb) IS 'Every writing operation calls it once it holds its aggregate''s lock and before it judges: an answer that is not null is final (a replay, or too many requests).';


--
-- Name: agent_caller(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.agent_caller(token text) RETURNS private.caller
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  known record;
begin
  select t.id, t.agent_id, t.expires_at, t.revoked_at, a.active
  into known
  from private.agent_tokens as t
  join public.agents as a on a.id = t.agent_id
  where t.token_hash = sha256(convert_to(agent_caller.token, 'UTF8'));

  if known.id is null or known.revoked_at <= clock_timestamp() then
    perform private.raise_refusal(401, 'credentials_invalid', 'The agent token is not valid');
  end if;
  if known.expires_at <= clock_timestamp() then
    perform private.raise_refusal(401, 'credentials_expired', 'The agent token has expired');
  end if;
  if not known.active then
    perform private.raise_refusal(403, 'not_allowed', 'The agent is deactivated');
  end if;
  return row('agent', 'agent:' || known.agent_id, null, known.agent_id, known.id, false)::private.caller;
end
$$;


--
-- Name: FUNCTION agent_caller(token text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.agent_caller(token text) IS 'The agent behind a token; a token that is unknown, revoked or expired is refused.';


--
-- Name: agent_categories(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.agent_categories(agent_id text) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return array(
    select c.category from public.agent_categories as c
    where c.agent_id = agent_categories.agent_id
    order by c.category
  );
end
$$;


--
-- Name: FUNCTION agent_categories(agent_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.agent_categories(agent_id text) IS 'What an agent may create.';


--
-- Name: agent_changes_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.agent_changes_issues(changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $_$
declare
  issues jsonb := jsonb '[]';
  known constant text[] := array['dailyQuota', 'categories', 'active', 'autoSubmit'];
  field text;
begin
  if not private.is_bounded(changes, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(changes) is distinct from 'object' or changes = '{}' then
    return private.issue('', 'Expected an object with dailyQuota, categories, active or autoSubmit');
  end if;
  for field in select k from jsonb_object_keys(changes - known) as k loop
    issues := issues || private.issue(field, 'Unknown field');
  end loop;
  if changes ? 'dailyQuota' and (
    jsonb_typeof(changes -> 'dailyQuota') <> 'number' or changes ->> 'dailyQuota' !~ '^\d{1,7}$'
  ) then
    issues := issues || private.issue('dailyQuota', 'Expected a whole number from 0 to 9999999');
  end if;
  foreach field in array array['active', 'autoSubmit'] loop
    if changes ? field and jsonb_typeof(changes -> field) <> 'boolean' then
      issues := issues || private.issue(field, 'Expected true or false');
    end if;
  end loop;
  if changes ? 'categories' and not (
    jsonb_typeof(changes -> 'categories') = 'array'
    and changes -> 'categories' <@ '["optimization", "best-practice", "scaling", "analysis"]'
  ) then
    issues := issues || private.issue('categories', 'Expected a list of optimization, best-practice, scaling, analysis');
  end if;
  return nullif(issues, '[]');
end
$_$;


--
-- Name: FUNCTION agent_changes_issues(changes jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.agent_changes_issues(changes jsonb) IS 'What is wrong with the changes of api.update_agent; null where nothing is.';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: agents; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agents (
    id text NOT NULL,
    marketplace text,
    daily_quota integer DEFAULT 1000 NOT NULL,
    auto_submit boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    last_seen_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT agents_daily_quota_is_not_negative CHECK ((daily_quota >= 0)),
    CONSTRAINT agents_id_is_a_slug CHECK ((id ~ '^[a-z][a-z0-9-]{2,62}$'::text)),
    CONSTRAINT agents_marketplace_is_known CHECK ((marketplace = ANY (ARRAY['amazon'::text, 'shopee'::text, 'mercadolivre'::text, 'shein'::text, 'tiktokshop'::text, 'kaway'::text])))
);


--
-- Name: TABLE agents; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.agents IS 'The AI agents that propose tasks.';


--
-- Name: COLUMN agents.marketplace; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agents.marketplace IS 'The one marketplace it works for; null works for all.';


--
-- Name: COLUMN agents.auto_submit; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agents.auto_submit IS 'Whether a new task goes to the approval queue at once.';


--
-- Name: COLUMN agents.last_seen_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agents.last_seen_at IS 'Its last write, to within a minute.';


--
-- Name: agent_json(public.agents); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.agent_json(agent public.agents) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select jsonb_build_object(
    'id', agent.id,
    'marketplace', agent.marketplace,
    'categories', coalesce(
      (select jsonb_agg(c.category order by c.category) from public.agent_categories as c where c.agent_id = agent.id),
      '[]'
    ),
    'dailyQuota', agent.daily_quota,
    'autoSubmit', agent.auto_submit,
    'active', agent.active,
    'lastSeenAt', agent.last_seen_at,
    'version', agent.version,
    'createdAt', agent.created_at,
    'updatedAt', agent.updated_at
  )
$$;


--
-- Name: FUNCTION agent_json(agent public.agents); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.agent_json(agent public.agents) IS 'An agent as the public API shows it.';


--
-- Name: announce_tasks(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.announce_tasks() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  told jsonb;
  total bigint;
begin
  -- One message for a statement, whatever its size: Realtime is the wake-up, list-tasks?since= is the record.
  select count(*) into total from changed;
  if total = 0 then
    return null;
  end if;
  select jsonb_agg(jsonb_build_object(
    'id', t.id, 'marketplace', t.marketplace, 'status', t.status, 'version', t.version,
    'assignedTo', t.assigned_to, 'updatedAt', t.updated_at
  ))
  into told
  from (select * from changed as c limit 100) as t;
  perform realtime.send(
    jsonb_build_object('count', total, 'tasks', told),
    case tg_op when 'INSERT' then 'task_created' else 'task_changed' end, 'tasks', true
  );
  return null;
end
$$;


--
-- Name: FUNCTION announce_tasks(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.announce_tasks() IS 'Trigger body: tells the topic tasks what changed; count says how many, tasks shows a hundred of them.';


--
-- Name: answer_batch(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.answer_batch(results jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  made constant integer := (select count(*) from jsonb_array_elements(results) as r where r ->> 'outcome' <> 'refused');
begin
  return private.respond(
    case when made = jsonb_array_length(results) then 201 when made > 0 then 207 else 422 end,
    jsonb_build_object('success', made > 0, 'count', made, 'results', results)
  );
end
$$;


--
-- Name: FUNCTION answer_batch(results jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.answer_batch(results jsonb) IS 'The answer to a batch: 201 all made, 207 mixed, 422 none.';


--
-- Name: answer_one_task(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.answer_one_task(result jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if result ->> 'outcome' = 'refused' then
    return private.refuse(
      (result ->> 'status')::integer, result ->> 'code', result ->> 'error', result -> 'details',
      case when result ->> 'code' = 'quota_exceeded' then
        jsonb_build_array(jsonb_build_object('Retry-After', result #>> '{details,retryAfterSeconds}'))
      end
    );
  end if;
  return private.respond(
    case result ->> 'outcome' when 'created' then 201 else 200 end,
    jsonb_build_object(
      'success', true,
      'task', result -> 'task',
      'message', case
        when result ->> 'outcome' = 'existing' then 'A task with this externalRef exists already'
        when result #>> '{task,status}' = 'pending' then 'Task created'
        else 'Task created and submitted for approval'
      end
    )
  );
end
$$;


--
-- Name: FUNCTION answer_one_task(result jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.answer_one_task(result jsonb) IS 'The answer to one proposed task: 201 made, 200 known before, or its refusal.';


--
-- Name: append_audit(private.audit_entry[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.append_audit(entries private.audit_entry[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $_$
declare
  who constant private.caller := private.actor();
  actor_id constant text := coalesce(who.user_id::text, who.agent_id, private.session_role());
  trace constant text := substring(private.request_header('x-request-id') from '^[A-Za-z0-9._-]{1,128}$');
begin
  -- One statement for the whole set: a batch of a thousand costs one insert, not a thousand.
  insert into public.audit_logs (
    resource_type, resource_id, seq, at, actor_kind, actor_id, action, before, after, request_id, prev_hash, hash
  )
  select e.resource_type, e.resource_id, e.seq, e.at, who.kind, actor_id, e.action, e.before, e.after, trace,
    previous.hash,
    private.audit_hash(
      previous.hash, e.resource_type, e.resource_id, e.seq, e.at, who.kind, actor_id, e.action, e.before, e.after, trace
    )
  from unnest(entries) as e
  left join lateral (
    select l.hash
    from public.audit_logs as l
    where l.resource_type = e.resource_type and l.resource_id = e.resource_id and l.seq = e.seq - 1
    limit 1
  ) as previous on e.seq > 1;
end
$_$;


--
-- Name: FUNCTION append_audit(entries private.audit_entry[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.append_audit(entries private.audit_entry[]) IS 'Adds entries to their chains. seq is the version the change made, given under the resource''s row lock.';


--
-- Name: archive_tasks(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.archive_tasks() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    AS $$
declare
  moved bigint;
begin
  with due as (
    -- Whatever somebody else holds is left for the next run.
    select t.id
    from public.marketplace_tasks as t
    where t.status in ('completed', 'rejected', 'cancelled')
      and coalesce(t.completed_at, t.rejected_at, t.cancelled_at) < clock_timestamp() - interval '6 months'
    order by coalesce(t.completed_at, t.rejected_at, t.cancelled_at), t.id
    limit 1000
    for update skip locked
  ),
  gone as (
    delete from public.marketplace_tasks as t using due where t.id = due.id returning t.*
  ),
  kept as (
    insert into private.archived_tasks (
      id, marketplace, created_by, title, description, category, priority, status, created_at, submitted_at,
      approved_at, rejected_at, started_at, completed_at, cancelled_at, due_at, updated_at, assigned_to,
      approved_by, rejected_by, completed_by, cancelled_by, estimated_hours, actual_hours, tags, metadata,
      approval_reason, rejection_reason, cancellation_reason, completion_notes, external_ref, version,
      changed_xid, change_number, priority_rank
    )
    select
      g.id, g.marketplace, g.created_by, g.title, g.description, g.category, g.priority, g.status,
      g.created_at, g.submitted_at, g.approved_at, g.rejected_at, g.started_at, g.completed_at,
      g.cancelled_at, g.due_at, g.updated_at, g.assigned_to, g.approved_by, g.rejected_by, g.completed_by,
      g.cancelled_by, g.estimated_hours, g.actual_hours, g.tags, g.metadata, g.approval_reason,
      g.rejection_reason, g.cancellation_reason, g.completion_notes, g.external_ref, g.version, g.changed_xid,
      g.change_number, g.priority_rank
    from gone as g
    returning id
  )
  select count(*) into moved from kept;
  return jsonb_build_object('processed', moved);
end
$$;


--
-- Name: FUNCTION archive_tasks(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.archive_tasks() IS 'Moves tasks that ended more than 6 months ago to private.archived_tasks, whole, in one statement.';


--
-- Name: as_texts(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.as_texts(value jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select case jsonb_typeof(value)
    when 'array' then array(select jsonb_array_elements_text(value))
    when 'string' then array[value #>> '{}']
  end
$$;


--
-- Name: FUNCTION as_texts(value jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.as_texts(value jsonb) IS 'One text or a list of texts as a list; null stays null.';


--
-- Name: audit_agent_change(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_agent_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  -- An operation that knows more than the columns show says so just before it updates the agent.
  told constant jsonb := coalesce(nullif(current_setting('tradepost.audit', true), '')::jsonb, '{}');
begin
  perform set_config('tradepost.audit', '', true);
  perform private.write_audit(
    'agent', new.id, new.version, coalesce(told ->> 'action', 'updated'),
    case when told = '{}' then private.agent_json(old) else nullif(told -> 'before', 'null') end,
    coalesce(nullif(told -> 'after', 'null'), private.agent_json(new))
  );
  return null;
end
$$;


--
-- Name: FUNCTION audit_agent_change(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_agent_change() IS 'Trigger body: every version of an agent has its entry, whichever path made it.';


--
-- Name: audit_agent_tokens(text, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_agent_tokens(agent_id text, action text, detail jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  perform private.tell_audit(action, null, detail);
  update public.agents as a set version = a.version where a.id = audit_agent_tokens.agent_id;
end
$$;


--
-- Name: FUNCTION audit_agent_tokens(agent_id text, action text, detail jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_agent_tokens(agent_id text, action text, detail jsonb) IS 'Notes in the agent''s chain what happened to its tokens; never a token.';


--
-- Name: audit_hash(bytea, text, text, bigint, timestamp with time zone, text, text, text, jsonb, jsonb, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_hash(prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamp with time zone, actor_kind text, actor_id text, action text, before jsonb, after jsonb, request_id text) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  -- An array, not a joined text: no two different rows may ever write the same bytes. The instant is written in
  -- seconds since 1970, so that the session's time zone plays no part.
  return sha256(convert_to(jsonb_build_array(
    encode(prev_hash, 'hex'), resource_type, resource_id, seq, extract(epoch from at)::text, actor_kind, actor_id,
    action, before, after, request_id
  )::text, 'UTF8'));
end
$$;


--
-- Name: FUNCTION audit_hash(prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamp with time zone, actor_kind text, actor_id text, action text, before jsonb, after jsonb, request_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_hash(prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamp with time zone, actor_kind text, actor_id text, action text, before jsonb, after jsonb, request_id text) IS 'The hash a row of audit_logs must carry.';


--
-- Name: audit_new_agent(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_new_agent() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.write_audit('agent', new.id, 1, 'created', null, private.agent_json(new) - 'categories');
  return null;
end
$$;


--
-- Name: FUNCTION audit_new_agent(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_new_agent() IS 'Trigger body: the first entry of an agent''s chain.';


--
-- Name: audit_tasks_archived(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_tasks_archived() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.append_audit(array(
    select row(
      'task', t.id::text, t.version + 1, clock_timestamp(), 'archived', private.task_state_json(t), null
    )::private.audit_entry
    from gone as t
  ));
  return null;
end
$$;


--
-- Name: FUNCTION audit_tasks_archived(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_tasks_archived() IS 'Trigger body: the last row of a chain; the task itself is in the archive.';


--
-- Name: audit_tasks_changed(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_tasks_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.append_audit(array(
    select row(
      'task', a.id::text, a.version, a.updated_at, step.operation, private.task_state_json(b), private.task_state_json(a)
    )::private.audit_entry
    from changed as a
    join unchanged as b on b.id = a.id
    join private.task_transitions as step on step.from_status = b.status and step.to_status = a.status
  ));
  return null;
end
$$;


--
-- Name: FUNCTION audit_tasks_changed(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_tasks_changed() IS 'Trigger body: one row per step, with the state before and after it.';


--
-- Name: audit_tasks_created(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_tasks_created() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.append_audit(array(
    select row(
      'task', t.id::text, t.version, t.updated_at, 'created', null, private.task_json(t)
    )::private.audit_entry
    from created as t
  ));
  return null;
end
$$;


--
-- Name: FUNCTION audit_tasks_created(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_tasks_created() IS 'Trigger body: the first row of every new task''s chain.';


--
-- Name: audit_user_profile(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_user_profile() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  if tg_op = 'INSERT' then
    perform private.write_audit('user', new.id::text, 1, 'created', null, jsonb_build_object('role', new.role));
  elsif tg_op = 'UPDATE' then
    perform private.write_audit(
      -- A ledger that outlives the account holds no names.
      'user', new.id::text, new.version, case when new.role <> old.role then 'role_changed' else 'updated' end,
      jsonb_build_object('role', old.role), jsonb_build_object('role', new.role)
    );
  else
    perform private.write_audit(
      'user', old.id::text, old.version + 1, 'deleted', jsonb_build_object('role', old.role), null
    );
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION audit_user_profile(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_user_profile() IS 'Trigger body: every change of a profile is audited, without names.';


--
-- Name: audited_version(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audited_version(resource_type text, resource_id text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select case resource_type
    when 'task' then coalesce(
      (select t.version from public.marketplace_tasks as t where t.id = private.parse_uuid(resource_id)),
      -- Putting it away is the last entry.
      (select t.version + 1 from private.archived_tasks as t where t.id = private.parse_uuid(resource_id))
    )
    when 'agent' then (select a.version from public.agents as a where a.id = resource_id)
    when 'user' then (select p.version from public.user_profile as p where p.id = private.parse_uuid(resource_id))
  end
$$;


--
-- Name: FUNCTION audited_version(resource_type text, resource_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audited_version(resource_type text, resource_id text) IS 'How long the chain of a resource must be; null where the resource is gone.';


--
-- Name: batch_issues(jsonb, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.batch_issues(tasks jsonb, mode text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
begin
  if jsonb_typeof(tasks) is distinct from 'array' or jsonb_array_length(tasks) not between 1 and 1000 then
    return private.issue('tasks', 'Expected a list of 1 to 1000 tasks');
  end if;
  if mode is null or mode not in ('partial', 'atomic') then
    return private.issue('mode', 'Expected partial or atomic');
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION batch_issues(tasks jsonb, mode text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.batch_issues(tasks jsonb, mode text) IS 'What is wrong with a batch as a whole; null where nothing is.';


--
-- Name: calling_agent(private.caller); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.calling_agent(who private.caller) RETURNS public.agents
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  agent public.agents;
begin
  select * into agent from public.agents as a where a.id = who.agent_id;
  return agent;
end
$$;


--
-- Name: FUNCTION calling_agent(who private.caller); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.calling_agent(who private.caller) IS 'The row of the agent that calls.';


--
-- Name: carry_out_decision(private.caller, private.verdict[], text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.carry_out_decision(who private.caller, verdicts private.verdict[], reason text) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  with decided as (
    update public.marketplace_tasks as t
    set status = v.outcome,
        approved_at = case when v.outcome = 'approved' then now.moment end,
        approved_by = case when v.outcome = 'approved' then who.user_id end,
        approval_reason = case when v.outcome = 'approved' then reason end,
        rejected_at = case when v.outcome = 'rejected' then now.moment end,
        rejected_by = case when v.outcome = 'rejected' then who.user_id end,
        rejection_reason = case when v.outcome = 'rejected' then reason end
    from unnest(verdicts) as v, (select clock_timestamp() as moment) as now
    where t.id = v.id and v.code is null
    returning v.position, t as task
  )
  select coalesce(jsonb_agg(private.task_json(d.task) order by d.position), '[]') from decided as d
$$;


--
-- Name: FUNCTION carry_out_decision(who private.caller, verdicts private.verdict[], reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.carry_out_decision(who private.caller, verdicts private.verdict[], reason text) IS 'Writes the decision to every task whose verdict allows it; returns them.';


--
-- Name: cluster_identity(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.cluster_identity() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
  -- Transaction numbers mean something only in the cluster, database and timeline that gave them: after a restore
  -- elsewhere, or to an earlier moment, an old cursor must not skip what was done anew.
  select encode(sha256(convert_to(concat_ws(':',
    (select system_identifier from pg_control_system()),
    (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()),
    case
      when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer::text
    end
  ), 'UTF8')), 'hex')
$$;


--
-- Name: FUNCTION cluster_identity(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.cluster_identity() IS 'Tells whether a cursor of the feed belongs to this database as it is.';


--
-- Name: completion_issues(numeric, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.completion_issues(actual_hours numeric, notes text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select nullif(
    case when private.hours_are_valid(to_jsonb(actual_hours)) is not true then
      private.issue('actualHours', 'Expected a number above 0 and at most 10000, to the hundredth')
    else '[]' end || coalesce(private.note_issues('notes', notes), '[]'),
    '[]'
  )
$$;


--
-- Name: FUNCTION completion_issues(actual_hours numeric, notes text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.completion_issues(actual_hours numeric, notes text) IS 'What is wrong with a completion as a request; null where nothing is.';


--
-- Name: conclude(private.caller, text, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.conclude(who private.caller, operation text, request jsonb, answer jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION conclude(who private.caller, operation text, request jsonb, answer jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.conclude(who private.caller, operation text, request jsonb, answer jsonb) IS 'Stores a final answer under its Idempotency-Key and hands it back.';


--
-- Name: consume_rate_limit(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.consume_rate_limit(principal text, operation text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION consume_rate_limit(principal text, operation text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.consume_rate_limit(principal text, operation text) IS 'Spends one token of the caller''s bucket; null where granted, the refusal where there is none.';


--
-- Name: count_version(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.count_version() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;


--
-- Name: FUNCTION count_version(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.count_version() IS 'Trigger body: a change makes the next version.';


--
-- Name: daily_figures(date, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.daily_figures(day date, timezone text) RETURNS TABLE(marketplace text, created bigint, submitted bigint, approved bigint, rejected bigint, in_progress bigint, completed bigint, avg_completion_time numeric, queue_pending bigint, queue_awaiting_approval bigint, queue_in_progress bigint)
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    AS $$
  with bounds as (
    select daily_figures.day::timestamp at time zone daily_figures.timezone as since,
      (daily_figures.day + 1)::timestamp at time zone daily_figures.timezone as until
  ),
  happened as (
    -- One row for each thing that happened to a task within the day, each by its own timestamp.
    select t.marketplace, 'created' as what, null::numeric as hours
    from private.all_tasks as t, bounds as b where t.created_at >= b.since and t.created_at < b.until
    union all
    select t.marketplace, 'submitted', null
    from private.all_tasks as t, bounds as b where t.submitted_at >= b.since and t.submitted_at < b.until
    union all
    select t.marketplace, 'approved', null
    from private.all_tasks as t, bounds as b where t.approved_at >= b.since and t.approved_at < b.until
    union all
    select t.marketplace, 'rejected', null
    from private.all_tasks as t, bounds as b where t.rejected_at >= b.since and t.rejected_at < b.until
    union all
    select t.marketplace, 'started', null
    from private.all_tasks as t, bounds as b where t.started_at >= b.since and t.started_at < b.until
    union all
    select t.marketplace, 'completed', extract(epoch from t.completed_at - t.started_at) / 3600
    from private.all_tasks as t, bounds as b where t.completed_at >= b.since and t.completed_at < b.until
  ),
  counted as (
    select h.marketplace,
      count(*) filter (where h.what = 'created') as created,
      count(*) filter (where h.what = 'submitted') as submitted,
      count(*) filter (where h.what = 'approved') as approved,
      count(*) filter (where h.what = 'rejected') as rejected,
      count(*) filter (where h.what = 'started') as started,
      count(*) filter (where h.what = 'completed') as completed,
      round(avg(h.hours), 6) as hours
    from happened as h
    group by h.marketplace
  ),
  queued as (
    select t.marketplace,
      count(*) filter (where t.status = 'pending') as pending,
      count(*) filter (where t.status = 'awaiting_approval') as awaiting_approval,
      count(*) filter (where t.status = 'in_progress') as in_progress
    from public.marketplace_tasks as t
    where t.status in ('pending', 'awaiting_approval', 'in_progress')
    group by t.marketplace
  )
  select m.marketplace, coalesce(c.created, 0), coalesce(c.submitted, 0), coalesce(c.approved, 0),
    coalesce(c.rejected, 0), coalesce(c.started, 0), coalesce(c.completed, 0), c.hours,
    coalesce(q.pending, 0), coalesce(q.awaiting_approval, 0), coalesce(q.in_progress, 0)
  from unnest(private.marketplaces()) as m (marketplace)
  left join counted as c on c.marketplace = m.marketplace
  left join queued as q on q.marketplace = m.marketplace
  order by m.marketplace
$$;


--
-- Name: FUNCTION daily_figures(day date, timezone text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.daily_figures(day date, timezone text) IS 'One row per marketplace: what happened on a day of a time zone, and the queues now.';


--
-- Name: decision_issues(uuid[], boolean, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  issues jsonb := coalesce(private.note_issues('reason', reason), '[]');
  field text;
begin
  if not private.is_bounded(options, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(options) is distinct from 'object' then
    return private.issue('options', 'Expected an object');
  end if;
  if approved is null then
    issues := issues || private.issue('approved', 'Expected true or false');
  end if;
  if (task_ids is null) = (not options ? 'filter') then
    issues := issues || private.issue('taskIds', 'Expected either taskIds or a filter');
  elsif task_ids is not null and (cardinality(task_ids) not between 1 and 100 or array_ndims(task_ids) > 1
    or exists (select from unnest(task_ids) as i where i is null)) then
    issues := issues || private.issue('taskIds', 'Expected 1 to 100 ids');
  end if;
  if options ? 'filter' then
    issues := issues || coalesce(private.filter_issues(options -> 'filter'), '[]');
  end if;
  foreach field in array array['atomic', 'dryRun'] loop
    if jsonb_typeof(options -> field) <> 'boolean' then
      issues := issues || private.issue('options.' || field, 'Expected true or false');
    end if;
  end loop;
  if options ? 'expectedVersions' and (
    jsonb_typeof(options -> 'expectedVersions') <> 'object'
    or exists (
      select from jsonb_each(options -> 'expectedVersions') as e
      where private.parse_uuid(e.key) is null or jsonb_typeof(e.value) <> 'number' or e.value::text !~ '^[1-9]\d{0,17}$'
    )
  ) then
    issues := issues || private.issue('options.expectedVersions', 'Expected an object of task id to version');
  end if;
  for field in select k from jsonb_object_keys(options - array['filter', 'atomic', 'dryRun', 'expectedVersions']) as k loop
    issues := issues || private.issue('options.' || left(field, 100), 'Unknown field');
  end loop;
  return nullif(issues, '[]');
end
$_$;


--
-- Name: FUNCTION decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb) IS 'What is wrong with a decision as a request; null where nothing is.';


--
-- Name: decode_cursor(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.decode_cursor(cursor text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
begin
  return convert_from(
    decode(translate(cursor, '-_', '+/') || repeat('=', (4 - length(cursor) % 4) % 4), 'base64'), 'UTF8'
  )::jsonb;
exception when others then
  return null;
end
$$;


--
-- Name: FUNCTION decode_cursor(cursor text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.decode_cursor(cursor text) IS 'What a cursor holds, or null where it is none of ours.';


--
-- Name: disable_schedules(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.disable_schedules() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION disable_schedules(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.disable_schedules() IS 'Takes every schedule of ours out of pg_cron.';


--
-- Name: enable_schedules(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.enable_schedules() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION enable_schedules(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.enable_schedules() IS 'Sets every schedule in pg_cron; repeating it changes nothing.';


--
-- Name: encode_cursor(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.encode_cursor(content jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select rtrim(translate(encode(convert_to(content::text, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')
$$;


--
-- Name: FUNCTION encode_cursor(content jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.encode_cursor(content jsonb) IS 'A cursor as callers see it: base64url.';


--
-- Name: enqueue(uuid, text, jsonb, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.enqueue(recipient uuid, event text, payload jsonb, dedupe_key text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  insert into private.outbox (recipient, event, payload, dedupe_key)
  values (enqueue.recipient, enqueue.event, enqueue.payload, enqueue.dedupe_key)
  on conflict on constraint outbox_says_a_thing_once do nothing;
  return found;
end
$$;


--
-- Name: FUNCTION enqueue(recipient uuid, event text, payload jsonb, dedupe_key text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.enqueue(recipient uuid, event text, payload jsonb, dedupe_key text) IS 'Puts a delivery into the outbox; false where the same thing was said before.';


--
-- Name: feed_of_tasks(private.caller, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.feed_of_tasks(who private.caller, filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET work_mem TO '64MB'
    AS $_$
declare
  page_size constant integer := coalesce((filter ->> 'limit')::integer, 50);
  since constant text := filter ->> 'since';
  identity constant text := private.cluster_identity();
  -- A transaction still open may yet commit with a number below one already seen: nothing from its number on is shown.
  horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  position constant jsonb := case since
    when 'start' then jsonb_build_object('xid', '0', 'number', 0, 'of', identity)
    when 'now' then jsonb_build_object('xid', horizon::text, 'number', 0, 'of', identity)
    else private.decode_cursor(since)
  end;
  rows jsonb;
  last jsonb;
begin
  if position ->> 'of' is distinct from identity
    or coalesce(position ->> 'xid', '') !~ '^\d{1,19}$' or coalesce(position ->> 'number', '') !~ '^\d{1,18}$'
  then
    return private.refuse_cursor();
  end if;
  execute format(
    'select jsonb_agg(private.task_json(t) order by r.number),
            (array_agg(jsonb_build_object(''xid'', t.changed_xid::text, ''number'', t.change_number, ''of'', $2)
              order by r.number desc))[1]
     from (
       select p.id, row_number() over () as number
       from (
         select t.id from %s as t
         where (t.changed_xid, t.change_number) > ($3, $4) and t.changed_xid < $5 and %s
         order by t.changed_xid, t.change_number
         limit $6
       ) as p
     ) as r
     join public.marketplace_tasks as t on t.id = r.id',
    private.task_source(filter), private.task_conditions(filter, who)
  )
  into rows, last
  using filter, identity, (position ->> 'xid')::xid8, (position ->> 'number')::bigint, horizon, page_size;
  rows := coalesce(rows, '[]');
  -- A page that is not full means that all below the horizon was seen: whoever filters does not look at it again.
  if jsonb_array_length(rows) < page_size then
    last := jsonb_build_object('xid', horizon::text, 'number', 0, 'of', identity);
  end if;
  return jsonb_build_object(
    'tasks', rows, 'count', jsonb_array_length(rows), 'limit', page_size, 'offset', 0,
    'nextCursor', private.encode_cursor(last)
  );
end
$_$;


--
-- Name: FUNCTION feed_of_tasks(who private.caller, filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.feed_of_tasks(who private.caller, filter jsonb) IS 'Tasks that changed after a cursor, each as it is now, in the order of their last change; nothing committed late is skipped. nextCursor is always there: ask again with it. A task that leaves the filter, or the archive takes, is not told.';


--
-- Name: filter_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.filter_issues(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  issues jsonb := jsonb '[]';
  field text;
  value jsonb;
begin
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field, value in select e.key, e.value from jsonb_each(filter) as e loop
    if field in ('marketplace', 'category', 'priority', 'createdBy', 'tag') then
      if not (jsonb_typeof(value) = 'string' or (
        jsonb_typeof(value) = 'array' and jsonb_array_length(value) between 1 and 20
        and not jsonb_path_exists(value, '$[*] ? (@.type() != "string")')
      )) then
        issues := issues || private.issue('filter.' || field, 'Expected a text or a list of 1 to 20 texts');
      end if;
    elsif field in ('submittedFrom', 'submittedTo') then
      if jsonb_typeof(value) <> 'string' or private.parse_timestamp(value #>> '{}') is null then
        issues := issues || private.issue('filter.' || field, 'Expected an ISO 8601 instant with offset');
      end if;
    else
      issues := issues || private.issue('filter.' || left(field, 100), 'Unknown field');
    end if;
  end loop;
  return nullif(issues, '[]');
end
$_$;


--
-- Name: FUNCTION filter_issues(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.filter_issues(filter jsonb) IS 'What is wrong with a filter of the approval queue; null where nothing is.';


--
-- Name: tags_are_valid(text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.tags_are_valid(tags text[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
declare
  tag text;
begin
  if cardinality(tags) > 20 then
    return false;
  end if;
  foreach tag in array tags loop
    if tag is null or char_length(tag) not between 1 and 50 then
      return false;
    end if;
  end loop;
  return true;
end
$$;


--
-- Name: FUNCTION tags_are_valid(tags text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.tags_are_valid(tags text[]) IS 'At most 20 tags of 1 to 50 characters.';


--
-- Name: change_numbers; Type: SEQUENCE; Schema: private; Owner: -
--

CREATE SEQUENCE private.change_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: SEQUENCE change_numbers; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON SEQUENCE private.change_numbers IS 'Orders the changes of one transaction in the feed of tasks.';


--
-- Name: marketplace_tasks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.marketplace_tasks (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    marketplace text NOT NULL,
    created_by text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    priority text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    submitted_at timestamp with time zone,
    approved_at timestamp with time zone,
    rejected_at timestamp with time zone,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    due_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    assigned_to uuid,
    approved_by uuid,
    rejected_by uuid,
    completed_by uuid,
    cancelled_by text,
    estimated_hours numeric(7,2) NOT NULL,
    actual_hours numeric(7,2),
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    approval_reason text,
    rejection_reason text,
    cancellation_reason text,
    completion_notes text,
    external_ref text,
    version bigint DEFAULT 1 NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    change_number bigint DEFAULT nextval('private.change_numbers'::regclass) NOT NULL,
    priority_rank smallint GENERATED ALWAYS AS (
CASE priority
    WHEN 'high'::text THEN 3
    WHEN 'medium'::text THEN 2
    ELSE 1
END) STORED NOT NULL,
    CONSTRAINT marketplace_tasks_actual_hours_range CHECK (((actual_hours > (0)::numeric) AND (actual_hours <= (10000)::numeric))),
    CONSTRAINT marketplace_tasks_approved_has_approver CHECK (
CASE
    WHEN (status = ANY (ARRAY['approved'::text, 'in_progress'::text, 'completed'::text])) THEN ((approved_at IS NOT NULL) AND (approved_by IS NOT NULL))
    ELSE ((approved_at IS NULL) AND (approved_by IS NULL) AND (approval_reason IS NULL))
END),
    CONSTRAINT marketplace_tasks_awaiting_was_submitted CHECK (((status = 'cancelled'::text) OR ((status = 'pending'::text) = (submitted_at IS NULL)))),
    CONSTRAINT marketplace_tasks_cancelled_has_author CHECK (
CASE
    WHEN (status = 'cancelled'::text) THEN ((cancelled_at IS NOT NULL) AND (cancelled_by IS NOT NULL))
    ELSE ((cancelled_at IS NULL) AND (cancelled_by IS NULL) AND (cancellation_reason IS NULL))
END),
    CONSTRAINT marketplace_tasks_category_is_known CHECK ((category = ANY (ARRAY['optimization'::text, 'best-practice'::text, 'scaling'::text, 'analysis'::text]))),
    CONSTRAINT marketplace_tasks_completed_has_hours CHECK (
CASE
    WHEN (status = 'completed'::text) THEN ((completed_at IS NOT NULL) AND (completed_by IS NOT NULL) AND (actual_hours IS NOT NULL))
    ELSE ((completed_at IS NULL) AND (completed_by IS NULL) AND (actual_hours IS NULL) AND (completion_notes IS NULL))
END),
    CONSTRAINT marketplace_tasks_description_length CHECK (((char_length(description) >= 1) AND (char_length(description) <= 5000))),
    CONSTRAINT marketplace_tasks_estimated_hours_range CHECK (((estimated_hours > (0)::numeric) AND (estimated_hours <= (10000)::numeric))),
    CONSTRAINT marketplace_tasks_external_ref_length CHECK (((char_length(external_ref) >= 1) AND (char_length(external_ref) <= 200))),
    CONSTRAINT marketplace_tasks_in_progress_has_assignee CHECK (
CASE
    WHEN (status = ANY (ARRAY['in_progress'::text, 'completed'::text])) THEN ((assigned_to IS NOT NULL) AND (started_at IS NOT NULL))
    ELSE ((assigned_to IS NULL) AND (started_at IS NULL))
END),
    CONSTRAINT marketplace_tasks_marketplace_is_known CHECK ((marketplace = ANY (ARRAY['amazon'::text, 'shopee'::text, 'mercadolivre'::text, 'shein'::text, 'tiktokshop'::text, 'kaway'::text]))),
    CONSTRAINT marketplace_tasks_metadata_is_a_small_object CHECK (((jsonb_typeof(metadata) = 'object'::text) AND (octet_length((metadata)::text) <= 16384))),
    CONSTRAINT marketplace_tasks_priority_is_known CHECK ((priority = ANY (ARRAY['high'::text, 'medium'::text, 'low'::text]))),
    CONSTRAINT marketplace_tasks_reason_lengths CHECK ((((char_length(approval_reason) >= 1) AND (char_length(approval_reason) <= 2000)) AND ((char_length(rejection_reason) >= 1) AND (char_length(rejection_reason) <= 2000)) AND ((char_length(cancellation_reason) >= 1) AND (char_length(cancellation_reason) <= 2000)) AND ((char_length(completion_notes) >= 1) AND (char_length(completion_notes) <= 2000)))),
    CONSTRAINT marketplace_tasks_rejected_has_reason CHECK (
CASE
    WHEN (status = 'rejected'::text) THEN ((rejected_at IS NOT NULL) AND (rejected_by IS NOT NULL) AND (rejection_reason IS NOT NULL))
    ELSE ((rejected_at IS NULL) AND (rejected_by IS NULL) AND (rejection_reason IS NULL))
END),
    CONSTRAINT marketplace_tasks_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'awaiting_approval'::text, 'approved'::text, 'in_progress'::text, 'completed'::text, 'rejected'::text, 'cancelled'::text]))),
    CONSTRAINT marketplace_tasks_tags_are_few_and_short CHECK (private.tags_are_valid(tags)),
    CONSTRAINT marketplace_tasks_title_length CHECK (((char_length(title) >= 1) AND (char_length(title) <= 255)))
);


--
-- Name: TABLE marketplace_tasks; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.marketplace_tasks IS 'Work that agents propose and people decide on and do.';


--
-- Name: COLUMN marketplace_tasks.external_ref; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.marketplace_tasks.external_ref IS 'The agent''s own name for it: creating it again returns the first.';


--
-- Name: COLUMN marketplace_tasks.version; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.marketplace_tasks.version IS 'Grows by one with every change; the seq of its audit row.';


--
-- Name: COLUMN marketplace_tasks.changed_xid; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.marketplace_tasks.changed_xid IS 'The transaction of the last change; with change_number the order of the feed.';


--
-- Name: find_task(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.find_task(task_id uuid) RETURNS public.marketplace_tasks
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  task public.marketplace_tasks;
begin
  select * into task from public.marketplace_tasks as t where t.id = find_task.task_id;
  if not found then
    select (jsonb_populate_record(null::public.marketplace_tasks, to_jsonb(t))).* into task
    from private.archived_tasks as t
    where t.id = find_task.task_id;
  end if;
  return task;
end
$$;


--
-- Name: FUNCTION find_task(task_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.find_task(task_id uuid) IS 'A task by its id, living or archived; a row of nulls where there is none.';


--
-- Name: first_broken_seq(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.first_broken_seq(resource_type text, resource_id text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  with chain as (
    select l.seq, l.hash, l.prev_hash, private.audit_hash(
        l.prev_hash, l.resource_type, l.resource_id, l.seq, l.at, l.actor_kind, l.actor_id, l.action, l.before, l.after,
        l.request_id
      ) as true_hash,
      lag(l.hash) over (order by l.seq) as hash_before,
      row_number() over (order by l.seq) as position
    from public.audit_logs as l
    where l.resource_type = first_broken_seq.resource_type and l.resource_id = first_broken_seq.resource_id
  ),
  fault as (
    -- A row that is missing, changed, or does not follow from the one before it.
    select least(c.seq, c.position) as seq
    from chain as c
    where c.seq <> c.position or c.hash <> c.true_hash or c.prev_hash is distinct from c.hash_before
    union all
    -- A tail that was cut off, or rows that nothing accounts for.
    select least(length.rows, length.version) + 1
    from (
      select count(c.seq) as rows,
        private.audited_version(first_broken_seq.resource_type, first_broken_seq.resource_id) as version
      from (select) as one
      left join chain as c on true
    ) as length
    where length.version <> length.rows
    union all
    -- What is gone must have been seen to go: its last entry says so.
    select max(l.seq) + 1
    from public.audit_logs as l
    where l.resource_type = first_broken_seq.resource_type and l.resource_id = first_broken_seq.resource_id
      and private.audited_version(first_broken_seq.resource_type, first_broken_seq.resource_id) is null
    having (array_agg(l.action order by l.seq desc))[1] <> 'deleted'
  )
  select min(f.seq) from fault as f
$$;


--
-- Name: FUNCTION first_broken_seq(resource_type text, resource_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.first_broken_seq(resource_type text, resource_id text) IS 'The first seq of a chain that was changed, removed or added; null where the chain holds.';


--
-- Name: grant_admin(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.grant_admin(email text) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  found_id uuid;
begin
  select u.id into found_id from auth.users as u where lower(u.email) = lower(btrim(grant_admin.email));
  if found_id is null then
    raise exception 'Expected the e-mail address of somebody who has signed up but found %', grant_admin.email
      using errcode = 'no_data_found';
  end if;
  update public.user_profile as p set role = 'admin' where p.id = found_id and p.role <> 'admin';
  return found_id;
end
$$;


--
-- Name: FUNCTION grant_admin(email text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.grant_admin(email text) IS 'Makes the first admin; for an operator with a database session.';


--
-- Name: guard_task_delete(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_task_delete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  if old.status not in ('completed', 'rejected', 'cancelled') then
    raise exception 'A task that is % cannot be removed', old.status using errcode = 'PT409';
  end if;
  return old;
end
$$;


--
-- Name: FUNCTION guard_task_delete(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_task_delete() IS 'Trigger body: only a task that ended may go, to the archive.';


--
-- Name: guard_task_insert(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_task_insert() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  if new.status not in ('pending', 'awaiting_approval') or new.version <> 1 then
    raise exception 'Expected a new task to be pending or awaiting_approval, version 1, but found %, version %',
      new.status, new.version using errcode = 'PT409';
  end if;
  return new;
end
$$;


--
-- Name: FUNCTION guard_task_insert(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_task_insert() IS 'Trigger body: a task begins at the beginning.';


--
-- Name: guard_task_update(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_task_update() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  if not exists (
    select from private.task_transitions as t where t.from_status = old.status and t.to_status = new.status
  ) then
    raise exception 'A task that is % cannot become %', old.status, new.status using errcode = 'PT409';
  end if;
  if (new.id, new.marketplace, new.created_by, new.title, new.description, new.category, new.priority,
      new.created_at, new.estimated_hours, new.tags, new.metadata, new.due_at, new.external_ref)
    is distinct from
     (old.id, old.marketplace, old.created_by, old.title, old.description, old.category, old.priority,
      old.created_at, old.estimated_hours, old.tags, old.metadata, old.due_at, old.external_ref)
  then
    raise exception 'What a task proposes is fixed once it exists' using errcode = 'PT409';
  end if;
  -- What a step writes, no other step rewrites.
  if (new.submitted_at is distinct from old.submitted_at and new.status <> 'awaiting_approval')
    or (old.approved_at is not null and (new.approved_at, new.approved_by, new.approval_reason)
      is distinct from (old.approved_at, old.approved_by, old.approval_reason))
    or ((new.assigned_to, new.started_at) is distinct from (old.assigned_to, old.started_at)
      and new.status not in ('in_progress', 'approved'))
  then
    raise exception 'What an earlier step wrote is fixed' using errcode = 'PT409';
  end if;
  -- Maker is never checker, whatever path leads here.
  if new.status in ('approved', 'rejected') and old.status = 'awaiting_approval'
    and (private.principal()).kind = 'agent'
  then
    raise exception 'An agent never decides on a task' using errcode = 'PT403';
  end if;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  new.changed_xid := pg_current_xact_id();
  new.change_number := nextval('private.change_numbers');
  return new;
end
$$;


--
-- Name: FUNCTION guard_task_update(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_task_update() IS 'Trigger body: refuses, on every path, whatever the state machine does not know.';


--
-- Name: has_text(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.has_text(value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  -- White space as JavaScript counts it, so that the contracts and the operations refuse the same texts; what \S means
  -- here depends on the database's locale.
  return value ~ '[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]';
end
$$;


--
-- Name: FUNCTION has_text(value text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.has_text(value text) IS 'Whether there is something to read in a text.';


--
-- Name: hold_to_quota(private.proposal[], public.agents, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer) RETURNS private.proposal[]
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return array(
    select row(
      p.index, p.item,
      case when p.number > left_today then private.quota_refusal(agent) else p.refusal end,
      p.task_id, p.is_new, p.number
    )::private.proposal
    from unnest(proposals) as p
    order by p.index
  );
end
$$;


--
-- Name: FUNCTION hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer) IS 'Refuses what is new beyond the agent''s quota of today.';


--
-- Name: hours_are_valid(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.hours_are_valid(value jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return jsonb_typeof(value) = 'number'
    and case when jsonb_typeof(value) = 'number' then
      value::numeric > 0 and value::numeric <= 10000 and scale(trim_scale(value::numeric)) <= 2
    end;
end
$$;


--
-- Name: FUNCTION hours_are_valid(value jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.hours_are_valid(value jsonb) IS 'Above 0, at most 10000, to the hundredth.';


--
-- Name: insert_proposals(public.agents, private.proposal[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.insert_proposals(agent public.agents, proposals private.proposal[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
  made integer;
begin
  insert into public.marketplace_tasks (
    id, marketplace, created_by, title, description, category, priority, status, created_at, submitted_at, updated_at,
    estimated_hours, tags, metadata, due_at, external_ref
  )
  select p.task_id, p.item ->> 'marketplace', agent.id, p.item ->> 'title', p.item ->> 'description',
    p.item ->> 'category', p.item ->> 'priority',
    case when agent.auto_submit then 'awaiting_approval' else 'pending' end,
    moment, case when agent.auto_submit then moment end, moment,
    (p.item -> 'estimatedHours')::numeric,
    coalesce(array(select jsonb_array_elements_text(nullif(p.item -> 'tags', 'null'))), '{}'),
    coalesce(nullif(p.item -> 'metadata', 'null'), '{}'),
    (p.item ->> 'dueAt')::timestamptz,
    p.item ->> 'externalRef'
  from unnest(proposals) as p
  where p.is_new and p.refusal is null
  order by p.index;
  get diagnostics made = row_count;
  return made;
end
$$;


--
-- Name: FUNCTION insert_proposals(agent public.agents, proposals private.proposal[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.insert_proposals(agent public.agents, proposals private.proposal[]) IS 'Creates what is new and not refused; returns how many.';


--
-- Name: invoke_function(text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.invoke_function(slug text, body jsonb DEFAULT '{}'::jsonb) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION invoke_function(slug text, body jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.invoke_function(slug text, body jsonb) IS 'Calls a job function over HTTP with the cron key from Vault. A doorbell: what is due stands in tables.';


--
-- Name: is_admin(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_admin() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
  select exists (
    select from public.user_profile as p where p.id = (select auth.uid()) and p.role = 'admin'
  )
$$;


--
-- Name: FUNCTION is_admin(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_admin() IS 'Whether the signed-in user is an admin; for policies.';


--
-- Name: is_bounded(jsonb, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_bounded(value jsonb, most_bytes integer) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $_$
begin
  -- jsonb keeps 1e131071 in a few bytes and writes it in 131 072: a request must be judged by its binary form before any
  -- part of it becomes text.
  return value is null or (
    pg_column_size(value) <= most_bytes
    and not jsonb_path_exists(value, '$.**{33}')
    and not jsonb_path_exists(
      value, '$.** ? (@.type() == "number" && (@.abs() > 1e309 || (@ != 0 && @.abs() < 1e-330)))'
    )
  );
end
$_$;


--
-- Name: FUNCTION is_bounded(value jsonb, most_bytes integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_bounded(value jsonb, most_bytes integer) IS 'Whether a value is small, at most 32 levels deep, and its numbers within what a double can hold.';


--
-- Name: is_known(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_known() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
  select exists (select from public.user_profile as p where p.id = (select auth.uid()))
$$;


--
-- Name: FUNCTION is_known(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_known() IS 'Whether the signed-in user still has an account; for policies.';


--
-- Name: is_timezone(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_timezone(name text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
begin
  -- A name, not an abbreviation or an offset; the list of all names is read from files each time, so one is tried.
  return name ~ '^[A-Za-z][A-Za-z0-9_+/-]{1,63}$' and statement_timestamp() at time zone name is not null;
exception when data_exception then
  return false;
end
$_$;


--
-- Name: FUNCTION is_timezone(name text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_timezone(name text) IS 'Whether there is a time zone of this name.';


--
-- Name: issue(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.issue(path text, message text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select jsonb_build_array(jsonb_build_object('path', issue.path, 'message', issue.message))
$$;


--
-- Name: FUNCTION issue(path text, message text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.issue(path text, message text) IS 'One element of details.issues, as an array to be appended.';


--
-- Name: issue_agent_token(text, text, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.issue_agent_token(agent_id text, token text DEFAULT NULL::text, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  plain text := issue_agent_token.token;
  token_id uuid;
begin
  -- Lock: the agent's row first, as everywhere.
  perform from public.agents as a where a.id = issue_agent_token.agent_id for no key update;
  if not found then
    raise exception 'Expected the id of an agent but found %', issue_agent_token.agent_id using errcode = 'no_data_found';
  end if;
  if plain is null then
    -- 256 random bits, base64url: two random uuids hold only 244.
    plain := 'agt_' || issue_agent_token.agent_id || '_'
      || rtrim(translate(encode(extensions.gen_random_bytes(32), 'base64'), '+/', '-_'), '=');
  end if;
  if char_length(plain) < 32 then
    raise exception 'Expected a token of at least 32 characters but found one of %', char_length(plain)
      using errcode = 'invalid_parameter_value';
  end if;
  insert into private.agent_tokens as t (agent_id, token_hash, expires_at)
  values (issue_agent_token.agent_id, sha256(convert_to(plain, 'UTF8')), issue_agent_token.expires_at)
  returning t.id into token_id;
  perform private.audit_agent_tokens(
    issue_agent_token.agent_id, 'token_issued',
    jsonb_build_object('tokenId', token_id, 'expiresAt', issue_agent_token.expires_at)
  );
  return plain;
end
$$;


--
-- Name: FUNCTION issue_agent_token(agent_id text, token text, expires_at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.issue_agent_token(agent_id text, token text, expires_at timestamp with time zone) IS 'Issues a token, or takes one as given, and returns it: the only time it is seen. For an operator''s session.';


--
-- Name: judge_agent_changes(public.agents, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_agent_changes(agent public.agents, changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  before constant jsonb := private.agent_json(agent);
  issues constant jsonb := private.agent_changes_issues(changes);
  changed public.agents;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if agent.id is null then
    return private.refuse(404, 'not_found', 'There is no such agent');
  end if;
  if changes ? 'categories' then
    delete from public.agent_categories as c where c.agent_id = agent.id and not changes -> 'categories' ? c.category;
    insert into public.agent_categories (agent_id, category)
    select agent.id, c from jsonb_array_elements_text(changes -> 'categories') as c
    on conflict do nothing;
  end if;
  perform private.tell_audit('updated', before, null);
  update public.agents as a
  set daily_quota = coalesce((changes ->> 'dailyQuota')::integer, a.daily_quota),
      auto_submit = coalesce((changes ->> 'autoSubmit')::boolean, a.auto_submit),
      active = coalesce((changes ->> 'active')::boolean, a.active)
  where a.id = agent.id
  returning a.* into changed;
  return jsonb_build_object('success', true, 'agent', private.agent_json(changed));
end
$$;


--
-- Name: FUNCTION judge_agent_changes(agent public.agents, changes jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_agent_changes(agent public.agents, changes jsonb) IS 'Decides on a change of an agent and carries it out.';


--
-- Name: judge_assignment(public.marketplace_tasks, uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_assignment(task public.marketplace_tasks, assignee uuid) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  changed public.marketplace_tasks;
begin
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'approved' then
    return private.refuse_transition(task, 'assigned');
  end if;
  -- Held until commit: the account cannot go between this look and the assignment.
  perform from public.user_profile as p where p.id = assignee for key share;
  if not found then
    return private.refuse(404, 'user_not_found', 'There is no such user');
  end if;
  update public.marketplace_tasks as t
  set status = 'in_progress', assigned_to = assignee, started_at = clock_timestamp()
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task assigned',
    'assignedAt', changed.started_at
  );
end
$$;


--
-- Name: FUNCTION judge_assignment(task public.marketplace_tasks, assignee uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_assignment(task public.marketplace_tasks, assignee uuid) IS 'Decides on an assignment and carries it out.';


--
-- Name: judge_cancellation(private.caller, public.marketplace_tasks, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_cancellation(who private.caller, task public.marketplace_tasks, reason text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.note_issues('reason', reason);
  changed public.marketplace_tasks;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if task.id is null or (who.kind = 'agent' and task.created_by <> who.agent_id) then
    return private.refuse_unknown_task();
  end if;
  if who.kind = 'user' and not who.is_admin then
    return private.refuse(403, 'not_allowed', 'Only the agent that created a task, or an admin, cancels it');
  end if;
  if task.status not in ('pending', 'awaiting_approval') then
    return private.refuse_transition(task, 'cancelled');
  end if;
  update public.marketplace_tasks as t
  set status = 'cancelled', cancelled_at = clock_timestamp(), cancelled_by = coalesce(who.agent_id, who.user_id::text),
      cancellation_reason = reason
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object('success', true, 'task', private.task_json(changed), 'message', 'Task cancelled');
end
$$;


--
-- Name: FUNCTION judge_cancellation(who private.caller, task public.marketplace_tasks, reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_cancellation(who private.caller, task public.marketplace_tasks, reason text) IS 'Decides on a cancellation and carries it out.';


--
-- Name: judge_completion(private.caller, public.marketplace_tasks, numeric, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.completion_issues(judge_completion.actual_hours, notes);
  changed public.marketplace_tasks;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if not who.is_admin and task.assigned_to is distinct from who.user_id then
    return private.refuse(403, 'not_allowed', 'Only the person a task is assigned to, or an admin, completes it');
  end if;
  if task.status <> 'in_progress' then
    return private.refuse_transition(task, 'completed');
  end if;
  update public.marketplace_tasks as t
  set status = 'completed', completed_at = clock_timestamp(), completed_by = who.user_id,
      actual_hours = judge_completion.actual_hours, completion_notes = notes
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task completed',
    'stats', jsonb_build_object(
      'estimatedHours', trim_scale(changed.estimated_hours),
      'actualHours', trim_scale(changed.actual_hours),
      'accuracy', private.task_accuracy(changed.estimated_hours, changed.actual_hours),
      'efficiency', trim_scale(private.task_efficiency(changed.estimated_hours, changed.actual_hours)),
      'completedAt', changed.completed_at
    )
  );
end
$$;


--
-- Name: FUNCTION judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text) IS 'Decides on a completion and carries it out.';


--
-- Name: judge_decision(private.caller, uuid[], boolean, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  expected constant jsonb := coalesce((
    select jsonb_object_agg(lower(e.key), e.value) from jsonb_each(options -> 'expectedVersions') as e
  ), '{}');
  dry_run constant boolean := coalesce((options ->> 'dryRun')::boolean, false);
  atomic constant boolean := coalesce((options ->> 'atomic')::boolean, false);
  verdicts private.verdict[];
  decidable integer;
  noun text;
  verb constant text := case when approved then 'approved' else 'rejected' end;
  decided jsonb := jsonb '[]';
begin
  if not approved and reason is null then
    return private.refuse(422, 'reason_required', 'A rejection needs a reason');
  end if;
  verdicts := private.weigh_decision(task_ids, approved, expected);
  decidable := (select count(*) from unnest(verdicts) as v where v.code is null);
  noun := case decidable when 1 then 'task' else 'tasks' end;
  if decidable = 0 or (atomic and decidable < cardinality(verdicts)) then
    decidable := 0;
  elsif not dry_run then
    decided := private.carry_out_decision(who, verdicts, reason);
  end if;
  return private.respond(
    case when decidable > 0 then 200 else 409 end,
    jsonb_build_object(
      'success', decidable > 0,
      'message', case
        when decidable = 0 then 'Nothing was decided'
        when dry_run then format('%s %s would be %s', decidable, noun, verb)
        else format('%s %s %s', decidable, noun, verb)
      end,
      'count', jsonb_array_length(decided),
      'tasks', decided,
      'results', coalesce((
        select jsonb_agg(
          jsonb_strip_nulls(jsonb_build_object(
            'id', v.id,
            -- In an atomic batch that failed, what could have been decided was not.
            'outcome', case when v.code is null and decidable = 0 then 'conflict' else v.outcome end,
            'code', case when v.code is null and decidable = 0 then 'batch_refused' else v.code end,
            'currentStatus', case
              when v.code is null and decidable > 0 and not dry_run then v.outcome else v.current_status
            end,
            'currentVersion', case
              when v.code is null and decidable > 0 and not dry_run then v.current_version + 1 else v.current_version
            end
          )) order by v.position
        ) from unnest(verdicts) as v
      ), '[]')
    ) || case when dry_run then '{"dryRun": true}'::jsonb else '{}' end
  );
end
$$;


--
-- Name: FUNCTION judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb) IS 'Decides on every task it can, or on none where atomic, and answers per task.';


--
-- Name: user_profile; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_profile (
    id uuid NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    display_name text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT user_profile_display_name_is_short CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 100))),
    CONSTRAINT user_profile_role_is_known CHECK ((role = ANY (ARRAY['admin'::text, 'user'::text])))
);


--
-- Name: TABLE user_profile; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.user_profile IS 'A person''s role and name. Made at sign-up; the role is written by api.set_role alone.';


--
-- Name: judge_role(private.caller, public.user_profile, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_role(who private.caller, profile public.user_profile, wanted text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if wanted is null or wanted not in ('admin', 'user') then
    return private.refuse_shape(private.issue('role', 'Expected admin or user'));
  end if;
  if profile.id is null then
    return private.refuse(404, 'user_not_found', 'There is no such user');
  end if;
  if profile.id = who.user_id then
    return private.refuse(403, 'not_allowed', 'Nobody changes his own role');
  end if;
  if who.kind = 'user' and not exists (
    select from public.user_profile as p where p.id = who.user_id and p.role = 'admin'
  ) then
    return private.refuse(403, 'not_allowed', 'This operation is for admins and the service');
  end if;
  update public.user_profile as p set role = wanted
  where p.id = profile.id and p.role <> wanted;
  return jsonb_build_object('success', true, 'user', jsonb_build_object('id', profile.id, 'role', wanted));
end
$$;


--
-- Name: FUNCTION judge_role(who private.caller, profile public.user_profile, wanted text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_role(who private.caller, profile public.user_profile, wanted text) IS 'Decides on a change of role and carries it out.';


--
-- Name: judge_submission(private.caller, public.marketplace_tasks); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_submission(who private.caller, task public.marketplace_tasks) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  changed public.marketplace_tasks;
begin
  -- Another agent's task is as unknown as one that never was.
  if task.id is null or task.created_by <> who.agent_id then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'pending' then
    return private.refuse_transition(task, 'submitted');
  end if;
  update public.marketplace_tasks as t set status = 'awaiting_approval', submitted_at = clock_timestamp()
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task submitted for approval'
  );
end
$$;


--
-- Name: FUNCTION judge_submission(who private.caller, task public.marketplace_tasks); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_submission(who private.caller, task public.marketplace_tasks) IS 'Decides on a submission and carries it out.';


--
-- Name: judge_unassignment(public.marketplace_tasks); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_unassignment(task public.marketplace_tasks) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  changed public.marketplace_tasks;
begin
  if task.id is null then
    return private.refuse_unknown_task();
  end if;
  if task.status <> 'in_progress' then
    return private.refuse_transition(task, 'taken back');
  end if;
  update public.marketplace_tasks as t set status = 'approved', assigned_to = null, started_at = null
  where t.id = task.id
  returning t.* into changed;
  return jsonb_build_object(
    'success', true, 'task', private.task_json(changed), 'message', 'Task taken back', 'assignedAt', null
  );
end
$$;


--
-- Name: FUNCTION judge_unassignment(task public.marketplace_tasks); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_unassignment(task public.marketplace_tasks) IS 'Decides on taking a task back and carries it out.';


--
-- Name: key_is_valid(jsonb, text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.key_is_valid(key jsonb, types text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  if jsonb_typeof(key) is distinct from 'array' or jsonb_array_length(key) <> cardinality(types) then
    return false;
  end if;
  for i in 1 .. cardinality(types) loop
    if key ->> (i - 1) is null then
      return false;
    end if;
    case types[i]
      when 'uuid' then perform (key ->> (i - 1))::uuid;
      when 'smallint' then perform (key ->> (i - 1))::smallint;
      when 'timestamptz' then perform (key ->> (i - 1))::timestamptz;
    end case;
  end loop;
  return true;
exception when data_exception then
  return false;
end
$$;


--
-- Name: FUNCTION key_is_valid(key jsonb, types text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.key_is_valid(key jsonb, types text[]) IS 'Whether the place a cursor names can be compared with; whoever makes one up learns no more.';


--
-- Name: list_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.list_issues(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  issues jsonb := jsonb '[]';
  field text;
  value jsonb;
begin
  if not private.is_bounded(filter, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field, value in select e.key, e.value from jsonb_each(filter) as e loop
    if field in ('status', 'marketplace', 'category', 'priority') then
      if private.as_texts(value) is null or cardinality(private.as_texts(value)) not between 1 and 20 then
        issues := issues || private.issue(field, 'Expected a text or a list of 1 to 20 texts');
      end if;
    elsif field in ('limit', 'offset') then
      if jsonb_typeof(value) <> 'number' or value::text !~ '^\d{1,9}$'
        or (field = 'limit' and value::text::integer not between 1 and 100)
      then
        issues := issues || private.issue(
          field, case field when 'limit' then 'Expected a whole number from 1 to 100' else 'Expected a whole number from 0' end
        );
      end if;
    elsif field = 'assignedTo' then
      if private.parse_uuid(value #>> '{}') is null then
        issues := issues || private.issue(field, 'Expected a uuid');
      end if;
    elsif field ~ '^(created|submitted|completed)(From|To)$' then
      if jsonb_typeof(value) <> 'string' or private.parse_timestamp(value #>> '{}') is null then
        issues := issues || private.issue(field, 'Expected an ISO 8601 instant with offset');
      end if;
    elsif field = 'sort' then
      if value not in ('"created_at"', '"submitted_at"', '"priority"') then
        issues := issues || private.issue(field, 'Expected created_at, submitted_at or priority');
      end if;
    elsif field = 'order' then
      if value not in ('"asc"', '"desc"') then
        issues := issues || private.issue(field, 'Expected asc or desc');
      end if;
    elsif field in ('createdBy', 'tag', 'q', 'cursor', 'since') then
      if private.text_is_valid(value, 500) is not true then
        issues := issues || private.issue(field, 'Expected a text of 1 to 500 characters');
      end if;
    else
      issues := issues || private.issue(left(field, 100), 'Unknown field');
    end if;
  end loop;
  if filter ? 'since' and (filter ? 'cursor' or filter ? 'offset' or filter ? 'sort' or filter ? 'order') then
    issues := issues || private.issue('since', 'The feed has an order of its own: send no cursor, offset, sort or order');
  elsif filter ? 'cursor' and filter ? 'offset' then
    issues := issues || private.issue('cursor', 'Expected either a cursor or an offset');
  end if;
  return nullif(issues, '[]');
end
$_$;


--
-- Name: FUNCTION list_issues(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.list_issues(filter jsonb) IS 'What is wrong with the question put to list_tasks; null where nothing is.';


--
-- Name: make_user_profile(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.make_user_profile() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  -- What a person says of himself at sign-up is a name at most, never a right.
  insert into public.user_profile (id, display_name)
  values (new.id, nullif(left(btrim(new.raw_user_meta_data ->> 'display_name'), 100), ''))
  on conflict (id) do nothing;
  return null;
end
$$;


--
-- Name: FUNCTION make_user_profile(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.make_user_profile() IS 'Trigger body on auth.users: everybody who signs up is a user.';


--
-- Name: marketplaces(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.marketplaces() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select array['amazon', 'kaway', 'mercadolivre', 'shein', 'shopee', 'tiktokshop']
$$;


--
-- Name: FUNCTION marketplaces(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.marketplaces() IS 'The marketplaces that statistics always show.';


--
-- Name: note_issues(text, text, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.note_issues(path text, note text, is_required boolean DEFAULT false) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select case
    when note is null and not is_required then null
    when note is null or char_length(note) > 2000 or not private.has_text(note) then
      private.issue(path, 'Expected a text of 1 to 2000 characters')
  end
$$;


--
-- Name: FUNCTION note_issues(path text, note text, is_required boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.note_issues(path text, note text, is_required boolean) IS 'What is wrong with a reason or a note; null where nothing is.';


--
-- Name: notify_admins(text, jsonb, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notify_admins(event text, payload jsonb, dedupe_key text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION notify_admins(event text, payload jsonb, dedupe_key text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify_admins(event text, payload jsonb, dedupe_key text) IS 'Tells every admin once per dedupe_key: at once on the topic user:<id>, and through the outbox.';


--
-- Name: notify_silent_agents(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notify_silent_agents() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  silent jsonb;
  told integer := 0;
begin
  select coalesce(jsonb_agg(a.id order by a.id), '[]')
  into silent
  from public.agents as a
  where a.active and a.created_at < clock_timestamp() - interval '24 hours' and not exists (
    select from public.marketplace_tasks as t
    where t.created_by = a.id and t.created_at >= clock_timestamp() - interval '24 hours'
  );
  if silent <> '[]' then
    told := private.notify_admins('silent_agents', jsonb_build_object('agents', silent), 'silent_agents:' || today);
  end if;
  return jsonb_build_object('processed', told, 'agents', silent);
end
$$;


--
-- Name: FUNCTION notify_silent_agents(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify_silent_agents() IS 'Tells admins, once a day, of active agents without a task for 24 hours.';


--
-- Name: notify_stale_approvals(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notify_stale_approvals() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  stale jsonb;
  told integer := 0;
begin
  select jsonb_build_object(
    'count', count(*),
    'oldestSubmittedAt', min(t.submitted_at),
    'marketplaces', coalesce(jsonb_agg(distinct t.marketplace), '[]')
  )
  into stale
  from public.marketplace_tasks as t
  where t.status = 'awaiting_approval' and t.submitted_at < clock_timestamp() - interval '7 days';
  if (stale ->> 'count')::bigint > 0 then
    told := private.notify_admins('stale_approvals', stale, 'stale_approvals:' || today);
  end if;
  return stale || jsonb_build_object('processed', told);
end
$$;


--
-- Name: FUNCTION notify_stale_approvals(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify_stale_approvals() IS 'Tells admins, once a day, of tasks awaiting approval for more than 7 days.';


--
-- Name: optional_task_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.optional_task_issues(item jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  issues jsonb := jsonb '[]';
begin
  if item ? 'tags' and jsonb_typeof(item -> 'tags') not in ('array', 'null') then
    issues := issues || private.issue('tags', 'Expected a list of texts');
  elsif jsonb_array_length(nullif(item -> 'tags', 'null')) > 20 then
    issues := issues || private.issue('tags', 'Expected at most 20 tags');
  elsif exists (
    select from jsonb_array_elements(nullif(item -> 'tags', 'null')) as tag where not private.text_is_valid(tag, 50)
  ) then
    issues := issues || private.issue('tags', 'Expected texts of 1 to 50 characters');
  end if;
  if jsonb_typeof(item -> 'metadata') not in ('object', 'null')
    or pg_column_size(item -> 'metadata') > 32768 or octet_length((item -> 'metadata')::text) > 16384
  then
    issues := issues || private.issue('metadata', 'Expected an object of at most 16 KiB');
  end if;
  if jsonb_typeof(item -> 'dueAt') not in ('string', 'null')
    or (jsonb_typeof(item -> 'dueAt') = 'string' and private.parse_timestamp(item ->> 'dueAt') is null)
  then
    issues := issues || private.issue('dueAt', 'Expected an ISO 8601 instant with offset');
  end if;
  if jsonb_typeof(item -> 'externalRef') <> 'null' and not private.text_is_valid(item -> 'externalRef', 200) then
    issues := issues || private.issue('externalRef', 'Expected a text of 1 to 200 characters');
  end if;
  if jsonb_typeof(item -> 'createdBy') not in ('string', 'null') then
    issues := issues || private.issue('createdBy', 'Expected the id of the calling agent');
  end if;
  return issues;
end
$$;


--
-- Name: FUNCTION optional_task_issues(item jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.optional_task_issues(item jsonb) IS 'What is wrong with the fields that may be left out.';


--
-- Name: page_of_tasks(private.caller, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.page_of_tasks(who private.caller, filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET work_mem TO '64MB'
    AS $_$
declare
  page_size constant integer := coalesce((filter ->> 'limit')::integer, 50);
  sort constant text := coalesce(filter ->> 'sort', 'created_at');
  direction constant text := coalesce(filter ->> 'order', 'desc');
  expressions constant text[] := private.task_order(sort);
  ordering constant text := array_to_string(expressions, ' ' || direction || ', ') || ' ' || direction;
  conditions constant text := private.task_conditions(filter, who);
  source constant text := private.task_source(filter);
  after constant text := private.place_condition(filter, who, sort, direction);
  total bigint;
  rows jsonb;
  last_key jsonb;
  has_more boolean;
begin
  if after is null then
    return private.refuse_cursor();
  end if;
  if filter ? 'cursor' then
    -- Counted once, with the first page; the pages after it carry the figure along.
    total := (private.decode_cursor(filter ->> 'cursor') ->> 'total')::bigint;
  else
    execute format('select count(*) from %s as t where %s', source, conditions) into total using filter;
  end if;

  -- The page is found by ids alone; whole rows are fetched for those that are on it.
  execute format(
    'select coalesce(jsonb_agg(private.task_json(t) order by r.number) filter (where r.number <= $2), ''[]''),
            (array_agg(jsonb_build_array((%s)::text) order by r.number) filter (where r.number <= $2))[least(count(*), $2)],
            count(*) > $2
     from (
       select p.id, row_number() over () as number
       from (select t.id from %s as t where %s and %s order by %s limit $2 + 1 offset $3) as p
     ) as r
     join public.marketplace_tasks as t on t.id = r.id',
    array_to_string(expressions, ')::text, ('), source, conditions, after, ordering
  )
  into rows, last_key, has_more
  using filter, page_size, coalesce((filter ->> 'offset')::integer, 0);

  return jsonb_build_object(
    'tasks', rows, 'count', total, 'limit', page_size, 'offset', coalesce((filter ->> 'offset')::integer, 0),
    'nextCursor', case when has_more then private.encode_cursor(jsonb_build_object(
      'of', private.question_of(filter, who), 'key', last_key, 'total', total
    )) end
  );
end
$_$;


--
-- Name: FUNCTION page_of_tasks(who private.caller, filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.page_of_tasks(who private.caller, filter jsonb) IS 'One page by keyset or offset; count is the total at the time of the first page.';


--
-- Name: parse_timestamp(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.parse_timestamp(value text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  moment timestamptz;
begin
  if value !~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$' then
    return null;
  end if;
  moment := value::timestamptz;
  -- An offset may carry the first and the last day out of the years that four digits can write.
  if moment < '0001-01-01T00:00:00Z' or moment >= '10000-01-01T00:00:00Z' then
    return null;
  end if;
  return moment;
exception when data_exception then
  return null;
end
$_$;


--
-- Name: FUNCTION parse_timestamp(value text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.parse_timestamp(value text) IS 'An ISO 8601 instant with offset, or null where the text is none.';


--
-- Name: parse_uuid(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.parse_uuid(value text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $_$
  select case
    when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
  end
$_$;


--
-- Name: FUNCTION parse_uuid(value text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.parse_uuid(value text) IS 'A uuid in its usual text form, or null where the text is none.';


--
-- Name: period_end(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.period_end(filter jsonb) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select coalesce((filter ->> 'to')::timestamptz, statement_timestamp())
$$;


--
-- Name: FUNCTION period_end(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.period_end(filter jsonb) IS 'Where the period of a question ends: now, unless it says.';


--
-- Name: period_start(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.period_start(filter jsonb) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select coalesce((filter ->> 'from')::timestamptz, private.period_end(filter) - interval '30 days')
$$;


--
-- Name: FUNCTION period_start(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.period_start(filter jsonb) IS 'Where the period of a question begins: 30 days before its end, unless it says.';


--
-- Name: place_condition(jsonb, private.caller, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.place_condition(filter jsonb, who private.caller, sort text, direction text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  place constant jsonb := private.decode_cursor(filter ->> 'cursor');
  types constant text[] := private.task_order_types(sort);
begin
  if not filter ? 'cursor' then
    return 'true';
  end if;
  if place ->> 'of' is distinct from private.question_of(filter, who)
    or coalesce(place ->> 'total', '') !~ '^\d{1,15}$'
    or not private.key_is_valid(place -> 'key', types)
  then
    return null;
  end if;
  return format(
    '(%s) %s (%s)',
    array_to_string(private.task_order(sort), ', '),
    case direction when 'asc' then '>' else '<' end,
    (
      select string_agg(format('(%L)::%s', place -> 'key' ->> (k.i - 1)::integer, k.type), ', ' order by k.i)
      from unnest(types) with ordinality as k (type, i)
    )
  );
end
$_$;


--
-- Name: FUNCTION place_condition(filter jsonb, who private.caller, sort text, direction text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.place_condition(filter jsonb, who private.caller, sort text, direction text) IS 'What comes after the cursor; true without one, null where it belongs to another question.';


--
-- Name: principal(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.principal() RETURNS private.caller
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  token constant text := private.request_header('x-agent-token');
  role constant text := coalesce(claims ->> 'role', private.session_role());
  subject constant text := claims ->> 'sub';
begin
  if token is not null and (subject is not null or role = 'service_role') then
    perform private.raise_refusal(
      400, 'ambiguous_credentials', 'A user''s or service''s credentials and an agent''s token were sent together'
    );
  end if;
  if token is not null then
    return private.agent_caller(token);
  end if;
  if role = 'service_role' then
    return row('service', 'service', null, null, null, false)::private.caller;
  end if;
  if role = 'authenticated' and private.parse_uuid(subject) is not null then
    return private.user_caller(subject::uuid);
  end if;
  -- No claim, and none of the Data API's roles: a direct session, such as a scheduled job or a migration.
  if claims is null and role not in ('anon', 'authenticated', 'service_role') then
    return row('system', 'system:' || role, null, null, null, false)::private.caller;
  end if;
  return row('anon', 'anon', null, null, null, false)::private.caller;
end
$$;


--
-- Name: FUNCTION principal(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.principal() IS 'Who is calling: verified JWT claims, the x-agent-token header, the service, or a direct session. Writes nothing, so that stable operations may call it.';


--
-- Name: propose_task(public.agents, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.propose_task(agent public.agents, item jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  refusal constant jsonb := private.task_refusal(item, agent, private.agent_categories(agent.id));
  task_id constant uuid := gen_random_uuid();
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  task public.marketplace_tasks;
begin
  if refusal is not null then
    return jsonb_build_object('outcome', 'refused') || refusal;
  end if;
  if item ->> 'externalRef' is not null then
    -- Locks the usage row before looking, as a batch does: of two that bring one externalRef, one looks later.
    perform private.quota_left(agent, today);
    task := private.find_task(private.task_of_ref(agent.id, item ->> 'externalRef'));
    if task.id is not null then
      return jsonb_build_object('outcome', 'existing', 'task', private.task_json(task));
    end if;
  end if;
  if not private.spend_quota(agent, today, 1) then
    return jsonb_build_object('outcome', 'refused') || private.quota_refusal(agent);
  end if;
  perform private.insert_proposals(agent, array[row(0, item, null, task_id, true, 1)::private.proposal]);
  select * into task from public.marketplace_tasks as t where t.id = task_id;
  return jsonb_build_object('outcome', 'created', 'task', private.task_json(task));
end
$$;


--
-- Name: FUNCTION propose_task(agent public.agents, item jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.propose_task(agent public.agents, item jsonb) IS 'propose_tasks for a single task, as most come: the same judgements and the same insert without the machinery of a batch.';


--
-- Name: propose_tasks(public.agents, jsonb, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.propose_tasks(agent public.agents, items jsonb, atomic boolean) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  -- The day is read once: a batch that begins before midnight counts for the day it began.
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  left_today constant integer := private.quota_left(agent, today);
  proposals private.proposal[] := private.hold_to_quota(private.weigh_proposals(agent, items), agent, left_today);
  made integer;
  spoiled constant boolean := atomic and exists (select from unnest(proposals) as p where p.refusal is not null);
begin
  if not spoiled then
    made := private.insert_proposals(agent, proposals);
    if not private.spend_quota(agent, today, made) then
      raise exception 'Expected the quota of % to cover % tasks', agent.id, made;
    end if;
  end if;
  return (
    select jsonb_agg(
      case
        when p.refusal is not null then
          jsonb_build_object('index', p.index, 'outcome', 'refused') || p.refusal
        when spoiled then jsonb_build_object(
          'index', p.index, 'outcome', 'refused', 'code', 'batch_refused', 'status', 422,
          'error', 'Another item of this atomic batch was refused'
        )
        when p.is_new then jsonb_build_object(
          'index', p.index, 'outcome', 'created', 'task', private.task_json(row(t.*)::public.marketplace_tasks)
        )
        -- In brief: a thousand items may all name one large task.
        else jsonb_build_object(
          'index', p.index, 'outcome', 'existing', 'task', jsonb_build_object(
            'id', t.id, 'externalRef', t.external_ref, 'status', t.status, 'version', t.version
          )
        )
      end
      order by p.index
    )
    from unnest(proposals) as p
    left join lateral (select * from private.find_task(p.task_id)) as t on true
  );
end
$$;


--
-- Name: FUNCTION propose_tasks(agent public.agents, items jsonb, atomic boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.propose_tasks(agent public.agents, items jsonb, atomic boolean) IS 'Creates a batch and answers per item {index, outcome: created|existing|refused, task?, code?, status?, error?}.';


--
-- Name: purge_expired(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.purge_expired() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  keys bigint;
  buckets bigint;
  runs bigint;
  usage bigint;
  deliveries bigint;
  cron_runs bigint;
begin
  delete from private.idempotency_keys as k where k.created_at < clock_timestamp() - interval '24 hours';
  get diagnostics keys = row_count;
  -- A bucket untouched for longer than its period is full again: the same as none.
  delete from private.rate_limit_buckets as b
  using private.rate_limits as l
  where l.operation = b.operation and b.updated_at < clock_timestamp() - make_interval(secs => l.period_seconds);
  get diagnostics buckets = row_count;
  delete from private.job_runs as r where r.finished_at < clock_timestamp() - interval '30 days';
  get diagnostics runs = row_count;
  delete from private.agent_usage as u where u.day < (clock_timestamp() at time zone 'UTC')::date - 30;
  get diagnostics usage = row_count;
  delete from private.outbox as o
  where o.status <> 'pending' and o.created_at < clock_timestamp() - interval '30 days';
  get diagnostics deliveries = row_count;
  delete from cron.job_run_details as d where d.end_time < clock_timestamp() - interval '7 days';
  get diagnostics cron_runs = row_count;
  return jsonb_build_object(
    'processed', keys + buckets + runs + usage + deliveries + cron_runs,
    'idempotencyKeys', keys, 'rateLimitBuckets', buckets, 'jobRuns', runs, 'agentUsage', usage, 'deliveries', deliveries, 'cronRuns', cron_runs
  );
end
$$;


--
-- Name: FUNCTION purge_expired(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.purge_expired() IS 'Removes stored answers after 24 hours, full buckets, old records of runs, deliveries that ended.';


--
-- Name: question_of(jsonb, private.caller); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.question_of(filter jsonb, who private.caller) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select md5(jsonb_build_array(filter - array['cursor', 'limit'], who.agent_id)::text)
$$;


--
-- Name: FUNCTION question_of(filter jsonb, who private.caller); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.question_of(filter jsonb, who private.caller) IS 'What a cursor belongs to: the question without its place in it.';


--
-- Name: queued_task_ids(jsonb, private.caller, integer, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean) RETURNS uuid[]
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
declare
  found_ids uuid[];
begin
  execute format(
    'select array(
       select t.id from public.marketplace_tasks as t
       where t.status = ''awaiting_approval'' and %s %s
       order by t.submitted_at, t.id
       limit $2 %s
     )',
    private.task_conditions(filter, who),
    case when filter ? 'tag' then 'and t.tags && private.as_texts($1 -> ''tag'')' end,
    -- Whoever decides takes what nobody else is deciding on; he waits for nobody.
    case when locks then 'for update of t skip locked' end
  )
  into found_ids
  using filter, most;
  return found_ids;
end
$_$;


--
-- Name: FUNCTION queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean) IS 'The oldest tasks of the approval queue that match a filter, locked where wanted.';


--
-- Name: quota_left(public.agents, date); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.quota_left(agent public.agents, day date) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  used integer;
begin
  -- Locks the agent's usage row until commit: what is left cannot be spent twice, and nobody else can bring an
  -- externalRef of this agent in meanwhile. Taken after key and bucket, before any task: the same order everywhere.
  insert into private.agent_usage as u (agent_id, day)
  values (agent.id, quota_left.day)
  on conflict on constraint agent_usage_pkey do update set created = u.created
  returning u.created into used;
  return greatest(0, agent.daily_quota - used);
end
$$;


--
-- Name: FUNCTION quota_left(agent public.agents, day date); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.quota_left(agent public.agents, day date) IS 'How many tasks the agent may still create that day.';


--
-- Name: quota_refusal(public.agents); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.quota_refusal(agent public.agents) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select jsonb_build_object(
    'code', 'quota_exceeded', 'status', 429,
    'error', format('%s may create %s tasks a day', agent.id, agent.daily_quota),
    'details', jsonb_build_object(
      'dailyQuota', agent.daily_quota,
      'retryAfterSeconds', ceil(extract(epoch from
        date_trunc('day', clock_timestamp() at time zone 'UTC') + interval '1 day' - clock_timestamp() at time zone 'UTC'
      ))::integer
    )
  )
$$;


--
-- Name: FUNCTION quota_refusal(agent public.agents); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.quota_refusal(agent public.agents) IS 'The refusal of a task beyond the agent''s daily quota.';


--
-- Name: raise_refusal(integer, text, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.raise_refusal(status integer, code text, message text, details jsonb DEFAULT NULL::jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  -- PostgREST parses details and header values as text and answers 500 to anything else.
  raise sqlstate 'PGRST' using
    message = jsonb_build_object(
      'code', raise_refusal.code,
      'message', raise_refusal.message,
      'details', raise_refusal.details::text,
      'hint', null
    )::text,
    detail = jsonb_build_object('status', raise_refusal.status, 'headers', '{}'::jsonb)::text;
end
$$;


--
-- Name: FUNCTION raise_refusal(status integer, code text, message text, details jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.raise_refusal(status integer, code text, message text, details jsonb) IS 'A refusal before anything worth keeping: rolls back and answers. Anything later returns private.refuse instead.';


--
-- Name: rebase_feed(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.rebase_feed() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  rebased bigint;
begin
  -- Transaction numbers of another cluster mean nothing here: above the horizon a task would stay hidden from the feed.
  -- The guards would refuse an update that is no step; for this one they look away, and nobody else may write meanwhile.
  alter table public.marketplace_tasks disable trigger user;
  update public.marketplace_tasks as t set changed_xid = pg_current_xact_id();
  get diagnostics rebased = row_count;
  alter table public.marketplace_tasks enable trigger user;
  return rebased;
end
$$;


--
-- Name: FUNCTION rebase_feed(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.rebase_feed() IS 'To be called once after a logical restore into another cluster: every task counts as changed now. For an operator.';


--
-- Name: refuse(integer, text, text, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse(status integer, code text, message text, details jsonb DEFAULT NULL::jsonb, headers jsonb DEFAULT NULL::jsonb) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.respond(
    refuse.status,
    jsonb_build_object(
      'code', refuse.code, 'message', refuse.message, 'details', refuse.details, 'hint', null
    ),
    refuse.headers
  )
$$;


--
-- Name: FUNCTION refuse(status integer, code text, message text, details jsonb, headers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse(status integer, code text, message text, details jsonb, headers jsonb) IS 'An expected refusal as a value: what was kept before it (a spent rate token, a stored answer) is committed.';


--
-- Name: refuse_change(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception '% of %.% is refused: its rows are only ever added', tg_op, tg_table_schema, tg_table_name
    using errcode = 'PT403';
end
$$;


--
-- Name: FUNCTION refuse_change(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_change() IS 'Trigger body of append-only tables.';


--
-- Name: refuse_cursor(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_cursor() RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(400, 'cursor_invalid', 'The cursor does not belong to this question or this database')
$$;


--
-- Name: FUNCTION refuse_cursor(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_cursor() IS 'The refusal of a cursor that cannot be continued from.';


--
-- Name: refuse_shape(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_shape(issues jsonb) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(
    400, 'invalid_request', 'The request does not have the expected shape',
    jsonb_build_object('issues', refuse_shape.issues)
  )
$$;


--
-- Name: FUNCTION refuse_shape(issues jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_shape(issues jsonb) IS 'The refusal of a malformed request: details.issues names every fault found.';


--
-- Name: refuse_transition(public.marketplace_tasks, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_transition(task public.marketplace_tasks, wanted text) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(
    409, 'invalid_transition', format('A task that is %s cannot be %s', task.status, wanted),
    jsonb_build_object('currentStatus', task.status, 'currentVersion', task.version)
  )
$$;


--
-- Name: FUNCTION refuse_transition(task public.marketplace_tasks, wanted text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_transition(task public.marketplace_tasks, wanted text) IS 'The refusal of a step that the task''s state does not allow.';


--
-- Name: refuse_unknown_task(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_unknown_task() RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(404, 'not_found', 'There is no such task, or the caller may not see it')
$$;


--
-- Name: FUNCTION refuse_unknown_task(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_unknown_task() IS 'The refusal where there is no such task for this caller.';


--
-- Name: replay(private.caller, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.replay(who private.caller, operation text, request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
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
$_$;


--
-- Name: FUNCTION replay(who private.caller, operation text, request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.replay(who private.caller, operation text, request jsonb) IS 'The stored answer of a request seen before, a refusal where its key was used for another, null where it is new.';


--
-- Name: request_hash(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.request_hash(request jsonb) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select sha256(convert_to(coalesce(request, 'null')::text, 'UTF8'))
$$;


--
-- Name: FUNCTION request_hash(request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.request_hash(request jsonb) IS 'Tells whether two requests are the same; jsonb has one text for one value.';


--
-- Name: request_header(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.request_header(name text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return nullif(current_setting('request.headers', true), '')::jsonb ->> name;
end
$$;


--
-- Name: FUNCTION request_header(name text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.request_header(name text) IS 'A header of the request by its lower-case name, as the Data API hands it over; null outside a request.';


--
-- Name: require_admin(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.require_admin() RETURNS private.caller
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
begin
  if not who.is_admin then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for admins');
  end if;
  return who;
end
$$;


--
-- Name: FUNCTION require_admin(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.require_admin() IS 'The caller, where he is a person with the role admin; refused otherwise.';


--
-- Name: require_caller(text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.require_caller(kinds text[]) RETURNS private.caller
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  who constant private.caller := private.principal();
begin
  if who.kind = any (kinds) then
    -- Noted for the audit of whatever this operation writes, so that it need not ask again; gone with the transaction.
    perform set_config('tradepost.actor', to_jsonb(who)::text, true);
    return who;
  end if;
  if who.kind = 'anon' then
    perform private.raise_refusal(401, 'credentials_missing', 'This operation needs credentials and none were sent');
  end if;
  perform private.raise_refusal(
    403, 'not_allowed', format('This operation is for %s, not for %s', array_to_string(kinds, ' or '), who.kind)
  );
  return null; -- never reached: a refusal is raised
end
$$;


--
-- Name: FUNCTION require_caller(kinds text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.require_caller(kinds text[]) IS 'The caller, where he is of one of these kinds; refused otherwise.';


--
-- Name: require_steward(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.require_steward() RETURNS private.caller
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  who constant private.caller := private.require_caller(array['user', 'service', 'system']);
begin
  if who.kind = 'user' and not who.is_admin then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for admins and the service');
  end if;
  return who;
end
$$;


--
-- Name: FUNCTION require_steward(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.require_steward() IS 'The caller, where he is an admin, the service or the system; refused otherwise.';


--
-- Name: respond(integer, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.respond(status integer, body jsonb, headers jsonb DEFAULT NULL::jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  perform set_config('response.status', respond.status::text, true);
  if respond.headers is not null then
    perform set_config('response.headers', respond.headers::text, true);
  end if;
  return respond.body;
end
$$;


--
-- Name: FUNCTION respond(status integer, body jsonb, headers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.respond(status integer, body jsonb, headers jsonb) IS 'Sets the HTTP status, and headers as [{"Name": "text"}], and hands the body back. The transaction commits.';


--
-- Name: revoke_agent_tokens(text, uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.revoke_agent_tokens(agent_id text, token_id uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  revoked uuid[];
begin
  -- Lock: the agent's row first, as a call by token does, so that neither waits for the other in a ring.
  perform from public.agents as a where a.id = revoke_agent_tokens.agent_id for no key update;
  with gone as (
    update private.agent_tokens as t set revoked_at = clock_timestamp()
    where t.agent_id = revoke_agent_tokens.agent_id and t.revoked_at is null
      and (revoke_agent_tokens.token_id is null or t.id = revoke_agent_tokens.token_id)
    returning t.id
  )
  select coalesce(array_agg(gone.id), '{}') into revoked from gone;
  if cardinality(revoked) > 0 then
    perform private.audit_agent_tokens(
      revoke_agent_tokens.agent_id, 'token_revoked', jsonb_build_object('tokenIds', to_jsonb(revoked))
    );
  end if;
  return cardinality(revoked);
end
$$;


--
-- Name: FUNCTION revoke_agent_tokens(agent_id text, token_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.revoke_agent_tokens(agent_id text, token_id uuid) IS 'Ends one token of an agent, or all of them, at once.';


--
-- Name: rotate_agent_token(text, interval); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.rotate_agent_token(agent_id text, overlap interval DEFAULT '24:00:00'::interval) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  fresh text;
begin
  -- Lock: the agent's row, so that two rotations follow one another. Agent before tokens, as a call by token does;
  -- not its key, which every task of the agent refers to.
  perform from public.agents as a where a.id = rotate_agent_token.agent_id for no key update;
  update private.agent_tokens as t set expires_at = clock_timestamp() + overlap
  where t.agent_id = rotate_agent_token.agent_id and t.revoked_at is null
    and (t.expires_at is null or t.expires_at > clock_timestamp() + overlap);
  fresh := private.issue_agent_token(rotate_agent_token.agent_id);
  return fresh;
end
$$;


--
-- Name: FUNCTION rotate_agent_token(agent_id text, overlap interval); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.rotate_agent_token(agent_id text, overlap interval) IS 'Issues a token and lets the older ones live on for the overlap.';


--
-- Name: run_job(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.run_job(job text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
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


--
-- Name: FUNCTION run_job(job text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.run_job(job text) IS 'Runs private.<job>() once and records the run. A job returns jsonb with processed, and may run twice without harm.';


--
-- Name: session_role(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_role() RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  -- Inside an operation current_user is its owner; the role the session has taken on is what tells.
  return coalesce(nullif(current_setting('role', true), 'none'), session_user);
end
$$;


--
-- Name: FUNCTION session_role(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_role() IS 'The role of the session itself: the one it set, else the one it logged in as.';


--
-- Name: spend_quota(public.agents, date, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.spend_quota(agent public.agents, day date, amount integer) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if amount > agent.daily_quota then
    return false;
  end if;
  insert into private.agent_usage as u (agent_id, day, created)
  values (agent.id, spend_quota.day, amount)
  on conflict on constraint agent_usage_pkey do update set created = u.created + amount
  where u.created + amount <= agent.daily_quota;
  return found;
end
$$;


--
-- Name: FUNCTION spend_quota(agent public.agents, day date, amount integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.spend_quota(agent public.agents, day date, amount integer) IS 'Counts what an agent creates on a day; false, and nothing counted, where the quota does not cover it.';


--
-- Name: stats_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.stats_issues(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
  issues jsonb := jsonb '[]';
  field text;
begin
  if not private.is_bounded(filter, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(filter) is distinct from 'object' then
    return private.issue('filter', 'Expected an object');
  end if;
  for field in select k from jsonb_object_keys(filter - array['day', 'timezone', 'from', 'to', 'groupBy']) as k loop
    issues := issues || private.issue(left(field, 100), 'Unknown field');
  end loop;
  if filter ? 'day' and (
    filter ->> 'day' !~ '^\d{4}-\d{2}-\d{2}$' or private.parse_timestamp((filter ->> 'day') || 'T00:00:00Z') is null
  ) then
    issues := issues || private.issue('day', 'Expected a date as YYYY-MM-DD');
  end if;
  if filter ? 'timezone' and private.is_timezone(filter ->> 'timezone') is not true then
    issues := issues || private.issue('timezone', 'Expected the name of a time zone, such as Europe/Berlin');
  end if;
  foreach field in array array['from', 'to'] loop
    if filter ? field and private.parse_timestamp(filter ->> field) is null then
      issues := issues || private.issue(field, 'Expected an ISO 8601 instant with offset');
    end if;
  end loop;
  if issues = '[]' and private.period_end(filter) - private.period_start(filter) not between '0' and '366 days' then
    issues := issues || private.issue('from', 'Expected from before to, and a period of at most 366 days');
  end if;
  if filter ? 'groupBy' and coalesce(filter ->> 'groupBy', '') not in ('marketplace', 'agent') then
    issues := issues || private.issue('groupBy', 'Expected marketplace or agent');
  end if;
  return nullif(issues, '[]');
end
$_$;


--
-- Name: FUNCTION stats_issues(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.stats_issues(filter jsonb) IS 'What is wrong with the question put to task_stats; null where nothing is.';


--
-- Name: task_accuracy(numeric, numeric); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_accuracy(estimated numeric, actual numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select greatest(0, round(100 * (estimated - abs(estimated - actual)) / estimated))::integer
$$;


--
-- Name: FUNCTION task_accuracy(estimated numeric, actual numeric); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_accuracy(estimated numeric, actual numeric) IS 'How near the estimate was: 100 on the spot, 0 when off by all of it. 4 h and 3.5 h: 88.';


--
-- Name: task_conditions(jsonb, private.caller); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_conditions(filter jsonb, who private.caller) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $_$
  -- Only the conditions asked for, so that each question gets a plan of its own. $1 is the filter.
  select coalesce(string_agg(c.condition, ' and '), 'true')
  from (values
    (filter ? 'status', 't.status = any (private.as_texts($1 -> ''status''))'),
    (filter ? 'marketplace', 't.marketplace = any (private.as_texts($1 -> ''marketplace''))'),
    (filter ? 'category', 't.category = any (private.as_texts($1 -> ''category''))'),
    (filter ? 'priority', 't.priority = any (private.as_texts($1 -> ''priority''))'),
    (filter ? 'assignedTo', 't.assigned_to = ($1 ->> ''assignedTo'')::uuid'),
    (filter ? 'createdBy', 't.created_by = any (private.as_texts($1 -> ''createdBy''))'),
    (filter ? 'createdFrom', 't.created_at >= ($1 ->> ''createdFrom'')::timestamptz'),
    (filter ? 'createdTo', 't.created_at < ($1 ->> ''createdTo'')::timestamptz'),
    (filter ? 'submittedFrom', 't.submitted_at >= ($1 ->> ''submittedFrom'')::timestamptz'),
    (filter ? 'submittedTo', 't.submitted_at < ($1 ->> ''submittedTo'')::timestamptz'),
    (filter ? 'completedFrom', 't.completed_at >= ($1 ->> ''completedFrom'')::timestamptz'),
    (filter ? 'completedTo', 't.completed_at < ($1 ->> ''completedTo'')::timestamptz'),
    -- An agent reads its own tasks only, whatever it asks for.
    (who.kind = 'agent', format('t.created_by = %L', who.agent_id))
  ) as c (is_asked, condition)
  where c.is_asked
$_$;


--
-- Name: FUNCTION task_conditions(filter jsonb, who private.caller); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_conditions(filter jsonb, who private.caller) IS 'The where clause of a question; every value stays a parameter.';


--
-- Name: task_efficiency(numeric, numeric); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_efficiency(estimated numeric, actual numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select round(100 * estimated / actual, 2)
$$;


--
-- Name: FUNCTION task_efficiency(estimated numeric, actual numeric); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_efficiency(estimated numeric, actual numeric) IS 'Estimated over actual hours in percent, to the hundredth: above 100 is faster than estimated.';


--
-- Name: task_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_issues(item jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  issues jsonb := jsonb '[]';
  unknown text;
begin
  if jsonb_typeof(item) is distinct from 'object' then
    return private.issue('', 'Expected an object');
  end if;
  if pg_column_size(item) > 131072 then
    return private.unbounded_issue();
  end if;
  if coalesce(item ->> 'marketplace', '')
    not in ('amazon', 'shopee', 'mercadolivre', 'shein', 'tiktokshop', 'kaway') then
    issues := issues
      || private.issue('marketplace', 'Expected amazon, shopee, mercadolivre, shein, tiktokshop or kaway');
  end if;
  if private.text_is_valid(item -> 'title', 255) is not true then
    issues := issues || private.issue('title', 'Expected a text of 1 to 255 characters');
  end if;
  if private.text_is_valid(item -> 'description', 5000) is not true then
    issues := issues || private.issue('description', 'Expected a text of 1 to 5000 characters');
  end if;
  if coalesce(item ->> 'category', '') not in ('optimization', 'best-practice', 'scaling', 'analysis') then
    issues := issues || private.issue('category', 'Expected optimization, best-practice, scaling or analysis');
  end if;
  if coalesce(item ->> 'priority', '') not in ('high', 'medium', 'low') then
    issues := issues || private.issue('priority', 'Expected high, medium or low');
  end if;
  if private.hours_are_valid(item -> 'estimatedHours') is not true then
    issues := issues
      || private.issue('estimatedHours', 'Expected a number above 0 and at most 10000, to the hundredth');
  end if;
  item := item - array['marketplace', 'title', 'description', 'category', 'priority', 'estimatedHours'];
  if item <> '{}' then
    issues := issues || private.optional_task_issues(item);
    for unknown in
      select k from jsonb_object_keys(item - array['createdBy', 'tags', 'metadata', 'dueAt', 'externalRef']) as k limit 20
    loop
      issues := issues || private.issue(left(unknown, 100), 'Unknown field');
    end loop;
  end if;
  return nullif(issues, '[]');
end
$$;


--
-- Name: FUNCTION task_issues(item jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_issues(item jsonb) IS 'What is wrong with the shape of a proposed task; null where nothing is.';


--
-- Name: task_json(public.marketplace_tasks); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_json(task public.marketplace_tasks) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'id', task.id,
    'marketplace', task.marketplace,
    'createdBy', task.created_by,
    'title', task.title,
    'description', task.description,
    'category', task.category,
    'priority', task.priority,
    'status', task.status,
    'createdAt', task.created_at,
    'submittedAt', task.submitted_at,
    'approvedAt', task.approved_at,
    'approvedBy', task.approved_by,
    'approvalReason', task.approval_reason,
    'rejectedAt', task.rejected_at,
    'rejectedBy', task.rejected_by,
    'rejectionReason', task.rejection_reason,
    'startedAt', task.started_at,
    'assignedTo', task.assigned_to,
    'completedAt', task.completed_at,
    'completedBy', task.completed_by,
    'completionNotes', task.completion_notes,
    'cancelledAt', task.cancelled_at,
    'cancelledBy', task.cancelled_by,
    'cancellationReason', task.cancellation_reason,
    'estimatedHours', trim_scale(task.estimated_hours),
    'actualHours', trim_scale(task.actual_hours),
    'tags', task.tags,
    'metadata', task.metadata,
    'dueAt', task.due_at,
    'externalRef', task.external_ref,
    'version', task.version,
    'updatedAt', task.updated_at
  );
end
$$;


--
-- Name: FUNCTION task_json(task public.marketplace_tasks); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_json(task public.marketplace_tasks) IS 'A task as the public API shows it.';


--
-- Name: task_of_ref(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_of_ref(agent_id text, external_ref text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  -- A task that was put away is still the first of its name.
  return coalesce(
    (select t.id from public.marketplace_tasks as t
      where t.created_by = task_of_ref.agent_id and t.external_ref = task_of_ref.external_ref),
    (select t.id from private.archived_tasks as t
      where t.created_by = task_of_ref.agent_id and t.external_ref = task_of_ref.external_ref)
  );
end
$$;


--
-- Name: FUNCTION task_of_ref(agent_id text, external_ref text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_of_ref(agent_id text, external_ref text) IS 'The task an agent created under an externalRef, living or archived.';


--
-- Name: task_order(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_order(sort text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  -- Each ends in the id, so that no two rows are equal and a page neither skips nor repeats.
  select case sort
    when 'created_at' then array['t.created_at', 't.id']
    when 'submitted_at' then array['coalesce(t.submitted_at, ''-infinity''::timestamptz)', 't.id']
    when 'priority' then array['t.priority_rank', 't.created_at', 't.id']
  end
$$;


--
-- Name: FUNCTION task_order(sort text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_order(sort text) IS 'What an order compares by; the last is the id.';


--
-- Name: task_order_types(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_order_types(sort text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select case sort
    when 'priority' then array['smallint', 'timestamptz', 'uuid']
    else array['timestamptz', 'uuid']
  end
$$;


--
-- Name: FUNCTION task_order_types(sort text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_order_types(sort text) IS 'The types of what an order compares by.';


--
-- Name: task_quality(timestamp with time zone, timestamp with time zone, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_quality(since timestamp with time zone, until timestamp with time zone, group_by text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    AS $$
  with chosen as (
    -- Each branch by its own index; a task counts once however many reasons it has to be here.
    select t.id from private.all_tasks as t where t.created_at >= since and t.created_at < until
    union
    select t.id from private.all_tasks as t where t.approved_at >= since and t.approved_at < until
    union
    select t.id from private.all_tasks as t where t.rejected_at >= since and t.rejected_at < until
    union
    select t.id from private.all_tasks as t where t.completed_at >= since and t.completed_at < until
    union
    select t.id from public.marketplace_tasks as t where t.status = 'awaiting_approval'
  ),
  task as (
    select case group_by when 'agent' then t.created_by else t.marketplace end as name,
      t.*,
      case when coalesce(t.approved_at, t.rejected_at) >= since and coalesce(t.approved_at, t.rejected_at) < until
        then extract(epoch from coalesce(t.approved_at, t.rejected_at) - t.submitted_at) / 3600 end as turnaround,
      t.completed_at >= since and t.completed_at < until as was_completed
    from chosen as c
    join private.all_tasks as t on t.id = c.id
  ),
  reason as (
    -- The most frequent only, and shortened: reasons are free text.
    select t.name, left(t.rejection_reason, 200) as reason, count(*) as count,
      row_number() over (partition by t.name order by count(*) desc, left(t.rejection_reason, 200)) as rank
    from task as t
    where t.rejected_at >= since and t.rejected_at < until
    group by t.name, left(t.rejection_reason, 200)
  ),
  figure as (
    select t.name,
      count(*) filter (where t.created_at >= since and t.created_at < until) as created,
      count(*) filter (where t.approved_at >= since and t.approved_at < until) as approved,
      count(*) filter (where t.rejected_at >= since and t.rejected_at < until) as rejected,
      count(*) filter (where t.was_completed) as completed,
      percentile_cont(0.5) within group (order by t.turnaround::double precision) as turnaround_p50,
      percentile_cont(0.9) within group (order by t.turnaround::double precision) as turnaround_p90,
      avg(extract(epoch from t.completed_at - t.started_at) / 3600) filter (where t.was_completed) as execution,
      avg(private.task_accuracy(t.estimated_hours, t.actual_hours)) filter (where t.was_completed) as accuracy,
      avg(private.task_efficiency(t.estimated_hours, t.actual_hours)) filter (where t.was_completed) as efficiency,
      count(*) filter (where t.status = 'awaiting_approval') as backlog,
      max(extract(epoch from statement_timestamp() - t.submitted_at) / 3600)
        filter (where t.status = 'awaiting_approval') as oldest
    from task as t
    group by t.name
  )
  select coalesce(jsonb_agg(
    jsonb_build_object(
      group_by, f.name,
      'created', f.created,
      'approved', f.approved,
      'rejected', f.rejected,
      'completed', f.completed,
      'approvalRate', round(f.approved::numeric / nullif(f.approved + f.rejected, 0), 4),
      'approvalTurnaroundHours', jsonb_build_object(
        'p50', round(f.turnaround_p50::numeric, 6), 'p90', round(f.turnaround_p90::numeric, 6)
      ),
      'avgExecutionHours', round(f.execution, 6),
      'avgAccuracy', round(f.accuracy, 2),
      'avgEfficiency', round(f.efficiency, 2),
      'backlog', jsonb_build_object('awaitingApproval', f.backlog, 'oldestHours', round(f.oldest, 6)),
      'rejectionReasons', coalesce((
        select jsonb_agg(jsonb_build_object('reason', r.reason, 'count', r.count) order by r.count desc, r.reason)
        from reason as r where r.name = f.name and r.rank <= 20
      ), '[]')
    ) order by f.name
  ), '[]')
  from figure as f
$$;


--
-- Name: FUNCTION task_quality(since timestamp with time zone, until timestamp with time zone, group_by text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_quality(since timestamp with time zone, until timestamp with time zone, group_by text) IS 'Quality per marketplace or agent: everything is counted by its own timestamp within [since, until), the backlog is as of now.';


--
-- Name: task_refusal(jsonb, public.agents, text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_refusal(item jsonb, agent public.agents, categories text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.task_issues(item);
begin
  if issues is not null then
    return jsonb_build_object(
      'code', 'invalid_request', 'status', 400, 'error', 'The request does not have the expected shape',
      'details', jsonb_build_object('issues', issues)
    );
  end if;
  if coalesce(item ->> 'createdBy', agent.id) <> agent.id then
    return jsonb_build_object(
      'code', 'created_by_mismatch', 'status', 403,
      'error', format('Expected createdBy to be %s but found %s', agent.id, left(item ->> 'createdBy', 100))
    );
  end if;
  if item ->> 'marketplace' <> agent.marketplace then
    return jsonb_build_object(
      'code', 'marketplace_not_allowed', 'status', 403,
      'error', format('%s works for %s, not for %s', agent.id, agent.marketplace, item ->> 'marketplace')
    );
  end if;
  if not item ->> 'category' = any (categories) then
    return jsonb_build_object(
      'code', 'category_not_allowed', 'status', 403,
      'error', format('%s may create %s, not %s', agent.id, array_to_string(categories, ', '), item ->> 'category')
    );
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION task_refusal(item jsonb, agent public.agents, categories text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_refusal(item jsonb, agent public.agents, categories text[]) IS 'Why an agent may not create this task; null where it may.';


--
-- Name: task_source(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_source(filter jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
begin
  -- Words and tags go through their index first, whatever the order asked for: walking a million rows by date, reading
  -- each one's text, takes seconds where the word is rare. The fence (offset 0) keeps the order out of it.
  if not filter ?| array['q', 'tag'] then
    return 'public.marketplace_tasks';
  end if;
  return format('(select * from public.marketplace_tasks as m where %s offset 0)', concat_ws(' and ',
    case when filter ? 'q' then
      'to_tsvector(''simple'', m.title || '' '' || m.description) @@ plainto_tsquery(''simple'', $1 ->> ''q'')'
    end,
    case when filter ? 'tag' then 'm.tags && private.as_texts($1 -> ''tag'')' end
  ));
end
$_$;


--
-- Name: FUNCTION task_source(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_source(filter jsonb) IS 'The rows a question is put to: all tasks, or those found by their words and tags.';


--
-- Name: task_state_json(public.marketplace_tasks); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.task_state_json(task public.marketplace_tasks) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'status', task.status,
    'submittedAt', task.submitted_at,
    'approvedAt', task.approved_at,
    'approvedBy', task.approved_by,
    'approvalReason', task.approval_reason,
    'rejectedAt', task.rejected_at,
    'rejectedBy', task.rejected_by,
    'rejectionReason', task.rejection_reason,
    'startedAt', task.started_at,
    'assignedTo', task.assigned_to,
    'completedAt', task.completed_at,
    'completedBy', task.completed_by,
    'actualHours', trim_scale(task.actual_hours),
    'completionNotes', task.completion_notes,
    'cancelledAt', task.cancelled_at,
    'cancelledBy', task.cancelled_by,
    'cancellationReason', task.cancellation_reason
  ));
end
$$;


--
-- Name: FUNCTION task_state_json(task public.marketplace_tasks); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.task_state_json(task public.marketplace_tasks) IS 'The part of a task that a step may change, for the audit; the rest stands in the row of its creation.';


--
-- Name: tell_audit(text, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.tell_audit(action text, before jsonb, after jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select set_config(
    'tradepost.audit', jsonb_build_object('action', action, 'before', before, 'after', after)::text, true
  )
$$;


--
-- Name: FUNCTION tell_audit(action text, before jsonb, after jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.tell_audit(action text, before jsonb, after jsonb) IS 'What the audit shall say of the next change of an agent in this transaction.';


--
-- Name: text_is_valid(jsonb, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.text_is_valid(value jsonb, longest integer) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return jsonb_typeof(value) = 'string' and char_length(value #>> '{}') <= longest and private.has_text(value #>> '{}');
end
$$;


--
-- Name: FUNCTION text_is_valid(value jsonb, longest integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.text_is_valid(value jsonb, longest integer) IS 'A text with something to read in it and at most so many characters.';


--
-- Name: touch_agent(private.caller); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.touch_agent(who private.caller) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION touch_agent(who private.caller); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.touch_agent(who private.caller) IS 'Notes that an agent was here, to within a minute.';


--
-- Name: unbounded_issue(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.unbounded_issue() RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select private.issue('', 'Expected a smaller value, of at most 32 levels, with numbers a double can hold')
$$;


--
-- Name: FUNCTION unbounded_issue(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.unbounded_issue() IS 'What is wrong with a value that is not bounded.';


--
-- Name: user_caller(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.user_caller(user_id uuid) RETURNS private.caller
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  role text;
begin
  select p.role into role from public.user_profile as p where p.id = user_caller.user_id;
  -- A token outlives its account by up to an hour; the account decides.
  if role is null then
    perform private.raise_refusal(401, 'credentials_invalid', 'The account of this token does not exist');
  end if;
  return row('user', 'user:' || user_caller.user_id, user_caller.user_id, null, null, role = 'admin')::private.caller;
end
$$;


--
-- Name: FUNCTION user_caller(user_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.user_caller(user_id uuid) IS 'The person behind a verified JWT.';


--
-- Name: weigh_decision(uuid[], boolean, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb) RETURNS private.verdict[]
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select array_agg(
    row(
      asked.id, asked.position,
      case
        when t.id is null then 'not_found'
        when t.status <> 'awaiting_approval' or (expected_versions ->> t.id::text)::bigint <> t.version then 'conflict'
        when approved then 'approved'
        else 'rejected'
      end,
      case
        when t.id is null then 'not_found'
        when t.status <> 'awaiting_approval' then 'invalid_transition'
        when (expected_versions ->> t.id::text)::bigint <> t.version then 'version_conflict'
      end,
      t.status, t.version
    )::private.verdict
    order by asked.position
  )
  from (
    -- Duplicates are folded into their first mention.
    select i.id, min(i.position)::integer as position from unnest(task_ids) with ordinality as i (id, position) group by i.id
  ) as asked
  left join public.marketplace_tasks as t on t.id = asked.id
$$;


--
-- Name: FUNCTION weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb) IS 'What a decision would mean for each task, in input order; writes nothing.';


--
-- Name: weigh_proposals(public.agents, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.weigh_proposals(agent public.agents, items jsonb) RETURNS private.proposal[]
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  categories constant text[] := private.agent_categories(agent.id);
begin
  return (
    with item as materialized (
      select i.ordinality::integer - 1 as index, i.value as item, i.value ->> 'externalRef' as external_ref,
        private.task_refusal(i.value, agent, categories) as refusal
      from jsonb_array_elements(items) with ordinality as i
    ),
    acceptable as (
      -- Two items of one externalRef are one task: the group is known by its first index.
      select i.index, t.id as known_id, gen_random_uuid() as fresh_id,
        min(i.index) over (partition by coalesce(i.external_ref, ''), case when i.external_ref is null then i.index end)
          as first_index
      from item as i
      -- One look by index for each item, however large the table is and whatever the planner believes of it.
      left join lateral (select private.task_of_ref(agent.id, i.external_ref) as id) as t on i.external_ref is not null
      where i.refusal is null
    ),
    grouped as (
      select a.index, a.known_id is null and a.index = a.first_index as is_new,
        coalesce(a.known_id, first_value(a.fresh_id) over (partition by a.first_index order by a.index)) as task_id,
        case when a.known_id is null then dense_rank() over (partition by a.known_id is null order by a.first_index) end
          as number
      from acceptable as a
    )
    select array_agg(
      row(i.index, i.item, i.refusal, g.task_id, coalesce(g.is_new, false), g.number)::private.proposal order by i.index
    )
    from item as i
    left join grouped as g on g.index = i.index
  );
end
$$;


--
-- Name: FUNCTION weigh_proposals(agent public.agents, items jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.weigh_proposals(agent public.agents, items jsonb) IS 'Judges every item by itself and finds what exists already; writes nothing.';


--
-- Name: write_audit(text, text, bigint, text, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform private.append_audit(array[
    row(resource_type, resource_id, seq, clock_timestamp(), action, before, after)::private.audit_entry
  ]);
end
$$;


--
-- Name: FUNCTION write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb) IS 'append_audit for a single entry of now.';


--
-- Name: get_marketplace_daily_stats(date, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.get_marketplace_daily_stats(day date DEFAULT NULL::date, timezone text DEFAULT 'UTC'::text) RETURNS TABLE(marketplace text, created bigint, submitted bigint, approved bigint, rejected bigint, in_progress bigint, completed bigint, avg_completion_time numeric, queue_pending bigint, queue_awaiting_approval bigint, queue_in_progress bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform private.require_caller(array['user', 'service', 'system']);
  if private.is_timezone(get_marketplace_daily_stats.timezone) is not true then
    perform private.raise_refusal(
      400, 'invalid_request', 'The request does not have the expected shape', jsonb_build_object(
        'issues', private.issue('timezone', 'Expected the name of a time zone, such as Europe/Berlin')
      )
    );
  end if;
  return query
  select f.* from private.daily_figures(
    coalesce(
      get_marketplace_daily_stats.day,
      (statement_timestamp() at time zone get_marketplace_daily_stats.timezone)::date
    ),
    get_marketplace_daily_stats.timezone
  ) as f;
end
$$;


--
-- Name: FUNCTION get_marketplace_daily_stats(day date, timezone text); Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON FUNCTION public.get_marketplace_daily_stats(day date, timezone text) IS 'One row per marketplace, idle ones too: what happened on a day (default: today) of a time zone, the average hours from start to completion of what was completed on it, and how long the queues are now.';


--
-- Name: agent_tokens; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.agent_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    agent_id text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT agent_tokens_hash_is_sha256 CHECK ((octet_length(token_hash) = 32))
);


--
-- Name: TABLE agent_tokens; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.agent_tokens IS 'SHA-256 of every token issued; several live ones per agent let a rotation overlap.';


--
-- Name: agent_usage; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.agent_usage (
    agent_id text NOT NULL,
    day date NOT NULL,
    created integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');


--
-- Name: TABLE agent_usage; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.agent_usage IS 'Tasks an agent created in a UTC day, held against its daily_quota.';


--
-- Name: archived_tasks; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.archived_tasks (
    id uuid NOT NULL,
    marketplace text NOT NULL,
    created_by text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    priority text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    approved_at timestamp with time zone,
    rejected_at timestamp with time zone,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    due_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    assigned_to uuid,
    approved_by uuid,
    rejected_by uuid,
    completed_by uuid,
    cancelled_by text,
    estimated_hours numeric(7,2) NOT NULL,
    actual_hours numeric(7,2),
    tags text[] NOT NULL,
    metadata jsonb NOT NULL,
    approval_reason text,
    rejection_reason text,
    cancellation_reason text,
    completion_notes text,
    external_ref text,
    version bigint NOT NULL,
    changed_xid xid8 NOT NULL,
    change_number bigint NOT NULL,
    priority_rank smallint NOT NULL,
    archived_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


--
-- Name: TABLE archived_tasks; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.archived_tasks IS 'Tasks that ended more than six months ago.';


--
-- Name: all_tasks; Type: VIEW; Schema: private; Owner: -
--

CREATE VIEW private.all_tasks WITH (security_invoker='true') AS
 SELECT marketplace_tasks.id,
    marketplace_tasks.marketplace,
    marketplace_tasks.created_by,
    marketplace_tasks.status,
    marketplace_tasks.created_at,
    marketplace_tasks.submitted_at,
    marketplace_tasks.approved_at,
    marketplace_tasks.rejected_at,
    marketplace_tasks.started_at,
    marketplace_tasks.completed_at,
    marketplace_tasks.estimated_hours,
    marketplace_tasks.actual_hours,
    marketplace_tasks.rejection_reason
   FROM public.marketplace_tasks
UNION ALL
 SELECT archived_tasks.id,
    archived_tasks.marketplace,
    archived_tasks.created_by,
    archived_tasks.status,
    archived_tasks.created_at,
    archived_tasks.submitted_at,
    archived_tasks.approved_at,
    archived_tasks.rejected_at,
    archived_tasks.started_at,
    archived_tasks.completed_at,
    archived_tasks.estimated_hours,
    archived_tasks.actual_hours,
    archived_tasks.rejection_reason
   FROM private.archived_tasks;


--
-- Name: VIEW all_tasks; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON VIEW private.all_tasks IS 'Living and archived tasks as one, for statistics.';


--
-- Name: idempotency_keys; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.idempotency_keys (
    principal text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    response jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: TABLE idempotency_keys; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.idempotency_keys IS 'The stored answers of writes that carried an Idempotency-Key; kept 24 hours.';


--
-- Name: job_runs; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.job_runs (
    id bigint NOT NULL,
    job text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    status text NOT NULL,
    processed bigint NOT NULL,
    details jsonb NOT NULL,
    error text,
    CONSTRAINT job_runs_status_is_known CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text, 'skipped'::text])))
);


--
-- Name: TABLE job_runs; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.job_runs IS 'One row per run of a job: when, how much it did, and why it failed.';


--
-- Name: job_runs_id_seq; Type: SEQUENCE; Schema: private; Owner: -
--

ALTER TABLE private.job_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME private.job_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: outbox; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.outbox (
    id bigint NOT NULL,
    recipient uuid,
    event text NOT NULL,
    payload jsonb NOT NULL,
    dedupe_key text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_error text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    delivered_at timestamp with time zone,
    CONSTRAINT outbox_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
);


--
-- Name: TABLE outbox; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.outbox IS 'Deliveries to the outside, written in the transaction of the change they tell of. dedupe_key says each thing once.';


--
-- Name: COLUMN outbox.recipient; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.outbox.recipient IS 'The user it is for; null for the operators'' own channels.';


--
-- Name: outbox_id_seq; Type: SEQUENCE; Schema: private; Owner: -
--

ALTER TABLE private.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME private.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: rate_limit_buckets; Type: TABLE; Schema: private; Owner: -
--

CREATE UNLOGGED TABLE private.rate_limit_buckets (
    principal text NOT NULL,
    operation text NOT NULL,
    tokens double precision NOT NULL,
    granted boolean NOT NULL,
    updated_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');


--
-- Name: TABLE rate_limit_buckets; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.rate_limit_buckets IS 'Token buckets; granted says whether the last request got its token.';


--
-- Name: rate_limits; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.rate_limits (
    operation text NOT NULL,
    max_requests integer NOT NULL,
    period_seconds integer NOT NULL,
    CONSTRAINT rate_limits_max_requests_is_positive CHECK ((max_requests > 0)),
    CONSTRAINT rate_limits_period_is_positive CHECK ((period_seconds > 0))
);


--
-- Name: TABLE rate_limits; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.rate_limits IS 'Requests per period and caller; an operator may change a row at run time. An operation without a row is unlimited.';


--
-- Name: schedules; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.schedules (
    name text NOT NULL,
    schedule text NOT NULL,
    command text NOT NULL
);


--
-- Name: TABLE schedules; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.schedules IS 'What pg_cron runs, in cron''s five fields and UTC; enabled as a whole.';


--
-- Name: task_transitions; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.task_transitions (
    from_status text NOT NULL,
    operation text NOT NULL,
    to_status text NOT NULL
);


--
-- Name: TABLE task_transitions; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.task_transitions IS 'Every step a task may take. shared/tasks/rules.ts says the same; a test holds the two equal.';


--
-- Name: agent_categories; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agent_categories (
    agent_id text NOT NULL,
    category text NOT NULL,
    CONSTRAINT agent_categories_category_is_known CHECK ((category = ANY (ARRAY['optimization'::text, 'best-practice'::text, 'scaling'::text, 'analysis'::text])))
);


--
-- Name: TABLE agent_categories; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.agent_categories IS 'Which categories of task an agent may create.';


--
-- Name: audit_logs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_logs (
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text,
    prev_hash bytea,
    hash bytea NOT NULL,
    CONSTRAINT audit_logs_actor_kind_is_known CHECK ((actor_kind = ANY (ARRAY['user'::text, 'agent'::text, 'service'::text, 'system'::text]))),
    CONSTRAINT audit_logs_first_has_no_predecessor CHECK (((seq = 1) = (prev_hash IS NULL))),
    CONSTRAINT audit_logs_seq_starts_at_one CHECK ((seq >= 1))
);


--
-- Name: TABLE audit_logs; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.audit_logs IS 'Who did what to which resource; append-only and hash-chained per resource.';


--
-- Name: COLUMN audit_logs.seq; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.audit_logs.seq IS 'The version of the resource that this change made; gap-free per resource.';


--
-- Name: COLUMN audit_logs.hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.audit_logs.hash IS 'SHA-256 over prev_hash and every other column, see private.audit_hash.';


--
-- Name: agent_tokens agent_tokens_hash_is_unique; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.agent_tokens
    ADD CONSTRAINT agent_tokens_hash_is_unique UNIQUE (token_hash);


--
-- Name: agent_tokens agent_tokens_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.agent_tokens
    ADD CONSTRAINT agent_tokens_pkey PRIMARY KEY (id);


--
-- Name: agent_usage agent_usage_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.agent_usage
    ADD CONSTRAINT agent_usage_pkey PRIMARY KEY (agent_id, day);


--
-- Name: archived_tasks archived_tasks_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.archived_tasks
    ADD CONSTRAINT archived_tasks_pkey PRIMARY KEY (id);


--
-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, operation, key);


--
-- Name: job_runs job_runs_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (id);


--
-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);


--
-- Name: outbox outbox_says_a_thing_once; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.outbox
    ADD CONSTRAINT outbox_says_a_thing_once UNIQUE (dedupe_key);


--
-- Name: rate_limit_buckets rate_limit_buckets_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.rate_limit_buckets
    ADD CONSTRAINT rate_limit_buckets_pkey PRIMARY KEY (principal, operation);


--
-- Name: rate_limits rate_limits_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.rate_limits
    ADD CONSTRAINT rate_limits_pkey PRIMARY KEY (operation);


--
-- Name: schedules schedules_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (name);


--
-- Name: task_transitions task_transitions_go_one_way; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.task_transitions
    ADD CONSTRAINT task_transitions_go_one_way UNIQUE (from_status, to_status);


--
-- Name: task_transitions task_transitions_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.task_transitions
    ADD CONSTRAINT task_transitions_pkey PRIMARY KEY (from_status, operation);


--
-- Name: agent_categories agent_categories_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_categories
    ADD CONSTRAINT agent_categories_pkey PRIMARY KEY (agent_id, category);


--
-- Name: agents agents_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (id);


--
-- Name: audit_logs audit_logs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_logs
    ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (resource_type, resource_id, seq);


--
-- Name: marketplace_tasks marketplace_tasks_external_ref_is_unique_per_agent; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_tasks
    ADD CONSTRAINT marketplace_tasks_external_ref_is_unique_per_agent UNIQUE (created_by, external_ref);


--
-- Name: marketplace_tasks marketplace_tasks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_tasks
    ADD CONSTRAINT marketplace_tasks_pkey PRIMARY KEY (id);


--
-- Name: user_profile user_profile_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_profile
    ADD CONSTRAINT user_profile_pkey PRIMARY KEY (id);


--
-- Name: agent_tokens_agent; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX agent_tokens_agent ON private.agent_tokens USING btree (agent_id);


--
-- Name: archived_tasks_approved_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_approved_at ON private.archived_tasks USING btree (approved_at);


--
-- Name: archived_tasks_completed_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_completed_at ON private.archived_tasks USING btree (completed_at);


--
-- Name: archived_tasks_created_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_created_at ON private.archived_tasks USING btree (created_at);


--
-- Name: archived_tasks_external_ref; Type: INDEX; Schema: private; Owner: -
--

CREATE UNIQUE INDEX archived_tasks_external_ref ON private.archived_tasks USING btree (created_by, external_ref) WHERE (external_ref IS NOT NULL);


--
-- Name: archived_tasks_rejected_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_rejected_at ON private.archived_tasks USING btree (rejected_at);


--
-- Name: archived_tasks_started_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_started_at ON private.archived_tasks USING btree (started_at);


--
-- Name: archived_tasks_submitted_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX archived_tasks_submitted_at ON private.archived_tasks USING btree (submitted_at);


--
-- Name: idempotency_keys_created_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX idempotency_keys_created_at ON private.idempotency_keys USING btree (created_at);


--
-- Name: job_runs_job; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX job_runs_job ON private.job_runs USING btree (job, started_at DESC);


--
-- Name: outbox_due; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX outbox_due ON private.outbox USING btree (next_attempt_at) WHERE (status = 'pending'::text);


--
-- Name: audit_logs_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_logs_at ON public.audit_logs USING brin (at);


--
-- Name: idx_marketplace_tasks_approved_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_approved_by ON public.marketplace_tasks USING btree (approved_by);


--
-- Name: idx_marketplace_tasks_assigned_to; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_assigned_to ON public.marketplace_tasks USING btree (assigned_to);


--
-- Name: idx_marketplace_tasks_completed_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_completed_at ON public.marketplace_tasks USING btree (completed_at);


--
-- Name: idx_marketplace_tasks_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_created_at ON public.marketplace_tasks USING btree (created_at DESC, id DESC);


--
-- Name: idx_marketplace_tasks_created_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_created_by ON public.marketplace_tasks USING btree (created_by, created_at DESC, id DESC);


--
-- Name: idx_marketplace_tasks_marketplace; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_marketplace ON public.marketplace_tasks USING btree (marketplace, created_at DESC, id DESC);


--
-- Name: idx_marketplace_tasks_marketplace_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_marketplace_status ON public.marketplace_tasks USING btree (marketplace, status);


--
-- Name: idx_marketplace_tasks_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_status ON public.marketplace_tasks USING btree (status, created_at DESC, id DESC);


--
-- Name: idx_marketplace_tasks_status_submitted; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_marketplace_tasks_status_submitted ON public.marketplace_tasks USING btree (status, submitted_at);


--
-- Name: marketplace_tasks_approved_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_approved_at ON public.marketplace_tasks USING btree (approved_at) WHERE (approved_at IS NOT NULL);


--
-- Name: marketplace_tasks_by_category; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_by_category ON public.marketplace_tasks USING btree (category, created_at DESC, id DESC);


--
-- Name: marketplace_tasks_by_priority; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_by_priority ON public.marketplace_tasks USING btree (priority_rank DESC, created_at DESC, id DESC);


--
-- Name: marketplace_tasks_by_submission; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_by_submission ON public.marketplace_tasks USING btree (COALESCE(submitted_at, '-infinity'::timestamp with time zone) DESC, id DESC);


--
-- Name: marketplace_tasks_ended; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_ended ON public.marketplace_tasks USING btree (COALESCE(completed_at, rejected_at, cancelled_at), id) WHERE (status = ANY (ARRAY['completed'::text, 'rejected'::text, 'cancelled'::text]));


--
-- Name: marketplace_tasks_feed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_feed ON public.marketplace_tasks USING btree (changed_xid, change_number);


--
-- Name: marketplace_tasks_feed_of_agent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_feed_of_agent ON public.marketplace_tasks USING btree (created_by, changed_xid, change_number);


--
-- Name: marketplace_tasks_queue; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_queue ON public.marketplace_tasks USING btree (submitted_at, id) WHERE (status = 'awaiting_approval'::text);


--
-- Name: marketplace_tasks_queue_of_marketplace; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_queue_of_marketplace ON public.marketplace_tasks USING btree (marketplace, submitted_at, id) WHERE (status = 'awaiting_approval'::text);


--
-- Name: marketplace_tasks_rejected_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_rejected_at ON public.marketplace_tasks USING btree (rejected_at) WHERE (rejected_at IS NOT NULL);


--
-- Name: marketplace_tasks_started_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_started_at ON public.marketplace_tasks USING btree (started_at) WHERE (started_at IS NOT NULL);


--
-- Name: marketplace_tasks_submitted_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_submitted_at ON public.marketplace_tasks USING btree (submitted_at) WHERE (submitted_at IS NOT NULL);


--
-- Name: marketplace_tasks_tags; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_tags ON public.marketplace_tasks USING gin (tags);


--
-- Name: marketplace_tasks_text; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_tasks_text ON public.marketplace_tasks USING gin (to_tsvector('simple'::regconfig, ((title || ' '::text) || description)));


--
-- Name: user_profile_admins; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX user_profile_admins ON public.user_profile USING btree (id) WHERE (role = 'admin'::text);


--
-- Name: agents agents_changes_are_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agents_changes_are_audited AFTER UPDATE ON public.agents FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION private.audit_agent_change();


--
-- Name: agents agents_count_versions; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agents_count_versions BEFORE UPDATE OF marketplace, daily_quota, auto_submit, active, version ON public.agents FOR EACH ROW EXECUTE FUNCTION private.count_version();


--
-- Name: agents agents_creation_is_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agents_creation_is_audited AFTER INSERT ON public.agents FOR EACH ROW EXECUTE FUNCTION private.audit_new_agent();


--
-- Name: audit_logs audit_logs_are_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_logs_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_logs FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: marketplace_tasks marketplace_tasks_archiving_is_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_archiving_is_audited AFTER DELETE ON public.marketplace_tasks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION private.audit_tasks_archived();


--
-- Name: marketplace_tasks marketplace_tasks_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_are_never_truncated BEFORE TRUNCATE ON public.marketplace_tasks FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: marketplace_tasks marketplace_tasks_begin_at_the_beginning; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_begin_at_the_beginning BEFORE INSERT ON public.marketplace_tasks FOR EACH ROW EXECUTE FUNCTION private.guard_task_insert();


--
-- Name: marketplace_tasks marketplace_tasks_creation_is_announced; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_creation_is_announced AFTER INSERT ON public.marketplace_tasks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.announce_tasks();


--
-- Name: marketplace_tasks marketplace_tasks_creation_is_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_creation_is_audited AFTER INSERT ON public.marketplace_tasks REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION private.audit_tasks_created();


--
-- Name: marketplace_tasks marketplace_tasks_follow_the_state_machine; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_follow_the_state_machine BEFORE UPDATE ON public.marketplace_tasks FOR EACH ROW EXECUTE FUNCTION private.guard_task_update();


--
-- Name: marketplace_tasks marketplace_tasks_go_only_when_ended; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_go_only_when_ended BEFORE DELETE ON public.marketplace_tasks FOR EACH ROW EXECUTE FUNCTION private.guard_task_delete();


--
-- Name: marketplace_tasks marketplace_tasks_steps_are_announced; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_steps_are_announced AFTER UPDATE ON public.marketplace_tasks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.announce_tasks();


--
-- Name: marketplace_tasks marketplace_tasks_steps_are_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER marketplace_tasks_steps_are_audited AFTER UPDATE ON public.marketplace_tasks REFERENCING OLD TABLE AS unchanged NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.audit_tasks_changed();


--
-- Name: user_profile user_profile_counts_versions; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER user_profile_counts_versions BEFORE UPDATE ON public.user_profile FOR EACH ROW EXECUTE FUNCTION private.count_version();


--
-- Name: user_profile user_profile_is_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER user_profile_is_audited AFTER INSERT OR DELETE OR UPDATE ON public.user_profile FOR EACH ROW EXECUTE FUNCTION private.audit_user_profile();


--
-- Name: agent_tokens agent_tokens_belong_to_an_agent; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.agent_tokens
    ADD CONSTRAINT agent_tokens_belong_to_an_agent FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: agent_usage agent_usage_belongs_to_an_agent; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.agent_usage
    ADD CONSTRAINT agent_usage_belongs_to_an_agent FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: agent_categories agent_categories_belong_to_an_agent; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_categories
    ADD CONSTRAINT agent_categories_belong_to_an_agent FOREIGN KEY (agent_id) REFERENCES public.agents(id) ON DELETE CASCADE;


--
-- Name: marketplace_tasks marketplace_tasks_created_by_an_agent; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_tasks
    ADD CONSTRAINT marketplace_tasks_created_by_an_agent FOREIGN KEY (created_by) REFERENCES public.agents(id);


--
-- Name: user_profile user_profile_belongs_to_a_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_profile
    ADD CONSTRAINT user_profile_belongs_to_a_user FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;


--
-- Name: agents Admins read the agents; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the agents" ON public.agents FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: audit_logs Admins read the audit; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the audit" ON public.audit_logs FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: agent_categories Admins read what agents may create; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read what agents may create" ON public.agent_categories FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: user_profile People read their own profile, admins read all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their own profile, admins read all" ON public.user_profile FOR SELECT TO authenticated USING (((id = ( SELECT auth.uid() AS uid)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: marketplace_tasks Signed-in users read all tasks; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Signed-in users read all tasks" ON public.marketplace_tasks FOR SELECT TO authenticated USING (( SELECT private.is_known() AS is_known));


--
-- Name: agent_categories; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.agent_categories ENABLE ROW LEVEL SECURITY;

--
-- Name: agents; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.agents ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_logs; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.audit_logs ENABLE ROW LEVEL SECURITY;

--
-- Name: marketplace_tasks; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.marketplace_tasks ENABLE ROW LEVEL SECURITY;

--
-- Name: user_profile; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.user_profile ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA api; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA api TO anon;
GRANT USAGE ON SCHEMA api TO authenticated;
GRANT USAGE ON SCHEMA api TO service_role;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA public TO anon;
GRANT USAGE ON SCHEMA public TO authenticated;
GRANT USAGE ON SCHEMA public TO service_role;


--
-- Name: FUNCTION approval_queue(filter jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.approval_queue(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.approval_queue(filter jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.approval_queue(filter jsonb) TO service_role;


--
-- Name: FUNCTION approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb) TO anon;
GRANT ALL ON FUNCTION api.approve_tasks(task_ids uuid[], approved boolean, reason text, options jsonb) TO authenticated;


--
-- Name: FUNCTION assign_task(task_id uuid, assigned_to uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) TO anon;
GRANT ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) TO authenticated;


--
-- Name: FUNCTION cancel_task(task_id uuid, reason text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) TO anon;
GRANT ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) TO authenticated;


--
-- Name: FUNCTION complete_task(task_id uuid, actual_hours numeric, notes text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) TO anon;
GRANT ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) TO authenticated;


--
-- Name: FUNCTION create_task(task jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.create_task(task jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.create_task(task jsonb) TO anon;
GRANT ALL ON FUNCTION api.create_task(task jsonb) TO authenticated;


--
-- Name: FUNCTION create_tasks(tasks jsonb, mode text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.create_tasks(tasks jsonb, mode text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.create_tasks(tasks jsonb, mode text) TO anon;
GRANT ALL ON FUNCTION api.create_tasks(tasks jsonb, mode text) TO authenticated;


--
-- Name: FUNCTION list_tasks(filter jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.list_tasks(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO anon;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO service_role;


--
-- Name: FUNCTION orchestrator_status(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.orchestrator_status() FROM PUBLIC;
GRANT ALL ON FUNCTION api.orchestrator_status() TO authenticated;
GRANT ALL ON FUNCTION api.orchestrator_status() TO service_role;


--
-- Name: FUNCTION set_role(user_id uuid, role text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.set_role(user_id uuid, role text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.set_role(user_id uuid, role text) TO authenticated;
GRANT ALL ON FUNCTION api.set_role(user_id uuid, role text) TO service_role;


--
-- Name: FUNCTION submit_task(task_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.submit_task(task_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.submit_task(task_id uuid) TO anon;
GRANT ALL ON FUNCTION api.submit_task(task_id uuid) TO authenticated;


--
-- Name: FUNCTION task_stats(filter jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.task_stats(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.task_stats(filter jsonb) TO anon;
GRANT ALL ON FUNCTION api.task_stats(filter jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.task_stats(filter jsonb) TO service_role;


--
-- Name: FUNCTION unassign_task(task_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.unassign_task(task_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.unassign_task(task_id uuid) TO anon;
GRANT ALL ON FUNCTION api.unassign_task(task_id uuid) TO authenticated;


--
-- Name: FUNCTION update_agent(agent_id text, changes jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.update_agent(agent_id text, changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.update_agent(agent_id text, changes jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.update_agent(agent_id text, changes jsonb) TO service_role;


--
-- Name: FUNCTION verify_audit(resource_type text, resource_id text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.verify_audit(resource_type text, resource_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.verify_audit(resource_type text, resource_id text) TO authenticated;
GRANT ALL ON FUNCTION api.verify_audit(resource_type text, resource_id text) TO service_role;


--
-- Name: FUNCTION actor(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.actor() FROM PUBLIC;


--
-- Name: FUNCTION admit(who private.caller, operation text, request jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.admit(who private.caller, operation text, request jsonb) FROM PUBLIC;


--
-- Name: FUNCTION agent_caller(token text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.agent_caller(token text) FROM PUBLIC;


--
-- Name: FUNCTION agent_categories(agent_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.agent_categories(agent_id text) FROM PUBLIC;


--
-- Name: FUNCTION agent_changes_issues(changes jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.agent_changes_issues(changes jsonb) FROM PUBLIC;


--
-- Name: TABLE agents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.agents TO authenticated;
GRANT SELECT ON TABLE public.agents TO service_role;


--
-- Name: FUNCTION agent_json(agent public.agents); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.agent_json(agent public.agents) FROM PUBLIC;


--
-- Name: FUNCTION announce_tasks(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.announce_tasks() FROM PUBLIC;


--
-- Name: FUNCTION answer_batch(results jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_batch(results jsonb) FROM PUBLIC;


--
-- Name: FUNCTION answer_one_task(result jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_one_task(result jsonb) FROM PUBLIC;


--
-- Name: FUNCTION append_audit(entries private.audit_entry[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.append_audit(entries private.audit_entry[]) FROM PUBLIC;


--
-- Name: FUNCTION archive_tasks(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.archive_tasks() FROM PUBLIC;


--
-- Name: FUNCTION as_texts(value jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.as_texts(value jsonb) FROM PUBLIC;


--
-- Name: FUNCTION audit_agent_change(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_agent_change() FROM PUBLIC;


--
-- Name: FUNCTION audit_agent_tokens(agent_id text, action text, detail jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_agent_tokens(agent_id text, action text, detail jsonb) FROM PUBLIC;


--
-- Name: FUNCTION audit_hash(prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamp with time zone, actor_kind text, actor_id text, action text, before jsonb, after jsonb, request_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_hash(prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamp with time zone, actor_kind text, actor_id text, action text, before jsonb, after jsonb, request_id text) FROM PUBLIC;


--
-- Name: FUNCTION audit_new_agent(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_new_agent() FROM PUBLIC;


--
-- Name: FUNCTION audit_tasks_archived(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_tasks_archived() FROM PUBLIC;


--
-- Name: FUNCTION audit_tasks_changed(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_tasks_changed() FROM PUBLIC;


--
-- Name: FUNCTION audit_tasks_created(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_tasks_created() FROM PUBLIC;


--
-- Name: FUNCTION audit_user_profile(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_user_profile() FROM PUBLIC;


--
-- Name: FUNCTION audited_version(resource_type text, resource_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audited_version(resource_type text, resource_id text) FROM PUBLIC;


--
-- Name: FUNCTION batch_issues(tasks jsonb, mode text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.batch_issues(tasks jsonb, mode text) FROM PUBLIC;


--
-- Name: FUNCTION calling_agent(who private.caller); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.calling_agent(who private.caller) FROM PUBLIC;


--
-- Name: FUNCTION carry_out_decision(who private.caller, verdicts private.verdict[], reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.carry_out_decision(who private.caller, verdicts private.verdict[], reason text) FROM PUBLIC;


--
-- Name: FUNCTION cluster_identity(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.cluster_identity() FROM PUBLIC;


--
-- Name: FUNCTION completion_issues(actual_hours numeric, notes text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.completion_issues(actual_hours numeric, notes text) FROM PUBLIC;


--
-- Name: FUNCTION conclude(who private.caller, operation text, request jsonb, answer jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.conclude(who private.caller, operation text, request jsonb, answer jsonb) FROM PUBLIC;


--
-- Name: FUNCTION consume_rate_limit(principal text, operation text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.consume_rate_limit(principal text, operation text) FROM PUBLIC;


--
-- Name: FUNCTION count_version(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.count_version() FROM PUBLIC;


--
-- Name: FUNCTION daily_figures(day date, timezone text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.daily_figures(day date, timezone text) FROM PUBLIC;


--
-- Name: FUNCTION decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb) FROM PUBLIC;


--
-- Name: FUNCTION decode_cursor(cursor text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.decode_cursor(cursor text) FROM PUBLIC;


--
-- Name: FUNCTION disable_schedules(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.disable_schedules() FROM PUBLIC;


--
-- Name: FUNCTION enable_schedules(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.enable_schedules() FROM PUBLIC;


--
-- Name: FUNCTION encode_cursor(content jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.encode_cursor(content jsonb) FROM PUBLIC;


--
-- Name: FUNCTION enqueue(recipient uuid, event text, payload jsonb, dedupe_key text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.enqueue(recipient uuid, event text, payload jsonb, dedupe_key text) FROM PUBLIC;


--
-- Name: FUNCTION feed_of_tasks(who private.caller, filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.feed_of_tasks(who private.caller, filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION filter_issues(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.filter_issues(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION tags_are_valid(tags text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.tags_are_valid(tags text[]) FROM PUBLIC;


--
-- Name: TABLE marketplace_tasks; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.marketplace_tasks TO authenticated;
GRANT SELECT ON TABLE public.marketplace_tasks TO service_role;


--
-- Name: FUNCTION find_task(task_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.find_task(task_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION first_broken_seq(resource_type text, resource_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.first_broken_seq(resource_type text, resource_id text) FROM PUBLIC;


--
-- Name: FUNCTION grant_admin(email text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.grant_admin(email text) FROM PUBLIC;


--
-- Name: FUNCTION guard_task_delete(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_task_delete() FROM PUBLIC;


--
-- Name: FUNCTION guard_task_insert(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_task_insert() FROM PUBLIC;


--
-- Name: FUNCTION guard_task_update(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_task_update() FROM PUBLIC;


--
-- Name: FUNCTION has_text(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.has_text(value text) FROM PUBLIC;


--
-- Name: FUNCTION hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.hold_to_quota(proposals private.proposal[], agent public.agents, left_today integer) FROM PUBLIC;


--
-- Name: FUNCTION hours_are_valid(value jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.hours_are_valid(value jsonb) FROM PUBLIC;


--
-- Name: FUNCTION insert_proposals(agent public.agents, proposals private.proposal[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.insert_proposals(agent public.agents, proposals private.proposal[]) FROM PUBLIC;


--
-- Name: FUNCTION invoke_function(slug text, body jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.invoke_function(slug text, body jsonb) FROM PUBLIC;


--
-- Name: FUNCTION is_admin(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_admin() FROM PUBLIC;
GRANT ALL ON FUNCTION private.is_admin() TO authenticated;


--
-- Name: FUNCTION is_bounded(value jsonb, most_bytes integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_bounded(value jsonb, most_bytes integer) FROM PUBLIC;


--
-- Name: FUNCTION is_known(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_known() FROM PUBLIC;
GRANT ALL ON FUNCTION private.is_known() TO authenticated;


--
-- Name: FUNCTION is_timezone(name text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_timezone(name text) FROM PUBLIC;


--
-- Name: FUNCTION issue(path text, message text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.issue(path text, message text) FROM PUBLIC;


--
-- Name: FUNCTION issue_agent_token(agent_id text, token text, expires_at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.issue_agent_token(agent_id text, token text, expires_at timestamp with time zone) FROM PUBLIC;


--
-- Name: FUNCTION judge_agent_changes(agent public.agents, changes jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_agent_changes(agent public.agents, changes jsonb) FROM PUBLIC;


--
-- Name: FUNCTION judge_assignment(task public.marketplace_tasks, assignee uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_assignment(task public.marketplace_tasks, assignee uuid) FROM PUBLIC;


--
-- Name: FUNCTION judge_cancellation(who private.caller, task public.marketplace_tasks, reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_cancellation(who private.caller, task public.marketplace_tasks, reason text) FROM PUBLIC;


--
-- Name: FUNCTION judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text) FROM PUBLIC;


--
-- Name: FUNCTION judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb) FROM PUBLIC;


--
-- Name: TABLE user_profile; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.user_profile TO authenticated;
GRANT SELECT ON TABLE public.user_profile TO service_role;


--
-- Name: FUNCTION judge_role(who private.caller, profile public.user_profile, wanted text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_role(who private.caller, profile public.user_profile, wanted text) FROM PUBLIC;


--
-- Name: FUNCTION judge_submission(who private.caller, task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_submission(who private.caller, task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION judge_unassignment(task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_unassignment(task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION key_is_valid(key jsonb, types text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.key_is_valid(key jsonb, types text[]) FROM PUBLIC;


--
-- Name: FUNCTION list_issues(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.list_issues(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION make_user_profile(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.make_user_profile() FROM PUBLIC;


--
-- Name: FUNCTION marketplaces(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.marketplaces() FROM PUBLIC;


--
-- Name: FUNCTION note_issues(path text, note text, is_required boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.note_issues(path text, note text, is_required boolean) FROM PUBLIC;


--
-- Name: FUNCTION notify_admins(event text, payload jsonb, dedupe_key text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify_admins(event text, payload jsonb, dedupe_key text) FROM PUBLIC;


--
-- Name: FUNCTION notify_silent_agents(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify_silent_agents() FROM PUBLIC;


--
-- Name: FUNCTION notify_stale_approvals(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify_stale_approvals() FROM PUBLIC;


--
-- Name: FUNCTION optional_task_issues(item jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.optional_task_issues(item jsonb) FROM PUBLIC;


--
-- Name: FUNCTION page_of_tasks(who private.caller, filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.page_of_tasks(who private.caller, filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION parse_timestamp(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.parse_timestamp(value text) FROM PUBLIC;


--
-- Name: FUNCTION parse_uuid(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.parse_uuid(value text) FROM PUBLIC;


--
-- Name: FUNCTION period_end(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.period_end(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION period_start(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.period_start(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION place_condition(filter jsonb, who private.caller, sort text, direction text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.place_condition(filter jsonb, who private.caller, sort text, direction text) FROM PUBLIC;


--
-- Name: FUNCTION principal(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.principal() FROM PUBLIC;


--
-- Name: FUNCTION propose_task(agent public.agents, item jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.propose_task(agent public.agents, item jsonb) FROM PUBLIC;


--
-- Name: FUNCTION propose_tasks(agent public.agents, items jsonb, atomic boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.propose_tasks(agent public.agents, items jsonb, atomic boolean) FROM PUBLIC;


--
-- Name: FUNCTION purge_expired(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.purge_expired() FROM PUBLIC;


--
-- Name: FUNCTION question_of(filter jsonb, who private.caller); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.question_of(filter jsonb, who private.caller) FROM PUBLIC;


--
-- Name: FUNCTION queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.queued_task_ids(filter jsonb, who private.caller, most integer, locks boolean) FROM PUBLIC;


--
-- Name: FUNCTION quota_left(agent public.agents, day date); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.quota_left(agent public.agents, day date) FROM PUBLIC;


--
-- Name: FUNCTION quota_refusal(agent public.agents); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.quota_refusal(agent public.agents) FROM PUBLIC;


--
-- Name: FUNCTION raise_refusal(status integer, code text, message text, details jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.raise_refusal(status integer, code text, message text, details jsonb) FROM PUBLIC;


--
-- Name: FUNCTION rebase_feed(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rebase_feed() FROM PUBLIC;


--
-- Name: FUNCTION refuse(status integer, code text, message text, details jsonb, headers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse(status integer, code text, message text, details jsonb, headers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION refuse_change(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_change() FROM PUBLIC;


--
-- Name: FUNCTION refuse_cursor(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_cursor() FROM PUBLIC;


--
-- Name: FUNCTION refuse_shape(issues jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_shape(issues jsonb) FROM PUBLIC;


--
-- Name: FUNCTION refuse_transition(task public.marketplace_tasks, wanted text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_transition(task public.marketplace_tasks, wanted text) FROM PUBLIC;


--
-- Name: FUNCTION refuse_unknown_task(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_unknown_task() FROM PUBLIC;


--
-- Name: FUNCTION replay(who private.caller, operation text, request jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.replay(who private.caller, operation text, request jsonb) FROM PUBLIC;


--
-- Name: FUNCTION request_hash(request jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.request_hash(request jsonb) FROM PUBLIC;


--
-- Name: FUNCTION request_header(name text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.request_header(name text) FROM PUBLIC;


--
-- Name: FUNCTION require_admin(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.require_admin() FROM PUBLIC;


--
-- Name: FUNCTION require_caller(kinds text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.require_caller(kinds text[]) FROM PUBLIC;


--
-- Name: FUNCTION require_steward(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.require_steward() FROM PUBLIC;


--
-- Name: FUNCTION respond(status integer, body jsonb, headers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.respond(status integer, body jsonb, headers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION revoke_agent_tokens(agent_id text, token_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.revoke_agent_tokens(agent_id text, token_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION rotate_agent_token(agent_id text, overlap interval); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rotate_agent_token(agent_id text, overlap interval) FROM PUBLIC;


--
-- Name: FUNCTION run_job(job text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.run_job(job text) FROM PUBLIC;


--
-- Name: FUNCTION session_role(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_role() FROM PUBLIC;


--
-- Name: FUNCTION spend_quota(agent public.agents, day date, amount integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.spend_quota(agent public.agents, day date, amount integer) FROM PUBLIC;


--
-- Name: FUNCTION stats_issues(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.stats_issues(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION task_accuracy(estimated numeric, actual numeric); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_accuracy(estimated numeric, actual numeric) FROM PUBLIC;


--
-- Name: FUNCTION task_conditions(filter jsonb, who private.caller); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_conditions(filter jsonb, who private.caller) FROM PUBLIC;


--
-- Name: FUNCTION task_efficiency(estimated numeric, actual numeric); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_efficiency(estimated numeric, actual numeric) FROM PUBLIC;


--
-- Name: FUNCTION task_issues(item jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_issues(item jsonb) FROM PUBLIC;


--
-- Name: FUNCTION task_json(task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_json(task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION task_of_ref(agent_id text, external_ref text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_of_ref(agent_id text, external_ref text) FROM PUBLIC;


--
-- Name: FUNCTION task_order(sort text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_order(sort text) FROM PUBLIC;


--
-- Name: FUNCTION task_order_types(sort text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_order_types(sort text) FROM PUBLIC;


--
-- Name: FUNCTION task_quality(since timestamp with time zone, until timestamp with time zone, group_by text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_quality(since timestamp with time zone, until timestamp with time zone, group_by text) FROM PUBLIC;


--
-- Name: FUNCTION task_refusal(item jsonb, agent public.agents, categories text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_refusal(item jsonb, agent public.agents, categories text[]) FROM PUBLIC;


--
-- Name: FUNCTION task_source(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_source(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION task_state_json(task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.task_state_json(task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION tell_audit(action text, before jsonb, after jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.tell_audit(action text, before jsonb, after jsonb) FROM PUBLIC;


--
-- Name: FUNCTION text_is_valid(value jsonb, longest integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.text_is_valid(value jsonb, longest integer) FROM PUBLIC;


--
-- Name: FUNCTION touch_agent(who private.caller); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.touch_agent(who private.caller) FROM PUBLIC;


--
-- Name: FUNCTION unbounded_issue(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.unbounded_issue() FROM PUBLIC;


--
-- Name: FUNCTION user_caller(user_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.user_caller(user_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.weigh_decision(task_ids uuid[], approved boolean, expected_versions jsonb) FROM PUBLIC;


--
-- Name: FUNCTION weigh_proposals(agent public.agents, items jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.weigh_proposals(agent public.agents, items jsonb) FROM PUBLIC;


--
-- Name: FUNCTION write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb) FROM PUBLIC;


--
-- Name: FUNCTION get_marketplace_daily_stats(day date, timezone text); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.get_marketplace_daily_stats(day date, timezone text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_marketplace_daily_stats(day date, timezone text) TO anon;
GRANT ALL ON FUNCTION public.get_marketplace_daily_stats(day date, timezone text) TO authenticated;
GRANT ALL ON FUNCTION public.get_marketplace_daily_stats(day date, timezone text) TO service_role;


--
-- Name: TABLE agent_categories; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.agent_categories TO authenticated;
GRANT SELECT ON TABLE public.agent_categories TO service_role;


--
-- Name: TABLE audit_logs; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.audit_logs TO authenticated;
GRANT SELECT ON TABLE public.audit_logs TO service_role;


--
-- PostgreSQL database dump complete
--


