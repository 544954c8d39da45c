-- Purpose: who is calling, judged from what Postgres itself can see, and who may read whom.
-- Objects: private.caller, private.principal and its guards, private.is_admin, policies.
-- Locks and cost: none.
-- Undo: drop the policies and functions; drop type private.caller.

-- The caller -------------------------------------------------------------------------------------------------------
create type private.caller as (
  kind text, -- user, agent, service, system, anon
  id text, -- what limits and idempotency are counted by: 'user:<uuid>', 'agent:<id>', 'service', …
  user_id uuid,
  agent_id text,
  token_id uuid,
  is_admin boolean
);
comment on type private.caller is 'Who is calling, from what Postgres itself can see.';

create function private.agent_caller(token text) returns private.caller
language plpgsql stable security definer
set search_path = ''
as $$
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
comment on function private.agent_caller is 'The agent behind a token; a token that is unknown, revoked or expired is refused.';

create function private.user_caller(user_id uuid) returns private.caller
language plpgsql stable security definer
set search_path = ''
as $$
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
comment on function private.user_caller is 'The person behind a verified JWT.';

create function private.session_role() returns text
language plpgsql stable
set search_path = ''
as $$
begin
  -- Inside an operation current_user is its owner; the role the session has taken on is what tells.
  return coalesce(nullif(current_setting('role', true), 'none'), session_user);
end
$$;
comment on function private.session_role is 'The role of the session itself: the one it set, else the one it logged in as.';

create function private.principal() returns private.caller
language plpgsql stable security definer
set search_path = ''
as $$
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
comment on function private.principal is
  'Who is calling: verified JWT claims, the x-agent-token header, the service, or a direct session. Writes nothing, so '
  'that stable operations may call it.';

-- An agent comes as anon with its token in a header, so whatever a function URL leads to is open to anon and judges its
-- caller here: a wrong token is told apart from a missing right.
create function private.require_caller(kinds text[]) returns private.caller
language plpgsql stable
set search_path = ''
as $$
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
comment on function private.require_caller is 'The caller, where he is of one of these kinds; refused otherwise.';

create function private.actor() returns private.caller
language plpgsql stable
set search_path = ''
as $$
declare
  noted constant text := nullif(current_setting('tradepost.actor', true), '');
begin
  if noted is null then
    return private.principal();
  end if;
  return jsonb_populate_record(null::private.caller, noted::jsonb);
end
$$;
comment on function private.actor is 'Whom the audit names: the caller of the operation under way, or of the session itself.';

create function private.require_admin() returns private.caller
language plpgsql stable
set search_path = ''
as $$
declare
  who constant private.caller := private.require_caller(array['user']);
begin
  if not who.is_admin then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for admins');
  end if;
  return who;
end
$$;
comment on function private.require_admin is 'The caller, where he is a person with the role admin; refused otherwise.';

create function private.require_steward() returns private.caller
language plpgsql stable
set search_path = ''
as $$
declare
  who constant private.caller := private.require_caller(array['user', 'service', 'system']);
begin
  if who.kind = 'user' and not who.is_admin then
    perform private.raise_refusal(403, 'not_allowed', 'This operation is for admins and the service');
  end if;
  return who;
end
$$;
comment on function private.require_steward is 'The caller, where he is an admin, the service or the system; refused otherwise.';

create function private.is_admin() returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.user_profile as p where p.id = (select auth.uid()) and p.role = 'admin'
  )
$$;
comment on function private.is_admin is 'Whether the signed-in user is an admin; for policies.';
grant execute on function private.is_admin to authenticated;

create function private.is_known() returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from public.user_profile as p where p.id = (select auth.uid()))
$$;
comment on function private.is_known is 'Whether the signed-in user still has an account; for policies.';
grant execute on function private.is_known to authenticated;

-- Who reads what ---------------------------------------------------------------------------------------------------
create policy "People read their own profile, admins read all"
  on public.user_profile for select to authenticated
  using (id = (select auth.uid()) or (select private.is_admin()));

create policy "Admins read the agents"
  on public.agents for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read what agents may create"
  on public.agent_categories for select to authenticated
  using ((select private.is_admin()));

create policy "Admins read the audit"
  on public.audit_logs for select to authenticated
  using ((select private.is_admin()));
