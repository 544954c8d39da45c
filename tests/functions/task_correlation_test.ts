/** One request can be followed from its caller's log to the audit. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { call, type FunctionCall, type FunctionCaller, refused } from "../support/functions.ts";
import { newCast, taskIn } from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";

/** The request ids in a task's audit, in the order of its steps. */
async function auditedIds(taskId: string): Promise<(string | null)[]> {
  await using sql = databaseOf(await stack());
  const rows = await sql<{ id: string | null }[]>`
    select request_id as id from public.audit_logs
    where resource_type = 'task' and resource_id = ${taskId} order by seq`;
  return rows.map(({ id }) => id);
}

Deno.test("the x-request-id of each step comes back and stands in the task's audit", async () => {
  const { admin, alice, agent } = await newCast({ autoSubmit: false });
  const sent: string[] = [];
  const step = async (slug: string, caller: FunctionCaller, request: FunctionCall) => {
    const id = `trace.${sent.length}_${crypto.randomUUID()}`;
    const answer = await call(slug, caller, { ...request, headers: { "x-request-id": id } });
    assertEquals([answer.headers.get("x-request-id"), answer.status < 300], [id, true], answer.text);
    sent.push(id);
    return answer;
  };
  const { body } = await step("create-task", agent, { json: aTask() });
  const taskId = body.task?.id ?? "";
  await step("submit-task", agent, { json: { taskId } });
  await step("approve", admin, { json: { taskIds: [taskId], approved: true } });
  await step("assign", admin, { json: { taskId, assignedTo: alice.id } });
  await step("assign", admin, { json: { taskId, assignedTo: null } });
  await step("assign", admin, { json: { taskId, assignedTo: alice.id } });
  await step("complete", alice, { json: { taskId, actualHours: 1 } });
  assertEquals(await auditedIds(taskId), sent);

  const cancelled = await call("create-task", agent, { json: aTask() });
  const cancelledId = cancelled.body.task?.id ?? "";
  await step("cancel-task", agent, { json: { taskId: cancelledId } });
  assertEquals(await auditedIds(cancelledId), [cancelled.headers.get("x-request-id"), sent.at(-1)]);
});

Deno.test("every task of a batch is audited under the one request", async () => {
  const { agent } = await newCast();
  const headers = { "x-request-id": `batch-${crypto.randomUUID()}` };
  const json = { tasks: [aTask(), aTask(), aTask()], mode: "atomic" };
  const { body } = await call("create-task", agent, { json, headers });
  for (const { task } of body.results ?? []) {
    assertEquals(await auditedIds(task?.id ?? ""), [headers["x-request-id"]]);
  }
});

Deno.test("a request without an id gets one of its own", async () => {
  const cast = await newCast();
  const [one, two] = [await taskIn(cast, "awaiting_approval"), await taskIn(cast, "awaiting_approval")];
  const [[first = null], [second = null]] = await Promise.all([auditedIds(one.id), auditedIds(two.id)]);
  assertMatch(first ?? "", /^req_[0-9a-f]{32}$/);
  assertNotEquals(first, second);
});

Deno.test("an id that headers and logs cannot carry is replaced", async () => {
  const { alice } = await newCast();
  for (const id of ["", "two words", "x".repeat(129), "semi;colon", "größe"]) {
    const { headers } = await call("list-tasks", alice, { headers: { "x-request-id": id } });
    assertMatch(headers.get("x-request-id") ?? "", /^req_[0-9a-f]{32}$/);
  }
  const longest = "x".repeat(128);
  const answer = await call("list-tasks", alice, { query: "limit=0", headers: { "x-request-id": longest } });
  assertEquals(refused(answer, "invalid_request").requestId, longest);
});
