-- Purpose: api.verify_audit knows sessions, whose ledger is their audit, and settlements.
-- Objects: private.audited_version and api.verify_audit replaced; private.first_broken_entry.
-- Locks and cost: none; reads one chain.
-- Undo: restore both functions from 20261121071200; drop private.first_broken_entry.

create or replace function private.audited_version(resource_type text, resource_id text) returns bigint
language sql stable
set search_path = ''
as $$
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

create function private.first_broken_entry(session_id uuid) returns bigint
language sql stable
set search_path = ''
as $$
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
comment on function private.first_broken_entry is 'The first seq of a session''s ledger that was changed, removed or added; null where it holds.';

create or replace function api.verify_audit(resource_type text, resource_id text) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
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
comment on function api.verify_audit is
  'Recomputes the hash chain of a resource (task, agent, user, session, settlement) and names the first row that does '
  'not hold. For admins and the service.';
