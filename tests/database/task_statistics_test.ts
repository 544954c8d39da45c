import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type postgres from "postgres";
import { accuracy, efficiency } from "../../shared/tasks/rules.ts";
import { MARKETPLACES } from "../../shared/tasks/task.ts";
import { readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { stretchHistory, writeHistory } from "../support/history.ts";
import { present } from "../support/present.ts";
import {
  type AuditedTask,
  dayIn,
  micros,
  recountDay,
  recountQuality,
  recountQueue,
  tasksFromAudit,
} from "../support/recount.ts";
import { succeeded } from "../support/tasks.ts";

const SEED = 20_261_121;
const TASKS = 160;

/** A week in which clocks are put forward in Europe (at 2:00) and in Lebanon (at midnight). */
const START = "2025-03-26T21:17:23.456789Z";
const DAYS = Array.from(
  { length: 9 },
  (_, index) => new Date(Date.UTC(2025, 2, 25 + index)).toISOString().slice(0, 10),
);
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Asia/Beirut",
  "America/New_York",
  "Asia/Kathmandu",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
];

type Count = "created" | "submitted" | "approved" | "rejected" | "in_progress" | "completed";
type Queue = "queue_pending" | "queue_awaiting_approval" | "queue_in_progress";

/** A row of get_marketplace_daily_stats. */
type DailyRow =
  & Readonly<Record<"marketplace", string>>
  & Readonly<Record<Count | Queue, number>>
  & Readonly<Record<"avg_completion_time", number | null>>;

interface Stats {
  readonly day: string;
  readonly timezone: string;
  readonly marketplaces: readonly ReturnType<typeof recountDay>[];
  readonly queue: ReturnType<typeof recountQueue>;
  readonly groups: readonly Group[];
}

interface Group {
  readonly marketplace?: string;
  readonly agent?: string;
  readonly created: number;
  readonly approved: number;
  readonly rejected: number;
  readonly completed: number;
  readonly approvalRate: number | null;
  readonly approvalTurnaroundHours: { readonly p50: number | null; readonly p90: number | null };
  readonly avgExecutionHours: number | null;
  readonly avgAccuracy: number | null;
  readonly avgEfficiency: number | null;
  readonly backlog: { readonly awaitingApproval: number; readonly oldestHours: number | null };
  readonly rejectionReasons: readonly { readonly reason: string; readonly count: number }[];
}

const IN_ORDER = MARKETPLACES.toSorted();

async function dailyRows(
  sql: postgres.Sql,
  args: Record<string, unknown> = {},
): Promise<readonly DailyRow[]> {
  const name = "public.get_marketplace_daily_stats";
  return succeeded(await readOnlyCallAs<readonly DailyRow[]>(sql, service, name, args)).body;
}

async function statsOf(sql: postgres.Sql, filter: Record<string, unknown> = {}): Promise<Stats> {
  return succeeded(await readOnlyCallAs<Stats>(sql, service, "task_stats", { filter })).body;
}

function ofDay(row: DailyRow): ReturnType<typeof recountDay> {
  const { marketplace, created, submitted, approved, rejected, completed } = row;
  return {
    marketplace,
    created,
    submitted,
    approved,
    rejected,
    inProgress: row.in_progress,
    completed,
    avgCompletionTime: row.avg_completion_time,
  };
}

function queueOf(rows: readonly DailyRow[]): ReturnType<typeof recountQueue> {
  const sum = (field: Queue) => rows.reduce((total, row) => total + row[field], 0);
  return {
    pending: sum("queue_pending"),
    awaitingApproval: sum("queue_awaiting_approval"),
    inProgress: sum("queue_in_progress"),
  };
}

/** Holds the figures of every day in every zone against the recount; returns them all. */
async function assertDaysEqual(sql: postgres.Sql, tasks: readonly AuditedTask[]): Promise<string> {
  const all = [];
  for (const timezone of ZONES) {
    let created = 0;
    for (const day of DAYS) {
      const expected = IN_ORDER.map((marketplace) => recountDay(tasks, marketplace, day, timezone));
      const rows = await dailyRows(sql, { day, timezone });
      assertEquals(rows.map(ofDay), expected, `${day} ${timezone}`);
      assertEquals(queueOf(rows), recountQueue(tasks), `${day} ${timezone}`);
      created += rows.reduce((total, row) => total + row.created, 0);
      all.push(rows);
    }
    assertEquals(created, tasks.length, `every task was created on one of the days in ${timezone}`);
  }
  return JSON.stringify(all);
}

async function assertQualityEqual(sql: postgres.Sql, tasks: readonly AuditedTask[]): Promise<void> {
  const periods = [[START, "2025-04-02T00:00:00Z"], [
    "2025-03-28T05:00:00Z",
    "2025-03-30T11:30:00.5Z",
  ]] as const;
  for (const groupBy of ["marketplace", "agent"] as const) {
    for (const [from, to] of periods) {
      const names = [...new Set(tasks.map((task) => task[groupBy]))].sort();
      const expected = names.flatMap((name) => {
        const own = tasks.filter((task) => task[groupBy] === name);
        const quality = recountQuality(own, micros(from), micros(to));
        return quality ? [{ name, ...quality }] : [];
      });
      const { groups } = await statsOf(sql, { groupBy, from, to });
      assert(groups.some(({ completed }) => completed > 1));
      assertEquals(groups.map((group) => exactFigures(group, groupBy)), expected.map(withoutTurnaround));
      for (const [index, { approvalTurnaroundHours, backlog }] of groups.entries()) {
        assertNear(approvalTurnaroundHours.p50, expected[index]?.p50 ?? null);
        assertNear(approvalTurnaroundHours.p90, expected[index]?.p90 ?? null);
        assertEquals(backlog.oldestHours === null, backlog.awaitingApproval === 0);
      }
    }
  }
}

