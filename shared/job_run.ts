/** What a job answers, and how one is run until there is nothing left to do. */
import { z } from "zod";

export const jobRun = z.object({
  success: z.boolean(),
  job: z.string(),
  status: z.enum(["succeeded", "failed", "skipped"]).describe(
    "`skipped` where another run of the same job was at work.",
  ),
  processed: z.int().describe("How many things it did something about."),
  details: z.record(z.string(), z.unknown()),
  durationMs: z.number(),
}).meta({
  id: "JobRun",
  description: "One run of a job; jobs may run twice, late or at the same time without harm.",
});

/** A run of a job. */
export type JobRun = z.output<typeof jobRun>;

/** How far a job is driven. */
export interface DrainOptions {
  /** After so many milliseconds no further run begins. */
  readonly longestMs: number;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
}

/** Runs a job until a run finds nothing to do; told as one run. */
export async function drain(run: () => Promise<JobRun>, { longestMs, clock }: DrainOptions): Promise<JobRun> {
  const startedAt = clock();
  const runs = [await run()];
  while (runs.at(-1)?.processed !== 0 && clock() - startedAt < longestMs) runs.push(await run());
  return { ...runs.reduce(added), durationMs: Math.round(clock() - startedAt) };
}

/** Two runs as one: numbers are added up, and a failure of either is a failure of both. */
function added(one: JobRun, other: JobRun): JobRun {
  return {
    ...(other.status === "failed" ? other : one),
    processed: one.processed + other.processed,
    details: addedDetails(one.details, other.details),
  };
}

function addedDetails(one: JobRun["details"], other: JobRun["details"]): JobRun["details"] {
  const entries = Object.entries(other).map(([name, value]) => {
    const before = one[name];
    return [name, typeof before === "number" && typeof value === "number" ? before + value : value];
  });
  return { ...one, ...Object.fromEntries(entries) };
}
