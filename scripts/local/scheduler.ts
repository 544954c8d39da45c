import type postgres from "postgres";
import { connect } from "./connect.ts";
import { parseSchedule, type Schedule } from "./cron_schedule.ts";
import { failInterruptedRuns, type Job, runJob } from "./job_run.ts";
import { listenAgain } from "./listen_again.ts";

/** A running stand-in for pg_cron's launcher. */
export interface Scheduler {
  /** Stops looking for due jobs and waits for those that run. */
  stop(): Promise<void>;
}

interface Planned {
  readonly job: Job;
  readonly schedule: Schedule;
  due: Date | null;
  running: Promise<void> | undefined;
}

const TICK_MS = 500;

/**
 * Runs the jobs of the `cron.job` stand-in when they are due: one instance of a job at a time, each in a
 * session of its role. A job that is due while it still runs starts again right after.
 *
 * @param databaseUrl The superuser's address of the database with the schedules.
 */
export async function startScheduler(databaseUrl: string): Promise<Scheduler> {
  const owner = connect(databaseUrl, 4);
  const plan = new Map<string, Planned>();
  const reload = () => loadPlan(owner, plan);
  await failInterruptedRuns(owner);
  await reload();
  const listening = await listenAgain(databaseUrl, "tradepost_cron", reload);
  const timer = setInterval(() => startDue(owner, plan, databaseUrl), TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await listening.stop();
      await Promise.allSettled([...plan.values()].map(({ running }) => running));
      await owner.end({ timeout: 1 });
    },
  };
}

async function loadPlan(owner: postgres.Sql, plan: Map<string, Planned>): Promise<void> {
  const jobs = await owner<Job[]>`
    select jobid, schedule, command, database, username from cron.job where active`;
  const active = new Set(jobs.map(({ jobid }) => jobid));
  for (const jobid of plan.keys()) if (!active.has(jobid)) plan.delete(jobid);

  const now = new Date();
  for (const job of jobs) {
    const known = plan.get(job.jobid);
    const schedule = parseSchedule(job.schedule);
    // Another command keeps the clock running; another schedule starts it anew.
    const due = known?.job.schedule === job.schedule ? known.due : schedule(now);
    plan.set(job.jobid, { job, schedule, due, running: known?.running });
  }
}

function startDue(owner: postgres.Sql, plan: Map<string, Planned>, databaseUrl: string): void {
  const now = new Date();
  for (const planned of plan.values()) {
    if (!planned.due || planned.due > now || planned.running) continue;
    planned.due = planned.schedule(now);
    const url = new URL(databaseUrl);
    url.username = planned.job.username;
    url.pathname = `/${planned.job.database}`;
    // A run that cannot even be recorded has lost its database: the next one is on time again.
    const running = runJob(owner, planned.job, url.href).catch(() => {});
    planned.running = running;
    running.finally(() => {
      const current = plan.get(planned.job.jobid);
      if (current) current.running = undefined;
    });
  }
}
