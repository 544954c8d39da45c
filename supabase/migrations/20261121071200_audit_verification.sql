-- Purpose: anybody in charge can prove that the audit was not touched.
-- Objects: private.audited_version, private.first_broken_seq, api.verify_audit.
-- Locks and cost: none; reads one chain.
-- Undo: drop the functions.

create function private.audited_version(resource_type text, resource_id text) returns bigint
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
  end
$$;
comment on function private.audited_version is 'How long the chain of a resource must be; null where the resource is gone.';

create function private.first_broken_seq(resource_type text, resource_id text) returns bigint
language sql stable
set search_path = ''
as $$
  with chain as (
    select l.seq, l.hash, l.prev_hash, private.audit_hash(
        l.prev_hash, l.resource_type, l.resource_id, l.seq, l.at, l.actor_kind, l.actor_id, l.action, l.before, l.after,
        l.request_id
      ) as true_hash,
      lag(l.hash) over (order by l.seq) as hash_before,
      row_number() over (order by l.seq) as position
    from public.audit_logs as l
    where l.resource_type = first_broken_seq.resource_type and l.resource_id = first_broken_seq.resource_id
  ),
  fault as (
    -- A row that is missing, changed, or does not follow from the one before it.
    select least(c.seq, c.position) as seq
    from chain as c
    where c.seq <> c.position or c.hash <> c.true_hash or c.prev_hash is distinct from c.hash_before
    union all
    -- A tail that was cut off, or rows that nothing accounts for.
    select least(length.rows, length.version) + 1
    from (
      select count(c.seq) as rows,
        private.audited_version(first_broken_seq.resource_type, first_broken_seq.resource_id) as version
      from (select) as one
      left join chain as c on true
    ) as length
    where length.version <> length.rows
    union all
    -- What is gone must have been seen to go: its last entry says so.
    select max(l.seq) + 1
    from public.audit_logs as l
    where l.resource_type = first_broken_seq.resource_type and l.resource_id = first_broken_seq.resource_id
      and private.audited_version(first_broken_seq.resource_type, first_broken_seq.resource_id) is null
    having (array_agg(l.action order by l.seq desc))[1] <> 'deleted'
  )
  select min(f.seq) from fault as f
$$;
comment on function private.first_broken_seq is 'The first seq of a chain that was changed, removed or added; null where the chain holds.';

create function api.verify_audit(resource_type text, resource_id text) returns jsonb
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
  broken := private.first_broken_seq(verify_audit.resource_type, verify_audit.resource_id);
  return jsonb_build_object('ok', broken is null, 'firstBrokenSeq', broken);
end
$$;
comment on function api.verify_audit is
  'Recomputes the hash chain of a resource (task, agent, user) and names the first row that does not hold. For admins and the service.';
grant execute on function api.verify_audit to authenticated, service_role;
