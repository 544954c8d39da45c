import { type JobRun, jobRun } from "../job_run.ts";
import { ApiError } from "./api_error.ts";

/** The refusal that a failed run is answered with: its status tells a scheduler's watcher, its details the rest. */
export function jobFailure(run: JobRun, cause?: unknown): ApiError {
  return new ApiError("job_failed", {
    message: `The job ${run.job} failed; private.job_runs says why`,
    details: run,
    // The log shows what lies behind a refusal, one step back.
    cause: cause instanceof ApiError ? cause.cause ?? cause : cause,
  });
}

/** The failed run that an operation's refusal carries; undefined where the error is another. */
export function failedRun(error: unknown): JobRun | undefined {
  return error instanceof ApiError && error.code === "job_failed" ? jobRun.parse(error.details) : undefined;
}
