import { assertEquals } from "@std/assert";
import { agent, callAs, readOnlyCallAs, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { settled } from "../support/feed.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { adminPerson, agentNamed, agentToken, aTask, taskOf, withoutLimits } from "../support/tasks.ts";

Deno.test("after a logical restore rebase_feed brings tasks of another cluster's numbers back to the feed", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const admin = user((await adminPerson(sql)).userId);
  taskOf(await callAs(sql, await agentNamed(sql, "marketplace-amazon"), "create_task", { task: aTask() }));
  await withoutTriggers(
    database,
    (tx) => tx`update public.marketplace_tasks set changed_xid = '9000000000000'`,
  );
  const told = async () =>
    (await readOnlyCallAs(sql, admin, "list_tasks", { filter: { since: "start" } })).body.tasks?.length;
  assertEquals(await told(), 0);
  await sql`select private.rebase_feed()`;
  await settled();
  assertEquals(await told(), 1);
  // The guards look away for the rebasing alone.
  const refused = await sql`update public.marketplace_tasks set status = 'completed'`.catch(({ code }) =>
    code
  );
  assertEquals(refused, "PT409");
});

Deno.test("an externalRef still names its task when that is archived", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const task = aTask({ externalRef: "kept" });
  const first = taskOf(await callAs(sql, amazon, "create_task", { task }));
  await callAs(sql, amazon, "cancel_task", { "task_id": first.id });
  await withoutTriggers(
    database,
    (tx) => tx`update public.marketplace_tasks set cancelled_at = now() - interval '7 months'`,
  );
  await sql`select private.archive_tasks()`;
  const again = await callAs(sql, amazon, "create_task", { task });
  assertEquals([again.status, taskOf(again).id], [200, first.id]);
  const batch = await callAs(sql, amazon, "create_tasks", { tasks: [task] });
  assertEquals([batch.status, batch.body.results?.[0]?.outcome], [201, "existing"]);
});

Deno.test("a token revoked or rotated while it is used meets no deadlock", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const id = "marketplace-amazon";
  for (let round = 0; round < 10; round++) {
    const caller = agent(await agentToken(sql, id));
    // Never seen: the call writes agent and token both, in that order.
    await sql`update public.agents set last_seen_at = null where id = ${id}`;
    const [first, second] = await Promise.all([
      callAs(sql, caller, "create_task", { task: aTask() }),
      callAs(sql, caller, "create_task", { task: aTask() }),
      sql`select private.revoke_agent_tokens(${id})`,
      sql`select private.rotate_agent_token(${id})`,
    ]);
    for (const { status } of [first, second]) assertEquals([201, 401].includes(status), true);
  }
});
