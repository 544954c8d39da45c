import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { ItemResult } from "../support/answers.ts";
import { type Answer, callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { type Agent, agentNamed, aTask, readTask, succeeded, taskOf } from "../support/tasks.ts";

async function createAll(
  sql: postgres.Sql,
  agent: Agent,
  tasks: unknown,
  mode: string | null = "partial",
): Promise<Answer> {
  return await callAs(sql, agent, "create_tasks", { tasks, mode });
}

function resultsOf({ body }: Answer): readonly ItemResult[] {
  return present(body.results, "results");
}

function outcomesOf(answer: Answer): readonly string[] {
  return resultsOf(answer).map(({ outcome, code }) => code ?? outcome);
}

async function countTasks(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ tasks: number }[]>`
    select count(*)::integer as tasks from public.marketplace_tasks`;
  return row?.tasks ?? 0;
}

async function setQuota(sql: postgres.Sql, agent: Agent, dailyQuota: number): Promise<void> {
  const changes = { dailyQuota };
  succeeded(await callAs(sql, service, "update_agent", { agent_id: agent.agentId, changes }));
}

function many(count: number, overrides: (index: number) => Record<string, unknown> = () => ({})) {
  return Array.from({ length: count }, (_, index) => aTask({ title: `Task ${index}`, ...overrides(index) }));
}

/** What is wrong with each kind of item, and the code that says so. */
const KINDS: readonly (readonly [unknown, string, number])[] = [
  [aTask(), "created", 0],
  [aTask({ estimatedHours: 0 }), "invalid_request", 400],
  [aTask({ marketplace: "shopee" }), "marketplace_not_allowed", 403],
  [aTask({ tags: ["seo"], metadata: { a: [1] }, dueAt: "2030-01-01T00:00:00Z" }), "created", 0],
  [aTask({ category: "scaling" }), "category_not_allowed", 403],
  [aTask({ createdBy: "marketplace-shopee" }), "created_by_mismatch", 403],
  [17, "invalid_request", 400],
  [aTask({ createdBy: "marketplace-amazon", externalRef: null }), "created", 0],
  [null, "invalid_request", 400],
  [aTask({ colour: "red" }), "invalid_request", 400],
];

Deno.test("of a batch of 1000 mixed items the good ones are made and each bad one says why, in order", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const items = Array.from({ length: 1000 }, (_, index) => present(KINDS[index % KINDS.length], "a kind"));
  const answer = await createAll(sql, amazon, items.map(([item]) => item));
  assertEquals([answer.status, answer.body.success, answer.body.count], [207, true, 300]);
  const results = resultsOf(answer);
  assertEquals(results.map(({ index }) => index), items.map((_, index) => index));
  assertEquals(outcomesOf(answer), items.map(([, code]) => code));
  for (const [index, [, code, status]] of items.entries()) {
    const result = present(results[index], "a result");
    if (code === "created") {
      assertEquals([result.task?.status, result.task?.version], ["awaiting_approval", 1]);
      continue;
    }
    assertEquals([result.outcome, result.status, result.task], ["refused", status, undefined]);
    assert(result.error && result.error.length > 0);
    assertEquals(result.details?.issues !== undefined, code === "invalid_request");
  }
  assertEquals(await countTasks(sql), 300);
  const ids = new Set(results.flatMap(({ task }) => task ? [task.id] : []));
  assertEquals(ids.size, 300);
  const [audited] = await sql<{ rows: number }[]>`
    select count(*)::integer as rows from public.audit_logs as l where l.resource_type = 'task'`;
  assertEquals(audited?.rows, 300);
});

Deno.test("a batch is 201 where all were made and 422 where none was", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  for (const mode of ["partial", "atomic"]) {
    const all = await createAll(sql, amazon, many(3), mode);
    assertEquals([all.status, all.body.success, all.body.count], [201, true, 3]);
    const none = await createAll(sql, amazon, [aTask({ title: " " }), aTask({ priority: "urgent" })], mode);
    assertEquals([none.status, none.body.success, none.body.count], [422, false, 0]);
    assertEquals(outcomesOf(none), ["invalid_request", "invalid_request"]);
  }
  assertEquals(await countTasks(sql), 6);
});

