/** approve at its URL: batches, filters, and who may decide. */
import { assertEquals } from "@std/assert";
import { call, refused, taskOf } from "../support/functions.ts";
import {
  currentTask,
  newAgent,
  newCast,
  signUpAdmin,
  taskIn,
  traceOf,
  waitingTasks,
} from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";

Deno.test("a batch has an outcome for each id in the order of the request, duplicates folded", async () => {
  const cast = await newCast();
  const [one = "", two = ""] = await waitingTasks(cast, 2);
  const { id: done } = await taskIn(cast, "completed");
  const taskIds = [two, UNKNOWN, one.toUpperCase(), done, two, one];
  const { status, body } = await call("approve", cast.admin, { json: { taskIds, approved: true } });
  assertEquals([status, body.success, body.count], [200, true, 2]);
  assertEquals(body.results?.map(({ id, outcome, currentStatus }) => [id, outcome, currentStatus]), [
    [two, "approved", "approved"],
    [UNKNOWN, "not_found", undefined],
    [one, "approved", "approved"],
    [done, "conflict", "completed"],
  ]);
  assertEquals(body.tasks?.map(({ id }) => id), [two, one]);
});

Deno.test("where nothing was decided the answer is 409 with the same body", async () => {
  const cast = await newCast();
  const { id, approvedBy, version } = await taskIn(cast, "approved");
  const json = { taskIds: [id, UNKNOWN], approved: false, reason: "Too late" };
  const answer = await call("approve", cast.admin, { json });
  const { body } = answer;
  assertEquals(Object.keys(body).sort(), ["count", "message", "results", "success", "tasks"]);
  assertEquals([answer.status, body.success, body.count, body.tasks], [409, false, 0, []]);
  assertEquals(body.results, [
    {
      id,
      outcome: "conflict",
      code: "invalid_transition",
      currentStatus: "approved",
      currentVersion: version,
    },
    { id: UNKNOWN, outcome: "not_found", code: "not_found" },
  ]);
  const { status, approvedBy: still } = await currentTask(id);
  assertEquals([status, still], ["approved", approvedBy]);
});

Deno.test("an atomic decision is taken on all or on none", async () => {
  const cast = await newCast();
  const ids = await waitingTasks(cast, 2);
  const decide = (taskIds: readonly string[]) =>
    call("approve", cast.admin, { json: { taskIds, approved: true, options: { atomic: true } } });
  const spoiled = await decide([...ids, UNKNOWN]);
  assertEquals([spoiled.status, spoiled.body.success, spoiled.body.count], [409, false, 0]);
  assertEquals(spoiled.body.results?.map(({ outcome, code }) => [outcome, code]), [
    ["conflict", "batch_refused"],
    ["conflict", "batch_refused"],
    ["not_found", "not_found"],
  ]);
  assertEquals(await traceOf(cast.agent), { tasks: 2, changes: 2, audit: 2 });
  const whole = await decide(ids);
  assertEquals([whole.status, whole.body.count], [200, 2]);
});

Deno.test("a dry run says what would happen and changes nothing", async () => {
  const cast = await newCast();
  const taskIds = await waitingTasks(cast, 2);
  const json = { taskIds, approved: false, reason: "Out of season", options: { dryRun: true } };
  const { status, body } = await call("approve", cast.admin, { json });
  assertEquals([status, body.success, body.count, body.tasks, body.dryRun], [200, true, 0, [], true]);
  assertEquals(body.results?.map(({ outcome, currentStatus }) => [outcome, currentStatus]), [
    ["rejected", "awaiting_approval"],
    ["rejected", "awaiting_approval"],
  ]);
  assertEquals(await traceOf(cast.agent), { tasks: 2, changes: 2, audit: 2 });
});

Deno.test("a filter decides on what matches in the queue and on nothing else", async () => {
  const cast = await newCast();
  const tag = `tag-${crypto.randomUUID()}`;
  const [plain = ""] = await waitingTasks(cast, 1);
  const tagged = await waitingTasks(cast, 3, { tags: [tag, "other"], priority: "high" });
  const filter = { tag, createdBy: [cast.agent.id], marketplace: "amazon", priority: ["high", "low"] };
  const json = { filter, approved: true };
  const { status, body } = await call("approve", cast.admin, { method: "PATCH", json });
  assertEquals([status, body.count], [200, 3]);
  assertEquals(body.results?.map(({ id }) => id).sort(), tagged.sort());
  assertEquals((await currentTask(plain)).status, "awaiting_approval");
  const again = await call("approve", cast.admin, { json });
  assertEquals([again.status, again.body.results, again.body.count], [409, [], 0]);
});

Deno.test("a decision based on another version of the task is a conflict", async () => {
  const cast = await newCast();
  const [one = "", two = ""] = await waitingTasks(cast, 2);
  const json = {
    taskIds: [one, two],
    approved: true,
    options: { expectedVersions: { [one]: 1, [two.toUpperCase()]: 7 } },
  };
  const { status, body } = await call("approve", cast.admin, { json });
  assertEquals([status, body.count], [200, 1]);
  assertEquals(
    body.results?.map(({ id, outcome, code, currentVersion }) => [id, outcome, code, currentVersion]),
    [
      [one, "approved", undefined, 2],
      [two, "conflict", "version_conflict", 1],
    ],
  );
});

Deno.test("a hundred tasks are decided at once, a hundred and one are refused", async () => {
  const cast = await newCast();
  const taskIds = await waitingTasks(cast, 101);
  refused(await call("approve", cast.admin, { json: { taskIds, approved: true } }), "invalid_request");
  const hundred = await call("approve", cast.admin, { json: { taskIds: taskIds.slice(1), approved: true } });
  assertEquals([hundred.status, hundred.body.count, hundred.body.tasks?.length], [200, 100, 100]);
});

Deno.test("nobody decides but an admin: not its maker, not its assignee, not the user who asks nicely", async () => {
  const cast = await newCast();
  const other = await newAgent({ marketplace: null });
  const [id = ""] = await waitingTasks(cast, 1);
  for (const caller of [cast.agent, other, cast.alice]) {
    const decision = { json: { taskIds: [id], approved: true } };
    refused(await call("approve", caller, decision), "not_allowed");
    refused(
      await call("assign", caller, { json: { taskId: id, assignedTo: cast.alice.id } }),
      "not_allowed",
    );
  }
  assertEquals((await currentTask(id)).status, "awaiting_approval");
});

Deno.test("an admin whose role was taken away decides no longer, with the same token", async () => {
  const cast = await newCast();
  const chief = await signUpAdmin("chief");
  const [id = ""] = await waitingTasks(cast, 1);
  const { error } = await chief.supabase.schema("api").rpc("set_role", {
    user_id: cast.admin.id,
    role: "user",
  });
  assertEquals(error, null);
  refused(await call("approve", cast.admin, { json: { taskIds: [id], approved: true } }), "not_allowed");
  taskOf(await call("cancel-task", chief, { json: { taskId: id } }), 200);
  await using sql = databaseOf(await stack());
  const [row] = await sql<
    { role: string }[]
  >`select role from public.user_profile where id = ${cast.admin.id}`;
  assertEquals(row?.role, "user");
});
