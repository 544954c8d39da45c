/** create-task at its URL: single tasks, with the statuses the contract promises. */
import { assertEquals } from "@std/assert";
import { call, type FunctionCaller, refused, taskOf } from "../support/functions.ts";
import { newAgent, newCast, taskIn, traceOf } from "../support/people.ts";
import { present } from "../support/present.ts";
import { aTask } from "../support/tasks.ts";

/** The request that the seeds' deployment guide sends, word for word but for whose agent it is. */
const SEED_BODY = (agentId: string) =>
  `{
    "marketplace": "amazon",
    "title": "Test task",
    "description": "Testing deployment",
    "category": "optimization",
    "priority": "high",
    "estimatedHours": 2,
    "createdBy": "${agentId}"
  }`;

Deno.test("the seed's own request creates a task, by Bearer and by x-agent-token", async () => {
  const agent = await newAgent();
  const callers: readonly FunctionCaller[] = [
    { credentials: { "Authorization": `Bearer ${agent.token}` } },
    { credentials: { "x-agent-token": agent.token } },
    { credentials: { "Authorization": `Bearer ${agent.token}`, "x-agent-token": agent.token } },
  ];
  for (const caller of callers) {
    const task = taskOf(await call("create-task", caller, { raw: SEED_BODY(agent.id) }), 201);
    const { marketplace, title, description, category, priority, estimatedHours, createdBy } = task;
    assertEquals(
      { marketplace, title, description, category, priority, estimatedHours, createdBy },
      JSON.parse(SEED_BODY(agent.id)),
    );
  }
  assertEquals((await traceOf(agent)).tasks, callers.length);
});

Deno.test("the seed's empty list has the seed's fields", async () => {
  const agent = await newAgent();
  const { status, body } = await call("list-tasks", agent);
  assertEquals(status, 200);
  assertEquals(body, { tasks: [], count: 0, offset: 0, limit: 50, nextCursor: null });
});

Deno.test("every field of a task comes back as it was sent, what was left out has its default", async () => {
  const agent = await newAgent();
  const sent = {
    ...aTask({ estimatedHours: 0.01, category: "best-practice", priority: "low" }),
    tags: ["listing", "größe", "商品"],
    metadata: { asin: "B000EXAMPLE", estimatedImpact: 18.25, competitors: [{ name: "A", ranks: [1, 2] }] },
    externalRef: "run-7/item-1",
  };
  const dueAt = "2027-01-31T23:30:00.5-03:00";
  const task = taskOf(await call("create-task", agent, { json: { ...sent, dueAt } }), 201);
  const { marketplace, title, description, category, priority, estimatedHours, tags, metadata, externalRef } =
    task;
  assertEquals(
    { marketplace, title, description, category, priority, estimatedHours, tags, metadata, externalRef },
    sent,
  );
  assertEquals(Date.parse(task.dueAt ?? ""), Date.parse(dueAt));

  const nulls = { tags: null, metadata: null, dueAt: null, externalRef: null, createdBy: null };
  for (const optional of [{}, nulls]) {
    const bare = taskOf(await call("create-task", agent, { json: aTask(optional) }), 201);
    assertEquals([bare.tags, bare.metadata, bare.dueAt, bare.externalRef], [[], {}, null, null]);
  }
});

Deno.test("an externalRef seen before answers 200 with the first task, also after it was decided", async () => {
  const cast = await newCast();
  const json = aTask({ externalRef: "listing-1" });
  const first = taskOf(await call("create-task", cast.agent, { json }), 201);
  const again = await call("create-task", cast.agent, { json: { ...json, title: "Another title" } });
  assertEquals(taskOf(again, 200), first);
  await call("approve", cast.admin, { json: { taskIds: [first.id], approved: true } });
  const later = taskOf(await call("create-task", cast.agent, { json }), 200);
  assertEquals([later.id, later.status], [first.id, "approved"]);

  const other = await newAgent();
  assertEquals(taskOf(await call("create-task", other, { json }), 201).id === first.id, false);
});

Deno.test("sixty-four tasks of one externalRef at once are one task", async () => {
  const agent = await newAgent();
  const json = aTask({ externalRef: "at-once" });
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => call("create-task", agent, { json })),
  );
  assertEquals(answers.filter(({ status }) => status === 201).length, 1);
  assertEquals(answers.filter(({ status }) => status === 200).length, 63);
  assertEquals(new Set(answers.map(({ body }) => body.task?.id)).size, 1);
  assertEquals((await traceOf(agent)).tasks, 1);
});

Deno.test("a master agent creates for every marketplace, another for its own alone", async () => {
  const master = await newAgent({ marketplace: null });
  const shein = await newAgent({ marketplace: "shein" });
  for (const marketplace of ["amazon", "shopee", "mercadolivre", "shein", "tiktokshop", "kaway"]) {
    const json = aTask({ marketplace });
    assertEquals(taskOf(await call("create-task", master, { json }), 201).marketplace, marketplace);
    const answer = await call("create-task", shein, { json });
    if (marketplace === "shein") assertEquals(taskOf(answer, 201).marketplace, "shein");
    else refused(answer, "marketplace_not_allowed");
  }
});

Deno.test("what an agent made is seen by it and by signed-in people, not by another agent", async () => {
  const cast = await newCast();
  const other = await newAgent();
  const { id } = await taskIn(cast, "awaiting_approval");
  const query = { createdBy: cast.agent.id };
  for (
    const [caller, ids] of [[cast.agent, [id]], [cast.alice, [id]], [cast.admin, [id]], [other, []]] as const
  ) {
    const { body } = await call("list-tasks", caller, { query });
    assertEquals(body.tasks?.map((task) => task.id), [...ids]);
    assertEquals(present(body.count, "a count"), ids.length);
  }
});
