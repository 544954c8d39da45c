-- Purpose: what people read: a session with its events, their inbox.
-- Objects: api.get_session, api.list_notifications, api.mark_notification_read.
-- Locks and cost: reads write nothing; marking locks one notification.
-- Undo: drop the functions.

create function private.session_events_json(session_id uuid, since bigint, most integer) returns jsonb
language plpgsql stable
set search_path = ''
as $$
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
comment on function private.session_events_json is 'The ledger''s entries after a seq, in order, as everybody in the session is shown them.';

create function api.get_session(session_id uuid, since bigint default null) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.get_session is
  'A session for its participants and admins: as it stands, and its events after since, at most 1000 in one answer. '
  'Codes: invalid_request, not_a_participant, not_found.';
grant execute on function api.get_session to anon, authenticated;

-- The inbox --------------------------------------------------------------------------------------------------------
create function private.read_inbox_cursor(cursor text, out created_at timestamptz, out notification_id uuid)
language plpgsql stable
set search_path = ''
as $$
declare
  content constant jsonb := private.decode_cursor(cursor);
begin
  created_at := private.parse_timestamp(content ->> 'at');
  notification_id := private.parse_uuid(content ->> 'id');
end
$$;
comment on function private.read_inbox_cursor is 'Where an inbox goes on; nulls where the cursor is none of ours.';

create function private.inbox_issues(filter jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
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
comment on function private.inbox_issues is 'What is wrong with a question about an inbox; an empty list where nothing is.';

create function api.list_notifications(filter jsonb default '{}') returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.list_notifications is
  'The caller''s own notifications, newest first: {unread?, limit?, cursor?}. Codes: invalid_request, cursor_invalid.';
grant execute on function api.list_notifications to anon, authenticated;

create function private.judge_reading(notification public.bidding_notifications) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.judge_reading is 'Marks a notification read, once.';

create function api.mark_notification_read(notification_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.mark_notification_read is 'Its owner has read a notification. Code: not_found.';
grant execute on function api.mark_notification_read to anon, authenticated;