Deno.test("an atomic batch with one bad item makes nothing", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const tasks = [...many(500), aTask({ estimatedHours: 10_001 }), ...many(499)];
  const answer = await createAll(sql, amazon, tasks, "atomic");
  assertEquals([answer.status, answer.body.success, answer.body.count], [422, false, 0]);
  assertEquals(
    outcomesOf(answer),
    tasks.map((_, index) => index === 500 ? "invalid_request" : "batch_refused"),
  );
  assertEquals(await countTasks(sql), 0);
  const [usage] = await sql<{ created: number }[]>`select u.created from private.agent_usage as u`;
  assertEquals(usage?.created ?? 0, 0);
});

Deno.test("an atomic batch with one bad item is 422 though another item existed before", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  taskOf(await callAs(sql, amazon, "create_task", { task: aTask({ externalRef: "known" }) }));
  const tasks = [aTask({ externalRef: "known" }), aTask(), aTask({ title: "" })];
  const answer = await createAll(sql, amazon, tasks, "atomic");
  assertEquals([answer.status, answer.body.success, answer.body.count], [422, false, 0]);
  assertEquals(await countTasks(sql), 1);
});

Deno.test("a batch as a whole is refused where it is none", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const cases: [unknown, string | null, string][] = [
    [[], "partial", "tasks"],
    [many(1001), "partial", "tasks"],
    [{}, "partial", "tasks"],
    [null, "partial", "tasks"],
    [many(1), "some", "mode"],
    [many(1), null, "mode"],
  ];
  for (const [tasks, mode, path] of cases) {
    const { status, body } = await createAll(sql, amazon, tasks, mode);
    assertEquals([status, body.code, body.details?.issues?.[0]?.path], [400, "invalid_request", path]);
  }
  assertEquals(await countTasks(sql), 0);
});

Deno.test("an externalRef names one task within a batch, across batches and per agent", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const master = await agentNamed(sql, "marketplace-master");
  const refs = ["a", "b", "a", undefined, "b", undefined];
  const tasks = many(6, (index) => ({ externalRef: refs[index] }));
  const first = await createAll(sql, amazon, tasks);
  assertEquals(first.status, 201);
  assertEquals(outcomesOf(first), ["created", "created", "existing", "created", "existing", "created"]);
  const ids = resultsOf(first).map(({ task }) => task?.id);
  assertEquals([ids[2], ids[4]], [ids[0], ids[1]]);
  // What was proposed first is what stands.
  assertEquals((await readTask(sql, ids[2] ?? "")).title, "Task 0");

  const again = await createAll(sql, amazon, tasks, "atomic");
  assertEquals(outcomesOf(again), ["existing", "existing", "existing", "created", "existing", "created"]);
  assertEquals(resultsOf(again)[0]?.task?.id, ids[0]);
  const alone = await callAs(sql, amazon, "create_task", { task: aTask({ externalRef: "b" }) });
  assertEquals([alone.status, alone.body.task?.id], [200, ids[1]]);
  const ofMaster = await createAll(sql, master, tasks);
  assertEquals(outcomesOf(ofMaster), outcomesOf(first));
  assertEquals(await countTasks(sql), 4 + 2 + 4);
});

