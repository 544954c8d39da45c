/** create-task at its URL: batches, and what becomes of each item. */
import { assertEquals } from "@std/assert";
import type { ItemResult } from "../support/answers.ts";
import { call, refused, taskOf } from "../support/functions.ts";
import { type Agent, newAgent, traceOf } from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";

const outcomes = (results: readonly ItemResult[] = []) =>
  results.map(({ index, outcome, code }) => [index, outcome, code ?? null]);

Deno.test("a batch of good items answers 201 with a result for each, in the order of the request", async () => {
  const agent = await newAgent();
  const tasks = [aTask({ title: "First" }), aTask({ title: "Second" }), aTask({ title: "Third" })];
  for (const mode of ["partial", "atomic"]) {
    const { status, body } = await call("create-task", agent, { json: { tasks, mode } });
    assertEquals(Object.keys(body).sort(), ["count", "results", "success"]);
    assertEquals([status, body.success, body.count], [201, true, 3]);
    assertEquals(outcomes(body.results), [[0, "created", null], [1, "created", null], [2, "created", null]]);
    assertEquals(body.results?.map(({ task }) => task?.title), ["First", "Second", "Third"]);
  }
  assertEquals((await traceOf(agent)).tasks, 6);
});

Deno.test("a mixed batch answers 207 and makes the good items alone", async () => {
  const agent = await newAgent({ categories: ["optimization"] });
  const known = taskOf(await call("create-task", agent, { json: aTask({ externalRef: "known" }) }), 201);
  const tasks = [
    aTask({ externalRef: "fresh" }),
    aTask({ externalRef: "known" }),
    aTask({ estimatedHours: 0 }),
    aTask({ marketplace: "shopee" }),
    aTask({ category: "scaling" }),
    aTask({ createdBy: "marketplace-master" }),
    aTask({ externalRef: "fresh" }),
    {},
  ];
  const { status, body } = await call("create-task", agent, { json: { tasks, mode: "partial" } });
  assertEquals([status, body.success, body.count], [207, true, 3]);
  assertEquals(outcomes(body.results), [
    [0, "created", null],
    [1, "existing", null],
    [2, "refused", "invalid_request"],
    [3, "refused", "marketplace_not_allowed"],
    [4, "refused", "category_not_allowed"],
    [5, "refused", "created_by_mismatch"],
    [6, "existing", null],
    [7, "refused", "invalid_request"],
  ]);
  assertEquals(body.results?.[1]?.task?.id, known.id);
  assertEquals(body.results?.[6]?.task?.id, body.results?.[0]?.task?.id);
  assertEquals(body.results?.[2]?.details?.issues?.map(({ path }) => path), ["estimatedHours"]);
  assertEquals((await traceOf(agent)).tasks, 2);
});

Deno.test("a batch of which nothing is made answers 422, an atomic one with a single bad item too", async () => {
  const agent = await newAgent();
  const bad = aTask({ priority: "urgent" });
  const none = await call("create-task", agent, { json: { tasks: [bad, bad], mode: "partial" } });
  assertEquals([none.status, none.body.success, none.body.count], [422, false, 0]);
  assertEquals(outcomes(none.body.results), [
    [0, "refused", "invalid_request"],
    [1, "refused", "invalid_request"],
  ]);
  const atomic = await call("create-task", agent, {
    json: { tasks: [aTask(), bad, aTask()], mode: "atomic" },
  });
  assertEquals([atomic.status, atomic.body.success, atomic.body.count], [422, false, 0]);
  assertEquals(outcomes(atomic.body.results), [
    [0, "refused", "batch_refused"],
    [1, "refused", "invalid_request"],
    [2, "refused", "batch_refused"],
  ]);
  assertEquals(await traceOf(agent), { tasks: 0, changes: 0, audit: 0 });
});

Deno.test("a thousand mixed items have a thousand outcomes, and cost one rate token", async () => {
  const agent = await newAgent();
  const tasks = Array.from(
    { length: 1000 },
    (_, i) => aTask(i % 3 === 0 ? { title: "" } : { title: `No. ${i}` }),
  );
  const { status, headers, body } = await call("create-task", agent, { json: { tasks, mode: "partial" } });
  assertEquals([status, body.count, body.results?.length], [207, 666, 1000]);
  assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
  for (const [i, result] of (body.results ?? []).entries()) {
    assertEquals([result.index, result.outcome], [i, i % 3 === 0 ? "refused" : "created"]);
    assertEquals(result.task?.title, i % 3 === 0 ? undefined : `No. ${i}`);
  }
  assertEquals(await traceOf(agent), { tasks: 666, changes: 666, audit: 666 });
  assertEquals(await tokensSpent(agent), 1);
  for (const size of [0, 1001]) {
    const json = { tasks: Array(size).fill(aTask()), mode: "partial" };
    refused(await call("create-task", agent, { json }), "invalid_request");
  }
});

Deno.test("a batch beyond the daily quota makes what the quota covers and refuses the rest", async () => {
  const agent = await newAgent({ dailyQuota: 2 });
  const tasks = [aTask(), aTask(), aTask()];
  const { status, body } = await call("create-task", agent, { json: { tasks, mode: "partial" } });
  assertEquals([status, body.count], [207, 2]);
  assertEquals(outcomes(body.results).at(2), [2, "refused", "quota_exceeded"]);
  const single = await call("create-task", agent, { json: aTask() });
  const { details } = refused(single, "quota_exceeded");
  assertEquals(single.headers.get("retry-after"), String(details?.retryAfterSeconds));
  const batch = await call("create-task", agent, { json: { tasks: [aTask()], mode: "atomic" } });
  assertEquals([batch.status, outcomes(batch.body.results)], [422, [[0, "refused", "quota_exceeded"]]]);
});

/** How many of its hundred tokens an agent has spent on creating. */
async function tokensSpent({ id }: Agent): Promise<number> {
  await using sql = databaseOf(await stack());
  const [bucket] = await sql<{ tokens: number }[]>`
    select floor(tokens) as tokens from private.rate_limit_buckets
    where principal = ${`agent:${id}`} and operation = 'create_task'`;
  return 100 - (bucket?.tokens ?? 100);
}
