/** One Idempotency-Key is one effect, whatever the network makes of it: every write, at its URL. */
import { assertEquals } from "@std/assert";
import { call, type FunctionAnswer, type FunctionCaller, refused } from "../support/functions.ts";
import { type Cast, currentTask, newCast, signUpAdmin, taskIn, traceOf } from "../support/people.ts";
import { aTask } from "../support/tasks.ts";

/** One write, and another request that the same key must not stand for. */
interface Write {
  readonly slug: string;
  readonly caller: FunctionCaller;
  readonly json: unknown;
  readonly other: unknown;
  /** The status of the first answer. */
  readonly status: number;
  /** How many changes of tasks it brings about. */
  readonly changes: number;
}

type Prepare = (cast: Cast) => Promise<Write>;

const batch = { tasks: [aTask(), aTask({ title: "" }), aTask()], mode: "partial" };

const WRITES: ReadonlyMap<string, Prepare> = new Map<string, Prepare>([
  ["create-task", ({ agent: caller }) =>
    Promise.resolve({
      slug: "create-task",
      caller,
      json: aTask(),
      other: aTask({ title: "Other" }),
      status: 201,
      changes: 1,
    })],
  ["create-task with a batch", ({ agent: caller }) =>
    Promise.resolve({
      slug: "create-task",
      caller,
      json: batch,
      other: { ...batch, mode: "atomic" },
      status: 207,
      changes: 2,
    })],
  ["submit-task", async (cast) => {
    const [one, two] = [await taskIn(cast, "pending"), await taskIn(cast, "pending")];
    const [json, other] = [{ taskId: one.id }, { taskId: two.id }];
    return { slug: "submit-task", caller: cast.agent, json, other, status: 200, changes: 1 };
  }],
  ["approve", async (cast) => {
    const { id } = await taskIn(cast, "awaiting_approval");
    const json = { taskIds: [id], approved: true };
    const other = { ...json, reason: "Good" };
    return { slug: "approve", caller: cast.admin, json, other, status: 200, changes: 1 };
  }],
  ["assign", async (cast) => {
    const { id: taskId } = await taskIn(cast, "approved");
    const [json, other] = [{ taskId, assignedTo: cast.alice.id }, { taskId, assignedTo: null }];
    return { slug: "assign", caller: cast.admin, json, other, status: 200, changes: 1 };
  }],
  ["complete", async (cast) => {
    const { id: taskId } = await taskIn(cast, "in_progress");
    const [json, other] = [{ taskId, actualHours: 3.5 }, { taskId, actualHours: 3.51 }];
    return { slug: "complete", caller: cast.alice, json, other, status: 200, changes: 1 };
  }],
  ["cancel-task", async (cast) => {
    const { id: taskId } = await taskIn(cast, "awaiting_approval");
    const [json, other] = [{ taskId }, { taskId, reason: "Taken down" }];
    return { slug: "cancel-task", caller: cast.agent, json, other, status: 200, changes: 1 };
  }],
]);

const replayed = ({ headers }: FunctionAnswer) => headers.get("idempotency-replayed");

for (const [name, prepare] of WRITES) {
  Deno.test(`${name} sent eight times at once under one key happens once and answers alike`, async () => {
    const cast = await newCast({ autoSubmit: false });
    const { slug, caller, json, other, status, changes } = await prepare(cast);
    const before = (await traceOf(cast.agent)).changes;
    const headers = { "idempotency-key": `key ~ ${crypto.randomUUID()}` };

    const answers = await Promise.all(Array.from({ length: 8 }, () => call(slug, caller, { json, headers })));
    assertEquals(answers.map((answer) => answer.status), Array(8).fill(status), answers[0]?.text);
    assertEquals(new Set(answers.map(({ text }) => text)).size, 1);
    assertEquals(answers.map(replayed).sort(), [null, ...Array(7).fill("true")].sort());
    assertEquals((await traceOf(cast.agent)).changes, before + changes);

    refused(await call(slug, caller, { json: other, headers }), "idempotency_key_reused");
    const late = await call(slug, caller, { json, headers });
    assertEquals([late.status, late.text, replayed(late)], [status, answers[0]?.text, "true"]);
    assertEquals((await traceOf(cast.agent)).changes, before + changes);
  });
}

