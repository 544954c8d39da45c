-- Purpose: how the winner's payment and the loser's payout move.
-- Objects: private.settlement_transitions, api.record_settlement, guard and audit of bidding_results.
-- Locks and cost: the result's row.
-- Undo: drop the functions, triggers and the table.

create table private.settlement_transitions (
  from_status text not null,
  to_status text not null,
  constraint settlement_transitions_pkey primary key (from_status, to_status)
);
comment on table private.settlement_transitions is
  'How a payment or payout may move. shared/bidding/rules.ts says the same; a test holds the two equal.';
insert into private.settlement_transitions (from_status, to_status) values
  ('pending', 'processing'),
  ('pending', 'completed'),
  ('pending', 'failed'),
  ('processing', 'completed'),
  ('processing', 'failed'),
  ('failed', 'processing'),
  ('failed', 'completed'),
  ('completed', 'refunded');

create function private.settlement_moves(from_status text, to_status text, known_id text, new_id text) returns boolean
language sql stable
set search_path = ''
as $$
  select (
    from_status is not distinct from to_status or exists (
      select from private.settlement_transitions as t
      where t.from_status = settlement_moves.from_status and t.to_status = settlement_moves.to_status
    )
  ) and (
    -- A new attempt after a failure may have a new id; otherwise one that is known stays.
    known_id is null or coalesce(new_id = known_id, false)
    or (new_id is not null and from_status = 'failed' and to_status <> 'failed')
  )
$$;
comment on function private.settlement_moves is 'Whether one side of the money may move like this, its externalId with it.';

create function private.guard_settlement() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if new.payment_status <> 'pending' or new.payout_status <> 'pending'
      or num_nonnulls(new.payment_external_id, new.payout_external_id) > 0
    then
      raise exception 'Expected the money of a new result to be pending' using errcode = 'PT409';
    end if;
    return null;
  end if;
  if not private.settlement_moves(
    old.payment_status, new.payment_status, old.payment_external_id, new.payment_external_id
  ) then
    raise exception 'A payment that is % cannot become % this way', old.payment_status, new.payment_status
      using errcode = 'PT409';
  end if;
  if not private.settlement_moves(
    old.payout_status, new.payout_status, old.payout_external_id, new.payout_external_id
  ) then
    raise exception 'A payout that is % cannot become % this way', old.payout_status, new.payout_status
      using errcode = 'PT409';
  end if;
  return null;
end
$$;
comment on function private.guard_settlement is 'Trigger body: the money of a result moves, on every path, as private.settlement_transitions says.';
-- After the row: whatever breaks a constraint is refused by its name.
create trigger bidding_results_follow_the_state_machine
  after insert or update on public.bidding_results
  for each row execute function private.guard_settlement();

create trigger bidding_results_count_their_versions
  before update on public.bidding_results for each row execute function private.count_version();

create function private.settlement_json(result public.bidding_results) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'sessionId', result.session_id, 'currency', result.currency, 'winningBidCents', result.winning_bid_cents,
    'compensationCents', result.compensation_cents, 'platformRevenueCents', result.platform_revenue_cents,
    'paymentStatus', result.payment_status, 'paymentExternalId', result.payment_external_id,
    'payoutStatus', result.payout_status, 'payoutExternalId', result.payout_external_id,
    'version', result.version, 'updatedAt', result.updated_at
  );
end
$$;
comment on function private.settlement_json is 'Where the money of a session stands, for the service and the audit.';

create function private.audit_results() returns trigger
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
begin
  if tg_op = 'INSERT' then
    perform private.write_audit(
      'settlement', new.session_id::text, new.version, 'created', null, private.settlement_json(new)
    );
  else
    perform private.write_audit(
      'settlement', new.session_id::text, new.version, 'moved', private.settlement_json(old), private.settlement_json(new)
    );
  end if;
  return null;
end
$$;
comment on function private.audit_results is 'Trigger body: every step of the money has its row in the audit.';
create trigger bidding_results_are_audited
  after insert or update on public.bidding_results for each row execute function private.audit_results();

