import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { status } from "../../shared/tasks/task.ts";
import {
  type Chain,
  everyKindOfChain,
  firstBroken,
  hashAnew,
  insertAfter,
  lengthOf,
  swap,
  tampering,
  verifyAs,
} from "../support/audit_chains.ts";
import { anon, type Caller, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { castOf, taskIn } from "../support/tasks.ts";
import { withoutTriggers } from "../support/superuser.ts";

/** One way to change each column of a row, without making its hash anew. */
const CHANGES: readonly (readonly [column: string, change: string])[] = [
  ["resource_type", "resource_type = 'elsewhere'"],
  ["resource_id", "resource_id = resource_id || 'x'"],
  ["seq", "seq = seq + 1000"],
  ["at", "at = at + interval '1 microsecond'"],
  ["actor_kind", "actor_kind = case actor_kind when 'user' then 'agent' else 'user' end"],
  ["actor_id", "actor_id = actor_id || ' '"],
  ["action", "action = action || 'x'"],
  ["before", `before = coalesce(before, '{}') || '{"forged": null}'`],
  ["after", `after = coalesce(after, '{}') || '{"forged": 0}'`],
  ["request_id", "request_id = coalesce(request_id || 'x', '')"],
  ["prev_hash", "prev_hash = sha256(hash)"],
  ["hash", "hash = sha256(hash)"],
];

Deno.test("no role changes, removes or empties the audit, its owner included", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const before = await sql`select * from public.audit_logs order by resource_type, resource_id, seq`;
  const statements = [
    "update public.audit_logs set action = 'x'",
    "update public.audit_logs set action = 'x' where false",
    "delete from public.audit_logs",
    "delete from public.audit_logs where false",
    "truncate public.audit_logs",
    "truncate public.audit_logs cascade",
    "insert into public.audit_logs select * from public.audit_logs on conflict on constraint audit_logs_pkey " +
    "do update set action = 'x'",
  ];
  for (const role of ["postgres", "service_role", "authenticated", "anon"]) {
    for (const statement of statements) {
      const refusal = await sql.begin(async (transaction) => {
        await transaction`select set_config('role', ${role}, true)`;
        await transaction.unsafe(statement);
      }).then(() => "went through", (error: postgres.PostgresError) => error.code);
      assertEquals([role, statement, refusal], [role, statement, role === "postgres" ? "PT403" : "42501"]);
    }
  }
  assertEquals(await sql`select * from public.audit_logs order by resource_type, resource_id, seq`, before);
});

Deno.test("chains that nobody touched hold: of tasks in every status, of agents, people and settlements", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await everyKindOfChain(sql);
  const cast = await castOf(sql);
  for (const ending of status.options) await taskIn(sql, cast, ending);
  const chains = await sql<Chain[]>`
    select distinct resource_type as type, resource_id as id from public.audit_logs`;
  assertEquals(new Set(chains.map(({ type }) => type)), new Set(["task", "agent", "user", "settlement"]));
  for (const chain of chains) assertEquals([chain, await firstBroken(sql, chain)], [chain, null]);
});

Deno.test("a change of any column of any row is found at that row", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let seq = 1; seq <= length; seq++) {
        for (const [column, change] of CHANGES) {
          const found = await tamper(chain, (sql) =>
            sql`
              update public.audit_logs set ${sql.unsafe(change)}
              where resource_type = ${chain.type} and resource_id = ${chain.id} and seq = ${seq}`);
          assertEquals([chain, length, column, found], [chain, length, column, seq]);
        }
      }
    }
  });
});

Deno.test("every column of the audit is changed by the test above", async () => {
  await using database = await freshDatabase();
  const columns = await database.sql<{ name: string }[]>`
    select attname as name from pg_catalog.pg_attribute
    where attrelid = 'public.audit_logs'::regclass and attnum > 0 and not attisdropped order by attnum`;
  assertEquals(columns.map(({ name }) => name), CHANGES.map(([column]) => column));
});

Deno.test("a removed row is found where it is missing: the first, any between, the last", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let seq = 1; seq <= length; seq++) {
        const found = await tamper(chain, (sql) =>
          sql`
            delete from public.audit_logs
            where resource_type = ${chain.type} and resource_id = ${chain.id} and seq = ${seq}`);
        assertEquals([chain, length, found], [chain, length, seq]);
      }
    }
  });
});

