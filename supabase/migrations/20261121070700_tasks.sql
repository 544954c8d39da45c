-- Purpose: the task and its state machine.
-- Objects: public.marketplace_tasks, private.archived_tasks, private.task_transitions, guards.
-- Locks and cost: new tables.
-- Undo: drop table public.marketplace_tasks, private.archived_tasks, private.task_transitions.

create sequence private.change_numbers as bigint cache 1;
comment on sequence private.change_numbers is 'Orders the changes of one transaction in the feed of tasks.';

create function private.tags_are_valid(tags text[]) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  tag text;
begin
  if cardinality(tags) > 20 then
    return false;
  end if;
  foreach tag in array tags loop
    if tag is null or char_length(tag) not between 1 and 50 then
      return false;
    end if;
  end loop;
  return true;
end
$$;
comment on function private.tags_are_valid is 'At most 20 tags of 1 to 50 characters.';

create table public.marketplace_tasks (
  id uuid not null default gen_random_uuid(),
  marketplace text not null,
  created_by text not null,
  title text not null,
  description text not null,
  category text not null,
  priority text not null,
  status text not null default 'pending',
  created_at timestamptz not null default clock_timestamp(),
  submitted_at timestamptz,
  approved_at timestamptz,
  rejected_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  due_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  -- People's ids stay when their accounts go: who decided is history, not a reference.
  assigned_to uuid,
  approved_by uuid,
  rejected_by uuid,
  completed_by uuid,
  cancelled_by text,
  estimated_hours numeric(7, 2) not null,
  actual_hours numeric(7, 2),
  tags text[] not null default '{}',
  metadata jsonb not null default '{}',
  approval_reason text,
  rejection_reason text,
  cancellation_reason text,
  completion_notes text,
  external_ref text,
  version bigint not null default 1,
  changed_xid xid8 not null default pg_current_xact_id(),
  change_number bigint not null default nextval('private.change_numbers'),
  priority_rank smallint not null generated always as (
    case priority when 'high' then 3 when 'medium' then 2 else 1 end
  ) stored,

  constraint marketplace_tasks_pkey primary key (id),
  constraint marketplace_tasks_created_by_an_agent foreign key (created_by) references public.agents (id),
  constraint marketplace_tasks_marketplace_is_known check (
    marketplace in ('amazon', 'shopee', 'mercadolivre', 'shein', 'tiktokshop', 'kaway')
  ),
  constraint marketplace_tasks_category_is_known check (
    category in ('optimization', 'best-practice', 'scaling', 'analysis')
  ),
  constraint marketplace_tasks_priority_is_known check (priority in ('high', 'medium', 'low')),
  constraint marketplace_tasks_status_is_known check (
    status in ('pending', 'awaiting_approval', 'approved', 'in_progress', 'completed', 'rejected', 'cancelled')
  ),
  constraint marketplace_tasks_title_length check (char_length(title) between 1 and 255),
  constraint marketplace_tasks_description_length check (char_length(description) between 1 and 5000),
  constraint marketplace_tasks_estimated_hours_range check (estimated_hours > 0 and estimated_hours <= 10000),
  constraint marketplace_tasks_actual_hours_range check (actual_hours > 0 and actual_hours <= 10000),
  constraint marketplace_tasks_tags_are_few_and_short check (private.tags_are_valid(tags)),
  constraint marketplace_tasks_metadata_is_a_small_object check (
    jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 16384
  ),
  constraint marketplace_tasks_reason_lengths check (
    char_length(approval_reason) between 1 and 2000
    and char_length(rejection_reason) between 1 and 2000
    and char_length(cancellation_reason) between 1 and 2000
    and char_length(completion_notes) between 1 and 2000
  ),
  constraint marketplace_tasks_external_ref_length check (char_length(external_ref) between 1 and 200),
  constraint marketplace_tasks_external_ref_is_unique_per_agent unique (created_by, external_ref),
  constraint marketplace_tasks_awaiting_was_submitted check (
    status = 'cancelled' or (status = 'pending') = (submitted_at is null)
  ),
  constraint marketplace_tasks_approved_has_approver check (
    case when status in ('approved', 'in_progress', 'completed') then approved_at is not null and approved_by is not null
    else approved_at is null and approved_by is null and approval_reason is null end
  ),
  constraint marketplace_tasks_in_progress_has_assignee check (
    case when status in ('in_progress', 'completed') then assigned_to is not null and started_at is not null
    else assigned_to is null and started_at is null end
  ),
  constraint marketplace_tasks_completed_has_hours check (
    case when status = 'completed' then
      completed_at is not null and completed_by is not null and actual_hours is not null
    else completed_at is null and completed_by is null and actual_hours is null and completion_notes is null end
  ),
  constraint marketplace_tasks_rejected_has_reason check (
    case when status = 'rejected' then
      rejected_at is not null and rejected_by is not null and rejection_reason is not null
    else rejected_at is null and rejected_by is null and rejection_reason is null end
  ),
  constraint marketplace_tasks_cancelled_has_author check (
    case when status = 'cancelled' then cancelled_at is not null and cancelled_by is not null
    else cancelled_at is null and cancelled_by is null and cancellation_reason is null end
  )
);
comment on table public.marketplace_tasks is 'Work that agents propose and people decide on and do.';
comment on column public.marketplace_tasks.version is 'Grows by one with every change; the seq of its audit row.';
comment on column public.marketplace_tasks.changed_xid is 'The transaction of the last change; with change_number the order of the feed.';
comment on column public.marketplace_tasks.external_ref is 'The agent''s own name for it: creating it again returns the first.';

