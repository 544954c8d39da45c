/** Many callers at once on one task, through the public URLs: one of them gets it. */
import { assertEquals } from "@std/assert";
import { call } from "../support/functions.ts";
import {
  currentTask,
  newCast,
  signUp,
  signUpAdmin,
  taskIn,
  traceOf,
  waitingTasks,
} from "../support/people.ts";
import { present } from "../support/present.ts";

Deno.test("of sixty-four deciders at once one decides, the others are told the decision that stands", async () => {
  const cast = await newCast();
  const admins = [cast.admin, ...await Promise.all([1, 2, 3].map((n) => signUpAdmin(`admin-${n}`)))];
  const [id = ""] = await waitingTasks(cast, 1);
  const racers = Array.from({ length: 64 }, (_, i) => ({
    admin: present(admins[i % admins.length], "an admin"),
    approved: i % 2 === 0,
  }));
  const answers = await Promise.all(
    racers.map(({ admin, approved }) =>
      call("approve", admin, { json: { taskIds: [id], approved, reason: "Decided in a race" } })
    ),
  );

  const winners = answers.flatMap(({ status }, i) => status === 200 ? [i] : []);
  assertEquals(winners.length, 1, JSON.stringify(answers.map(({ status }) => status)));
  const winner = present(racers[present(winners[0], "a winner")], "a winner");
  const standing = winner.approved ? "approved" : "rejected";
  for (const { status, body } of answers) {
    const [result] = body.results ?? [];
    if (status === 200) assertEquals([result?.outcome, body.count], [standing, 1]);
    else {
      assertEquals([status, body.success, body.count], [409, false, 0]);
      assertEquals([result?.outcome, result?.currentStatus, result?.currentVersion], [
        "conflict",
        standing,
        2,
      ]);
    }
  }
  const task = await currentTask(id);
  assertEquals([task.status, task.approvedBy ?? task.rejectedBy, task.version], [
    standing,
    winner.admin.id,
    2,
  ]);
  assertEquals(await traceOf(cast.agent), { tasks: 1, changes: 2, audit: 2 });
});

Deno.test("a decision and a withdrawal at once leave one of the two", async () => {
  const cast = await newCast();
  for (let round = 0; round < 8; round++) {
    const [id = ""] = await waitingTasks(cast, 1);
    const [decision, withdrawal] = await Promise.all([
      call("approve", cast.admin, { json: { taskIds: [id], approved: true } }),
      call("cancel-task", cast.agent, { json: { taskId: id } }),
    ]);
    const { status } = await currentTask(id);
    assertEquals([decision.status, withdrawal.status], status === "approved" ? [200, 409] : [409, 200]);
  }
});

Deno.test("of two assignments at once one stands, and one completion of many", async () => {
  const cast = await newCast();
  const bob = await signUp("bob");
  const { id: taskId } = await taskIn(cast, "approved");
  const assignments = await Promise.all(
    [cast.alice, bob].map(({ id }) => call("assign", cast.admin, { json: { taskId, assignedTo: id } })),
  );
  assertEquals(assignments.map(({ status }) => status).sort(), [200, 409]);
  const { assignedTo } = await currentTask(taskId);
  const assignee = assignedTo === bob.id ? bob : cast.alice;
  const completions = await Promise.all(
    Array.from(
      { length: 16 },
      (_, i) => call("complete", assignee, { json: { taskId, actualHours: i + 1 } }),
    ),
  );
  assertEquals(completions.filter(({ status }) => status === 200).length, 1);
  const done = completions.find(({ status }) => status === 200);
  assertEquals((await currentTask(taskId)).actualHours, done?.body.stats?.actualHours);
  for (const { status, body } of completions) {
    if (status !== 200) assertEquals([status, body.details?.currentStatus], [409, "completed"]);
  }
  assertEquals(await traceOf(cast.agent), { tasks: 1, changes: 4, audit: 4 });
});

Deno.test("two batches that share tasks in opposite order both answer, and each task is decided once", async () => {
  const cast = await newCast();
  const second = await signUpAdmin("second");
  const ids = await waitingTasks(cast, 40);
  const [up, down] = await Promise.all([
    call("approve", cast.admin, { json: { taskIds: ids, approved: true } }),
    call("approve", second, {
      json: { taskIds: ids.toReversed(), approved: false, reason: "Second thoughts" },
    }),
  ]);
  assertEquals((up.body.count ?? 0) + (down.body.count ?? 0), 40);
  assertEquals([up.body.results?.length, down.body.results?.length], [40, 40]);
  assertEquals(await traceOf(cast.agent), { tasks: 40, changes: 80, audit: 80 });
});
