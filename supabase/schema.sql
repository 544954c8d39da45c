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
-- Name: bidder; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.bidder AS (
	user_id uuid,
	alias text,
	withdrawn_at timestamp with time zone,
	max_amount_cents bigint,
	set_at timestamp with time zone,
	rounds_used integer,
	leader_alias text,
	leader_ceiling_cents bigint
);


--
-- Name: TYPE bidder; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.bidder IS 'A participant before the session''s leader: all that a bid is judged by.';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: bidding_sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bidding_sessions (
    session_id uuid DEFAULT gen_random_uuid() NOT NULL,
    property_id uuid NOT NULL,
    listing_id uuid,
    target_night date NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    currency text NOT NULL,
    starting_bid_cents bigint NOT NULL,
    minimum_increment_bps integer NOT NULL,
    max_rounds integer NOT NULL,
    round_duration_seconds integer NOT NULL,
    maximum_jump_bps integer NOT NULL,
    compensation_bps integer NOT NULL,
    compensation_policy text NOT NULL,
    soft_close_seconds integer NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    hard_end_at timestamp with time zone NOT NULL,
    current_price_cents bigint,
    leader_id uuid,
    seq bigint DEFAULT 0 NOT NULL,
    ledger_hash bytea,
    ended_at timestamp with time zone,
    cancellation_reason text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT bidding_sessions_never_pass_their_hard_end CHECK (((expires_at > starts_at) AND (expires_at <= hard_end_at))),
    CONSTRAINT bidding_sessions_price_has_a_leader CHECK ((((current_price_cents IS NULL) = (leader_id IS NULL)) AND (current_price_cents >= starting_bid_cents)))
)
WITH (fillfactor='50');


--
-- Name: TABLE bidding_sessions; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bidding_sessions IS 'Timed sessions in which participants compete for one night of one property.';


--
-- Name: COLUMN bidding_sessions.hard_end_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_sessions.hard_end_at IS 'No late bid moves the end beyond it.';


--
-- Name: COLUMN bidding_sessions.seq; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_sessions.seq IS 'The last number of its ledger: bids and private.session_events together, without gaps.';


--
-- Name: COLUMN bidding_sessions.ledger_hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_sessions.ledger_hash IS 'The hash of the ledger''s last entry; covers no ceiling, and nothing that tells a proxy''s bid from one by hand.';


--
-- Name: bids; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bids (
    session_id uuid NOT NULL,
    seq bigint NOT NULL,
    bid_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    previous_amount_cents bigint,
    leads boolean NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT bids_amounts_never_fall CHECK (((amount_cents > 0) AND (amount_cents >= previous_amount_cents))),
    CONSTRAINT bids_are_placed_in_time CHECK ((placed_at < expires_at))
);


--
-- Name: TABLE bids; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bids IS 'Every bid, in order; append-only. The ledger is the audit of a bid.';


--
-- Name: COLUMN bids.leads; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bids.leads IS 'Whether it led once its request was done; a bid that a ceiling answered at once did not.';


--
-- Name: COLUMN bids.expires_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bids.expires_at IS 'The session''s deadline once its request was done.';


--
-- Name: COLUMN bids.hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bids.hash IS 'SHA-256 over the ledger''s entry before it and every other column, see private.bid_hash.';


--
-- Name: bidding_move; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.bidding_move AS (
	session public.bidding_sessions,
	bidder private.bidder,
	bid public.bids
);


--
-- Name: TYPE bidding_move; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.bidding_move IS 'A bid, and the session and its bidder as they stand after it.';


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
-- Name: session_events; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.session_events (
    session_id uuid NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    data jsonb NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT session_events_actor_kind_is_known CHECK ((actor_kind = ANY (ARRAY['user'::text, 'service'::text, 'system'::text]))),
    CONSTRAINT session_events_type_is_known CHECK ((type = ANY (ARRAY['session_created'::text, 'session_started'::text, 'session_extended'::text, 'participant_withdrawn'::text, 'session_closed'::text])))
);


--
-- Name: TABLE session_events; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.session_events IS 'What the ledger of a session holds beside bids; append-only.';


--
-- Name: COLUMN session_events.data; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.session_events.data IS 'What participants are shown of it.';


--
-- Name: ledger_entry; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.ledger_entry AS (
	seq bigint,
	type text,
	at timestamp with time zone,
	hash bytea,
	true_hash bytea,
	bid public.bids,
	by_proxy boolean,
	event private.session_events
);


--
-- Name: TYPE ledger_entry; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.ledger_entry IS 'A bid or an event, in the order of the ledger.';


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
-- Name: recount; Type: TYPE; Schema: private; Owner: -
--

CREATE TYPE private.recount AS (
	seq bigint,
	hash bytea,
	at timestamp with time zone,
	status text,
	price_cents bigint,
	leader_id uuid,
	runner_up_id uuid,
	expires_at timestamp with time zone,
	is_extended boolean,
	ended_at timestamp with time zone,
	aliases jsonb,
	withdrawn jsonb,
	difference jsonb
);


