-- Purpose: principals come and change, and every change of them is audited.
-- Objects: private.write_audit, triggers of user_profile and agents, sign-up trigger on auth.users, the seven agents.
-- Locks and cost: adds a trigger to auth.users (one row per sign-up).
-- Undo: drop trigger make_user_profile on auth.users; drop the triggers and functions.

-- Audit of single changes ------------------------------------------------------------------------------------------
create type private.audit_entry as (
  resource_type text,
  resource_id text,
  seq bigint,
  at timestamptz,
  action text,
  before jsonb,
  after jsonb
);
comment on type private.audit_entry is 'What happened; who did it, in which request, and the chain are added when it is written.';

create function private.append_audit(entries private.audit_entry[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
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
$$;
comment on function private.append_audit is
  'Adds entries to their chains. seq is the version the change made, given under the resource''s row lock.';

create function private.write_audit(
  resource_type text, resource_id text, seq bigint, action text, before jsonb, after jsonb
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.append_audit(array[
    row(resource_type, resource_id, seq, clock_timestamp(), action, before, after)::private.audit_entry
  ]);
end
$$;
comment on function private.write_audit is 'append_audit for a single entry of now.';

-- Every audited table counts its changes here, so that no path can forget to.
create function private.count_version() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;
comment on function private.count_version is 'Trigger body: a change makes the next version.';

create function private.audit_user_profile() returns trigger
language plpgsql security definer
set search_path = ''
as $$
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
comment on function private.audit_user_profile is 'Trigger body: every change of a profile is audited, without names.';

create trigger user_profile_counts_versions
  before update on public.user_profile
  for each row execute function private.count_version();
create trigger user_profile_is_audited
  after insert or update or delete on public.user_profile
  for each row execute function private.audit_user_profile();

create function private.make_user_profile() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  -- What a person says of himself at sign-up is a name at most, never a right.
  insert into public.user_profile (id, display_name)
  values (new.id, nullif(left(btrim(new.raw_user_meta_data ->> 'display_name'), 100), ''))
  on conflict (id) do nothing;
  return null;
end
$$;
comment on function private.make_user_profile is 'Trigger body on auth.users: everybody who signs up is a user.';

create trigger make_user_profile
  after insert on auth.users
  for each row execute function private.make_user_profile();

insert into public.user_profile (id)
select u.id from auth.users as u
on conflict (id) do nothing;

-- A last_seen_at alone is no change worth a version.
create trigger agents_count_versions
  before update of marketplace, daily_quota, auto_submit, active, version on public.agents
  for each row execute function private.count_version();

create function private.agent_json(agent public.agents) returns jsonb
language sql stable
set search_path = ''
as $$
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
comment on function private.agent_json is 'An agent as the public API shows it.';

create function private.audit_new_agent() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.write_audit('agent', new.id, 1, 'created', null, private.agent_json(new) - 'categories');
  return null;
end
$$;
comment on function private.audit_new_agent is 'Trigger body: the first entry of an agent''s chain.';

create function private.audit_agent_change() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function private.audit_agent_change is 'Trigger body: every version of an agent has its entry, whichever path made it.';

create trigger agents_changes_are_audited
  after update on public.agents
  for each row when (old.version <> new.version) execute function private.audit_agent_change();
create trigger agents_creation_is_audited
  after insert on public.agents
  for each row execute function private.audit_new_agent();

-- The seven agents -------------------------------------------------------------------------------------------------
insert into public.agents (id, marketplace) values
  ('marketplace-amazon', 'amazon'),
  ('marketplace-shopee', 'shopee'),
  ('marketplace-mercadolivre', 'mercadolivre'),
  ('marketplace-shein', 'shein'),
  ('marketplace-tiktokshop', 'tiktokshop'),
  ('marketplace-kaway', 'kaway'),
  ('marketplace-master', null);

insert into public.agent_categories (agent_id, category) values
  ('marketplace-amazon', 'optimization'), ('marketplace-amazon', 'analysis'),
  ('marketplace-shopee', 'optimization'), ('marketplace-shopee', 'best-practice'),
  ('marketplace-mercadolivre', 'optimization'), ('marketplace-mercadolivre', 'scaling'),
  ('marketplace-shein', 'best-practice'), ('marketplace-shein', 'analysis'), ('marketplace-shein', 'optimization'),
  ('marketplace-tiktokshop', 'scaling'), ('marketplace-tiktokshop', 'best-practice'),
  ('marketplace-tiktokshop', 'optimization'),
  ('marketplace-kaway', 'optimization'), ('marketplace-kaway', 'scaling'), ('marketplace-kaway', 'analysis'),
  ('marketplace-master', 'optimization'), ('marketplace-master', 'best-practice'),
  ('marketplace-master', 'scaling'), ('marketplace-master', 'analysis');
