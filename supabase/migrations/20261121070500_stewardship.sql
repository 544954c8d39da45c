-- Purpose: who may change people's roles and agents, and how agents get their tokens.
-- Objects: api.set_role, api.update_agent; private.grant_admin, private.issue_agent_token,
--   private.rotate_agent_token, private.revoke_agent_tokens.
-- Locks and cost: single rows.
-- Undo: drop the functions.

-- Roles ------------------------------------------------------------------------------------------------------------
create function private.judge_role(who private.caller, profile public.user_profile, wanted text) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.judge_role is 'Decides on a change of role and carries it out.';

create function api.set_role(user_id uuid, role text) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.set_role is 'Makes a person an admin or a user. For admins (never for themselves) and the service.';
grant execute on function api.set_role to authenticated, service_role;

create function private.grant_admin(email text) returns uuid
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.grant_admin is 'Makes the first admin; for an operator with a database session.';

-- Agents -----------------------------------------------------------------------------------------------------------
create function private.tell_audit(action text, before jsonb, after jsonb) returns void
language sql volatile
set search_path = ''
as $$
  select set_config(
    'tradepost.audit', jsonb_build_object('action', action, 'before', before, 'after', after)::text, true
  )
$$;
comment on function private.tell_audit is 'What the audit shall say of the next change of an agent in this transaction.';

create function private.agent_changes_issues(changes jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
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
$$;
comment on function private.agent_changes_issues is 'What is wrong with the changes of api.update_agent; null where nothing is.';

create function private.judge_agent_changes(agent public.agents, changes jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.judge_agent_changes is 'Decides on a change of an agent and carries it out.';

create function api.update_agent(agent_id text, changes jsonb default '{}') returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.update_agent is
  'Changes an agent: {dailyQuota?, categories?, active?, autoSubmit?}. For admins and the service.';
grant execute on function api.update_agent to authenticated, service_role;

-- Tokens -----------------------------------------------------------------------------------------------------------
create function private.audit_agent_tokens(agent_id text, action text, detail jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform private.tell_audit(action, null, detail);
  update public.agents as a set version = a.version where a.id = audit_agent_tokens.agent_id;
end
$$;
comment on function private.audit_agent_tokens is 'Notes in the agent''s chain what happened to its tokens; never a token.';

create function private.issue_agent_token(
  agent_id text, token text default null, expires_at timestamptz default null
) returns text
language plpgsql volatile
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function private.issue_agent_token is
  'Issues a token, or takes one as given, and returns it: the only time it is seen. For an operator''s session.';

create function private.rotate_agent_token(agent_id text, overlap interval default '24 hours') returns text
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.rotate_agent_token is 'Issues a token and lets the older ones live on for the overlap.';

create function private.revoke_agent_tokens(agent_id text, token_id uuid default null) returns integer
language plpgsql volatile
set search_path = ''
as $$
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
comment on function private.revoke_agent_tokens is 'Ends one token of an agent, or all of them, at once.';