Deno.test("a replay answers as the first time, however far the task has moved on", async () => {
  const cast = await newCast();
  const headers = { "idempotency-key": crypto.randomUUID() };
  const { id } = await taskIn(cast, "awaiting_approval");
  const json = { taskIds: [id], approved: true };
  const first = await call("approve", cast.admin, { json, headers });
  await call("assign", cast.admin, { json: { taskId: id, assignedTo: cast.alice.id } });
  await call("complete", cast.alice, { json: { taskId: id, actualHours: 2 } });
  const replay = await call("approve", cast.admin, { method: "PATCH", json, headers });
  assertEquals([replay.status, replay.text, replayed(replay)], [200, first.text, "true"]);
  assertEquals((await currentTask(id)).status, "completed");
});

Deno.test("a refusal is replayed too: what was refused stays refused under its key", async () => {
  const cast = await newCast({ autoSubmit: false });
  const { id } = await taskIn(cast, "pending");
  const json = { taskIds: [id], approved: true };
  const headers = { "idempotency-key": crypto.randomUUID() };
  const first = await call("approve", cast.admin, { json, headers });
  assertEquals([first.status, replayed(first)], [409, null]);
  await call("submit-task", cast.agent, { json: { taskId: id } });
  const replay = await call("approve", cast.admin, { json, headers });
  assertEquals([replay.status, replay.text, replayed(replay)], [409, first.text, "true"]);
  const fresh = await call("approve", cast.admin, {
    json,
    headers: { "idempotency-key": crypto.randomUUID() },
  });
  assertEquals(fresh.status, 200);
});

Deno.test("too many requests are no answer to keep: the same key is welcome later", async () => {
  const cast = await newCast({ dailyQuota: 0 });
  const headers = { "idempotency-key": crypto.randomUUID() };
  const send = () => call("create-task", cast.agent, { json: aTask(), headers });
  refused(await send(), "quota_exceeded");
  const { error } = await cast.admin.supabase.schema("api").rpc("update_agent", {
    agent_id: cast.agent.id,
    changes: { dailyQuota: 1 },
  });
  assertEquals(error, null);
  assertEquals((await send()).status, 201);
  const replay = await send();
  assertEquals([replay.status, replayed(replay)], [201, "true"]);
});

Deno.test("a key belongs to its caller and its function", async () => {
  const cast = await newCast();
  const second = await signUpAdmin("second");
  const headers = { "idempotency-key": "the same for everybody" };
  const [one, two] = [await taskIn(cast, "awaiting_approval"), await taskIn(cast, "awaiting_approval")];
  for (const [admin, id] of [[cast.admin, one.id], [second, two.id]] as const) {
    const answer = await call("approve", admin, { json: { taskIds: [id], approved: true }, headers });
    assertEquals([answer.status, replayed(answer)], [200, null]);
  }
  const assigned = await call("assign", cast.admin, {
    json: { taskId: one.id, assignedTo: cast.alice.id },
    headers,
  });
  assertEquals([assigned.status, replayed(assigned)], [200, null]);
});

Deno.test("the same request in another spelling is the same request", async () => {
  const { agent } = await newCast();
  const headers = { "idempotency-key": crypto.randomUUID() };
  const draft = aTask({ estimatedHours: 2, tags: ["a"] });
  const first = await call("create-task", agent, { json: draft, headers });
  const raw = JSON.stringify(Object.fromEntries(Object.entries(draft).toReversed()), null, 2)
    .replace('"estimatedHours": 2', '"estimatedHours": 2.00');
  const again = await call("create-task", agent, { raw, headers });
  assertEquals([again.status, again.text, replayed(again)], [201, first.text, "true"]);
});

Deno.test("a key that is empty, too long or not printable is refused before anything happens", async () => {
  const { agent } = await newCast();
  for (const key of ["", "x".repeat(256), "naïve", "tab\there"]) {
    const answer = await call("create-task", agent, { json: aTask(), headers: { "idempotency-key": key } });
    const { details } = refused(answer, "invalid_request");
    assertEquals(details?.issues?.map(({ path }) => path), ["Idempotency-Key"]);
  }
  assertEquals(await traceOf(agent), { tasks: 0, changes: 0, audit: 0 });
});
