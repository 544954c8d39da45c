import { z } from "zod";
import { defineContract } from "./contract.ts";
import { jobRun } from "./job_run.ts";

/** The contract of a function that a scheduler calls: what must happen in time happens without it, in the database. */
export function jobContract(name: string, summary: string, description: string) {
  return defineContract({
    name,
    summary,
    description,
    methods: ["POST"],
    auth: "cron",
    request: z.strictObject({}),
    response: jobRun,
    success: [200],
    errors: ["job_failed"],
    examples: [{ name: "Run the job", as: "cron", request: {}, status: 200 }],
  });
}
