-- Purpose: what operators do about channels and deliveries.
-- Objects: private.add_channel, private.remove_channel, private.activate_channel, private.rotate_channel_secret,
--   private.resend_delivery, private.resend_dead_deliveries.
-- Locks and cost: single rows; removing a channel removes its deliveries.
-- Undo: drop the functions.

create function private.new_signing_secret() returns text
language sql volatile
set search_path = ''
as $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;
comment on function private.new_signing_secret is 'A secret as the Standard Webhooks specification writes one: 256 random bits.';

create function private.add_channel(
  kind text, target text, recipient uuid default null, events text[] default null
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.add_channel is
  'Adds a channel of a user, or of the operators, for some events or all. Returns {channelId, secret}: a webhook''s '
  'signing secret is shown this once, null for the others.';

create function private.expect_channel(channel_id uuid) returns private.delivery_channels
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.expect_channel is 'The channel, locked; raised where there is none.';

create function private.remove_channel(channel_id uuid) returns bigint
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.remove_channel is
  'Removes a channel with its secrets and deliveries; how many of them were still waiting and will not be sent.';

create function private.activate_channel(channel_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  channel constant private.delivery_channels := private.expect_channel(activate_channel.channel_id);
begin
  update private.delivery_channels as c set active = true, paused_until = null where c.id = channel.id;
end
$$;
comment on function private.activate_channel is 'Sends through a channel again that its receiver had ended or paused.';

create function private.rotate_channel_secret(channel_id uuid, overlap interval default '24 hours') returns text
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.rotate_channel_secret is
  'A new signing secret, shown this once; the one before signs beside it for the overlap, the one before that no more.';

create function private.resend_delivery(delivery_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.resend_delivery is
  'Sends a dead or delivered delivery once more, under the same id: a receiver that has seen it can tell.';

create function private.resend_dead_deliveries() returns bigint
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.resend_dead_deliveries is 'Sends every dead delivery of an active channel once more; how many.';
