import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, type Caller, callWithin, readOnlyCallAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import {
  aTask,
  type Cast,
  castOf,
  readTask,
  succeeded,
  taskIn,
  taskOf,
  withoutLimits,
} from "../support/tasks.ts";
import { WRITES } from "../support/writes.ts";

interface AuditRow {
  readonly type: string;
  readonly id: string;
  readonly seq: number;
  readonly actorKind: string;
  readonly actorId: string;
  readonly action: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly requestId: string | null;
}

/** The rows that a request wrote, in the order of their resources. */
async function rowsOf(sql: postgres.Sql, requestId: string): Promise<readonly AuditRow[]> {
  return await sql<AuditRow[]>`
    select l.resource_type as type, l.resource_id as id, l.seq::integer, l.actor_kind as "actorKind",
      l.actor_id as "actorId", l.action, l.before, l.after, l.request_id as "requestId"
    from public.audit_logs as l where l.request_id = ${requestId} order by l.resource_id, l.seq`;
}

async function chainOf(sql: postgres.Sql, taskId: string): Promise<readonly AuditRow[]> {
  return await sql<AuditRow[]>`
    select l.resource_type as type, l.resource_id as id, l.seq::integer, l.actor_kind as "actorKind",
      l.actor_id as "actorId", l.action, l.before, l.after, l.request_id as "requestId"
    from public.audit_logs as l where l.resource_type = 'task' and l.resource_id = ${taskId} order by l.seq`;
}

/** What the audit calls each write, and what it is done to. */
const ACTIONS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["create_task", ["task", "created"]],
  ["create_tasks", ["task", "created"]],
  ["submit_task", ["task", "submit"]],
  ["approve_tasks to approve", ["task", "approve"]],
  ["approve_tasks to reject", ["task", "reject"]],
  ["assign_task", ["task", "assign"]],
  ["unassign_task", ["task", "unassign"]],
  ["complete_task", ["task", "complete"]],
  ["cancel_task", ["task", "cancel"]],
  ["set_role", ["user", "role_changed"]],
  ["update_agent", ["agent", "updated"]],
]);

Deno.test("every write adds one row per thing it changes, which says who did what on which request", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  assertEquals([...ACTIONS.keys()], [...WRITES.keys()]);
  for (const [said, prepare] of WRITES) {
    const { caller, name, args, effects } = await prepare(sql, cast);
    const [before] = await sql<{ rows: number }[]>`select count(*)::integer as rows from public.audit_logs`;
    const requestId = `req_${crypto.randomUUID()}`;
    succeeded(await callAs(sql, caller, name, args, { "x-request-id": requestId }));
    const [after] = await sql<{ rows: number }[]>`select count(*)::integer as rows from public.audit_logs`;
    const rows = await rowsOf(sql, requestId);
    assertEquals([(after?.rows ?? 0) - (before?.rows ?? 0), rows.length], [effects, effects], said);
    const [type, action] = present(ACTIONS.get(said), said);
    for (const row of rows) {
      assertEquals([row.type, row.action], [type, action], said);
      assertEquals([row.actorKind, row.actorId], actorOf(caller, cast), said);
      const verified = await readOnlyCallAs(sql, cast.admin, "verify_audit", {
        resource_type: row.type,
        resource_id: row.id,
      });
      assertEquals(verified.body, { ok: true, firstBrokenSeq: null }, said);
    }
  }
});

/** Kind and id that the audit must name. */
function actorOf(caller: Caller, cast: Cast): readonly [string, string] {
  if (caller.userId !== undefined) return ["user", caller.userId];
  const agents = [cast.amazon, cast.shopee, cast.master];
  const agent = agents.find(({ agentToken }) => agentToken === caller.agentToken);
  return agent ? ["agent", agent.agentId] : ["service", "service_role"];
}

