/** Straight at REST, past every function, with supabase-js: nobody writes a table, nobody reads what is not his. */
import { assert, assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { type Agent, newCast, type Person, signUp, signUpAdmin, taskIn, traceOf } from "../support/people.ts";
import { present } from "../support/present.ts";
import { anonymousClient, databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";

/** Every table and view of the project, by schema and name, with its columns. */
async function everyTable(): Promise<{ schema: string; table: string; columns: string[] }[]> {
  await using sql = databaseOf(await stack());
  return await sql<{ schema: string; table: string; columns: string[] }[]>`
    select c.table_schema as schema, c.table_name as table, array_agg(c.column_name::text) as columns
    from information_schema.columns as c
    where c.table_schema in ('public', 'api', 'private')
    group by c.table_schema, c.table_name order by 1, 2`;
}

/** What stands in the database about a person, a task and an agent. */
async function stateOf(person: Person, agent: Agent, taskId: string): Promise<unknown> {
  await using sql = databaseOf(await stack());
  const [state] = await sql`
    select
      (select to_json(p) from public.user_profile as p where p.id = ${person.id}) as profile,
      (select to_json(t) from public.marketplace_tasks as t where t.id = ${taskId}) as task,
      (select to_json(a) from public.agents as a where a.id = ${agent.id}) as agent,
      (select json_agg(c order by c.category) from public.agent_categories as c where c.agent_id = ${agent.id}) as categories,
      (select json_agg(l order by l.seq) from public.audit_logs as l where l.resource_id = ${taskId}) as audit,
      (select json_agg(t order by t.id) from private.agent_tokens as t where t.agent_id = ${agent.id}) as tokens,
      (select json_agg(t order by t.from_status, t.to_status) from private.task_transitions as t) as transitions`;
  return present(state, "a state");
}

/** No right to write, no such schema for the Data API, no such relation there. */
const REFUSED_WRITES = ["42501", "PGRST106", "PGRST205"];

/** Tries to insert, update, upsert and delete, and returns the codes of the refusals. */
async function tryToWrite(client: SupabaseClient, schema: string, table: string, column: string) {
  const relation = () => client.schema(schema).from(table);
  const answers = [
    await relation().insert({ [column]: null }),
    await relation().upsert({ [column]: null }),
    await relation().update({ [column]: null }).not(column, "is", null),
    await relation().delete().not(column, "is", null),
  ];
  return answers.map(({ error, status }) => ({ code: error?.code ?? "none", status }));
}

Deno.test("nobody inserts, updates or deletes in any table: no user, no admin, no visitor", async () => {
  const cast = await newCast();
  const task = await taskIn(cast, "in_progress");
  const before = await stateOf(cast.alice, cast.agent, task.id);
  const visitor = anonymousClient(await stack());
  const tables = await everyTable();
  assert(tables.length > 10, "Expected to find the project's tables");
  for (const { schema, table, columns } of tables) {
    for (const client of [visitor, cast.alice.supabase, cast.admin.supabase]) {
      for (const { code, status } of await tryToWrite(client, schema, table, columns[0] ?? "id")) {
        assert(REFUSED_WRITES.includes(code), `${schema}.${table}: ${status} ${code}`);
      }
    }
  }
  assertEquals(await stateOf(cast.alice, cast.agent, task.id), before);
  assertEquals((await traceOf(cast.agent)).changes, 3);
});

Deno.test("an assignee cannot touch a column of his own task", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "in_progress");
  const table = () => cast.alice.supabase.from("marketplace_tasks");
  const changes = [
    { title: "Rewritten" },
    { status: "completed", actual_hours: 1 },
    { approved_by: cast.alice.id },
    { estimated_hours: 1 },
    { metadata: {} },
    { assigned_to: null },
    { version: 1 },
  ].map((entry): Record<string, unknown> => entry);
  for (const change of changes) {
    const { error } = await table().update(change).eq("id", id).select();
    assertEquals(error?.code, "42501");
  }
  assertEquals((await table().delete().eq("id", id)).error?.code, "42501");
  assertEquals((await traceOf(cast.agent)).changes, 3);
});

Deno.test("a visitor sees no row of any table", async () => {
  await taskIn(await newCast(), "awaiting_approval");
  const visitor = anonymousClient(await stack());
  for (const { schema, table } of await everyTable()) {
    const { data, error, count } = await visitor.schema(schema).from(table).select("*", { count: "exact" });
    assertEquals([data, count, error === null], [null, null, false], `${schema}.${table}`);
    assert(
      ["42501", "PGRST106", "PGRST205"].includes(error?.code ?? ""),
      `${schema}.${table}: ${error?.code}`,
    );
  }
});

Deno.test("a user reads tasks and his own profile; not another's, not the agents, not the audit", async () => {
  const cast = await newCast();
  const bob = await signUp("bob");
  const { id } = await taskIn(cast, "approved");
  const read = async (table: string) => {
    const { data, error } = await cast.alice.supabase.from(table).select("*");
    assertEquals(error, null, table);
    return data ?? [];
  };
  const { data: tasks } = await cast.alice.supabase.from("marketplace_tasks").select("id").eq("id", id);
  assertEquals(tasks, [{ id }]);
  assertEquals((await read("user_profile")).map((profile) => profile.id), [cast.alice.id]);
  for (const table of ["agents", "agent_categories", "audit_logs"]) assertEquals(await read(table), []);
  const { data: others } = await cast.alice.supabase.from("user_profile").select("*").in("id", [
    bob.id,
    cast.admin.id,
  ]);
  assertEquals(others, []);
});

