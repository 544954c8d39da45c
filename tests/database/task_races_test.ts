import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type Answer, callAs, type Caller } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf, racingForTask } from "../support/races.ts";
import { adminPerson, aTask, castOf, readTask, succeeded, taskIn, withoutLimits } from "../support/tasks.ts";
import { present } from "../support/present.ts";

const DECIDERS = 64;

async function auditedActions(sql: postgres.Sql, taskId: string) {
  return await sql<{ action: string; actor: string }[]>`
    select l.action, l.actor_id as actor from public.audit_logs as l
    where l.resource_type = 'task' and l.resource_id = ${taskId} order by l.seq`;
}

function decideAs(sql: postgres.Sql, caller: Caller, taskIds: readonly string[], approved: boolean) {
  return callAs(sql, caller, "approve_tasks", { task_ids: taskIds, approved, reason: "Judged in a race" });
}

Deno.test("of 64 admins who decide on one task at once one decides, and 63 are told what stands", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { id } = await taskIn(sql, await castOf(sql), "awaiting_approval");
  const admins = await Promise.all(Array.from({ length: DECIDERS }, () => adminPerson(sql)));
  await using crowd = crowdOf(database.url, DECIDERS);

  const answers = await racingForTask(
    sql,
    id,
    admins.map((admin, index) => () => decideAs(crowd.sql, admin, [id], index % 2 === 0)),
  );

  const winners = answers.flatMap(({ status }, index) => status === 200 ? [index] : []);
  assertEquals(winners.length, 1);
  const winner = present(winners[0], "a winner");
  const standing = winner % 2 === 0 ? "approved" : "rejected";
  const told = answers.filter((_, index) => index !== winner);
  assertEquals(told.length, DECIDERS - 1);
  for (const { status, body } of told) {
    assertEquals([status, body.success, body.count], [409, false, 0]);
    assertEquals(body.results, [
      { id, outcome: "conflict", code: "invalid_transition", currentStatus: standing, currentVersion: 3 },
    ]);
  }
  assertEquals((await readTask(sql, id)).status, standing);
  const actions = await auditedActions(sql, id);
  assertEquals(actions.map(({ action }) => action), [
    "created",
    "submit",
    standing === "approved" ? "approve" : "reject",
  ]);
  assertEquals(actions[2]?.actor, admins[winner]?.userId);
});

Deno.test("batches that share tasks in opposite order neither deadlock nor decide twice", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { master, admin } = await castOf(sql);
  await using crowd = crowdOf(database.url, 8);
  for (let round = 0; round < 8; round += 1) {
    const drafts = Array.from({ length: 60 }, () => aTask());
    const { body } = succeeded(await callAs(sql, master, "create_tasks", { tasks: drafts }));
    const ids = present(body.results, "results").map(({ task }) => present(task, "a task").id);
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        (_, index) => decideAs(crowd.sql, admin, index % 2 === 0 ? ids : ids.toReversed(), index % 3 === 0),
      ),
    );
    assertEquals(answers.filter(({ sqlstate }) => sqlstate !== null), []);
    assertEquals(answers.reduce((sum, answer) => sum + (answer.body.count ?? 0), 0), ids.length);
    const [audited] = await sql<{ decisions: number }[]>`
      select count(*)::integer as decisions from public.audit_logs as l
      where l.resource_type = 'task' and l.resource_id = any (${ids}) and l.action in ('approve', 'reject')`;
    assertEquals(audited?.decisions, ids.length);
  }
});

Deno.test("a filter that races with the same filter decides every task once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const { master, admin } = await castOf(sql);
  const drafts = Array.from({ length: 90 }, () => aTask());
  succeeded(await callAs(sql, master, "create_tasks", { tasks: drafts }));
  await using crowd = crowdOf(database.url, 8);
  const answers = await Promise.all(
    Array.from(
      { length: 8 },
      () => callAs(crowd.sql, admin, "approve_tasks", { approved: true, options: { filter: {} } }),
    ),
  );
  assertEquals(answers.filter(({ sqlstate }) => sqlstate !== null), []);
  assertEquals(answers.reduce((sum, answer) => sum + (answer.body.count ?? 0), 0), drafts.length);
});

/** Lets two race for one task, each once in front; exactly one may win, and the other is told what stands. */
async function duel(
  status: "awaiting_approval" | "approved" | "in_progress",
  first: (sql: postgres.Sql, id: string, cast: Awaited<ReturnType<typeof castOf>>) => Promise<Answer>,
  second: typeof first,
  standing: readonly [string, string],
): Promise<void> {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  await using pair = crowdOf(database.url, 2);
  for (const firstInFront of [true, false]) {
    const { id, version } = await taskIn(sql, cast, status);
    const racers = [() => first(pair.sql, id, cast), () => second(pair.sql, id, cast)];
    const answers = await racingForTask(sql, id, firstInFront ? racers : racers.toReversed());
    const [won, lost] = answers;
    assertEquals([won?.status, lost?.status], [200, 409], JSON.stringify(answers));
    const now = await readTask(sql, id);
    assertEquals([now.status, now.version], [standing[firstInFront ? 0 : 1], version + 1]);
    const told = lost?.body.details?.currentStatus ?? lost?.body.results?.[0]?.currentStatus;
    assertEquals(told, now.status);
    assertEquals((await auditedActions(sql, id)).length, version + 1);
  }
}

Deno.test("a task is approved or cancelled, never both", async () => {
  await duel(
    "awaiting_approval",
    (sql, id, { admin }) => decideAs(sql, admin, [id], true),
    (sql, id, { amazon }) => callAs(sql, amazon, "cancel_task", { task_id: id }),
    ["approved", "cancelled"],
  );
});

Deno.test("of two assignments at once one holds", async () => {
  await duel(
    "approved",
    (sql, id, { admin, alice }) =>
      callAs(sql, admin, "assign_task", { task_id: id, assigned_to: alice.userId }),
    (sql, id, { admin, bob }) => callAs(sql, admin, "assign_task", { task_id: id, assigned_to: bob.userId }),
    ["in_progress", "in_progress"],
  );
});

Deno.test("a task is completed by its assignee or taken back from him, never both", async () => {
  await duel(
    "in_progress",
    (sql, id, { admin }) => callAs(sql, admin, "complete_task", { task_id: id, actual_hours: 2 }),
    (sql, id, { admin }) => callAs(sql, admin, "unassign_task", { task_id: id }),
    ["completed", "approved"],
  );
});

Deno.test("an assignee from whom a task was taken while he waited does not complete it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { id } = await taskIn(sql, cast, "in_progress");
  await using pair = crowdOf(database.url, 2);
  const [taken, completion] = await racingForTask(sql, id, [
    () => callAs(pair.sql, cast.admin, "unassign_task", { task_id: id }),
    () => callAs(pair.sql, cast.alice, "complete_task", { task_id: id, actual_hours: 2 }),
  ]);
  assertEquals([taken?.status, completion?.status, completion?.body.code], [200, 403, "not_allowed"]);
  assertEquals((await readTask(sql, id)).status, "approved");
});
