import { assertEquals, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { BROKEN_CONSTRAINTS } from "../support/bidding_breaches.ts";
import { freshDatabase } from "../support/database.ts";
import { BROKEN_CHANNELS, BROKEN_DELIVERIES, CHANNEL } from "../support/delivery_rules.ts";
import { ROUTING_BREACHES } from "../support/routing_breaches.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { type Cast, castOf, taskIn } from "../support/tasks.ts";

const ID = "00000000-0000-4000-8000-00000000c0de";

/** A row of a table that breaks no rule; its values as SQL. */
const GOOD:
  readonly (readonly [table: string, row: readonly (readonly [column: string, value: string])[]])[] = [
    ["public.audit_logs", [
      ["resource_type", "'task'"],
      ["resource_id", "'x'"],
      ["seq", "1"],
      ["at", "now()"],
      ["actor_kind", "'user'"],
      ["actor_id", "'x'"],
      ["action", "'x'"],
      ["hash", "sha256('')"],
    ]],
    ["public.agents", [["id", "'agent-x'"]]],
    ["public.agent_categories", [["agent_id", "'marketplace-amazon'"], ["category", "'scaling'"]]],
    ["private.agent_tokens", [["agent_id", "'marketplace-amazon'"], ["token_hash", "sha256('x')"]]],
    ["private.agent_usage", [["agent_id", "'marketplace-amazon'"], ["day", "'2026-01-01'"]]],
    ["private.rate_limits", [["operation", "'x'"], ["max_requests", "1"], ["period_seconds", "1"]]],
    ["private.outbox", [["event", "'x'"], ["payload", "'{}'"], ["dedupe_key", "'x'"]]],
    ["private.delivery_channels", CHANNEL],
    ["private.job_runs", [
      ["job", "'x'"],
      ["started_at", "now()"],
      ["finished_at", "now()"],
      ["status", "'failed'"],
      ["processed", "0"],
      ["details", "'{}'"],
    ]],
    ["private.task_transitions", [
      ["from_status", "'pending'"],
      ["operation", "'x'"],
      ["to_status", "'x'"],
    ]],
    ["public.marketplace_tasks", [
      ["marketplace", "'amazon'"],
      ["created_by", "'marketplace-amazon'"],
      ["title", "'x'"],
      ["description", "'x'"],
      ["category", "'analysis'"],
      ["priority", "'low'"],
      ["estimated_hours", "1"],
    ]],
  ];

/** For each rule a row that breaks it and it alone: what differs from the good one. */
const BROKEN: readonly (readonly [constraint: string, table: string, column: string, value: string])[] = [
  ["audit_logs_actor_kind_is_known", "public.audit_logs", "actor_kind", "'root'"],
  ["audit_logs_first_has_no_predecessor", "public.audit_logs", "prev_hash", "sha256('')"],
  ["audit_logs_first_has_no_predecessor", "public.audit_logs", "seq", "2"],
  ["agents_daily_quota_is_not_negative", "public.agents", "daily_quota", "-1"],
  ["agents_id_is_a_slug", "public.agents", "id", "'Agent x'"],
  ["agents_marketplace_is_known", "public.agents", "marketplace", "'ebay'"],
  ["agent_categories_category_is_known", "public.agent_categories", "category", "'x'"],
  ["agent_categories_belong_to_an_agent", "public.agent_categories", "agent_id", "'nobody'"],
  ["agent_tokens_hash_is_sha256", "private.agent_tokens", "token_hash", "'plain token'"],
  ["agent_tokens_belong_to_an_agent", "private.agent_tokens", "agent_id", "'nobody'"],
  ["agent_usage_belongs_to_an_agent", "private.agent_usage", "agent_id", "'nobody'"],
  ["rate_limits_max_requests_is_positive", "private.rate_limits", "max_requests", "0"],
  ["rate_limits_period_is_positive", "private.rate_limits", "period_seconds", "0"],
  ...BROKEN_CHANNELS,
  ["job_runs_status_is_known", "private.job_runs", "status", "'x'"],
  ["task_transitions_go_one_way", "private.task_transitions", "to_status", "'awaiting_approval'"],
  ["marketplace_tasks_created_by_an_agent", "public.marketplace_tasks", "created_by", "'nobody'"],
  ["marketplace_tasks_marketplace_is_known", "public.marketplace_tasks", "marketplace", "'ebay'"],
  ["marketplace_tasks_category_is_known", "public.marketplace_tasks", "category", "'x'"],
  ["marketplace_tasks_priority_is_known", "public.marketplace_tasks", "priority", "'urgent'"],
  ["marketplace_tasks_title_length", "public.marketplace_tasks", "title", "''"],
  ["marketplace_tasks_title_length", "public.marketplace_tasks", "title", "repeat('x', 256)"],
  ["marketplace_tasks_description_length", "public.marketplace_tasks", "description", "''"],
  ["marketplace_tasks_description_length", "public.marketplace_tasks", "description", "repeat('😀', 5001)"],
  ["marketplace_tasks_estimated_hours_range", "public.marketplace_tasks", "estimated_hours", "0"],
  ["marketplace_tasks_estimated_hours_range", "public.marketplace_tasks", "estimated_hours", "10000.01"],
  ["marketplace_tasks_estimated_hours_range", "public.marketplace_tasks", "estimated_hours", "'NaN'"],
  ["marketplace_tasks_actual_hours_range", "public.marketplace_tasks", "actual_hours", "0"],
  ["marketplace_tasks_tags_are_few_and_short", "public.marketplace_tasks", "tags", "array['']"],
  ["marketplace_tasks_tags_are_few_and_short", "public.marketplace_tasks", "tags", "array[repeat('x', 51)]"],
  ["marketplace_tasks_tags_are_few_and_short", "public.marketplace_tasks", "tags", "array[null::text]"],
  [
    "marketplace_tasks_tags_are_few_and_short",
    "public.marketplace_tasks",
    "tags",
    "array_fill('x'::text, array[21])",
  ],
  ["marketplace_tasks_metadata_is_a_small_object", "public.marketplace_tasks", "metadata", "'[]'"],
  [
    "marketplace_tasks_metadata_is_a_small_object",
    "public.marketplace_tasks",
    "metadata",
    "jsonb_build_object('x', repeat('x', 16384))",
  ],
  ["marketplace_tasks_external_ref_length", "public.marketplace_tasks", "external_ref", "repeat('x', 201)"],
  ["marketplace_tasks_awaiting_was_submitted", "public.marketplace_tasks", "status", "'awaiting_approval'"],
];

/** Rules that a whole statement breaks. */
const STATEMENTS: readonly (readonly [constraint: string, statement: string])[] = [
  [
    "audit_logs_seq_starts_at_one",
    `insert into public.audit_logs (resource_type, resource_id, seq, at, actor_kind, actor_id, action, prev_hash, hash)
     values ('task', 'x', 0, now(), 'user', 'x', 'x', sha256(''), sha256(''))`,
  ],
  ["user_profile_belongs_to_a_user", `insert into public.user_profile (id) values ('${ID}')`],
  ["user_profile_role_is_known", "update public.user_profile set role = 'owner'"],
  ["user_profile_display_name_is_short", "update public.user_profile set display_name = ''"],
  ["user_profile_display_name_is_short", "update public.user_profile set display_name = repeat('x', 101)"],
  [
    "agent_tokens_hash_is_unique",
    "insert into private.agent_tokens (agent_id, token_hash) select 'marketplace-kaway', token_hash from private.agent_tokens",
  ],
  [
    "outbox_says_a_thing_once",
    "insert into private.outbox (event, payload, dedupe_key) values ('x', '{}', 'x'), ('x', '{}', 'x')",
  ],
  ...BROKEN_DELIVERIES,
  [
    "marketplace_tasks_external_ref_is_unique_per_agent",
    `insert into public.marketplace_tasks
       (marketplace, created_by, title, description, category, priority, estimated_hours, external_ref)
     select 'amazon', 'marketplace-amazon', 'x', 'x', 'analysis', 'low', 1, 'x' from generate_series(1, 2)`,
  ],
];

/** What a task needs to take a step: each lacks one thing of it. */
const STEPS: readonly (readonly [constraint: string, from: string, change: string])[] = [
  ["approved_has_approver", "awaiting_approval", "status = 'approved', approved_at = now()"],
  ["approved_has_approver", "awaiting_approval", `status = 'approved', approved_by = '${ID}'`],
  [
    "rejected_has_reason",
    "awaiting_approval",
    `status = 'rejected', rejected_at = now(), rejected_by = '${ID}'`,
  ],
  [
    "rejected_has_reason",
    "awaiting_approval",
    "status = 'rejected', rejected_at = now(), rejection_reason = 'x'",
  ],
  ["in_progress_has_assignee", "approved", "status = 'in_progress', started_at = now()"],
  ["in_progress_has_assignee", "approved", `status = 'in_progress', assigned_to = '${ID}'`],
  ["in_progress_has_assignee", "in_progress", "status = 'approved'"],
  [
    "completed_has_hours",
    "in_progress",
    `status = 'completed', completed_at = now(), completed_by = '${ID}'`,
  ],
  ["completed_has_hours", "in_progress", "status = 'completed', completed_at = now(), actual_hours = 1"],
  ["cancelled_has_author", "awaiting_approval", "status = 'cancelled', cancelled_at = now()"],
  ["cancelled_has_author", "awaiting_approval", "status = 'cancelled', cancelled_by = 'x'"],
  [
    "reason_lengths",
    "awaiting_approval",
    `status = 'approved', approved_at = now(), approved_by = '${ID}', approval_reason = repeat('x', 2001)`,
  ],
  [
    "reason_lengths",
    "awaiting_approval",
    `status = 'rejected', rejected_at = now(), rejected_by = '${ID}', rejection_reason = ''`,
  ],
  [
    "reason_lengths",
    "awaiting_approval",
    "status = 'cancelled', cancelled_at = now(), cancelled_by = 'x', cancellation_reason = ''",
  ],
  [
    "reason_lengths",
    "in_progress",
    `status = 'completed', completed_at = now(), completed_by = '${ID}', actual_hours = 1, completion_notes = ''`,
  ],
];

/** What only a task of another status may carry. */
const FOREIGN: readonly (readonly [column: string, value: string])[] = [
  ["submitted_at", "now()"],
  ["approved_at", "now()"],
  ["approved_by", `'${ID}'`],
  ["rejected_at", "now()"],
  ["rejected_by", `'${ID}'`],
  ["rejection_reason", "'x'"],
  ["started_at", "now()"],
  ["assigned_to", `'${ID}'`],
  ["completed_at", "now()"],
  ["completed_by", `'${ID}'`],
  ["actual_hours", "1"],
  ["cancelled_at", "now()"],
  ["cancelled_by", "'x'"],
  ["approval_reason", "'x'"],
  ["completion_notes", "'x'"],
  ["cancellation_reason", "'x'"],
];

Deno.test("a row that breaks no rule goes in", async () => {
  await using database = await freshDatabase();
  for (const [table] of GOOD) {
    assertEquals([table, await refusedBy(database.sql, insertInto(table))], [table, undefined]);
  }
});

Deno.test("the database refuses by itself, and names the rule", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  for (const [constraint, table, column, value] of BROKEN) {
    await t.step(`${constraint}: ${column} = ${value}`, async () => {
      assertEquals(await refusedBy(sql, insertInto(table, column, value)), constraint);
    });
  }
  for (const [constraint, statement] of STATEMENTS) {
    await t.step(`${constraint}: ${statement.slice(0, 60)}`, async () => {
      assertEquals(await refusedBy(sql, statement), constraint);
    });
  }
  await t.step("what each status needs", () => everyStep(sql, cast));
  await t.step("a status that there is not", async () => {
    const attempt = withoutTriggers(database, (sql) =>
      sql`
        update public.marketplace_tasks set status = 'lost' where status = 'awaiting_approval'`);
    assertEquals(await attempt.catch(constraintOf), "marketplace_tasks_status_is_known");
  });
});

