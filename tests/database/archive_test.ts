import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { lengthOf, verifyAs } from "../support/audit_chains.ts";
import { callAs, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { aTask, type Cast, castOf, succeeded, taskIn, withoutLimits } from "../support/tasks.ts";

const ENDED = ["completed", "rejected", "cancelled"] as const;

Deno.test("tasks that ended more than six months ago go to the archive whole, and no others", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const old = await endedTasks(database, cast, "6 months 1 day");
  await endedTasks(database, cast, "5 months 29 days");
  for (const status of ["pending", "awaiting_approval", "approved", "in_progress"] as const) {
    await age(database, [(await taskIn(sql, cast, status)).id], "2 years");
  }
  const before = await sql`
    select to_jsonb(t) as task from public.marketplace_tasks as t where id = any (${old}) order by id`;
  assertEquals(await archive(sql), 3);
  const after = await sql`
    select to_jsonb(t) - 'archived_at' as task from private.archived_tasks as t order by id`;
  assertEquals([...after], [...before]);
  const left = await sql`select from public.marketplace_tasks where id = any (${old})`;
  const [{ living } = {}] = await sql`select count(*)::integer as living from public.marketplace_tasks`;
  assertEquals([left.length, living], [0, 7]);
  assertEquals(await archive(sql), 0);
});

Deno.test("what was counted stays counted, and the audit stays and holds", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const old = await endedTasks(database, cast, "400 days");
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const filter = { day: daysAgo(400).slice(0, 10), from: daysAgo(500), to: daysAgo(300), groupBy: "agent" };
  const figures = async () => {
    return {
      day: [...await sql`select * from public.get_marketplace_daily_stats(${filter.day}::date)`],
      stats: succeeded(await callAs<unknown>(sql, service, "task_stats", { filter })).body,
    };
  };
  const rows = () =>
    sql`select * from public.audit_logs where action <> 'archived' order by resource_id, seq`;
  const [counted, audit] = [await figures(), await rows()];
  assertEquals(counted.day.find(({ marketplace }) => marketplace === "amazon")?.created, "3");

  assertEquals(await archive(sql), 3);
  assertEquals(await figures(), counted);
  assertEquals(await rows(), audit);
  for (const id of old) {
    const length = await lengthOf(sql, { type: "task", id });
    const [last] = await sql`
      select action, actor_kind || ' ' || actor_id as actor from public.audit_logs
      where resource_type = 'task' and resource_id = ${id} and seq = ${length}`;
    assertEquals<unknown>({ ...last }, { action: "archived", actor: "system postgres" });
    assertEquals((await verifyAs(sql, service, "task", id)).body.ok, true);
  }
});

Deno.test("a task that somebody holds waits for the next run", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const [held = ""] = await endedTasks(database, cast, "7 months");
  await sql.begin(async (holder) => {
    await holder`select from public.marketplace_tasks where id = ${held} for update`;
    assertEquals(await archive(sql), 2);
  });
  assertEquals(await archive(sql), 1);
});

Deno.test("a run moves a thousand tasks at most, and the next one the rest", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, master } = await castOf(sql);
  await withoutLimits(sql);
  for (const size of [1000, 5]) {
    const tasks = Array.from({ length: size }, () => aTask());
    succeeded(await callAs(sql, master, "create_tasks", { tasks }));
  }
  const decision = { approved: false, reason: "Out of season", options: { filter: {} } };
  for (let round = 0; round < 11; round++) succeeded(await callAs(sql, admin, "approve_tasks", decision));
  const tasks = await sql<
    { id: string }[]
  >`select id from public.marketplace_tasks where status = 'rejected'`;
  await age(database, tasks.map(({ id }) => id), "1 year");
  assertEquals([await archive(sql), await archive(sql), await archive(sql)], [1000, 5, 0]);
});

/** One task of each ending, that long ago. */
async function endedTasks(database: FreshDatabase, cast: Cast, ago: string): Promise<string[]> {
  const ids: string[] = [];
  for (const status of ENDED) ids.push((await taskIn(database.sql, cast, status)).id);
  await age(database, ids, ago);
  return ids;
}

/** Makes tasks older, by all their timestamps. */
async function age(database: FreshDatabase, ids: readonly string[], by: string): Promise<void> {
  const moments = ["created", "submitted", "approved", "rejected", "started", "completed", "cancelled"];
  const changes = moments.map((moment) => `${moment}_at = ${moment}_at - $2::interval`).join(", ");
  await withoutTriggers(
    database,
    (sql) => sql.unsafe(`update public.marketplace_tasks set ${changes} where id = any ($1)`, [[...ids], by]),
  );
}

async function archive(sql: postgres.Sql): Promise<number | undefined> {
  const [row] = await sql<{ run: { processed: number } }[]>`select private.run_job('archive_tasks') as run`;
  return row?.run.processed;
}