Deno.test("16 proposals of one externalRef at once make one task", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  await using crowd = crowdOf(database.url, 16);
  const singles = await Promise.all(
    Array.from(
      { length: 16 },
      () => callAs(crowd.sql, amazon, "create_task", { task: aTask({ externalRef: "one" }) }),
    ),
  );
  assertEquals(singles.map(({ status }) => status).sort(), [...Array(15).fill(200), 201]);
  assertEquals(new Set(singles.map((answer) => taskOf(answer).id)).size, 1);

  const refs = Array.from({ length: 20 }, (_, index) => `ref ${index}`);
  const batches = await Promise.all(Array.from({ length: 16 }, (_, racer) => {
    const order = racer % 2 === 0 ? refs : refs.toReversed();
    return createAll(crowd.sql, amazon, order.map((externalRef) => aTask({ externalRef })), "atomic");
  }));
  assertEquals(batches.map(({ status }) => status), Array(16).fill(201));
  const created = batches.flatMap(outcomesOf).filter((outcome) => outcome === "created");
  assertEquals(created.length, refs.length);
  assertEquals(await countTasks(sql), 1 + refs.length);
});

Deno.test("the daily quota is kept exactly by 16 batches at once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  await setQuota(sql, amazon, 100);
  await using crowd = crowdOf(database.url, 16);
  const batches = await Promise.all(Array.from({ length: 16 }, () => createAll(crowd.sql, amazon, many(11))));
  const outcomes = batches.flatMap(outcomesOf);
  assertEquals(outcomes.filter((outcome) => outcome === "created").length, 100);
  assertEquals(outcomes.filter((outcome) => outcome === "quota_exceeded").length, 76);
  assertEquals(await countTasks(sql), 100);
});

Deno.test("a task beyond the quota is told when to come again, a known one is not counted", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  await setQuota(sql, amazon, 2);
  const batch = await createAll(
    sql,
    amazon,
    many(4, (index) => ({ externalRef: index < 2 ? "same" : `ref ${index}` })),
  );
  assertEquals([batch.status, ...outcomesOf(batch)], [
    207,
    "created",
    "existing",
    "created",
    "quota_exceeded",
  ]);
  const known = await callAs(sql, amazon, "create_task", { task: aTask({ externalRef: "same" }) });
  assertEquals(known.status, 200);

  const { status, body, headers } = await callAs(sql, amazon, "create_task", { task: aTask() });
  assertEquals([status, body.code, body.details?.dailyQuota], [429, "quota_exceeded", 2]);
  const wait = Number(headers["retry-after"]);
  assertEquals(wait, body.details?.retryAfterSeconds);
  const untilMidnight = (86_400_000 - Date.now() % 86_400_000) / 1000;
  assert(Math.abs(wait - untilMidnight) < 60 || wait < 60, `${wait}`);
  const atomic = await createAll(sql, amazon, [aTask({ externalRef: "same" }), aTask()], "atomic");
  assertEquals([atomic.status, outcomesOf(atomic)[1]], [422, "quota_exceeded"]);
  await setQuota(sql, amazon, 3);
  assertEquals((await callAs(sql, amazon, "create_task", { task: aTask() })).status, 201);
});

Deno.test("a batch costs one rate token, whatever its size", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  await sql`update private.rate_limits set max_requests = 3, period_seconds = 86400 where operation = 'create_task'`;
  const statuses = [];
  for (let batch = 0; batch < 4; batch += 1) {
    statuses.push((await createAll(sql, amazon, many(100))).status);
  }
  assertEquals(statuses, [201, 201, 201, 429]);
  assertEquals((await callAs(sql, amazon, "create_task", { task: aTask() })).status, 429);
});

Deno.test("tasks of an agent that does not submit by itself are pending", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const autoSubmit = async (value: boolean) => {
    const changes = { autoSubmit: value };
    succeeded(await callAs(sql, service, "update_agent", { agent_id: amazon.agentId, changes }));
    return resultsOf(succeeded(await createAll(sql, amazon, many(2)))).map(({ task }) => task);
  };
  for (const task of await autoSubmit(false)) {
    assertEquals([task?.status, task?.submittedAt], ["pending", null]);
  }
  for (const task of await autoSubmit(true)) {
    assertEquals([task?.status, task?.submittedAt], ["awaiting_approval", task?.createdAt]);
  }
});
