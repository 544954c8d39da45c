-- Purpose: the audit ledger: append-only, hash-chained per resource.
-- Objects: public.audit_logs, private.audit_hash, private.refuse_change.
-- Locks and cost: one row per mutation; the chain is read by primary key, never searched.
-- Undo: drop table public.audit_logs; drop the functions.

-- Every audited resource carries a version that grows by one with each change, and the change's audit row has that
-- version as its seq. So the row lock on the resource gives the sequence, the predecessor is found by key, and a
-- chain that lost its tail is shorter than the resource's version says.
create table public.audit_logs (
  resource_type text not null,
  resource_id text not null,
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  action text not null,
  before jsonb,
  after jsonb,
  request_id text,
  prev_hash bytea,
  hash bytea not null,
  constraint audit_logs_pkey primary key (resource_type, resource_id, seq),
  constraint audit_logs_seq_starts_at_one check (seq >= 1),
  constraint audit_logs_first_has_no_predecessor check ((seq = 1) = (prev_hash is null)),
  constraint audit_logs_actor_kind_is_known check (actor_kind in ('user', 'agent', 'service', 'system'))
);
comment on table public.audit_logs is 'Who did what to which resource; append-only and hash-chained per resource.';
comment on column public.audit_logs.seq is 'The version of the resource that this change made; gap-free per resource.';
comment on column public.audit_logs.hash is 'SHA-256 over prev_hash and every other column, see private.audit_hash.';
create index audit_logs_at on public.audit_logs using brin (at);

grant select on public.audit_logs to authenticated, service_role;
alter table public.audit_logs enable row level security;

create function private.audit_hash(
  prev_hash bytea, resource_type text, resource_id text, seq bigint, at timestamptz, actor_kind text, actor_id text,
  action text, before jsonb, after jsonb, request_id text
) returns bytea
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  -- An array, not a joined text: no two different rows may ever write the same bytes. The instant is written in
  -- seconds since 1970, so that the session's time zone plays no part.
  return sha256(convert_to(jsonb_build_array(
    encode(prev_hash, 'hex'), resource_type, resource_id, seq, extract(epoch from at)::text, actor_kind, actor_id,
    action, before, after, request_id
  )::text, 'UTF8'));
end
$$;
comment on function private.audit_hash is 'The hash a row of audit_logs must carry.';

create function private.refuse_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception '% of %.% is refused: its rows are only ever added', tg_op, tg_table_schema, tg_table_name
    using errcode = 'PT403';
end
$$;
comment on function private.refuse_change is 'Trigger body of append-only tables.';

create trigger audit_logs_are_append_only
  before update or delete or truncate on public.audit_logs
  for each statement execute function private.refuse_change();
