-- Purpose: the operations that make and cancel a session.
-- Objects: api.create_session, api.cancel_session and what judges them.
-- Locks and cost: creating takes the Idempotency-Key's lock, then, where the night is taken, that session's row.
-- Undo: drop the functions.

create function private.plan_issues(plan public.bidding_sessions) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.plan_issues is 'What is wrong with the times of a planned session, taken together; null where nothing is.';

create function private.refuse_ineligible(request jsonb, plan public.bidding_sessions) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.refuse_ineligible is 'The refusal of a session whose night or participants are not eligible; null where they are.';

create function private.begin_session(plan public.bidding_sessions) returns uuid
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.begin_session is 'Takes the night for a planned session; the id of the live session that has it already, null where it was free.';

create function private.add_participants(session_id uuid, participants jsonb) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.session_members (session_id, user_id)
  select add_participants.session_id, (p ->> 'userId')::uuid from jsonb_array_elements(participants) as p;
  insert into public.bidding_participants (session_id, user_id, alias, archetype)
  select add_participants.session_id, (p.entry ->> 'userId')::uuid,
    coalesce(p.entry ->> 'alias', 'Bidder ' || p.position), coalesce(p.entry ->> 'archetype', 'big_spender')
  from jsonb_array_elements(participants) with ordinality as p (entry, position);
  insert into public.bidding_auto_bids (session_id, user_id)
  select add_participants.session_id, (p ->> 'userId')::uuid from jsonb_array_elements(participants) as p
$$;
comment on function private.add_participants is 'Writes who may bid in a session.';

create function private.judge_session(who private.caller, request jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.judge_session is 'Decides on a session that is to be made and makes it.';

create function api.create_session(session jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.create_session is
  'The service or an admin opens a session for a night. Codes: invalid_request, night_not_eligible, '
  'archetype_not_eligible, user_not_found, session_exists.';
grant execute on function api.create_session to anon, authenticated, service_role;

-- Cancelling -------------------------------------------------------------------------------------------------------
create function private.refuse_unknown_session() returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(404, 'not_found', 'There is no such session')
$$;
comment on function private.refuse_unknown_session is 'For those who may see every session.';

create function private.refuse_closed(session public.bidding_sessions, viewer uuid, sees_money boolean default false)
returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(
    409, 'session_closed', 'Bidding in this session has ended', jsonb_build_object(
      'status', session.status, 'endedAt', session.ended_at,
      'result', private.result_json(session, viewer, sees_money)
    )
  )
$$;
comment on function private.refuse_closed is 'What everybody gets who comes too late: the outcome.';

create function private.judge_session_cancellation(
  who private.caller, session public.bidding_sessions, reason text
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.judge_session_cancellation is 'Decides on a cancellation and carries it out.';

create function api.cancel_session(session_id uuid, reason text) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.cancel_session is
  'The service or an admin ends a session without a result. Codes: invalid_request, not_found, session_closed.';
grant execute on function api.cancel_session to anon, authenticated, service_role;