create index idx_marketplace_tasks_status on public.marketplace_tasks (status, created_at desc, id desc);
create index idx_marketplace_tasks_marketplace on public.marketplace_tasks (marketplace, created_at desc, id desc);
create index idx_marketplace_tasks_created_by on public.marketplace_tasks (created_by, created_at desc, id desc);
create index idx_marketplace_tasks_approved_by on public.marketplace_tasks (approved_by);
create index idx_marketplace_tasks_assigned_to on public.marketplace_tasks (assigned_to);
create index idx_marketplace_tasks_status_submitted on public.marketplace_tasks (status, submitted_at);
create index idx_marketplace_tasks_completed_at on public.marketplace_tasks (completed_at);
create index idx_marketplace_tasks_marketplace_status on public.marketplace_tasks (marketplace, status);
create index idx_marketplace_tasks_created_at on public.marketplace_tasks (created_at desc, id desc);
create index marketplace_tasks_by_submission on public.marketplace_tasks (
  coalesce(submitted_at, '-infinity'::timestamptz) desc, id desc
);
create index marketplace_tasks_by_priority on public.marketplace_tasks (priority_rank desc, created_at desc, id desc);
create index marketplace_tasks_by_category on public.marketplace_tasks (category, created_at desc, id desc);
create index marketplace_tasks_queue on public.marketplace_tasks (submitted_at, id) where status = 'awaiting_approval';
create index marketplace_tasks_queue_of_marketplace on public.marketplace_tasks (marketplace, submitted_at, id)
  where status = 'awaiting_approval';
create index marketplace_tasks_ended on public.marketplace_tasks (coalesce(completed_at, rejected_at, cancelled_at), id)
  where status in ('completed', 'rejected', 'cancelled');
create index marketplace_tasks_feed on public.marketplace_tasks (changed_xid, change_number);
create index marketplace_tasks_feed_of_agent on public.marketplace_tasks (created_by, changed_xid, change_number);
create index marketplace_tasks_tags on public.marketplace_tasks using gin (tags);
create index marketplace_tasks_text on public.marketplace_tasks
  using gin (to_tsvector('simple', title || ' ' || description));

grant select on public.marketplace_tasks to authenticated, service_role;
alter table public.marketplace_tasks enable row level security;
create policy "Signed-in users read all tasks"
  on public.marketplace_tasks for select to authenticated
  using ((select private.is_known()));

-- Tasks that ended more than six months ago; typed alike, so that statistics read both as one.
create table private.archived_tasks (
  like public.marketplace_tasks,
  archived_at timestamptz not null default clock_timestamp(),
  constraint archived_tasks_pkey primary key (id)
);
comment on table private.archived_tasks is 'Tasks that ended more than six months ago.';
create unique index archived_tasks_external_ref on private.archived_tasks (created_by, external_ref)
  where external_ref is not null;
