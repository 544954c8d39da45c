import { assertEquals, assertNotEquals } from "@std/assert";
import postgres from "postgres";
import { callAs, readOnlyCallAs, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { settled } from "../support/feed.ts";
import { adminPerson, agentNamed, aTask } from "../support/tasks.ts";

Deno.test("numbers of a few bytes that render to gigabytes are refused before they are rendered", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const admin = user((await adminPerson(sql)).userId);
  const amazon = await agentNamed(sql, "marketplace-amazon");
  // As text in the statement: JavaScript would make Infinity of it.
  const numbers = `[${Array(1000).fill("1e131071").join(",")}]`;
  const calls = [
    [admin, "list_tasks", "filter", `{"status":${numbers}}`],
    [admin, "task_stats", "filter", `{"day":${numbers}}`],
    [admin, "approval_queue", "filter", `{"marketplace":${numbers}}`],
    [admin, "create_session", "session", `{"startingBidCents":${numbers},"participants":${numbers}}`],
    [admin, "list_notifications", "filter", `{"limit":${numbers}}`],
    [amazon, "create_task", "task", JSON.stringify(aTask()).replace(/}$/, `,"metadata":{"a":${numbers}}}`)],
  ] as const;
  for (const [caller, operation, argument, json] of calls) {
    const claims = { role: caller.role, ...(caller.userId ? { sub: caller.userId } : {}) };
    const headers = {
      "idempotency-key": "bounds",
      ...(caller.agentToken ? { "x-agent-token": caller.agentToken } : {}),
    };
    const code = await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '3s'`;
      await transaction`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
        set_config('request.headers', ${
        JSON.stringify(headers)
      }, true), set_config('role', ${caller.role}, true)`;
      const [row] = await transaction.unsafe(
        `select api.${operation}(${argument} => '${json}'::jsonb) ->> 'code' as code`,
      );
      return row?.code;
    });
    assertEquals([operation, code], [operation, "invalid_request"]);
  }
});

Deno.test("a session that logged in as another role and took on postgres is the system, as the CLI's is", async () => {
  await using database = await freshDatabase();
  if (database.superuserUrl === undefined) {
    throw new Error("Expected a stack of this machine, whose superuser is known");
  }
  const other = postgres(database.superuserUrl, { max: 1, onnotice: () => {} });
  await other`set role postgres`;
  await other`insert into public.agents (id, marketplace) values ('agent-by-role', 'amazon')`;
  await other.end();
  const [entry] = await database.sql`
    select actor_kind as kind, actor_id as id from public.audit_logs where resource_id = 'agent-by-role'`;
  assertEquals({ ...entry }, { kind: "system", id: "postgres" });
});

Deno.test("a follower whose filter nothing matches does not read the same changes again", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const admin = user((await adminPerson(sql)).userId);
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const follow = async (since: string) =>
    (await readOnlyCallAs(sql, admin, "list_tasks", { filter: { since, marketplace: ["kaway"] } })).body;
  const first = await follow("start");
  await callAs(sql, amazon, "create_task", { task: aTask() });
  await settled();
  const second = await follow(String(first.nextCursor));
  assertEquals(second.tasks, []);
  assertNotEquals(second.nextCursor, first.nextCursor);
});
