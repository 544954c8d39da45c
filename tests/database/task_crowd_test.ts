import { assert, assertEquals } from "@std/assert";
import type { AnswerBody } from "../support/answers.ts";
import { type Answer, callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { randomFrom } from "../../scripts/sandbox/hash.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { adminPerson, aTask, castOf, readTasks, succeeded, withoutLimits } from "../support/tasks.ts";

const SEED = 20_261_121;
const WORKERS = 16;
const STEPS = 40;

/** What a crowd may be told; anything else is a fault. */
const CODES = ["success", "invalid_transition", "batch_refused", "not_found", "idempotency_key_reused"];

function codeOf({ status, body }: Answer<AnswerBody>): string {
  return status < 300 ? "success" : body.code ?? body.results?.[0]?.code ?? "none";
}

Deno.test("a crowd that does anything at once never deadlocks and leaves every chain whole", async () => {
  console.log(`The crowd acts from seed ${SEED}`);
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  const admins = [cast.admin, await adminPerson(sql), await adminPerson(sql)];
  const tasks = Array.from({ length: 24 }, (_, index) => aTask({ externalRef: `ref ${index}` }));
  const { body } = succeeded(await callAs(sql, cast.amazon, "create_tasks", { tasks }));
  const ids = present(body.results, "results").map(({ task }) => present(task, "a task").id);
  await using crowd = crowdOf(database.url, WORKERS);

  const answers: Answer<AnswerBody>[] = [];
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => {
    const random = randomFrom(SEED + worker);
    const oneOf = <Item>(items: readonly Item[]) =>
      present(items[Math.floor(random() * items.length)], "an item");
    for (let step = 0; step < STEPS; step += 1) {
      const onTask = () => ({ task_id: oneOf(ids) });
      const some = Array.from({ length: 6 }, () => oneOf(ids));
      const assignment = () => ({ ...onTask(), assigned_to: oneOf([cast.alice, cast.bob]).userId });
      const decision = () => ({ task_ids: some, approved: random() < 0.8, reason: "Judged" });
      const again = Array.from(
        { length: 5 },
        () => aTask({ externalRef: `ref ${Math.floor(random() * 40)}` }),
      );
      const [caller, name, args] = oneOf(
        [
          [cast.amazon, "submit_task", onTask()],
          [cast.amazon, "create_tasks", { tasks: again }],
          [cast.amazon, "create_task", { task: oneOf(again) }],
          [cast.amazon, "cancel_task", onTask()],
          [oneOf(admins), "approve_tasks", decision()],
          [oneOf(admins), "approve_tasks", { ...decision(), options: { atomic: true } }],
          [oneOf(admins), "assign_task", assignment()],
          [oneOf(admins), "unassign_task", onTask()],
          [oneOf(admins), "complete_task", { ...onTask(), actual_hours: 2 }],
          [oneOf(admins), "update_agent", { agent_id: "marketplace-amazon", changes: { active: true } }],
        ] as const,
      );
      // Few keys, so that some are met again, with the same request or another one.
      const headers = random() < 0.5 ? { "idempotency-key": `key ${Math.floor(random() * 10)}` } : {};
      answers.push(await callAs(crowd.sql, caller, name, args, headers));
    }
  }));

  assertEquals(answers.length, WORKERS * STEPS);
  assertEquals(answers.filter((answer) => answer.sqlstate !== null), []);
  assertEquals(answers.map(codeOf).filter((code) => !CODES.includes(code)), []);
  assert(answers.filter((answer) => codeOf(answer) === "success").length > WORKERS);
  const left = await readTasks(sql);
  assertEquals(new Set(left.map(({ externalRef }) => externalRef)).size, left.length);
  for (const { id, version } of left) {
    const audit = await sql<{ rows: number }[]>`
      select count(*)::integer as rows from public.audit_logs as l where l.resource_id = ${id}`;
    assertEquals(audit[0]?.rows, version);
    const verified = await callAs(sql, cast.admin, "verify_audit", {
      resource_type: "task",
      resource_id: id,
    });
    assertEquals(verified.body, { ok: true, firstBrokenSeq: null });
  }
});
