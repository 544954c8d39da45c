import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, readOnlyCallAs, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { adminPerson, agentNamed } from "../support/tasks.ts";

/** Enough rows that a plan which reads them all shows; living, and as many archived. */
const ROWS = 20_000;

async function fill(sql: postgres.TransactionSql): Promise<void> {
  await sql.unsafe(`
    insert into public.marketplace_tasks (marketplace, created_by, title, description, category, priority, status,
      created_at, submitted_at, rejected_at, rejected_by, rejection_reason, estimated_hours, tags)
    select (array['amazon', 'shopee', 'shein', 'kaway'])[1 + n % 4], 'marketplace-master', 'Task ' || n,
      'A listing among rivals', (array['optimization', 'analysis', 'scaling'])[1 + n % 3], 'low',
      case n % 20 when 0 then 'awaiting_approval' when 1 then 'pending' else 'rejected' end,
      at, case when n % 20 <> 1 then at end, case when n % 20 > 1 then at end,
      case when n % 20 > 1 then gen_random_uuid() end, case when n % 20 > 1 then 'no' end,
      4, array['group-' || n % 500]
    from (select n, now() - n * interval '1 hour' as at from generate_series(1, ${ROWS}) as n) as rows;
    insert into public.audit_logs (resource_type, resource_id, seq, at, actor_kind, actor_id, action, hash)
    select 'task', t.id::text, 1, t.created_at, 'system', 'test', 'created', '\\x00' from public.marketplace_tasks as t;
    insert into private.archived_tasks
    select t.*, now() from public.marketplace_tasks as t where t.status = 'rejected';
    update private.archived_tasks set id = gen_random_uuid();
    analyze public.marketplace_tasks;
    analyze private.archived_tasks;`);
}

/** How often the two tables were read from end to end. */
async function fullReads(sql: postgres.Sql): Promise<number> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ reads: number }]>`
    select sum(seq_scan)::integer as reads from pg_stat_user_tables
    where relname in ('marketplace_tasks', 'archived_tasks')`;
  return row.reads;
}

Deno.test("no question about tasks reads the whole table, living or archived", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutTriggers(database, fill);
  const admin = user((await adminPerson(sql)).userId);
  const shopee = await agentNamed(sql, "marketplace-shopee");

  const questions: [string, () => Promise<unknown>][] = [
    ...[
      {},
      { status: ["rejected"] },
      { marketplace: ["kaway"], sort: "priority" },
      { category: ["scaling"] },
      { sort: "submitted_at", order: "asc" },
      { q: "rivals 77" },
      { tag: "group-7" },
      { completedFrom: "2026-01-01T00:00:00Z" },
      { since: "start" },
      { since: "now", category: ["analysis"] },
    ].map((filter): [string, () => Promise<unknown>] => [
      `list_tasks ${JSON.stringify(filter)}`,
      () => readOnlyCallAs(sql, admin, "list_tasks", { filter }),
    ]),
    ["an agent's feed", () => readOnlyCallAs(sql, shopee, "list_tasks", { filter: { since: "start" } })],
    [
      "the queue of a marketplace",
      () => readOnlyCallAs(sql, admin, "approval_queue", { filter: { marketplace: "kaway" } }),
    ],
    ["the orchestrator's status", () => readOnlyCallAs(sql, admin, "orchestrator_status", {})],
    ["a day's figures", () => readOnlyCallAs(sql, admin, "task_stats", { filter: {} })],
    ["the quality of a day", () =>
      readOnlyCallAs(sql, admin, "task_stats", {
        filter: { groupBy: "agent", from: new Date(Date.now() - 86_400_000).toISOString() },
      })],
    ["a decision by filter", () =>
      callAs(sql, admin, "approve_tasks", {
        task_ids: null,
        approved: true,
        options: { filter: { marketplace: "shein" } },
      })],
    ["archiving", () => sql`select private.archive_tasks()`],
    ["stale approvals", () => sql`select private.notify_stale_approvals()`],
    ["silent agents", () => sql`select private.notify_silent_agents()`],
  ];
  for (const [name, ask] of questions) {
    await t.step(name, async () => {
      const before = await fullReads(sql);
      await ask();
      assertEquals(await fullReads(sql) - before, 0);
    });
  }
});