Deno.test("a task's chain tells its whole life, each step beginning where the one before it ended", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { id } = await taskIn(sql, cast, "in_progress", { tags: ["seo"], metadata: { asin: "B0" } });
  taskOf(await callAs(sql, cast.admin, "unassign_task", { task_id: id }));
  taskOf(await callAs(sql, cast.admin, "assign_task", { task_id: id, assigned_to: cast.bob.userId }));
  taskOf(
    await callAs(sql, cast.bob, "complete_task", { task_id: id, actual_hours: 5, notes: "Took longer" }),
  );
  const chain = await chainOf(sql, id);
  assertEquals(chain.map(({ action }) => action), [
    "created",
    "submit",
    "approve",
    "assign",
    "unassign",
    "assign",
    "complete",
  ]);
  assertEquals(chain.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(chain.map(({ actorId }) => actorId), [
    "marketplace-amazon",
    "marketplace-amazon",
    ...Array(4).fill(cast.admin.userId),
    cast.bob.userId,
  ]);
  const [created, ...steps] = chain;
  assertEquals(created?.before, null);
  assertEquals([created?.after?.tags, created?.after?.metadata], [["seo"], { asin: "B0" }]);
  for (const [index, step] of steps.entries()) {
    if (index > 0) assertEquals(step.before, steps[index - 1]?.after, `seq ${step.seq}`);
  }
  const task: Record<string, unknown> = { ...await readTask(sql, id) };
  const final = present(steps.at(-1)?.after, "a state");
  for (const [field, value] of Object.entries(final)) assertEquals(value, task[field], field);
  assertEquals(task.version, chain.length);
});

Deno.test("a request id that reads like one is kept, and anything else is not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { amazon } = await castOf(sql);
  const create = async (headers: Record<string, string>) => {
    const { id } = taskOf(await callAs(sql, amazon, "create_task", { task: aTask() }, headers));
    return (await chainOf(sql, id))[0]?.requestId;
  };
  for (const kept of ["r", "r".repeat(128), "req_0-9.A-z"]) {
    assertEquals(await create({ "x-request-id": kept }), kept);
  }
  for (const none of ["", "r".repeat(129), "<script>", "two words", "line\nbreak"]) {
    assertEquals(await create({ "x-request-id": none }), null, none);
  }
  assertEquals(await create({}), null);
});

function auditOf(taskId: string) {
  return { resource_type: "task", resource_id: taskId };
}

Deno.test("answers and audit are in UTC, whatever time zone a request asked for", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  const id = await sql.begin(async (transaction) => {
    await transaction`set local timezone = 'Asia/Kathmandu'`;
    const call = async (caller: Caller, name: string, args: Record<string, unknown>) => {
      // The role of the call before may not take another one on.
      await transaction`select set_config('role', 'none', true)`;
      const answer = succeeded(await callWithin(transaction, caller, name, args));
      const instants = answer.text.match(/\d{4}-\d{2}-\d{2}T[^"]*/g) ?? [];
      const others = instants.filter((instant) => !/(Z|\+00:00)$/.test(instant));
      assertEquals(others, [], name);
      return { answer, instants };
    };
    const task = aTask({ dueAt: "2030-06-01T12:00:00+05:45" });
    const { answer } = await call(cast.amazon, "create_task", { task });
    const { id } = taskOf(answer);
    const assigned = () => ({ task_id: id, assigned_to: cast.bob.userId });
    await call(cast.amazon, "submit_task", { task_id: id });
    await call(cast.admin, "approve_tasks", { task_ids: [id], approved: true });
    await call(cast.admin, "assign_task", assigned());
    await call(cast.admin, "unassign_task", { task_id: id });
    await call(cast.admin, "assign_task", assigned());
    await call(cast.admin, "complete_task", { task_id: id, actual_hours: 2 });
    const reads: [string, Record<string, unknown>][] = [
      ["list_tasks", {}],
      ["orchestrator_status", {}],
      ["update_agent", { agent_id: "marketplace-kaway", changes: { active: true } }],
    ];
    for (const [name, args] of reads) {
      assert((await call(cast.admin, name, args)).instants.length > 0, name);
    }
    const waiting = (await call(cast.master, "create_tasks", { tasks: [task] })).answer;
    assertEquals(waiting.status, 201);
    assert((await call(cast.admin, "approval_queue", {})).instants.length > 0);
    const second = waiting.body.results?.[0]?.task?.id;
    await call(cast.amazon, "list_tasks", { filter: { createdTo: "2030-01-01T00:00:00+05:45" } });
    await call(cast.admin, "cancel_task", { task_id: second });
    assertEquals((await call(cast.admin, "verify_audit", auditOf(id))).answer.body.ok, true);
    await transaction`select set_config('role', 'none', true)`;
    return id;
  });
  assertEquals((await readTask(sql, id)).dueAt?.slice(0, 19), "2030-06-01T06:15:00");
  for (const row of await chainOf(sql, id)) {
    assertEquals(/\d[+-](?!00:00)\d\d:\d\d"/.test(JSON.stringify([row.before, row.after])), false);
  }
  assertEquals((await callAs(sql, cast.admin, "verify_audit", auditOf(id))).body.ok, true);
});
