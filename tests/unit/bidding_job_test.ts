import { assertEquals, assertRejects } from "@std/assert";
import { drain, type JobRun } from "../../shared/job_run.ts";
import { present } from "../support/present.ts";

function aRun(closed: number, status: JobRun["status"] = "succeeded"): JobRun {
  const details = status === "succeeded" ? { closed, opened: 0, note: `found ${closed}` } : {};
  return {
    success: status !== "failed",
    job: "session_cleanup",
    status,
    processed: closed,
    details,
    durationMs: 7,
  };
}

/** Runs that a job has in store, each of which takes a second. */
function inStore(...runs: JobRun[]) {
  let now = 500;
  const left = [...runs];
  const run = () => {
    now += 1000;
    return Promise.resolve(present(left.shift(), "another run"));
  };
  return { run, left, clock: () => now };
}

Deno.test("a job is run until a run finds nothing, and told as one run", async () => {
  const { run, left, clock } = inStore(aRun(500), aRun(300), aRun(0), aRun(9));
  assertEquals(await drain(run, { longestMs: 20_000, clock }), {
    ...aRun(800),
    details: { closed: 800, opened: 0, note: "found 0" },
    durationMs: 3000,
  });
  assertEquals(left.length, 1);
});

Deno.test("no further run begins once the time is over", async () => {
  const { run, left, clock } = inStore(...Array(9).fill(aRun(500)));
  const { processed, durationMs } = await drain(run, { longestMs: 2000, clock });
  assertEquals([processed, durationMs, left.length], [1000, 2000, 7]);
});

Deno.test("a failure among the runs is a failure of the whole, and keeps what was done", async () => {
  const { run, clock } = inStore(aRun(500), aRun(0, "failed"));
  const { success, status, processed, details } = await drain(run, { longestMs: 20_000, clock });
  assertEquals([success, status, processed, details.closed], [false, "failed", 500, 500]);
});

Deno.test("a run that failed is the last: what stopped it may not have passed", async () => {
  const { run, left, clock } = inStore(aRun(500), aRun(0, "failed"), aRun(500));
  await drain(run, { longestMs: 20_000, clock });
  assertEquals(left.length, 1);
});

Deno.test("a job that another run is at work on has nothing to do", async () => {
  const { run, clock } = inStore(aRun(0, "skipped"));
  assertEquals(await drain(run, { longestMs: 20_000, clock }), { ...aRun(0, "skipped"), durationMs: 1000 });
});

Deno.test("a run that cannot be made is not told as one", async () => {
  const away = () => Promise.reject(new Error("the database is away"));
  await assertRejects(() => drain(away, { longestMs: 1, clock: () => 0 }), Error, "away");
});
