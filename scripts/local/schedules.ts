import type postgres from "postgres";
import { parseSchedule } from "./cron_schedule.ts";

/** A schedule of ours as an operator sees it. */
export interface ScheduleRow {
  readonly name: string;
  /** Five fields in UTC. */
  readonly schedule: string;
  readonly command: string;
  /** When it runs next; else why it does not: `off`, `inactive`, or `differs` from what pg_cron has. */
  readonly next: string;
}

interface Entry {
  readonly name: string;
  readonly schedule: string;
  readonly command: string;
  readonly state: "on" | "off" | "inactive" | "differs";
}

/** Every schedule of ours and when it runs next after a moment. */
export async function scheduleRows(sql: postgres.Sql, now = new Date()): Promise<ScheduleRow[]> {
  const entries = await sql<Entry[]>`
    select s.name, s.schedule, s.command, case
      when j.jobid is null then 'off'
      when (j.schedule, j.command) <> (s.schedule, s.command) then 'differs'
      when not j.active then 'inactive'
      else 'on'
    end as state
    from private.schedules as s
    left join cron.job as j on j.jobname = s.name
    order by s.name collate "C"`;
  return entries.map(({ state, ...entry }) => ({
    ...entry,
    next: state === "on" ? nextRun(entry.schedule, now) : state,
  }));
}

/** Sets every schedule in pg_cron; how many there are. */
export async function enableSchedules(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select private.enable_schedules() as count`;
  return row?.count ?? 0;
}

/** Takes every schedule of ours out of pg_cron; how many were there. */
export async function disableSchedules(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select private.disable_schedules() as count`;
  return row?.count ?? 0;
}

function nextRun(schedule: string, now: Date): string {
  return parseSchedule(schedule)(now)?.toISOString().replace(".000Z", "Z") ?? "never";
}
