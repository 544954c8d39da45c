import { drain, type JobRun, jobRun } from "../job_run.ts";
import type { Contract } from "../contract.ts";
import { ok } from "./answer.ts";
import type { Database } from "./database.ts";
import { type Endpoint, endpoint, type EndpointOptions } from "./endpoint.ts";
import { failedRun, jobFailure } from "./job_failure.ts";

/** Well below the time a function and its caller have. */
const LONGEST_MS = 20_000;

/**
 * Serves a job: runs its operation, each run a transaction of its own, until one finds nothing to do. A failed run ends it,
 * and the refusal tells what the runs before it did.
 *
 * @param operation Of schema `api`; answers a run of a job, or refuses with `job_failed`.
 */
export function drainingJob(contract: Contract, operation: string, options: EndpointOptions = {}): Endpoint {
  return endpoint(contract, async ({ database }) => {
    const run = await drain(() => oneRun(database, operation), {
      longestMs: LONGEST_MS,
      clock: () => performance.now(),
    });
    if (!run.success) throw jobFailure(run);
    return ok(run);
  }, options);
}

async function oneRun(database: Database, operation: string): Promise<JobRun> {
  try {
    return jobRun.parse((await database.call(operation)).body);
  } catch (error) {
    const run = failedRun(error);
    if (run === undefined) throw error;
    return run;
  }
}