--
-- Name: TYPE recount; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TYPE private.recount IS 'A session as its ledger makes it.';


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
-- Name: announce_maintenance(text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.announce_maintenance(message text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET statement_timeout TO '20s'
    AS $$
declare
  who constant private.caller := private.require_steward();
  request constant jsonb := jsonb_build_object('message', announce_maintenance.message);
  moment constant bigint := extract(epoch from clock_timestamp()) * 1000000;
  participant record;
  answer jsonb;
  told bigint := 0;
begin
  -- No row is locked: it tells people of the sessions that are live as it begins, and changes none of them.
  answer := private.admit(who, 'announce_maintenance', request);
  if answer is not null then
    return answer;
  end if;
  answer := private.note_issues('message', announce_maintenance.message, true);
  if answer is not null then
    return private.conclude(who, 'announce_maintenance', request, private.refuse_shape(answer));
  end if;
  -- Each person once, by the first of his sessions to end.
  for participant in
    select distinct on (p.user_id) p.user_id, s as session
    from public.bidding_sessions as s
    join public.bidding_participants as p on p.session_id = s.session_id and p.withdrawn_at is null
    where s.status in ('pending', 'active')
    order by p.user_id, s.expires_at
  loop
    if private.notify(participant.session, participant.user_id, 'system_maintenance', moment, request) then
      told := told + 1;
    end if;
  end loop;
  return private.conclude(
    who, 'announce_maintenance', request, jsonb_build_object('success', true, 'count', told)
  );
end
$$;


--
-- Name: FUNCTION announce_maintenance(message text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.announce_maintenance(message text) IS 'Tells everybody who takes part in a live session, once; for the service and admins. Code: invalid_request.';


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
-- Name: archive_sessions(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.archive_sessions() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('archive_sessions'));
end
$$;


--
-- Name: FUNCTION archive_sessions(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.archive_sessions() IS 'Moves sessions that ended long ago to the archive; for the scheduler. Code: job_failed.';


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
-- Name: begin_confirm(text, bigint, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent']);
  request constant jsonb := jsonb_build_object('tokenHash', token_hash, 'acceptTotalCentsUpTo', accept_total_cents);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key, bucket and clock. Of many who confirm at once the first writes the intent; the
  -- others find it and are told how it stands.
  select * into routed from public.routed_orders as o
  where o.token_hash = decode(begin_confirm.token_hash, 'hex') for no key update;
  answer := private.admit(who, 'confirm_order', request);
  if answer is not null then
    return answer;
  end if;
  -- A key is spent with the first intent, not with its answer, which comes seconds later.
  if exists (
    select from public.routed_orders as o
    where o.owner = who.id and o.idempotency_key = private.request_header('idempotency-key')
      and o.order_id is distinct from routed.order_id
  ) then
    return private.refuse(
      422, 'idempotency_key_reused', 'This Idempotency-Key was used before with another request'
    );
  end if;
  answer := private.judge_confirmation(routed, who, accept_total_cents, providers);
  -- Neither a purchase under way nor an absent provider is a final answer.
  if answer ? 'purchase' or current_setting('response.status', true) in ('202', '503') then
    return answer;
  end if;
  return private.conclude(who, 'confirm_order', request, answer);
end
$$;


--
-- Name: FUNCTION begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb) IS 'Spends a token: writes the intent and answers what is to be bought, or how the order stands. For the functions. Codes: token_not_found, token_expired, price_changed, order_failed, provider_unavailable, invalid_transition.';


--
-- Name: begin_route(jsonb, jsonb, integer); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.begin_route(request jsonb, providers jsonb, deadline_ms integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  operation constant text := case who.kind when 'guest' then 'route_order_guest' else 'route_order' end;
  given_key constant text := private.request_header('idempotency-key');
  answer jsonb;
  route public.order_routes;
  references_seen jsonb;
  reserved jsonb;
begin
  -- Nothing exists yet that could be locked: the key's lock comes first, then the bucket, then the circuits.
  answer := private.admit(who, operation, request);
  if answer is not null then
    return answer;
  end if;
  if given_key is not null then
    select * into route from public.order_routes as r
    where r.owner = who.id and r.idempotency_key = given_key and r.status = 'quoting' and r.deadline_at > clock_timestamp();
    if found then
      return private.refuse(
        409, 'request_in_progress', 'The first request with this Idempotency-Key is still being answered', null,
        jsonb_build_array(jsonb_build_object(
          'Retry-After', greatest(1, ceil(extract(epoch from route.deadline_at - clock_timestamp())))::text
        ))
      );
    end if;
  end if;

  insert into public.order_routes (owner, user_id, request, request_id, idempotency_key, deadline_at)
  values (
    who.id, who.user_id, begin_route.request, private.request_header('x-request-id'), given_key,
    clock_timestamp() + make_interval(secs => deadline_ms / 1000.0)
  )
  returning * into route;
  -- Read before the circuits are locked: a hundred medians take their time, and everybody waits for the circuits.
  select jsonb_build_object(
    'unitCents', coalesce(jsonb_object_agg(i ->> 'id', seen.unit_cents), '{}'),
    'packageCents', coalesce(jsonb_object_agg(i ->> 'id', seen.package_cents), '{}')
  )
  into references_seen
  from jsonb_array_elements(request -> 'items') as i
  cross join lateral private.reference_cents(i ->> 'name', i ->> 'unit') as seen;
  -- What is never settled lapses a second after the deadline: saving may come that late.
  reserved := private.begin_attempts(
    route.route_id, providers, route.deadline_at + interval '1 second',
    -- Guests leave half of every quota to those who have signed in.
    case who.kind when 'guest' then 0.5 else 1 end
  );
  return jsonb_build_object('start', references_seen || jsonb_build_object(
    'routeId', route.route_id,
    'providers', reserved
  ));
end
$$;


--
-- Name: FUNCTION begin_route(request jsonb, providers jsonb, deadline_ms integer); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.begin_route(request jsonb, providers jsonb, deadline_ms integer) IS 'Before a basket is quoted: limits, idempotency, references, what was learned, and one reserved attempt per provider whose circuit and quotas allow it. For the functions. Codes: rate_limited, request_in_progress, idempotency_key_reused.';


--
-- Name: cancel_route(uuid, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.cancel_route(route_id uuid, reason text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  request constant jsonb := jsonb_build_object('routeId', route_id, 'reason', reason);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key, bucket and clock. Whoever confirms at the same time is either first, and then
  -- there is nothing to cancel, or finds the offer gone.
  select * into routed from public.routed_orders as o where o.route_id = cancel_route.route_id for no key update;
  answer := private.admit(who, 'cancel_route', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'cancel_route', request, case
    when char_length(reason) > 500 then private.refuse_shape(private.issue('reason', 'Expected at most 500 characters'))
    when routed.order_id is null or (who.kind <> 'service' and routed.owner is distinct from who.id)
      then private.refuse(404, 'not_found', 'There is no such route')
    else private.judge_giving_up(routed, reason)
  end);
end
$$;


--
-- Name: FUNCTION cancel_route(route_id uuid, reason text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.cancel_route(route_id uuid, reason text) IS 'Gives an offer up. Codes: invalid_request, not_found, not_cancellable.';


--
-- Name: cancel_session(uuid, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.cancel_session(session_id uuid, reason text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who private.caller := private.require_steward();
  request constant jsonb := jsonb_build_object(
    'sessionId', cancel_session.session_id, 'reason', cancel_session.reason
  );
  session public.bidding_sessions;
  answer jsonb;
begin
  -- Lock: the session's row; a bid that came first stands until it is cancelled with the rest.
  select * into session
  from public.bidding_sessions as s where s.session_id = cancel_session.session_id for no key update;
  who := private.require_steward(); -- a right lost while waiting is gone
  answer := private.admit(who, 'cancel_session', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'cancel_session', request, private.judge_session_cancellation(who, session, cancel_session.reason)
  );
end
$$;


--
-- Name: FUNCTION cancel_session(session_id uuid, reason text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.cancel_session(session_id uuid, reason text) IS 'The service or an admin ends a session without a result. Codes: invalid_request, not_found, session_closed.';


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
-- Name: claim_deliveries(integer); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.claim_deliveries(max integer DEFAULT 20) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  token constant uuid := gen_random_uuid();
  moment constant timestamptz := clock_timestamp();
  -- Above the eleven attempts of the worker's own schedule: only one that never reports back comes so far.
  most_attempts constant integer := 20;
  due uuid[];
  claimed jsonb := jsonb '[]';
  delivery private.deliveries;
begin
  perform private.require_caller(array['service', 'system']);
  if coalesce(claim_deliveries.max not between 1 and 100, true) then
    return private.refuse_shape(private.issue('max', 'Expected a whole number from 1 to 100'));
  end if;
  -- Lock: one claim at a time, so that each counts the places that the one before it took.
  perform pg_advisory_xact_lock(hashtextextended('claim_deliveries', 0));
  perform private.bury_unreachable();
  due := array(select private.due_deliveries(claim_deliveries.max));
  for delivery in
    update private.deliveries as d
    set lease = token, attempts = d.attempts + 1, next_attempt_at = moment + interval '60 seconds'
    where d.id = any (due)
    returning d.*
  loop
    if delivery.attempts > most_attempts then
      perform private.bury_delivery(delivery.id, 'No worker lived to tell of the last attempts');
    else
      claimed := claimed || private.claimed_json(delivery);
    end if;
  end loop;
  return jsonb_build_object(
    'success', true, 'lease', token, 'claimedAt', moment, 'leaseSeconds', 60, 'deliveries', claimed
  );
end
$$;


--
-- Name: FUNCTION claim_deliveries(max integer); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.claim_deliveries(max integer) IS 'Takes deliveries that are due, for 60 seconds: nobody else gets them meanwhile, and they are due again unless api.record_deliveries tells what became of them. For the service: the answer holds addresses and signing secrets.';


--
-- Name: claim_unsettled_orders(integer); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.claim_unsettled_orders(max_orders integer DEFAULT 20) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  moment timestamptz;
  routed public.routed_orders;
  claimed jsonb := jsonb '[]';
  run jsonb;
begin
  perform private.require_caller(array['service', 'system']);
  run := private.reconcile_orders();
  -- Read afterwards: what has just become unknown is asked about at once.
  moment := clock_timestamp();
  for routed in
    -- Lock: the orders, as many as nobody holds; the next question is put off, so that two runs ask different ones.
    select * from public.routed_orders as o
    where o.status = 'unknown' and o.ask_at <= moment
    order by o.ask_at limit least(max_orders, 100)
    for no key update skip locked
  loop
    update public.routed_orders as o
    set asked = o.asked + 1,
        ask_at = moment + least(interval '1 minute' * power(2, least(o.asked, 6)), interval '1 hour')
    where o.order_id = routed.order_id;
    claimed := claimed || private.purchase_json(routed);
  end loop;
  return jsonb_build_object(
    'lost', run -> 'processed', 'unsettledForADay', run -> 'unsettledForADay', 'orders', claimed
  );
end
$$;


--
-- Name: FUNCTION claim_unsettled_orders(max_orders integer); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.claim_unsettled_orders(max_orders integer) IS 'Orders of which nobody knows whether they were placed, to ask their providers; each again after 1 minute, doubling to an hour. For the functions.';


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
-- Name: create_session(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.create_session(session jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_steward();
  answer jsonb;
begin
  -- No aggregate yet: the key's lock comes first, then the bucket, then the session that may have the night.
  answer := private.admit(who, 'create_session', create_session.session);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'create_session', create_session.session,
    -- An optional field that is null is one that was left out.
    private.judge_session(who, jsonb_strip_nulls(create_session.session))
  );
end
$$;


--
-- Name: FUNCTION create_session(session jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.create_session(session jsonb) IS 'The service or an admin opens a session for a night. Codes: invalid_request, night_not_eligible, archetype_not_eligible, user_not_found, session_exists.';


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
-- Name: expiration_warnings(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.expiration_warnings() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('send_expiration_warnings'));
end
$$;


--
-- Name: FUNCTION expiration_warnings(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.expiration_warnings() IS 'Tells participants that their session ends soon, once; for the scheduler. Code: job_failed.';


--
-- Name: explain_route(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.explain_route(route_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service', 'system']);
  for_operator constant boolean := who.is_admin or who.kind in ('service', 'system');
  route public.order_routes;
  routed public.routed_orders;
begin
  select * into route from public.order_routes as r where r.route_id = explain_route.route_id;
  select * into routed from public.routed_orders as o where o.route_id = explain_route.route_id;
  -- A guest's route is its order's, once somebody has confirmed it.
  if route.route_id is null or not (for_operator or coalesce(route.owner, routed.owner) is not distinct from who.id) then
    return private.refuse(404, 'not_found', 'There is no such route');
  end if;
  return jsonb_build_object(
    'route', jsonb_build_object(
      'id', route.route_id, 'status', coalesce(routed.status, route.status), 'request', route.request - 'shippingAddress',
      'requestId', route.request_id, 'selectedProvider', route.selected_provider_id, 'totalCents', route.total_cents,
      'latencyMs', route.latency_ms, 'createdAt', route.created_at, 'decidedAt', route.decided_at,
      'optimizeFor', route.decision -> 'optimizeFor',
      'references', case
        when for_operator then route.decision -> 'references' else (route.decision -> 'references') - 'commissionBps'
      end
    ),
    'candidates', (
      select coalesce(
        jsonb_agg(private.candidate_json(q, route.decision -> 'weights', for_operator) order by q.rank nulls last, q.provider_id),
        '[]'
      )
      from public.order_quotes as q where q.route_id = route.route_id
    )
  );
end
$$;


--
-- Name: FUNCTION explain_route(route_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.explain_route(route_id uuid) IS 'Every candidate of a route with what the score read and made of it. For its owner, without commercial figures, and operators. Codes: not_found.';


--
-- Name: find_routed_order(text, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.find_routed_order(provider_id text, provider_order_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  routed public.routed_orders;
begin
  perform private.require_caller(array['service', 'system']);
  select * into routed from public.routed_orders as o
  where o.provider_id = find_routed_order.provider_id and o.provider_order_id = find_routed_order.provider_order_id;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  return private.purchase_json(routed) || jsonb_build_object('status', routed.status);
end
$$;


--
-- Name: FUNCTION find_routed_order(provider_id text, provider_order_id text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.find_routed_order(provider_id text, provider_order_id text) IS 'The order behind a provider''s own number, to ask the provider about. For the functions.';


--
-- Name: finish_confirm(uuid, integer, jsonb, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb DEFAULT '[]'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'service']);
  routed public.routed_orders;
  provider text;
  answer jsonb;
begin
  -- Lock: the order's row. An answer to an intent that another has followed, or that was settled meanwhile, changes
  -- nothing: the second is told what the first made of it.
  select * into routed from public.routed_orders as o where o.order_id = finish_confirm.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  perform set_config('response.status', '200', true);
  if routed.attempt <> finish_confirm.attempt or routed.status not in ('confirming', 'unknown') then
    return private.order_answer(routed);
  end if;
  if result ->> 'outcome' = 'refused' and (result ->> 'countsAgainst')::boolean then
    -- Before the circuits are locked: counting anew takes its time, and all routing would wait.
    perform private.note_failure(routed, result ->> 'code');
  end if;
  -- Lock: every circuit with its quotas, one provider after another as routes take them, since the next offer may be any
  -- provider's. Routes lock no circuit of a provider that has proved itself: the circuits alone would not keep them away.
  for provider in select c.provider_id from public.provider_circuits as c order by c.provider_id collate "C" loop
    perform from public.provider_circuits as c where c.provider_id = provider for no key update;
    perform from public.provider_quotas as q where q.provider_id = provider order by q.endpoint for no key update;
  end loop;
  perform private.return_calls(
    routed.provider_id, coalesce(result -> 'reserved', '{}'), coalesce(result -> 'calls', '{}'), (result ->> 'day')::date
  );
  answer := private.settle_order(routed, result, providers);
  if answer ? 'purchase' or current_setting('response.status', true) in ('202', '422', '503') or result -> 'request' is null then
    return answer;
  end if;
  return private.conclude(who, 'confirm_order', result -> 'request', answer);
end
$$;


--
-- Name: FUNCTION finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb) IS 'Records how the provider answered an intent; where it definitely refused, answers the next purchase instead. For the functions. Codes: price_changed, payment_method_required, order_failed, not_found.';


--
-- Name: get_auto_bid(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.get_auto_bid(session_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  own public.bidding_auto_bids;
begin
  select * into own
  from public.bidding_auto_bids as a where a.session_id = get_auto_bid.session_id and a.user_id = who.user_id;
  if not found then
    return private.refuse_outsider();
  end if;
  return jsonb_build_object('autoBid', private.auto_bid_json(own.max_amount_cents, own.set_at));
end
$$;


--
-- Name: FUNCTION get_auto_bid(session_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.get_auto_bid(session_id uuid) IS 'A participant''s own ceiling. Code: not_a_participant.';


--
-- Name: get_circuits(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.get_circuits() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  refusal constant jsonb := private.consume_rate_limit(who.id, 'health_check');
begin
  return coalesce(refusal, (
    select jsonb_build_object(
      'circuits', jsonb_object_agg(c.provider_id, case when c.taken_out then 'open' else c.state end),
      'takenOut', coalesce(jsonb_agg(c.provider_id order by c.provider_id) filter (where c.taken_out), '[]')
    )
    from public.provider_circuits as c
  ));
end
$$;


--
-- Name: FUNCTION get_circuits(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.get_circuits() IS 'Every provider''s circuit: closed, open or half_open; and which of them an operator has taken out. For the functions.';


--
-- Name: get_session(uuid, bigint); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.get_session(session_id uuid, since bigint DEFAULT NULL::bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  -- A session with more of them is read in several calls, each since the last one's end; seq tells whether there is more.
  most_events constant integer := 1000;
  session public.bidding_sessions;
begin
  if not who.is_admin and not exists (
    select from public.bidding_participants as p
    where p.session_id = get_session.session_id and p.user_id = who.user_id
  ) then
    return private.refuse_outsider();
  end if;
  select * into session from public.bidding_sessions as s where s.session_id = get_session.session_id;
  if not found then
    return private.refuse_unknown_session();
  end if;
  if get_session.since < 0 then
    return private.refuse_shape(private.issue('since', 'Expected a whole number from 0'));
  end if;
  return jsonb_build_object(
    'session', private.session_view(session, who.user_id),
    'participants', (
      select jsonb_agg(jsonb_build_object(
        'alias', p.alias, 'you', p.user_id = who.user_id, 'withdrawn', p.withdrawn_at is not null
      ) order by p.joined_at, p.alias)
      from public.bidding_participants as p where p.session_id = get_session.session_id
    ),
    'events', private.session_events_json(
      get_session.session_id, least(coalesce(get_session.since, 0), session.seq), most_events
    ),
    'result', private.result_json(session, who.user_id, who.is_admin)
  );
end
$$;


--
-- Name: FUNCTION get_session(session_id uuid, since bigint); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.get_session(session_id uuid, since bigint) IS 'A session for its participants and admins: as it stands, and its events after since, at most 1000 in one answer. Codes: invalid_request, not_a_participant, not_found.';


--
-- Name: list_notifications(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.list_notifications(filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  issues constant jsonb := private.inbox_issues(filter);
  most integer;
  after record;
  found_rows public.bidding_notifications[];
begin
  if issues <> '[]' then
    return private.refuse_shape(issues);
  end if;
  most := coalesce((filter ->> 'limit')::numeric, 50);
  select * into after from private.read_inbox_cursor(filter ->> 'cursor');
  if filter ? 'cursor' and (after.created_at is null or after.notification_id is null) then
    return private.refuse_cursor();
  end if;
  found_rows := array(
    select n from public.bidding_notifications as n
    where n.user_id = who.user_id
      and (after.created_at is null or (n.created_at, n.notification_id) < (after.created_at, after.notification_id))
      and (n.read_at is null or not coalesce((filter ->> 'unread')::boolean, false))
    order by n.created_at desc, n.notification_id desc
    limit most + 1
  );
  return jsonb_build_object(
    'notifications', coalesce((
      select jsonb_agg(private.notification_json(n, s) order by n.created_at desc, n.notification_id desc)
      from unnest(found_rows[:most]) as n
      join public.bidding_sessions as s on s.session_id = n.session_id
    ), '[]'),
    'nextCursor', case when cardinality(found_rows) > most then
      private.encode_cursor(jsonb_build_object(
        'at', (found_rows[most]).created_at, 'id', (found_rows[most]).notification_id
      ))
    end
  );
end
$$;


--
-- Name: FUNCTION list_notifications(filter jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.list_notifications(filter jsonb) IS 'The caller''s own notifications, newest first: {unread?, limit?, cursor?}. Codes: invalid_request, cursor_invalid.';


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
-- Name: mark_notification_read(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.mark_notification_read(notification_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object('notificationId', mark_notification_read.notification_id);
  notification public.bidding_notifications;
  answer jsonb;
begin
  -- Lock: the caller's own notification; nobody else writes it but the archive.
  select * into notification
  from public.bidding_notifications as n
  where n.notification_id = mark_notification_read.notification_id and n.user_id = who.user_id
  for no key update;
  answer := private.admit(who, 'mark_notification_read', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'mark_notification_read', request, private.judge_reading(notification));
end
$$;


--
-- Name: FUNCTION mark_notification_read(notification_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.mark_notification_read(notification_id uuid) IS 'Its owner has read a notification. Code: not_found.';


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
-- Name: record_deliveries(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.record_deliveries(results jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  ids uuid[];
  result jsonb;
  recorded integer := 0;
begin
  perform private.require_caller(array['service', 'system']);
  if not private.is_bounded(record_deliveries.results, 1048576) then
    return private.refuse_shape(private.unbounded_issue());
  end if;
  if coalesce(jsonb_typeof(record_deliveries.results) <> 'array', true) then
    return private.refuse_shape(private.issue('results', 'Expected a list of results'));
  end if;
  if exists (
    select from jsonb_array_elements(record_deliveries.results) as r where not private.is_delivery_result(r)
  ) then
    return private.refuse_shape(private.issue(
      'results', 'Expected each as {deliveryId, lease, outcome: delivered | retry | dead | gone, error, retryInSeconds}'
    ));
  end if;
  ids := array(select (r ->> 'deliveryId')::uuid from jsonb_array_elements(record_deliveries.results) as r);
  -- Locks: all deliveries by id, then all their channels by id, so that two workers do not wait for each other in a ring.
  perform from private.deliveries as d where d.id = any (ids) order by d.id for no key update;
  perform from private.delivery_channels as c
  where c.id in (select d.channel_id from private.deliveries as d where d.id = any (ids))
  order by c.id
  for no key update;
  for result in select r from jsonb_array_elements(record_deliveries.results) as r loop
    if private.record_delivery(result) then
      recorded := recorded + 1;
    end if;
  end loop;
  return jsonb_build_object('success', true, 'recorded', recorded);
end
$$;


--
-- Name: FUNCTION record_deliveries(results jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.record_deliveries(results jsonb) IS 'Tells what became of claimed deliveries. For the service.';


--
-- Name: record_job_run(text, timestamp with time zone, integer, jsonb, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $_$
declare
  run private.job_runs;
begin
  perform private.require_caller(array['service', 'system']);
  if coalesce(record_job_run.job !~ '^[a-z_]{1,60}$', true)
    or coalesce(not isfinite(record_job_run.started_at) or record_job_run.processed < 0, true)
    or coalesce(jsonb_typeof(record_job_run.details) <> 'object', true)
    or not private.is_bounded(record_job_run.details, 16384)
  then
    return private.refuse_shape(private.issue('', 'Expected job, startedAt, processed and details of a run'));
  end if;
  insert into private.job_runs as r (job, started_at, finished_at, status, processed, details, error)
  values (
    record_job_run.job, record_job_run.started_at, clock_timestamp(),
    case when record_job_run.error is null then 'succeeded' else 'failed' end,
    record_job_run.processed, record_job_run.details, left(record_job_run.error, 500)
  )
  returning r.* into run;
  return private.answer_run(jsonb_build_object(
    'success', run.status = 'succeeded', 'job', run.job, 'status', run.status, 'processed', run.processed,
    'details', run.details,
    'durationMs', round(extract(epoch from run.finished_at - run.started_at) * 1000)
  ));
end
$_$;


--
-- Name: FUNCTION record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text) IS 'Records a run of a job that a function does, as private.run_job does one of a job in the database. For the service. Codes: invalid_request, job_failed.';


--
-- Name: record_outcome(jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.record_outcome(outcome jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user', 'agent', 'service']);
  issues constant jsonb := private.outcome_issues(outcome);
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the order's row, before key and bucket: of two reports one is kept.
  if issues is null then
    select * into routed from public.routed_orders as o
    where o.order_id = (outcome ->> 'orderId')::uuid for no key update;
  end if;
  answer := private.admit(who, 'record_outcome', outcome);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'record_outcome', outcome, case
    when issues is not null then private.refuse_shape(issues)
    when routed.order_id is null or (who.kind <> 'service' and routed.owner is distinct from who.id)
      then private.refuse(404, 'not_found', 'There is no such order')
    when routed.status <> 'handed_off' and routed.provider_order_id is null
      then private.refuse(
        409, 'invalid_transition', 'An order that was neither placed nor handed off has no outcome',
        jsonb_build_object('currentStatus', routed.status)
      )
    else private.keep_outcome(routed, outcome, case who.kind when 'service' then 'service' else 'owner' end, who.id)
  end);
end
$$;


--
-- Name: FUNCTION record_outcome(outcome jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.record_outcome(outcome jsonb) IS 'How an order ended, once. For its owner and the service. Codes: invalid_request, not_found, invalid_transition, outcome_exists.';


--
-- Name: record_provider_status(uuid, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.record_provider_status(order_id uuid, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  later constant text := state ->> 'status';
  routed public.routed_orders;
  items integer;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the order's row. A message that comes twice, or late, finds nothing to change.
  select * into routed from public.routed_orders as o where o.order_id = record_provider_status.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  perform set_config('response.status', '200', true);
  if routed.status = 'placed' and later in ('delivered', 'cancelled', 'failed') then
    update public.routed_orders as o
    set status = later, tracking_url = coalesce(state ->> 'trackingUrl', o.tracking_url),
        failure_code = case later when 'failed' then 'failed_at_provider' end
    where o.order_id = routed.order_id
    returning * into routed;
    select count(*) into items
    from public.order_quotes as q, jsonb_array_elements(q.quote -> 'lines') as line
    where q.route_id = routed.route_id and q.provider_id = routed.provider_id and line ->> 'status' <> 'unavailable';
    perform private.keep_outcome(routed, jsonb_strip_nulls(jsonb_build_object(
      'wasSuccessful', later = 'delivered', 'wasCancelled', false, 'itemsOrdered', nullif(items, 0),
      'itemsDelivered', case later when 'delivered' then nullif(items, 0) else 0 end,
      'actualDeliveryMinutes', case later when 'delivered' then
        greatest(1, round(extract(epoch from clock_timestamp() - routed.settled_at) / 60))
      end
    )), 'webhook', 'provider');
    perform set_config('response.status', '200', true);
  end if;
  return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
end
$$;


--
-- Name: FUNCTION record_provider_status(order_id uuid, state jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.record_provider_status(order_id uuid, state jsonb) IS 'What the provider, asked by us, says of a placed order; delivered, cancelled and failed are its outcome. For the functions.';


--
-- Name: record_settlement(uuid, text, text, text); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.record_settlement(session_id uuid, side text, status text, external_id text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['service', 'system']);
  request constant jsonb := jsonb_build_object(
    'sessionId', record_settlement.session_id, 'side', record_settlement.side, 'status', record_settlement.status,
    'externalId', record_settlement.external_id
  );
  result public.bidding_results;
  answer jsonb;
begin
  -- Lock: the result's row; two reports of one payment are judged one after the other.
  select * into result
  from public.bidding_results as r where r.session_id = record_settlement.session_id for no key update;
  answer := private.admit(who, 'record_settlement', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'record_settlement', request,
    private.judge_settlement(result, record_settlement.side, record_settlement.status, record_settlement.external_id)
  );
end
$$;


--
-- Name: FUNCTION record_settlement(session_id uuid, side text, status text, external_id text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.record_settlement(session_id uuid, side text, status text, external_id text) IS 'The service reports how the winner''s payment or the loser''s payout moves. Codes: invalid_request, not_found, invalid_transition, external_id_mismatch.';


--
-- Name: release_route(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.release_route(route_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  attempt private.provider_attempts;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the route, then the circuits in the order of their ids. What was saved meanwhile stays.
  update public.order_routes as r set status = 'no_quotes', decided_at = clock_timestamp()
  where r.route_id = release_route.route_id and r.status = 'quoting';
  for attempt in
    select * from private.provider_attempts as a
    where a.attempt_id = release_route.route_id order by a.provider_id collate "C"
  loop
    -- Nobody knows how many calls were made, so none is given back.
    perform private.settle_attempt(
      attempt.attempt_id, attempt.provider_id, jsonb_build_object('outcome', 'neutral', 'calls', attempt.calls)
    );
  end loop;
  return jsonb_build_object('success', true);
end
$$;


--
-- Name: FUNCTION release_route(route_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.release_route(route_id uuid) IS 'Gives up a route that a fault of ours keeps from being decided: nothing stays reserved. For the functions.';


--
-- Name: save_route(uuid, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.save_route(route_id uuid, outcome jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.forwarded_caller(array['user', 'agent', 'guest', 'service']);
  operation constant text := case who.kind when 'guest' then 'route_order_guest' else 'route_order' end;
  selected constant text := outcome ->> 'selectedProvider';
  route public.order_routes;
  routed public.routed_orders;
  answer jsonb;
begin
  -- Lock: the route. Its outcome is saved once.
  select * into route from public.order_routes as r where r.route_id = save_route.route_id for no key update;
  if not found or route.owner is distinct from who.id then
    return private.refuse(404, 'not_found', 'There is no such route');
  end if;
  if route.status <> 'quoting' then
    return private.refuse(
      409, 'invalid_transition', 'The outcome of this route was saved before',
      jsonb_build_object('currentStatus', route.status)
    );
  end if;
  perform set_config('response.status', '200', true);
  -- Lock: the key. A route that came after its deadline may find that the same request was answered by another: that
  -- answer stands.
  answer := private.replay(who, operation, route.request);
  if answer is not null then
    perform private.settle_attempts(route.route_id, outcome -> 'attempts');
    return answer;
  end if;
  perform private.save_quotes(route.route_id, outcome -> 'quotes');
  perform private.save_observations(coalesce(outcome -> 'observations', '[]'));
  update public.order_routes as r
  set status = case when selected is null then 'no_quotes' else 'quoted' end,
      -- A guest owns nothing: the first who signs in with the token does.
      owner = case who.kind when 'guest' then null else r.owner end,
      decision = outcome -> 'decision', selected_provider_id = selected,
      total_cents = (outcome #>> '{answer,quote,totalCents}')::bigint,
      latency_ms = (outcome ->> 'latencyMs')::integer, decided_at = clock_timestamp()
  where r.route_id = route.route_id
  returning * into route;

  if selected is null then
    -- Not stored under its key: the same request is welcome later.
    answer := private.refuse(
      503, 'no_valid_quotes', 'No providers returned valid quotes', outcome -> 'details',
      jsonb_build_array(jsonb_build_object('Retry-After', coalesce(outcome ->> 'retryAfterSeconds', '30')))
    );
  else
    insert into public.routed_orders (route_id, owner, user_id, provider_id, currency, total_cents, token_hash, expires_at)
    values (
      route.route_id, route.owner, route.user_id, selected, outcome #>> '{answer,quote,currency}', route.total_cents,
      decode(outcome ->> 'tokenHash', 'hex'), clock_timestamp() + interval '15 minutes'
    )
    returning * into routed;
    answer := private.conclude(who, operation, route.request, (outcome -> 'answer') || jsonb_build_object(
      'routeId', route.route_id, 'orderId', routed.order_id, 'expiresAt', routed.expires_at
    ));
  end if;
  -- The circuits and quotas last: everybody waits for them.
  perform private.settle_attempts(route.route_id, outcome -> 'attempts');
  return answer;
end
$$;


--
-- Name: FUNCTION save_route(route_id uuid, outcome jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.save_route(route_id uuid, outcome jsonb) IS 'After a basket was quoted: the route, every quote with features and score, the order it may become, circuits and quotas. For the functions. Codes: no_valid_quotes, not_found, invalid_transition, idempotency_key_reused.';


--
-- Name: session_cleanup(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.session_cleanup() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform private.require_caller(array['service', 'system']);
  return private.answer_run(private.run_job('session_cleanup'));
end
$$;


--
-- Name: FUNCTION session_cleanup(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.session_cleanup() IS 'Opens and closes the sessions that are due; for the scheduler. Code: job_failed.';


--
-- Name: set_auto_bid(uuid, bigint); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.set_auto_bid(session_id uuid, max_amount_cents bigint DEFAULT NULL::bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'sessionId', set_auto_bid.session_id, 'maxAmountCents', set_auto_bid.max_amount_cents
  );
  session public.bidding_sessions;
  answer jsonb;
begin
  -- An outsider never queues for the row of others: who takes part is fixed.
  if exists (
    select from public.bidding_participants as p
    where p.session_id = set_auto_bid.session_id and p.user_id = who.user_id
  ) then
    -- Lock: the session's row, before key, bucket and clock; as a bid.
    select * into session
    from public.bidding_sessions as s where s.session_id = set_auto_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'set_auto_bid', request);
  if answer is not null then
    return answer;
  end if;
  if max_amount_cents not between 1 and 100000000000 then
    return private.conclude(who, 'set_auto_bid', request, private.refuse_amount('maxAmountCents'));
  end if;
  return private.conclude(
    who, 'set_auto_bid', request,
    private.judge_auto_bid(session, private.bidder_in(session, who.user_id), max_amount_cents)
  );
end
$$;


--
-- Name: FUNCTION set_auto_bid(session_id uuid, max_amount_cents bigint); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.set_auto_bid(session_id uuid, max_amount_cents bigint) IS 'A participant sets his secret ceiling, or clears it with null. Codes: invalid_request, not_a_participant, session_not_started, session_closed, participant_withdrawn, ceiling_too_low.';


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
-- Name: settle_unknown_order(uuid, integer, jsonb); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.settle_unknown_order(order_id uuid, attempt integer, result jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  routed public.routed_orders;
begin
  perform private.require_caller(array['service', 'system']);
  -- Lock: the order's row. The function that was thought lost may have come back with the answer meanwhile.
  select * into routed from public.routed_orders as o where o.order_id = settle_unknown_order.order_id for no key update;
  if not found then
    return private.refuse(404, 'not_found', 'There is no such order');
  end if;
  if routed.status = 'unknown' and routed.attempt = settle_unknown_order.attempt
    -- A call that was given up may still arrive: for ten minutes «there is no such order» only means «not yet».
    and (result ->> 'outcome' <> 'failed' or routed.intended_at < clock_timestamp() - interval '10 minutes')
  then
    perform private.settle_order(routed, result, '[]');
    perform set_config('response.status', '200', true);
    select * into routed from public.routed_orders as o where o.order_id = routed.order_id;
  end if;
  return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
end
$$;


--
-- Name: FUNCTION settle_unknown_order(order_id uuid, attempt integer, result jsonb); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.settle_unknown_order(order_id uuid, attempt integer, result jsonb) IS 'What the provider, asked by us, says of an order whose answer was lost. For the functions.';


--
-- Name: stored_decisions(uuid, integer); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.stored_decisions(after uuid DEFAULT NULL::uuid, most integer DEFAULT 500) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  perform private.require_caller(array['service', 'system']);
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'routeId', r.route_id, 'selectedProvider', r.selected_provider_id, 'decision', r.decision,
      'candidates', (
        select jsonb_agg(jsonb_build_object(
          'provider', q.provider_id, 'features', q.features, 'components', q.components, 'total', q.score,
          'rank', q.rank, 'eliminated', q.eliminated, 'reasons', q.reasons
        ) order by q.provider_id)
        from public.order_quotes as q where q.route_id = r.route_id and q.status = 'ok'
      )
    ) order by r.route_id), '[]')
    from (
      select * from public.order_routes as d
      where d.status = 'quoted' and (stored_decisions.after is null or d.route_id > stored_decisions.after)
      order by d.route_id limit least(most, 1000)
    ) as r
  );
end
$$;


--
-- Name: FUNCTION stored_decisions(after uuid, most integer); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.stored_decisions(after uuid, most integer) IS 'Decisions with all they were made of, in pages by id: for replay. For operators.';


--
-- Name: submit_bid(uuid, bigint); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.submit_bid(session_id uuid, amount_cents bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object(
    'sessionId', submit_bid.session_id, 'amountCents', submit_bid.amount_cents
  );
  is_amount constant boolean := coalesce(amount_cents between 1 and 100000000000, false);
  -- What is hopeless is refused without queueing for the row, whoever holds it. It takes the key's lock and the bucket's
  -- and never the row's after them, so the two paths cannot wait for each other in a ring.
  is_hopeless constant boolean :=
    not is_amount or private.is_hopeless(submit_bid.session_id, who.user_id, submit_bid.amount_cents);
  session public.bidding_sessions;
  answer jsonb;
begin
  if is_hopeless then
    select * into session from public.bidding_sessions as s where s.session_id = submit_bid.session_id;
  else
    -- Lock: the session's row, before key, bucket and clock. Whoever waited finds the price, the leader and the time as
    -- they stand when it is his turn; everything about his rival is read after it.
    select * into session
    from public.bidding_sessions as s where s.session_id = submit_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'submit_bid', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(who, 'submit_bid', request, case
    when not is_amount then private.refuse_amount('amountCents')
    when is_hopeless then private.refuse_hopeless(session, private.bidder_in(session, who.user_id))
    else private.judge_bid(session, private.bidder_in(session, who.user_id), amount_cents)
  end);
end
$$;


--
-- Name: FUNCTION submit_bid(session_id uuid, amount_cents bigint); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.submit_bid(session_id uuid, amount_cents bigint) IS 'A participant bids by hand. Codes: invalid_request, not_a_participant, session_not_started, session_closed, participant_withdrawn, already_leading, bid_too_low, bid_too_high, no_rounds_left.';


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
  broken := case
    when verify_audit.resource_type = 'session' then private.first_broken_entry(private.parse_uuid(verify_audit.resource_id))
    else private.first_broken_seq(verify_audit.resource_type, verify_audit.resource_id)
  end;
  return jsonb_build_object('ok', broken is null, 'firstBrokenSeq', broken);
end
$$;


--
-- Name: FUNCTION verify_audit(resource_type text, resource_id text); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.verify_audit(resource_type text, resource_id text) IS 'Recomputes the hash chain of a resource (task, agent, user, session, settlement) and names the first row that does not hold. For admins and the service.';


--
-- Name: verify_routing(); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.verify_routing() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  fault text;
begin
  perform private.require_steward();
  -- Outcomes that have grown old since the figures were computed are the only difference there may be; the job closes it.
  select format('%s: metrics say %s of %s, a recount %s of %s', m.provider_id, m.successes, m.outcomes, r.successes, r.outcomes)
  into fault
  from public.provider_metrics as m cross join lateral private.recount_provider(m.provider_id) as r
  where (m.outcomes, m.successes, m.rating, m.fill_error, m.delivery_error_minutes, m.commission_bps)
    is distinct from (r.outcomes, r.successes, r.rating, r.fill_error, r.delivery_error_minutes, r.commission_bps)
  order by m.provider_id limit 1;
  if fault is null then
    select format('route %s: %s orders carry its provider''s number', min(o.route_id::text), count(*)) into fault
    from public.routed_orders as o where o.provider_order_id is not null
    group by o.provider_id, o.provider_order_id having count(*) > 1 limit 1;
  end if;
  if fault is null then
    select format('route %s: selected %s, the first in rank is %s', r.route_id, r.selected_provider_id, q.provider_id) into fault
    from public.order_routes as r join public.order_quotes as q using (route_id)
    where r.status = 'quoted' and q.rank = 1 and q.provider_id <> r.selected_provider_id limit 1;
  end if;
  return jsonb_build_object('ok', fault is null, 'firstDifference', fault);
end
$$;


--
-- Name: FUNCTION verify_routing(); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.verify_routing() IS 'Recounts what was learned, and checks orders and decisions; names the first difference.';


--
-- Name: verify_session(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.verify_session(session_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  session public.bidding_sessions;
  difference jsonb;
begin
  perform private.require_steward();
  session := private.kept_session(verify_session.session_id);
  if session.session_id is null then
    return private.refuse_unknown_session();
  end if;
  difference := private.first_difference(session);
  return jsonb_build_object('ok', difference is null, 'firstDifference', difference);
end
$$;


--
-- Name: FUNCTION verify_session(session_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.verify_session(session_id uuid) IS 'Recomputes a session, live or archived, from its ledger: every bid, deadline and event, leader, price, people, rounds and result; names the first difference. For admins and the service. Code: not_found.';


--
-- Name: withdraw_bid(uuid); Type: FUNCTION; Schema: api; Owner: -
--

CREATE FUNCTION api.withdraw_bid(session_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  who constant private.caller := private.require_caller(array['user']);
  request constant jsonb := jsonb_build_object('sessionId', withdraw_bid.session_id);
  session public.bidding_sessions;
  answer jsonb;
begin
  -- An outsider never queues for the row of others: who takes part is fixed.
  if exists (
    select from public.bidding_participants as p
    where p.session_id = withdraw_bid.session_id and p.user_id = who.user_id
  ) then
    -- Lock: the session's row, before key, bucket and clock; as a bid.
    select * into session
    from public.bidding_sessions as s where s.session_id = withdraw_bid.session_id for no key update;
  end if;
  answer := private.admit(who, 'withdraw_bid', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'withdraw_bid', request,
    private.judge_withdrawal(who, session, private.bidder_in(session, who.user_id))
  );
end
$$;


--
-- Name: FUNCTION withdraw_bid(session_id uuid); Type: COMMENT; Schema: api; Owner: -
--

COMMENT ON FUNCTION api.withdraw_bid(session_id uuid) IS 'A participant who does not lead leaves for good. Codes: not_a_participant, session_closed, participant_withdrawn, leader_cannot_withdraw.';


--
-- Name: activate_channel(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.activate_channel(channel_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  channel constant private.delivery_channels := private.expect_channel(activate_channel.channel_id);
begin
  update private.delivery_channels as c set active = true, paused_until = null where c.id = channel.id;
end
$$;


--
-- Name: FUNCTION activate_channel(channel_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.activate_channel(channel_id uuid) IS 'Sends through a channel again that its receiver had ended or paused.';


--
-- Name: activate_due_sessions(integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.activate_due_sessions(max_sessions integer DEFAULT 500) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
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


--
-- Name: FUNCTION activate_due_sessions(max_sessions integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.activate_due_sessions(max_sessions integer) IS 'Opens sessions whose start has come.';


--
-- Name: activate_session(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.activate_session(INOUT session public.bidding_sessions) RETURNS public.bidding_sessions
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  session.status := 'active';
  session := private.append_event(session, null, 'session_started', clock_timestamp(), 'system', 'clock');
  update public.bidding_sessions as s
  set status = session.status, seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  -- One that is found due after its deadline is opened to be closed: nobody is called to it.
  if session.expires_at > clock_timestamp() then
    perform private.notify_everybody(
      session, 'session_started', session.seq,
      jsonb_build_object('startingBidCents', session.starting_bid_cents, 'expiresAt', session.expires_at)
    );
  end if;
end
$$;


--
-- Name: FUNCTION activate_session(INOUT session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.activate_session(INOUT session public.bidding_sessions) IS 'Opens a session that is due. Its row is locked.';


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
  return noted::private.caller;
end
$$;


--
-- Name: FUNCTION actor(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.actor() IS 'Whom the audit names: the caller of the operation under way, or of the session itself.';


--
-- Name: add_channel(text, text, uuid, text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.add_channel(kind text, target text, recipient uuid DEFAULT NULL::uuid, events text[] DEFAULT NULL::text[]) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  channel private.delivery_channels;
begin
  if add_channel.recipient is not null and not exists (
    select from public.user_profile as p where p.id = add_channel.recipient
  ) then
    raise exception 'Expected the id of somebody who has signed up but found %', add_channel.recipient
      using errcode = 'no_data_found';
  end if;
  insert into private.delivery_channels as c (kind, target, recipient, events, secret)
  values (
    add_channel.kind, add_channel.target, add_channel.recipient, add_channel.events,
    case when add_channel.kind = 'webhook' then private.new_signing_secret() end
  )
  on conflict do nothing
  returning c.* into channel;
  if not found then
    raise exception 'Expected a channel that is not there yet but found one with this target; activate it where it is inactive'
      using errcode = 'unique_violation';
  end if;
  return jsonb_build_object('channelId', channel.id, 'secret', channel.secret);
end
$$;


--
-- Name: FUNCTION add_channel(kind text, target text, recipient uuid, events text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.add_channel(kind text, target text, recipient uuid, events text[]) IS 'Adds a channel of a user, or of the operators, for some events or all. Returns {channelId, secret}: a webhook''s signing secret is shown this once, null for the others.';


--
-- Name: add_participants(uuid, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.add_participants(session_id uuid, participants jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  insert into private.session_members (session_id, user_id)
  select add_participants.session_id, (p ->> 'userId')::uuid from jsonb_array_elements(participants) as p;
  insert into public.bidding_participants (session_id, user_id, alias, archetype)
  select add_participants.session_id, (p.entry ->> 'userId')::uuid,
    coalesce(p.entry ->> 'alias', 'Bidder ' || p.position), coalesce(p.entry ->> 'archetype', 'big_spender')
  from jsonb_array_elements(participants) with ordinality as p (entry, position);
  insert into public.bidding_auto_bids (session_id, user_id)
  select add_participants.session_id, (p ->> 'userId')::uuid from jsonb_array_elements(participants) as p
$$;


--
-- Name: FUNCTION add_participants(session_id uuid, participants jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.add_participants(session_id uuid, participants jsonb) IS 'Writes who may bid in a session.';


--
-- Name: address_outbox(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.address_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  insert into private.deliveries (outbox_id, channel_id)
  select t.id, c.id
  from told as t
  join private.delivery_channels as c on c.recipient = t.recipient
  where c.active and (c.events is null or t.event = any (c.events))
  union all
  select t.id, c.id
  from told as t
  join private.delivery_channels as c on c.recipient is null
  where t.recipient is null and c.active and (c.events is null or t.event = any (c.events));
  return null;
end
$$;


--
-- Name: FUNCTION address_outbox(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.address_outbox() IS 'Makes a delivery for every active channel of the recipient that wants the event.';


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
-- Name: alias_of(uuid, uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.alias_of(session_id uuid, user_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return (
    select p.alias from public.bidding_participants as p
    where p.session_id = alias_of.session_id and p.user_id = alias_of.user_id
  );
end
$$;


--
-- Name: FUNCTION alias_of(session_id uuid, user_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.alias_of(session_id uuid, user_id uuid) IS 'The name under which a session shows a participant; null for nobody.';


--
-- Name: bidding_results; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bidding_results (
    session_id uuid NOT NULL,
    winner_id uuid NOT NULL,
    loser_id uuid,
    currency text NOT NULL,
    winning_bid_cents bigint NOT NULL,
    compensation_cents bigint NOT NULL,
    platform_revenue_cents bigint NOT NULL,
    payment_status text DEFAULT 'pending'::text NOT NULL,
    payment_external_id text,
    payout_status text,
    payout_external_id text,
    decided_at timestamp with time zone NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT bidding_results_compensation_has_a_loser CHECK (((compensation_cents = 0) OR (loser_id IS NOT NULL))),
    CONSTRAINT bidding_results_external_id_lengths CHECK ((((char_length(payment_external_id) >= 1) AND (char_length(payment_external_id) <= 255)) AND ((char_length(payout_external_id) >= 1) AND (char_length(payout_external_id) <= 255)))),
    CONSTRAINT bidding_results_money_adds_up CHECK (((winning_bid_cents > 0) AND (compensation_cents >= 0) AND (platform_revenue_cents >= 0) AND ((compensation_cents + platform_revenue_cents) = winning_bid_cents))),
    CONSTRAINT bidding_results_payout_is_for_compensation CHECK (((payout_status IS NULL) = (compensation_cents = 0))),
    CONSTRAINT bidding_results_statuses_are_known CHECK (((payment_status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'refunded'::text])) AND (payout_status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'refunded'::text])))),
    CONSTRAINT bidding_results_winner_is_not_the_loser CHECK ((winner_id <> loser_id))
);


--
-- Name: TABLE bidding_results; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bidding_results IS 'Winner, loser and money of a completed session; written once, by private.close_session, and kept.';


--
-- Name: announce_result(public.bidding_sessions, public.bidding_results); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.announce_result(session public.bidding_sessions, result public.bidding_results) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  winner constant text := private.alias_of(session.session_id, result.winner_id);
  participant uuid;
begin
  for participant in
    select p.user_id from public.bidding_participants as p where p.session_id = session.session_id order by p.user_id
  loop
    if participant = result.loser_id and result.compensation_cents > 0 then
      perform private.notify(session, participant, 'loser_compensation', session.seq, jsonb_build_object(
        'winner', winner, 'compensationCents', result.compensation_cents
      ));
    else
      perform private.notify(session, participant, 'winner_announcement', session.seq, jsonb_strip_nulls(
        jsonb_build_object(
          'winner', winner, 'youWon', participant = result.winner_id,
          'priceCents', case when participant in (result.winner_id, result.loser_id) then result.winning_bid_cents end
        )
      ));
    end if;
  end loop;
end
$$;


--
-- Name: FUNCTION announce_result(session public.bidding_sessions, result public.bidding_results); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.announce_result(session public.bidding_sessions, result public.bidding_results) IS 'Tells winner, loser and the others how it ended.';


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
-- Name: answer_difference(private.recount, public.bidding_sessions, public.bids, private.ledger_entry); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.answer_difference(count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  answer constant public.bids := entry.bid;
  step constant text := 'bid ' || bid.seq;
begin
  return coalesce(
    private.difference(step || ': answered by the leader', count.leader_id, answer.user_id),
    private.difference(step || ': the answer leads', true, answer.leads),
    private.difference(step || ': the answer follows it', bid.amount_cents, answer.previous_amount_cents),
    private.difference(
      step || ': answered by a step at most', true,
      answer.amount_cents between bid.amount_cents and private.next_step(session, bid.amount_cents)
    ),
    private.difference(step || ': answered by the proxy', true, entry.by_proxy),
    private.difference(step || ': answered at once', bid.placed_at, answer.placed_at),
    private.difference(step || ': the deadline after the answer', bid.expires_at, answer.expires_at)
  );
end
$$;


--
-- Name: FUNCTION answer_difference(count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.answer_difference(count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry) IS 'Where the proxy''s answer does not follow from the bid that it answers.';


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
-- Name: answer_run(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.answer_run(run jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if (run ->> 'success')::boolean then
    return run;
  end if;
  -- Returned, not raised: the record of the run is kept. Why it failed stands there, and not in the answer.
  return private.refuse(503, 'job_failed', format('The job %s failed; private.job_runs says why', run ->> 'job'), run);
end
$$;


--
-- Name: FUNCTION answer_run(run jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.answer_run(run jsonb) IS 'What a scheduler is answered: the run of a job, or the refusal that a failed one is.';


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
-- Name: append_event(public.bidding_sessions, text, text, timestamp with time zone, text, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.append_event(INOUT session public.bidding_sessions, leader text, type text, at timestamp with time zone, actor_kind text, actor_id text, data jsonb DEFAULT '{}'::jsonb) RETURNS public.bidding_sessions
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  event private.session_events;
begin
  event.session_id := session.session_id;
  event.seq := session.seq + 1;
  event.type := append_event.type;
  event.at := append_event.at;
  event.actor_kind := append_event.actor_kind;
  event.actor_id := append_event.actor_id;
  event.data := jsonb_build_object(
    'priceCents', session.current_price_cents, 'leader', append_event.leader, 'expiresAt', session.expires_at
  ) || append_event.data;
  event.hash := private.event_hash(session.ledger_hash, event);
  insert into private.session_events select event.*;
  session.seq := event.seq;
  session.ledger_hash := event.hash;
  if event.type <> 'session_created' then
    perform realtime.send(
      private.event_json(event)
      || jsonb_build_object('sessionId', event.session_id, 'serverTime', clock_timestamp()),
      event.type, 'bidding:' || event.session_id, true
    );
  end if;
end
$$;


--
-- Name: FUNCTION append_event(INOUT session public.bidding_sessions, leader text, type text, at timestamp with time zone, actor_kind text, actor_id text, data jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.append_event(INOUT session public.bidding_sessions, leader text, type text, at timestamp with time zone, actor_kind text, actor_id text, data jsonb) IS 'Adds an event to the ledger and announces it. The session it hands back has the new seq and hash; its caller writes them.';


--
-- Name: archive_sessions(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.archive_sessions() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
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


--
-- Name: FUNCTION archive_sessions(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.archive_sessions() IS 'A job: moves sessions that ended more than 30 days ago to private.archived_sessions, whole, in one transaction. The result stays where it is as well: a refund may come later.';


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
-- Name: at_moment(public.bidding_sessions, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.at_moment(INOUT session public.bidding_sessions, moment timestamp with time zone) RETURNS public.bidding_sessions
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if session.status = 'pending' and session.starts_at <= moment then
    session := private.activate_session(session);
    if not private.has_rival(session) then
      session := private.close_session(session); -- all of them had withdrawn
    end if;
  end if;
  if session.status = 'active' and session.expires_at <= moment then
    session := private.close_session(session);
  end if;
end
$$;


--
-- Name: FUNCTION at_moment(INOUT session public.bidding_sessions, moment timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.at_moment(INOUT session public.bidding_sessions, moment timestamp with time zone) IS 'The session as it must be at a moment: opened where it is due, closed where its deadline has passed. Its row is locked, and the moment was read after it was: whoever waited past the deadline finds it past.';


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
-- Name: audit_results(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.audit_results() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  if tg_op = 'INSERT' then
    perform private.write_audit(
      'settlement', new.session_id::text, new.version, 'created', null, private.settlement_json(new)
    );
  else
    perform private.write_audit(
      'settlement', new.session_id::text, new.version, 'moved', private.settlement_json(old), private.settlement_json(new)
    );
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION audit_results(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audit_results() IS 'Trigger body: every step of the money has its row in the audit.';


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
    when 'settlement' then (
      select r.version from public.bidding_results as r where r.session_id = private.parse_uuid(resource_id)
    )
    when 'session' then coalesce(
      (select s.seq from public.bidding_sessions as s where s.session_id = private.parse_uuid(resource_id)),
      (
        select (s.document #>> '{session,seq}')::bigint
        from private.archived_sessions as s where s.session_id = private.parse_uuid(resource_id)
      )
    )
  end
$$;


--
-- Name: FUNCTION audited_version(resource_type text, resource_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.audited_version(resource_type text, resource_id text) IS 'How long the chain of a resource must be; null where the resource is gone.';


--
-- Name: auto_bid_answer(public.bidding_sessions, private.bidder, text, public.bids); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.auto_bid_answer(session public.bidding_sessions, bidder private.bidder, message text, bid public.bids DEFAULT NULL::public.bids) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'success', true,
    'message', message,
    'autoBid', private.auto_bid_json(bidder.max_amount_cents, bidder.set_at),
    'bid', case when bid.seq is not null then private.bid_json(bid) end,
    'session', private.session_json(session, bidder.user_id, bidder.leader_alias, bidder.rounds_used)
  );
end
$$;


--
-- Name: FUNCTION auto_bid_answer(session public.bidding_sessions, bidder private.bidder, message text, bid public.bids); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.auto_bid_answer(session public.bidding_sessions, bidder private.bidder, message text, bid public.bids) IS 'What the owner of a ceiling is answered.';


--
-- Name: auto_bid_json(bigint, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.auto_bid_json(max_amount_cents bigint, set_at timestamp with time zone) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  if max_amount_cents is null then
    return null;
  end if;
  return jsonb_build_object(
    'maxAmount', trim_scale(max_amount_cents / 100.0), 'maxAmountCents', max_amount_cents, 'setAt', set_at
  );
end
$$;


--
-- Name: FUNCTION auto_bid_json(max_amount_cents bigint, set_at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.auto_bid_json(max_amount_cents bigint, set_at timestamp with time zone) IS 'A ceiling as its owner alone is shown it.';


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
-- Name: begin_attempts(uuid, jsonb, timestamp with time zone, numeric); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.begin_attempts(attempt_id uuid, providers jsonb, lapses_at timestamp with time zone, share numeric DEFAULT 1) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  provider jsonb;
  answers jsonb := jsonb '{}';
begin
  -- In the order of their ids: see private.reserve_attempt.
  for provider in select p from jsonb_array_elements(providers) as p order by p ->> 'id' collate "C" loop
    answers := answers || jsonb_build_object(
      provider ->> 'id',
      private.reserve_attempt(attempt_id, provider ->> 'id', coalesce(provider -> 'calls', '{}'), lapses_at, share,
        clock_timestamp() + make_interval(secs => coalesce((provider ->> 'timeoutMs')::integer, 0) / 1000.0) <= lapses_at)
        || private.standing_of(provider ->> 'id')
    );
  end loop;
  return answers;
end
$$;


--
-- Name: FUNCTION begin_attempts(attempt_id uuid, providers jsonb, lapses_at timestamp with time zone, share numeric); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.begin_attempts(attempt_id uuid, providers jsonb, lapses_at timestamp with time zone, share numeric) IS 'Reserves an attempt at each provider, and says how each stands.';


--
-- Name: begin_session(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.begin_session(plan public.bidding_sessions) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  standing public.bidding_sessions;
begin
  loop
    insert into public.bidding_sessions select plan.*
    on conflict (property_id, target_night) where status in ('pending', 'active') do nothing;
    if found then
      return null;
    end if;
    -- Lock: the session that has the night. Where its deadline has passed it is closed here, and the night is free.
    select * into standing
    from public.bidding_sessions as s
    where s.property_id = plan.property_id and s.target_night = plan.target_night and s.status in ('pending', 'active')
    for no key update;
    if found then
      standing := private.at_moment(standing, clock_timestamp());
      if standing.ended_at is null then
        return standing.session_id;
      end if;
    end if;
  end loop;
  return null; -- never reached: the loop ends by returning
end
$$;


--
-- Name: FUNCTION begin_session(plan public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.begin_session(plan public.bidding_sessions) IS 'Takes the night for a planned session; the id of the live session that has it already, null where it was free.';


--
-- Name: bid_difference(private.recount, public.bidding_sessions, private.ledger_entry); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bid_difference(count private.recount, session public.bidding_sessions, entry private.ledger_entry) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  bid constant public.bids := entry.bid;
  bidder constant text := bid.user_id;
  step constant text := 'bid ' || bid.seq;
  minimum constant bigint := coalesce(private.next_step(session, count.price_cents), session.starting_bid_cents);
  -- A proxy steps as far as it takes to lead; with nobody before it that is the starting bid.
  maximum constant bigint := case
    when not entry.by_proxy then greatest(
      coalesce(count.price_cents, session.starting_bid_cents) * session.maximum_jump_bps / 10000, minimum
    )
    when count.price_cents is null then session.starting_bid_cents
  end;
begin
  return coalesce(
    private.difference(step || ': the session is active', 'active'::text, count.status),
    private.difference(step || ': the amount before it', count.price_cents, bid.previous_amount_cents),
    private.difference(step || ': at least the next step', true, bid.amount_cents >= minimum),
    private.difference(step || ': no further than it may jump', true, coalesce(bid.amount_cents <= maximum, true)),
    private.difference(step || ': by one who did not lead', true, bid.user_id is distinct from count.leader_id),
    private.difference(step || ': by a participant', true, count.aliases ? bidder),
    private.difference(step || ': by one who had not withdrawn', false, count.withdrawn ? bidder),
    private.difference(step || ': after what came before it', true, bid.placed_at >= count.at),
    private.difference(step || ': after the start', true, bid.placed_at >= session.starts_at),
    private.difference(step || ': in time', true, bid.placed_at < count.expires_at),
    private.difference(
      step || ': the deadline after it', private.deadline_after(session, count.expires_at, bid.placed_at), bid.expires_at
    )
  );
end
$$;


--
-- Name: FUNCTION bid_difference(count private.recount, session public.bidding_sessions, entry private.ledger_entry); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bid_difference(count private.recount, session public.bidding_sessions, entry private.ledger_entry) IS 'Where a bid does not follow from the ledger before it.';


--
-- Name: bid_event_json(public.bids, text, bigint, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bid_event_json(bid public.bids, bidder text, price_cents bigint, leader text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'seq', bid.seq, 'type', 'bid_placed', 'at', bid.placed_at, 'bidId', bid.bid_id, 'bidder', bidder,
    'amountCents', bid.amount_cents, 'priceCents', price_cents, 'leader', leader, 'expiresAt', bid.expires_at
  );
end
$$;


--
-- Name: FUNCTION bid_event_json(bid public.bids, bidder text, price_cents bigint, leader text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bid_event_json(bid public.bids, bidder text, price_cents bigint, leader text) IS 'A bid as everybody in the session is shown it; price and leader as its request left them.';


--
-- Name: bid_hash(bytea, public.bids); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bid_hash(prev_hash bytea, bid public.bids) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  -- None of these can hold the separator, so no two different bids write the same bytes. Instants are seconds since
  -- 1970: the session's time zone plays no part.
  return sha256(convert_to(concat_ws('|',
    encode(prev_hash, 'hex'), bid.session_id, bid.seq, 'bid_placed', extract(epoch from bid.placed_at), bid.bid_id,
    bid.user_id, bid.amount_cents, coalesce(bid.previous_amount_cents::text, ''), bid.leads,
    extract(epoch from bid.expires_at)
  ), 'UTF8'));
end
$$;


--
-- Name: FUNCTION bid_hash(prev_hash bytea, bid public.bids); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bid_hash(prev_hash bytea, bid public.bids) IS 'The hash a bid must carry, after the ledger''s entry with prev_hash.';


--
-- Name: bid_json(public.bids); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bid_json(bid public.bids) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'id', bid.bid_id, 'sessionId', bid.session_id, 'userId', bid.user_id, 'amount', trim_scale(bid.amount_cents / 100.0),
    'amountCents', bid.amount_cents, 'seq', bid.seq, 'placedAt', bid.placed_at
  );
end
$$;


--
-- Name: FUNCTION bid_json(bid public.bids); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bid_json(bid public.bids) IS 'A bid as its bidder is shown it.';


--
-- Name: bidder_in(public.bidding_sessions, uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bidder_in(session public.bidding_sessions, user_id uuid) RETURNS private.bidder
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  bidder private.bidder;
begin
  -- Both in one look-up. Of all ceilings only the leader's can lie above the price (price >= the second highest, always),
  -- so it is the only one that a challenger meets.
  select p.user_id, p.alias, p.withdrawn_at, a.max_amount_cents, a.set_at, a.rounds_used, l.alias,
    case when l.user_id is not null then greatest(c.max_amount_cents, session.current_price_cents) end
  into bidder
  from public.bidding_participants as p
  join public.bidding_auto_bids as a on a.session_id = p.session_id and a.user_id = p.user_id
  left join public.bidding_participants as l on l.session_id = session.session_id and l.user_id = session.leader_id
  left join public.bidding_auto_bids as c on c.session_id = session.session_id and c.user_id = session.leader_id
  where p.session_id = session.session_id and p.user_id = bidder_in.user_id;
  return bidder;
end
$$;


--
-- Name: FUNCTION bidder_in(session public.bidding_sessions, user_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bidder_in(session public.bidding_sessions, user_id uuid) IS 'Looks up a participant and whom he is up against.';


--
-- Name: bring_all_to_now(uuid[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bring_all_to_now(session_ids uuid[]) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select jsonb_build_object(
    'processed', count(*) filter (where b.done), 'failed', count(*) filter (where not b.done)
  )
  from (select private.bring_to_now(id) as done from unnest(session_ids) as id) as b
$$;


--
-- Name: FUNCTION bring_all_to_now(session_ids uuid[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bring_all_to_now(session_ids uuid[]) IS 'How many sessions were brought up to now.';


--
-- Name: bring_to_now(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bring_to_now(session_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION bring_to_now(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bring_to_now(session_id uuid) IS 'private.at_moment for one session whose row is locked; false where that failed.';


--
-- Name: bury_delivery(uuid, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bury_delivery(delivery_id uuid, reason text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  buried record;
begin
  -- Lock: the channel, without waiting: who records results has taken it beforehand, and a claim that waited here could
  -- wait in a ring. Its next run finds the delivery again.
  perform
  from private.delivery_channels as c
  join private.deliveries as d on d.channel_id = c.id
  where d.id = delivery_id
  for no key update of c skip locked;
  if not found then
    return;
  end if;
  update private.deliveries as d
  set status = 'dead', lease = null, last_error = left(reason, 500)
  from private.outbox as o, private.delivery_channels as c
  where d.id = delivery_id and d.status = 'pending' and o.id = d.outbox_id and c.id = d.channel_id
  returning d.attempts, d.last_error, o.event, c.id as channel_id, c.kind into buried;
  -- That admins could not be told of it is not told to them: it would go on for ever.
  if not found or buried.event = 'delivery_dead' then
    return;
  end if;
  -- Once a day and channel: one that is away for long has many.
  perform private.notify_admins(
    'delivery_dead',
    jsonb_build_object(
      'title', 'A delivery was given up',
      'message', format(
        'A notification %s could not be delivered by %s after %s attempts: %s', buried.event, buried.kind,
        buried.attempts, buried.last_error
      ),
      'channelId', buried.channel_id, 'kind', buried.kind, 'deliveryId', delivery_id, 'event', buried.event,
      'attempts', buried.attempts, 'lastError', buried.last_error
    ),
    'delivery_dead:' || buried.channel_id || ':' || today
  );
end
$$;


--
-- Name: FUNCTION bury_delivery(delivery_id uuid, reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bury_delivery(delivery_id uuid, reason text) IS 'Gives a pending delivery up, and tells admins of the first one of its channel that day.';


--
-- Name: bury_unreachable(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.bury_unreachable() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  unreachable uuid;
begin
  for unreachable in
    select d.id
    from private.delivery_channels as c
    cross join lateral (
      select p.id
      from private.deliveries as p
      where p.channel_id = c.id and p.status = 'pending' and p.next_attempt_at <= statement_timestamp()
      order by p.next_attempt_at
      limit 100
      for no key update skip locked
    ) as d
    where not c.active
  loop
    perform private.bury_delivery(unreachable, 'The channel is inactive');
  end loop;
end
$$;


--
-- Name: FUNCTION bury_unreachable(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.bury_unreachable() IS 'Gives up what was still waiting for a channel that has been deactivated.';


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
-- Name: calls_of(jsonb, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.calls_of(providers jsonb, provider_id text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
begin
  return (
    select coalesce(p -> 'calls', '{}') from jsonb_array_elements(providers) as p
    where p ->> 'id' = calls_of.provider_id limit 1
  );
end
$$;


--
-- Name: FUNCTION calls_of(providers jsonb, provider_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.calls_of(providers jsonb, provider_id text) IS 'The calls a provider''s confirmation makes; null where the provider takes no part.';


--
-- Name: order_quotes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_quotes (
    route_id uuid NOT NULL,
    provider_id text NOT NULL,
    status text NOT NULL,
    code text,
    latency_ms integer,
    currency text,
    subtotal_cents bigint,
    fees_cents bigint,
    tax_cents bigint,
    total_cents bigint,
    estimated_delivery_minutes integer,
    quote jsonb,
    features jsonb,
    components jsonb,
    score numeric,
    rank integer,
    eliminated text,
    reasons jsonb DEFAULT '[]'::jsonb NOT NULL,
    quoted_at timestamp with time zone NOT NULL,
    CONSTRAINT order_quotes_amounts_are_not_negative CHECK (((subtotal_cents > 0) AND (fees_cents >= 0) AND (tax_cents >= 0))),
    CONSTRAINT order_quotes_ok_means_money CHECK (((status = 'ok'::text) = ((quote IS NOT NULL) AND (total_cents IS NOT NULL) AND (features IS NOT NULL)))),
    CONSTRAINT order_quotes_status_is_known CHECK ((status = ANY (ARRAY['ok'::text, 'timeout'::text, 'error'::text, 'circuit_open'::text, 'quota_exceeded'::text, 'excluded'::text, 'disabled'::text]))),
    CONSTRAINT order_quotes_total_is_its_sum CHECK ((total_cents = ((subtotal_cents + fees_cents) + tax_cents)))
);


--
-- Name: TABLE order_quotes; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.order_quotes IS 'What each provider answered to a route, and how it scored; for operators.';


--
-- Name: COLUMN order_quotes.quote; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.order_quotes.quote IS 'The offer whole, with what its adapter needs to confirm it.';


--
-- Name: candidate_json(public.order_quotes, jsonb, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  -- What a provider pays us is for operators; its owner sees everything else.
  return jsonb_build_object(
    'provider', offer.provider_id, 'status', offer.status, 'code', offer.code, 'latencyMs', offer.latency_ms,
    'features', case when for_operator then offer.features else offer.features - 'commissionBps' end,
    'weights', case when for_operator then weights else weights - 'commission' end,
    'components', case when for_operator then offer.components else offer.components - 'commission' end,
    'total', case when for_operator then to_jsonb(offer.score) end,
    'rank', offer.rank, 'eliminated', offer.eliminated, 'reasons', offer.reasons
  );
end
$$;


--
-- Name: FUNCTION candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean) IS 'One candidate of a decision.';


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
-- Name: chain_difference(private.recount, private.ledger_entry, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.chain_difference(count private.recount, entry private.ledger_entry, awaits_answer boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  step constant text := 'entry ' || entry.seq;
begin
  return coalesce(
    private.difference('the next seq of the ledger', count.seq + 1, entry.seq),
    private.difference('hash of ' || step, encode(entry.true_hash, 'hex'), encode(entry.hash, 'hex')),
    private.difference(step || ': the first is the creation', entry.seq = 1, entry.type = 'session_created'),
    private.difference(step || ': nothing after the end', null::timestamptz, count.ended_at),
    case
      when awaits_answer then
        private.difference(step || ': the answer to a bid', 'bid_placed'::text, entry.type)
      when count.is_extended then
        private.difference(step || ': the extension by a bid', 'session_extended'::text, entry.type)
    end
  );
end
$$;


--
-- Name: FUNCTION chain_difference(count private.recount, entry private.ledger_entry, awaits_answer boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.chain_difference(count private.recount, entry private.ledger_entry, awaits_answer boolean) IS 'Where an entry cannot be the next of its ledger, whatever it says.';


--
-- Name: challenge(public.bidding_sessions, private.bidder, bigint, boolean, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.challenge(session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamp with time zone) RETURNS private.bidding_move
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  old_leader constant uuid := session.leader_id;
  old_price constant bigint := session.current_price_cents;
  old_alias constant text := bidder.leader_alias;
  leads constant boolean := old_leader is null or amount_cents > bidder.leader_ceiling_cents;
  late_end constant timestamptz := least(
    challenge.at + make_interval(secs => session.soft_close_seconds), session.hard_end_at
  );
  is_extended constant boolean := session.soft_close_seconds > 0 and late_end > session.expires_at;
  bid public.bids;
  answer public.bids;
begin
  -- The proxy rule in closed form. M1 is the higher of the two ceilings, M2 the lower: price = min(M1, one step above
  -- M2); of equal ceilings the standing one leads. What is bid by hand states its price where it leads.
  session.current_price_cents := case
    when not leads then least(bidder.leader_ceiling_cents, private.next_step(session, amount_cents))
    when by_hand then amount_cents
    when old_leader is null then session.starting_bid_cents
    else least(amount_cents, private.next_step(session, bidder.leader_ceiling_cents))
  end;
  if leads then
    session.leader_id := bidder.user_id;
    bidder.leader_alias := bidder.alias;
  end if;
  if is_extended then
    session.expires_at := late_end;
  end if;

  -- A challenger who is answered at once is shown with the amount he was beaten at.
  bid := private.place_bid(
    session, bidder.user_id, case when leads then session.current_price_cents else amount_cents end, old_price, leads,
    not by_hand, challenge.at, bidder.alias, bidder.leader_alias
  );
  session.seq := bid.seq;
  session.ledger_hash := bid.hash;
  if not leads then
    answer := private.place_bid(
      session, old_leader, session.current_price_cents, bid.amount_cents, true, true, challenge.at, old_alias, old_alias
    );
    session.seq := answer.seq;
    session.ledger_hash := answer.hash;
  end if;
  if is_extended then
    session := private.append_event(
      session, bidder.leader_alias, 'session_extended', challenge.at, 'system', 'clock'
    );
  end if;
  update public.bidding_sessions as s
  set current_price_cents = session.current_price_cents, leader_id = session.leader_id,
      expires_at = session.expires_at, seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;

  -- Whoever was answered at once hears it as his answer; whoever lost the lead, and whose proxy held it, is told.
  if leads and old_leader is not null then
    perform private.notify(session, old_leader, 'outbid', bid.seq, jsonb_build_object(
      'priceCents', session.current_price_cents, 'minimumNextCents', private.minimum_next(session)
    ));
  elsif not leads then
    perform private.notify(session, old_leader, 'auto_bid_triggered', answer.seq, jsonb_build_object(
      'priceCents', session.current_price_cents
    ));
  end if;
  if is_extended then
    -- Once for a new end, to the minute that is shown: the topic tells every extension, and a rival's small steps must not
    -- flood an inbox.
    perform private.notify_everybody(
      session, 'session_extended', floor(extract(epoch from session.expires_at) / 60)::bigint,
      jsonb_build_object('expiresAt', session.expires_at)
    );
  end if;
  -- The first bid after the others had withdrawn: of those who have bid, the last rival's withdrawal closes it.
  if old_leader is null and not private.has_rival(session) then
    session := private.close_session(session);
  end if;
  return row(session, bidder, bid)::private.bidding_move;
end
$$;


--
-- Name: FUNCTION challenge(session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.challenge(session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamp with time zone) IS 'Lets one who does not lead bid an amount, by hand or as his ceiling, against the leader''s ceiling; at most two bids.';


--
-- Name: deliveries; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    outbox_id bigint NOT NULL,
    channel_id uuid NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    resends integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease uuid,
    last_error text,
    delivered_at timestamp with time zone,
    CONSTRAINT deliveries_attempts_is_not_negative CHECK ((attempts >= 0)),
    CONSTRAINT deliveries_dead_has_a_reason CHECK (((status <> 'dead'::text) OR (last_error IS NOT NULL))),
    CONSTRAINT deliveries_delivered_has_its_time CHECK (((status = 'delivered'::text) = (delivered_at IS NOT NULL))),
    CONSTRAINT deliveries_only_pending_are_leased CHECK (((lease IS NULL) OR (status = 'pending'::text))),
    CONSTRAINT deliveries_resends_is_not_negative CHECK ((resends >= 0)),
    CONSTRAINT deliveries_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
);


--
-- Name: TABLE deliveries; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.deliveries IS 'One row per thing said and channel. Its id is the same on every attempt: receivers know by it what they have seen.';


--
-- Name: COLUMN deliveries.attempts; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.deliveries.attempts IS 'Counted when one begins: one that brings its worker down counts too.';


--
-- Name: COLUMN deliveries.resends; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.deliveries.resends IS 'How often an operator had it sent again: attempts begin anew, and a mail provider must not take them for repetitions.';


--
-- Name: COLUMN deliveries.next_attempt_at; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.deliveries.next_attempt_at IS 'When it is due. While a worker holds it, the end of the lease: then it is due again by itself.';


--
-- Name: COLUMN deliveries.lease; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.deliveries.lease IS 'Names the claim of the worker that is sending it; what another one reports is not taken.';


--
-- Name: COLUMN deliveries.last_error; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.deliveries.last_error IS 'Why the last attempt failed; null once delivered.';


--
-- Name: claimed_json(private.deliveries); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.claimed_json(delivery private.deliveries) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select jsonb_build_object(
    'deliveryId', delivery.id,
    'attempt', delivery.attempts,
    'resends', delivery.resends,
    'event', o.event,
    'payload', o.payload,
    'createdAt', o.created_at,
    'channel', jsonb_build_object(
      'id', c.id,
      'kind', c.kind,
      'target', c.target,
      'secrets', to_jsonb(array_remove(
        array[c.secret, case when c.previous_secret_expires_at > clock_timestamp() then c.previous_secret end], null
      ))
    )
  )
  from private.outbox as o, private.delivery_channels as c
  where o.id = delivery.outbox_id and c.id = delivery.channel_id
$$;


--
-- Name: FUNCTION claimed_json(delivery private.deliveries); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.claimed_json(delivery private.deliveries) IS 'A delivery with all that sending it needs, secrets included: for the service alone.';


--
-- Name: close_due_sessions(integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.close_due_sessions(max_sessions integer DEFAULT 500) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
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


--
-- Name: FUNCTION close_due_sessions(max_sessions integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.close_due_sessions(max_sessions integer) IS 'Closes sessions whose deadline has passed, each once.';


--
-- Name: close_session(public.bidding_sessions, text, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.close_session(INOUT session public.bidding_sessions, actor_kind text DEFAULT 'system'::text, actor_id text DEFAULT 'clock'::text, cancellation_reason text DEFAULT NULL::text) RETURNS public.bidding_sessions
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  result public.bidding_results;
  leader text;
begin
  if session.ended_at is not null then
    return;
  end if;
  leader := private.alias_of(session.session_id, session.leader_id);
  session.ended_at := clock_timestamp();
  session.cancellation_reason := close_session.cancellation_reason;
  session.status := case
    when close_session.cancellation_reason is not null then 'cancelled'
    when session.leader_id is null then 'expired'
    else 'completed'
  end;
  session := private.append_event(
    session, leader, 'session_closed', session.ended_at, close_session.actor_kind, close_session.actor_id,
    jsonb_build_object('outcome', session.status, 'winner', case session.status when 'completed' then leader end)
  );
  update public.bidding_sessions as s
  set status = session.status, ended_at = session.ended_at, cancellation_reason = session.cancellation_reason,
      seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  if session.status = 'completed' then
    result := private.decide_result(session, session.ended_at);
    perform private.announce_result(session, result);
  elsif session.status = 'cancelled' then
    perform private.notify_everybody(
      session, 'session_cancelled', session.seq, jsonb_build_object('reason', session.cancellation_reason)
    );
  end if;
end
$$;


--
-- Name: FUNCTION close_session(INOUT session public.bidding_sessions, actor_kind text, actor_id text, cancellation_reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.close_session(INOUT session public.bidding_sessions, actor_kind text, actor_id text, cancellation_reason text) IS 'Ends a session: completed with a leader, expired without, cancelled with a reason. Does nothing where it has ended; the only writer of bidding_results. Its row is locked.';


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
-- Name: count_bid(private.recount, public.bidding_sessions, private.ledger_entry, private.ledger_entry); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.count_bid(INOUT count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry) RETURNS private.recount
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  bid constant public.bids := entry.bid;
begin
  count.difference := private.bid_difference(count, session, entry);
  if count.difference is null and not bid.leads then
    count.difference := private.answer_difference(count, session, bid, answer);
  end if;
  count.at := bid.placed_at;
  count.is_extended := bid.expires_at > count.expires_at;
  count.expires_at := bid.expires_at;
  if bid.leads then
    count.runner_up_id := count.leader_id;
    count.leader_id := bid.user_id;
    count.price_cents := bid.amount_cents;
  else
    -- Above all that anybody but the leader was in for: of the others nobody was in for more.
    count.runner_up_id := bid.user_id;
    count.price_cents := (answer.bid).amount_cents;
  end if;
end
$$;


--
-- Name: FUNCTION count_bid(INOUT count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.count_bid(INOUT count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry) IS 'Adds a bid, and its answer where there is one, to a recount.';


--
-- Name: count_event(private.recount, public.bidding_sessions, private.session_events); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.count_event(INOUT count private.recount, session public.bidding_sessions, event private.session_events) RETURNS private.recount
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  alias jsonb; -- of the leader; a session begins without one
  told jsonb := jsonb '{}'; -- what its type says beyond price, leader and deadline
begin
  count.difference := private.event_difference(count, session, event);
  count.is_extended := false;
  if event.type <> 'session_started' then
    -- A bid may open the session that it finds due: its moment was read before the session's start was written.
    count.at := event.at;
  end if;
  case event.type
    when 'session_created' then
      count.expires_at := private.parse_timestamp(event.data ->> 'expiresAt');
      told := jsonb_build_object('rules', private.rules_json(session));
    when 'session_started' then
      count.status := 'active';
    when 'participant_withdrawn' then
      count.withdrawn := count.withdrawn || jsonb_build_object(event.actor_id, event.at);
      told := jsonb_build_object('participant', count.aliases -> event.actor_id);
    when 'session_closed' then
      count.status := event.data ->> 'outcome';
      count.ended_at := event.at;
    else null;
  end case;
  alias := count.aliases -> count.leader_id::text;
  if event.type = 'session_closed' then
    told := jsonb_build_object('outcome', count.status, 'winner', case count.status when 'completed' then alias end);
  end if;
  count.difference := coalesce(count.difference, private.difference(
    'entry ' || event.seq || ': what it tells',
    jsonb_build_object('priceCents', count.price_cents, 'leader', alias, 'expiresAt', count.expires_at) || told,
    event.data
  ));
end
$$;


--
-- Name: FUNCTION count_event(INOUT count private.recount, session public.bidding_sessions, event private.session_events); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.count_event(INOUT count private.recount, session public.bidding_sessions, event private.session_events) IS 'Adds an event to a recount.';


--
-- Name: count_result(text, boolean, boolean, text, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  circuit public.provider_circuits;
  moment constant timestamptz := clock_timestamp();
  -- The provider knows best when it will answer again; a day is as long as it is believed.
  told_pause constant interval := make_interval(
    secs => greatest(0, least(coalesce(retry_after_ms, 0), 86400000)) / 1000.0
  );
  failures integer;
  opens boolean;
begin
  select * into circuit from public.provider_circuits as c where c.provider_id = count_result.provider_id;
  circuit.recent := right(circuit.recent || case when is_good then '1' else '0' end, 20);
  if is_good then
    if was_probe and circuit.state = 'half_open' then
      circuit.probes_passed := circuit.probes_passed + 1;
      if circuit.probes_passed >= 2 then
        circuit.state := 'closed';
        circuit.open_until := null;
        circuit.times_opened := 0;
        circuit.recent := '11';
      end if;
    end if;
  else
    failures := length(circuit.recent) - length(replace(circuit.recent, '0', ''));
    opens := case
      when circuit.state = 'closed' then failures >= 5 or right(circuit.recent, 3) = '000' or code = 'rate_limited'
      -- What was under way when it opened says nothing new.
      else was_probe and circuit.state = 'half_open'
    end;
    circuit.last_failure := code;
    if opens then
      circuit.state := 'open';
      circuit.times_opened := circuit.times_opened + 1;
      circuit.open_until := moment + greatest(
        least(interval '30 seconds' * power(2, least(circuit.times_opened - 1, 10)), interval '10 minutes'),
        told_pause
      );
    elsif code = 'rate_limited' and circuit.state <> 'closed' then
      circuit.open_until := greatest(circuit.open_until, moment + told_pause);
    end if;
  end if;
  update public.provider_circuits as c
  set state = circuit.state, recent = circuit.recent, times_opened = circuit.times_opened,
      open_until = circuit.open_until, probes_passed = circuit.probes_passed, last_failure = circuit.last_failure,
      updated_at = moment
  where c.provider_id = circuit.provider_id;
end
$$;


--
-- Name: FUNCTION count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint) IS 'Counts one call''s result: opens after 5 failures in the last 20 or 3 in a row (30 s, doubling to 10 min), closes after 2 good probes. The circuit''s row is locked.';


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
-- Name: order_outcomes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_outcomes (
    order_id uuid NOT NULL,
    provider_id text NOT NULL,
    source text NOT NULL,
    recorded_by text NOT NULL,
    was_successful boolean NOT NULL,
    was_cancelled boolean DEFAULT false NOT NULL,
    items_ordered integer,
    items_delivered integer,
    promised_minutes integer,
    actual_minutes integer,
    user_rating integer,
    issues text[] DEFAULT '{}'::text[] NOT NULL,
    total_cents bigint NOT NULL,
    commission_bps integer NOT NULL,
    failure_code text,
    counts boolean NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT order_outcomes_items_are_possible CHECK (((items_ordered > 0) AND ((items_delivered >= 0) AND (items_delivered <= items_ordered)))),
    CONSTRAINT order_outcomes_minutes_are_positive CHECK ((actual_minutes > 0)),
    CONSTRAINT order_outcomes_rating_is_one_to_five CHECK (((user_rating >= 1) AND (user_rating <= 5))),
    CONSTRAINT order_outcomes_source_is_known CHECK ((source = ANY (ARRAY['owner'::text, 'service'::text, 'webhook'::text, 'confirm'::text])))
);


--
-- Name: TABLE order_outcomes; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.order_outcomes IS 'How an order ended, once per order and provider that had it; what learning reads.';


--
-- Name: COLUMN order_outcomes.counts; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.order_outcomes.counts IS 'Whether learning counts it: see private.keep_outcome.';


--
-- Name: counted_outcomes(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.counted_outcomes(provider_id text) RETURNS SETOF public.order_outcomes
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
begin
  return query
  select * from public.order_outcomes as o
  where o.provider_id = counted_outcomes.provider_id and o.recorded_at > long_ago and o.counts
  order by o.recorded_at desc, o.order_id
  limit 125;
end
$$;


--
-- Name: FUNCTION counted_outcomes(provider_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.counted_outcomes(provider_id text) IS 'The outcomes learning counts: the last 125 of 30 days, none that its customer cancelled.';


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
-- Name: deadline_after(public.bidding_sessions, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.deadline_after(session public.bidding_sessions, expires_at timestamp with time zone, placed_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  if session.soft_close_seconds = 0 then
    return deadline_after.expires_at;
  end if;
  return greatest(
    deadline_after.expires_at,
    least(deadline_after.placed_at + make_interval(secs => session.soft_close_seconds), session.hard_end_at)
  );
end
$$;


--
-- Name: FUNCTION deadline_after(session public.bidding_sessions, expires_at timestamp with time zone, placed_at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.deadline_after(session public.bidding_sessions, expires_at timestamp with time zone, placed_at timestamp with time zone) IS 'The deadline as a bid of that moment leaves it.';


--
-- Name: decide_result(public.bidding_sessions, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.decide_result(session public.bidding_sessions, at timestamp with time zone) RETURNS public.bidding_results
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  result public.bidding_results;
begin
  result.loser_id := private.runner_up(session);
  result.compensation_cents := case
    when result.loser_id is null then 0
    else session.current_price_cents * session.compensation_bps / 10000
  end;
  insert into public.bidding_results as r (
    session_id, winner_id, loser_id, currency, winning_bid_cents, compensation_cents, platform_revenue_cents,
    payout_status, decided_at
  )
  values (
    session.session_id, session.leader_id, result.loser_id, session.currency, session.current_price_cents,
    result.compensation_cents, session.current_price_cents - result.compensation_cents,
    case when result.compensation_cents > 0 then 'pending' end, decide_result.at
  )
  returning r.* into result;
  return result;
end
$$;


--
-- Name: FUNCTION decide_result(session public.bidding_sessions, at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.decide_result(session public.bidding_sessions, at timestamp with time zone) IS 'Writes who won and the money, exact to the cent: compensation rounded down, the rest is revenue.';


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
-- Name: difference(text, anyelement, anyelement); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.difference(what text, expected anyelement, found anyelement) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select case when expected is distinct from found then
    jsonb_build_object('what', what, 'expected', expected, 'found', found)
  end
$$;


--
-- Name: FUNCTION difference(what text, expected anyelement, found anyelement); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.difference(what text, expected anyelement, found anyelement) IS 'What does not agree, or null where it does.';


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
-- Name: drain_job(text, integer); Type: PROCEDURE; Schema: private; Owner: -
--

CREATE PROCEDURE private.drain_job(IN job text, IN most_runs integer DEFAULT 100)
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: PROCEDURE drain_job(IN job text, IN most_runs integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON PROCEDURE private.drain_job(IN job text, IN most_runs integer) IS 'Runs a job until it finds nothing more to do, and commits after every run.';


--
-- Name: due_deliveries(integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.due_deliveries(most integer) RETURNS SETOF uuid
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  -- A receiver that hangs holds four places at most: the others do not wait behind it.
  with ready as materialized (
    select c.id, first.next_attempt_at, 4 - (
      select count(*)
      from private.deliveries as u
      where u.channel_id = c.id and u.lease is not null and u.next_attempt_at > statement_timestamp()
    ) as places
    from private.delivery_channels as c
    cross join lateral (
      select d.next_attempt_at
      from private.deliveries as d
      where d.channel_id = c.id and d.status = 'pending' and d.next_attempt_at <= statement_timestamp()
      order by d.next_attempt_at
      limit 1
    ) as first
    where c.active and (c.paused_until is null or c.paused_until <= statement_timestamp())
  )
  select due.id
  from (select r.id, r.places from ready as r where r.places > 0 order by r.next_attempt_at) as r
  cross join lateral (
    select d.id
    from private.deliveries as d
    where d.channel_id = r.id and d.status = 'pending' and d.next_attempt_at <= statement_timestamp()
    order by d.next_attempt_at, d.id
    limit r.places
    -- What another worker is claiming at this moment is left to it.
    for no key update skip locked
  ) as due
  limit most
$$;


--
-- Name: FUNCTION due_deliveries(most integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.due_deliveries(most integer) IS 'Deliveries that may be sent now, locked: the longest waiting channels first.';


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
-- Name: event_difference(private.recount, public.bidding_sessions, private.session_events); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.event_difference(count private.recount, session public.bidding_sessions, event private.session_events) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  step constant text := 'entry ' || event.seq;
  outcome constant text := event.data ->> 'outcome';
  begun constant timestamptz := private.parse_timestamp(event.data ->> 'expiresAt');
begin
  return case event.type
    when 'session_created' then coalesce(
      private.difference('the rules', private.rules_json(session), event.data -> 'rules'),
      private.difference('created at', event.at, session.created_at),
      private.difference('the deadline it began with', true, coalesce(begun > session.starts_at, false)),
      private.difference(
        'the hard end', least(begun + interval '30 minutes', session.starts_at + interval '24 hours'), session.hard_end_at
      )
    )
    when 'session_started' then coalesce(
      private.difference('started from', 'pending'::text, count.status),
      private.difference(step || ': not before the start', true, event.at >= session.starts_at)
    )
    when 'session_extended' then coalesce(
      private.difference(step || ': after a bid that extends', true, count.is_extended),
      private.difference(step || ': at the moment of that bid', count.at, event.at)
    )
    when 'participant_withdrawn' then coalesce(
      private.difference(step || ': by a participant', true, event.actor_kind = 'user' and count.aliases ? event.actor_id),
      private.difference(step || ': by one who did not lead', true, event.actor_id is distinct from count.leader_id::text),
      private.difference(step || ': once', false, count.withdrawn ? event.actor_id),
      private.difference(step || ': after what came before it', true, event.at >= count.at)
    )
    when 'session_closed' then coalesce(
      private.difference(step || ': after what came before it', true, event.at >= count.at),
      case when outcome is distinct from 'cancelled' then coalesce(
        private.difference('closed from', 'active'::text, count.status),
        private.difference(
          'the outcome', case when count.leader_id is null then 'expired' else 'completed' end, outcome
        ),
        private.difference('closed in time', true, event.at >= count.expires_at or not private.has_rival_left(count))
      ) end
    )
  end;
end
$$;


--
-- Name: FUNCTION event_difference(count private.recount, session public.bidding_sessions, event private.session_events); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.event_difference(count private.recount, session public.bidding_sessions, event private.session_events) IS 'Where an event does not follow from the ledger before it.';


--
-- Name: event_hash(bytea, private.session_events); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.event_hash(prev_hash bytea, event private.session_events) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return sha256(convert_to(jsonb_build_array(
    encode(prev_hash, 'hex'), event.session_id, event.seq, event.type, extract(epoch from event.at)::text,
    event.actor_kind, event.actor_id, event.data
  )::text, 'UTF8'));
end
$$;


--
-- Name: FUNCTION event_hash(prev_hash bytea, event private.session_events); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.event_hash(prev_hash bytea, event private.session_events) IS 'The hash an event must carry, after the ledger''s entry with prev_hash.';


--
-- Name: event_json(private.session_events); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.event_json(event private.session_events) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object('seq', event.seq, 'type', event.type, 'at', event.at) || event.data;
end
$$;


--
-- Name: FUNCTION event_json(event private.session_events); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.event_json(event private.session_events) IS 'An event as everybody in the session is shown it.';


--
-- Name: delivery_channels; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.delivery_channels (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    recipient uuid,
    kind text NOT NULL,
    target text NOT NULL,
    events text[],
    active boolean DEFAULT true NOT NULL,
    paused_until timestamp with time zone,
    secret text,
    previous_secret text,
    previous_secret_expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT delivery_channels_events_are_named CHECK (((cardinality(events) > 0) AND (array_position(events, NULL::text) IS NULL) AND (array_position(events, ''::text) IS NULL))),
    CONSTRAINT delivery_channels_kind_is_known CHECK ((kind = ANY (ARRAY['webhook'::text, 'slack'::text, 'email'::text]))),
    CONSTRAINT delivery_channels_previous_secret_expires CHECK (((previous_secret IS NULL) = (previous_secret_expires_at IS NULL))),
    CONSTRAINT delivery_channels_previous_secret_follows_one CHECK (((previous_secret IS NULL) OR (secret IS NOT NULL))),
    CONSTRAINT delivery_channels_secrets_are_256_bits CHECK (((secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'::text) AND (previous_secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'::text))),
    CONSTRAINT delivery_channels_target_fits_the_kind CHECK (
CASE kind
    WHEN 'email'::text THEN ((char_length(target) <= 320) AND (target ~ '^[^[:space:][:cntrl:]@<>,;"]+@[^[:space:][:cntrl:]@<>,;"]+$'::text))
    ELSE ((char_length(target) <= 2048) AND (target ~ '^https?://[^[:space:][:cntrl:]]+$'::text))
END),
    CONSTRAINT delivery_channels_webhooks_are_signed CHECK (((kind = 'webhook'::text) = (secret IS NOT NULL)))
);


--
-- Name: TABLE delivery_channels; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.delivery_channels IS 'Where somebody wants to be told outside: a webhook, a Slack channel, a mailbox.';


--
-- Name: COLUMN delivery_channels.recipient; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.recipient IS 'The user it belongs to; null for the operators'' own.';


--
-- Name: COLUMN delivery_channels.target; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.target IS 'The URL or address. That of Slack is a secret in itself.';


--
-- Name: COLUMN delivery_channels.events; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.events IS 'The events it is for; null for all.';


--
-- Name: COLUMN delivery_channels.active; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.active IS 'False once a receiver answered 410 Gone; nothing is sent there any more.';


--
-- Name: COLUMN delivery_channels.paused_until; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.paused_until IS 'Its receiver asked by Retry-After to be left alone until then.';


--
-- Name: COLUMN delivery_channels.secret; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.secret IS 'What webhooks are signed with. In plain text: signing needs it, a hash would not do.';


--
-- Name: COLUMN delivery_channels.previous_secret; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.delivery_channels.previous_secret IS 'Signs beside the current one until it expires, so that receivers can change over.';


--
-- Name: expect_channel(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.expect_channel(channel_id uuid) RETURNS private.delivery_channels
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  channel private.delivery_channels;
begin
  -- Lock: the channel, so that two changes of it follow one another.
  select * into channel from private.delivery_channels as c where c.id = expect_channel.channel_id for no key update;
  if not found then
    raise exception 'Expected the id of a channel but found %', expect_channel.channel_id using errcode = 'no_data_found';
  end if;
  return channel;
end
$$;


--
-- Name: FUNCTION expect_channel(channel_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.expect_channel(channel_id uuid) IS 'The channel, locked; raised where there is none.';


--
-- Name: expire_offers(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.expire_offers() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
  expired bigint;
begin
  with orders as (
    select o.order_id from public.routed_orders as o
    where o.status = 'quoted' and o.expires_at <= moment
    order by o.expires_at limit 1000
    for no key update skip locked
  )
  update public.routed_orders as o set status = 'expired'
  from orders where o.order_id = orders.order_id;
  get diagnostics expired = row_count;
  return jsonb_build_object('processed', expired);
end
$$;


--
-- Name: FUNCTION expire_offers(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.expire_offers() IS 'A job: offers whose time is over. A token is judged by the clock, whether this ran or not.';


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
-- Name: first_broken_entry(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.first_broken_entry(session_id uuid) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  with ledger as (
    select l.seq, l.hash, l.true_hash, row_number() over (order by l.seq) as position
    from private.ledger_of(first_broken_entry.session_id) as l
  ),
  fault as (
    -- An entry that is missing, changed, or does not follow from the one before it.
    select least(l.seq, l.position) as seq
    from ledger as l
    where l.seq <> l.position or l.hash <> l.true_hash
    union all
    -- A tail that was cut off, or entries that nothing accounts for.
    select least(length.entries, length.seq) + 1
    from (
      select count(*) as entries, private.audited_version('session', first_broken_entry.session_id::text) as seq
      from ledger
    ) as length
    where length.entries <> length.seq
  )
  select min(f.seq) from fault as f
$$;


--
-- Name: FUNCTION first_broken_entry(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.first_broken_entry(session_id uuid) IS 'The first seq of a session''s ledger that was changed, removed or added; null where it holds.';


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
-- Name: first_difference(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.first_difference(session public.bidding_sessions) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  count constant private.recount := private.recount(session);
begin
  return coalesce(
    count.difference,
    private.row_difference(session, count),
    private.people_difference(session, count),
    private.standing_difference(session),
    private.result_difference(session, count)
  );
end
$$;


--
-- Name: FUNCTION first_difference(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.first_difference(session public.bidding_sessions) IS 'The first thing in a session that its ledger does not lead to; null where all of it does.';


--
-- Name: forwarded_caller(text[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.forwarded_caller(kinds text[]) RETURNS private.caller
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  user_id constant uuid := private.parse_uuid(private.request_header('x-acting-user'));
  agent_token constant text := private.request_header('x-acting-agent-token');
  address constant text := private.request_header('x-acting-guest');
  who private.caller := private.principal();
begin
  if who.kind not in ('service', 'system') then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for the service');
  end if;
  -- Whoever is named badly is nobody; he must not become the service itself.
  if user_id is null and private.request_header('x-acting-user') is not null then
    perform private.raise_refusal(401, 'credentials_invalid', 'The account of this token does not exist');
  end if;
  who := case
    when user_id is not null then private.user_caller(user_id)
    when agent_token is not null then private.agent_caller(agent_token)
    when address is not null then row('guest', 'guest:' || address, null, null, null, false)::private.caller
    else who
  end;
  if who.kind <> all (kinds) then
    if who.kind = 'guest' then
      perform private.raise_refusal(401, 'credentials_missing', 'This operation needs credentials and none were sent');
    end if;
    perform private.raise_refusal(
      403, 'not_allowed', format('This operation is for %s, not for %s', array_to_string(kinds, ' or '), who.kind)
    );
  end if;
  return who;
end
$$;


--
-- Name: FUNCTION forwarded_caller(kinds text[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.forwarded_caller(kinds text[]) IS 'Whom the service acts for, by the headers it alone can send; the service itself where it names nobody.';


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
-- Name: guard_quota(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_quota() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  -- Not a check: an operator may lower a limit below what was used already; from then on nothing more is taken.
  if new.used > new.max_per_day and (new.used > old.used or new.day <> old.day) then
    raise exception 'Expected % to make at most % calls of % a day but found %',
      new.provider_id, new.max_per_day, new.endpoint, new.used using errcode = 'check_violation';
  end if;
  return new;
end
$$;


--
-- Name: FUNCTION guard_quota(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_quota() IS 'Trigger body: nobody takes more calls than a day has.';


--
-- Name: guard_route(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_route() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if old.user_id is not null and new.user_id is null then
    -- A person who leaves is forgotten: what was decided stands without his name and door.
    new.owner := 'user:deleted';
    new.request := case
      when old.request #> '{shippingAddress,street}' is null then old.request
      else jsonb_set(old.request, '{shippingAddress,street}', '""')
    end;
    return new;
  end if;
  if old.status <> 'quoting' and to_jsonb(new) - 'user_id' is distinct from to_jsonb(old) - 'user_id' then
    raise exception 'A decided route stands' using errcode = 'check_violation';
  end if;
  return new;
end
$$;


--
-- Name: FUNCTION guard_route(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_route() IS 'Trigger body: a decision is never changed.';


--
-- Name: guard_routed_order(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_routed_order() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if new.status <> old.status and not private.may_become(old.status, new.status) then
    raise exception 'A routed order does not go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if old.user_id is not null and new.user_id is null then
    new.owner := 'user:deleted';
    return new;
  end if;
  if (new.order_id, new.route_id, new.token_hash) is distinct from (old.order_id, old.route_id, old.token_hash)
    or (old.owner is not null and new.owner is distinct from old.owner)
    or (old.status <> 'quoted' and old.status <> 'confirming' and new.provider_id <> old.provider_id)
    or new.attempt < old.attempt
  then
    raise exception 'Route, token, owner, provider and attempt of a routed order stand' using errcode = 'check_violation';
  end if;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;


--
-- Name: FUNCTION guard_routed_order(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_routed_order() IS 'Trigger body: what of an order may change, and in which order.';


--
-- Name: guard_session_insert(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_session_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
begin
  if new.status <> 'pending' or new.seq <> 0 or new.leader_id is not null or new.ended_at is not null then
    raise exception 'Expected a new session to be pending and without a ledger' using errcode = 'PT409';
  end if;
  if not (
    new.currency ~ '^[A-Z]{3}$'
    and new.starting_bid_cents between 1 and 100000000000
    and new.minimum_increment_bps between 1 and 100000
    and new.max_rounds between 1 and 1000
    and new.round_duration_seconds between 1 and 86400
    and new.maximum_jump_bps between 10000 and 1000000
    and new.compensation_bps between 0 and 10000
    and new.compensation_policy in ('always', 'if_bid')
    and new.soft_close_seconds between 0 and 3600
    and new.hard_end_at <= new.starts_at + interval '24 hours'
  ) then
    raise exception 'A rule of the session is out of its range' using errcode = 'check_violation';
  end if;
  return new;
end
$_$;


--
-- Name: FUNCTION guard_session_insert(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_session_insert() IS 'Trigger body: a session begins pending, with rules in their ranges.';


--
-- Name: guard_session_rules(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_session_rules() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception 'The rules of a session are fixed once it exists' using errcode = 'PT409';
end
$$;


--
-- Name: FUNCTION guard_session_rules(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_session_rules() IS 'Trigger body: refuses any statement that writes a rule of a session.';


--
-- Name: guard_session_update(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_session_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if old.ended_at is not null or new.seq <= old.seq or new.current_price_cents < old.current_price_cents
    or (old.current_price_cents is not null and new.current_price_cents is null) or new.expires_at < old.expires_at
  then
    raise exception 'A session only goes forward, and not at all once it has ended' using errcode = 'PT409';
  end if;
  if not (case new.status
    when 'pending' then old.status = 'pending' and new.leader_id is null and new.ended_at is null
    when 'active' then new.ended_at is null
    when 'completed' then old.status = 'active' and new.leader_id is not null and new.ended_at is not null
    when 'expired' then old.status = 'active' and new.leader_id is null and new.ended_at is not null
    when 'cancelled' then
      new.ended_at is not null and coalesce(char_length(new.cancellation_reason) between 1 and 2000, false)
    else false
  end) or (new.cancellation_reason is not null and new.status <> 'cancelled') then
    raise exception 'A session that is % cannot become % this way', old.status, new.status using errcode = 'PT409';
  end if;
  return new;
end
$$;


--
-- Name: FUNCTION guard_session_update(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_session_update() IS 'Trigger body: refuses, on every path, what a session never does: going back, or rising from its end.';


--
-- Name: guard_settlement(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.guard_settlement() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  if tg_op = 'INSERT' then
    if new.payment_status <> 'pending' or new.payout_status <> 'pending'
      or num_nonnulls(new.payment_external_id, new.payout_external_id) > 0
    then
      raise exception 'Expected the money of a new result to be pending' using errcode = 'PT409';
    end if;
    return null;
  end if;
  if not private.settlement_moves(
    old.payment_status, new.payment_status, old.payment_external_id, new.payment_external_id
  ) then
    raise exception 'A payment that is % cannot become % this way', old.payment_status, new.payment_status
      using errcode = 'PT409';
  end if;
  if not private.settlement_moves(
    old.payout_status, new.payout_status, old.payout_external_id, new.payout_external_id
  ) then
    raise exception 'A payout that is % cannot become % this way', old.payout_status, new.payout_status
      using errcode = 'PT409';
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION guard_settlement(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.guard_settlement() IS 'Trigger body: the money of a result moves, on every path, as private.settlement_transitions says.';


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
-- Name: has_channel(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.has_channel(recipient uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  -- Two questions, since "is not distinct from" finds no index.
  if has_channel.recipient is null then
    return exists (select from private.delivery_channels as c where c.recipient is null and c.active);
  end if;
  return exists (select from private.delivery_channels as c where c.recipient = has_channel.recipient and c.active);
end
$$;


--
-- Name: FUNCTION has_channel(recipient uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.has_channel(recipient uuid) IS 'Whether somebody (null: the operators) is to be told outside at all: one index look-up.';


--
-- Name: has_proved_itself(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.has_proved_itself(recent text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return length(recent) = 20 and right(recent, 1) = '1' and length(replace(recent, '0', '')) >= 19;
end
$$;


--
-- Name: FUNCTION has_proved_itself(recent text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.has_proved_itself(recent text) IS 'At most one failure in the last 20 results, and not the last one.';


--
-- Name: has_rival(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.has_rival(session public.bidding_sessions) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return exists (
    select from public.bidding_participants as p
    where p.session_id = session.session_id and p.withdrawn_at is null and p.user_id is distinct from session.leader_id
  );
end
$$;


--
-- Name: FUNCTION has_rival(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.has_rival(session public.bidding_sessions) IS 'Whether anybody is left who could outbid the leader, or, without one, who could bid at all.';


--
-- Name: has_rival_left(private.recount); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.has_rival_left(count private.recount) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  select exists (
    select from jsonb_object_keys(count.aliases) as k (user_id)
    where not count.withdrawn ? k.user_id and k.user_id is distinct from count.leader_id::text
  )
$$;


--
-- Name: FUNCTION has_rival_left(count private.recount); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.has_rival_left(count private.recount) IS 'private.has_rival, as the ledger has it so far.';


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
-- Name: inbox_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.inbox_issues(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
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
  for field in select k from jsonb_object_keys(filter - array['unread', 'limit', 'cursor']) as k loop
    issues := issues || private.issue(left(field, 100), 'Unknown field');
  end loop;
  if filter ? 'unread' and jsonb_typeof(filter -> 'unread') <> 'boolean' then
    issues := issues || private.issue('unread', 'Expected true or false');
  end if;
  if filter ? 'limit' and not private.whole_number(filter -> 'limit', 1, 100) then
    issues := issues || private.issue('limit', 'Expected a whole number from 1 to 100');
  end if;
  if filter ? 'cursor' and jsonb_typeof(filter -> 'cursor') <> 'string' then
    issues := issues || private.issue('cursor', 'Expected a text');
  end if;
  return issues;
end
$$;


--
-- Name: FUNCTION inbox_issues(filter jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.inbox_issues(filter jsonb) IS 'What is wrong with a question about an inbox; an empty list where nothing is.';


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
-- Name: is_delivery_result(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_delivery_result(result jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $_$
begin
  -- What is absent is null, and neither right nor wrong by itself.
  return coalesce(
    jsonb_typeof(result) = 'object'
    and jsonb_typeof(result -> 'deliveryId') = 'string' and private.parse_uuid(result ->> 'deliveryId') is not null
    and jsonb_typeof(result -> 'lease') = 'string' and private.parse_uuid(result ->> 'lease') is not null
    and case result ->> 'outcome'
      when 'delivered' then true
      when 'retry' then jsonb_typeof(result -> 'error') = 'string'
        and jsonb_typeof(result -> 'retryInSeconds') = 'number' and result ->> 'retryInSeconds' ~ '^\d{1,6}$'
      when 'dead' then jsonb_typeof(result -> 'error') = 'string'
      when 'gone' then jsonb_typeof(result -> 'error') = 'string'
    end
    and (
      not result ? 'pauseSeconds'
      or jsonb_typeof(result -> 'pauseSeconds') = 'number' and result ->> 'pauseSeconds' ~ '^\d{1,4}$'
    ),
    false
  );
end
$_$;


--
-- Name: FUNCTION is_delivery_result(result jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_delivery_result(result jsonb) IS 'Whether it is {deliveryId, lease, outcome: delivered | retry | dead | gone, error?, retryInSeconds?, pauseSeconds?}.';


--
-- Name: is_hopeless(uuid, uuid, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_hopeless(session_id uuid, user_id uuid, amount_cents bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  fails boolean;
begin
  select
    -- Of a session that is due to open or to end, the judgement under the lock must tell: it carries that out.
    s.status = 'active' and clock_timestamp() < s.expires_at and (
      p.withdrawn_at is not null
      or (s.leader_id is distinct from p.user_id and is_hopeless.amount_cents < private.minimum_next(s))
    )
  into fails
  from public.bidding_participants as p
  join public.bidding_sessions as s on s.session_id = p.session_id
  where p.session_id = is_hopeless.session_id and p.user_id = is_hopeless.user_id;
  -- Who takes no part is hopeless too.
  return not found or fails;
end
$$;


--
-- Name: FUNCTION is_hopeless(session_id uuid, user_id uuid, amount_cents bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_hopeless(session_id uuid, user_id uuid, amount_cents bigint) IS 'Whether a bid fails whatever happens meanwhile: who takes part is fixed, who withdrew stays out, and prices only rise.';


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
-- Name: is_operator(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.is_operator() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  return private.session_role() not in ('anon', 'authenticated') or private.is_admin();
end
$$;


--
-- Name: FUNCTION is_operator(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.is_operator() IS 'Whether the reader is an admin, the service or a direct session; for policies and views.';


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
-- Name: item_key(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.item_key(name text, unit text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return left(lower(regexp_replace(btrim(name), '\s+', ' ', 'g')), 200) || chr(31) || left(lower(btrim(unit)), 40);
end
$$;


--
-- Name: FUNCTION item_key(name text, unit text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.item_key(name text, unit text) IS 'Under which the prices of an item are kept: its name and unit, however they are written.';


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
-- Name: judge_auto_bid(public.bidding_sessions, private.bidder, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_auto_bid(session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
  is_leader boolean;
  minimum_cents bigint;
  move private.bidding_move;
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  session := private.at_moment(session, moment);
  if session.ended_at is not null or session.status = 'pending' or bidder.withdrawn_at is not null then
    return private.refuse_bidder(session, bidder);
  end if;
  is_leader := coalesce(session.leader_id = bidder.user_id, false);
  if max_amount_cents is null then
    bidder := private.write_auto_bid(session, bidder, null, moment);
    return private.auto_bid_answer(session, bidder, 'Auto-bid cleared; your bids stand');
  end if;
  minimum_cents := case when is_leader then session.current_price_cents else private.minimum_next(session) end;
  if max_amount_cents < minimum_cents then
    return private.refuse_ceiling(minimum_cents, session.currency);
  end if;

  bidder := private.write_auto_bid(session, bidder, max_amount_cents, moment);
  if is_leader then
    -- Nobody bids against himself: nothing that others can see changes.
    return private.auto_bid_answer(session, bidder, 'Auto-bid set; you lead');
  end if;
  move := private.challenge(session, bidder, max_amount_cents, false, moment);
  return private.auto_bid_answer(
    move.session, move.bidder,
    case when (move.bid).leads then 'Auto-bid set; you lead' else 'Auto-bid set and outbid at once by another' end,
    move.bid
  );
end
$$;


--
-- Name: FUNCTION judge_auto_bid(session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_auto_bid(session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint) IS 'Decides on a ceiling; where its owner does not lead it bids at once. The session''s row is locked.';


--
-- Name: judge_bid(public.bidding_sessions, private.bidder, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  -- One reading for all of it: a bid that is judged in time is placed in time.
  moment constant timestamptz := clock_timestamp();
  minimum_cents bigint;
  maximum_cents bigint;
  move private.bidding_move;
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  -- Where nothing is due, private.at_moment would hand the session back as it is.
  if session.status <> 'active' or session.expires_at <= moment then
    session := private.at_moment(session, moment);
  end if;
  if session.ended_at is not null or session.status = 'pending' or bidder.withdrawn_at is not null then
    return private.refuse_bidder(session, bidder);
  end if;
  if session.leader_id = bidder.user_id then
    return private.refuse(
      409, 'already_leading', 'You lead already',
      jsonb_build_object('currentPriceCents', session.current_price_cents)
    );
  end if;
  minimum_cents := private.minimum_next(session);
  if amount_cents < minimum_cents then
    return private.refuse_low_bid(session);
  end if;
  maximum_cents := greatest(
    coalesce(session.current_price_cents, session.starting_bid_cents) * session.maximum_jump_bps / 10000, minimum_cents
  );
  if amount_cents > maximum_cents then
    return private.refuse(
      422, 'bid_too_high',
      format('The most that can be bid by hand now is %s', private.money_text(maximum_cents, session.currency)),
      jsonb_build_object('maximumCents', maximum_cents)
    );
  end if;
  if bidder.rounds_used >= session.max_rounds then
    return private.refuse(
      409, 'no_rounds_left', format('You have placed all %s of your bids by hand', session.max_rounds),
      jsonb_build_object('maxRounds', session.max_rounds)
    );
  end if;

  update public.bidding_auto_bids as a set rounds_used = a.rounds_used + 1
  where a.session_id = session.session_id and a.user_id = bidder.user_id;
  bidder.rounds_used := bidder.rounds_used + 1;
  move := private.challenge(session, bidder, amount_cents, true, moment);
  return jsonb_build_object(
    'success', true,
    'message', case when (move.bid).leads then 'You lead' else 'You were outbid at once by an auto-bid' end,
    'bid', private.bid_json(move.bid),
    'autoBid', private.auto_bid_json(bidder.max_amount_cents, bidder.set_at),
    'session', private.session_json(
      move.session, bidder.user_id, (move.bidder).leader_alias, bidder.rounds_used
    )
  );
end
$$;


--
-- Name: FUNCTION judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint) IS 'Decides on a bid by hand and places it. The session''s row is locked.';


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
-- Name: routed_orders; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.routed_orders (
    order_id uuid DEFAULT gen_random_uuid() NOT NULL,
    route_id uuid NOT NULL,
    owner text,
    user_id uuid,
    status text DEFAULT 'quoted'::text NOT NULL,
    provider_id text NOT NULL,
    currency text NOT NULL,
    total_cents bigint NOT NULL,
    most_cents bigint,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    tried text[] DEFAULT '{}'::text[] NOT NULL,
    idempotency_key text,
    provider_order_id text,
    handoff_url text,
    tracking_url text,
    failure_code text,
    cancellation_reason text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    intended_at timestamp with time zone,
    settled_at timestamp with time zone,
    asked integer DEFAULT 0 NOT NULL,
    ask_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT routed_orders_confirmed_has_an_owner CHECK (((status = ANY (ARRAY['quoted'::text, 'expired'::text, 'cancelled'::text])) OR (owner IS NOT NULL))),
    CONSTRAINT routed_orders_handed_off_has_its_address CHECK (((status <> 'handed_off'::text) OR (handoff_url IS NOT NULL))),
    CONSTRAINT routed_orders_placed_has_its_number CHECK (((status <> ALL (ARRAY['placed'::text, 'delivered'::text])) OR (provider_order_id IS NOT NULL))),
    CONSTRAINT routed_orders_status_is_known CHECK ((status = ANY (ARRAY['quoted'::text, 'confirming'::text, 'placed'::text, 'handed_off'::text, 'failed'::text, 'unknown'::text, 'expired'::text, 'cancelled'::text, 'delivered'::text]))),
    CONSTRAINT routed_orders_total_is_positive CHECK ((total_cents > 0))
);


--
-- Name: TABLE routed_orders; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.routed_orders IS 'The order a route leads to, from its offer on. The only place where an order''s state stands.';


--
-- Name: COLUMN routed_orders.most_cents; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.routed_orders.most_cents IS 'The most its owner accepted to pay, once he confirmed.';


--
-- Name: COLUMN routed_orders.attempt; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.routed_orders.attempt IS 'Grows with every intent; an answer to an earlier one changes nothing.';


--
-- Name: COLUMN routed_orders.tried; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.routed_orders.tried IS 'Providers that definitely refused.';


--
-- Name: COLUMN routed_orders.ask_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.routed_orders.ask_at IS 'When the provider is asked next how the order stands.';


--
-- Name: judge_confirmation(public.routed_orders, private.caller, bigint, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_confirmation(routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  purchase jsonb;
begin
  if routed.order_id is null or (routed.owner is not null and routed.owner <> who.id) then
    return private.refuse(404, 'token_not_found', 'There is no such token');
  end if;
  if routed.status <> 'quoted' then
    return private.order_answer(routed);
  end if;
  if clock_timestamp() >= routed.expires_at then
    update public.routed_orders as o set status = 'expired' where o.order_id = routed.order_id returning * into routed;
    return private.order_answer(routed);
  end if;
  if accept_total_cents < routed.total_cents then
    return private.refuse(
      409, 'price_changed', 'The total is above what you accept',
      jsonb_build_object('totalCents', routed.total_cents, 'currency', routed.currency)
    );
  end if;
  -- A guest's offer belongs to the first who signs in with its token.
  routed.owner := who.id;
  routed.user_id := coalesce(routed.user_id, who.user_id);
  routed.most_cents := coalesce(accept_total_cents, routed.total_cents + routed.total_cents / 50);
  purchase := private.start_purchase(routed, providers);
  if purchase is null then
    return private.refuse(
      503, 'provider_unavailable', 'The provider of this offer takes no orders now',
      jsonb_build_object('provider', routed.provider_id), '[{"Retry-After": "60"}]'
    );
  end if;
  -- With the order goes its route, not before: another may confirm it after a refusal.
  update public.order_routes as r set user_id = routed.user_id
  where r.route_id = routed.route_id and r.owner is null and r.user_id is null and routed.user_id is not null;
  return purchase;
end
$$;


--
-- Name: FUNCTION judge_confirmation(routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_confirmation(routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb) IS 'Decides whether an order is confirmed now; where it is, the answer is the purchase. The order''s row is locked.';


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
-- Name: judge_giving_up(public.routed_orders, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_giving_up(routed public.routed_orders, reason text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if routed.status = 'quoted' then
    update public.routed_orders as o set status = 'cancelled', cancellation_reason = reason, settled_at = clock_timestamp()
    where o.order_id = routed.order_id
    returning * into routed;
  end if;
  if routed.status = 'cancelled' then
    return jsonb_build_object('success', true, 'order', private.routed_order_json(routed));
  end if;
  return private.refuse(
    409, 'not_cancellable', 'This order cannot be cancelled here; ask the store',
    jsonb_build_object('currentStatus', routed.status, 'provider', routed.provider_id)
  );
end
$$;


--
-- Name: FUNCTION judge_giving_up(routed public.routed_orders, reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_giving_up(routed public.routed_orders, reason text) IS 'Cancels an offer. No provider takes a placed order back by its interface, so such an order is not cancelled here.';


--
-- Name: bidding_notifications; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bidding_notifications (
    notification_id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    type text NOT NULL,
    seq bigint NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT bidding_notifications_type_is_known CHECK ((type = ANY (ARRAY['session_started'::text, 'outbid'::text, 'auto_bid_triggered'::text, 'session_extended'::text, 'session_ending_soon'::text, 'winner_announcement'::text, 'loser_compensation'::text, 'session_cancelled'::text, 'system_maintenance'::text])))
);


--
-- Name: TABLE bidding_notifications; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bidding_notifications IS 'What people were told about their sessions. The words are made when it is read or delivered.';


--
-- Name: COLUMN bidding_notifications.notification_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_notifications.notification_id IS 'Made from user, session, type and seq (private.notification_id): nobody is told the same thing twice.';


--
-- Name: COLUMN bidding_notifications.session_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_notifications.session_id IS 'Not a reference: its check would cost every bid; the archive takes both together.';


--
-- Name: COLUMN bidding_notifications.seq; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.bidding_notifications.seq IS 'The ledger''s entry it tells of; an extension has its minute, what is told once a session 0, a maintenance its moment.';


--
-- Name: judge_reading(public.bidding_notifications); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_reading(notification public.bidding_notifications) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  session public.bidding_sessions;
begin
  if notification.notification_id is null then
    return private.refuse(404, 'not_found', 'There is no such notification of yours');
  end if;
  if notification.read_at is null then
    update public.bidding_notifications as n set read_at = clock_timestamp()
    where n.notification_id = notification.notification_id
    returning n.* into notification;
  end if;
  select * into session from public.bidding_sessions as s where s.session_id = notification.session_id;
  return jsonb_build_object('success', true, 'notification', private.notification_json(notification, session));
end
$$;


--
-- Name: FUNCTION judge_reading(notification public.bidding_notifications); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_reading(notification public.bidding_notifications) IS 'Marks a notification read, once.';


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
-- Name: judge_session(private.caller, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_session(who private.caller, request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.session_issues(request);
  session public.bidding_sessions;
  answer jsonb;
  taken_by uuid;
begin
  if issues <> '[]' then
    return private.refuse_shape(issues);
  end if;
  session := private.planned_session(request);
  answer := private.plan_issues(session);
  if answer is not null then
    return private.refuse_shape(answer);
  end if;
  answer := private.refuse_ineligible(request, session);
  if answer is not null then
    return answer;
  end if;
  taken_by := private.begin_session(session);
  if taken_by is not null then
    return private.refuse(
      409, 'session_exists', 'There is a live session for this night already', jsonb_build_object('sessionId', taken_by)
    );
  end if;
  perform private.add_participants(session.session_id, request -> 'participants');
  session := private.append_event(
    session, null, 'session_created', session.created_at, who.kind, coalesce(who.user_id::text, who.id),
    jsonb_build_object('rules', private.rules_json(session))
  );
  -- The session in which nobody else can be yet: made a moment ago, by us.
  update public.bidding_sessions as s set seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  session := private.at_moment(session, clock_timestamp());
  return private.respond(
    201, jsonb_build_object('success', true, 'session', private.session_view(session, who.user_id))
  );
end
$$;


--
-- Name: FUNCTION judge_session(who private.caller, request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_session(who private.caller, request jsonb) IS 'Decides on a session that is to be made and makes it.';


--
-- Name: judge_session_cancellation(private.caller, public.bidding_sessions, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_session_cancellation(who private.caller, session public.bidding_sessions, reason text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.note_issues('reason', reason, true);
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if session.session_id is null then
    return private.refuse_unknown_session();
  end if;
  session := private.at_moment(session, clock_timestamp());
  if session.ended_at is not null then
    return private.refuse_closed(session, who.user_id, true);
  end if;
  session := private.close_session(session, who.kind, coalesce(who.user_id::text, who.id), reason);
  return jsonb_build_object('success', true, 'session', private.session_view(session, who.user_id));
end
$$;


--
-- Name: FUNCTION judge_session_cancellation(who private.caller, session public.bidding_sessions, reason text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_session_cancellation(who private.caller, session public.bidding_sessions, reason text) IS 'Decides on a cancellation and carries it out.';


--
-- Name: judge_settlement(public.bidding_results, text, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_settlement(result public.bidding_results, side text, status text, external_id text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  issues constant jsonb := private.settlement_issues(side, status, external_id);
  broken text;
  standing constant text := case side when 'payment' then result.payment_status else result.payout_status end;
  known_id constant text := case side when 'payment' then result.payment_external_id else result.payout_external_id end;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if result.session_id is null then
    return private.refuse(404, 'not_found', 'There is no result of such a session');
  end if;
  -- A provider tells twice: the same again is no news.
  if standing = status and (external_id is null or external_id = known_id) then
    return jsonb_build_object('success', true, 'settlement', private.settlement_json(result));
  end if;
  -- An id that comes after its status is kept.
  if standing is null or not (
    (standing = status and known_id is null) or exists (
      select from private.settlement_transitions as t where t.from_status = standing and t.to_status = status
    )
  ) then
    return private.refuse(
      409, 'invalid_transition', format('A %s that is %s cannot become %s', side, coalesce(standing, 'not owed'), status),
      jsonb_build_object('currentStatus', standing, 'requestedStatus', status)
    );
  end if;
  -- A new attempt may have a new id; what is being done or was done keeps its own.
  if external_id <> known_id and standing <> 'failed' then
    return private.refuse(
      409, 'external_id_mismatch', format('This %s is known by another externalId', side),
      jsonb_build_object('externalId', known_id)
    );
  end if;
  begin
    result := private.move_settlement(result, side, status, external_id);
  exception when unique_violation then
    get stacked diagnostics broken = constraint_name;
    if broken not in ('bidding_results_payment_is_known_once', 'bidding_results_payout_is_known_once') then
      raise;
    end if;
    return private.refuse(
      409, 'external_id_mismatch', format('This externalId belongs to the %s of another session', side)
    );
  end;
  return jsonb_build_object('success', true, 'settlement', private.settlement_json(result));
end
$$;


--
-- Name: FUNCTION judge_settlement(result public.bidding_results, side text, status text, external_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_settlement(result public.bidding_results, side text, status text, external_id text) IS 'Decides on a report about money and records it.';


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
-- Name: judge_withdrawal(private.caller, public.bidding_sessions, private.bidder); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.judge_withdrawal(who private.caller, session public.bidding_sessions, bidder private.bidder) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  session := private.at_moment(session, moment);
  if session.ended_at is not null then
    return private.refuse_closed(session, bidder.user_id);
  end if;
  if bidder.withdrawn_at is not null then
    return private.refuse(409, 'participant_withdrawn', 'You have withdrawn from this session');
  end if;
  if session.leader_id = bidder.user_id then
    return private.refuse(409, 'leader_cannot_withdraw', 'You lead; a leader''s bid stands');
  end if;
  update public.bidding_participants as p set withdrawn_at = moment
  where p.session_id = session.session_id and p.user_id = bidder.user_id;
  session := private.append_event(
    session, bidder.leader_alias, 'participant_withdrawn', moment, who.kind, who.user_id::text,
    jsonb_build_object('participant', bidder.alias)
  );
  update public.bidding_sessions as s set seq = session.seq, ledger_hash = session.ledger_hash
  where s.session_id = session.session_id;
  if session.status = 'active' and not private.has_rival(session) then
    session := private.close_session(session);
  end if;
  return jsonb_build_object(
    'success', true,
    'message', case when session.ended_at is null then 'You have withdrawn' else 'You have withdrawn; bidding has ended' end,
    'session', private.session_json(session, bidder.user_id, bidder.leader_alias, bidder.rounds_used)
  );
end
$$;


--
-- Name: FUNCTION judge_withdrawal(who private.caller, session public.bidding_sessions, bidder private.bidder); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.judge_withdrawal(who private.caller, session public.bidding_sessions, bidder private.bidder) IS 'Decides on a withdrawal and carries it out. The session''s row is locked.';


--
-- Name: keep_outcome(public.routed_orders, jsonb, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  kept public.order_outcomes;
begin
  -- Lock: the provider's figures, before its outcomes are counted: of two reports of one owner at once both are seen.
  perform from public.provider_metrics as m where m.provider_id = routed.provider_id for no key update;
  insert into public.order_outcomes (
    order_id, provider_id, source, recorded_by, was_successful, was_cancelled, items_ordered, items_delivered,
    promised_minutes, actual_minutes, user_rating, issues, total_cents, commission_bps, counts
  )
  select
    routed.order_id, routed.provider_id, keep_outcome.source, keep_outcome.recorded_by,
    -- A cancelled order was not a success, whatever else is said.
    (outcome ->> 'wasSuccessful')::boolean and not coalesce((outcome ->> 'wasCancelled')::boolean, false),
    coalesce((outcome ->> 'wasCancelled')::boolean, false),
    (outcome ->> 'itemsOrdered')::integer, (outcome ->> 'itemsDelivered')::integer, q.estimated_delivery_minutes,
    (outcome ->> 'actualDeliveryMinutes')::integer, (outcome ->> 'userRating')::integer,
    array(select jsonb_array_elements_text(coalesce(outcome -> 'issues', '[]'))),
    -- Money from our own records, never from the body.
    routed.total_cents, coalesce((q.features ->> 'commissionBps')::integer, 0),
    -- What its customer cancelled says nothing of a provider, and nobody alone makes or breaks a provider's name: of one
    -- owner's reports five count in 30 days.
    not coalesce((outcome ->> 'wasCancelled')::boolean, false) and (keep_outcome.source <> 'owner' or 5 > (
      select count(*) from public.order_outcomes as o
      where o.recorded_by = keep_outcome.recorded_by and o.provider_id = routed.provider_id
        and o.recorded_at > long_ago and o.counts
    ))
  from public.order_quotes as q where q.route_id = routed.route_id and q.provider_id = routed.provider_id
  on conflict do nothing
  returning * into kept;
  if kept.order_id is null then
    return private.refuse(409, 'outcome_exists', 'The outcome of this order was recorded before');
  end if;
  perform private.refresh_provider_metrics(routed.provider_id);
  return private.respond(201, jsonb_build_object('success', true, 'outcome', private.outcome_json(kept)));
end
$$;


--
-- Name: FUNCTION keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text) IS 'Keeps the outcome of an order, once, and learns from it.';


--
-- Name: bidding_auto_bids; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bidding_auto_bids (
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    max_amount_cents bigint,
    set_at timestamp with time zone,
    rounds_used integer DEFAULT 0 NOT NULL,
    CONSTRAINT bidding_auto_bids_ceiling_has_its_time CHECK ((((max_amount_cents IS NULL) = (set_at IS NULL)) AND ((max_amount_cents >= 1) AND (max_amount_cents <= '100000000000'::bigint))))
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.bidding_auto_bids ALTER COLUMN max_amount_cents SET STATISTICS 0;
ALTER TABLE ONLY public.bidding_auto_bids ALTER COLUMN set_at SET STATISTICS 0;
ALTER TABLE ONLY public.bidding_auto_bids ALTER COLUMN rounds_used SET STATISTICS 0;


--
-- Name: TABLE bidding_auto_bids; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bidding_auto_bids IS 'A participant''s secret ceiling, and how often he has bid by hand, which would tell his proxy''s bids from his own. Read by its owner alone; in no publication, message, error or log.';


--
-- Name: kept_auto_bids(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.kept_auto_bids(session_id uuid) RETURNS SETOF public.bidding_auto_bids
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select * from public.bidding_auto_bids as b where b.session_id = kept_auto_bids.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bidding_auto_bids, a.document -> 'autoBids') as k
  where a.session_id = kept_auto_bids.session_id
$$;


--
-- Name: FUNCTION kept_auto_bids(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.kept_auto_bids(session_id uuid) IS 'Ceilings and rounds of a session, live or archived. Secret.';


--
-- Name: bid_details; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bid_details (
    session_id uuid NOT NULL,
    seq bigint NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE ONLY public.bid_details ALTER COLUMN session_id SET STATISTICS 0;
ALTER TABLE ONLY public.bid_details ALTER COLUMN seq SET STATISTICS 0;
ALTER TABLE ONLY public.bid_details ALTER COLUMN user_id SET STATISTICS 0;


--
-- Name: TABLE bid_details; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bid_details IS 'Which bids were placed by the proxy of their owner, who alone may read it.';


--
-- Name: kept_details(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.kept_details(session_id uuid) RETURNS SETOF public.bid_details
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select * from public.bid_details as d where d.session_id = kept_details.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bid_details, a.document -> 'details') as k
  where a.session_id = kept_details.session_id
$$;


--
-- Name: FUNCTION kept_details(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.kept_details(session_id uuid) IS 'Which bids of a session, live or archived, a proxy placed. Secret.';


--
-- Name: bidding_participants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bidding_participants (
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    alias text NOT NULL,
    archetype text DEFAULT 'big_spender'::text NOT NULL,
    joined_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT bidding_participants_alias_length CHECK (((char_length(alias) >= 1) AND (char_length(alias) <= 50))),
    CONSTRAINT bidding_participants_archetype_is_eligible CHECK ((archetype = 'big_spender'::text))
);


--
-- Name: TABLE bidding_participants; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.bidding_participants IS 'Who may bid in a session, and under which name the others see him.';


--
-- Name: kept_participants(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.kept_participants(session_id uuid) RETURNS SETOF public.bidding_participants
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select * from public.bidding_participants as p where p.session_id = kept_participants.session_id
  union all
  select k.*
  from private.archived_sessions as a,
    jsonb_populate_recordset(null::public.bidding_participants, a.document -> 'participants') as k
  where a.session_id = kept_participants.session_id
$$;


--
-- Name: FUNCTION kept_participants(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.kept_participants(session_id uuid) IS 'Who takes part in a session, live or archived.';


--
-- Name: kept_session(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.kept_session(session_id uuid) RETURNS public.bidding_sessions
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  session public.bidding_sessions;
begin
  select * into session from public.bidding_sessions as s where s.session_id = kept_session.session_id;
  if not found then
    select k.* into session
    from private.archived_sessions as a, jsonb_populate_record(null::public.bidding_sessions, a.document -> 'session') as k
    where a.session_id = kept_session.session_id;
  end if;
  return session;
end
$$;


--
-- Name: FUNCTION kept_session(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.kept_session(session_id uuid) IS 'A session, live or archived; null where there is neither.';


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
-- Name: ledger_of(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.ledger_of(session_id uuid) RETURNS SETOF private.ledger_entry
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  with placed as (
    select b from public.bids as b where b.session_id = ledger_of.session_id
    union all
    select b
    from private.archived_sessions as a, jsonb_populate_recordset(null::public.bids, a.document -> 'bids') as b
    where a.session_id = ledger_of.session_id
  ),
  happened as (
    select e from private.session_events as e where e.session_id = ledger_of.session_id
    union all
    select e
    from private.archived_sessions as a,
      jsonb_populate_recordset(null::private.session_events, a.document -> 'events') as e
    where a.session_id = ledger_of.session_id
  ),
  entries as (
    select (p.b).seq, 'bid_placed' as type, (p.b).placed_at as at, (p.b).hash, p.b as bid, d.seq is not null as by_proxy,
      null::private.session_events as event
    from placed as p
    left join private.kept_details(ledger_of.session_id) as d on d.seq = (p.b).seq and d.user_id = (p.b).user_id
    union all
    select (h.e).seq, (h.e).type, (h.e).at, (h.e).hash, null, null, h.e from happened as h
  ),
  chained as (
    select e.*, lag(e.hash) over (order by e.seq) as hash_before from entries as e
  )
  select c.seq, c.type, c.at, c.hash,
    case when c.type = 'bid_placed' then private.bid_hash(c.hash_before, c.bid) else private.event_hash(c.hash_before, c.event) end,
    c.bid, c.by_proxy, c.event
  from chained as c
  order by c.seq
$$;


--
-- Name: FUNCTION ledger_of(session_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.ledger_of(session_id uuid) IS 'The ledger of a session, live or archived, in order, with the hash that every entry must carry.';


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
-- Name: may_become(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.may_become(earlier text, later text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return case earlier
    when 'quoted' then later in ('confirming', 'expired', 'cancelled')
    -- Back to quoted: the price had changed, and nothing was bought.
    when 'confirming' then later in ('quoted', 'confirming', 'placed', 'handed_off', 'failed', 'unknown')
    when 'unknown' then later in ('placed', 'handed_off', 'failed', 'delivered', 'cancelled')
    when 'placed' then later in ('cancelled', 'delivered', 'failed')
    else false
  end;
end
$$;


--
-- Name: FUNCTION may_become(earlier text, later text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.may_become(earlier text, later text) IS 'The states a routed order can pass through.';


--
-- Name: may_watch_session(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.may_watch_session(topic text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $_$
declare
  watched constant uuid := private.parse_uuid(substring(topic from '^bidding:(.*)$'));
begin
  return watched is not null and private.is_known() and (
    exists (
      select from public.bidding_participants as p where p.session_id = watched and p.user_id = (select auth.uid())
    )
    or (
      private.is_admin() and exists (select from public.bidding_sessions as s where s.session_id = watched)
    )
  );
end
$_$;


--
-- Name: FUNCTION may_watch_session(topic text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.may_watch_session(topic text) IS 'Whether the signed-in user may hear the topic bidding:<session_id>; for policies.';


--
-- Name: minimum_next(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.minimum_next(session public.bidding_sessions) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  if session.current_price_cents is null then
    return session.starting_bid_cents;
  end if;
  -- private.next_step in place: a bid asks for it again and again.
  return (session.current_price_cents * (10000 + session.minimum_increment_bps) + 9999) / 10000;
end
$$;


--
-- Name: FUNCTION minimum_next(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.minimum_next(session public.bidding_sessions) IS 'The least a rival must bid, in cents.';


--
-- Name: minute_text(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.minute_text(instant text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select replace(substring(instant for 16), 'T', ' ')
$$;


--
-- Name: FUNCTION minute_text(instant text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.minute_text(instant text) IS 'An instant in UTC as people read it, to the minute.';


--
-- Name: money_text(bigint, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.money_text(cents bigint, currency text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return currency || ' ' || cents / 100 || '.' || lpad((cents % 100)::text, 2, '0');
end
$$;


--
-- Name: FUNCTION money_text(cents bigint, currency text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.money_text(cents bigint, currency text) IS 'An amount for people, such as USD 3300.00.';


--
-- Name: most_under_way(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.most_under_way(recent text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
declare
  failures constant integer := length(recent) - length(replace(recent, '0', ''));
  streak constant integer := length(recent) - length(rtrim(recent, '0'));
  good_since constant integer := length(recent) - length(rtrim(recent, '1'));
begin
  -- What was only read here and written later would be exceeded by routes that start together: with the third failure in
  -- a row the circuit opens, so from the first one on no more may be under way than could still be allowed. A provider
  -- that answers earns more calls at once, one that has proved itself may have any number.
  if failures = 0 and length(recent) < 20 then
    return 20 + 2 * good_since;
  end if;
  if private.has_proved_itself(recent) then
    return 1000000;
  end if;
  return greatest(1, 3 - streak) + 2 * good_since;
end
$$;


--
-- Name: FUNCTION most_under_way(recent text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.most_under_way(recent text) IS 'How many calls to a provider may be under way at once, by its last results.';


--
-- Name: move_settlement(public.bidding_results, text, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.move_settlement(result public.bidding_results, side text, status text, external_id text) RETURNS public.bidding_results
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  moved public.bidding_results;
begin
  update public.bidding_results as r
  set payment_status = case side when 'payment' then status else r.payment_status end,
      payment_external_id = case side when 'payment' then coalesce(external_id, r.payment_external_id) else r.payment_external_id end,
      payout_status = case side when 'payout' then status else r.payout_status end,
      payout_external_id = case side when 'payout' then coalesce(external_id, r.payout_external_id) else r.payout_external_id end
  where r.session_id = result.session_id
  returning r.* into moved;
  if status = 'failed' then
    perform private.notify_admins(
      'settlement_failed', jsonb_build_object('sessionId', result.session_id, 'side', side, 'externalId', external_id),
      format('settlement_failed:%s:%s:%s', result.session_id, side, moved.version)
    );
  end if;
  return moved;
end
$$;


--
-- Name: FUNCTION move_settlement(result public.bidding_results, side text, status text, external_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.move_settlement(result public.bidding_results, side text, status text, external_id text) IS 'Moves one side of the money; a failure is told to the admins.';


--
-- Name: new_signing_secret(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.new_signing_secret() RETURNS text
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;


--
-- Name: FUNCTION new_signing_secret(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.new_signing_secret() IS 'A secret as the Standard Webhooks specification writes one: 256 random bits.';


--
-- Name: next_offer(public.routed_orders, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.next_offer(routed public.routed_orders, providers jsonb) RETURNS public.order_quotes
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  offer public.order_quotes;
begin
  select * into offer from public.order_quotes as q
  where q.route_id = routed.route_id and q.status = 'ok' and q.eliminated is null
    and q.total_cents <= routed.most_cents and q.provider_id <> all (routed.tried)
    -- As full as what was confirmed: a basket with less in it is another basket.
    and (q.features ->> 'filled')::numeric >= (
      select (chosen.features ->> 'filled')::numeric
      from public.order_quotes as chosen
      join public.order_routes as r on r.route_id = chosen.route_id and r.selected_provider_id = chosen.provider_id
      where chosen.route_id = routed.route_id
    )
    and private.calls_of(providers, q.provider_id) is not null
  order by q.rank
  limit 1;
  return offer;
end
$$;


--
-- Name: FUNCTION next_offer(routed public.routed_orders, providers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.next_offer(routed public.routed_orders, providers jsonb) IS 'The next best stored offer within the price that was accepted, of a provider not tried yet.';


--
-- Name: next_step(public.bidding_sessions, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.next_step(session public.bidding_sessions, amount_cents bigint) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  -- ceil(amount x (1 + increment)) in whole numbers.
  return (amount_cents * (10000 + session.minimum_increment_bps) + 9999) / 10000;
end
$$;


--
-- Name: FUNCTION next_step(session public.bidding_sessions, amount_cents bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.next_step(session public.bidding_sessions, amount_cents bigint) IS 'One increment above an amount, rounded up to the cent.';


--
-- Name: note_failure(public.routed_orders, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.note_failure(routed public.routed_orders, code text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  insert into public.order_outcomes (
    order_id, provider_id, source, recorded_by, was_successful, total_cents, commission_bps, failure_code, counts
  )
  select routed.order_id, routed.provider_id, 'confirm', 'system', false, routed.total_cents,
    coalesce((q.features ->> 'commissionBps')::integer, 0), note_failure.code, true
  from public.order_quotes as q where q.route_id = routed.route_id and q.provider_id = routed.provider_id
  on conflict do nothing;
  perform private.refresh_provider_metrics(routed.provider_id);
end
$$;


--
-- Name: FUNCTION note_failure(routed public.routed_orders, code text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.note_failure(routed public.routed_orders, code text) IS 'A confirmation that failed through the provider''s fault is one of its outcomes.';


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
-- Name: notification_id(uuid, uuid, text, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notification_id(user_id uuid, session_id uuid, type text, seq bigint) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return md5(user_id::text || session_id || type || seq)::uuid;
end
$$;


--
-- Name: FUNCTION notification_id(user_id uuid, session_id uuid, type text, seq bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notification_id(user_id uuid, session_id uuid, type text, seq bigint) IS 'One id for one thing told to one user: its key refuses the second.';


--
-- Name: notification_json(public.bidding_notifications, public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notification_json(notification public.bidding_notifications, session public.bidding_sessions) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'id', notification.notification_id,
    'sessionId', notification.session_id,
    'type', notification.type,
    'title', private.notification_title(notification.type),
    'message', private.notification_message(notification.type, notification.data, session),
    'data', notification.data,
    'createdAt', notification.created_at,
    'readAt', notification.read_at
  );
end
$$;


--
-- Name: FUNCTION notification_json(notification public.bidding_notifications, session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notification_json(notification public.bidding_notifications, session public.bidding_sessions) IS 'A notification as its owner is shown it.';


--
-- Name: notification_message(text, jsonb, public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notification_message(type text, data jsonb, session public.bidding_sessions) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  night constant text := 'the night of ' || session.target_night;
begin
  -- Branches of PL/pgSQL, not of one CASE: an expression is set up whole in every transaction, whatever of it is needed.
  case type
    when 'outbid' then
      return format(
        'Somebody leads for %s at %s; the next bid is at least %s', night,
        private.money_text((data ->> 'priceCents')::bigint, session.currency),
        private.money_text((data ->> 'minimumNextCents')::bigint, session.currency)
      );
    when 'auto_bid_triggered' then
      return format(
        'You still lead for %s, now at %s', night,
        private.money_text((data ->> 'priceCents')::bigint, session.currency)
      );
    when 'session_started' then
      return format(
        'Bidding for %s is open until %s UTC and starts at %s', night, private.minute_text(data ->> 'expiresAt'),
        private.money_text(session.starting_bid_cents, session.currency)
      );
    when 'session_extended' then
      return format(
        'A late bid moved the end of bidding for %s to %s UTC', night, private.minute_text(data ->> 'expiresAt')
      );
    when 'session_ending_soon' then
      return format(
        'Bidding for %s ends at %s UTC, in about %s minutes', night, private.minute_text(data ->> 'expiresAt'),
        greatest(1, ceil((data ->> 'secondsLeft')::numeric / 60))
      );
    when 'winner_announcement' then
      if (data ->> 'youWon')::boolean then
        return format(
          'You won %s at %s', night, private.money_text((data ->> 'priceCents')::bigint, session.currency)
        );
      end if;
      return format('%s won %s', data ->> 'winner', night);
    when 'loser_compensation' then
      return format(
        'You did not win %s; you receive %s', night,
        private.money_text((data ->> 'compensationCents')::bigint, session.currency)
      );
    when 'session_cancelled' then
      return format('Bidding for %s was cancelled: %s', night, data ->> 'reason');
    when 'system_maintenance' then
      return data ->> 'message';
    else
      return null;
  end case;
end
$$;


--
-- Name: FUNCTION notification_message(type text, data jsonb, session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notification_message(type text, data jsonb, session public.bidding_sessions) IS 'The words of a notification, made when it is read or delivered.';


--
-- Name: notification_title(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notification_title(type text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return case type
    when 'session_started' then 'Bidding has started'
    when 'outbid' then 'You were outbid'
    when 'auto_bid_triggered' then 'Your auto-bid answered a rival'
    when 'session_extended' then 'Bidding was extended'
    when 'session_ending_soon' then 'Bidding ends soon'
    when 'winner_announcement' then 'Bidding has ended'
    when 'loser_compensation' then 'You are compensated'
    when 'session_cancelled' then 'Bidding was cancelled'
    when 'system_maintenance' then 'Maintenance'
  end;
end
$$;


--
-- Name: FUNCTION notification_title(type text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notification_title(type text) IS 'The title of a notification.';


--
-- Name: notify(public.bidding_sessions, uuid, text, bigint, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notify(session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  notification public.bidding_notifications;
  shown jsonb;
begin
  insert into public.bidding_notifications as n (notification_id, user_id, session_id, type, seq, data, created_at)
  values (
    private.notification_id(notify.user_id, session.session_id, notify.type, notify.seq), notify.user_id,
    session.session_id, notify.type, notify.seq, notify.data, clock_timestamp()
  )
  on conflict on constraint bidding_notifications_pkey do nothing
  returning n.* into notification;
  if not found then
    return false;
  end if;
  shown := private.notification_json(notification, session);
  perform realtime.send(shown, notify.type, 'user:' || notify.user_id, true);
  if private.has_channel(notify.user_id) then
    perform private.enqueue(notify.user_id, notify.type, shown, 'notification:' || notification.notification_id);
  end if;
  return true;
end
$$;


--
-- Name: FUNCTION notify(session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify(session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb) IS 'Tells a user once: in his inbox, at once on the topic user:<id>, and through the outbox where he has an outside channel.';


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
  if private.has_channel(null) then
    perform private.enqueue(null, event, payload, dedupe_key || ':operators');
  end if;
  return told;
end
$$;


--
-- Name: FUNCTION notify_admins(event text, payload jsonb, dedupe_key text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify_admins(event text, payload jsonb, dedupe_key text) IS 'Tells every admin once per dedupe_key: at once on the topic user:<id>, and through the outbox; the operators'' own channels too. How many admins were told anew.';


--
-- Name: notify_everybody(public.bidding_sessions, text, bigint, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.notify_everybody(session public.bidding_sessions, type text, seq bigint, data jsonb) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  participant uuid;
  told integer := 0;
begin
  for participant in
    select p.user_id from public.bidding_participants as p
    where p.session_id = session.session_id and p.withdrawn_at is null
    order by p.user_id
  loop
    if private.notify(session, participant, type, seq, data) then
      told := told + 1;
    end if;
  end loop;
  return told;
end
$$;


--
-- Name: FUNCTION notify_everybody(session public.bidding_sessions, type text, seq bigint, data jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.notify_everybody(session public.bidding_sessions, type text, seq bigint, data jsonb) IS 'private.notify for every participant who has not withdrawn; how many were told anew.';


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
-- Name: order_answer(public.routed_orders); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.order_answer(routed public.routed_orders) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  return case
    -- What became of an order after it was placed changes nothing of its having been placed.
    when routed.status in ('placed', 'handed_off', 'delivered') or routed.provider_order_id is not null then private.respond(
      200, jsonb_build_object('success', true, 'order', private.routed_order_json(routed))
    )
    when routed.status in ('confirming', 'unknown') then private.respond(
      202, jsonb_build_object('success', true, 'order', private.routed_order_json(routed))
    )
    when routed.status = 'expired' then private.refuse(
      410, 'token_expired', 'The offer has expired; route the basket again',
      jsonb_build_object('expiredAt', routed.expires_at)
    )
    when routed.status = 'failed' then private.refuse(
      409, 'order_failed', 'No provider took the order; nothing was bought',
      jsonb_build_object('orderId', routed.order_id, 'provider', routed.provider_id, 'reason', routed.failure_code)
    )
    else private.refuse(
      409, 'invalid_transition', format('An order that is %s is not confirmed', routed.status),
      jsonb_build_object('currentStatus', routed.status)
    )
  end;
end
$$;


--
-- Name: FUNCTION order_answer(routed public.routed_orders); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.order_answer(routed public.routed_orders) IS 'What confirming answers, by where the order stands: the same however often it is asked.';


--
-- Name: outcome_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.outcome_issues(outcome jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
declare
  issues jsonb := jsonb '[]';
  known constant text[] := array[
    'orderId', 'wasSuccessful', 'wasCancelled', 'itemsOrdered', 'itemsDelivered', 'actualDeliveryMinutes', 'userRating',
    'issues'
  ];
  field text;
begin
  if not private.is_bounded(outcome, 16384) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(outcome) is distinct from 'object' then
    return private.issue('', 'Expected an object');
  end if;
  for field in select k from jsonb_object_keys(outcome - known) as k loop
    issues := issues || private.issue(field, 'Unknown field');
  end loop;
  if private.parse_uuid(outcome ->> 'orderId') is null then
    issues := issues || private.issue('orderId', 'Expected a uuid');
  end if;
  if jsonb_typeof(outcome -> 'wasSuccessful') is distinct from 'boolean' then
    issues := issues || private.issue('wasSuccessful', 'Expected true or false');
  end if;
  if jsonb_typeof(coalesce(outcome -> 'wasCancelled', 'false')) <> 'boolean' then
    issues := issues || private.issue('wasCancelled', 'Expected true or false');
  end if;
  issues := issues || private.whole_number_issue(outcome, 'itemsOrdered', 1, 100000, true)
    || private.whole_number_issue(outcome, 'itemsDelivered', 0, 100000, false)
    || private.whole_number_issue(outcome, 'actualDeliveryMinutes', 1, 100000, false)
    || private.whole_number_issue(outcome, 'userRating', 1, 5, false);
  if not coalesce(outcome -> 'issues', '[]') <@ '["missing_items", "late_delivery", "wrong_items", "poor_quality", "damaged_items", "driver_issues", "other"]'
    or jsonb_typeof(coalesce(outcome -> 'issues', '[]')) <> 'array'
    or jsonb_array_length(coalesce(outcome -> 'issues', '[]')) > 7
  then
    issues := issues || private.issue('issues', 'Expected a list of missing_items, late_delivery, wrong_items, poor_quality, damaged_items, driver_issues, other');
  end if;
  if issues = '[]' and (outcome ->> 'itemsDelivered')::integer > (outcome ->> 'itemsOrdered')::integer then
    issues := private.issue('itemsDelivered', 'Expected no more than itemsOrdered');
  end if;
  return nullif(issues, '[]');
end
$$;


--
-- Name: FUNCTION outcome_issues(outcome jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.outcome_issues(outcome jsonb) IS 'What is wrong with an outcome; null where nothing is.';


--
-- Name: outcome_json(public.order_outcomes); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.outcome_json(outcome public.order_outcomes) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'id', outcome.order_id, 'orderId', outcome.order_id, 'provider', outcome.provider_id, 'source', outcome.source,
    'wasSuccessful', outcome.was_successful, 'wasCancelled', outcome.was_cancelled,
    'itemsOrdered', outcome.items_ordered, 'itemsDelivered', outcome.items_delivered,
    'promisedDeliveryMinutes', outcome.promised_minutes, 'actualDeliveryMinutes', outcome.actual_minutes,
    'userRating', outcome.user_rating, 'issues', to_jsonb(outcome.issues), 'totalCents', outcome.total_cents,
    'recordedAt', outcome.recorded_at
  );
end
$$;


--
-- Name: FUNCTION outcome_json(outcome public.order_outcomes); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.outcome_json(outcome public.order_outcomes) IS 'An outcome as whoever recorded it sees it; not the commission.';


--
-- Name: owed_to(public.bidding_sessions, private.recount); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.owed_to(session public.bidding_sessions, count private.recount) RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select coalesce(count.runner_up_id, case when session.compensation_policy = 'always' then (
    -- The only rival there is, though he never bid.
    select case when count(*) = 1 then min(k.user_id) end
    from jsonb_object_keys(count.aliases) as k (user_id)
    where k.user_id <> count.leader_id::text
  )::uuid end)
$$;


--
-- Name: FUNCTION owed_to(session public.bidding_sessions, count private.recount); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.owed_to(session public.bidding_sessions, count private.recount) IS 'Whom a session''s winner beat, by the ledger alone; not by private.runner_up, which it is held against.';


--
-- Name: own_sessions(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.own_sessions() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
  -- A token outlives its account by up to an hour; the account decides.
  select p.session_id from public.bidding_participants as p
  where p.user_id = (select auth.uid()) and (select private.is_known())
$$;


--
-- Name: FUNCTION own_sessions(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.own_sessions() IS 'The sessions the signed-in user takes part in; for policies.';


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
-- Name: parse_day(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.parse_day(value text) RETURNS date
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select (private.parse_timestamp(value || 'T00:00:00Z') at time zone 'UTC')::date
$$;


--
-- Name: FUNCTION parse_day(value text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.parse_day(value text) IS 'A calendar day as YYYY-MM-DD, or null where the text is none.';


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
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  -- Without a regular expression, whose counts cost as much as a look-up: nothing but hex digits and four dashes, where
  -- they belong.
  if translate(value, '0123456789abcdefABCDEF', '') = '----' and value like '________-____-____-____-____________' then
    return value::uuid;
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION parse_uuid(value text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.parse_uuid(value text) IS 'A uuid in its usual text form, or null where the text is none.';


--
-- Name: participant_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.participant_issues(participants jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
declare
  issues jsonb := jsonb '[]';
  participant jsonb;
  position integer := 0;
  users uuid[] := array[]::uuid[];
  aliases text[] := array[]::text[];
  shown_alias text;
begin
  if jsonb_typeof(participants) is distinct from 'array' or jsonb_array_length(participants) not between 2 and 100 then
    return private.issue('participants', 'Expected a list of 2 to 100 participants');
  end if;
  for participant in select p from jsonb_array_elements(participants) as p loop
    shown_alias := coalesce(participant ->> 'alias', 'Bidder ' || position + 1);
    if jsonb_typeof(participant) <> 'object' or participant - array['userId', 'alias', 'archetype'] <> '{}' then
      issues := issues || private.issue('participants.' || position, 'Expected {userId, alias?, archetype?}');
    elsif private.parse_uuid(participant ->> 'userId') is null then
      issues := issues || private.issue(format('participants.%s.userId', position), 'Expected a uuid');
    elsif (participant ->> 'userId')::uuid = any (users) then
      issues := issues || private.issue(format('participants.%s.userId', position), 'Expected every participant once');
    end if;
    if coalesce(jsonb_typeof(participant -> 'alias'), 'string') <> 'string'
      or not private.has_text(shown_alias) or char_length(shown_alias) > 50
    then
      issues := issues || private.issue(format('participants.%s.alias', position), 'Expected a text of 1 to 50 characters');
    elsif shown_alias = any (aliases) then
      issues := issues || private.issue(format('participants.%s.alias', position), 'Expected every alias once');
    end if;
    if coalesce(jsonb_typeof(participant -> 'archetype'), 'string') <> 'string' then
      issues := issues || private.issue(format('participants.%s.archetype', position), 'Expected a text');
    end if;
    users := users || private.parse_uuid(participant ->> 'userId');
    aliases := aliases || shown_alias;
    position := position + 1;
  end loop;
  return issues;
end
$$;


--
-- Name: FUNCTION participant_issues(participants jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.participant_issues(participants jsonb) IS 'What is wrong with the participants of a session that is to be made.';


--
-- Name: people_difference(public.bidding_sessions, private.recount); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.people_difference(session public.bidding_sessions, count private.recount) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  with members as (
    select m.user_id from private.session_members as m where m.session_id = session.session_id
  ),
  participants as (
    select p.user_id, p.withdrawn_at from private.kept_participants(session.session_id) as p
  ),
  auto_bids as (
    select a.user_id from private.kept_auto_bids(session.session_id) as a
  ),
  people as (
    select user_id, m.user_id is not null as is_member, p.user_id is not null as takes_part, a.user_id is not null as has_row,
      p.withdrawn_at
    from members as m
    full join participants as p using (user_id)
    full join auto_bids as a using (user_id)
  ),
  found as (
    select p.user_id, coalesce(
      private.difference('the part of ' || p.user_id, true, p.takes_part and p.is_member),
      private.difference('the auto-bid row of ' || p.user_id, true, p.has_row),
      private.difference('the withdrawal of ' || p.user_id, count.withdrawn -> p.user_id::text, to_jsonb(p.withdrawn_at))
    ) as difference
    from people as p
  )
  select f.difference from found as f where f.difference is not null order by f.user_id limit 1
$$;


--
-- Name: FUNCTION people_difference(session public.bidding_sessions, count private.recount); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.people_difference(session public.bidding_sessions, count private.recount) IS 'Where those who take part, or have withdrawn, are not those of the ledger.';


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
-- Name: place_and_time_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.place_and_time_issues(session jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  issues jsonb := jsonb '[]';
  field text;
begin
  if private.parse_uuid(session ->> 'propertyId') is null then
    issues := issues || private.issue('propertyId', 'Expected a uuid');
  end if;
  if session ? 'listingId' and private.parse_uuid(session ->> 'listingId') is null then
    issues := issues || private.issue('listingId', 'Expected a uuid');
  end if;
  if private.parse_day(session ->> 'targetNight') is null then
    issues := issues || private.issue('targetNight', 'Expected a date as YYYY-MM-DD');
  end if;
  foreach field in array array['startsAt', 'expiresAt'] loop
    if session ? field and private.parse_timestamp(session ->> field) is null then
      issues := issues || private.issue(
        field, 'Expected an ISO 8601 instant with offset, such as 2026-11-21T08:00:00Z'
      );
    end if;
  end loop;
  return issues;
end
$$;


--
-- Name: FUNCTION place_and_time_issues(session jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.place_and_time_issues(session jsonb) IS 'What is wrong with where and when of a session that is to be made.';


--
-- Name: place_bid(public.bidding_sessions, uuid, bigint, bigint, boolean, boolean, timestamp with time zone, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.place_bid(session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean, by_proxy boolean, at timestamp with time zone, bidder text, leader text) RETURNS public.bids
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  bid public.bids;
begin
  bid.session_id := session.session_id;
  bid.seq := session.seq + 1;
  bid.bid_id := gen_random_uuid();
  bid.user_id := place_bid.user_id;
  bid.amount_cents := place_bid.amount_cents;
  bid.previous_amount_cents := place_bid.previous_cents;
  bid.leads := place_bid.leads;
  bid.placed_at := place_bid.at;
  bid.expires_at := session.expires_at;
  bid.hash := private.bid_hash(session.ledger_hash, bid);
  insert into public.bids (
    session_id, seq, bid_id, user_id, amount_cents, previous_amount_cents, leads, placed_at, expires_at, hash
  )
  values (
    bid.session_id, bid.seq, bid.bid_id, bid.user_id, bid.amount_cents, bid.previous_amount_cents, bid.leads,
    bid.placed_at, bid.expires_at, bid.hash
  );
  if by_proxy then
    insert into public.bid_details (session_id, seq, user_id) values (bid.session_id, bid.seq, bid.user_id);
  end if;
  perform realtime.send(
    private.bid_event_json(bid, bidder, session.current_price_cents, leader)
    || jsonb_build_object('sessionId', bid.session_id, 'serverTime', bid.placed_at),
    'bid_placed', 'bidding:' || bid.session_id, true
  );
  return bid;
end
$$;


--
-- Name: FUNCTION place_bid(session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean, by_proxy boolean, at timestamp with time zone, bidder text, leader text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.place_bid(session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean, by_proxy boolean, at timestamp with time zone, bidder text, leader text) IS 'Adds a bid to the ledger and tells the session''s topic, under the aliases of its bidder and its leader. Its caller writes the session with the seq and hash of the bid.';


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
-- Name: plan_issues(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.plan_issues(plan public.bidding_sessions) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  if plan.starts_at < moment - interval '1 minute' or plan.starts_at > moment + interval '30 days' then
    return private.issue('startsAt', 'Expected a moment from now to 30 days ahead');
  end if;
  if plan.expires_at <= plan.starts_at or plan.expires_at > plan.starts_at + interval '24 hours' then
    return private.issue('expiresAt', 'Expected a moment after startsAt and at most 24 hours after it');
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION plan_issues(plan public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.plan_issues(plan public.bidding_sessions) IS 'What is wrong with the times of a planned session, taken together; null where nothing is.';


--
-- Name: planned_session(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.planned_session(request jsonb) RETURNS public.bidding_sessions
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  session public.bidding_sessions;
  moment constant timestamptz := clock_timestamp();
begin
  session.session_id := gen_random_uuid();
  session.property_id := (request ->> 'propertyId')::uuid;
  session.listing_id := (request ->> 'listingId')::uuid;
  session.target_night := (request ->> 'targetNight')::date;
  session.status := 'pending';
  session.currency := coalesce(request ->> 'currency', 'USD');
  session.starting_bid_cents := (request ->> 'startingBidCents')::numeric;
  session.minimum_increment_bps := coalesce((request ->> 'minimumIncrementBps')::numeric, 1000);
  session.max_rounds := coalesce((request ->> 'maxRounds')::numeric, 3);
  session.round_duration_seconds := coalesce((request ->> 'roundDurationSeconds')::numeric, 3600);
  session.maximum_jump_bps := coalesce((request ->> 'maximumJumpBps')::numeric, 20000);
  session.compensation_bps := coalesce((request ->> 'compensationBps')::numeric, 2500);
  session.compensation_policy := coalesce(request ->> 'compensationPolicy', 'always');
  session.soft_close_seconds := coalesce((request ->> 'softCloseSeconds')::numeric, 120);
  session.starts_at := coalesce((request ->> 'startsAt')::timestamptz, moment);
  -- Clocks differ by seconds; a minute ago is meant as now.
  if session.starts_at between moment - interval '1 minute' and moment then
    session.starts_at := moment;
  end if;
  session.expires_at := coalesce(
    (request ->> 'expiresAt')::timestamptz,
    session.starts_at + make_interval(
      secs => least(session.max_rounds * session.round_duration_seconds::bigint, 86400)
    )
  );
  session.hard_end_at := least(session.expires_at + interval '30 minutes', session.starts_at + interval '24 hours');
  session.seq := 0;
  session.created_at := moment;
  return session;
end
$$;


--
-- Name: FUNCTION planned_session(request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.planned_session(request jsonb) IS 'The session that a well-formed request describes, defaults filled in.';


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
-- Name: purchase_json(public.routed_orders); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.purchase_json(routed public.routed_orders) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  offer jsonb;
  address jsonb;
begin
  select q.quote, r.request -> 'shippingAddress' into offer, address
  from public.order_quotes as q join public.order_routes as r using (route_id)
  where q.route_id = routed.route_id and q.provider_id = routed.provider_id;
  return jsonb_build_object(
    'orderId', routed.order_id, 'attempt', routed.attempt, 'provider', routed.provider_id,
    -- One reference per order and provider, whatever happens: what the provider is asked about afterwards.
    'orderReference', replace(routed.order_id::text, '-', ''),
    'address', address, 'quote', offer, 'mostCents', routed.most_cents, 'providerOrderId', routed.provider_order_id
  );
end
$$;


--
-- Name: FUNCTION purchase_json(routed public.routed_orders); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.purchase_json(routed public.routed_orders) IS 'All an adapter needs to buy, or to ask about what was bought.';


--
-- Name: purge_expired(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.purge_expired() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  moment constant timestamptz := clock_timestamp(); -- a volatile function would be no index condition
  keys bigint;
  buckets bigint;
  runs bigint;
  usage bigint;
  deliveries bigint;
  cron_runs bigint;
begin
  delete from private.idempotency_keys as k where k.created_at < moment - interval '24 hours';
  get diagnostics keys = row_count;
  -- A bucket untouched for longer than its period is full again: the same as none.
  delete from private.rate_limit_buckets as b
  using private.rate_limits as l
  where l.operation = b.operation and b.updated_at < moment - make_interval(secs => l.period_seconds);
  get diagnostics buckets = row_count;
  delete from private.job_runs as r where r.finished_at < moment - interval '30 days';
  get diagnostics runs = row_count;
  delete from private.agent_usage as u where u.day < (moment at time zone 'UTC')::date - 30;
  get diagnostics usage = row_count;
  -- What was said goes with its deliveries, once none of them is still to be made.
  delete from private.outbox as o
  where o.created_at < moment - interval '30 days' and not exists (
    select from private.deliveries as d where d.outbox_id = o.id and d.status = 'pending'
  );
  get diagnostics deliveries = row_count;
  delete from cron.job_run_details as d where d.end_time < moment - interval '7 days';
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
-- Name: purge_observations(integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.purge_observations(most integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  aged bigint;
  surplus bigint;
begin
  -- Rows are never changed and only this job deletes them, one run at a time: a ctid stays what it was.
  delete from private.price_observations as p
  where p.ctid = any (array(
    select o.ctid from private.price_observations as o where o.seen_at < long_ago limit most
  ));
  get diagnostics aged = row_count;
  -- Item by item along the index: a reference reads the newest 101 of an item, so 200 are more than enough.
  with recursive items as (
    (select o.item_key from private.price_observations as o order by o.item_key limit 1)
    union all
    select (
      select o.item_key from private.price_observations as o
      where o.item_key > i.item_key order by o.item_key limit 1
    )
    from items as i where i.item_key is not null
  )
  delete from private.price_observations as p
  where p.ctid = any (array(
    select old.ctid
    from items as i cross join lateral (
      select o.ctid from private.price_observations as o
      where o.item_key = i.item_key order by o.seen_at desc offset 200
    ) as old
    limit greatest(most - aged, 0)
  ));
  get diagnostics surplus = row_count;
  return aged + surplus;
end
$$;


--
-- Name: FUNCTION purge_observations(most integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.purge_observations(most integer) IS 'Prices older than 30 days, and those of an item beyond its newest 200, go: at most so many at once.';


--
-- Name: purge_routes(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.purge_routes() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
  routes bigint;
  observations bigint;
  attempts bigint;
begin
  -- A basket nobody bought goes with its address; what was bought stays.
  with old as (
    select r.route_id from public.order_routes as r
    where r.created_at < long_ago and not exists (
      select from public.routed_orders as o
      where o.route_id = r.route_id
        and (o.status not in ('quoted', 'expired', 'cancelled') or o.provider_order_id is not null)
    )
    order by r.created_at limit 1000
  )
  delete from public.order_routes as r using old where r.route_id = old.route_id;
  get diagnostics routes = row_count;
  observations := private.purge_observations(10000);
  delete from private.provider_attempts as a where a.lapses_at < clock_timestamp() - interval '1 hour';
  get diagnostics attempts = row_count;
  return jsonb_build_object(
    'processed', routes + observations, 'routes', routes, 'observations', observations, 'lapsedAttempts', attempts
  );
end
$$;


--
-- Name: FUNCTION purge_routes(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.purge_routes() IS 'A job: routes that led to no order and prices go after 30 days, attempts that were never settled after an hour.';


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
-- Name: read_inbox_cursor(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.read_inbox_cursor(cursor text, OUT created_at timestamp with time zone, OUT notification_id uuid) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  content constant jsonb := private.decode_cursor(cursor);
begin
  created_at := private.parse_timestamp(content ->> 'at');
  notification_id := private.parse_uuid(content ->> 'id');
end
$$;


--
-- Name: FUNCTION read_inbox_cursor(cursor text, OUT created_at timestamp with time zone, OUT notification_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.read_inbox_cursor(cursor text, OUT created_at timestamp with time zone, OUT notification_id uuid) IS 'Where an inbox goes on; nulls where the cursor is none of ours.';


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
-- Name: reconcile_orders(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.reconcile_orders() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
  lost bigint;
  stuck bigint;
begin
  -- An intent older than two minutes, longer than any confirmation may take, has lost its function: nobody knows whether
  -- the provider was called. Lock: the orders, as many as nobody holds.
  with orders as (
    select o.order_id from public.routed_orders as o
    where o.status = 'confirming' and o.intended_at < moment - interval '2 minutes'
    order by o.intended_at limit 500
    for no key update skip locked
  )
  update public.routed_orders as o set status = 'unknown', failure_code = 'answer_lost', ask_at = moment
  from orders where o.order_id = orders.order_id;
  get diagnostics lost = row_count;
  select count(*) into stuck from public.routed_orders as o
  where o.status = 'unknown' and o.intended_at < moment - interval '1 day';
  if stuck > 0 then
    perform private.notify_admins(
      'orders_unsettled', jsonb_build_object('orders', stuck), format('orders_unsettled:%s', (moment at time zone 'UTC')::date)
    );
  end if;
  return jsonb_build_object('processed', lost, 'unsettledForADay', stuck);
end
$$;


--
-- Name: FUNCTION reconcile_orders(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.reconcile_orders() IS 'A job: intents that nobody answers for any more become unknown, and the provider is asked about them; admins are told once a day of orders that stay unknown for a day.';


--
-- Name: record_delivery(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.record_delivery(result jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  outcome constant text := result ->> 'outcome';
  delivery private.deliveries;
  channel private.delivery_channels;
begin
  select * into delivery from private.deliveries as d where d.id = (result ->> 'deliveryId')::uuid;
  if not found or delivery.status <> 'pending' then
    return false;
  end if;
  if outcome = 'delivered' then
    -- Taken also from a worker whose lease ran out meanwhile: what has arrived has arrived.
    update private.deliveries as d
    set status = 'delivered', delivered_at = clock_timestamp(), lease = null, last_error = null
    where d.id = delivery.id;
    return true;
  end if;
  if delivery.lease is distinct from (result ->> 'lease')::uuid then
    return false;
  end if;
  select * into channel from private.delivery_channels as c where c.id = delivery.channel_id;
  if outcome = 'gone' then
    update private.delivery_channels as c set active = false where c.id = channel.id;
  elsif result ? 'pauseSeconds' then
    update private.delivery_channels as c
    set paused_until = greatest(
      c.paused_until, clock_timestamp() + make_interval(secs => (result ->> 'pauseSeconds')::integer)
    )
    where c.id = channel.id;
  end if;
  if outcome = 'retry' and channel.active then
    update private.deliveries as d
    set lease = null,
        last_error = left(result ->> 'error', 500),
        next_attempt_at = clock_timestamp() + make_interval(secs => (result ->> 'retryInSeconds')::integer)
    where d.id = delivery.id;
  else
    perform private.bury_delivery(delivery.id, result ->> 'error');
  end if;
  return true;
end
$$;


--
-- Name: FUNCTION record_delivery(result jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.record_delivery(result jsonb) IS 'Takes one result down; false where the delivery is no longer that worker''s. Its caller holds the delivery and channel.';


--
-- Name: recount(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.recount(session public.bidding_sessions) RETURNS private.recount
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  count private.recount;
  entry private.ledger_entry;
  challenge private.ledger_entry; -- the bid whose answer is the next entry
begin
  count.seq := 0;
  count.status := 'pending';
  count.is_extended := false;
  count.withdrawn := '{}';
  count.aliases := coalesce(
    (select jsonb_object_agg(p.user_id, p.alias) from private.kept_participants(session.session_id) as p), '{}'
  );
  for entry in select * from private.ledger_of(session.session_id) loop
    count.difference := private.chain_difference(count, entry, challenge.seq is not null);
    if count.difference is not null then
      return count;
    end if;
    count.seq := entry.seq;
    count.hash := entry.hash;
    if challenge.seq is not null then
      count := private.count_bid(count, session, challenge, entry);
      challenge := null;
    elsif entry.type <> 'bid_placed' then
      count := private.count_event(count, session, entry.event);
    elsif (entry.bid).leads then
      count := private.count_bid(count, session, entry, null);
    else
      challenge := entry;
    end if;
    if count.difference is not null then
      return count;
    end if;
  end loop;
  count.difference := coalesce(
    private.difference('a bid without its answer', null::bigint, challenge.seq),
    private.difference('an extension without its entry', false, count.is_extended)
  );
  return count;
end
$$;


--
-- Name: FUNCTION recount(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.recount(session public.bidding_sessions) IS 'Plays the ledger of a session from its first entry; stops at the first that does not follow.';


--
-- Name: provider_metrics; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.provider_metrics (
    provider_id text NOT NULL,
    outcomes integer DEFAULT 0 NOT NULL,
    successes integer DEFAULT 0 NOT NULL,
    latency_p50_ms integer,
    latency_p95_ms integer,
    delivery_error_minutes numeric,
    fill_error numeric,
    rating numeric,
    commission_bps numeric,
    computed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT provider_metrics_successes_are_outcomes CHECK (((successes >= 0) AND (successes <= outcomes)))
);


--
-- Name: TABLE provider_metrics; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.provider_metrics IS 'What was learned of a provider; each row equals private.recount_provider at computed_at.';


--
-- Name: COLUMN provider_metrics.delivery_error_minutes; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_metrics.delivery_error_minutes IS 'Mean of actual minus promised minutes.';


--
-- Name: COLUMN provider_metrics.fill_error; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_metrics.fill_error IS 'Mean share of ordered items that did not come.';


--
-- Name: recount_provider(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.recount_provider(provider_id text) RETURNS public.provider_metrics
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  metrics public.provider_metrics;
begin
  metrics.provider_id := recount_provider.provider_id;
  select
    count(*), count(*) filter (where o.was_successful),
    round(avg(o.actual_minutes - o.promised_minutes), 2),
    round(avg(1 - o.items_delivered::numeric / o.items_ordered), 4),
    round(avg(o.user_rating), 2), round(avg(o.commission_bps), 2)
  into
    metrics.outcomes, metrics.successes, metrics.delivery_error_minutes, metrics.fill_error, metrics.rating,
    metrics.commission_bps
  from private.counted_outcomes(recount_provider.provider_id) as o;
  select
    percentile_disc(0.5) within group (order by q.latency_ms), percentile_disc(0.95) within group (order by q.latency_ms)
  into metrics.latency_p50_ms, metrics.latency_p95_ms
  from (
    select l.latency_ms from public.order_quotes as l
    where l.provider_id = recount_provider.provider_id and l.status = 'ok'
    order by l.quoted_at desc limit 125
  ) as q;
  metrics.computed_at := clock_timestamp();
  return metrics;
end
$$;


--
-- Name: FUNCTION recount_provider(provider_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.recount_provider(provider_id text) IS 'A provider''s figures, counted anew from outcomes and quotes.';


--
-- Name: reference_cents(text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.reference_cents(name text, unit text, OUT unit_cents numeric, OUT package_cents numeric) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  long_ago constant timestamptz := clock_timestamp() - interval '30 days';
begin
  -- The newest hundred are enough for a median and keep the reading short. Whatever is stored, what is read of it can be
  -- reckoned with.
  select
    percentile_disc(0.5) within group (order by least(greatest(o.unit_cents, 0.01), 1000000)),
    percentile_disc(0.5) within group (order by least(greatest(o.package_cents, 1), 1000000))
  into reference_cents.unit_cents, reference_cents.package_cents
  from (
    select p.unit_cents, p.package_cents from private.price_observations as p
    where p.item_key = private.item_key(reference_cents.name, reference_cents.unit) and p.seen_at > long_ago
    order by p.seen_at desc limit 101
  ) as o;
end
$$;


--
-- Name: FUNCTION reference_cents(name text, unit text, OUT unit_cents numeric, OUT package_cents numeric); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.reference_cents(name text, unit text, OUT unit_cents numeric, OUT package_cents numeric) IS 'The median prices seen for an item in the last 30 days, per unit and for a package; null where none was.';


--
-- Name: refresh_metrics(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refresh_metrics() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  provider text;
begin
  for provider in select m.provider_id from public.provider_metrics as m order by m.provider_id loop
    perform private.refresh_provider_metrics(provider);
  end loop;
  return jsonb_build_object('processed', 0);
end
$$;


--
-- Name: FUNCTION refresh_metrics(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refresh_metrics() IS 'A job: latencies, and outcomes that have grown old, count without a new outcome too.';


--
-- Name: refresh_provider_metrics(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refresh_provider_metrics(provider_id text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  metrics public.provider_metrics;
begin
  -- Lock, then count: whoever counts second counts what the first one wrote.
  perform from public.provider_metrics as m where m.provider_id = refresh_provider_metrics.provider_id for no key update;
  metrics := private.recount_provider(refresh_provider_metrics.provider_id);
  update public.provider_metrics as m
  set outcomes = metrics.outcomes, successes = metrics.successes, latency_p50_ms = metrics.latency_p50_ms,
      latency_p95_ms = metrics.latency_p95_ms, delivery_error_minutes = metrics.delivery_error_minutes,
      fill_error = metrics.fill_error, rating = metrics.rating, commission_bps = metrics.commission_bps,
      computed_at = metrics.computed_at
  where m.provider_id = metrics.provider_id;
end
$$;


--
-- Name: FUNCTION refresh_provider_metrics(provider_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refresh_provider_metrics(provider_id text) IS 'Brings a provider''s figures up to date.';


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
-- Name: refuse_amount(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_amount(field text) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse_shape(private.issue(field, 'Expected whole cents from 1 to 100000000000'))
$$;


--
-- Name: FUNCTION refuse_amount(field text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_amount(field text) IS 'The refusal of what is no amount.';


--
-- Name: refuse_bidder(public.bidding_sessions, private.bidder); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_bidder(session public.bidding_sessions, bidder private.bidder) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if session.ended_at is not null then
    return private.refuse_closed(session, bidder.user_id);
  end if;
  if session.status = 'pending' then
    return private.refuse(
      409, 'session_not_started', 'Bidding in this session has not started',
      jsonb_build_object('startsAt', session.starts_at)
    );
  end if;
  if bidder.withdrawn_at is not null then
    return private.refuse(409, 'participant_withdrawn', 'You have withdrawn from this session');
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION refuse_bidder(session public.bidding_sessions, bidder private.bidder); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_bidder(session public.bidding_sessions, bidder private.bidder) IS 'The refusal of whoever cannot bid now, whatever the amount; null where he can.';


--
-- Name: refuse_ceiling(bigint, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_ceiling(minimum_cents bigint, currency text) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(
    422, 'ceiling_too_low', format('The least ceiling is %s', private.money_text(minimum_cents, currency)),
    jsonb_build_object('minimumCents', minimum_cents)
  )
$$;


--
-- Name: FUNCTION refuse_ceiling(minimum_cents bigint, currency text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_ceiling(minimum_cents bigint, currency text) IS 'The refusal of a ceiling that could not lead, or of a leader''s below the price.';


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
-- Name: refuse_closed(public.bidding_sessions, uuid, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean DEFAULT false) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(
    409, 'session_closed', 'Bidding in this session has ended', jsonb_build_object(
      'status', session.status, 'endedAt', session.ended_at,
      'result', private.result_json(session, viewer, sees_money)
    )
  )
$$;


--
-- Name: FUNCTION refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean) IS 'What everybody gets who comes too late: the outcome.';


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
-- Name: refuse_hopeless(public.bidding_sessions, private.bidder); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_hopeless(session public.bidding_sessions, bidder private.bidder) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if bidder.user_id is null then
    return private.refuse_outsider();
  end if;
  return coalesce(private.refuse_bidder(session, bidder), private.refuse_low_bid(session));
end
$$;


--
-- Name: FUNCTION refuse_hopeless(session public.bidding_sessions, bidder private.bidder); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_hopeless(session public.bidding_sessions, bidder private.bidder) IS 'The refusal of a hopeless bid, by the session as it was read.';


--
-- Name: refuse_ineligible(jsonb, public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_ineligible(request jsonb, plan public.bidding_sessions) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  participant jsonb;
  unknown jsonb := jsonb '[]';
  position integer := 0;
begin
  if plan.target_night not between today and today + 30 then
    return private.refuse(
      422, 'night_not_eligible', 'The target night must be 0 to 30 days ahead',
      jsonb_build_object('earliest', today, 'latest', today + 30)
    );
  end if;
  if plan.starts_at >= (plan.target_night + 1)::timestamp at time zone 'UTC' then
    return private.refuse(
      422, 'night_not_eligible', 'Bidding must start before the night is over',
      jsonb_build_object('startsAt', plan.starts_at, 'targetNight', plan.target_night)
    );
  end if;
  for participant in select p from jsonb_array_elements(request -> 'participants') as p loop
    if coalesce(participant ->> 'archetype', 'big_spender') <> 'big_spender' then
      return private.refuse(
        422, 'archetype_not_eligible', 'Only big spenders compete for a night',
        jsonb_build_object('participant', position, 'archetype', participant ->> 'archetype')
      );
    end if;
    if not exists (select from public.user_profile as u where u.id = (participant ->> 'userId')::uuid) then
      unknown := unknown || private.issue(
        format('participants.%s.userId', position), 'Expected a user with an account'
      );
    end if;
    position := position + 1;
  end loop;
  if unknown <> '[]' then
    return private.refuse(404, 'user_not_found', 'A participant has no account', jsonb_build_object('issues', unknown));
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION refuse_ineligible(request jsonb, plan public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_ineligible(request jsonb, plan public.bidding_sessions) IS 'The refusal of a session whose night or participants are not eligible; null where they are.';


--
-- Name: refuse_low_bid(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_low_bid(session public.bidding_sessions) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(
    422, 'bid_too_low',
    format('The least that can be bid is %s', private.money_text(private.minimum_next(session), session.currency)),
    jsonb_build_object(
      'minimumNextCents', private.minimum_next(session), 'currentPriceCents', session.current_price_cents
    )
  )
$$;


--
-- Name: FUNCTION refuse_low_bid(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_low_bid(session public.bidding_sessions) IS 'The refusal of an amount below the next step.';


--
-- Name: refuse_or_fail_over(public.routed_orders, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  offer public.order_quotes;
  purchase jsonb;
  failed public.routed_orders;
begin
  loop
    routed.tried := routed.tried || routed.provider_id;
    offer := private.next_offer(routed, providers);
    exit when offer.provider_id is null;
    routed.provider_id := offer.provider_id;
    routed.total_cents := offer.total_cents;
    purchase := private.start_purchase(routed, providers);
    if purchase is not null then
      return purchase;
    end if;
  end loop;
  update public.routed_orders as o
  set status = 'failed', tried = routed.tried, failure_code = result ->> 'code', settled_at = clock_timestamp()
  where o.order_id = routed.order_id
  returning * into failed;
  return private.order_answer(failed);
end
$$;


--
-- Name: FUNCTION refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb) IS 'A provider definitely refused: the next stored offer is tried, within the accepted price, else the order has failed.';


--
-- Name: refuse_outsider(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_outsider() RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(403, 'not_a_participant', 'You do not take part in this session')
$$;


--
-- Name: FUNCTION refuse_outsider(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_outsider() IS 'The same for a session of others and for one that does not exist.';


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
-- Name: refuse_unknown_session(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_unknown_session() RETURNS jsonb
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select private.refuse(404, 'not_found', 'There is no such session')
$$;


--
-- Name: FUNCTION refuse_unknown_session(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_unknown_session() IS 'For those who may see every session.';


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
-- Name: refuse_unless_archiving(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_unless_archiving() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  if current_setting('tradepost.archiving', true) is distinct from 'sessions' then
    raise exception '% of %.% is refused: it leaves with its session, to the archive', tg_op, tg_table_schema, tg_table_name
      using errcode = 'PT403';
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION refuse_unless_archiving(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_unless_archiving() IS 'Trigger body: only private.archive_sessions removes.';


--
-- Name: refuse_view_change(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.refuse_view_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception '% of %.% is refused: it is only ever read', tg_op, tg_table_schema, tg_table_name using errcode = 'PT403';
end
$$;


--
-- Name: FUNCTION refuse_view_change(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.refuse_view_change() IS 'Trigger body of views that are only read.';


--
-- Name: remove_channel(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.remove_channel(channel_id uuid) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  waiting bigint;
begin
  -- Lock: its deliveries first, then the channel, as who records results does.
  select count(*) into waiting
  from (
    select from private.deliveries as d
    where d.channel_id = remove_channel.channel_id and d.status = 'pending'
    order by d.id
    for update
  ) as d;
  perform private.expect_channel(remove_channel.channel_id);
  delete from private.delivery_channels as c where c.id = remove_channel.channel_id;
  return waiting;
end
$$;


--
-- Name: FUNCTION remove_channel(channel_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.remove_channel(channel_id uuid) IS 'Removes a channel with its secrets and deliveries; how many of them were still waiting and will not be sent.';


--
-- Name: replay(private.caller, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.replay(who private.caller, operation text, request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  given_key constant text := private.request_header('idempotency-key');
  stored private.idempotency_keys;
begin
  if given_key is null then
    return null;
  end if;
  -- Two questions: a pattern that counts to 255 costs more than the look-up below.
  if char_length(given_key) not between 1 and 255 or given_key ~ '[^\x20-\x7e]' then
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
$$;


--
-- Name: FUNCTION replay(who private.caller, operation text, request jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.replay(who private.caller, operation text, request jsonb) IS 'The stored answer of a request seen before, a refusal where its key was used for another, null where it is new.';


--
-- Name: request_hash(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.request_hash(request jsonb) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
begin
  return sha256(convert_to(coalesce(request, 'null')::text, 'UTF8'));
end
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
    perform set_config('tradepost.actor', who::text, true);
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
-- Name: resend_dead_deliveries(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.resend_dead_deliveries() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  resent bigint;
begin
  update private.deliveries as d
  set status = 'pending', attempts = 0, resends = d.resends + 1, next_attempt_at = clock_timestamp(), last_error = null
  from private.delivery_channels as c
  where c.id = d.channel_id and c.active and d.status = 'dead';
  get diagnostics resent = row_count;
  return resent;
end
$$;


--
-- Name: FUNCTION resend_dead_deliveries(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.resend_dead_deliveries() IS 'Sends every dead delivery of an active channel once more; how many.';


--
-- Name: resend_delivery(uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.resend_delivery(delivery_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  delivery private.deliveries;
  is_active boolean;
begin
  -- Lock: the delivery, which a worker may be sending.
  select * into delivery from private.deliveries as d where d.id = resend_delivery.delivery_id for no key update;
  if not found then
    raise exception 'Expected the id of a delivery but found %', resend_delivery.delivery_id using errcode = 'no_data_found';
  end if;
  if delivery.status = 'pending' then
    raise exception 'Expected a delivery that has ended but found one that is still pending'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select c.active into is_active from private.delivery_channels as c where c.id = delivery.channel_id;
  if not is_active then
    raise exception 'Expected a delivery of an active channel but found channel % inactive', delivery.channel_id
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  update private.deliveries as d
  set status = 'pending', attempts = 0, resends = d.resends + 1, next_attempt_at = clock_timestamp(), last_error = null,
      delivered_at = null
  where d.id = delivery.id;
end
$$;


--
-- Name: FUNCTION resend_delivery(delivery_id uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.resend_delivery(delivery_id uuid) IS 'Sends a dead or delivered delivery once more, under the same id: a receiver that has seen it can tell.';


--
-- Name: reserve_attempt(uuid, text, jsonb, timestamp with time zone, numeric, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.reserve_attempt(attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamp with time zone, share numeric DEFAULT 1, may_probe boolean DEFAULT true) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  circuit public.provider_circuits;
  moment timestamptz;
  is_free boolean;
  under_way bigint;
  is_probe boolean := false;
  exhausted text;
begin
  select * into circuit from public.provider_circuits as c where c.provider_id = reserve_attempt.provider_id;
  -- Of a provider that has proved itself nothing is counted that a lock would keep, and all routes would wait in line for
  -- it, each until the other's commit is on disk: a failure that opens the circuit meanwhile came a moment later.
  is_free := circuit.state = 'closed' and not circuit.taken_out and private.has_proved_itself(circuit.recent);
  if not is_free then
    -- Lock, then clock: what was judged holds until the commit.
    select * into circuit from public.provider_circuits as c
    where c.provider_id = reserve_attempt.provider_id for no key update;
  end if;
  moment := clock_timestamp();
  if circuit.taken_out then
    return jsonb_build_object('granted', false, 'code', 'disabled');
  end if;
  if is_free then
    null;
  elsif circuit.state = 'closed' then
    select count(*) into under_way from private.provider_attempts as a
    where a.provider_id = circuit.provider_id and a.lapses_at > moment;
    if under_way >= private.most_under_way(circuit.recent) then
      return jsonb_build_object('granted', false, 'code', 'circuit_open', 'retryAfterMs', 1000);
    end if;
  else
    if circuit.open_until > moment then
      return jsonb_build_object(
        'granted', false, 'code', 'circuit_open',
        'retryAfterMs', ceil(extract(epoch from circuit.open_until - moment) * 1000)
      );
    end if;
    -- Half open: one probe at a time, and none for who would not wait for its result.
    if not may_probe or exists (
      select from private.provider_attempts as a
      where a.provider_id = circuit.provider_id and a.is_probe and a.lapses_at > moment
    ) then
      return jsonb_build_object('granted', false, 'code', 'circuit_open', 'retryAfterMs', 1000);
    end if;
    is_probe := true;
  end if;

  exhausted := private.reserve_calls(circuit.provider_id, calls, (moment at time zone 'UTC')::date, share);
  if exhausted is not null then
    return jsonb_build_object(
      'granted', false, 'code', 'quota_exceeded', 'endpoint', exhausted,
      'retryAfterMs', ceil(extract(epoch from
        (((moment at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC') - moment
      ) * 1000)
    );
  end if;
  if is_probe and circuit.state = 'open' then
    update public.provider_circuits as c set state = 'half_open', probes_passed = 0, updated_at = moment
    where c.provider_id = circuit.provider_id;
  end if;
  insert into private.provider_attempts (attempt_id, provider_id, is_probe, calls, day, lapses_at)
  values (
    reserve_attempt.attempt_id, circuit.provider_id, is_probe, calls, (moment at time zone 'UTC')::date,
    reserve_attempt.lapses_at
  );
  return jsonb_build_object('granted', true, 'isProbe', is_probe);
end
$$;


--
-- Name: FUNCTION reserve_attempt(attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamp with time zone, share numeric, may_probe boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.reserve_attempt(attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamp with time zone, share numeric, may_probe boolean) IS 'Reserves one attempt at a provider where its circuit and quotas allow it, or says why not and when again.';


--
-- Name: reserve_calls(text, jsonb, date, numeric); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.reserve_calls(provider_id text, calls jsonb, today date, share numeric DEFAULT 1) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  quota public.provider_quotas;
begin
  -- Lock: the quota rows, by endpoint. All are judged before any is written.
  for quota in
    select * from public.provider_quotas as q
    where q.provider_id = reserve_calls.provider_id and calls ? q.endpoint
    order by q.endpoint
    for no key update
  loop
    -- What takes nothing is allowed, even where a lowered limit lies below what was used.
    if (calls ->> quota.endpoint)::integer
      > greatest(0, floor(quota.max_per_day * share) - case when quota.day = today then quota.used else 0 end)
    then
      return quota.endpoint;
    end if;
  end loop;
  update public.provider_quotas as q
  set day = today,
      used = case when q.day = today then q.used else 0 end + (calls ->> q.endpoint)::integer
  where q.provider_id = reserve_calls.provider_id and calls ? q.endpoint;
  return null;
end
$$;


--
-- Name: FUNCTION reserve_calls(provider_id text, calls jsonb, today date, share numeric); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.reserve_calls(provider_id text, calls jsonb, today date, share numeric) IS 'Takes calls from a provider''s quotas, up to a share of each; the endpoint that has none left, null where all had.';


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
-- Name: result_difference(public.bidding_sessions, private.recount); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.result_difference(session public.bidding_sessions, count private.recount) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  result public.bidding_results;
  loser uuid;
  owed bigint;
begin
  select * into result from public.bidding_results as r where r.session_id = session.session_id;
  if session.status <> 'completed' then
    return private.difference('no result', null::uuid, result.session_id);
  end if;
  loser := private.owed_to(session, count);
  owed := case when loser is null then 0 else session.current_price_cents * session.compensation_bps / 10000 end;
  return coalesce(
    private.difference('winner', session.leader_id, result.winner_id),
    private.difference('loser', loser, result.loser_id),
    private.difference('winning bid', session.current_price_cents, result.winning_bid_cents),
    private.difference('compensation', owed, result.compensation_cents),
    private.difference('platform revenue', session.current_price_cents - owed, result.platform_revenue_cents),
    private.difference('currency', session.currency, result.currency),
    private.difference('decided at', session.ended_at, result.decided_at)
  );
end
$$;


--
-- Name: FUNCTION result_difference(session public.bidding_sessions, count private.recount); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.result_difference(session public.bidding_sessions, count private.recount) IS 'Where the result of a session is not what its ledger leads to.';


--
-- Name: result_json(public.bidding_sessions, uuid, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.result_json(session public.bidding_sessions, viewer uuid, sees_money boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  result public.bidding_results;
begin
  if session.ended_at is null then
    return null;
  end if;
  select * into result from public.bidding_results as r where r.session_id = session.session_id;
  if not (sees_money or coalesce(viewer in (result.winner_id, result.loser_id), false)) then
    result.winning_bid_cents := null;
    result.compensation_cents := null;
    result.platform_revenue_cents := null;
  end if;
  return jsonb_build_object(
    'outcome', session.status,
    'winner', private.alias_of(session.session_id, result.winner_id),
    'winningBidCents', result.winning_bid_cents,
    'compensationCents', result.compensation_cents,
    'platformRevenueCents', result.platform_revenue_cents
  );
end
$$;


--
-- Name: FUNCTION result_json(session public.bidding_sessions, viewer uuid, sees_money boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.result_json(session public.bidding_sessions, viewer uuid, sees_money boolean) IS 'How a session ended, null while it is live; its money is for winner, loser and admins.';


--
-- Name: return_calls(text, jsonb, jsonb, date); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  -- Lock: in the order in which they are reserved; the circuit's lock need not have been taken before.
  perform from public.provider_quotas as q
  where q.provider_id = return_calls.provider_id and q.day = reserved_on and reserved ? q.endpoint
    and (reserved ->> q.endpoint)::integer > coalesce((made ->> q.endpoint)::integer, 0)
  order by q.endpoint
  for no key update;
  -- Only into the day they were taken from.
  update public.provider_quotas as q
  set used = greatest(0, q.used - greatest(0,
    (reserved ->> q.endpoint)::integer - coalesce((made ->> q.endpoint)::integer, 0)
  ))
  where q.provider_id = return_calls.provider_id and q.day = reserved_on and reserved ? q.endpoint
    and (reserved ->> q.endpoint)::integer > coalesce((made ->> q.endpoint)::integer, 0);
end
$$;


--
-- Name: FUNCTION return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date) IS 'Gives back what was reserved and not made.';


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
-- Name: rotate_channel_secret(uuid, interval); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.rotate_channel_secret(channel_id uuid, overlap interval DEFAULT '24:00:00'::interval) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  channel constant private.delivery_channels := private.expect_channel(rotate_channel_secret.channel_id);
  fresh constant text := private.new_signing_secret();
begin
  if channel.kind <> 'webhook' then
    raise exception 'Expected a webhook, which has a signing secret, but found a channel of kind %', channel.kind
      using errcode = 'invalid_parameter_value';
  end if;
  update private.delivery_channels as c
  set secret = fresh,
      previous_secret = channel.secret,
      previous_secret_expires_at = clock_timestamp() + overlap
  where c.id = channel.id;
  return fresh;
end
$$;


--
-- Name: FUNCTION rotate_channel_secret(channel_id uuid, overlap interval); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.rotate_channel_secret(channel_id uuid, overlap interval) IS 'A new signing secret, shown this once; the one before signs beside it for the overlap, the one before that no more.';


--
-- Name: routed_order_json(public.routed_orders); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.routed_order_json(routed public.routed_orders) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'id', routed.order_id, 'routeId', routed.route_id, 'provider', routed.provider_id,
    -- An intent that is under way elsewhere, or whose answer was lost: nobody knows yet.
    'status', case routed.status when 'confirming' then 'unknown' else routed.status end,
    'providerOrderId', routed.provider_order_id, 'handoffUrl', routed.handoff_url, 'trackingUrl', routed.tracking_url,
    'totalCents', routed.total_cents, 'currency', routed.currency, 'failureCode', routed.failure_code,
    'createdAt', routed.created_at, 'expiresAt', routed.expires_at, 'settledAt', routed.settled_at
  ));
end
$$;


--
-- Name: FUNCTION routed_order_json(routed public.routed_orders); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.routed_order_json(routed public.routed_orders) IS 'An order as its owner sees it.';


--
-- Name: row_difference(public.bidding_sessions, private.recount); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.row_difference(session public.bidding_sessions, count private.recount) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return coalesce(
    private.difference('seq', count.seq, session.seq),
    private.difference('hash of the ledger', encode(count.hash, 'hex'), encode(session.ledger_hash, 'hex')),
    private.difference('status', count.status, session.status),
    private.difference('price', count.price_cents, session.current_price_cents),
    private.difference('leader', count.leader_id, session.leader_id),
    private.difference('deadline', count.expires_at, session.expires_at),
    private.difference('ended at', count.ended_at, session.ended_at)
  );
end
$$;


--
-- Name: FUNCTION row_difference(session public.bidding_sessions, count private.recount); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.row_difference(session public.bidding_sessions, count private.recount) IS 'Where the session''s own row is not what its ledger leads to.';


--
-- Name: rule_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.rule_issues(session jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $_$
declare
  ranges constant jsonb := jsonb_build_object(
    'minimumIncrementBps', '[1, 100000]'::jsonb, 'maxRounds', '[1, 1000]'::jsonb,
    'roundDurationSeconds', '[1, 86400]'::jsonb, 'maximumJumpBps', '[10000, 1000000]'::jsonb,
    'compensationBps', '[0, 10000]'::jsonb, 'softCloseSeconds', '[0, 3600]'::jsonb
  );
  issues jsonb := jsonb '[]';
  field text;
begin
  if not coalesce(private.whole_number(session -> 'startingBidCents', 1, 100000000000), false) then
    issues := issues || private.issue('startingBidCents', 'Expected whole cents from 1 to 100000000000');
  end if;
  for field in select k from jsonb_object_keys(ranges) as k loop
    if session ? field
      and not private.whole_number(session -> field, (ranges #>> array[field, '0'])::bigint, (ranges #>> array[field, '1'])::bigint)
    then
      issues := issues || private.issue(
        field, format('Expected a whole number from %s to %s', ranges #>> array[field, '0'], ranges #>> array[field, '1'])
      );
    end if;
  end loop;
  if session ? 'currency' and not coalesce(session ->> 'currency' ~ '^[A-Z]{3}$', false) then
    issues := issues || private.issue('currency', 'Expected an ISO 4217 code such as USD');
  end if;
  if session ? 'compensationPolicy'
    and not coalesce(session ->> 'compensationPolicy' in ('always', 'if_bid'), false)
  then
    issues := issues || private.issue('compensationPolicy', 'Expected always or if_bid');
  end if;
  return issues;
end
$_$;


--
-- Name: FUNCTION rule_issues(session jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.rule_issues(session jsonb) IS 'What is wrong with the rules of a session that is to be made.';


--
-- Name: rules_json(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.rules_json(session public.bidding_sessions) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'propertyId', session.property_id, 'listingId', session.listing_id, 'targetNight', session.target_night,
    'currency', session.currency, 'startingBidCents', session.starting_bid_cents,
    'minimumIncrementBps', session.minimum_increment_bps, 'maxRounds', session.max_rounds,
    'roundDurationSeconds', session.round_duration_seconds, 'maximumJumpBps', session.maximum_jump_bps,
    'compensationBps', session.compensation_bps, 'compensationPolicy', session.compensation_policy,
    'softCloseSeconds', session.soft_close_seconds, 'startsAt', session.starts_at, 'hardEndAt', session.hard_end_at
  );
end
$$;


--
-- Name: FUNCTION rules_json(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.rules_json(session public.bidding_sessions) IS 'What is fixed once a session exists, as its ledger''s first entry holds it.';


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
-- Name: runner_up(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.runner_up(session public.bidding_sessions) RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  -- No ceiling is asked for, so that clearing one changes nothing. Whoever took the lead bid more than any ceiling of the
  -- one he took it from, who had bid no less than all the others were in for; and whoever was answered at once is shown with
  -- all he was in for. So the highest bid of the others is that of the highest ceiling among them, standing or cleared.
  with placed as (
    select b.user_id, b.amount_cents, b.placed_at, b.leads
    from public.bids as b
    where b.session_id = session.session_id and b.user_id <> session.leader_id
  ),
  others as (
    select p.user_id, count(*) over () as rivals
    from public.bidding_participants as p
    where p.session_id = session.session_id and p.user_id <> session.leader_id
  )
  select o.user_id
  from others as o
  left join placed as b on b.user_id = o.user_id
  -- Of two there is one other, whether he has bid or not; of more, only those who have.
  where b.user_id is not null or (o.rivals = 1 and session.compensation_policy = 'always')
  -- Of a bid and the equal answer to it, placed at one moment, the answer's ceiling had stood before.
  order by b.amount_cents desc nulls last, b.placed_at, b.leads desc
  limit 1
$$;


--
-- Name: FUNCTION runner_up(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.runner_up(session public.bidding_sessions) IS 'Whom the winner beat: the highest of the others by ceiling, of equal ones the earliest.';


--
-- Name: save_observations(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.save_observations(observations jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  -- A basket may name an item in many lines: a provider's price for it counts once.
  insert into private.price_observations (item_key, unit_cents, package_cents, seen_at)
  select distinct on (key.item, seen.price ->> 'provider')
    key.item, (seen.price ->> 'unitCents')::numeric, (seen.price ->> 'packageCents')::bigint, clock_timestamp()
  from jsonb_array_elements(observations) with ordinality as seen (price, line)
  cross join lateral private.item_key(seen.price ->> 'name', seen.price ->> 'unit') as key (item)
  where (seen.price ->> 'unitCents')::numeric between 0.01 and 1000000
    and (seen.price ->> 'packageCents')::numeric between 1 and 1000000
  order by key.item, seen.price ->> 'provider', seen.line;
end
$$;


--
-- Name: FUNCTION save_observations(observations jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.save_observations(observations jsonb) IS 'Keeps the exact prices of a route, one per item and provider, from which references come.';


--
-- Name: save_quotes(uuid, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.save_quotes(route_id uuid, quotes jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  insert into public.order_quotes (
    route_id, provider_id, status, code, latency_ms, currency, subtotal_cents, fees_cents, tax_cents, total_cents,
    estimated_delivery_minutes, quote, features, components, score, rank, eliminated, reasons, quoted_at
  )
  select
    save_quotes.route_id, q ->> 'provider', q ->> 'status', q ->> 'code', (q ->> 'latencyMs')::integer,
    q #>> '{quote,currency}', (q #>> '{quote,subtotalCents}')::bigint, (q #>> '{quote,feesCents}')::bigint,
    (q #>> '{quote,taxCents}')::bigint, (q #>> '{quote,totalCents}')::bigint,
    (q #>> '{quote,estimatedDeliveryMinutes}')::integer, nullif(q -> 'quote', 'null'), nullif(q -> 'features', 'null'),
    nullif(q -> 'components', 'null'),
    (q ->> 'score')::numeric, (q ->> 'rank')::integer, q ->> 'eliminated', coalesce(q -> 'reasons', '[]'),
    clock_timestamp()
  from jsonb_array_elements(quotes) as q;
end
$$;


--
-- Name: FUNCTION save_quotes(route_id uuid, quotes jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.save_quotes(route_id uuid, quotes jsonb) IS 'Keeps what each provider answered and how it scored.';


--
-- Name: send_expiration_warnings(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.send_expiration_warnings() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
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


--
-- Name: FUNCTION send_expiration_warnings(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.send_expiration_warnings() IS 'A job: tells participants once, 15 minutes before the end, how much time is left; some 500 people in one run.';


--
-- Name: send_routing_alerts(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.send_routing_alerts() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  alert public.routing_alerts;
  told bigint := 0;
begin
  for alert in select * from public.routing_alerts as a where a.firing order by a.alert, a.provider_id loop
    -- Once an hour for as long as it lasts.
    told := told + private.notify_admins(
      'routing_alert',
      jsonb_build_object('alert', alert.alert, 'provider', alert.provider_id, 'value', alert.value, 'threshold', alert.threshold),
      format('routing_alert:%s:%s:%s', alert.alert, alert.provider_id, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24'))
    );
  end loop;
  return jsonb_build_object('processed', told);
end
$$;


--
-- Name: FUNCTION send_routing_alerts(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.send_routing_alerts() IS 'A job: tells admins of every alert that fires, once an hour each.';


--
-- Name: session_cleanup(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_cleanup() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION session_cleanup(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_cleanup() IS 'A job: opens and closes what is due, at most 500 of each in one run.';


--
-- Name: session_events_json(uuid, bigint, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_events_json(session_id uuid, since bigint, most integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return coalesce((
    select jsonb_agg(entry.shown order by entry.seq)
    from (
      select e.seq, e.shown
      from (
        select b.seq, private.bid_event_json(
          b, p.alias, coalesce(answer.amount_cents, b.amount_cents), coalesce(answering.alias, p.alias)
        ) as shown
        from public.bids as b
        join public.bidding_participants as p on p.session_id = b.session_id and p.user_id = b.user_id
        -- A bid that does not lead was answered at once; its answer is the ledger's next entry.
        left join public.bids as answer
          on not b.leads and answer.session_id = b.session_id and answer.seq = b.seq + 1
        left join public.bidding_participants as answering
          on answering.session_id = answer.session_id and answering.user_id = answer.user_id
        where b.session_id = session_events_json.session_id and b.seq > since and b.seq <= since + most
        union all
        select e.seq, private.event_json(e)
        from private.session_events as e
        where e.session_id = session_events_json.session_id and e.seq > since and e.seq <= since + most
      ) as e
    ) as entry
  ), '[]');
end
$$;


--
-- Name: FUNCTION session_events_json(session_id uuid, since bigint, most integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_events_json(session_id uuid, since bigint, most integer) IS 'The ledger''s entries after a seq, in order, as everybody in the session is shown them.';


--
-- Name: session_issues(jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_issues(session jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  known constant text[] := array[
    'propertyId', 'listingId', 'targetNight', 'participants', 'startingBidCents', 'currency', 'startsAt', 'expiresAt',
    'minimumIncrementBps', 'maxRounds', 'roundDurationSeconds', 'maximumJumpBps', 'compensationBps',
    'compensationPolicy', 'softCloseSeconds'
  ];
  issues jsonb;
  field text;
begin
  if not private.is_bounded(session, 65536) then
    return private.unbounded_issue();
  end if;
  if jsonb_typeof(session) is distinct from 'object' then
    return private.issue('', 'Expected an object');
  end if;
  issues := private.place_and_time_issues(session) || private.rule_issues(session)
    || private.participant_issues(session -> 'participants');
  for field in select k from jsonb_object_keys(session - known) as k order by k loop
    issues := issues || private.issue(field, 'Unknown field');
  end loop;
  return issues;
end
$$;


--
-- Name: FUNCTION session_issues(session jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_issues(session jsonb) IS 'What is wrong with a session that is to be made; an empty list where nothing is.';


--
-- Name: session_json(public.bidding_sessions, uuid, text, integer); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_json(session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  moment constant timestamptz := clock_timestamp();
  is_live constant boolean := session.ended_at is null;
begin
  return jsonb_build_object(
    'id', session.session_id,
    'propertyId', session.property_id,
    'listingId', session.listing_id,
    'targetNight', session.target_night,
    'status', session.status,
    'acceptsBids', is_live and moment >= session.starts_at and moment < session.expires_at,
    'seq', session.seq,
    'currency', session.currency,
    'startingBidCents', session.starting_bid_cents,
    'currentPriceCents', session.current_price_cents,
    'leader', leader_alias,
    'youLead', coalesce(session.leader_id = viewer, false),
    'minimumNextCents', case when is_live then private.minimum_next(session) end,
    'roundsLeft', case when rounds_used is not null then greatest(session.max_rounds - rounds_used, 0) end,
    'minimumIncrementBps', session.minimum_increment_bps,
    'maxRounds', session.max_rounds,
    'roundDurationSeconds', session.round_duration_seconds,
    'maximumJumpBps', session.maximum_jump_bps,
    'compensationBps', session.compensation_bps,
    'compensationPolicy', session.compensation_policy,
    'softCloseSeconds', session.soft_close_seconds,
    'startsAt', session.starts_at,
    'expiresAt', session.expires_at,
    'hardEndAt', session.hard_end_at,
    'endedAt', session.ended_at,
    'serverTime', moment
  );
end
$$;


--
-- Name: FUNCTION session_json(session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_json(session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer) IS 'A session as a viewer is shown it; rounds_used is his own, null for one who does not take part.';


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
-- Name: session_view(public.bidding_sessions, uuid); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.session_view(session public.bidding_sessions, viewer uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return private.session_json(
    session, viewer, private.alias_of(session.session_id, session.leader_id), (
      select a.rounds_used from public.bidding_auto_bids as a
      where a.session_id = session.session_id and a.user_id = viewer
    )
  );
end
$$;


--
-- Name: FUNCTION session_view(session public.bidding_sessions, viewer uuid); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.session_view(session public.bidding_sessions, viewer uuid) IS 'session_json for whoever has not looked the rest up already.';


--
-- Name: sessions_to_archive(); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.sessions_to_archive() RETURNS uuid[]
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION sessions_to_archive(); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.sessions_to_archive() IS 'Sessions that ended long ago, locked: those that ended first, 200 at most.';


--
-- Name: settle_attempt(uuid, text, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settle_attempt(attempt_id uuid, provider_id text, result jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  attempt private.provider_attempts;
  -- One good result more changes nothing where the last 20 are good: it waits for nobody. A failure that is being counted
  -- meanwhile comes after it.
  is_news constant boolean := result ->> 'outcome' <> 'good' or not exists (
    select from public.provider_circuits as c
    where c.provider_id = settle_attempt.provider_id and c.state = 'closed' and c.recent = repeat('1', 20)
  );
begin
  if is_news then
    -- Lock: the circuit first, as whoever reserves does.
    perform from public.provider_circuits as c where c.provider_id = settle_attempt.provider_id for no key update;
  end if;
  -- Each attempt is settled once: the second finds it gone.
  delete from private.provider_attempts as a
  where a.attempt_id = settle_attempt.attempt_id and a.provider_id = settle_attempt.provider_id
  returning a.* into attempt;
  if not found then
    return false;
  end if;
  -- Neutral: the call says nothing of the provider, or was never made.
  if is_news and result ->> 'outcome' in ('good', 'failed') then
    perform private.count_result(
      attempt.provider_id, attempt.is_probe, result ->> 'outcome' = 'good', result ->> 'code',
      (result ->> 'retryAfterMs')::bigint
    );
  end if;
  perform private.return_calls(attempt.provider_id, attempt.calls, coalesce(result -> 'calls', '{}'), attempt.day);
  return true;
end
$$;


--
-- Name: FUNCTION settle_attempt(attempt_id uuid, provider_id text, result jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settle_attempt(attempt_id uuid, provider_id text, result jsonb) IS 'Settles a reserved attempt: {outcome: good | failed | neutral, code?, retryAfterMs?, calls: {endpoint: made}}.';


--
-- Name: settle_attempts(uuid, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settle_attempts(attempt_id uuid, attempts jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  attempt jsonb;
begin
  -- In the order of their ids: see private.reserve_attempt.
  for attempt in select a from jsonb_array_elements(attempts) as a order by a ->> 'provider' collate "C" loop
    perform private.settle_attempt(attempt_id, attempt ->> 'provider', attempt);
  end loop;
end
$$;


--
-- Name: FUNCTION settle_attempts(attempt_id uuid, attempts jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settle_attempts(attempt_id uuid, attempts jsonb) IS 'Settles the attempts of a route or an order.';


--
-- Name: settle_order(public.routed_orders, jsonb, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settle_order(routed public.routed_orders, result jsonb, providers jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  was_given_up constant boolean := routed.status = 'unknown';
  outcome text := result ->> 'outcome';
  settled public.routed_orders;
begin
  -- A definite answer that comes after its intent was given up for lost ends the order; nothing more is bought by then.
  if outcome = 'refused' then
    return private.refuse_or_fail_over(routed, result, case when was_given_up then '[]' else providers end);
  end if;
  if outcome in ('price_changed', 'payment_required') and was_given_up then
    outcome := 'failed';
  end if;
  if outcome in ('price_changed', 'payment_required') then
    -- Nothing was bought, so the token may be used again.
    update public.routed_orders as o set status = 'quoted', most_cents = null where o.order_id = routed.order_id;
  end if;
  if outcome = 'payment_required' then
    return private.refuse(
      422, 'payment_method_required', 'This provider sells to nobody without a payment method',
      jsonb_build_object('provider', routed.provider_id)
    );
  end if;
  if outcome = 'price_changed' then
    return private.refuse(
      409, 'price_changed', 'The provider''s total is above what was accepted',
      jsonb_build_object('totalCents', (result ->> 'totalCents')::bigint, 'currency', routed.currency)
    );
  end if;
  update public.routed_orders as o
  set status = outcome,
      provider_order_id = coalesce(result ->> 'providerOrderId', o.provider_order_id),
      handoff_url = coalesce(result ->> 'handoffUrl', o.handoff_url),
      tracking_url = coalesce(result ->> 'trackingUrl', o.tracking_url),
      total_cents = coalesce((result ->> 'totalCents')::bigint, o.total_cents),
      failure_code = case when outcome in ('failed', 'unknown') then coalesce(result ->> 'code', result ->> 'outcome') end,
      settled_at = case when outcome = 'unknown' then null else clock_timestamp() end,
      ask_at = case when outcome = 'unknown' then clock_timestamp() end
  where o.order_id = routed.order_id
  returning * into settled;
  return private.order_answer(settled);
end
$$;


--
-- Name: FUNCTION settle_order(routed public.routed_orders, result jsonb, providers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settle_order(routed public.routed_orders, result jsonb, providers jsonb) IS 'Records how a purchase went: placed, handed_off, refused, price_changed, payment_required, failed, unknown, or what the provider says of it later.';


--
-- Name: settlement_issues(text, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settlement_issues(side text, status text, external_id text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
begin
  if side is null or side not in ('payment', 'payout') then
    return private.issue('side', 'Expected payment or payout');
  end if;
  if status is null or status not in ('processing', 'completed', 'failed', 'refunded') then
    return private.issue('status', 'Expected processing, completed, failed or refunded');
  end if;
  if external_id is not null and (char_length(external_id) > 255 or not private.has_text(external_id)) then
    return private.issue('externalId', 'Expected a text of 1 to 255 characters');
  end if;
  return null;
end
$$;


--
-- Name: FUNCTION settlement_issues(side text, status text, external_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settlement_issues(side text, status text, external_id text) IS 'What is wrong with a report about money; null where nothing is.';


--
-- Name: settlement_json(public.bidding_results); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settlement_json(result public.bidding_results) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_build_object(
    'sessionId', result.session_id, 'currency', result.currency, 'winningBidCents', result.winning_bid_cents,
    'compensationCents', result.compensation_cents, 'platformRevenueCents', result.platform_revenue_cents,
    'paymentStatus', result.payment_status, 'paymentExternalId', result.payment_external_id,
    'payoutStatus', result.payout_status, 'payoutExternalId', result.payout_external_id,
    'version', result.version, 'updatedAt', result.updated_at
  );
end
$$;


--
-- Name: FUNCTION settlement_json(result public.bidding_results); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settlement_json(result public.bidding_results) IS 'Where the money of a session stands, for the service and the audit.';


--
-- Name: settlement_moves(text, text, text, text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.settlement_moves(from_status text, to_status text, known_id text, new_id text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select (
    from_status is not distinct from to_status or exists (
      select from private.settlement_transitions as t
      where t.from_status = settlement_moves.from_status and t.to_status = settlement_moves.to_status
    )
  ) and (
    -- A new attempt after a failure may have a new id; otherwise one that is known stays.
    known_id is null or coalesce(new_id = known_id, false)
    or (new_id is not null and from_status = 'failed' and to_status <> 'failed')
  )
$$;


--
-- Name: FUNCTION settlement_moves(from_status text, to_status text, known_id text, new_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.settlement_moves(from_status text, to_status text, known_id text, new_id text) IS 'Whether one side of the money may move like this, its externalId with it.';


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
-- Name: standing_difference(public.bidding_sessions); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.standing_difference(session public.bidding_sessions) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  with placed as (
    select (l.bid).user_id, (l.bid).amount_cents, (l.bid).leads, l.seq, l.by_proxy
    from private.ledger_of(session.session_id) as l
    where l.type = 'bid_placed'
  ),
  led as (
    select p.user_id, lead(p.amount_cents) over (order by p.seq) as next_cents from placed as p where p.leads
  ),
  allowed as (
    select p.user_id, count(*) filter (where not p.by_proxy) as by_hand,
      -- Whoever was beaten is in for what he was shown with, or for less than the bid that took his lead.
      greatest(max(p.amount_cents), (select max(l.next_cents) - 1 from led as l where l.user_id = p.user_id)) as most_cents
    from placed as p
    group by p.user_id
  ),
  found as (
    select a.user_id, coalesce(
      private.difference('rounds of ' || a.user_id, coalesce(p.by_hand, 0), a.rounds_used::bigint),
      private.difference('rounds within the rule', true, a.rounds_used <= session.max_rounds),
      -- What a ceiling is stays untold; only whether it can stand where it does.
      private.difference(
        'the ceiling of ' || a.user_id, true,
        a.max_amount_cents is null
          or coalesce(a.user_id = session.leader_id or a.max_amount_cents <= p.most_cents, false)
      )
    ) as difference
    from private.kept_auto_bids(session.session_id) as a
    left join allowed as p on p.user_id = a.user_id
  )
  select coalesce(
    (select f.difference from found as f where f.difference is not null order by f.user_id limit 1),
    private.difference(
      'what proxies placed', (select count(*) from placed as p where p.by_proxy),
      (select count(*) from private.kept_details(session.session_id))
    )
  )
$$;


--
-- Name: FUNCTION standing_difference(session public.bidding_sessions); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.standing_difference(session public.bidding_sessions) IS 'Where rounds, ceilings or proxies are not what the bids allow.';


--
-- Name: standing_of(text); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.standing_of(provider_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  metrics public.provider_metrics;
begin
  select * into metrics from public.provider_metrics as m where m.provider_id = standing_of.provider_id;
  return jsonb_build_object(
    'successes', metrics.successes, 'attempts', metrics.outcomes, 'latencyP95Ms', metrics.latency_p95_ms
  );
end
$$;


--
-- Name: FUNCTION standing_of(provider_id text); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.standing_of(provider_id text) IS 'What was learned of a provider that a route reads.';


--
-- Name: start_purchase(public.routed_orders, jsonb); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.start_purchase(routed public.routed_orders, providers jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  calls constant jsonb := private.calls_of(providers, routed.provider_id);
  taken_out boolean;
  intended public.routed_orders;
begin
  -- Lock: the circuit before its quotas, as whoever quotes does.
  select c.taken_out into taken_out from public.provider_circuits as c
  where c.provider_id = routed.provider_id for no key update;
  if taken_out or calls is null or private.reserve_calls(routed.provider_id, calls, today) is not null then
    return null;
  end if;
  -- The intent: committed before anything is sent. Whoever finds it knows that an order may exist.
  update public.routed_orders as o
  set status = 'confirming', attempt = o.attempt + 1, intended_at = clock_timestamp(), owner = routed.owner,
      user_id = routed.user_id, most_cents = routed.most_cents, provider_id = routed.provider_id,
      idempotency_key = coalesce(private.request_header('idempotency-key'), o.idempotency_key),
      total_cents = routed.total_cents, tried = routed.tried, failure_code = null, ask_at = null
  where o.order_id = routed.order_id
  returning * into intended;
  return jsonb_build_object('purchase', private.purchase_json(intended) || jsonb_build_object('calls', calls, 'day', today));
end
$$;


--
-- Name: FUNCTION start_purchase(routed public.routed_orders, providers jsonb); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.start_purchase(routed public.routed_orders, providers jsonb) IS 'Writes the intent to buy and reserves its calls; null where the provider takes no part or allows no more calls today. The order''s row is locked.';


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
-- Name: take_ledgers(uuid[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.take_ledgers(session_ids uuid[]) RETURNS TABLE(session_id uuid, bids jsonb, details jsonb, events jsonb)
    LANGUAGE sql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION take_ledgers(session_ids uuid[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.take_ledgers(session_ids uuid[]) IS 'Removes the ledgers of sessions, and hands them over.';


--
-- Name: take_notifications(uuid[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.take_notifications(session_ids uuid[]) RETURNS TABLE(session_id uuid, notifications jsonb)
    LANGUAGE sql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION take_notifications(session_ids uuid[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.take_notifications(session_ids uuid[]) IS 'Removes what was told about sessions, and hands it over.';


--
-- Name: take_people(uuid[]); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.take_people(session_ids uuid[]) RETURNS TABLE(session_id uuid, participants jsonb, auto_bids jsonb)
    LANGUAGE sql
    SET search_path TO ''
    AS $$
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


--
-- Name: FUNCTION take_people(session_ids uuid[]); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.take_people(session_ids uuid[]) IS 'Removes who took part in sessions, ceilings and rounds included, and hands them over.';


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
-- Name: whole_number(jsonb, bigint, bigint); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.whole_number(value jsonb, lowest bigint, highest bigint) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $$
begin
  return jsonb_typeof(value) = 'number' and value::numeric between lowest and highest and value::numeric % 1 = 0;
end
$$;


--
-- Name: FUNCTION whole_number(value jsonb, lowest bigint, highest bigint); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.whole_number(value jsonb, lowest bigint, highest bigint) IS 'Whether a value is a whole number of that range.';


--
-- Name: whole_number_issue(jsonb, text, integer, integer, boolean); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO ''
    AS $_$
declare
  value constant jsonb := outcome -> field;
begin
  if (value is null or value = 'null') and not required then
    return jsonb '[]';
  end if;
  if jsonb_typeof(value) = 'number' and (value #>> '{}') ~ '^\d{1,9}$'
    and (value #>> '{}')::integer between lowest and highest
  then
    return jsonb '[]';
  end if;
  return private.issue(field, format('Expected a whole number from %s to %s', lowest, highest));
end
$_$;


--
-- Name: FUNCTION whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean) IS 'What is wrong with a whole number of a request; empty where nothing is.';


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
-- Name: write_auto_bid(public.bidding_sessions, private.bidder, bigint, timestamp with time zone); Type: FUNCTION; Schema: private; Owner: -
--

CREATE FUNCTION private.write_auto_bid(session public.bidding_sessions, INOUT bidder private.bidder, max_amount_cents bigint, at timestamp with time zone) RETURNS private.bidder
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  bidder.max_amount_cents := write_auto_bid.max_amount_cents;
  bidder.set_at := case when write_auto_bid.max_amount_cents is not null then write_auto_bid.at end;
  update public.bidding_auto_bids as a
  set max_amount_cents = bidder.max_amount_cents, set_at = bidder.set_at
  where a.session_id = session.session_id and a.user_id = bidder.user_id;
end
$$;


--
-- Name: FUNCTION write_auto_bid(session public.bidding_sessions, INOUT bidder private.bidder, max_amount_cents bigint, at timestamp with time zone); Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON FUNCTION private.write_auto_bid(session public.bidding_sessions, INOUT bidder private.bidder, max_amount_cents bigint, at timestamp with time zone) IS 'Keeps a ceiling, or none.';


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
-- Name: archived_sessions; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.archived_sessions (
    session_id uuid NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    archived_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    document jsonb NOT NULL
);


--
-- Name: TABLE archived_sessions; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.archived_sessions IS 'Sessions that ended more than 30 days ago, whole: session, participants, autoBids, bids, details, events, notifications, and the result as it was; public.bidding_results keeps it, since refunds come later.';


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
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


--
-- Name: TABLE outbox; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.outbox IS 'What is to be said outside, written in the transaction of the change it tells of. dedupe_key says each thing once. How it reaches whom stands in private.deliveries; a row that nobody has a channel for is finished as it is written.';


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
-- Name: price_observations; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.price_observations (
    item_key text NOT NULL,
    unit_cents numeric NOT NULL,
    package_cents bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT price_observations_are_prices CHECK ((((unit_cents >= 0.01) AND (unit_cents <= (1000000)::numeric)) AND ((package_cents >= 1) AND (package_cents <= 1000000))))
);


--
-- Name: TABLE price_observations; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.price_observations IS 'What providers asked for exactly, per unit and for a package: the newest 200 of an item, for 30 days.';


--
-- Name: provider_attempts; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.provider_attempts (
    attempt_id uuid NOT NULL,
    provider_id text NOT NULL,
    is_probe boolean NOT NULL,
    calls jsonb NOT NULL,
    day date NOT NULL,
    lapses_at timestamp with time zone NOT NULL
);


--
-- Name: TABLE provider_attempts; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.provider_attempts IS 'What was reserved and is not settled: under way until lapses_at, a crash''s leftover after it.';


--
-- Name: COLUMN provider_attempts.attempt_id; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON COLUMN private.provider_attempts.attempt_id IS 'The route that quotes, or the order that is confirmed.';


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
-- Name: session_members; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.session_members (
    session_id uuid NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: TABLE session_members; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.session_members IS 'Who takes part in a session; keys refer to it, and nobody reads it. Stays where the session goes to the archive.';


--
-- Name: session_warnings; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.session_warnings (
    session_id uuid NOT NULL,
    warned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


--
-- Name: TABLE session_warnings; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.session_warnings IS 'Sessions whose participants were told that they end soon.';


--
-- Name: settlement_transitions; Type: TABLE; Schema: private; Owner: -
--

CREATE TABLE private.settlement_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL
);


--
-- Name: TABLE settlement_transitions; Type: COMMENT; Schema: private; Owner: -
--

COMMENT ON TABLE private.settlement_transitions IS 'How a payment or payout may move. shared/bidding/rules.ts says the same; a test holds the two equal.';


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
-- Name: order_routes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_routes (
    route_id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner text,
    user_id uuid,
    status text DEFAULT 'quoting'::text NOT NULL,
    request jsonb NOT NULL,
    request_id text,
    idempotency_key text,
    decision jsonb,
    selected_provider_id text,
    total_cents bigint,
    latency_ms integer,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deadline_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT order_routes_decided_means_time CHECK (((status = 'quoting'::text) = (decided_at IS NULL))),
    CONSTRAINT order_routes_quoted_means_selected CHECK (((status = 'quoted'::text) = (selected_provider_id IS NOT NULL))),
    CONSTRAINT order_routes_status_is_known CHECK ((status = ANY (ARRAY['quoting'::text, 'quoted'::text, 'no_quotes'::text])))
);


--
-- Name: TABLE order_routes; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.order_routes IS 'A basket somebody wanted routed, and what was decided; never changed afterwards.';


--
-- Name: COLUMN order_routes.owner; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.order_routes.owner IS 'user:<uuid> or agent:<id>; null for a guest''s.';


--
-- Name: COLUMN order_routes.decision; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.order_routes.decision IS 'All the score read besides the features of the quotes: optimizeFor, weights, references, preferences.';


--
-- Name: edge_logs; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.edge_logs WITH (security_invoker='true') AS
 SELECT log.function_name,
    log.event,
    log.provider_id,
    log.selected_provider_id,
    log.latency_ms,
    log.total_cents,
    log.code,
    log.request_id,
    log.route_id,
    log."timestamp"
   FROM ( SELECT 'loopgpt_route_order'::text AS function_name,
            'provider_quote_start'::text AS event,
            q.provider_id,
            NULL::text AS selected_provider_id,
            NULL::integer AS latency_ms,
            NULL::bigint AS total_cents,
            NULL::text AS code,
            r.request_id,
            q.route_id,
            (q.quoted_at - make_interval(secs => (((q.latency_ms)::numeric / 1000.0))::double precision)) AS "timestamp"
           FROM (public.order_quotes q
             JOIN public.order_routes r USING (route_id))
          WHERE (q.latency_ms IS NOT NULL)
        UNION ALL
         SELECT 'loopgpt_route_order'::text,
                CASE q.status
                    WHEN 'ok'::text THEN 'provider_quote_success'::text
                    ELSE 'provider_quote_error'::text
                END AS "case",
            q.provider_id,
            NULL::text,
            q.latency_ms,
            q.total_cents,
            q.code,
            r.request_id,
            q.route_id,
            q.quoted_at
           FROM (public.order_quotes q
             JOIN public.order_routes r USING (route_id))
          WHERE (q.status <> ALL (ARRAY['excluded'::text, 'disabled'::text]))
        UNION ALL
         SELECT 'loopgpt_route_order'::text,
            e.event,
            NULL::text,
            r.selected_provider_id,
            r.latency_ms,
            r.total_cents,
                CASE r.status
                    WHEN 'no_quotes'::text THEN 'no_valid_quotes'::text
                    ELSE NULL::text
                END AS "case",
            r.request_id,
            r.route_id,
            r.decided_at
           FROM (public.order_routes r
             CROSS JOIN ( VALUES ('router_decision'::text), ('router_latency'::text)) e(event))
          WHERE (r.decided_at IS NOT NULL)
        UNION ALL
         SELECT 'confirm-order'::text,
            'confirm_start'::text,
            o.provider_id,
            o.provider_id,
            NULL::integer,
            o.total_cents,
            NULL::text,
            NULL::text,
            o.route_id,
            o.intended_at
           FROM public.routed_orders o
          WHERE (o.intended_at IS NOT NULL)
        UNION ALL
         SELECT 'confirm-order'::text,
                CASE
                    WHEN ((o.status = ANY (ARRAY['placed'::text, 'handed_off'::text, 'delivered'::text, 'cancelled'::text])) OR (o.failure_code = 'failed_at_provider'::text)) THEN 'confirm_success'::text
                    ELSE 'confirm_error'::text
                END AS "case",
            o.provider_id,
            o.provider_id,
            ((EXTRACT(epoch FROM (o.settled_at - o.intended_at)) * (1000)::numeric))::integer AS int4,
            o.total_cents,
            o.failure_code,
            NULL::text,
            o.route_id,
            o.settled_at
           FROM public.routed_orders o
          WHERE ((o.intended_at IS NOT NULL) AND (o.settled_at IS NOT NULL) AND ((o.status <> 'cancelled'::text) OR (o.provider_order_id IS NOT NULL)))
        UNION ALL
         SELECT 'cancel-route'::text,
            'cancel_success'::text,
            o.provider_id,
            o.provider_id,
            NULL::integer,
            o.total_cents,
            NULL::text,
            NULL::text,
            o.route_id,
            o.settled_at
           FROM public.routed_orders o
          WHERE ((o.status = 'cancelled'::text) AND (o.provider_order_id IS NULL))) log
  WHERE ( SELECT private.is_operator() AS is_operator);


--
-- Name: VIEW edge_logs; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON VIEW public.edge_logs IS 'What the routing functions did, an event a row, kept as long as the routes: for operators. latency_ms in milliseconds, total_cents in cents.';


--
-- Name: provider_circuits; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.provider_circuits (
    provider_id text NOT NULL,
    state text DEFAULT 'closed'::text NOT NULL,
    recent text DEFAULT ''::text NOT NULL,
    times_opened integer DEFAULT 0 NOT NULL,
    open_until timestamp with time zone,
    probes_passed integer DEFAULT 0 NOT NULL,
    last_failure text,
    taken_out boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT provider_circuits_open_has_an_end CHECK (((state = 'closed'::text) = (open_until IS NULL))),
    CONSTRAINT provider_circuits_provider_is_known CHECK ((provider_id = ANY (ARRAY['KROGER_API'::text, 'WALMART_API'::text, 'INSTACART'::text, 'MEALME'::text]))),
    CONSTRAINT provider_circuits_recent_is_twenty_results CHECK ((recent ~ '^[01]{0,20}$'::text)),
    CONSTRAINT provider_circuits_state_is_known CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text])))
);


--
-- Name: TABLE provider_circuits; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.provider_circuits IS 'Whether a provider is called: the state every worker sees at once.';


--
-- Name: COLUMN provider_circuits.recent; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_circuits.recent IS 'The last 20 calls that tell of the provider, newest last: 1 good, 0 failed.';


--
-- Name: COLUMN provider_circuits.times_opened; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_circuits.times_opened IS 'How often it opened since it was last closed; the pause doubles with each.';


--
-- Name: COLUMN provider_circuits.taken_out; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_circuits.taken_out IS 'An operator has taken the provider out; it is not called.';


--
-- Name: provider_credentials; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.provider_credentials (
    provider_id text NOT NULL,
    credential text NOT NULL,
    expires_on date NOT NULL
);


--
-- Name: TABLE provider_credentials; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.provider_credentials IS 'When a credential ends, kept by an operator: its name, never the credential.';


--
-- Name: provider_credential_expiry; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.provider_credential_expiry WITH (security_invoker='true') AS
 SELECT c.provider_id,
    c.credential,
    c.expires_on,
    (c.expires_on - ((clock_timestamp() AT TIME ZONE 'UTC'::text))::date) AS days_left
   FROM public.provider_credentials c
  WHERE ( SELECT private.is_operator() AS is_operator);


--
-- Name: VIEW provider_credential_expiry; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON VIEW public.provider_credential_expiry IS 'How many days each noted credential still holds: for operators.';


--
-- Name: provider_hourly; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.provider_hourly WITH (security_invoker='true') AS
 SELECT q.provider_id,
    date_trunc('hour'::text, q.quoted_at, 'UTC'::text) AS hour,
    count(*) FILTER (WHERE (q.latency_ms IS NOT NULL)) AS asked,
    count(*) FILTER (WHERE (q.status = 'ok'::text)) AS quoted,
    round(((count(*) FILTER (WHERE (q.status = 'ok'::text)))::numeric / (NULLIF(count(*) FILTER (WHERE (q.latency_ms IS NOT NULL)), 0))::numeric), 4) AS success_rate,
    count(*) FILTER (WHERE (r.selected_provider_id = q.provider_id)) AS selected,
    round(((count(*) FILTER (WHERE (r.selected_provider_id = q.provider_id)))::numeric / (count(*))::numeric), 4) AS selection_share,
    percentile_disc((0.95)::double precision) WITHIN GROUP (ORDER BY q.latency_ms) FILTER (WHERE (q.status = 'ok'::text)) AS latency_p95_ms,
    count(*) FILTER (WHERE (q.status = ANY (ARRAY['error'::text, 'timeout'::text]))) AS errors
   FROM (public.order_quotes q
     JOIN public.order_routes r USING (route_id))
  WHERE ( SELECT private.is_operator() AS is_operator)
  GROUP BY q.provider_id, (date_trunc('hour'::text, q.quoted_at, 'UTC'::text));


--
-- Name: VIEW provider_hourly; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON VIEW public.provider_hourly IS 'Success, selection, p95 latency and errors per provider and hour (UTC): for operators.';


--
-- Name: provider_quotas; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.provider_quotas (
    provider_id text NOT NULL,
    endpoint text NOT NULL,
    max_per_day integer NOT NULL,
    day date DEFAULT '-infinity'::date NOT NULL,
    used integer DEFAULT 0 NOT NULL,
    CONSTRAINT provider_quotas_are_not_negative CHECK (((used >= 0) AND (max_per_day >= 0)))
);


--
-- Name: TABLE provider_quotas; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.provider_quotas IS 'Calls per day (UTC) and endpoint that a provider allows; an operator may change max_per_day. No row: no limit.';


--
-- Name: COLUMN provider_quotas.used; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.provider_quotas.used IS 'Reserved or made on that day; what was reserved and not made is given back.';


--
-- Name: routing_alerts; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.routing_alerts WITH (security_invoker='true') AS
 WITH recent AS (
         SELECT q.provider_id,
            q.status,
            q.latency_ms,
            q.quoted_at,
            ((q.status <> 'ok'::text) AND (COALESCE(q.code, q.status) <> ALL (ARRAY['nothing_found'::text, 'no_store'::text, 'refused'::text, 'deadline'::text, 'fault'::text]))) AS failed
           FROM public.order_quotes q
          WHERE ((q.quoted_at > (clock_timestamp() - '01:00:00'::interval)) AND (q.status <> ALL (ARRAY['excluded'::text, 'disabled'::text])))
        ), measured AS (
         SELECT 'provider_error_rate'::text AS alert,
            r.provider_id,
            round(((100.0 * (count(*) FILTER (WHERE r.failed))::numeric) / (count(*))::numeric), 2) AS value,
            (10)::numeric AS threshold
           FROM recent r
          WHERE (r.latency_ms IS NOT NULL)
          GROUP BY r.provider_id
        UNION ALL
         SELECT 'provider_latency_ms'::text,
            r.provider_id,
            round(avg(r.latency_ms), 0) AS round,
            5000
           FROM recent r
          WHERE (r.status = 'ok'::text)
          GROUP BY r.provider_id
        UNION ALL
         SELECT 'no_successful_quotes'::text,
            NULL::text,
            count(*) FILTER (WHERE (r.status <> 'ok'::text)) AS count,
            0
           FROM recent r
          WHERE (r.quoted_at > (clock_timestamp() - '00:05:00'::interval))
         HAVING (count(*) FILTER (WHERE (r.status = 'ok'::text)) = 0)
        UNION ALL
         SELECT 'credential_expires'::text,
            e.provider_id,
            ((14 - min(e.days_left)))::numeric AS "numeric",
            0
           FROM public.provider_credential_expiry e
          GROUP BY e.provider_id
        )
 SELECT m.alert,
    m.provider_id,
    m.value,
    m.threshold,
    (m.value > m.threshold) AS firing
   FROM measured m
  WHERE ( SELECT private.is_operator() AS is_operator);


--
-- Name: VIEW routing_alerts; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON VIEW public.routing_alerts IS 'The four alerts: error rate above 10 %, mean latency above 5000 ms (both over an hour), no good quote in 5 minutes, a credential with less than 14 days left. For operators.';


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
-- Name: archived_sessions archived_sessions_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.archived_sessions
    ADD CONSTRAINT archived_sessions_pkey PRIMARY KEY (session_id);


--
-- Name: archived_tasks archived_tasks_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.archived_tasks
    ADD CONSTRAINT archived_tasks_pkey PRIMARY KEY (id);


--
-- Name: deliveries deliveries_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);


--
-- Name: deliveries deliveries_say_a_thing_once_per_channel; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.deliveries
    ADD CONSTRAINT deliveries_say_a_thing_once_per_channel UNIQUE (outbox_id, channel_id);


--
-- Name: delivery_channels delivery_channels_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.delivery_channels
    ADD CONSTRAINT delivery_channels_pkey PRIMARY KEY (id);


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
-- Name: provider_attempts provider_attempts_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.provider_attempts
    ADD CONSTRAINT provider_attempts_pkey PRIMARY KEY (attempt_id, provider_id);


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
-- Name: session_events session_events_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.session_events
    ADD CONSTRAINT session_events_pkey PRIMARY KEY (session_id, seq);


--
-- Name: session_members session_members_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.session_members
    ADD CONSTRAINT session_members_pkey PRIMARY KEY (session_id, user_id);


--
-- Name: session_warnings session_warnings_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.session_warnings
    ADD CONSTRAINT session_warnings_pkey PRIMARY KEY (session_id);


--
-- Name: settlement_transitions settlement_transitions_pkey; Type: CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.settlement_transitions
    ADD CONSTRAINT settlement_transitions_pkey PRIMARY KEY (from_status, to_status);


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
-- Name: bid_details bid_details_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bid_details
    ADD CONSTRAINT bid_details_pkey PRIMARY KEY (session_id, seq);


--
-- Name: bidding_auto_bids bidding_auto_bids_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_auto_bids
    ADD CONSTRAINT bidding_auto_bids_pkey PRIMARY KEY (session_id, user_id);


--
-- Name: bidding_notifications bidding_notifications_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_notifications
    ADD CONSTRAINT bidding_notifications_pkey PRIMARY KEY (notification_id);


--
-- Name: bidding_participants bidding_participants_alias_is_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_participants
    ADD CONSTRAINT bidding_participants_alias_is_unique UNIQUE (session_id, alias);


--
-- Name: bidding_participants bidding_participants_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_participants
    ADD CONSTRAINT bidding_participants_pkey PRIMARY KEY (session_id, user_id);


--
-- Name: bidding_results bidding_results_payment_is_known_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_results
    ADD CONSTRAINT bidding_results_payment_is_known_once UNIQUE (payment_external_id);


--
-- Name: bidding_results bidding_results_payout_is_known_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_results
    ADD CONSTRAINT bidding_results_payout_is_known_once UNIQUE (payout_external_id);


--
-- Name: bidding_results bidding_results_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_results
    ADD CONSTRAINT bidding_results_pkey PRIMARY KEY (session_id);


--
-- Name: bidding_sessions bidding_sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_sessions
    ADD CONSTRAINT bidding_sessions_pkey PRIMARY KEY (session_id);


--
-- Name: bids bids_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bids
    ADD CONSTRAINT bids_pkey PRIMARY KEY (session_id, seq);


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
-- Name: order_outcomes order_outcomes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_outcomes
    ADD CONSTRAINT order_outcomes_pkey PRIMARY KEY (order_id, provider_id);


--
-- Name: order_quotes order_quotes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_quotes
    ADD CONSTRAINT order_quotes_pkey PRIMARY KEY (route_id, provider_id);


--
-- Name: order_routes order_routes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_routes
    ADD CONSTRAINT order_routes_pkey PRIMARY KEY (route_id);


--
-- Name: provider_circuits provider_circuits_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_circuits
    ADD CONSTRAINT provider_circuits_pkey PRIMARY KEY (provider_id);


--
-- Name: provider_credentials provider_credentials_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_credentials
    ADD CONSTRAINT provider_credentials_pkey PRIMARY KEY (provider_id, credential);


--
-- Name: provider_metrics provider_metrics_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_metrics
    ADD CONSTRAINT provider_metrics_pkey PRIMARY KEY (provider_id);


--
-- Name: provider_quotas provider_quotas_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_quotas
    ADD CONSTRAINT provider_quotas_pkey PRIMARY KEY (provider_id, endpoint);


--
-- Name: routed_orders routed_orders_one_per_route; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_one_per_route UNIQUE (route_id);


--
-- Name: routed_orders routed_orders_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_pkey PRIMARY KEY (order_id);


--
-- Name: routed_orders routed_orders_token_is_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_token_is_unique UNIQUE (token_hash);


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
-- Name: deliveries_of_a_channel; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX deliveries_of_a_channel ON private.deliveries USING btree (channel_id, status, next_attempt_at);


--
-- Name: deliveries_under_way; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX deliveries_under_way ON private.deliveries USING btree (channel_id) WHERE (lease IS NOT NULL);


--
-- Name: delivery_channels_are_added_once; Type: INDEX; Schema: private; Owner: -
--

CREATE UNIQUE INDEX delivery_channels_are_added_once ON private.delivery_channels USING btree (recipient, kind, md5(target)) NULLS NOT DISTINCT;


--
-- Name: idempotency_keys_created_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX idempotency_keys_created_at ON private.idempotency_keys USING btree (created_at);


--
-- Name: job_runs_job; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX job_runs_job ON private.job_runs USING btree (job, started_at DESC);


--
-- Name: price_observations_item; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX price_observations_item ON private.price_observations USING btree (item_key, seen_at DESC);


--
-- Name: price_observations_seen_at; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX price_observations_seen_at ON private.price_observations USING brin (seen_at);


--
-- Name: provider_attempts_under_way; Type: INDEX; Schema: private; Owner: -
--

CREATE INDEX provider_attempts_under_way ON private.provider_attempts USING btree (provider_id, lapses_at);


--
-- Name: session_events_closed_once; Type: INDEX; Schema: private; Owner: -
--

CREATE UNIQUE INDEX session_events_closed_once ON private.session_events USING btree (session_id) WHERE (type = 'session_closed'::text);


--
-- Name: audit_logs_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_logs_at ON public.audit_logs USING brin (at);


--
-- Name: bidding_notifications_inbox; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_notifications_inbox ON public.bidding_notifications USING btree (user_id, created_at DESC, notification_id DESC);


--
-- Name: bidding_participants_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_participants_user ON public.bidding_participants USING btree (user_id, session_id);


--
-- Name: bidding_results_lost_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_results_lost_by ON public.bidding_results USING btree (loser_id);


--
-- Name: bidding_results_won_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_results_won_by ON public.bidding_results USING btree (winner_id);


--
-- Name: bidding_sessions_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_sessions_due ON public.bidding_sessions USING btree (expires_at) WHERE (status = 'active'::text);


--
-- Name: bidding_sessions_ended; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_sessions_ended ON public.bidding_sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);


--
-- Name: bidding_sessions_one_live_session_per_night; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX bidding_sessions_one_live_session_per_night ON public.bidding_sessions USING btree (property_id, target_night) WHERE (status = ANY (ARRAY['pending'::text, 'active'::text]));


--
-- Name: bidding_sessions_starting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bidding_sessions_starting ON public.bidding_sessions USING btree (starts_at) WHERE (status = 'pending'::text);


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
-- Name: order_outcomes_counted; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_outcomes_counted ON public.order_outcomes USING btree (provider_id, recorded_at DESC, order_id) WHERE counts;


--
-- Name: order_outcomes_recorded_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_outcomes_recorded_by ON public.order_outcomes USING btree (recorded_by, provider_id, recorded_at) WHERE counts;


--
-- Name: order_quotes_answered; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_quotes_answered ON public.order_quotes USING btree (provider_id, quoted_at DESC) WHERE (status = 'ok'::text);


--
-- Name: order_quotes_quoted_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_quotes_quoted_at ON public.order_quotes USING btree (quoted_at);


--
-- Name: order_routes_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_routes_created_at ON public.order_routes USING btree (created_at);


--
-- Name: order_routes_decided_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_routes_decided_at ON public.order_routes USING btree (decided_at);


--
-- Name: order_routes_quoting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_routes_quoting ON public.order_routes USING btree (owner, idempotency_key) WHERE (status = 'quoting'::text);


--
-- Name: order_routes_selected_provider; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_routes_selected_provider ON public.order_routes USING btree (selected_provider_id);


--
-- Name: order_routes_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_routes_user ON public.order_routes USING btree (user_id, created_at DESC);


--
-- Name: routed_orders_confirming; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_confirming ON public.routed_orders USING btree (intended_at) WHERE (status = 'confirming'::text);


--
-- Name: routed_orders_expiring; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_expiring ON public.routed_orders USING btree (expires_at) WHERE (status = 'quoted'::text);


--
-- Name: routed_orders_idempotency_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_idempotency_key ON public.routed_orders USING btree (owner, idempotency_key) WHERE (idempotency_key IS NOT NULL);


--
-- Name: routed_orders_intended_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_intended_at ON public.routed_orders USING btree (intended_at) WHERE (intended_at IS NOT NULL);


--
-- Name: routed_orders_provider_order; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX routed_orders_provider_order ON public.routed_orders USING btree (provider_id, provider_order_id) WHERE (provider_order_id IS NOT NULL);


--
-- Name: routed_orders_settled_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_settled_at ON public.routed_orders USING btree (settled_at) WHERE (settled_at IS NOT NULL);


--
-- Name: routed_orders_unknown; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_unknown ON public.routed_orders USING btree (ask_at) WHERE (status = 'unknown'::text);


--
-- Name: routed_orders_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX routed_orders_user ON public.routed_orders USING btree (user_id, created_at DESC);


--
-- Name: user_profile_admins; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX user_profile_admins ON public.user_profile USING btree (id) WHERE (role = 'admin'::text);


--
-- Name: outbox outbox_reaches_its_channels; Type: TRIGGER; Schema: private; Owner: -
--

CREATE TRIGGER outbox_reaches_its_channels AFTER INSERT ON private.outbox REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION private.address_outbox();


--
-- Name: session_events session_events_are_append_only; Type: TRIGGER; Schema: private; Owner: -
--

CREATE TRIGGER session_events_are_append_only BEFORE UPDATE OR TRUNCATE ON private.session_events FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: session_events session_events_go_to_the_archive; Type: TRIGGER; Schema: private; Owner: -
--

CREATE TRIGGER session_events_go_to_the_archive BEFORE DELETE ON private.session_events FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


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
-- Name: bid_details bid_details_are_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bid_details_are_append_only BEFORE UPDATE OR TRUNCATE ON public.bid_details FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bid_details bid_details_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bid_details_go_to_the_archive BEFORE DELETE ON public.bid_details FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: bidding_auto_bids bidding_auto_bids_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_auto_bids_are_never_truncated BEFORE TRUNCATE ON public.bidding_auto_bids FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_auto_bids bidding_auto_bids_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_auto_bids_go_to_the_archive BEFORE DELETE ON public.bidding_auto_bids FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: bidding_notifications bidding_notifications_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_notifications_are_never_truncated BEFORE TRUNCATE ON public.bidding_notifications FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_notifications bidding_notifications_are_only_read; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_notifications_are_only_read BEFORE UPDATE ON public.bidding_notifications FOR EACH ROW WHEN (((new.read_at IS NULL) OR (old.read_at IS NOT NULL) OR (new.notification_id <> old.notification_id) OR (new.user_id <> old.user_id) OR (new.session_id <> old.session_id) OR (new.type <> old.type) OR (new.seq <> old.seq) OR (new.data <> old.data) OR (new.created_at <> old.created_at))) EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_notifications bidding_notifications_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_notifications_go_to_the_archive BEFORE DELETE ON public.bidding_notifications FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: bidding_participants bidding_participants_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_participants_are_never_truncated BEFORE TRUNCATE ON public.bidding_participants FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_participants bidding_participants_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_participants_go_to_the_archive BEFORE DELETE ON public.bidding_participants FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: bidding_participants bidding_participants_only_withdraw; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_participants_only_withdraw BEFORE UPDATE ON public.bidding_participants FOR EACH ROW WHEN (((old.withdrawn_at IS NOT NULL) OR (new.withdrawn_at IS NULL) OR (new.session_id <> old.session_id) OR (new.user_id <> old.user_id) OR (new.alias <> old.alias) OR (new.archetype <> old.archetype) OR (new.joined_at <> old.joined_at))) EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_results bidding_results_are_audited; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_results_are_audited AFTER INSERT OR UPDATE ON public.bidding_results FOR EACH ROW EXECUTE FUNCTION private.audit_results();


--
-- Name: bidding_results bidding_results_are_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_results_are_kept BEFORE DELETE OR TRUNCATE ON public.bidding_results FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_results bidding_results_count_their_versions; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_results_count_their_versions BEFORE UPDATE ON public.bidding_results FOR EACH ROW EXECUTE FUNCTION private.count_version();


--
-- Name: bidding_results bidding_results_follow_the_state_machine; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_results_follow_the_state_machine AFTER INSERT OR UPDATE ON public.bidding_results FOR EACH ROW EXECUTE FUNCTION private.guard_settlement();


--
-- Name: bidding_results bidding_results_keep_what_was_decided; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_results_keep_what_was_decided BEFORE UPDATE ON public.bidding_results FOR EACH ROW WHEN (((new.session_id <> old.session_id) OR (new.winner_id <> old.winner_id) OR (new.loser_id IS DISTINCT FROM old.loser_id) OR (new.currency <> old.currency) OR (new.winning_bid_cents <> old.winning_bid_cents) OR (new.compensation_cents <> old.compensation_cents) OR (new.platform_revenue_cents <> old.platform_revenue_cents) OR (new.decided_at <> old.decided_at))) EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_sessions bidding_sessions_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_sessions_are_never_truncated BEFORE TRUNCATE ON public.bidding_sessions FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bidding_sessions bidding_sessions_begin_pending; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_sessions_begin_pending BEFORE INSERT ON public.bidding_sessions FOR EACH ROW EXECUTE FUNCTION private.guard_session_insert();


--
-- Name: bidding_sessions bidding_sessions_follow_the_state_machine; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_sessions_follow_the_state_machine BEFORE UPDATE ON public.bidding_sessions FOR EACH ROW EXECUTE FUNCTION private.guard_session_update();


--
-- Name: bidding_sessions bidding_sessions_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_sessions_go_to_the_archive BEFORE DELETE ON public.bidding_sessions FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: bidding_sessions bidding_sessions_rules_are_fixed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bidding_sessions_rules_are_fixed BEFORE UPDATE OF session_id, property_id, listing_id, target_night, currency, starting_bid_cents, minimum_increment_bps, max_rounds, round_duration_seconds, maximum_jump_bps, compensation_bps, compensation_policy, soft_close_seconds, starts_at, hard_end_at, created_at ON public.bidding_sessions FOR EACH ROW EXECUTE FUNCTION private.guard_session_rules();


--
-- Name: bids bids_are_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bids_are_append_only BEFORE UPDATE OR TRUNCATE ON public.bids FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();


--
-- Name: bids bids_go_to_the_archive; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER bids_go_to_the_archive BEFORE DELETE ON public.bids FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_unless_archiving();


--
-- Name: edge_logs edge_logs_is_only_read; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER edge_logs_is_only_read INSTEAD OF INSERT OR DELETE OR UPDATE ON public.edge_logs FOR EACH ROW EXECUTE FUNCTION private.refuse_view_change();


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
-- Name: order_routes order_routes_stand_once_decided; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER order_routes_stand_once_decided BEFORE UPDATE ON public.order_routes FOR EACH ROW EXECUTE FUNCTION private.guard_route();


--
-- Name: provider_credential_expiry provider_credential_expiry_is_only_read; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER provider_credential_expiry_is_only_read INSTEAD OF INSERT OR DELETE OR UPDATE ON public.provider_credential_expiry FOR EACH ROW EXECUTE FUNCTION private.refuse_view_change();


--
-- Name: provider_hourly provider_hourly_is_only_read; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER provider_hourly_is_only_read INSTEAD OF INSERT OR DELETE OR UPDATE ON public.provider_hourly FOR EACH ROW EXECUTE FUNCTION private.refuse_view_change();


--
-- Name: provider_quotas provider_quotas_are_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER provider_quotas_are_kept BEFORE UPDATE ON public.provider_quotas FOR EACH ROW EXECUTE FUNCTION private.guard_quota();


--
-- Name: routed_orders routed_orders_follow_their_states; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER routed_orders_follow_their_states BEFORE UPDATE ON public.routed_orders FOR EACH ROW EXECUTE FUNCTION private.guard_routed_order();


--
-- Name: routing_alerts routing_alerts_is_only_read; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER routing_alerts_is_only_read INSTEAD OF INSERT OR DELETE OR UPDATE ON public.routing_alerts FOR EACH ROW EXECUTE FUNCTION private.refuse_view_change();


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
-- Name: deliveries deliveries_are_of_the_outbox; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.deliveries
    ADD CONSTRAINT deliveries_are_of_the_outbox FOREIGN KEY (outbox_id) REFERENCES private.outbox(id) ON DELETE CASCADE;


--
-- Name: deliveries deliveries_go_through_a_channel; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.deliveries
    ADD CONSTRAINT deliveries_go_through_a_channel FOREIGN KEY (channel_id) REFERENCES private.delivery_channels(id) ON DELETE CASCADE;


--
-- Name: delivery_channels delivery_channels_belong_to_a_person; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.delivery_channels
    ADD CONSTRAINT delivery_channels_belong_to_a_person FOREIGN KEY (recipient) REFERENCES public.user_profile(id) ON DELETE CASCADE;


--
-- Name: session_events session_events_belong_to_a_session; Type: FK CONSTRAINT; Schema: private; Owner: -
--

ALTER TABLE ONLY private.session_events
    ADD CONSTRAINT session_events_belong_to_a_session FOREIGN KEY (session_id) REFERENCES public.bidding_sessions(session_id);


--
-- Name: agent_categories agent_categories_belong_to_an_agent; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_categories
    ADD CONSTRAINT agent_categories_belong_to_an_agent FOREIGN KEY (agent_id) REFERENCES public.agents(id) ON DELETE CASCADE;


--
-- Name: bid_details bid_details_are_of_a_participant; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bid_details
    ADD CONSTRAINT bid_details_are_of_a_participant FOREIGN KEY (session_id, user_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bidding_auto_bids bidding_auto_bids_belong_to_a_participant; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_auto_bids
    ADD CONSTRAINT bidding_auto_bids_belong_to_a_participant FOREIGN KEY (session_id, user_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bidding_participants bidding_participants_are_members; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_participants
    ADD CONSTRAINT bidding_participants_are_members FOREIGN KEY (session_id, user_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bidding_results bidding_results_loser_took_part; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_results
    ADD CONSTRAINT bidding_results_loser_took_part FOREIGN KEY (session_id, loser_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bidding_results bidding_results_winner_took_part; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_results
    ADD CONSTRAINT bidding_results_winner_took_part FOREIGN KEY (session_id, winner_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bidding_sessions bidding_sessions_leader_takes_part; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bidding_sessions
    ADD CONSTRAINT bidding_sessions_leader_takes_part FOREIGN KEY (session_id, leader_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: bids bids_come_from_participants; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bids
    ADD CONSTRAINT bids_come_from_participants FOREIGN KEY (session_id, user_id) REFERENCES private.session_members(session_id, user_id);


--
-- Name: marketplace_tasks marketplace_tasks_created_by_an_agent; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_tasks
    ADD CONSTRAINT marketplace_tasks_created_by_an_agent FOREIGN KEY (created_by) REFERENCES public.agents(id);


--
-- Name: order_outcomes order_outcomes_order_exists; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_outcomes
    ADD CONSTRAINT order_outcomes_order_exists FOREIGN KEY (order_id) REFERENCES public.routed_orders(order_id) ON DELETE CASCADE;


--
-- Name: order_outcomes order_outcomes_provider_is_known; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_outcomes
    ADD CONSTRAINT order_outcomes_provider_is_known FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: order_quotes order_quotes_provider_is_known; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_quotes
    ADD CONSTRAINT order_quotes_provider_is_known FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: order_quotes order_quotes_route_exists; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_quotes
    ADD CONSTRAINT order_quotes_route_exists FOREIGN KEY (route_id) REFERENCES public.order_routes(route_id) ON DELETE CASCADE;


--
-- Name: order_routes order_routes_provider_is_known; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_routes
    ADD CONSTRAINT order_routes_provider_is_known FOREIGN KEY (selected_provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: order_routes order_routes_user_exists; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_routes
    ADD CONSTRAINT order_routes_user_exists FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE SET NULL;


--
-- Name: provider_credentials provider_credentials_has_a_circuit; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_credentials
    ADD CONSTRAINT provider_credentials_has_a_circuit FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: provider_metrics provider_metrics_has_a_circuit; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_metrics
    ADD CONSTRAINT provider_metrics_has_a_circuit FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: provider_quotas provider_quotas_has_a_circuit; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provider_quotas
    ADD CONSTRAINT provider_quotas_has_a_circuit FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: routed_orders routed_orders_provider_is_known; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_provider_is_known FOREIGN KEY (provider_id) REFERENCES public.provider_circuits(provider_id);


--
-- Name: routed_orders routed_orders_route_exists; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_route_exists FOREIGN KEY (route_id) REFERENCES public.order_routes(route_id) ON DELETE CASCADE;


--
-- Name: routed_orders routed_orders_user_exists; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.routed_orders
    ADD CONSTRAINT routed_orders_user_exists FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE SET NULL;


--
-- Name: user_profile user_profile_belongs_to_a_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_profile
    ADD CONSTRAINT user_profile_belongs_to_a_user FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;


--
-- Name: order_outcomes Admins read how orders ended; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read how orders ended" ON public.order_outcomes FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: agents Admins read the agents; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the agents" ON public.agents FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: audit_logs Admins read the audit; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the audit" ON public.audit_logs FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: provider_circuits Admins read the circuits; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the circuits" ON public.provider_circuits FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: provider_quotas Admins read the quotas; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read the quotas" ON public.provider_quotas FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: agent_categories Admins read what agents may create; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read what agents may create" ON public.agent_categories FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: order_quotes Admins read what providers offered; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read what providers offered" ON public.order_quotes FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: provider_metrics Admins read what was learned; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read what was learned" ON public.provider_metrics FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: provider_credentials Admins read when credentials end; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Admins read when credentials end" ON public.provider_credentials FOR SELECT TO authenticated USING (( SELECT private.is_admin() AS is_admin));


--
-- Name: bids Participants read the bids of their sessions, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Participants read the bids of their sessions, admins all" ON public.bids FOR SELECT TO authenticated USING (((session_id IN ( SELECT private.own_sessions() AS own_sessions)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: bidding_sessions Participants read their sessions, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Participants read their sessions, admins all" ON public.bidding_sessions FOR SELECT TO authenticated USING (((session_id IN ( SELECT private.own_sessions() AS own_sessions)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: bidding_participants Participants read who takes part, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Participants read who takes part, admins all" ON public.bidding_participants FOR SELECT TO authenticated USING (((session_id IN ( SELECT private.own_sessions() AS own_sessions)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: routed_orders People read their orders, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their orders, admins all" ON public.routed_orders FOR SELECT TO authenticated USING ((((user_id = ( SELECT auth.uid() AS uid)) AND ( SELECT private.is_known() AS is_known)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: bidding_auto_bids People read their own ceilings; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their own ceilings" ON public.bidding_auto_bids FOR SELECT TO authenticated USING (((user_id = ( SELECT auth.uid() AS uid)) AND ( SELECT private.is_known() AS is_known)));


--
-- Name: bidding_notifications People read their own notifications; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their own notifications" ON public.bidding_notifications FOR SELECT TO authenticated USING (((user_id = ( SELECT auth.uid() AS uid)) AND ( SELECT private.is_known() AS is_known)));


--
-- Name: user_profile People read their own profile, admins read all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their own profile, admins read all" ON public.user_profile FOR SELECT TO authenticated USING (((id = ( SELECT auth.uid() AS uid)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: order_routes People read their routes, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read their routes, admins all" ON public.order_routes FOR SELECT TO authenticated USING ((((user_id = ( SELECT auth.uid() AS uid)) AND ( SELECT private.is_known() AS is_known)) OR ( SELECT private.is_admin() AS is_admin)));


--
-- Name: bid_details People read which of their bids their proxy placed; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "People read which of their bids their proxy placed" ON public.bid_details FOR SELECT TO authenticated USING (((user_id = ( SELECT auth.uid() AS uid)) AND ( SELECT private.is_known() AS is_known)));


--
-- Name: marketplace_tasks Signed-in users read all tasks; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Signed-in users read all tasks" ON public.marketplace_tasks FOR SELECT TO authenticated USING (( SELECT private.is_known() AS is_known));


--
-- Name: bidding_results Winner and loser read their result, admins all; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY "Winner and loser read their result, admins all" ON public.bidding_results FOR SELECT TO authenticated USING (((((winner_id = ( SELECT auth.uid() AS uid)) OR (loser_id = ( SELECT auth.uid() AS uid))) AND ( SELECT private.is_known() AS is_known)) OR ( SELECT private.is_admin() AS is_admin)));


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
-- Name: bid_details; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bid_details ENABLE ROW LEVEL SECURITY;

--
-- Name: bidding_auto_bids; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bidding_auto_bids ENABLE ROW LEVEL SECURITY;

--
-- Name: bidding_notifications; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bidding_notifications ENABLE ROW LEVEL SECURITY;

--
-- Name: bidding_participants; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bidding_participants ENABLE ROW LEVEL SECURITY;

--
-- Name: bidding_results; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bidding_results ENABLE ROW LEVEL SECURITY;

--
-- Name: bidding_sessions; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bidding_sessions ENABLE ROW LEVEL SECURITY;

--
-- Name: bids; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.bids ENABLE ROW LEVEL SECURITY;

--
-- Name: marketplace_tasks; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.marketplace_tasks ENABLE ROW LEVEL SECURITY;

--
-- Name: order_outcomes; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.order_outcomes ENABLE ROW LEVEL SECURITY;

--
-- Name: order_quotes; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.order_quotes ENABLE ROW LEVEL SECURITY;

--
-- Name: order_routes; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.order_routes ENABLE ROW LEVEL SECURITY;

--
-- Name: provider_circuits; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.provider_circuits ENABLE ROW LEVEL SECURITY;

--
-- Name: provider_credentials; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.provider_credentials ENABLE ROW LEVEL SECURITY;

--
-- Name: provider_metrics; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.provider_metrics ENABLE ROW LEVEL SECURITY;

--
-- Name: provider_quotas; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.provider_quotas ENABLE ROW LEVEL SECURITY;

--
-- Name: routed_orders; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.routed_orders ENABLE ROW LEVEL SECURITY;

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
-- Name: TABLE bidding_sessions; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bidding_sessions TO service_role;


--
-- Name: COLUMN bidding_sessions.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.property_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(property_id) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.listing_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(listing_id) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.target_night; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(target_night) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(status) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.currency; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(currency) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.starting_bid_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(starting_bid_cents) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.minimum_increment_bps; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(minimum_increment_bps) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.max_rounds; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(max_rounds) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.round_duration_seconds; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(round_duration_seconds) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.maximum_jump_bps; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(maximum_jump_bps) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.compensation_bps; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(compensation_bps) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.compensation_policy; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(compensation_policy) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.soft_close_seconds; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(soft_close_seconds) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.starts_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(starts_at) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.expires_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(expires_at) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.hard_end_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(hard_end_at) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.current_price_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(current_price_cents) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.leader_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(leader_id) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.seq; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(seq) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.ledger_hash; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(ledger_hash) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.ended_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(ended_at) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.cancellation_reason; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(cancellation_reason) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: COLUMN bidding_sessions.created_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(created_at) ON TABLE public.bidding_sessions TO authenticated;


--
-- Name: TABLE bids; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bids TO service_role;


--
-- Name: COLUMN bids.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.seq; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(seq) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.bid_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(bid_id) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.amount_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(amount_cents) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.previous_amount_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(previous_amount_cents) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.leads; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(leads) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.placed_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(placed_at) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.expires_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(expires_at) ON TABLE public.bids TO authenticated;


--
-- Name: COLUMN bids.hash; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(hash) ON TABLE public.bids TO authenticated;


--
-- Name: FUNCTION announce_maintenance(message text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.announce_maintenance(message text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.announce_maintenance(message text) TO authenticated;
GRANT ALL ON FUNCTION api.announce_maintenance(message text) TO service_role;


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
-- Name: FUNCTION archive_sessions(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.archive_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION api.archive_sessions() TO service_role;


--
-- Name: FUNCTION assign_task(task_id uuid, assigned_to uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) TO anon;
GRANT ALL ON FUNCTION api.assign_task(task_id uuid, assigned_to uuid) TO authenticated;


--
-- Name: FUNCTION begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.begin_confirm(token_hash text, accept_total_cents bigint, providers jsonb) TO service_role;


--
-- Name: FUNCTION begin_route(request jsonb, providers jsonb, deadline_ms integer); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.begin_route(request jsonb, providers jsonb, deadline_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.begin_route(request jsonb, providers jsonb, deadline_ms integer) TO service_role;


--
-- Name: FUNCTION cancel_route(route_id uuid, reason text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.cancel_route(route_id uuid, reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.cancel_route(route_id uuid, reason text) TO anon;
GRANT ALL ON FUNCTION api.cancel_route(route_id uuid, reason text) TO authenticated;
GRANT ALL ON FUNCTION api.cancel_route(route_id uuid, reason text) TO service_role;


--
-- Name: FUNCTION cancel_session(session_id uuid, reason text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.cancel_session(session_id uuid, reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.cancel_session(session_id uuid, reason text) TO anon;
GRANT ALL ON FUNCTION api.cancel_session(session_id uuid, reason text) TO authenticated;
GRANT ALL ON FUNCTION api.cancel_session(session_id uuid, reason text) TO service_role;


--
-- Name: FUNCTION cancel_task(task_id uuid, reason text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) TO anon;
GRANT ALL ON FUNCTION api.cancel_task(task_id uuid, reason text) TO authenticated;


--
-- Name: FUNCTION claim_deliveries(max integer); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.claim_deliveries(max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.claim_deliveries(max integer) TO service_role;


--
-- Name: FUNCTION claim_unsettled_orders(max_orders integer); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.claim_unsettled_orders(max_orders integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.claim_unsettled_orders(max_orders integer) TO service_role;


--
-- Name: FUNCTION complete_task(task_id uuid, actual_hours numeric, notes text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) TO anon;
GRANT ALL ON FUNCTION api.complete_task(task_id uuid, actual_hours numeric, notes text) TO authenticated;


--
-- Name: FUNCTION create_session(session jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.create_session(session jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.create_session(session jsonb) TO anon;
GRANT ALL ON FUNCTION api.create_session(session jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.create_session(session jsonb) TO service_role;


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
-- Name: FUNCTION expiration_warnings(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.expiration_warnings() FROM PUBLIC;
GRANT ALL ON FUNCTION api.expiration_warnings() TO service_role;


--
-- Name: FUNCTION explain_route(route_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.explain_route(route_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.explain_route(route_id uuid) TO anon;
GRANT ALL ON FUNCTION api.explain_route(route_id uuid) TO authenticated;
GRANT ALL ON FUNCTION api.explain_route(route_id uuid) TO service_role;


--
-- Name: FUNCTION find_routed_order(provider_id text, provider_order_id text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.find_routed_order(provider_id text, provider_order_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.find_routed_order(provider_id text, provider_order_id text) TO service_role;


--
-- Name: FUNCTION finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.finish_confirm(order_id uuid, attempt integer, result jsonb, providers jsonb) TO service_role;


--
-- Name: FUNCTION get_auto_bid(session_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.get_auto_bid(session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_auto_bid(session_id uuid) TO anon;
GRANT ALL ON FUNCTION api.get_auto_bid(session_id uuid) TO authenticated;


--
-- Name: FUNCTION get_circuits(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.get_circuits() FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_circuits() TO service_role;


--
-- Name: FUNCTION get_session(session_id uuid, since bigint); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.get_session(session_id uuid, since bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_session(session_id uuid, since bigint) TO anon;
GRANT ALL ON FUNCTION api.get_session(session_id uuid, since bigint) TO authenticated;


--
-- Name: FUNCTION list_notifications(filter jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.list_notifications(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.list_notifications(filter jsonb) TO anon;
GRANT ALL ON FUNCTION api.list_notifications(filter jsonb) TO authenticated;


--
-- Name: FUNCTION list_tasks(filter jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.list_tasks(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO anon;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.list_tasks(filter jsonb) TO service_role;


--
-- Name: FUNCTION mark_notification_read(notification_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.mark_notification_read(notification_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.mark_notification_read(notification_id uuid) TO anon;
GRANT ALL ON FUNCTION api.mark_notification_read(notification_id uuid) TO authenticated;


--
-- Name: FUNCTION orchestrator_status(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.orchestrator_status() FROM PUBLIC;
GRANT ALL ON FUNCTION api.orchestrator_status() TO authenticated;
GRANT ALL ON FUNCTION api.orchestrator_status() TO service_role;


--
-- Name: FUNCTION record_deliveries(results jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.record_deliveries(results jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_deliveries(results jsonb) TO service_role;


--
-- Name: FUNCTION record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_job_run(job text, started_at timestamp with time zone, processed integer, details jsonb, error text) TO service_role;


--
-- Name: FUNCTION record_outcome(outcome jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.record_outcome(outcome jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_outcome(outcome jsonb) TO anon;
GRANT ALL ON FUNCTION api.record_outcome(outcome jsonb) TO authenticated;
GRANT ALL ON FUNCTION api.record_outcome(outcome jsonb) TO service_role;


--
-- Name: FUNCTION record_provider_status(order_id uuid, state jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.record_provider_status(order_id uuid, state jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_provider_status(order_id uuid, state jsonb) TO service_role;


--
-- Name: FUNCTION record_settlement(session_id uuid, side text, status text, external_id text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.record_settlement(session_id uuid, side text, status text, external_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_settlement(session_id uuid, side text, status text, external_id text) TO service_role;


--
-- Name: FUNCTION release_route(route_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.release_route(route_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.release_route(route_id uuid) TO service_role;


--
-- Name: FUNCTION save_route(route_id uuid, outcome jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.save_route(route_id uuid, outcome jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.save_route(route_id uuid, outcome jsonb) TO service_role;


--
-- Name: FUNCTION session_cleanup(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.session_cleanup() FROM PUBLIC;
GRANT ALL ON FUNCTION api.session_cleanup() TO service_role;


--
-- Name: FUNCTION set_auto_bid(session_id uuid, max_amount_cents bigint); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.set_auto_bid(session_id uuid, max_amount_cents bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.set_auto_bid(session_id uuid, max_amount_cents bigint) TO anon;
GRANT ALL ON FUNCTION api.set_auto_bid(session_id uuid, max_amount_cents bigint) TO authenticated;


--
-- Name: FUNCTION set_role(user_id uuid, role text); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.set_role(user_id uuid, role text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.set_role(user_id uuid, role text) TO authenticated;
GRANT ALL ON FUNCTION api.set_role(user_id uuid, role text) TO service_role;


--
-- Name: FUNCTION settle_unknown_order(order_id uuid, attempt integer, result jsonb); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.settle_unknown_order(order_id uuid, attempt integer, result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.settle_unknown_order(order_id uuid, attempt integer, result jsonb) TO service_role;


--
-- Name: FUNCTION stored_decisions(after uuid, most integer); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.stored_decisions(after uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.stored_decisions(after uuid, most integer) TO service_role;


--
-- Name: FUNCTION submit_bid(session_id uuid, amount_cents bigint); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.submit_bid(session_id uuid, amount_cents bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.submit_bid(session_id uuid, amount_cents bigint) TO anon;
GRANT ALL ON FUNCTION api.submit_bid(session_id uuid, amount_cents bigint) TO authenticated;


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
-- Name: FUNCTION verify_routing(); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.verify_routing() FROM PUBLIC;
GRANT ALL ON FUNCTION api.verify_routing() TO authenticated;
GRANT ALL ON FUNCTION api.verify_routing() TO service_role;


--
-- Name: FUNCTION verify_session(session_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.verify_session(session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.verify_session(session_id uuid) TO authenticated;
GRANT ALL ON FUNCTION api.verify_session(session_id uuid) TO service_role;


--
-- Name: FUNCTION withdraw_bid(session_id uuid); Type: ACL; Schema: api; Owner: -
--

REVOKE ALL ON FUNCTION api.withdraw_bid(session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.withdraw_bid(session_id uuid) TO anon;
GRANT ALL ON FUNCTION api.withdraw_bid(session_id uuid) TO authenticated;


--
-- Name: FUNCTION activate_channel(channel_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.activate_channel(channel_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION activate_due_sessions(max_sessions integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.activate_due_sessions(max_sessions integer) FROM PUBLIC;


--
-- Name: FUNCTION activate_session(INOUT session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.activate_session(INOUT session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION actor(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.actor() FROM PUBLIC;


--
-- Name: FUNCTION add_channel(kind text, target text, recipient uuid, events text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.add_channel(kind text, target text, recipient uuid, events text[]) FROM PUBLIC;


--
-- Name: FUNCTION add_participants(session_id uuid, participants jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.add_participants(session_id uuid, participants jsonb) FROM PUBLIC;


--
-- Name: FUNCTION address_outbox(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.address_outbox() FROM PUBLIC;


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
-- Name: FUNCTION alias_of(session_id uuid, user_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.alias_of(session_id uuid, user_id uuid) FROM PUBLIC;


--
-- Name: TABLE bidding_results; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bidding_results TO service_role;


--
-- Name: COLUMN bidding_results.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.winner_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(winner_id) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.loser_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(loser_id) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.currency; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(currency) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.winning_bid_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(winning_bid_cents) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.compensation_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(compensation_cents) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.platform_revenue_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(platform_revenue_cents) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.payment_status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(payment_status) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.payout_status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(payout_status) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.decided_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(decided_at) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.version; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(version) ON TABLE public.bidding_results TO authenticated;


--
-- Name: COLUMN bidding_results.updated_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(updated_at) ON TABLE public.bidding_results TO authenticated;


--
-- Name: FUNCTION announce_result(session public.bidding_sessions, result public.bidding_results); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.announce_result(session public.bidding_sessions, result public.bidding_results) FROM PUBLIC;


--
-- Name: FUNCTION announce_tasks(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.announce_tasks() FROM PUBLIC;


--
-- Name: FUNCTION answer_batch(results jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_batch(results jsonb) FROM PUBLIC;


--
-- Name: FUNCTION answer_difference(count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_difference(count private.recount, session public.bidding_sessions, bid public.bids, entry private.ledger_entry) FROM PUBLIC;


--
-- Name: FUNCTION answer_one_task(result jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_one_task(result jsonb) FROM PUBLIC;


--
-- Name: FUNCTION answer_run(run jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.answer_run(run jsonb) FROM PUBLIC;


--
-- Name: FUNCTION append_audit(entries private.audit_entry[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.append_audit(entries private.audit_entry[]) FROM PUBLIC;


--
-- Name: FUNCTION append_event(INOUT session public.bidding_sessions, leader text, type text, at timestamp with time zone, actor_kind text, actor_id text, data jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.append_event(INOUT session public.bidding_sessions, leader text, type text, at timestamp with time zone, actor_kind text, actor_id text, data jsonb) FROM PUBLIC;


--
-- Name: FUNCTION archive_sessions(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.archive_sessions() FROM PUBLIC;


--
-- Name: FUNCTION archive_tasks(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.archive_tasks() FROM PUBLIC;


--
-- Name: FUNCTION as_texts(value jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.as_texts(value jsonb) FROM PUBLIC;


--
-- Name: FUNCTION at_moment(INOUT session public.bidding_sessions, moment timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.at_moment(INOUT session public.bidding_sessions, moment timestamp with time zone) FROM PUBLIC;


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
-- Name: FUNCTION audit_results(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.audit_results() FROM PUBLIC;


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
-- Name: FUNCTION auto_bid_answer(session public.bidding_sessions, bidder private.bidder, message text, bid public.bids); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.auto_bid_answer(session public.bidding_sessions, bidder private.bidder, message text, bid public.bids) FROM PUBLIC;


--
-- Name: FUNCTION auto_bid_json(max_amount_cents bigint, set_at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.auto_bid_json(max_amount_cents bigint, set_at timestamp with time zone) FROM PUBLIC;


--
-- Name: FUNCTION batch_issues(tasks jsonb, mode text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.batch_issues(tasks jsonb, mode text) FROM PUBLIC;


--
-- Name: FUNCTION begin_attempts(attempt_id uuid, providers jsonb, lapses_at timestamp with time zone, share numeric); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.begin_attempts(attempt_id uuid, providers jsonb, lapses_at timestamp with time zone, share numeric) FROM PUBLIC;


--
-- Name: FUNCTION begin_session(plan public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.begin_session(plan public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION bid_difference(count private.recount, session public.bidding_sessions, entry private.ledger_entry); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bid_difference(count private.recount, session public.bidding_sessions, entry private.ledger_entry) FROM PUBLIC;


--
-- Name: FUNCTION bid_event_json(bid public.bids, bidder text, price_cents bigint, leader text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bid_event_json(bid public.bids, bidder text, price_cents bigint, leader text) FROM PUBLIC;


--
-- Name: FUNCTION bid_hash(prev_hash bytea, bid public.bids); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bid_hash(prev_hash bytea, bid public.bids) FROM PUBLIC;


--
-- Name: FUNCTION bid_json(bid public.bids); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bid_json(bid public.bids) FROM PUBLIC;


--
-- Name: FUNCTION bidder_in(session public.bidding_sessions, user_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bidder_in(session public.bidding_sessions, user_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION bring_all_to_now(session_ids uuid[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bring_all_to_now(session_ids uuid[]) FROM PUBLIC;


--
-- Name: FUNCTION bring_to_now(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bring_to_now(session_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION bury_delivery(delivery_id uuid, reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bury_delivery(delivery_id uuid, reason text) FROM PUBLIC;


--
-- Name: FUNCTION bury_unreachable(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.bury_unreachable() FROM PUBLIC;


--
-- Name: FUNCTION calling_agent(who private.caller); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.calling_agent(who private.caller) FROM PUBLIC;


--
-- Name: FUNCTION calls_of(providers jsonb, provider_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.calls_of(providers jsonb, provider_id text) FROM PUBLIC;


--
-- Name: TABLE order_quotes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.order_quotes TO service_role;


--
-- Name: COLUMN order_quotes.route_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(route_id) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.provider_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(provider_id) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(status) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.code; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(code) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.latency_ms; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(latency_ms) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.currency; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(currency) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.subtotal_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(subtotal_cents) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.fees_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(fees_cents) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.tax_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(tax_cents) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.total_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(total_cents) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.estimated_delivery_minutes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(estimated_delivery_minutes) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.features; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(features) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.components; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(components) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.score; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(score) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.rank; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(rank) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.eliminated; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(eliminated) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.reasons; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(reasons) ON TABLE public.order_quotes TO authenticated;


--
-- Name: COLUMN order_quotes.quoted_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(quoted_at) ON TABLE public.order_quotes TO authenticated;


--
-- Name: FUNCTION candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.candidate_json(offer public.order_quotes, weights jsonb, for_operator boolean) FROM PUBLIC;


--
-- Name: FUNCTION carry_out_decision(who private.caller, verdicts private.verdict[], reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.carry_out_decision(who private.caller, verdicts private.verdict[], reason text) FROM PUBLIC;


--
-- Name: FUNCTION chain_difference(count private.recount, entry private.ledger_entry, awaits_answer boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.chain_difference(count private.recount, entry private.ledger_entry, awaits_answer boolean) FROM PUBLIC;


--
-- Name: FUNCTION challenge(session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.challenge(session public.bidding_sessions, bidder private.bidder, amount_cents bigint, by_hand boolean, at timestamp with time zone) FROM PUBLIC;


--
-- Name: FUNCTION claimed_json(delivery private.deliveries); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.claimed_json(delivery private.deliveries) FROM PUBLIC;


--
-- Name: FUNCTION close_due_sessions(max_sessions integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.close_due_sessions(max_sessions integer) FROM PUBLIC;


--
-- Name: FUNCTION close_session(INOUT session public.bidding_sessions, actor_kind text, actor_id text, cancellation_reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.close_session(INOUT session public.bidding_sessions, actor_kind text, actor_id text, cancellation_reason text) FROM PUBLIC;


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
-- Name: FUNCTION count_bid(INOUT count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.count_bid(INOUT count private.recount, session public.bidding_sessions, entry private.ledger_entry, answer private.ledger_entry) FROM PUBLIC;


--
-- Name: FUNCTION count_event(INOUT count private.recount, session public.bidding_sessions, event private.session_events); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.count_event(INOUT count private.recount, session public.bidding_sessions, event private.session_events) FROM PUBLIC;


--
-- Name: FUNCTION count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.count_result(provider_id text, was_probe boolean, is_good boolean, code text, retry_after_ms bigint) FROM PUBLIC;


--
-- Name: FUNCTION count_version(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.count_version() FROM PUBLIC;


--
-- Name: TABLE order_outcomes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.order_outcomes TO authenticated;
GRANT SELECT ON TABLE public.order_outcomes TO service_role;


--
-- Name: FUNCTION counted_outcomes(provider_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.counted_outcomes(provider_id text) FROM PUBLIC;


--
-- Name: FUNCTION daily_figures(day date, timezone text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.daily_figures(day date, timezone text) FROM PUBLIC;


--
-- Name: FUNCTION deadline_after(session public.bidding_sessions, expires_at timestamp with time zone, placed_at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.deadline_after(session public.bidding_sessions, expires_at timestamp with time zone, placed_at timestamp with time zone) FROM PUBLIC;


--
-- Name: FUNCTION decide_result(session public.bidding_sessions, at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.decide_result(session public.bidding_sessions, at timestamp with time zone) FROM PUBLIC;


--
-- Name: FUNCTION decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.decision_issues(task_ids uuid[], approved boolean, reason text, options jsonb) FROM PUBLIC;


--
-- Name: FUNCTION decode_cursor(cursor text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.decode_cursor(cursor text) FROM PUBLIC;


--
-- Name: FUNCTION difference(what text, expected anyelement, found anyelement); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.difference(what text, expected anyelement, found anyelement) FROM PUBLIC;


--
-- Name: FUNCTION disable_schedules(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.disable_schedules() FROM PUBLIC;


--
-- Name: PROCEDURE drain_job(IN job text, IN most_runs integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON PROCEDURE private.drain_job(IN job text, IN most_runs integer) FROM PUBLIC;


--
-- Name: FUNCTION due_deliveries(most integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.due_deliveries(most integer) FROM PUBLIC;


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
-- Name: FUNCTION event_difference(count private.recount, session public.bidding_sessions, event private.session_events); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.event_difference(count private.recount, session public.bidding_sessions, event private.session_events) FROM PUBLIC;


--
-- Name: FUNCTION event_hash(prev_hash bytea, event private.session_events); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.event_hash(prev_hash bytea, event private.session_events) FROM PUBLIC;


--
-- Name: FUNCTION event_json(event private.session_events); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.event_json(event private.session_events) FROM PUBLIC;


--
-- Name: FUNCTION expect_channel(channel_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.expect_channel(channel_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION expire_offers(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.expire_offers() FROM PUBLIC;


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
-- Name: FUNCTION first_broken_entry(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.first_broken_entry(session_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION first_broken_seq(resource_type text, resource_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.first_broken_seq(resource_type text, resource_id text) FROM PUBLIC;


--
-- Name: FUNCTION first_difference(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.first_difference(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION forwarded_caller(kinds text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.forwarded_caller(kinds text[]) FROM PUBLIC;


--
-- Name: FUNCTION grant_admin(email text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.grant_admin(email text) FROM PUBLIC;


--
-- Name: FUNCTION guard_quota(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_quota() FROM PUBLIC;


--
-- Name: FUNCTION guard_route(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_route() FROM PUBLIC;


--
-- Name: FUNCTION guard_routed_order(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_routed_order() FROM PUBLIC;


--
-- Name: FUNCTION guard_session_insert(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_session_insert() FROM PUBLIC;


--
-- Name: FUNCTION guard_session_rules(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_session_rules() FROM PUBLIC;


--
-- Name: FUNCTION guard_session_update(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_session_update() FROM PUBLIC;


--
-- Name: FUNCTION guard_settlement(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.guard_settlement() FROM PUBLIC;


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
-- Name: FUNCTION has_channel(recipient uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.has_channel(recipient uuid) FROM PUBLIC;


--
-- Name: FUNCTION has_proved_itself(recent text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.has_proved_itself(recent text) FROM PUBLIC;


--
-- Name: FUNCTION has_rival(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.has_rival(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION has_rival_left(count private.recount); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.has_rival_left(count private.recount) FROM PUBLIC;


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
-- Name: FUNCTION inbox_issues(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.inbox_issues(filter jsonb) FROM PUBLIC;


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
-- Name: FUNCTION is_delivery_result(result jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_delivery_result(result jsonb) FROM PUBLIC;


--
-- Name: FUNCTION is_hopeless(session_id uuid, user_id uuid, amount_cents bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_hopeless(session_id uuid, user_id uuid, amount_cents bigint) FROM PUBLIC;


--
-- Name: FUNCTION is_known(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_known() FROM PUBLIC;
GRANT ALL ON FUNCTION private.is_known() TO authenticated;


--
-- Name: FUNCTION is_operator(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.is_operator() FROM PUBLIC;
GRANT ALL ON FUNCTION private.is_operator() TO authenticated;
GRANT ALL ON FUNCTION private.is_operator() TO service_role;


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
-- Name: FUNCTION item_key(name text, unit text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.item_key(name text, unit text) FROM PUBLIC;


--
-- Name: FUNCTION judge_agent_changes(agent public.agents, changes jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_agent_changes(agent public.agents, changes jsonb) FROM PUBLIC;


--
-- Name: FUNCTION judge_assignment(task public.marketplace_tasks, assignee uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_assignment(task public.marketplace_tasks, assignee uuid) FROM PUBLIC;


--
-- Name: FUNCTION judge_auto_bid(session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_auto_bid(session public.bidding_sessions, bidder private.bidder, max_amount_cents bigint) FROM PUBLIC;


--
-- Name: FUNCTION judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_bid(session public.bidding_sessions, bidder private.bidder, amount_cents bigint) FROM PUBLIC;


--
-- Name: FUNCTION judge_cancellation(who private.caller, task public.marketplace_tasks, reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_cancellation(who private.caller, task public.marketplace_tasks, reason text) FROM PUBLIC;


--
-- Name: FUNCTION judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_completion(who private.caller, task public.marketplace_tasks, actual_hours numeric, notes text) FROM PUBLIC;


--
-- Name: COLUMN routed_orders.order_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(order_id) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(order_id) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.route_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(route_id) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(route_id) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.owner; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(owner) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(user_id) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(status) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(status) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.provider_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(provider_id) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(provider_id) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.currency; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(currency) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(currency) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.total_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(total_cents) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(total_cents) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.most_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(most_cents) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(most_cents) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.expires_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(expires_at) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(expires_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.attempt; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(attempt) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.tried; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(tried) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.provider_order_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(provider_order_id) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(provider_order_id) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.handoff_url; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(handoff_url) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(handoff_url) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.tracking_url; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(tracking_url) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(tracking_url) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.failure_code; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(failure_code) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(failure_code) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.cancellation_reason; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(cancellation_reason) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(cancellation_reason) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.created_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(created_at) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(created_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.intended_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(intended_at) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(intended_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.settled_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(settled_at) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(settled_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.asked; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(asked) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.ask_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(ask_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.version; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(version) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(version) ON TABLE public.routed_orders TO service_role;


--
-- Name: COLUMN routed_orders.updated_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(updated_at) ON TABLE public.routed_orders TO authenticated;
GRANT SELECT(updated_at) ON TABLE public.routed_orders TO service_role;


--
-- Name: FUNCTION judge_confirmation(routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_confirmation(routed public.routed_orders, who private.caller, accept_total_cents bigint, providers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_decision(who private.caller, task_ids uuid[], approved boolean, reason text, options jsonb) FROM PUBLIC;


--
-- Name: FUNCTION judge_giving_up(routed public.routed_orders, reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_giving_up(routed public.routed_orders, reason text) FROM PUBLIC;


--
-- Name: TABLE bidding_notifications; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bidding_notifications TO service_role;


--
-- Name: COLUMN bidding_notifications.notification_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(notification_id) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.type; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(type) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.seq; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(seq) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.data; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(data) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.created_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(created_at) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: COLUMN bidding_notifications.read_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(read_at) ON TABLE public.bidding_notifications TO authenticated;


--
-- Name: FUNCTION judge_reading(notification public.bidding_notifications); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_reading(notification public.bidding_notifications) FROM PUBLIC;


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
-- Name: FUNCTION judge_session(who private.caller, request jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_session(who private.caller, request jsonb) FROM PUBLIC;


--
-- Name: FUNCTION judge_session_cancellation(who private.caller, session public.bidding_sessions, reason text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_session_cancellation(who private.caller, session public.bidding_sessions, reason text) FROM PUBLIC;


--
-- Name: FUNCTION judge_settlement(result public.bidding_results, side text, status text, external_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_settlement(result public.bidding_results, side text, status text, external_id text) FROM PUBLIC;


--
-- Name: FUNCTION judge_submission(who private.caller, task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_submission(who private.caller, task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION judge_unassignment(task public.marketplace_tasks); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_unassignment(task public.marketplace_tasks) FROM PUBLIC;


--
-- Name: FUNCTION judge_withdrawal(who private.caller, session public.bidding_sessions, bidder private.bidder); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.judge_withdrawal(who private.caller, session public.bidding_sessions, bidder private.bidder) FROM PUBLIC;


--
-- Name: FUNCTION keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.keep_outcome(routed public.routed_orders, outcome jsonb, source text, recorded_by text) FROM PUBLIC;


--
-- Name: COLUMN bidding_auto_bids.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bidding_auto_bids TO authenticated;


--
-- Name: COLUMN bidding_auto_bids.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.bidding_auto_bids TO authenticated;


--
-- Name: COLUMN bidding_auto_bids.max_amount_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(max_amount_cents) ON TABLE public.bidding_auto_bids TO authenticated;


--
-- Name: COLUMN bidding_auto_bids.set_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(set_at) ON TABLE public.bidding_auto_bids TO authenticated;


--
-- Name: COLUMN bidding_auto_bids.rounds_used; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(rounds_used) ON TABLE public.bidding_auto_bids TO authenticated;


--
-- Name: FUNCTION kept_auto_bids(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.kept_auto_bids(session_id uuid) FROM PUBLIC;


--
-- Name: COLUMN bid_details.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bid_details TO authenticated;


--
-- Name: COLUMN bid_details.seq; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(seq) ON TABLE public.bid_details TO authenticated;


--
-- Name: COLUMN bid_details.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.bid_details TO authenticated;


--
-- Name: FUNCTION kept_details(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.kept_details(session_id uuid) FROM PUBLIC;


--
-- Name: TABLE bidding_participants; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.bidding_participants TO service_role;


--
-- Name: COLUMN bidding_participants.session_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(session_id) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: COLUMN bidding_participants.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: COLUMN bidding_participants.alias; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(alias) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: COLUMN bidding_participants.archetype; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(archetype) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: COLUMN bidding_participants.joined_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(joined_at) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: COLUMN bidding_participants.withdrawn_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(withdrawn_at) ON TABLE public.bidding_participants TO authenticated;


--
-- Name: FUNCTION kept_participants(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.kept_participants(session_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION kept_session(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.kept_session(session_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION key_is_valid(key jsonb, types text[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.key_is_valid(key jsonb, types text[]) FROM PUBLIC;


--
-- Name: FUNCTION ledger_of(session_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.ledger_of(session_id uuid) FROM PUBLIC;


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
-- Name: FUNCTION may_become(earlier text, later text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.may_become(earlier text, later text) FROM PUBLIC;


--
-- Name: FUNCTION may_watch_session(topic text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.may_watch_session(topic text) FROM PUBLIC;
GRANT ALL ON FUNCTION private.may_watch_session(topic text) TO authenticated;


--
-- Name: FUNCTION minimum_next(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.minimum_next(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION minute_text(instant text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.minute_text(instant text) FROM PUBLIC;


--
-- Name: FUNCTION money_text(cents bigint, currency text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.money_text(cents bigint, currency text) FROM PUBLIC;


--
-- Name: FUNCTION most_under_way(recent text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.most_under_way(recent text) FROM PUBLIC;


--
-- Name: FUNCTION move_settlement(result public.bidding_results, side text, status text, external_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.move_settlement(result public.bidding_results, side text, status text, external_id text) FROM PUBLIC;


--
-- Name: FUNCTION new_signing_secret(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.new_signing_secret() FROM PUBLIC;


--
-- Name: FUNCTION next_offer(routed public.routed_orders, providers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.next_offer(routed public.routed_orders, providers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION next_step(session public.bidding_sessions, amount_cents bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.next_step(session public.bidding_sessions, amount_cents bigint) FROM PUBLIC;


--
-- Name: FUNCTION note_failure(routed public.routed_orders, code text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.note_failure(routed public.routed_orders, code text) FROM PUBLIC;


--
-- Name: FUNCTION note_issues(path text, note text, is_required boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.note_issues(path text, note text, is_required boolean) FROM PUBLIC;


--
-- Name: FUNCTION notification_id(user_id uuid, session_id uuid, type text, seq bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notification_id(user_id uuid, session_id uuid, type text, seq bigint) FROM PUBLIC;


--
-- Name: FUNCTION notification_json(notification public.bidding_notifications, session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notification_json(notification public.bidding_notifications, session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION notification_message(type text, data jsonb, session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notification_message(type text, data jsonb, session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION notification_title(type text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notification_title(type text) FROM PUBLIC;


--
-- Name: FUNCTION notify(session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify(session public.bidding_sessions, user_id uuid, type text, seq bigint, data jsonb) FROM PUBLIC;


--
-- Name: FUNCTION notify_admins(event text, payload jsonb, dedupe_key text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify_admins(event text, payload jsonb, dedupe_key text) FROM PUBLIC;


--
-- Name: FUNCTION notify_everybody(session public.bidding_sessions, type text, seq bigint, data jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.notify_everybody(session public.bidding_sessions, type text, seq bigint, data jsonb) FROM PUBLIC;


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
-- Name: FUNCTION order_answer(routed public.routed_orders); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.order_answer(routed public.routed_orders) FROM PUBLIC;


--
-- Name: FUNCTION outcome_issues(outcome jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.outcome_issues(outcome jsonb) FROM PUBLIC;


--
-- Name: FUNCTION outcome_json(outcome public.order_outcomes); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.outcome_json(outcome public.order_outcomes) FROM PUBLIC;


--
-- Name: FUNCTION owed_to(session public.bidding_sessions, count private.recount); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.owed_to(session public.bidding_sessions, count private.recount) FROM PUBLIC;


--
-- Name: FUNCTION own_sessions(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.own_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION private.own_sessions() TO authenticated;


--
-- Name: FUNCTION page_of_tasks(who private.caller, filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.page_of_tasks(who private.caller, filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION parse_day(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.parse_day(value text) FROM PUBLIC;


--
-- Name: FUNCTION parse_timestamp(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.parse_timestamp(value text) FROM PUBLIC;


--
-- Name: FUNCTION parse_uuid(value text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.parse_uuid(value text) FROM PUBLIC;


--
-- Name: FUNCTION participant_issues(participants jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.participant_issues(participants jsonb) FROM PUBLIC;


--
-- Name: FUNCTION people_difference(session public.bidding_sessions, count private.recount); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.people_difference(session public.bidding_sessions, count private.recount) FROM PUBLIC;


--
-- Name: FUNCTION period_end(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.period_end(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION period_start(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.period_start(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION place_and_time_issues(session jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.place_and_time_issues(session jsonb) FROM PUBLIC;


--
-- Name: FUNCTION place_bid(session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean, by_proxy boolean, at timestamp with time zone, bidder text, leader text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.place_bid(session public.bidding_sessions, user_id uuid, amount_cents bigint, previous_cents bigint, leads boolean, by_proxy boolean, at timestamp with time zone, bidder text, leader text) FROM PUBLIC;


--
-- Name: FUNCTION place_condition(filter jsonb, who private.caller, sort text, direction text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.place_condition(filter jsonb, who private.caller, sort text, direction text) FROM PUBLIC;


--
-- Name: FUNCTION plan_issues(plan public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.plan_issues(plan public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION planned_session(request jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.planned_session(request jsonb) FROM PUBLIC;


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
-- Name: FUNCTION purchase_json(routed public.routed_orders); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.purchase_json(routed public.routed_orders) FROM PUBLIC;


--
-- Name: FUNCTION purge_expired(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.purge_expired() FROM PUBLIC;


--
-- Name: FUNCTION purge_observations(most integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.purge_observations(most integer) FROM PUBLIC;


--
-- Name: FUNCTION purge_routes(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.purge_routes() FROM PUBLIC;


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
-- Name: FUNCTION read_inbox_cursor(cursor text, OUT created_at timestamp with time zone, OUT notification_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.read_inbox_cursor(cursor text, OUT created_at timestamp with time zone, OUT notification_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION rebase_feed(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rebase_feed() FROM PUBLIC;


--
-- Name: FUNCTION reconcile_orders(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.reconcile_orders() FROM PUBLIC;


--
-- Name: FUNCTION record_delivery(result jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.record_delivery(result jsonb) FROM PUBLIC;


--
-- Name: FUNCTION recount(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.recount(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: TABLE provider_metrics; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_metrics TO authenticated;
GRANT SELECT ON TABLE public.provider_metrics TO service_role;


--
-- Name: FUNCTION recount_provider(provider_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.recount_provider(provider_id text) FROM PUBLIC;


--
-- Name: FUNCTION reference_cents(name text, unit text, OUT unit_cents numeric, OUT package_cents numeric); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.reference_cents(name text, unit text, OUT unit_cents numeric, OUT package_cents numeric) FROM PUBLIC;


--
-- Name: FUNCTION refresh_metrics(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refresh_metrics() FROM PUBLIC;


--
-- Name: FUNCTION refresh_provider_metrics(provider_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refresh_provider_metrics(provider_id text) FROM PUBLIC;


--
-- Name: FUNCTION refuse(status integer, code text, message text, details jsonb, headers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse(status integer, code text, message text, details jsonb, headers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION refuse_amount(field text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_amount(field text) FROM PUBLIC;


--
-- Name: FUNCTION refuse_bidder(session public.bidding_sessions, bidder private.bidder); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_bidder(session public.bidding_sessions, bidder private.bidder) FROM PUBLIC;


--
-- Name: FUNCTION refuse_ceiling(minimum_cents bigint, currency text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_ceiling(minimum_cents bigint, currency text) FROM PUBLIC;


--
-- Name: FUNCTION refuse_change(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_change() FROM PUBLIC;


--
-- Name: FUNCTION refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean) FROM PUBLIC;


--
-- Name: FUNCTION refuse_cursor(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_cursor() FROM PUBLIC;


--
-- Name: FUNCTION refuse_hopeless(session public.bidding_sessions, bidder private.bidder); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_hopeless(session public.bidding_sessions, bidder private.bidder) FROM PUBLIC;


--
-- Name: FUNCTION refuse_ineligible(request jsonb, plan public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_ineligible(request jsonb, plan public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION refuse_low_bid(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_low_bid(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_or_fail_over(routed public.routed_orders, result jsonb, providers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION refuse_outsider(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_outsider() FROM PUBLIC;


--
-- Name: FUNCTION refuse_shape(issues jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_shape(issues jsonb) FROM PUBLIC;


--
-- Name: FUNCTION refuse_transition(task public.marketplace_tasks, wanted text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_transition(task public.marketplace_tasks, wanted text) FROM PUBLIC;


--
-- Name: FUNCTION refuse_unknown_session(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_unknown_session() FROM PUBLIC;


--
-- Name: FUNCTION refuse_unknown_task(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_unknown_task() FROM PUBLIC;


--
-- Name: FUNCTION refuse_unless_archiving(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_unless_archiving() FROM PUBLIC;


--
-- Name: FUNCTION refuse_view_change(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.refuse_view_change() FROM PUBLIC;


--
-- Name: FUNCTION remove_channel(channel_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.remove_channel(channel_id uuid) FROM PUBLIC;


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
-- Name: FUNCTION resend_dead_deliveries(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.resend_dead_deliveries() FROM PUBLIC;


--
-- Name: FUNCTION resend_delivery(delivery_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.resend_delivery(delivery_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION reserve_attempt(attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamp with time zone, share numeric, may_probe boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.reserve_attempt(attempt_id uuid, provider_id text, calls jsonb, lapses_at timestamp with time zone, share numeric, may_probe boolean) FROM PUBLIC;


--
-- Name: FUNCTION reserve_calls(provider_id text, calls jsonb, today date, share numeric); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.reserve_calls(provider_id text, calls jsonb, today date, share numeric) FROM PUBLIC;


--
-- Name: FUNCTION respond(status integer, body jsonb, headers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.respond(status integer, body jsonb, headers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION result_difference(session public.bidding_sessions, count private.recount); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.result_difference(session public.bidding_sessions, count private.recount) FROM PUBLIC;


--
-- Name: FUNCTION result_json(session public.bidding_sessions, viewer uuid, sees_money boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.result_json(session public.bidding_sessions, viewer uuid, sees_money boolean) FROM PUBLIC;


--
-- Name: FUNCTION return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.return_calls(provider_id text, reserved jsonb, made jsonb, reserved_on date) FROM PUBLIC;


--
-- Name: FUNCTION revoke_agent_tokens(agent_id text, token_id uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.revoke_agent_tokens(agent_id text, token_id uuid) FROM PUBLIC;


--
-- Name: FUNCTION rotate_agent_token(agent_id text, overlap interval); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rotate_agent_token(agent_id text, overlap interval) FROM PUBLIC;


--
-- Name: FUNCTION rotate_channel_secret(channel_id uuid, overlap interval); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rotate_channel_secret(channel_id uuid, overlap interval) FROM PUBLIC;


--
-- Name: FUNCTION routed_order_json(routed public.routed_orders); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.routed_order_json(routed public.routed_orders) FROM PUBLIC;


--
-- Name: FUNCTION row_difference(session public.bidding_sessions, count private.recount); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.row_difference(session public.bidding_sessions, count private.recount) FROM PUBLIC;


--
-- Name: FUNCTION rule_issues(session jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rule_issues(session jsonb) FROM PUBLIC;


--
-- Name: FUNCTION rules_json(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.rules_json(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION run_job(job text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.run_job(job text) FROM PUBLIC;


--
-- Name: FUNCTION runner_up(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.runner_up(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION save_observations(observations jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.save_observations(observations jsonb) FROM PUBLIC;


--
-- Name: FUNCTION save_quotes(route_id uuid, quotes jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.save_quotes(route_id uuid, quotes jsonb) FROM PUBLIC;


--
-- Name: FUNCTION send_expiration_warnings(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.send_expiration_warnings() FROM PUBLIC;


--
-- Name: FUNCTION send_routing_alerts(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.send_routing_alerts() FROM PUBLIC;


--
-- Name: FUNCTION session_cleanup(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_cleanup() FROM PUBLIC;


--
-- Name: FUNCTION session_events_json(session_id uuid, since bigint, most integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_events_json(session_id uuid, since bigint, most integer) FROM PUBLIC;


--
-- Name: FUNCTION session_issues(session jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_issues(session jsonb) FROM PUBLIC;


--
-- Name: FUNCTION session_json(session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_json(session public.bidding_sessions, viewer uuid, leader_alias text, rounds_used integer) FROM PUBLIC;


--
-- Name: FUNCTION session_role(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_role() FROM PUBLIC;


--
-- Name: FUNCTION session_view(session public.bidding_sessions, viewer uuid); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.session_view(session public.bidding_sessions, viewer uuid) FROM PUBLIC;


--
-- Name: FUNCTION sessions_to_archive(); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.sessions_to_archive() FROM PUBLIC;


--
-- Name: FUNCTION settle_attempt(attempt_id uuid, provider_id text, result jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settle_attempt(attempt_id uuid, provider_id text, result jsonb) FROM PUBLIC;


--
-- Name: FUNCTION settle_attempts(attempt_id uuid, attempts jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settle_attempts(attempt_id uuid, attempts jsonb) FROM PUBLIC;


--
-- Name: FUNCTION settle_order(routed public.routed_orders, result jsonb, providers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settle_order(routed public.routed_orders, result jsonb, providers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION settlement_issues(side text, status text, external_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settlement_issues(side text, status text, external_id text) FROM PUBLIC;


--
-- Name: FUNCTION settlement_json(result public.bidding_results); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settlement_json(result public.bidding_results) FROM PUBLIC;


--
-- Name: FUNCTION settlement_moves(from_status text, to_status text, known_id text, new_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.settlement_moves(from_status text, to_status text, known_id text, new_id text) FROM PUBLIC;


--
-- Name: FUNCTION spend_quota(agent public.agents, day date, amount integer); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.spend_quota(agent public.agents, day date, amount integer) FROM PUBLIC;


--
-- Name: FUNCTION standing_difference(session public.bidding_sessions); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.standing_difference(session public.bidding_sessions) FROM PUBLIC;


--
-- Name: FUNCTION standing_of(provider_id text); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.standing_of(provider_id text) FROM PUBLIC;


--
-- Name: FUNCTION start_purchase(routed public.routed_orders, providers jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.start_purchase(routed public.routed_orders, providers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION stats_issues(filter jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.stats_issues(filter jsonb) FROM PUBLIC;


--
-- Name: FUNCTION take_ledgers(session_ids uuid[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.take_ledgers(session_ids uuid[]) FROM PUBLIC;


--
-- Name: FUNCTION take_notifications(session_ids uuid[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.take_notifications(session_ids uuid[]) FROM PUBLIC;


--
-- Name: FUNCTION take_people(session_ids uuid[]); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.take_people(session_ids uuid[]) FROM PUBLIC;


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
-- Name: FUNCTION whole_number(value jsonb, lowest bigint, highest bigint); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.whole_number(value jsonb, lowest bigint, highest bigint) FROM PUBLIC;


--
-- Name: FUNCTION whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.whole_number_issue(outcome jsonb, field text, lowest integer, highest integer, required boolean) FROM PUBLIC;


--
-- Name: FUNCTION write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.write_audit(resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb) FROM PUBLIC;


--
-- Name: FUNCTION write_auto_bid(session public.bidding_sessions, INOUT bidder private.bidder, max_amount_cents bigint, at timestamp with time zone); Type: ACL; Schema: private; Owner: -
--

REVOKE ALL ON FUNCTION private.write_auto_bid(session public.bidding_sessions, INOUT bidder private.bidder, max_amount_cents bigint, at timestamp with time zone) FROM PUBLIC;


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
-- Name: TABLE order_routes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.order_routes TO service_role;


--
-- Name: COLUMN order_routes.route_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(route_id) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.user_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(user_id) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.status; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(status) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.request; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(request) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.request_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(request_id) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.selected_provider_id; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(selected_provider_id) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.total_cents; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(total_cents) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.latency_ms; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(latency_ms) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.created_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(created_at) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.deadline_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(deadline_at) ON TABLE public.order_routes TO authenticated;


--
-- Name: COLUMN order_routes.decided_at; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT(decided_at) ON TABLE public.order_routes TO authenticated;


--
-- Name: TABLE edge_logs; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.edge_logs TO authenticated;
GRANT SELECT ON TABLE public.edge_logs TO service_role;


--
-- Name: TABLE provider_circuits; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_circuits TO authenticated;
GRANT SELECT ON TABLE public.provider_circuits TO service_role;


--
-- Name: TABLE provider_credentials; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_credentials TO authenticated;
GRANT SELECT ON TABLE public.provider_credentials TO service_role;


--
-- Name: TABLE provider_credential_expiry; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_credential_expiry TO authenticated;
GRANT SELECT ON TABLE public.provider_credential_expiry TO service_role;


--
-- Name: TABLE provider_hourly; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_hourly TO authenticated;
GRANT SELECT ON TABLE public.provider_hourly TO service_role;


--
-- Name: TABLE provider_quotas; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.provider_quotas TO authenticated;
GRANT SELECT ON TABLE public.provider_quotas TO service_role;


--
-- Name: TABLE routing_alerts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.routing_alerts TO authenticated;
GRANT SELECT ON TABLE public.routing_alerts TO service_role;


--
-- PostgreSQL database dump complete
--


