-- Purpose: how an operation answers: values with a status, refusals with a stable code.
-- Objects: private.respond, private.refuse, private.raise_refusal, private.request_header, private.issue.
-- Locks and cost: none.
-- Undo: drop the functions.

-- What every call runs is written in PL/pgSQL: it keeps its plan for the session, where a function in SQL that pins its
-- search_path is planned anew in each transaction.
create function private.request_header(name text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return nullif(current_setting('request.headers', true), '')::jsonb ->> name;
end
$$;
comment on function private.request_header is 'A header of the request by its lower-case name, as the Data API hands it over; null outside a request.';

create function private.respond(status integer, body jsonb, headers jsonb default null) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
begin
  perform set_config('response.status', respond.status::text, true);
  if respond.headers is not null then
    perform set_config('response.headers', respond.headers::text, true);
  end if;
  return respond.body;
end
$$;
comment on function private.respond is 'Sets the HTTP status, and headers as [{"Name": "text"}], and hands the body back. The transaction commits.';

create function private.refuse(
  status integer, code text, message text, details jsonb default null, headers jsonb default null
) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.respond(
    refuse.status,
    jsonb_build_object(
      'code', refuse.code, 'message', refuse.message, 'details', refuse.details, 'hint', null
    ),
    refuse.headers
  )
$$;
comment on function private.refuse is
  'An expected refusal as a value: what was kept before it (a spent rate token, a stored answer) is committed.';

create function private.raise_refusal(status integer, code text, message text, details jsonb default null) returns void
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.raise_refusal is
  'A refusal before anything worth keeping: rolls back and answers. Anything later returns private.refuse instead.';

create function private.issue(path text, message text) returns jsonb
language sql immutable parallel safe
set search_path = ''
as $$
  select jsonb_build_array(jsonb_build_object('path', issue.path, 'message', issue.message))
$$;
comment on function private.issue is 'One element of details.issues, as an array to be appended.';

create function private.refuse_shape(issues jsonb) returns jsonb
language sql volatile
set search_path = ''
as $$
  select private.refuse(
    400, 'invalid_request', 'The request does not have the expected shape',
    jsonb_build_object('issues', refuse_shape.issues)
  )
$$;
comment on function private.refuse_shape is 'The refusal of a malformed request: details.issues names every fault found.';

create function private.parse_timestamp(value text) returns timestamptz
language plpgsql stable
set search_path = ''
as $$
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
$$;
comment on function private.parse_timestamp is 'An ISO 8601 instant with offset, or null where the text is none.';

create function private.parse_uuid(value text) returns uuid
language sql immutable parallel safe
set search_path = ''
as $$
  select case
    when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
  end
$$;
comment on function private.parse_uuid is 'A uuid in its usual text form, or null where the text is none.';

create function private.has_text(value text) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  -- White space as JavaScript counts it, so that the contracts and the operations refuse the same texts; what \S means
  -- here depends on the database's locale.
  return value ~ '[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]';
end
$$;
comment on function private.has_text is 'Whether there is something to read in a text.';

create function private.is_bounded(value jsonb, most_bytes integer) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
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
$$;
comment on function private.is_bounded is
  'Whether a value is small, at most 32 levels deep, and its numbers within what a double can hold.';

create function private.unbounded_issue() returns jsonb
language sql immutable parallel safe
set search_path = ''
as $$
  select private.issue('', 'Expected a smaller value, of at most 32 levels, with numbers a double can hold')
$$;
comment on function private.unbounded_issue is 'What is wrong with a value that is not bounded.';
