/** A task's life through the public URLs: bodies and statuses as the contract promises them. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Contract } from "../../shared/contract.ts";
import { CONTRACTS, type Slug } from "../../shared/contracts.ts";
import { task as taskSchema } from "../../shared/tasks/task.ts";
import { call, type FunctionAnswer, refused, taskOf } from "../support/functions.ts";
import { currentTask, newCast, signUp, taskIn } from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";

/** Holds a body to have these fields, and to lose nothing when it is parsed by its contract. */
function assertShape(slug: Slug, { body, text }: FunctionAnswer, fields: readonly string[]): void {
  assertEquals(Object.keys(body).sort(), [...fields].sort());
  const contract: Contract = CONTRACTS[slug];
  assertEquals(contract.response.parse(body), JSON.parse(text));
}

for (const method of ["POST", "PATCH"]) {
  Deno.test(`a task is created, approved, assigned and completed; people decide by ${method}`, async () => {
    const { admin, alice, agent } = await newCast();
    const created = await call("create-task", agent, { json: aTask({ estimatedHours: 4 }) });
    const { id: taskId, ...task } = taskOf(created, 201);
    assertShape("create-task", created, ["success", "task", "message"]);
    assertEquals(Object.keys({ id: taskId, ...task }).sort(), Object.keys(taskSchema.shape).sort());
    assertEquals([task.status, task.createdBy, task.version], ["awaiting_approval", agent.id, 1]);
    assertEquals(created.body.success, true);

    const approved = await call("approve", admin, { method, json: { taskIds: [taskId], approved: true } });
    assertShape("approve", approved, ["success", "message", "count", "tasks", "results"]);
    assertEquals([approved.status, approved.body.success, approved.body.count], [200, true, 1]);
    const [decided] = approved.body.tasks ?? [];
    assertEquals([decided?.id, decided?.status, decided?.approvedBy], [taskId, "approved", admin.id]);
    assertEquals(approved.body.results, [
      { id: taskId, outcome: "approved", currentStatus: "approved", currentVersion: 2 },
    ]);

    const assigned = await call("assign", admin, { method, json: { taskId, assignedTo: alice.id } });
    assertShape("assign", assigned, ["success", "task", "message", "assignedAt"]);
    const started = taskOf(assigned, 200);
    assertEquals([started.status, started.assignedTo], ["in_progress", alice.id]);
    assertEquals(assigned.body.assignedAt, started.startedAt);

    const json = { taskId, actualHours: 3.5, notes: "Title and bullets rewritten" };
    const completed = await call("complete", alice, { method, json });
    assertShape("complete", completed, ["success", "task", "message", "stats"]);
    const done = taskOf(completed, 200);
    assertEquals([done.status, done.completedBy, done.actualHours], ["completed", alice.id, 3.5]);
    assertEquals(done.completionNotes, json.notes);
    assertEquals(completed.body.stats, {
      estimatedHours: 4,
      actualHours: 3.5,
      accuracy: 88,
      efficiency: 114.29,
      completedAt: done.completedAt ?? "",
    });
    assertEquals(await currentTask(taskId), done);
  });
}

Deno.test("ids are uuids and moments ISO 8601 in UTC, each at its own step", async () => {
  const cast = await newCast();
  const before = Date.now();
  const task = await taskIn(cast, "completed");
  assertMatch(task.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const { createdAt, submittedAt, approvedAt, startedAt, completedAt, updatedAt } = task;
  const moments = [createdAt, submittedAt, approvedAt, startedAt, completedAt];
  for (const moment of [...moments, updatedAt]) {
    assertMatch(moment ?? "", /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00:00)$/);
  }
  assertEquals(moments, moments.toSorted());
  assertEquals(
    Date.parse(createdAt) >= before - 60_000 && Date.parse(updatedAt) <= Date.now() + 60_000,
    true,
  );
});