Deno.test("a tail that is gone is found at its beginning, the whole chain at 1", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let from = 1; from <= length; from++) {
        const found = await tamper(chain, (sql) =>
          sql`
            delete from public.audit_logs
            where resource_type = ${chain.type} and resource_id = ${chain.id} and seq >= ${from}`);
        assertEquals([chain, length, found], [chain, length, from]);
      }
    }
  });
});

Deno.test("two rows that changed places are found at the earlier one", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let first = 1; first < length; first++) {
        for (let second = first + 1; second <= length; second++) {
          const found = await tamper(chain, (sql) => swap(sql, chain, first, second));
          assertEquals([chain, first, second, found], [chain, first, second, first]);
        }
      }
    }
  });
});

Deno.test("a row that was put in is found, even where its hash is right", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let after = 1; after <= length; after++) {
        const clumsy = await tamper(chain, (sql) => insertAfter(sql, chain, after));
        assertEquals([chain, after, clumsy], [chain, after, after + 1]);
        const skilful = await tamper(chain, async (sql) => {
          await insertAfter(sql, chain, after);
          await hashAnew(sql, chain, after + 1);
        });
        // The row after it no longer follows; at the end the resource's version tells that nothing accounts for it.
        assertEquals([chain, after, skilful], [chain, after, after === length ? after + 1 : after + 2]);
      }
    }
  });
});

Deno.test("a row with a hash made anew is found by the row after it", async () => {
  await using database = await freshDatabase();
  const chains = await everyKindOfChain(database.sql);
  await tampering(database, async (tamper) => {
    for (const [chain, length] of chains) {
      for (let seq = 1; seq < length; seq++) {
        const found = await tamper(chain, async (sql) => {
          await sql`
            update public.audit_logs set actor_id = 'somebody else'
            where resource_type = ${chain.type} and resource_id = ${chain.id} and seq = ${seq}`;
          await hashAnew(sql, chain, seq);
        });
        assertEquals([chain, seq, found], [chain, seq, seq + 1]);
      }
    }
  });
});

Deno.test("the chain of an archived task still holds, and its last entry is missed", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { id } = await taskIn(sql, cast, "rejected");
  const chain: Chain = { type: "task", id };
  await withoutTriggers(database, (sql) =>
    sql`
      update public.marketplace_tasks set rejected_at = rejected_at - interval '1 year' where id = ${id}`);
  await sql`select private.run_job('archive_tasks')`;
  const length = await lengthOf(sql, chain);
  assertEquals([length, await firstBroken(sql, chain)], [4, null]);
  await tampering(database, async (tamper) => {
    const found = await tamper(chain, (sql) =>
      sql`
        delete from public.audit_logs where resource_id = ${id} and seq = ${length}`);
    assertEquals(found, length);
  });
});

Deno.test("the chain of an account that is gone ends with its going, and that is missed", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin } = await castOf(sql);
  await sql`delete from auth.users where id = ${admin.userId}`;
  const chain: Chain = { type: "user", id: admin.userId };
  assertEquals([await lengthOf(sql, chain), await firstBroken(sql, chain)], [3, null]);
  await tampering(database, async (tamper) => {
    for (const seq of [2, 3]) {
      const found = await tamper(chain, (sql) =>
        sql`
          delete from public.audit_logs where resource_id = ${admin.userId} and seq >= ${seq}`);
      assertEquals(found, seq);
    }
  });
});

Deno.test("verify_audit is for stewards and knows what there is", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, alice, master } = await castOf(sql);
  const unknown: readonly (readonly [string | null, string | null])[] = [
    ["task", crypto.randomUUID()],
    ["task", "no uuid' or true --"],
    ["agent", ""],
    ["agent", null],
    ["session", "marketplace-amazon"],
    ["session", crypto.randomUUID()],
    ["settlement", crypto.randomUUID()],
    ["settlement", "no uuid"],
    [null, null],
    ["user", "😀".repeat(10_000)],
  ];
  const outcomes: readonly [Caller, number][] = [[anon, 401], [master, 401], [alice, 403], [admin, 200], [
    service,
    200,
  ]];
  for (const [caller, status] of outcomes) {
    assertEquals((await verifyAs(sql, caller, "agent", "marketplace-amazon")).status, status);
  }
  for (const [type, id] of unknown) {
    const { status, body } = await verifyAs(sql, admin, type, id);
    assertEquals([type, id, status, body.code], [type, id, 404, "not_found"]);
  }
});
