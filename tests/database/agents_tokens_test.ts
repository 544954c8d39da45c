import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import { firstBroken } from "../support/audit_chains.ts";
import { agent, callAs, type Caller, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import {
  agentNamed,
  agentToken,
  aTask,
  castOf,
  person,
  succeeded,
  taskIn,
  taskOf,
} from "../support/tasks.ts";

const AMAZON = "marketplace-amazon";

Deno.test("an issued token has 256 random bits and names its agent", async () => {
  await using database = await freshDatabase();
  const tokens = [await agentToken(database.sql, AMAZON), await agentToken(database.sql, AMAZON)];
  for (const token of tokens) assertMatch(token, /^agt_marketplace-amazon_[A-Za-z0-9_-]{43}$/);
  assertNotEquals(tokens[0], tokens[1]);
});

Deno.test("a token stands in no column of no table, in no encoding", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const issued = await agentNamed(sql, AMAZON);
  const rotated = await rotate(sql, AMAZON);
  const imported = "an-imported-token-of-the-seed-0123456789";
  await sql`select private.issue_agent_token(${AMAZON}, ${imported})`;
  const tokens = [issued.agentToken, rotated, imported];
  for (const token of tokens) {
    const headers = { "idempotency-key": crypto.randomUUID(), "x-request-id": "req_1" };
    taskOf(await callAs(sql, agent(token), "create_task", { task: aTask() }, headers));
    await callAs(sql, agent(token), "create_task", { task: aTask({ category: "scaling" }) }, headers);
  }
  await sql`select private.revoke_agent_tokens(${AMAZON})`;
  const leaks: string[] = [];
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_catalog.pg_class as c
    where c.relkind in ('r', 'm') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      and has_table_privilege(c.oid, 'select')`;
  assertEquals(tables.length > 15, true);
  for (const { name } of tables) {
    for (const token of tokens) {
      const bytes = new TextEncoder().encode(token);
      for (const encoded of [token, bytes.toHex(), bytes.toBase64()]) {
        const found = await sql`
          select from ${sql.unsafe(name)} as t where strpos(t::text, ${encoded}) > 0`;
        if (found.length > 0) leaks.push(name);
      }
    }
  }
  assertEquals(leaks, []);
});

Deno.test("tokens that are unknown, revoked, expired or of a deactivated agent are told apart", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const live = await agentToken(sql, AMAZON);
  const expired = await issue(sql, AMAZON, new Date(Date.now() - 1000));
  const later = await issue(sql, AMAZON, new Date(Date.now() + 60_000));
  const revoked = await agentToken(sql, "marketplace-shein");
  await sql`select private.revoke_agent_tokens('marketplace-shein')`;
  const idle = await agentToken(sql, "marketplace-kaway");
  await sql`update public.agents set active = false where id = 'marketplace-kaway'`;
  const expected: readonly [string, string | undefined][] = [
    [live, undefined],
    [later, undefined],
    [expired, "401 credentials_expired"],
    [revoked, "401 credentials_invalid"],
    [idle, "403 not_allowed"],
    ["agt_marketplace-amazon_" + "A".repeat(43), "401 credentials_invalid"],
    [live.toUpperCase(), "401 credentials_invalid"],
    [` ${live}`, "401 credentials_invalid"],
    ["", "401 credentials_invalid"],
    ["' or true --", "401 credentials_invalid"],
    ["ã€😀".repeat(5_000), "401 credentials_invalid"],
  ];
  for (const [token, refusal] of expected) {
    for (const [name, args] of [["list_tasks", {}], ["create_task", { task: aTask() }]] as const) {
      assertEquals([token, await refusalOf(sql, agent(token), name, args)], [token, refusal]);
    }
  }
});

Deno.test("a rotation lets the old token live for the overlap and never longer than it had", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const old = await agentToken(sql, AMAZON);
  const soon = await issue(sql, AMAZON, new Date(Date.now() + 60_000));
  const before = await expiryOf(sql, soon);
  const fresh = await rotate(sql, AMAZON);
  for (const token of [old, soon, fresh]) {
    assertEquals(await refusalOf(sql, agent(token), "list_tasks", {}), undefined);
  }
  assertEquals(await expiryOf(sql, soon), before);
  assertEquals(await expiryOf(sql, fresh), null);
  const hours = ((await expiryOf(sql, old))?.getTime() ?? 0) - Date.now();
  assertEquals(Math.round(hours / 3_600_000), 24);

  const [{ fresh: last = "" } = {}] = await sql<{ fresh: string }[]>`
    select private.rotate_agent_token(${AMAZON}, '0 seconds') as fresh`;
  for (const token of [old, soon, fresh]) {
    assertEquals(await refusalOf(sql, agent(token), "list_tasks", {}), "401 credentials_expired");
  }
  assertEquals(await refusalOf(sql, agent(last), "list_tasks", {}), undefined);
});

Deno.test("eight rotations at once leave eight live tokens and a chain that holds", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const tokens = await Promise.all(Array.from({ length: 8 }, () => rotate(sql, AMAZON)));
  for (const token of tokens) {
    assertEquals(await refusalOf(sql, agent(token), "list_tasks", {}), undefined);
  }
  assertEquals(await firstBroken(sql, { type: "agent", id: AMAZON }), null);
});

Deno.test("one token is revoked without the others, and all at once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [first, second] = [await agentToken(sql, AMAZON), await agentToken(sql, AMAZON)];
  const other = await agentToken(sql, "marketplace-shopee");
  const [row] = await sql<{ id: string }[]>`
    select id from private.agent_tokens where token_hash = sha256(${first}::text::bytea)`;
  await sql`select private.revoke_agent_tokens('marketplace-shopee', ${row?.id ?? null})`;
  assertEquals(await refusalOf(sql, agent(first), "list_tasks", {}), undefined);
  await sql`select private.revoke_agent_tokens(${AMAZON}, ${row?.id ?? null})`;
  assertEquals(await refusalOf(sql, agent(first), "list_tasks", {}), "401 credentials_invalid");
  assertEquals(await refusalOf(sql, agent(second), "list_tasks", {}), undefined);
  const [{ revoked } = {}] = await sql<{ revoked: number }[]>`
    select private.revoke_agent_tokens(${AMAZON}) as revoked`;
  assertEquals(revoked, 1);
  assertEquals(await refusalOf(sql, agent(second), "list_tasks", {}), "401 credentials_invalid");
  assertEquals(await refusalOf(sql, agent(other), "list_tasks", {}), undefined);
});

Deno.test("the token of one agent never acts for another", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { id } = await taskIn(sql, cast, "pending");
  const { shopee } = cast;
  const attempts: readonly [string, Record<string, unknown>, string][] = [
    ["create_task", { task: aTask({ createdBy: AMAZON }) }, "403 created_by_mismatch"],
    ["create_task", { task: aTask() }, "403 marketplace_not_allowed"],
    ["submit_task", { task_id: id }, "404 not_found"],
    ["cancel_task", { task_id: id }, "404 not_found"],
  ];
  for (const [name, args, refusal] of attempts) {
    assertEquals([name, await refusalOf(sql, shopee, name, args)], [name, refusal]);
  }
  for (const filter of [{}, { createdBy: AMAZON }, { marketplace: "amazon" }, { since: "start" }]) {
    assertEquals((await callAs(sql, shopee, "list_tasks", { filter })).body.tasks, []);
  }
});

Deno.test("a user's or the service's credentials beside a token are ambiguous for every operation", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { agentToken: token } = await agentNamed(sql, AMAZON);
  const alice = await person(sql);
  const id = crypto.randomUUID();
  const attempts: readonly [Caller, string, Record<string, unknown>][] = [
    [alice, "list_tasks", {}],
    [alice, "cancel_task", { task_id: id }],
    [alice, "complete_task", { task_id: id, actual_hours: 1 }],
    [alice, "task_stats", {}],
    [service, "list_tasks", {}],
    [service, "task_stats", {}],
    [service, "orchestrator_status", {}],
    [service, "update_agent", { agent_id: AMAZON, changes: { active: false } }],
  ];
  for (const [caller, name, args] of attempts) {
    const refusal = await refusalOf(sql, { ...caller, agentToken: token }, name, args);
    assertEquals([caller.role, name, refusal], [caller.role, name, "400 ambiguous_credentials"]);
  }
});

Deno.test("a token of under 32 characters is not taken, nor one that another agent has", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const attempts: readonly [string, string, string][] = [
    [AMAZON, "short", "Expected a token of at least 32 characters but found one of 5"],
    [AMAZON, "x".repeat(31), "Expected a token of at least 32 characters but found one of 31"],
    ["nobody", "y".repeat(32), "Expected the id of an agent but found nobody"],
  ];
  for (const [agentId, token, sentence] of attempts) {
    const refusal = await sql`select private.issue_agent_token(${agentId}, ${token})`
      .catch((error: Error) => error.message);
    assertEquals(refusal, sentence);
  }
  await sql`select private.issue_agent_token(${AMAZON}, ${"z".repeat(32)})`;
  const code = await sql`select private.issue_agent_token('marketplace-shopee', ${"z".repeat(32)})`
    .catch((error: postgres.PostgresError) => error.code);
  assertEquals(code, "23505");
});

Deno.test("what happens to tokens is in the agent's chain, never the token", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await agentToken(sql, AMAZON);
  await rotate(sql, AMAZON);
  await sql`select private.revoke_agent_tokens(${AMAZON})`;
  const rows = await sql<{ action: string; fields: string[] }[]>`
    select action, array(select jsonb_object_keys(after) order by 1) as fields
    from public.audit_logs where resource_type = 'agent' and resource_id = ${AMAZON} and seq > 1 order by seq`;
  const issued = { action: "token_issued", fields: ["expiresAt", "tokenId"] };
  assertEquals(rows.map((row) => ({ ...row })), [
    issued,
    issued,
    { action: "token_revoked", fields: ["tokenIds"] },
  ]);
});

Deno.test("last_used_at and last_seen_at are written by writes alone, refused ones included", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const caller = await agentNamed(sql, AMAZON);
  succeeded(await readOnlyCallAs(sql, caller, "list_tasks"));
  succeeded(await callAs(sql, caller, "list_tasks"));
  assertEquals(await traces(sql), { seen: null, used: null });

  await refusalOf(sql, caller, "create_task", { task: aTask({ category: "scaling" }) });
  const first = await traces(sql);
  assertEquals([first.seen !== null, first.used !== null], [true, true]);

  succeeded(await callAs(sql, caller, "create_task", { task: aTask() }));
  assertEquals(await traces(sql), first, "at most once a minute");
  await sql`update public.agents set last_seen_at = last_seen_at - interval '2 minutes' where id = ${AMAZON}`;
  await sql`update private.agent_tokens set last_used_at = last_used_at - interval '2 minutes'`;
  const moved = await traces(sql);
  succeeded(await callAs(sql, caller, "create_task", { task: aTask() }));
  const again = await traces(sql);
  assertEquals([again.seen === moved.seen, again.used === moved.used], [false, false]);
});

async function traces(sql: postgres.Sql) {
  const [row] = await sql<{ seen: string | null; used: string | null }[]>`
    select a.last_seen_at::text as seen, max(t.last_used_at)::text as used
    from public.agents as a join private.agent_tokens as t on t.agent_id = a.id
    where a.id = ${AMAZON} group by a.id`;
  return { ...row };
}

async function refusalOf(sql: postgres.Sql, caller: Caller, name: string, args: Record<string, unknown>) {
  const { status, body } = await callAs(sql, caller, name, args);
  return status < 300 ? undefined : `${status} ${body.code}`;
}

async function issue(sql: postgres.Sql, agentId: string, expiresAt: Date): Promise<string> {
  const [{ token = "" } = {}] = await sql<{ token: string }[]>`
    select private.issue_agent_token(${agentId}, null, ${expiresAt}) as token`;
  return token;
}

async function rotate(sql: postgres.Sql, agentId: string): Promise<string> {
  const [{ token = "" } = {}] = await sql<{ token: string }[]>`
    select private.rotate_agent_token(${agentId}) as token`;
  return token;
}

async function expiryOf(sql: postgres.Sql, token: string): Promise<Date | null | undefined> {
  const [row] = await sql<{ expiresAt: Date | null }[]>`
    select expires_at as "expiresAt" from private.agent_tokens where token_hash = sha256(${token}::text::bytea)`;
  return row?.expiresAt;
}