Deno.test("an admin reads profiles, agents and the audit, but no token of anybody", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "approved");
  const { supabase } = cast.admin;
  const { data: profiles } = await supabase.from("user_profile").select("id").in("id", [
    cast.alice.id,
    cast.admin.id,
  ]);
  assertEquals(profiles?.length, 2);
  const { data: agents } = await supabase.from("agents").select("*").eq("id", cast.agent.id);
  assertEquals(agents?.length, 1);
  assertEquals(Object.keys(agents?.[0] ?? {}).filter((column) => /token|hash|secret/.test(column)), []);
  const { data: audit } = await supabase.from("audit_logs").select("action").eq("resource_id", id).order(
    "seq",
  );
  assertEquals(audit, [{ action: "created" }, { action: "approve" }]);
  const { error } = await supabase.schema("private").from("agent_tokens").select("*");
  assertEquals(error?.code, "PGRST106");
});

Deno.test("private functions are out of everybody's reach", async () => {
  const { alice, admin } = await newCast();
  await using sql = databaseOf(await stack());
  const rows = await sql<{ name: string; isOperation: boolean }[]>`
    select distinct p.proname as name, exists (
      select from pg_catalog.pg_proc as o where o.pronamespace = 'api'::regnamespace and o.proname = p.proname
    ) as "isOperation"
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'private'::regnamespace order by 1`;
  assert(rows.length > 50, "Expected to find the private functions");
  const visitor = anonymousClient(await stack());
  for (const { name, isOperation } of rows) {
    for (const client of [visitor, alice.supabase, admin.supabase]) {
      const hidden = await client.schema("private").rpc(name, {});
      assertEquals([hidden.error?.code, hidden.data], ["PGRST106", null], name);
    }
    const elsewhere = await admin.supabase.schema("api").rpc(name, {});
    // A job's operation has its name, and is the service's alone.
    const refusal = isOperation ? "42501" : "PGRST202";
    assertEquals([elsewhere.error?.code, elsewhere.data], [refusal, null], name);
  }
});

Deno.test("nobody raises his own role, by any path", async () => {
  const mallory = await signUp("mallory");
  const { supabase, id, email } = mallory;
  const api = supabase.schema("api");
  const attempts = [
    await api.rpc("set_role", { user_id: id, role: "admin" }),
    await api.rpc("set_role", { user_id: id, role: "admin" }).setHeader("x-user-id", id),
    await api.rpc("grant_admin", { email }),
    await supabase.schema("private").rpc("grant_admin", { email }),
    await supabase.from("user_profile").update({ role: "admin" }).eq("id", id),
    await supabase.from("user_profile").upsert({ id, role: "admin" }),
    await supabase.from("user_profile").insert({ id, role: "admin" }),
    await supabase.from("user_profile").delete().eq("id", id),
  ];
  for (const [index, { error }] of attempts.entries()) assert(error !== null, `attempt ${index}`);
  await supabase.auth.updateUser({ data: { role: "admin" } });
  await supabase.auth.refreshSession();
  assertEquals((await supabase.from("user_profile").select("role")).data, [{ role: "user" }]);
  assertEquals((await api.rpc("orchestrator_status")).error?.code, "not_allowed");

  const admin = await signUpAdmin();
  const own = await admin.supabase.schema("api").rpc("set_role", { user_id: admin.id, role: "user" });
  assertEquals([own.error?.code, own.status], ["not_allowed", 403]);
});

Deno.test("somebody who signs up as admin is a user", async () => {
  const client = anonymousClient(await stack());
  const { data, error } = await client.auth.signUp({
    email: `mallory-${crypto.randomUUID()}@example.com`,
    password: crypto.randomUUID(),
    options: { data: { role: "admin", is_admin: true, display_name: "x".repeat(500) } },
  });
  assertEquals(error, null);
  const { data: profiles } = await client.from("user_profile").select("id, role, display_name");
  assertEquals(profiles, [{ id: data.user?.id, role: "user", display_name: "x".repeat(100) }]);
});

Deno.test("operations called straight through REST judge their caller as the functions do", async () => {
  const cast = await newCast();
  const { apiUrl, publishableKey } = await stack();
  const { id } = await taskIn(cast, "awaiting_approval");
  const visitor = anonymousClient(await stack()).schema("api");
  const user = cast.alice.supabase.schema("api");
  const cases = [
    [await visitor.rpc("list_tasks"), 401, "credentials_missing"],
    [await visitor.rpc("approve_tasks", { task_ids: [id], approved: true }), 401, "credentials_missing"],
    [await user.rpc("approve_tasks", { task_ids: [id], approved: true }), 403, "not_allowed"],
    [await user.rpc("create_task", { task: aTask() }), 403, "not_allowed"],
    [await user.rpc("assign_task", { task_id: id, assigned_to: cast.alice.id }), 403, "not_allowed"],
    [await user.rpc("cancel_task", { task_id: id }), 403, "not_allowed"],
    [await user.rpc("approval_queue"), 403, "not_allowed"],
    [
      await user.rpc("update_agent", { agent_id: cast.agent.id, changes: { active: false } }),
      403,
      "not_allowed",
    ],
    [await user.rpc("verify_audit", { resource_type: "task", resource_id: id }), 403, "not_allowed"],
  ] as const;
  for (const [{ error, status }, expected, code] of cases) {
    assertEquals([status, error?.code], [expected, code]);
  }

  const response = await fetch(`${apiUrl}/rest/v1/rpc/create_task`, {
    method: "POST",
    headers: {
      "apikey": publishableKey,
      "content-profile": "api",
      "content-type": "application/json",
      "x-agent-token": cast.agent.token,
    },
    body: JSON.stringify({ task: aTask() }),
  });
  assertEquals([response.status, (await response.json()).task.createdBy], [201, cast.agent.id]);
});
