import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type Answer, callAs } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { aTask, type Cast, castOf, readTask, succeeded, taskIn, withoutLimits } from "../support/tasks.ts";

interface Stage extends FreshDatabase {
  readonly cast: Cast;
}

async function aStage(): Promise<Stage> {
  const database = await freshDatabase();
  await withoutLimits(database.sql);
  return Object.assign(database, { cast: await castOf(database.sql) });
}

/** Tasks of the master, which await approval, in the order of their creation. */
async function awaiting(
  { sql, cast }: Stage,
  overrides: readonly Readonly<Record<string, unknown>>[],
): Promise<string[]> {
  const answer = await callAs(sql, cast.master, "create_tasks", { tasks: overrides.map(aTask) });
  return present(succeeded(answer).body.results, "results").map(({ task }) => present(task, "a task").id);
}

async function decide(
  { sql, cast }: Stage,
  taskIds: readonly string[] | null,
  approved: boolean,
  options: Readonly<Record<string, unknown>> = {},
  reason: string | null = approved ? null : "Out of season",
): Promise<Answer> {
  return await callAs(sql, cast.admin, "approve_tasks", { task_ids: taskIds, approved, reason, options });
}

/** All tasks and the whole audit as one text. */
async function everything(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ all: string }[]>`
    select concat(
      (select jsonb_agg(t order by t.id) from public.marketplace_tasks as t),
      (select jsonb_agg(l order by l.resource_type, l.resource_id, l.seq) from public.audit_logs as l)
    ) as all`;
  return present(row, "a row").all;
}

Deno.test("an admin approves and rejects by ids and gets every task's outcome in the order he asked", async () => {
  await using stage = await aStage();
  const [first, second, third] = await awaiting(stage, [{}, {}, {}]);
  const asked = present([third, first].filter((id) => id !== undefined), "ids");
  const approval = await decide(stage, asked, true, {}, "Worth it");
  assertEquals([approval.status, approval.body.success, approval.body.count], [200, true, 2]);
  assertEquals(
    approval.body.results,
    asked.map((id) => ({ id, outcome: "approved", currentStatus: "approved", currentVersion: 2 })),
  );
  assertEquals(approval.body.tasks?.map(({ id }) => id), asked);
  const task = await readTask(stage.sql, asked[0] ?? "");
  assertEquals(
    [task.status, task.approvedBy, task.approvalReason, task.rejectedAt],
    ["approved", stage.cast.admin.userId, "Worth it", null],
  );
  assertEquals(task, approval.body.tasks?.[0]);

  const rejection = await decide(stage, [present(second, "an id")], false);
  assertEquals(rejection.body.results?.[0]?.outcome, "rejected");
  const rejected = await readTask(stage.sql, present(second, "an id"));
  assertEquals(
    [rejected.status, rejected.rejectedBy, rejected.rejectionReason, rejected.approvedAt],
    ["rejected", stage.cast.admin.userId, "Out of season", null],
  );
});

Deno.test("duplicate ids are folded into their first mention, unknown ids say so, decided ones say what stands", async () => {
  await using stage = await aStage();
  const [first = "", second = ""] = await awaiting(stage, [{}, {}]);
  succeeded(await decide(stage, [second], false));
  const unknown = crypto.randomUUID();
  const { status, body } = await decide(stage, [unknown, first, second, first.toUpperCase(), unknown], true);
  assertEquals([status, body.success, body.count], [200, true, 1]);
  assertEquals(body.results, [
    { id: unknown, outcome: "not_found", code: "not_found" },
    { id: first, outcome: "approved", currentStatus: "approved", currentVersion: 2 },
    {
      id: second,
      outcome: "conflict",
      code: "invalid_transition",
      currentStatus: "rejected",
      currentVersion: 2,
    },
  ]);
});

Deno.test("a decision on nothing decidable is 409 with the same body", async () => {
  await using stage = await aStage();
  const completed = await taskIn(stage.sql, stage.cast, "completed");
  const unknown = crypto.randomUUID();
  const before = await everything(stage.sql);
  const { status, body } = await decide(stage, [completed.id, unknown], true);
  assertEquals([status, body.success, body.count, body.tasks], [409, false, 0, []]);
  assertEquals(body.message, "Nothing was decided");
  assertEquals(body.results, [
    {
      id: completed.id,
      outcome: "conflict",
      code: "invalid_transition",
      currentStatus: "completed",
      currentVersion: completed.version,
    },
    { id: unknown, outcome: "not_found", code: "not_found" },
  ]);
  assertEquals(await everything(stage.sql), before);
});

Deno.test("an atomic decision decides on all tasks or on none", async () => {
  await using stage = await aStage();
  const [first = "", second = "", third = ""] = await awaiting(stage, [{}, {}, {}]);
  succeeded(await decide(stage, [third], true));
  const before = await everything(stage.sql);
  const { status, body } = await decide(stage, [first, third, second], true, { atomic: true });
  assertEquals([status, body.success, body.count, body.tasks], [409, false, 0, []]);
  assertEquals(body.results?.map(({ outcome, code, currentStatus }) => [outcome, code, currentStatus]), [
    ["conflict", "batch_refused", "awaiting_approval"],
    ["conflict", "invalid_transition", "approved"],
    ["conflict", "batch_refused", "awaiting_approval"],
  ]);
  assertEquals(await everything(stage.sql), before);
  const all = succeeded(await decide(stage, [first, second], true, { atomic: true }));
  assertEquals(all.body.count, 2);
});