Deno.test("a task carries nothing of a status it has not reached", async () => {
  await using database = await freshDatabase();
  const accepted: string[] = [];
  for (const [column, value] of FOREIGN) {
    const refusal = await refusedBy(database.sql, insertInto("public.marketplace_tasks", column, value));
    if (refusal === undefined) accepted.push(column);
  }
  assertEquals(accepted, []);
});

Deno.test("every rule of the database is broken by the tests above", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ name: string }[]>`
    select conname as name from pg_catalog.pg_constraint
    where connamespace in ('public'::regnamespace, 'private'::regnamespace) and contype in ('c', 'u', 'f', 'x')
    order by conname collate "C"`;
  const broken = new Set([
    ...BROKEN.map(([constraint]) => constraint),
    ...STATEMENTS.map(([constraint]) => constraint),
    ...STEPS.map(([constraint]) => `marketplace_tasks_${constraint}`),
    "marketplace_tasks_status_is_known",
    // By bidding_guards_test.ts.
    ...BROKEN_CONSTRAINTS,
    // By routing_guards_test.ts.
    ...ROUTING_BREACHES.map(([constraint]) => constraint),
  ]);
  assertEquals(rows.map(({ name }) => name), [...broken].sort());
});

async function everyStep(sql: postgres.Sql, cast: Cast): Promise<void> {
  const ids = {
    awaiting: (await taskIn(sql, cast, "awaiting_approval")).id,
    approved: (await taskIn(sql, cast, "approved")).id,
    inProgress: (await taskIn(sql, cast, "in_progress")).id,
  };
  for (const [constraint, from, change] of STEPS) {
    const id = from === "approved" ? ids.approved : from === "in_progress" ? ids.inProgress : ids.awaiting;
    const refusal = await refusedBy(sql, `update public.marketplace_tasks set ${change} where id = '${id}'`);
    assertEquals([change, refusal], [change, `marketplace_tasks_${constraint}`]);
  }
}

function insertInto(table: string, column?: string, value?: string): string {
  const row = new Map(GOOD.find(([name]) => name === table)?.[1]);
  if (column !== undefined && value !== undefined) row.set(column, value);
  return `insert into ${table} (${[...row.keys()].join(", ")}) values (${[...row.values()].join(", ")})`;
}

/** The constraint that refuses a statement; nothing of it stays. */
async function refusedBy(sql: postgres.Sql, statement: string): Promise<string | undefined> {
  const undone = new Error("undone");
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(statement);
    throw undone;
  }).catch((error: unknown) => error === undone ? undefined : constraintOf(error));
}

function constraintOf(error: unknown): string {
  if (!(error instanceof postgres.PostgresError) || error.constraint_name === undefined) throw error;
  assertStringIncludes(error.message, `"${error.constraint_name}"`);
  return error.constraint_name;
}