Deno.test("a task of an agent that does not submit by itself waits for submit-task", async () => {
  const cast = await newCast({ autoSubmit: false });
  const pending = await taskIn(cast, "pending");
  assertEquals([pending.status, pending.submittedAt], ["pending", null]);
  const json = { taskId: pending.id };
  const early = await call("approve", cast.admin, { json: { taskIds: [pending.id], approved: true } });
  assertEquals([early.status, early.body.results?.[0]?.currentStatus], [409, "pending"]);

  const answer = await call("submit-task", cast.agent, { json });
  assertShape("submit-task", answer, ["success", "task", "message"]);
  assertEquals(taskOf(answer, 200).status, "awaiting_approval");
  const again = refused(await call("submit-task", cast.agent, { json }), "invalid_transition");
  assertEquals(again.details, { currentStatus: "awaiting_approval", currentVersion: 2 });
});

Deno.test("a rejection keeps its reason and ends the task", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "awaiting_approval");
  const json = { taskIds: [id], approved: false, reason: "Out of season" };
  const { status, body } = await call("approve", cast.admin, { json });
  assertEquals([status, body.results?.[0]?.outcome, body.count], [200, "rejected", 1]);
  const task = await currentTask(id);
  assertEquals([task.status, task.rejectionReason, task.rejectedBy], [
    "rejected",
    "Out of season",
    cast.admin.id,
  ]);
  refused(
    await call("assign", cast.admin, { json: { taskId: id, assignedTo: cast.alice.id } }),
    "invalid_transition",
  );
  refused(await call("cancel-task", cast.agent, { json: { taskId: id } }), "invalid_transition");
});

Deno.test("assign with null takes a task back, and it can be given to somebody else", async () => {
  const cast = await newCast();
  const bob = await signUp("bob");
  const { id: taskId } = await taskIn(cast, "in_progress");
  const back = await call("assign", cast.admin, { json: { taskId, assignedTo: null } });
  assertShape("assign", back, ["success", "task", "message", "assignedAt"]);
  const { status, assignedTo, startedAt } = taskOf(back, 200);
  assertEquals([status, assignedTo, startedAt, back.body.assignedAt], ["approved", null, null, null]);
  refused(
    await call("complete", cast.alice, { json: { taskId, actualHours: 1 } }),
    "not_allowed",
  );
  const again = await call("assign", cast.admin, { method: "PATCH", json: { taskId, assignedTo: bob.id } });
  assertEquals(taskOf(again, 200).assignedTo, bob.id);
  assertEquals(
    taskOf(await call("complete", bob, { json: { taskId, actualHours: 1 } }), 200).status,
    "completed",
  );
});

Deno.test("an admin completes what somebody else is assigned to", async () => {
  const cast = await newCast();
  const { id: taskId } = await taskIn(cast, "in_progress");
  const done = taskOf(await call("complete", cast.admin, { json: { taskId, actualHours: 8 } }), 200);
  assertEquals([done.assignedTo, done.completedBy], [cast.alice.id, cast.admin.id]);
});

Deno.test("its agent, or an admin, cancels a task before it is decided", async () => {
  const cast = await newCast();
  for (const [caller, name] of [[cast.agent, cast.agent.id], [cast.admin, cast.admin.id]] as const) {
    const { id: taskId } = await taskIn(cast, "awaiting_approval");
    const answer = await call("cancel-task", caller, { json: { taskId, reason: "Taken down" } });
    assertShape("cancel-task", answer, ["success", "task", "message"]);
    const { status, cancelledBy, cancellationReason } = taskOf(answer, 200);
    assertEquals([status, cancelledBy, cancellationReason], ["cancelled", name, "Taken down"]);
  }
  const { id: taskId } = await taskIn(cast, "approved");
  refused(await call("cancel-task", cast.agent, { json: { taskId } }), "invalid_transition");
});

Deno.test("every step of a task is in its audit, by whom it was taken", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "completed");
  await using sql = databaseOf(await stack());
  const rows = await sql<{ step: string }[]>`
    select concat_ws(' ', l.seq, l.action, l.actor_kind, l.actor_id) as step from public.audit_logs as l
    where l.resource_type = 'task' and l.resource_id = ${id} order by l.seq`;
  assertEquals(rows.map(({ step }) => step), [
    `1 created agent ${cast.agent.id}`,
    `2 approve user ${cast.admin.id}`,
    `3 assign user ${cast.admin.id}`,
    `4 complete user ${cast.alice.id}`,
  ]);
});
