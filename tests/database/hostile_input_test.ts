import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { attack, type Target } from "../support/attacks.ts";
import { callAs, type Caller, service } from "../support/callers.ts";
import { faultOf, writtenSoFar } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { withJsonAt } from "../support/hostile_values.ts";
import { aTask, type Cast, castOf, taskIn, withoutLimits } from "../support/tasks.ts";

const TASK_FIELDS = [
  "marketplace",
  "title",
  "description",
  "category",
  "priority",
  "estimatedHours",
  "createdBy",
]
  .concat("tags", "tags.0", "metadata", "dueAt", "externalRef", "unknown", "__proto__");
const LIST_FIELDS = ["status", "marketplace", "category", "priority", "assignedTo", "createdBy", "tag", "q"]
  .concat("createdFrom", "createdTo", "submittedFrom", "submittedTo", "completedFrom", "completedTo")
  .concat("sort", "order", "limit", "offset", "cursor", "since", "unknown");
const QUEUE_FIELDS = [
  "marketplace",
  "category",
  "priority",
  "createdBy",
  "tag",
  "submittedFrom",
  "submittedTo",
];

async function targets(sql: postgres.Sql, cast: Cast): Promise<Target[]> {
  const { admin, master, amazon, bob } = cast;
  const [pending, awaiting, approved, inProgress] = [
    (await taskIn(sql, cast, "pending")).id,
    (await taskIn(sql, cast, "awaiting_approval")).id,
    (await taskIn(sql, cast, "approved")).id,
    (await taskIn(sql, cast, "in_progress")).id,
  ];
  const task = aTask({ tags: ["x"], metadata: {} });
  return [
    {
      operation: "create_task",
      caller: master,
      args: { task },
      paths: ["task", ...TASK_FIELDS.map((f) => `task.${f}`)],
    },
    {
      operation: "create_tasks",
      caller: master,
      args: { tasks: [task, task], mode: "atomic" },
      paths: [
        "tasks",
        "mode",
        "tasks.1",
        "tasks.1.title",
        "tasks.1.dueAt",
        "tasks.1.tags",
        "tasks.1.__proto__",
      ],
    },
    {
      operation: "submit_task",
      caller: amazon,
      args: { task_id: pending },
      paths: ["task_id"],
      casts: ["task_id"],
    },
    {
      operation: "approve_tasks",
      caller: admin,
      args: { task_ids: [awaiting], approved: false, reason: "x", options: { dryRun: true } },
      paths: ["task_ids", "task_ids.0", "approved", "reason", "options", "options.unknown", "options.atomic"]
        .concat("options.dryRun", "options.expectedVersions", `options.expectedVersions.${awaiting}`),
      casts: ["task_ids", "task_ids.0", "approved"],
    },
    {
      operation: "approve_tasks",
      caller: admin,
      args: { task_ids: null, approved: false, reason: "x", options: { dryRun: true, filter: {} } },
      paths: ["options.filter", ...QUEUE_FIELDS.map((f) => `options.filter.${f}`)],
    },
    {
      operation: "assign_task",
      caller: admin,
      args: { task_id: approved, assigned_to: bob.userId },
      paths: ["task_id", "assigned_to"],
      casts: ["task_id", "assigned_to"],
    },
    {
      operation: "unassign_task",
      caller: admin,
      args: { task_id: approved },
      paths: ["task_id"],
      casts: ["task_id"],
    },
    {
      operation: "complete_task",
      caller: admin,
      args: { task_id: inProgress, actual_hours: 1, notes: null },
      paths: ["notes", "actual_hours", "task_id"],
      casts: ["actual_hours", "task_id"],
    },
    {
      operation: "cancel_task",
      caller: amazon,
      args: { task_id: pending, reason: "x" },
      paths: ["reason", "task_id"],
      casts: ["task_id"],
    },
    {
      operation: "list_tasks",
      caller: admin,
      args: { filter: {} },
      paths: ["filter", ...LIST_FIELDS.map((f) => `filter.${f}`)],
    },
    {
      operation: "approval_queue",
      caller: admin,
      args: { filter: {} },
      paths: ["filter", "filter.limit", "filter.marketplace", "filter.cursor", "filter.unknown"],
    },
    {
      operation: "task_stats",
      caller: admin,
      args: { filter: { groupBy: "agent" } },
      paths: ["filter"].concat(["day", "from", "to", "groupBy", "unknown"].map((f) => `filter.${f}`)),
    },
    {
      operation: "set_role",
      caller: service,
      args: { user_id: bob.userId, role: "user" },
      paths: ["user_id", "role"],
      casts: ["user_id"],
    },
    {
      operation: "update_agent",
      caller: service,
      args: { agent_id: "marketplace-kaway", changes: {} },
      paths: ["agent_id", "changes"].concat(
        ["dailyQuota", "categories", "active", "autoSubmit", "unknown"].map((f) => `changes.${f}`),
      ),
    },
    {
      operation: "verify_audit",
      caller: service,
      args: { resource_type: "task", resource_id: pending },
      paths: ["resource_type", "resource_id"],
    },
    {
      operation: "public.get_marketplace_daily_stats",
      caller: admin,
      args: { day: null, timezone: "UTC" },
      paths: ["day"],
      casts: ["day"],
    },
  ];
}

