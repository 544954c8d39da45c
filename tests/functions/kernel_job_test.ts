/** What a job function makes of the runs that its operation answers. */
import { assertEquals } from "@std/assert";
import { jobContract } from "../../shared/job_contract.ts";
import { type JobRun, jobRun } from "../../shared/job_run.ts";
import { drainingJob } from "../../shared/http/draining_job.ts";
import type { LogLine } from "../../shared/http/log.ts";
import { environment, errorOf, KEYS, post } from "./kernel_fixture.ts";

const CONTRACT = jobContract("work-off", "Works off", "For tests.");

function aRun(processed: number): JobRun {
  return {
    success: true,
    job: "work_off",
    status: "succeeded",
    processed,
    details: { processed },
    durationMs: 1,
  };
}

const FAILED: JobRun = { ...aRun(0), success: false, status: "failed", details: {} };

function refusal(code: string, details: unknown): Response {
  return Response.json({ code, message: "It failed", details, hint: null }, { status: 503 });
}

/** Calls a job whose operation answers so, one call after another. */
async function answered(...answers: readonly Response[]) {
  const left = [...answers];
  const lines: LogLine[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => left.shift() ?? new Response(null, { status: 500 }),
  );
  try {
    const { fetch } = drainingJob(CONTRACT, "work_off", {
      env: environment({}, `http://127.0.0.1:${server.addr.port}`),
      log: (line) => lines.push(line),
    });
    return { response: await fetch(post({}, { apikey: KEYS.cron })), left, lines };
  } finally {
    await server.shutdown();
  }
}

Deno.test("a job that ran until nothing was left answers all of it as one run", async () => {
  const { response, left } = await answered(
    Response.json(aRun(5)),
    Response.json(aRun(0)),
    Response.json(aRun(9)),
  );
  assertEquals([response.status, left.length], [200, 1]);
  const { success, processed } = jobRun.parse(await response.json());
  assertEquals([success, processed], [true, 5]);
});

Deno.test("a run that failed is a 503 with the runs before it in its details, and a fault in the log", async () => {
  const { response, left, lines } = await answered(
    Response.json(aRun(5)),
    refusal("job_failed", FAILED),
    Response.json(aRun(9)),
  );
  const { status, code, error, details } = await errorOf(response);
  assertEquals([status, code, left.length], [503, "job_failed", 1]);
  assertEquals(error, "The job work_off failed; private.job_runs says why");
  const run = jobRun.parse(details);
  assertEquals([run.success, run.status, run.processed], [false, "failed", 5]);
  assertEquals(lines.map(({ level, status, code }) => [level, status, code]), [["error", 503, "job_failed"]]);
});

Deno.test("what is no failed run stays what it is", async () => {
  const { response } = await answered(Response.json(aRun(5)), refusal("57014", null));
  assertEquals((await errorOf(response)).code, "dependency_unavailable");
});
