/** Statistics counted anew from `audit_logs` alone, by other means than the SQL that is tested. */
import type postgres from "postgres";
import { accuracy, efficiency } from "../../shared/tasks/rules.ts";

/** Microseconds since 1970. */
export type Micros = bigint;

/** What became of a task, as its audit tells it. */
export interface AuditedTask {
  readonly marketplace: string;
  readonly agent: string;
  readonly status: string;
  readonly createdAt: Micros;
  readonly submittedAt: Micros | null;
  readonly approvedAt: Micros | null;
  readonly rejectedAt: Micros | null;
  readonly startedAt: Micros | null;
  readonly completedAt: Micros | null;
  readonly estimatedHours: number;
  readonly actualHours: number;
  readonly rejectionReason: string | null;
}

/** An instant as answers write it: in UTC, with as many digits as it has. */
export function micros(iso: string): Micros {
  const [, seconds, fraction = ""] = /^(.{19})(?:\.(\d{1,6}))?(?:Z|\+00:00)$/.exec(iso) ?? [];
  if (seconds === undefined) throw new Error(`Expected an instant in UTC but found ${iso}`);
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

/**
 * The tasks as the chain of their audit leaves them.
 *
 * @param moved Where a moment lies by now, where the test moved the tables' timestamps and left the audit alone.
 */
export async function tasksFromAudit(
  sql: postgres.Sql,
  moved: (moment: Micros) => Micros = (moment) => moment,
): Promise<readonly AuditedTask[]> {
  const chains = await sql<{ first: Record<string, unknown>; last: Record<string, unknown> }[]>`
    select l.after as first, (
      select step.after from public.audit_logs as step
      where step.resource_type = 'task' and step.resource_id = l.resource_id and step.after is not null
      order by step.seq desc limit 1
    ) as last
    from public.audit_logs as l
    where l.resource_type = 'task' and l.action = 'created'`;
  return chains.map(({ first, last }) => {
    const moment = (field: string) => typeof last[field] === "string" ? moved(micros(last[field])) : null;
    return {
      marketplace: `${first.marketplace}`,
      agent: `${first.createdBy}`,
      status: `${last.status}`,
      createdAt: moved(micros(`${first.createdAt}`)),
      submittedAt: moment("submittedAt"),
      approvedAt: moment("approvedAt"),
      rejectedAt: moment("rejectedAt"),
      startedAt: moment("startedAt"),
      completedAt: moment("completedAt"),
      estimatedHours: Number(first.estimatedHours),
      actualHours: Number(last.actualHours ?? 0),
      rejectionReason: typeof last.rejectionReason === "string" ? last.rejectionReason : null,
    };
  });
}

/** The date of a moment on the calendars of a time zone. */
export function dayIn(timezone: string, moment: Micros): string {
  return calendarOf(timezone).format(Number(moment / 1000n));
}

const calendars = new Map<string, Intl.DateTimeFormat>();

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat("en-CA", { timeZone });
  calendars.set(timeZone, calendar);
  return calendar;
}

/** The figures of one marketplace on one day. */
export function recountDay(
  tasks: readonly AuditedTask[],
  marketplace: string,
  day: string,
  timezone: string,
) {
  const own = tasks.filter((task) => task.marketplace === marketplace);
  const isThen = (moment: Micros | null) => moment !== null && dayIn(timezone, moment) === day;
  const completed = own.filter((task) => isThen(task.completedAt));
  return {
    marketplace,
    created: own.filter((task) => isThen(task.createdAt)).length,
    submitted: own.filter((task) => isThen(task.submittedAt)).length,
    approved: own.filter((task) => isThen(task.approvedAt)).length,
    rejected: own.filter((task) => isThen(task.rejectedAt)).length,
    inProgress: own.filter((task) => isThen(task.startedAt)).length,
    completed: completed.length,
    avgCompletionTime: averageHours(completed),
  };
}

/** How many tasks wait where, now. */
export function recountQueue(tasks: readonly AuditedTask[]) {
  const count = (status: string) => tasks.filter((task) => task.status === status).length;
  return {
    pending: count("pending"),
    awaitingApproval: count("awaiting_approval"),
    inProgress: count("in_progress"),
  };
}

/** The quality of one marketplace or agent between two moments; null where there is nothing to tell. */
export function recountQuality(tasks: readonly AuditedTask[], from: Micros, to: Micros) {
  const isThen = (moment: Micros | null) => moment !== null && moment >= from && moment < to;
  const created = tasks.filter((task) => isThen(task.createdAt)).length;
  const approved = tasks.filter((task) => isThen(task.approvedAt)).length;
  const rejected = tasks.filter((task) => isThen(task.rejectedAt));
  const completed = tasks.filter((task) => isThen(task.completedAt));
  const waiting = tasks.filter((task) => task.status === "awaiting_approval").length;
  if (created + approved + rejected.length + completed.length + waiting === 0) return null;
  const decided = tasks.filter((task) => isThen(task.approvedAt ?? task.rejectedAt));
  const turnarounds = decided.map((task) =>
    Number((task.approvedAt ?? task.rejectedAt ?? 0n) - (task.submittedAt ?? 0n)) / 3.6e9
  );
  return {
    created,
    approved,
    rejected: rejected.length,
    completed: completed.length,
    approvalRate: ratio(BigInt(approved), BigInt(approved + rejected.length), 4),
    p50: percentile(turnarounds, 0.5),
    p90: percentile(turnarounds, 0.9),
    avgExecutionHours: averageHours(completed),
    avgAccuracy: average(completed.map((task) => accuracy(task.estimatedHours, task.actualHours))),
    avgEfficiency: average(completed.map((task) => efficiency(task.estimatedHours, task.actualHours))),
    awaitingApproval: waiting,
    rejectionReasons: countsOf(rejected.map((task) => task.rejectionReason ?? "")),
  };
}

function countsOf(reasons: readonly string[]) {
  return [...new Set(reasons)]
    .map((reason) => ({ reason, count: reasons.filter((other) => other === reason).length }))
    .sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1));
}

function averageHours(tasks: readonly AuditedTask[]): number | null {
  const sum = tasks.reduce((sum, task) => sum + (task.completedAt ?? 0n) - (task.startedAt ?? 0n), 0n);
  return ratio(sum, 3_600_000_000n * BigInt(tasks.length), 6);
}

/** The average of figures to the hundredth, to the hundredth. */
function average(figures: readonly number[]): number | null {
  const sum = figures.reduce((sum, figure) => sum + BigInt(Math.round(figure * 100)), 0n);
  return ratio(sum, 100n * BigInt(figures.length), 2);
}

/** A quotient of whole numbers, rounded half up at so many places; null where it has no meaning. */
function ratio(dividend: bigint, divisor: bigint, places: number): number | null {
  if (divisor === 0n) return null;
  const scale = 10n ** BigInt(places);
  return Number((2n * dividend * scale + divisor) / (2n * divisor)) / Number(scale);
}

/** By linear interpolation between the two nearest. */
function percentile(values: readonly number[], fraction: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}
