-- Purpose: what follows from every change of a task, on every path: its audit and its announcement.
-- Objects: private.task_json, private.task_state_json, statement triggers of marketplace_tasks, Realtime policies,
--   publication.
-- Locks and cost: one audit insert and one Realtime message per statement, whatever its size.
-- Undo: drop the triggers, policies and functions.

-- What a change sets in motion -------------------------------------------------------------------------------------
create function private.task_json(task public.marketplace_tasks) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', task.id,
    'marketplace', task.marketplace,
    'createdBy', task.created_by,
    'title', task.title,
    'description', task.description,
    'category', task.category,
    'priority', task.priority,
    'status', task.status,
    'createdAt', task.created_at,
    'submittedAt', task.submitted_at,
    'approvedAt', task.approved_at,
    'approvedBy', task.approved_by,
    'approvalReason', task.approval_reason,
    'rejectedAt', task.rejected_at,
    'rejectedBy', task.rejected_by,
    'rejectionReason', task.rejection_reason,
    'startedAt', task.started_at,
    'assignedTo', task.assigned_to,
    'completedAt', task.completed_at,
    'completedBy', task.completed_by,
    'completionNotes', task.completion_notes,
    'cancelledAt', task.cancelled_at,
    'cancelledBy', task.cancelled_by,
    'cancellationReason', task.cancellation_reason,
    'estimatedHours', trim_scale(task.estimated_hours),
    'actualHours', trim_scale(task.actual_hours),
    'tags', task.tags,
    'metadata', task.metadata,
    'dueAt', task.due_at,
    'externalRef', task.external_ref,
    'version', task.version,
    'updatedAt', task.updated_at
  );
end
$$;
comment on function private.task_json is 'A task as the public API shows it.';

create function private.task_state_json(task public.marketplace_tasks) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'status', task.status,
    'submittedAt', task.submitted_at,
    'approvedAt', task.approved_at,
    'approvedBy', task.approved_by,
    'approvalReason', task.approval_reason,
    'rejectedAt', task.rejected_at,
    'rejectedBy', task.rejected_by,
    'rejectionReason', task.rejection_reason,
    'startedAt', task.started_at,
    'assignedTo', task.assigned_to,
    'completedAt', task.completed_at,
    'completedBy', task.completed_by,
    'actualHours', trim_scale(task.actual_hours),
    'completionNotes', task.completion_notes,
    'cancelledAt', task.cancelled_at,
    'cancelledBy', task.cancelled_by,
    'cancellationReason', task.cancellation_reason
  ));
end
$$;
comment on function private.task_state_json is
  'The part of a task that a step may change, for the audit; the rest stands in the row of its creation.';

create function private.audit_tasks_created() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.append_audit(array(
    select row(
      'task', t.id::text, t.version, t.updated_at, 'created', null, private.task_json(t)
    )::private.audit_entry
    from created as t
  ));
  return null;
end
$$;
comment on function private.audit_tasks_created is 'Trigger body: the first row of every new task''s chain.';

create function private.audit_tasks_changed() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.append_audit(array(
    select row(
      'task', a.id::text, a.version, a.updated_at, step.operation, private.task_state_json(b), private.task_state_json(a)
    )::private.audit_entry
    from changed as a
    join unchanged as b on b.id = a.id
    join private.task_transitions as step on step.from_status = b.status and step.to_status = a.status
  ));
  return null;
end
$$;
comment on function private.audit_tasks_changed is 'Trigger body: one row per step, with the state before and after it.';

create function private.audit_tasks_archived() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  perform private.append_audit(array(
    select row(
      'task', t.id::text, t.version + 1, clock_timestamp(), 'archived', private.task_state_json(t), null
    )::private.audit_entry
    from gone as t
  ));
  return null;
end
$$;
comment on function private.audit_tasks_archived is 'Trigger body: the last row of a chain; the task itself is in the archive.';

create function private.announce_tasks() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  told jsonb;
  total bigint;
begin
  -- One message for a statement, whatever its size: Realtime is the wake-up, list-tasks?since= is the record.
  select count(*) into total from changed;
  if total = 0 then
    return null;
  end if;
  select jsonb_agg(jsonb_build_object(
    'id', t.id, 'marketplace', t.marketplace, 'status', t.status, 'version', t.version,
    'assignedTo', t.assigned_to, 'updatedAt', t.updated_at
  ))
  into told
  from (select * from changed as c limit 100) as t;
  perform realtime.send(
    jsonb_build_object('count', total, 'tasks', told),
    case tg_op when 'INSERT' then 'task_created' else 'task_changed' end, 'tasks', true
  );
  return null;
end
$$;
comment on function private.announce_tasks is
  'Trigger body: tells the topic tasks what changed; count says how many, tasks shows a hundred of them.';

create trigger marketplace_tasks_creation_is_audited
  after insert on public.marketplace_tasks referencing new table as created
  for each statement execute function private.audit_tasks_created();
create trigger marketplace_tasks_steps_are_audited
  after update on public.marketplace_tasks referencing old table as unchanged new table as changed
  for each statement execute function private.audit_tasks_changed();
create trigger marketplace_tasks_archiving_is_audited
  after delete on public.marketplace_tasks referencing old table as gone
  for each statement execute function private.audit_tasks_archived();
create trigger marketplace_tasks_creation_is_announced
  after insert on public.marketplace_tasks referencing new table as changed
  for each statement execute function private.announce_tasks();
create trigger marketplace_tasks_steps_are_announced
  after update on public.marketplace_tasks referencing new table as changed
  for each statement execute function private.announce_tasks();

-- Who hears it -----------------------------------------------------------------------------------------------------
create policy "Signed-in users hear of tasks"
  on realtime.messages for select to authenticated
  using (extension = 'broadcast' and (select realtime.topic()) = 'tasks' and (select private.is_known()));

create policy "People hear what is meant for them"
  on realtime.messages for select to authenticated
  using (extension = 'broadcast' and (select realtime.topic()) = 'user:' || (select auth.uid())::text);

alter publication supabase_realtime add table public.marketplace_tasks;