create index archived_tasks_created_at on private.archived_tasks (created_at);
create index archived_tasks_submitted_at on private.archived_tasks (submitted_at);
create index archived_tasks_approved_at on private.archived_tasks (approved_at);
create index archived_tasks_rejected_at on private.archived_tasks (rejected_at);
create index archived_tasks_started_at on private.archived_tasks (started_at);
create index archived_tasks_completed_at on private.archived_tasks (completed_at);

-- The state machine ------------------------------------------------------------------------------------------------
create table private.task_transitions (
  from_status text not null,
  operation text not null,
  to_status text not null,
  constraint task_transitions_pkey primary key (from_status, operation),
  constraint task_transitions_go_one_way unique (from_status, to_status)
);
comment on table private.task_transitions is 'Every step a task may take. shared/tasks/rules.ts says the same; a test holds the two equal.';

insert into private.task_transitions (from_status, operation, to_status) values
  ('pending', 'submit', 'awaiting_approval'),
  ('pending', 'cancel', 'cancelled'),
  ('awaiting_approval', 'approve', 'approved'),
  ('awaiting_approval', 'reject', 'rejected'),
  ('awaiting_approval', 'cancel', 'cancelled'),
  ('approved', 'assign', 'in_progress'),
  ('in_progress', 'unassign', 'approved'),
  ('in_progress', 'complete', 'completed');

create function private.guard_task_insert() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if new.status not in ('pending', 'awaiting_approval') or new.version <> 1 then
    raise exception 'Expected a new task to be pending or awaiting_approval, version 1, but found %, version %',
      new.status, new.version using errcode = 'PT409';
  end if;
  return new;
end
$$;
comment on function private.guard_task_insert is 'Trigger body: a task begins at the beginning.';

create function private.guard_task_update() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if not exists (
    select from private.task_transitions as t where t.from_status = old.status and t.to_status = new.status
  ) then
    raise exception 'A task that is % cannot become %', old.status, new.status using errcode = 'PT409';
  end if;
  if (new.id, new.marketplace, new.created_by, new.title, new.description, new.category, new.priority,
      new.created_at, new.estimated_hours, new.tags, new.metadata, new.due_at, new.external_ref)
    is distinct from
     (old.id, old.marketplace, old.created_by, old.title, old.description, old.category, old.priority,
      old.created_at, old.estimated_hours, old.tags, old.metadata, old.due_at, old.external_ref)
  then
    raise exception 'What a task proposes is fixed once it exists' using errcode = 'PT409';
  end if;
  -- What a step writes, no other step rewrites.
  if (new.submitted_at is distinct from old.submitted_at and new.status <> 'awaiting_approval')
    or (old.approved_at is not null and (new.approved_at, new.approved_by, new.approval_reason)
      is distinct from (old.approved_at, old.approved_by, old.approval_reason))
    or ((new.assigned_to, new.started_at) is distinct from (old.assigned_to, old.started_at)
      and new.status not in ('in_progress', 'approved'))
  then
    raise exception 'What an earlier step wrote is fixed' using errcode = 'PT409';
  end if;
  -- Maker is never checker, whatever path leads here.
  if new.status in ('approved', 'rejected') and old.status = 'awaiting_approval'
    and (private.principal()).kind = 'agent'
  then
    raise exception 'An agent never decides on a task' using errcode = 'PT403';
  end if;
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  new.changed_xid := pg_current_xact_id();
  new.change_number := nextval('private.change_numbers');
  return new;
end
$$;
comment on function private.guard_task_update is
  'Trigger body: refuses, on every path, whatever the state machine does not know.';

create function private.guard_task_delete() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if old.status not in ('completed', 'rejected', 'cancelled') then
    raise exception 'A task that is % cannot be removed', old.status using errcode = 'PT409';
  end if;
  return old;
end
$$;
comment on function private.guard_task_delete is 'Trigger body: only a task that ended may go, to the archive.';

create trigger marketplace_tasks_begin_at_the_beginning
  before insert on public.marketplace_tasks
  for each row execute function private.guard_task_insert();
create trigger marketplace_tasks_follow_the_state_machine
  before update on public.marketplace_tasks
  for each row execute function private.guard_task_update();
create trigger marketplace_tasks_go_only_when_ended
  before delete on public.marketplace_tasks
  for each row execute function private.guard_task_delete();
create trigger marketplace_tasks_are_never_truncated
  before truncate on public.marketplace_tasks
  for each statement execute function private.refuse_change();
