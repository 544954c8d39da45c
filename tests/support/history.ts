/** A history of many tasks, made by operations, and stretched over several days. */
import type postgres from "postgres";
import { randomFrom } from "../../scripts/sandbox/hash.ts";
import { CATEGORIES } from "../../shared/tasks/task.ts";
import { callAs } from "./callers.ts";
import type { FreshDatabase } from "./database.ts";
import { present } from "./present.ts";
import { type Micros, micros } from "./recount.ts";
import { withoutTriggers } from "./superuser.ts";
import { type Agent, agentNamed, aTask, castOf, succeeded, taskOf, withoutLimits } from "./tasks.ts";

const REASONS = ["Out of season", "Too dear", "Done already"];

/** Makes so many tasks and takes each of them some steps on its way; one marketplace stays idle. */
export async function writeHistory(sql: postgres.Sql, seed: number, size: number): Promise<void> {
  await withoutLimits(sql);
  const cast = await castOf(sql);
  const kaway = await agentNamed(sql, "marketplace-kaway");
  const random = randomFrom(seed);
  const oneOf = <Item>(items: readonly Item[]) =>
    present(items[Math.floor(random() * items.length)], "an item");
  const hours = () => Math.ceil(random() * 4000) / 100;
  for (let made = 0; made < size; made += 1) {
    const [agent, marketplace] = oneOf<readonly [Agent, string]>([
      [cast.amazon, "amazon"],
      [cast.shopee, "shopee"],
      [kaway, "kaway"],
      [cast.master, "amazon"],
      [cast.master, "shein"],
      [cast.master, "mercadolivre"],
    ]);
    const category = agent === cast.master ? oneOf(CATEGORIES) : "optimization";
    const task = aTask({ marketplace, category, estimatedHours: hours() });
    const { id, status } = taskOf(await callAs(sql, agent, "create_task", { task }));
    const step = async (caller: typeof cast.admin | Agent, name: string, args: Record<string, unknown>) =>
      succeeded(await callAs(sql, caller, name, args));
    if (status === "pending" && random() < 0.1) continue;
    if (status === "pending") await step(agent, "submit_task", { task_id: id });
    if (random() < 0.1) continue;
    if (random() < 0.1) {
      await step(oneOf([agent, cast.admin]), "cancel_task", { task_id: id });
      continue;
    }
    const approved = random() < 0.7;
    await step(cast.admin, "approve_tasks", { task_ids: [id], approved, reason: oneOf(REASONS) });
    if (!approved || random() < 0.1) continue;
    const assign = () =>
      step(cast.admin, "assign_task", { task_id: id, assigned_to: oneOf([cast.alice, cast.bob]).userId });
    await assign();
    if (random() < 0.2) {
      await step(cast.admin, "unassign_task", { task_id: id });
      if (random() < 0.5) continue;
      await assign();
    }
    if (random() < 0.2) continue;
    await step(cast.admin, "complete_task", { task_id: id, actual_hours: hours() });
  }
}

/**
 * Stretches the seconds in which the history was written over so many days from a given moment, as far as the tasks
 * go; the audit stays as it is.
 *
 * @returns Where a moment of the audit lies now.
 */
export async function stretchHistory(
  database: FreshDatabase,
  from: string,
  days: number,
): Promise<(moment: Micros) => Micros> {
  const [span] = await database.sql<{ start: string; end: string }[]>`
    select to_char(min(t.created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as start,
      to_char(max(t.updated_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as end
    from public.marketplace_tasks as t`;
  const { start, end } = present(span, "a span");
  const factor = BigInt(days) * 86_400_000_000n / (micros(end) - micros(start));
  await withoutTriggers(database, async (sql) => {
    for (
      const column of ["created", "submitted", "approved", "rejected", "started", "completed", "cancelled"]
    ) {
      const name = `${column}_at`;
      // As texts: the driver would cut instants to the millisecond.
      await sql`
        update public.marketplace_tasks
        set ${sql(name)} = ${from}::text::timestamptz + (${sql(name)} - ${start}::text::timestamptz) * ${
        Number(factor)
      }::float8`;
    }
  });
  return (moment) => micros(from) + (moment - micros(start)) * factor;
}