create function private.settlement_issues(side text, status text, external_id text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  if side is null or side not in ('payment', 'payout') then
    return private.issue('side', 'Expected payment or payout');
  end if;
  if status is null or status not in ('processing', 'completed', 'failed', 'refunded') then
    return private.issue('status', 'Expected processing, completed, failed or refunded');
  end if;
  if external_id is not null and (char_length(external_id) > 255 or not private.has_text(external_id)) then
    return private.issue('externalId', 'Expected a text of 1 to 255 characters');
  end if;
  return null;
end
$$;
comment on function private.settlement_issues is 'What is wrong with a report about money; null where nothing is.';

create function private.move_settlement(
  result public.bidding_results, side text, status text, external_id text
) returns public.bidding_results
language plpgsql volatile
set search_path = ''
as $$
declare
  moved public.bidding_results;
begin
  update public.bidding_results as r
  set payment_status = case side when 'payment' then status else r.payment_status end,
      payment_external_id = case side when 'payment' then coalesce(external_id, r.payment_external_id) else r.payment_external_id end,
      payout_status = case side when 'payout' then status else r.payout_status end,
      payout_external_id = case side when 'payout' then coalesce(external_id, r.payout_external_id) else r.payout_external_id end
  where r.session_id = result.session_id
  returning r.* into moved;
  if status = 'failed' then
    perform private.notify_admins(
      'settlement_failed', jsonb_build_object('sessionId', result.session_id, 'side', side, 'externalId', external_id),
      format('settlement_failed:%s:%s:%s', result.session_id, side, moved.version)
    );
  end if;
  return moved;
end
$$;
comment on function private.move_settlement is 'Moves one side of the money; a failure is told to the admins.';

create function private.judge_settlement(
  result public.bidding_results, side text, status text, external_id text
) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  issues constant jsonb := private.settlement_issues(side, status, external_id);
  broken text;
  standing constant text := case side when 'payment' then result.payment_status else result.payout_status end;
  known_id constant text := case side when 'payment' then result.payment_external_id else result.payout_external_id end;
begin
  if issues is not null then
    return private.refuse_shape(issues);
  end if;
  if result.session_id is null then
    return private.refuse(404, 'not_found', 'There is no result of such a session');
  end if;
  -- A provider tells twice: the same again is no news.
  if standing = status and (external_id is null or external_id = known_id) then
    return jsonb_build_object('success', true, 'settlement', private.settlement_json(result));
  end if;
  -- An id that comes after its status is kept.
  if standing is null or not (
    (standing = status and known_id is null) or exists (
      select from private.settlement_transitions as t where t.from_status = standing and t.to_status = status
    )
  ) then
    return private.refuse(
      409, 'invalid_transition', format('A %s that is %s cannot become %s', side, coalesce(standing, 'not owed'), status),
      jsonb_build_object('currentStatus', standing, 'requestedStatus', status)
    );
  end if;
  -- A new attempt may have a new id; what is being done or was done keeps its own.
  if external_id <> known_id and standing <> 'failed' then
    return private.refuse(
      409, 'external_id_mismatch', format('This %s is known by another externalId', side),
      jsonb_build_object('externalId', known_id)
    );
  end if;
  begin
    result := private.move_settlement(result, side, status, external_id);
  exception when unique_violation then
    get stacked diagnostics broken = constraint_name;
    if broken not in ('bidding_results_payment_is_known_once', 'bidding_results_payout_is_known_once') then
      raise;
    end if;
    return private.refuse(
      409, 'external_id_mismatch', format('This externalId belongs to the %s of another session', side)
    );
  end;
  return jsonb_build_object('success', true, 'settlement', private.settlement_json(result));
end
$$;
comment on function private.judge_settlement is 'Decides on a report about money and records it.';

create function api.record_settlement(
  session_id uuid, side text, status text, external_id text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  who constant private.caller := private.require_caller(array['service', 'system']);
  request constant jsonb := jsonb_build_object(
    'sessionId', record_settlement.session_id, 'side', record_settlement.side, 'status', record_settlement.status,
    'externalId', record_settlement.external_id
  );
  result public.bidding_results;
  answer jsonb;
begin
  -- Lock: the result's row; two reports of one payment are judged one after the other.
  select * into result
  from public.bidding_results as r where r.session_id = record_settlement.session_id for no key update;
  answer := private.admit(who, 'record_settlement', request);
  if answer is not null then
    return answer;
  end if;
  return private.conclude(
    who, 'record_settlement', request,
    private.judge_settlement(result, record_settlement.side, record_settlement.status, record_settlement.external_id)
  );
end
$$;
comment on function api.record_settlement is
  'The service reports how the winner''s payment or the loser''s payout moves. Codes: invalid_request, not_found, '
  'invalid_transition, external_id_mismatch.';
grant execute on function api.record_settlement to service_role;
