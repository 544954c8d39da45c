-- Purpose: what a request for a new session must look like, and the session it describes.
-- Objects: private.session_issues and its parts, private.planned_session, private.rules_json.
-- Locks and cost: none.
-- Undo: drop the functions.

-- The shape of a request -------------------------------------------------------------------------------------------
create function private.whole_number(value jsonb, lowest bigint, highest bigint) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return jsonb_typeof(value) = 'number' and value::numeric between lowest and highest and value::numeric % 1 = 0;
end
$$;
comment on function private.whole_number is 'Whether a value is a whole number of that range.';

create function private.rule_issues(session jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
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
$$;
comment on function private.rule_issues is 'What is wrong with the rules of a session that is to be made.';

create function private.parse_day(value text) returns date
language sql stable
set search_path = ''
as $$
  select (private.parse_timestamp(value || 'T00:00:00Z') at time zone 'UTC')::date
$$;
comment on function private.parse_day is 'A calendar day as YYYY-MM-DD, or null where the text is none.';

create function private.place_and_time_issues(session jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
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
comment on function private.place_and_time_issues is 'What is wrong with where and when of a session that is to be made.';

create function private.participant_issues(participants jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
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
comment on function private.participant_issues is 'What is wrong with the participants of a session that is to be made.';

create function private.session_issues(session jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
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
comment on function private.session_issues is 'What is wrong with a session that is to be made; an empty list where nothing is.';

-- Making one -------------------------------------------------------------------------------------------------------
create function private.planned_session(request jsonb) returns public.bidding_sessions
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.planned_session is 'The session that a well-formed request describes, defaults filled in.';

create function private.rules_json(session public.bidding_sessions) returns jsonb
language plpgsql stable
set search_path = ''
as $$
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
comment on function private.rules_json is 'What is fixed once a session exists, as its ledger''s first entry holds it.';