Deno.test("whatever is sent in whatever place, the answer is clean and a refusal writes nothing", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  await withoutLimits(sql);
  for (const target of await targets(sql, cast)) {
    for (const path of target.paths) {
      await t.step(`${target.operation} ${path}`, async () => {
        assertEquals(await attack(sql, target, path), []);
      });
    }
  }
});

Deno.test("a time zone is refused cleanly where there is none", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin } = await castOf(sql);
  const zones = [
    "",
    "Nowhere/Atlantis",
    "UTC'; --",
    "+99:99",
    "../../etc/passwd",
    "x".repeat(10_000),
    "😀",
    null,
    7,
    {},
  ];
  for (const timezone of zones) {
    const stats = await callAs(sql, admin, "task_stats", { filter: { timezone } });
    assertEquals([timezone, stats.status, stats.body.code], [timezone, 400, "invalid_request"]);
    const daily = await callAs(sql, admin, "public.get_marketplace_daily_stats", { day: null, timezone });
    assertEquals([timezone, faultOf(daily)], [timezone, null]);
  }
});

Deno.test("what an operation needs is asked for when it is null, with a key to be replayed too", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, master } = await castOf(sql);
  const calls: readonly [Caller, string, Record<string, unknown>][] = [
    [master, "create_task", { task: null }],
    [master, "create_tasks", { tasks: null, mode: null }],
    [master, "submit_task", { task_id: null }],
    [master, "cancel_task", { task_id: null, reason: null }],
    [admin, "approve_tasks", { task_ids: null, approved: null, reason: null, options: null }],
    [admin, "assign_task", { task_id: null, assigned_to: null }],
    [admin, "unassign_task", { task_id: null }],
    [admin, "complete_task", { task_id: null, actual_hours: null, notes: null }],
    [admin, "set_role", { user_id: null, role: null }],
    [admin, "update_agent", { agent_id: null, changes: null }],
    [admin, "list_tasks", { filter: null }],
    [admin, "approval_queue", { filter: null }],
    [admin, "task_stats", { filter: null }],
    [admin, "verify_audit", { resource_type: null, resource_id: null }],
  ];
  for (const [caller, name, args] of calls) {
    const answers = [];
    for (const headers of [{}, { "idempotency-key": "null" }, { "idempotency-key": "null" }]) {
      const answer = await callAs(sql, caller, name, args, headers);
      answers.push([answer.status >= 400, faultOf(answer)]);
    }
    assertEquals([name, answers], [name, Array.from({ length: 3 }, () => [true, null])]);
  }
});

Deno.test("what no jsonb can hold is refused before any operation sees it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master } = await castOf(sql);
  const before = await writtenSoFar(sql);
  for (const json of ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00x"']) {
    for (const path of ["task.title", "task.metadata", "task.tags.0", "task.externalRef"]) {
      const args = withJsonAt({ task: aTask({ tags: ["x"] }) }, path, json);
      const { status, sqlstate } = await callAs(sql, master, "create_task", args);
      assertEquals([json, path, status, ["22P05", "22P02"].includes(sqlstate ?? "")], [
        json,
        path,
        400,
        true,
      ]);
    }
  }
  assertEquals(await writtenSoFar(sql), before);
});
