import { Cron } from "croner";

/** When a job is due next, after a moment. */
export type Schedule = (after: Date) => Date | null;

/**
 * Reads a schedule as pg_cron does: five fields in UTC, `$` for the last day of the month, or
 * `[1-59] seconds`.
 *
 * @throws Error when it is neither.
 */
export function parseSchedule(text: string): Schedule {
  const seconds = /^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$/i.exec(text)?.[1];
  if (seconds) return (after) => new Date(after.getTime() + Number(seconds) * 1000);

  const pattern = new Cron(text.trim().replace(/(?<=^\S+\s+\S+\s+)\$(?=\s)/, "L"), {
    timezone: "UTC",
    paused: true,
  });
  return (after) => pattern.nextRun(after);
}
