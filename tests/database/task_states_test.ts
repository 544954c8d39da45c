import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import {
  mayTake,
  nextStatus,
  type TaskOperation,
  type TaskRole,
  TRANSITIONS,
} from "../../shared/tasks/rules.ts";
import { STATUSES, type TaskStatus } from "../../shared/tasks/task.ts";
import { anon, type Answer, callAs, type Caller, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { type Cast, castOf, taskIn, withoutLimits } from "../support/tasks.ts";

const OPERATIONS: readonly TaskOperation[] = [
  "submit",
  "approve",
  "reject",
  "assign",
  "unassign",
  "complete",
  "cancel",
];

const CALLERS = [
  "its agent",
  "another agent",
  "the master agent",
  "the assignee",
  "another user",
  "an admin",
  "the service",
  "anon",
] as const;

type CallerName = typeof CALLERS[number];

function callerOf(cast: Cast, name: CallerName): Caller {
  switch (name) {
    case "its agent":
      return cast.amazon;
    case "another agent":
      return cast.shopee;
    case "the master agent":
      return cast.master;
    case "the assignee":
      return cast.alice;
    case "another user":
      return cast.bob;
    case "an admin":
      return cast.admin;
    case "the service":
      return service;
    case "anon":
      return anon;
  }
}

/** What a caller is to a task; Alice is nobody to a task before it is hers. */
function roleOf(name: CallerName, status: TaskStatus): TaskRole | undefined {
  if (name === "its agent") return "agent";
  if (name === "an admin") return "admin";
  const isAssigned = status === "in_progress" || status === "completed";
  return name === "the assignee" && isAssigned ? "assignee" : undefined;
}

/** HTTP status and code that the rules call for. */
function expected(
  status: TaskStatus,
  operation: TaskOperation,
  name: CallerName,
  caller: Caller,
): [number, string] {
  // The service takes no step, and so is granted none.
  if (name === "the service") return [403, "42501"];
  if (name === "anon") return [401, "credentials_missing"];
  const role = roleOf(name, status);
  if (role && mayTake(role, operation)) {
    return nextStatus(status, operation) ? [200, "success"] : [409, "invalid_transition"];
  }
  // Another agent's task is as unknown as one that never was; people see every task and learn that they may not.
  const asksForAnother = caller.agentToken !== undefined && mayTake("agent", operation);
  return asksForAnother ? [404, "not_found"] : [403, "not_allowed"];
}

async function take(
  sql: postgres.Sql,
  cast: Cast,
  caller: Caller,
  operation: TaskOperation,
  id: string,
): Promise<Answer> {
  switch (operation) {
    case "submit":
      return await callAs(sql, caller, "submit_task", { task_id: id });
    case "approve":
      return await callAs(sql, caller, "approve_tasks", { task_ids: [id], approved: true });
    case "reject":
      return await callAs(sql, caller, "approve_tasks", { task_ids: [id], approved: false, reason: "No" });
    case "assign":
      return await callAs(sql, caller, "assign_task", { task_id: id, assigned_to: cast.alice.userId });
    case "unassign":
      return await callAs(sql, caller, "unassign_task", { task_id: id });
    case "complete":
      return await callAs(sql, caller, "complete_task", { task_id: id, actual_hours: 5 });
    case "cancel":
      return await callAs(sql, caller, "cancel_task", { task_id: id });
  }
}

function codeOf({ status, body }: Answer): string {
  if (status < 300) return "success";
  return body.code ?? body.results?.[0]?.code ?? "none";
}

/** The task's row as it is, and how long the whole audit is. */
async function stateOf(sql: postgres.Sql, id: string) {
  const [row] = await sql<{ task: string; status: TaskStatus; version: number; audited: number }[]>`
    select to_jsonb(t)::text as task, t.status, t.version::integer,
      (select count(*)::integer from public.audit_logs) as audited
    from public.marketplace_tasks as t where t.id = ${id}`;
  if (!row) throw new Error(`Expected a task ${id} but found none`);
  return row;
}

async function lastAction(sql: postgres.Sql, id: string): Promise<string | undefined> {
  const [row] = await sql<{ action: string }[]>`
    select l.action from public.audit_logs as l
    where l.resource_type = 'task' and l.resource_id = ${id} order by l.seq desc limit 1`;
  return row?.action;
}

for (const status of STATUSES) {
  Deno.test(`a task that is ${status} takes the steps that the rules allow, by whom they allow, and no other`, async () => {
    await using database = await freshDatabase();
    const { sql } = database;
    await withoutLimits(sql);
    const cast = await castOf(sql);
    let task = await taskIn(sql, cast, status);
    for (const operation of OPERATIONS) {
      for (const name of CALLERS) {
        const caller = callerOf(cast, name);
        const said = `${name} wants to ${operation} a task that is ${status}`;
        const [httpStatus, code] = expected(status, operation, name, caller);
        const before = await stateOf(sql, task.id);
        const answer = await take(sql, cast, caller, operation, task.id);
        const after = await stateOf(sql, task.id);
        assertEquals([answer.status, codeOf(answer)], [httpStatus, code], said);
        if (httpStatus !== 200) {
          assertEquals(after, before, `${said}: a refusal changed something`);
          continue;
        }
        assertEquals(after.status, nextStatus(status, operation), said);
        assertEquals([after.version, after.audited], [before.version + 1, before.audited + 1], said);
        assertEquals(await lastAction(sql, task.id), operation, said);
        task = await taskIn(sql, cast, status);
      }
    }
  });
}

Deno.test("private.task_transitions says the same as the rules", async () => {
  await using database = await freshDatabase();
  const stored = await database.sql<{ from: string; operation: string; to: string }[]>`
    select t.from_status as from, t.operation, t.to_status as to from private.task_transitions as t`;
  const stated = STATUSES.flatMap((from) =>
    OPERATIONS.flatMap((operation) => {
      const to = TRANSITIONS[from][operation]?.to;
      return to ? [{ from, operation, to }] : [];
    })
  );
  const inOrder = (list: readonly { from: string; operation: string; to: string }[]) =>
    list.map(({ from, operation, to }) => `${from} ${operation} ${to}`).sort();
  assertEquals(inOrder(stored), inOrder(stated));
});

Deno.test("an operation on a task that never was says so to everybody who may ask", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  for (const operation of OPERATIONS) {
    const caller = operation === "submit" ? cast.amazon : cast.admin;
    const answer = await take(sql, cast, caller, operation, crypto.randomUUID());
    const decides = operation === "approve" || operation === "reject";
    assertEquals([answer.status, codeOf(answer)], [decides ? 409 : 404, "not_found"], operation);
  }
});
