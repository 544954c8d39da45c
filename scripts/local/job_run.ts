import postgres from "postgres";
import { connect } from "./connect.ts";

/** A row of `cron.job` that is to run. */
export interface Job {
  readonly jobid: string;
  readonly schedule: string;
  readonly command: string;
  readonly database: string;
  readonly username: string;
}

/**
 * Runs a job's command once, in a session of its own as the job's role, and keeps the record of it in
 * `cron.job_run_details` as pg_cron does.
 *
 * @param owner The superuser's connection to the database with the schedules.
 * @param jobUrl The address for the job's role and database.
 */
export async function runJob(owner: postgres.Sql, job: Job, jobUrl: string): Promise<void> {
  const runid = await recordStart(owner, job);
  const session = connect(jobUrl);
  try {
    const [backend] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await owner`
      update cron.job_run_details set status = 'running', job_pid = ${
      backend?.pid ?? null
    } where runid = ${runid}`;
    const result: unknown = await session.unsafe(job.command);
    await recordEnd(owner, runid, "succeeded", completion(result));
  } catch (error) {
    const said = error instanceof postgres.PostgresError
      ? `${error.severity}:  ${error.message}\n`
      : String(error);
    await recordEnd(owner, runid, "failed", said);
  } finally {
    await session.end({ timeout: 1 });
  }
}

/** Runs that a stopped scheduler left open never end by themselves. */
export async function failInterruptedRuns(owner: postgres.Sql): Promise<void> {
  await owner`
    update cron.job_run_details set status = 'failed', return_message = 'server restarted', end_time = clock_timestamp()
    where status in ('starting', 'running')`;
}

async function recordStart(owner: postgres.Sql, job: Job): Promise<string> {
  const [row] = await owner<{ runid: string }[]>`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'starting', clock_timestamp())
    returning runid`;
  if (!row) throw new Error("Expected the new run's number but found no row");
  return row.runid;
}

async function recordEnd(owner: postgres.Sql, runid: string, status: string, message: string): Promise<void> {
  await owner`
    update cron.job_run_details
    set status = ${status}, return_message = ${message}, end_time = clock_timestamp()
    where runid = ${runid}`;
}

function completion(result: unknown): string {
  const last: unknown = Array.isArray(result) && Array.isArray(result.at(-1)) ? result.at(-1) : result;
  if (typeof last !== "object" || last === null || !("command" in last) || !("count" in last)) return "";
  if (last.command === "SELECT") return last.count === 1 ? "1 row" : `${last.count} rows`;
  if (last.command === "INSERT") return `INSERT 0 ${last.count}`;
  return last.count === null ? `${last.command}` : `${last.command} ${last.count}`;
}
