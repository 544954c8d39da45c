import { assert, assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { TRANSITIONS } from "../../shared/tasks/rules.ts";
import { STATUSES, type TaskStatus } from "../../shared/tasks/task.ts";
import { freshDatabase } from "../support/database.ts";
import { type Cast, castOf, taskIn } from "../support/tasks.ts";

/** What a step must write beside the status, so that nothing but the state machine is in its way. */
const FIELDS: ReadonlyMap<TaskStatus, string> = new Map<TaskStatus, string>([
  ["pending", ""],
  ["awaiting_approval", ", submitted_at = clock_timestamp()"],
  ["approved", ", approved_at = clock_timestamp(), approved_by = gen_random_uuid()"],
  ["in_progress", ", assigned_to = gen_random_uuid(), started_at = clock_timestamp()"],
  ["completed", ", completed_at = clock_timestamp(), completed_by = gen_random_uuid(), actual_hours = 1"],
  ["rejected", ", rejected_at = clock_timestamp(), rejected_by = gen_random_uuid(), rejection_reason = 'No'"],
  ["cancelled", ", cancelled_at = clock_timestamp(), cancelled_by = 'somebody'"],
]);

function writeStatus(from: TaskStatus, to: TaskStatus): string {
  // Taking a task back writes nothing new: it clears who had it.
  const fields = from === "in_progress" && to === "approved"
    ? ", assigned_to = null, started_at = null"
    : FIELDS.get(to);
  return `update public.marketplace_tasks set status = '${to}'${fields} where id = $1`;
}

function isAllowed(from: TaskStatus, to: TaskStatus): boolean {
  return Object.values(TRANSITIONS[from]).some((step) => step.to === to);
}

/** Runs a statement on a task and undoes it; the SQLSTATE that refused it, or null where nothing did. */
async function sqlstateOf(
  sql: postgres.Sql,
  statement: string,
  taskId: string,
  role = "postgres",
): Promise<string | null> {
  const undone = new Error("undone");
  try {
    await sql.begin(async (transaction) => {
      await transaction`select set_config('role', ${role}, true)`;
      await transaction.unsafe(statement, statement.includes("$1") ? [taskId] : []);
      throw undone;
    });
  } catch (error) {
    if (error === undone) return null;
    if (error instanceof postgres.PostgresError) return error.code;
    throw error;
  }
  return null;
}

async function tasksInEveryStatus(sql: postgres.Sql, cast: Cast): Promise<Map<TaskStatus, string>> {
  const ids = new Map<TaskStatus, string>();
  for (const status of STATUSES) ids.set(status, (await taskIn(sql, cast, status)).id);
  return ids;
}

Deno.test("no path but the state machine's leads from one status to another, whoever writes", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ids = await tasksInEveryStatus(sql, await castOf(sql));
  let refused = 0;
  for (const [from, id] of ids) {
    for (const to of STATUSES) {
      const said = `${from} to ${to}`;
      const expected = isAllowed(from, to) ? null : "PT409";
      assertEquals(await sqlstateOf(sql, writeStatus(from, to), id), expected, said);
      assertEquals(await sqlstateOf(sql, writeStatus(from, to), id, "service_role"), "42501", said);
      refused += expected === null ? 0 : 1;
    }
  }
  assertEquals(refused, 41);
});

Deno.test("what a task proposes cannot be changed along with a step", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { id } = await taskIn(sql, await castOf(sql), "pending");
  const changes = [
    "id = gen_random_uuid()",
    "marketplace = 'shopee'",
    "created_by = 'marketplace-master'",
    "title = 'Another title'",
    "description = 'Another description'",
    "category = 'scaling'",
    "priority = 'high'",
    "created_at = created_at - interval '1 day'",
    "estimated_hours = 8",
    "tags = array['another']",
    `metadata = '{"another": true}'`,
    "due_at = clock_timestamp()",
    "external_ref = 'another'",
  ];
  for (const change of changes) {
    const step = `update public.marketplace_tasks
      set status = 'awaiting_approval', submitted_at = clock_timestamp(), ${change} where id = $1`;
    assertEquals(await sqlstateOf(sql, step, id), "PT409", change);
  }
  const step = writeStatus("pending", "awaiting_approval");
  assertEquals(await sqlstateOf(sql, step, id), null, "the step alone is allowed");
});