function exactFigures(group: Group, groupBy: "marketplace" | "agent") {
  const { approvalTurnaroundHours: _, backlog, marketplace: __, agent: ___, ...figures } = group;
  return { name: group[groupBy], ...figures, awaitingApproval: backlog.awaitingApproval };
}

function withoutTurnaround<Quality extends { p50: unknown; p90: unknown }>(
  { p50: _, p90: __, ...rest }: Quality,
) {
  return rest;
}

function assertNear(actual: number | null, expected: number | null): void {
  if (expected === null) assertEquals(actual, null);
  else assertAlmostEquals(present(actual, "a figure"), expected, 1e-6);
}

Deno.test("every figure of every day in every zone equals a recount of the audit, before and after archiving", async () => {
  console.log(`The history is made from seed ${SEED}`);
  await using database = await freshDatabase();
  const { sql } = database;
  await writeHistory(sql, SEED, TASKS);

  const fresh = await tasksFromAudit(sql);
  const { day, timezone, marketplaces, queue } = await statsOf(sql);
  assertEquals(timezone, "UTC");
  assertEquals(marketplaces, IN_ORDER.map((marketplace) => recountDay(fresh, marketplace, day, "UTC")));
  assertEquals(queue, recountQueue(fresh));

  const tasks = await tasksFromAudit(sql, await stretchHistory(database, START, 6));
  assertEquals(new Set(tasks.map((task) => dayIn("UTC", task.createdAt))).size >= 6, true);
  const before = await assertDaysEqual(sql, tasks);
  await assertQualityEqual(sql, tasks);

  const [run] = await sql<{ archived: number }[]>`
    select (private.archive_tasks() ->> 'processed')::integer as archived`;
  const ended = tasks.filter(({ status }) => ["completed", "rejected", "cancelled"].includes(status));
  assertEquals(run?.archived, ended.length);
  assertEquals(await assertDaysEqual(sql, tasks), before);
  await assertQualityEqual(sql, tasks);
});

Deno.test("task_stats says of a day what get_marketplace_daily_stats says", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await writeHistory(sql, SEED + 1, 40);
  for (const timezone of ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    const stats = await statsOf(sql, { timezone });
    const rows = await dailyRows(sql, { timezone, day: stats.day });
    assertEquals(stats.marketplaces, rows.map(ofDay));
    assertEquals(stats.queue, queueOf(rows));
    assertEquals(stats.groups, []);
    const [today] = await sql<{ day: string }[]>`
      select to_char(clock_timestamp() at time zone ${timezone}, 'YYYY-MM-DD') as day`;
    assertEquals(stats.day, today?.day);
  }
});

Deno.test("marketplaces where nothing happened are there all the same", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const rows = await dailyRows(sql);
  assertEquals(rows.map(({ marketplace }) => marketplace), IN_ORDER);
  for (const row of rows) assertEquals(ofDay(row), recountDay([], row.marketplace, "2025-01-01", "UTC"));
  const { marketplaces, queue, groups } = await statsOf(sql, { groupBy: "marketplace" });
  assertEquals(marketplaces.map(({ marketplace }) => marketplace), IN_ORDER);
  assertEquals([queue, groups], [recountQueue([]), []]);
});

Deno.test("accuracy and efficiency are the same in SQL and in the rules", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const hours = fc.oneof(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.integer({ min: 1, max: 1000 }),
    fc.constantFrom(1, 2, 350, 400, 999_999, 1_000_000),
  ).map((hundredths) => hundredths / 100);
  console.log(`Hours are made from seed ${SEED}`);
  const pairs = fc.sample(fc.tuple(hours, hours), { seed: SEED, numRuns: 20_000 });
  pairs.push([4, 3.5], [4, 4], [4, 8], [4, 9], [2, 1.99], [0.01, 10_000], [10_000, 0.01]);
  const figures = await sql<{ accuracy: number; efficiency: number }[]>`
    select private.task_accuracy(p.estimated, p.actual) as accuracy,
      private.task_efficiency(p.estimated, p.actual)::float8 as efficiency
    from unnest(${pairs.map(([estimated]) => `${estimated}`)}::numeric[], ${
    pairs.map(([, actual]) => `${actual}`)
  }::numeric[])
      with ordinality as p (estimated, actual, position)
    order by p.position`;
  assertEquals(figures.length, pairs.length);
  const different = pairs.flatMap(([estimated, actual], index) => {
    const said = { accuracy: accuracy(estimated, actual), efficiency: efficiency(estimated, actual) };
    const figure = figures[index];
    const isSame = figure?.accuracy === said.accuracy && figure.efficiency === said.efficiency;
    return isSame ? [] : [{ estimated, actual, said, figure }];
  });
  assertEquals(different, []);
});
