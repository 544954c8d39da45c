-- Purpose: who is told outside, and one delivery for each thing said and each channel it is said through.
-- Objects: private.delivery_channels, private.deliveries, private.has_channel; private.outbox keeps what is to be said.
-- Locks and cost: drops columns of private.outbox, so takes its exclusive lock for a moment. An outbox row costs one
--   index look-up more, and a row per channel.
-- Undo: drop trigger outbox_reaches_its_channels on private.outbox; drop the tables and functions; add the columns of
--   20261121070600_jobs.sql again and bring its private.notify_admins back.

-- Channels ---------------------------------------------------------------------------------------------------------
create table private.delivery_channels (
  id uuid not null default gen_random_uuid(),
  recipient uuid,
  kind text not null,
  target text not null,
  events text[],
  active boolean not null default true,
  paused_until timestamptz,
  secret text,
  previous_secret text,
  previous_secret_expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  constraint delivery_channels_pkey primary key (id),
  constraint delivery_channels_belong_to_a_person foreign key (recipient) references public.user_profile (id)
    on delete cascade,
  constraint delivery_channels_kind_is_known check (kind in ('webhook', 'slack', 'email')),
  constraint delivery_channels_target_fits_the_kind check (
    case kind
      when 'email' then char_length(target) <= 320 and target ~ '^[^[:space:][:cntrl:]@<>,;"]+@[^[:space:][:cntrl:]@<>,;"]+$'
      else char_length(target) <= 2048 and target ~ '^https?://[^[:space:][:cntrl:]]+$'
    end
  ),
  constraint delivery_channels_events_are_named check (
    cardinality(events) > 0 and array_position(events, null) is null and array_position(events, '') is null
  ),
  constraint delivery_channels_webhooks_are_signed check ((kind = 'webhook') = (secret is not null)),
  constraint delivery_channels_secrets_are_256_bits check (
    secret ~ '^whsec_[A-Za-z0-9+/]{43}=$' and previous_secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'
  ),
  constraint delivery_channels_previous_secret_expires check (
    (previous_secret is null) = (previous_secret_expires_at is null)
  ),
  constraint delivery_channels_previous_secret_follows_one check (previous_secret is null or secret is not null)
);
comment on table private.delivery_channels is 'Where somebody wants to be told outside: a webhook, a Slack channel, a mailbox.';
comment on column private.delivery_channels.recipient is 'The user it belongs to; null for the operators'' own.';
comment on column private.delivery_channels.target is 'The URL or address. That of Slack is a secret in itself.';
comment on column private.delivery_channels.events is 'The events it is for; null for all.';
comment on column private.delivery_channels.active is 'False once a receiver answered 410 Gone; nothing is sent there any more.';
comment on column private.delivery_channels.paused_until is 'Its receiver asked by Retry-After to be left alone until then.';
comment on column private.delivery_channels.secret is 'What webhooks are signed with. In plain text: signing needs it, a hash would not do.';
comment on column private.delivery_channels.previous_secret is 'Signs beside the current one until it expires, so that receivers can change over.';

-- The target by its hash: an index entry holds 2704 bytes at most. Leading column: who is it for.
create unique index delivery_channels_are_added_once
  on private.delivery_channels (recipient, kind, md5(target)) nulls not distinct;

create function private.has_channel(recipient uuid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  -- Two questions, since "is not distinct from" finds no index.
  if has_channel.recipient is null then
    return exists (select from private.delivery_channels as c where c.recipient is null and c.active);
  end if;
  return exists (select from private.delivery_channels as c where c.recipient = has_channel.recipient and c.active);
end
$$;
comment on function private.has_channel is 'Whether somebody (null: the operators) is to be told outside at all: one index look-up.';

-- Deliveries -------------------------------------------------------------------------------------------------------
create table private.deliveries (
  id uuid not null default gen_random_uuid(),
  outbox_id bigint not null,
  channel_id uuid not null,
  status text not null default 'pending',
  attempts integer not null default 0,
  resends integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  lease uuid,
  last_error text,
  delivered_at timestamptz,
  constraint deliveries_pkey primary key (id),
  constraint deliveries_say_a_thing_once_per_channel unique (outbox_id, channel_id),
  constraint deliveries_are_of_the_outbox foreign key (outbox_id) references private.outbox (id) on delete cascade,
  constraint deliveries_go_through_a_channel foreign key (channel_id) references private.delivery_channels (id)
    on delete cascade,
  constraint deliveries_status_is_known check (status in ('pending', 'delivered', 'dead')),
  constraint deliveries_attempts_is_not_negative check (attempts >= 0),
  constraint deliveries_resends_is_not_negative check (resends >= 0),
  constraint deliveries_only_pending_are_leased check (lease is null or status = 'pending'),
  constraint deliveries_delivered_has_its_time check ((status = 'delivered') = (delivered_at is not null)),
  constraint deliveries_dead_has_a_reason check (status <> 'dead' or last_error is not null)
);
comment on table private.deliveries is
  'One row per thing said and channel. Its id is the same on every attempt: receivers know by it what they have seen.';
comment on column private.deliveries.attempts is 'Counted when one begins: one that brings its worker down counts too.';
comment on column private.deliveries.resends is
  'How often an operator had it sent again: attempts begin anew, and a mail provider must not take them for repetitions.';
comment on column private.deliveries.next_attempt_at is
  'When it is due. While a worker holds it, the end of the lease: then it is due again by itself.';
comment on column private.deliveries.lease is 'Names the claim of the worker that is sending it; what another one reports is not taken.';
comment on column private.deliveries.last_error is 'Why the last attempt failed; null once delivered.';
create index deliveries_of_a_channel on private.deliveries (channel_id, status, next_attempt_at);
create index deliveries_under_way on private.deliveries (channel_id) where lease is not null;

-- The outbox -------------------------------------------------------------------------------------------------------
alter table private.outbox
  drop column status,
  drop column attempts,
  drop column next_attempt_at,
  drop column last_error,
  drop column delivered_at;
comment on table private.outbox is
  'What is to be said outside, written in the transaction of the change it tells of. dedupe_key says each thing once. '
  'How it reaches whom stands in private.deliveries; a row that nobody has a channel for is finished as it is written.';

create function private.address_outbox() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
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
comment on function private.address_outbox is 'Makes a delivery for every active channel of the recipient that wants the event.';
create trigger outbox_reaches_its_channels
  after insert on private.outbox referencing new table as told
  for each statement execute function private.address_outbox();

create or replace function private.notify_admins(event text, payload jsonb, dedupe_key text) returns integer
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
  if private.has_channel(null) then
    perform private.enqueue(null, event, payload, dedupe_key || ':operators');
  end if;
  return told;
end
$$;
comment on function private.notify_admins is
  'Tells every admin once per dedupe_key: at once on the topic user:<id>, and through the outbox; the operators'' own '
  'channels too. How many admins were told anew.';