Deno.test("what was decided cannot be changed along with a later step", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { id } = await taskIn(sql, await castOf(sql), "approved");
  const changes = [
    "approved_at = approved_at - interval '1 day'",
    "approved_by = gen_random_uuid()",
    "approval_reason = 'another'",
    "submitted_at = submitted_at - interval '1 day'",
  ];
  for (const change of changes) {
    const step = `update public.marketplace_tasks
      set status = 'in_progress', assigned_to = gen_random_uuid(), started_at = clock_timestamp(), ${change}
      where id = $1`;
    assertEquals(await sqlstateOf(sql, step, id), "PT409", change);
  }
});

Deno.test("who does a task, and since when, cannot be changed by its completion", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { id } = await taskIn(sql, await castOf(sql), "in_progress");
  for (const change of ["assigned_to = gen_random_uuid()", "started_at = started_at - interval '1 day'"]) {
    const step = `${writeStatus("in_progress", "completed").replace(" where", `, ${change} where`)}`;
    assertEquals(await sqlstateOf(sql, step, id), "PT409", change);
  }
});

Deno.test("when a task was submitted cannot be changed by its decision or its withdrawal", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { id } = await taskIn(sql, await castOf(sql), "awaiting_approval");
  for (const to of ["approved", "rejected", "cancelled"] as const) {
    const change = "submitted_at = submitted_at - interval '1 day'";
    const step = `${writeStatus("awaiting_approval", to).replace(" where", `, ${change} where`)}`;
    assertEquals(await sqlstateOf(sql, step, id), "PT409", to);
  }
});

Deno.test("version, change number and moment of a change are not the writer's to choose", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { id, version } = await taskIn(sql, await castOf(sql), "pending");
  const [before] = await sql<{ number: string }[]>`select last_value as number from private.change_numbers`;
  const [written] = await sql<{ version: number; isNow: boolean; isOurs: boolean; isNext: boolean }[]>`
    update public.marketplace_tasks as t
    set status = 'awaiting_approval', submitted_at = clock_timestamp(), version = 77, change_number = -1,
      changed_xid = '3'::xid8, updated_at = '2001-01-01'
    where t.id = ${id}
    returning t.version::integer, t.updated_at > now() - interval '1 minute' as "isNow",
      t.changed_xid = pg_current_xact_id() as "isOurs", t.change_number > ${before?.number ?? 0} as "isNext"`;
  assertEquals(written, { version: version + 1, isNow: true, isOurs: true, isNext: true });
});

Deno.test("a task that has not ended cannot be deleted, one that has can", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ids = await tasksInEveryStatus(sql, await castOf(sql));
  for (const [status, id] of ids) {
    const hasEnded = Object.keys(TRANSITIONS[status]).length === 0;
    const refusal = await sqlstateOf(sql, "delete from public.marketplace_tasks where id = $1", id);
    assertEquals(refusal, hasEnded ? null : "PT409", status);
  }
});

Deno.test("tasks are never truncated", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await taskIn(sql, await castOf(sql), "cancelled");
  for (const role of ["postgres", "service_role"]) {
    const refusal = await sqlstateOf(sql, "truncate public.marketplace_tasks", "", role);
    assertEquals(refusal, role === "postgres" ? "PT403" : "42501");
  }
});

Deno.test("a task begins pending or awaiting approval, at version 1", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const insert = (status: TaskStatus, version = 1) =>
    sql`
      insert into public.marketplace_tasks
        (marketplace, created_by, title, description, category, priority, estimated_hours, submitted_at, status, version)
      values
        ('amazon', 'marketplace-amazon', 'T', 'D', 'analysis', 'low', 1,
          ${status === "pending" ? null : new Date()}, ${status}, ${version})`;
  for (const status of STATUSES) {
    if (status === "pending" || status === "awaiting_approval") {
      assertEquals((await insert(status)).count, 1);
      continue;
    }
    const error = await assertRejects(
      () => insert(status),
      postgres.PostgresError,
      "Expected a new task to be",
    );
    assertEquals(error.code, "PT409", status);
  }
  const error = await assertRejects(() => insert("pending", 2), postgres.PostgresError);
  assert(error.code === "PT409");
});