Deno.test("a dry run says what would happen and changes nothing", async () => {
  await using stage = await aStage();
  const [first = "", second = ""] = await awaiting(stage, [{}, {}]);
  succeeded(await decide(stage, [second], true));
  const before = await everything(stage.sql);
  const rehearsal = await decide(stage, [first, second], false, { dryRun: true });
  assertEquals([rehearsal.status, rehearsal.body.success, rehearsal.body.dryRun], [200, true, true]);
  assertEquals([rehearsal.body.count, rehearsal.body.tasks], [0, []]);
  assertEquals(rehearsal.body.results, [
    { id: first, outcome: "rejected", currentStatus: "awaiting_approval", currentVersion: 1 },
    {
      id: second,
      outcome: "conflict",
      code: "invalid_transition",
      currentStatus: "approved",
      currentVersion: 2,
    },
  ]);
  const spoiled = await decide(stage, [first, second], true, { dryRun: true, atomic: true });
  assertEquals([spoiled.status, spoiled.body.success, spoiled.body.dryRun], [409, false, true]);
  assertEquals(await everything(stage.sql), before);
});

Deno.test("a decision based on another version is a conflict, and only for that task", async () => {
  await using stage = await aStage();
  const [first = "", second = "", third = ""] = await awaiting(stage, [{}, {}, {}]);
  const options = { expectedVersions: { [first]: 1, [second.toUpperCase()]: 2 } };
  const { status, body } = await decide(stage, [first, second, third], true, options);
  assertEquals([status, body.count], [200, 2]);
  assertEquals(body.results?.map(({ outcome, code, currentVersion }) => [outcome, code, currentVersion]), [
    ["approved", undefined, 2],
    ["conflict", "version_conflict", 1],
    ["approved", undefined, 2],
  ]);
  assertEquals((await readTask(stage.sql, second)).status, "awaiting_approval");
});

Deno.test("a rejection needs a reason, an approval does not", async () => {
  await using stage = await aStage();
  const ids = await awaiting(stage, [{}]);
  const refusal = await decide(stage, ids, false, {}, null);
  assertEquals([refusal.status, refusal.body.code], [422, "reason_required"]);
  for (const reason of ["", " \t\n", "x".repeat(2001)]) {
    const { status, body } = await decide(stage, ids, false, {}, reason);
    assertEquals([status, body.code, body.details?.issues?.[0]?.path], [400, "invalid_request", "reason"]);
  }
  assertEquals((await decide(stage, ids, true)).status, 200);
});

Deno.test("a decision takes 1 to 100 ids or a filter, never both and never neither", async () => {
  await using stage = await aStage();
  const ids = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
  assertEquals((await decide(stage, ids(100), true)).status, 409);
  const cases: [readonly string[] | null, Record<string, unknown>, string][] = [
    [ids(101), {}, "taskIds"],
    [[], {}, "taskIds"],
    [null, {}, "taskIds"],
    [ids(1), { filter: {} }, "taskIds"],
    [null, { filter: { colour: "red" } }, "filter.colour"],
    [null, { filter: [] }, "filter"],
    [null, { filter: { submittedFrom: "yesterday" } }, "filter.submittedFrom"],
    [ids(1), { atomic: "yes" }, "options.atomic"],
    [ids(1), { dryRun: null }, "options.dryRun"],
    [ids(1), { expectedVersions: { one: 1 } }, "options.expectedVersions"],
    [ids(1), { expectedVersions: [] }, "options.expectedVersions"],
    [ids(1), { force: true }, "options.force"],
  ];
  for (const [taskIds, options, path] of cases) {
    const { status, body } = await decide(stage, taskIds, true, options);
    const paths = body.details?.issues?.map((issue) => issue.path);
    assertEquals([status, body.code, paths?.includes(path)], [400, "invalid_request", true], `${paths}`);
  }
  const undecided = await callAs(stage.sql, stage.cast.admin, "approve_tasks", { task_ids: ids(1) });
  assertEquals([undecided.status, undecided.body.details?.issues?.[0]?.path], [400, "approved"]);
});

Deno.test("a filter decides on the oldest hundred that match and leaves the others", async () => {
  await using stage = await aStage();
  const { sql, cast } = stage;
  const odd = await awaiting(stage, [
    { marketplace: "shopee", tags: ["seo"] },
    { category: "scaling", priority: "high" },
    { marketplace: "kaway", tags: ["seo", "autumn"] },
  ]);
  const matching = async (filter: Record<string, unknown>) =>
    (await decide(stage, null, true, { filter, dryRun: true })).body.results?.map(({ id }) => id) ?? [];
  assertEquals(await matching({ marketplace: "shopee" }), [odd[0]]);
  assertEquals(await matching({ marketplace: ["kaway", "shopee"] }), [odd[0], odd[2]].sort());
  assertEquals(await matching({ category: "scaling", priority: ["high", "low"] }), [odd[1]]);
  assertEquals(await matching({ tag: ["autumn", "spring"] }), [odd[2]]);
  assertEquals(await matching({ createdBy: "marketplace-shopee" }), []);
  assertEquals((await matching({ submittedTo: "2999-01-01T00:00:00Z" })).length, 3);
  assertEquals(await matching({ submittedFrom: "2999-01-01T00:00:00Z" }), []);

  const later = await awaiting(stage, Array.from({ length: 110 }, () => ({})));
  await callAs(sql, cast.admin, "cancel_task", { task_id: odd[0] });
  const { status, body } = await decide(stage, null, true, { filter: {} });
  assertEquals([status, body.count], [200, 100]);
  const rest = await Promise.all([...odd, ...later].map((id) => readTask(sql, id)));
  const inQueue = rest.filter((task) => task.status === "awaiting_approval");
  assertEquals(inQueue.length, 12);
  assertEquals(inQueue.every(({ id }) => later.includes(id)), true);
});
