import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { biddingCast, openStage } from "../support/bidding_stage.ts";
import { anon, becomeWithin, callAs, type Caller, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { placedAt, settledAs } from "../support/routing_orders.ts";
import { type Cast, castOf, person, taskIn } from "../support/tasks.ts";

type CallerName = "anon" | "agent" | "alice" | "admin" | "service";

function callersOf(cast: Cast): Readonly<Record<CallerName, Caller>> {
  return { anon, agent: cast.master, alice: cast.alice, admin: cast.admin, service };
}

type Sight = "refused" | "nothing" | "own row" | "all rows";

const STEWARDS_ONLY: Readonly<Record<CallerName, Sight>> = {
  anon: "refused",
  agent: "refused",
  alice: "nothing",
  admin: "all rows",
  service: "all rows",
};

/** Alice takes part in no session. */
const OF_SESSIONS = STEWARDS_ONLY;
/** What is its owner's alone is nobody else's, admins included. */
const OWNERS_ONLY: Readonly<Record<CallerName, Sight>> = {
  ...STEWARDS_ONLY,
  admin: "nothing",
  service: "refused",
};

/** What each caller sees of each table of schema public; what participants see stands in bidding_rights_test. */
const SIGHTS: readonly (readonly [table: string, sights: Readonly<Record<CallerName, Sight>>])[] = [
  ["agent_categories", STEWARDS_ONLY],
  ["agents", STEWARDS_ONLY],
  ["audit_logs", STEWARDS_ONLY],
  ["bid_details", OWNERS_ONLY],
  ["bidding_auto_bids", OWNERS_ONLY],
  ["bidding_notifications", { ...STEWARDS_ONLY, admin: "nothing" }],
  ["bidding_participants", OF_SESSIONS],
  ["bidding_results", OF_SESSIONS],
  ["bidding_sessions", OF_SESSIONS],
  ["bids", OF_SESSIONS],
  ["edge_logs", STEWARDS_ONLY],
  ["marketplace_tasks", { ...STEWARDS_ONLY, alice: "all rows" }],
  // What is whose of routing stands in routing_rights_test.
  ["order_outcomes", STEWARDS_ONLY],
  ["order_quotes", STEWARDS_ONLY],
  ["order_routes", STEWARDS_ONLY],
  ["provider_circuits", STEWARDS_ONLY],
  ["provider_credential_expiry", STEWARDS_ONLY],
  ["provider_credentials", STEWARDS_ONLY],
  ["provider_hourly", STEWARDS_ONLY],
  ["provider_metrics", STEWARDS_ONLY],
  ["provider_quotas", STEWARDS_ONLY],
  ["routed_orders", STEWARDS_ONLY],
  ["routing_alerts", STEWARDS_ONLY],
  ["user_profile", { ...STEWARDS_ONLY, alice: "own row" }],
];
/** Nobody could write to them, had he the right. */
const VIEWS = ["edge_logs", "provider_credential_expiry", "provider_hourly", "routing_alerts"];
const TABLES = SIGHTS.map(([table]) => table);

const WRITES: readonly ((table: string, column: string) => string)[] = [
  (table, column) => `insert into ${table} (${column}) values (null)`,
  (table) => `insert into ${table} default values`,
  (table, column) => `insert into ${table} (${column}) select ${column} from ${table} on conflict do nothing`,
  (table, column) => `update ${table} set ${column} = ${column}`,
  (table) => `delete from ${table}`,
  (table) => `truncate ${table}`,
  (table) => `lock table ${table} in access exclusive mode`,
  (table) => `select * from ${table} for update`,
  (table) => `alter table ${table} disable row level security`,
  (table) => `drop table ${table} cascade`,
];

Deno.test("every caller sees of every table exactly what is meant for him", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  await taskIn(sql, cast, "completed");
  await taskIn(sql, cast, "awaiting_approval");
  await sessionOfOthers(database);
  await orderOfOthers(database);
  const tables = await sql<{ name: string }[]>`
    select c.relname as name from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    order by c.relname`;
  assertEquals(
    tables.map(({ name }) => name),
    TABLES,
    "Every table says here who sees what of it",
  );

  const found: Record<string, Record<string, Sight>> = {};
  for (const table of TABLES) {
    const [{ all = 0 } = {}] = await sql<{ all: number }[]>`
      select count(*)::integer as all from ${sql("public." + table)}`;
    assertEquals(all > 0, true, `Expected a row of ${table} to be seen or not`);
    for (const [name, caller] of Object.entries(callersOf(cast))) {
      (found[table] ??= {})[name] = await sightOf(sql, caller, table, all);
    }
  }
  assertEquals<unknown>(found, Object.fromEntries(SIGHTS));
});

Deno.test("nobody writes to a table, whatever the statement", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  await taskIn(sql, cast, "completed");
  await sessionOfOthers(database);
  await orderOfOthers(database);
  const written = TABLES.filter((table) => !VIEWS.includes(table));
  const columns = await sql<{ table: string; column: string }[]>`
    select t.name as table, min(a.attname) as column
    from unnest(${written}::text[]) as t (name)
    join pg_catalog.pg_attribute as a on a.attrelid = to_regclass('public.' || t.name) and a.attnum > 0
    group by t.name`;
  assertEquals(columns.length, written.length);
  for (const [name, caller] of Object.entries(callersOf(cast))) {
    await t.step(name, async () => {
      for (const { table, column } of columns) {
        for (const write of WRITES.map((write) => write(`public.${table}`, column))) {
          assertEquals([write, await attemptAs(sql, caller, write)], [write, "42501"]);
        }
      }
    });
  }
});

Deno.test("nobody without a policy for it puts a message on a private topic", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, alice } = await castOf(sql);
  const insert = `insert into realtime.messages (topic, extension, payload, event, private)
    values ('tasks', 'broadcast', '{}', 'forged', true)`;
  for (const caller of [anon, alice, admin]) {
    assertEquals(await attemptAs(sql, caller, insert), "42501");
    // Swallows its errors, so what it left behind is looked at.
    await attemptAs(sql, caller, "select realtime.send('{}', 'forged', 'tasks', true)");
  }
  assertEquals(
    await sql`select from realtime.messages where event = 'forged'`.then((rows) => rows.length),
    0,
  );
});

Deno.test("nobody reaches schema private, by table, function, type or sequence", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const reached = await sql<{ statement: string }[]>`
    select format('select * from %s', c.oid::regclass) as statement
    from pg_catalog.pg_class as c where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'v', 'S')
    union all
    select format('select %I.%I(%s)', 'private', p.proname, (
      select string_agg(format('null::%s', format_type(a.type, null)), ', ' order by a.i)
      from unnest(p.proargtypes) with ordinality as a (type, i)
    ))
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'private'::regnamespace and p.prorettype <> 'trigger'::regtype`;
  assertEquals(reached.length > 80, true);
  for (const [name, caller] of Object.entries(callersOf(cast))) {
    for (const { statement } of reached) {
      assertEquals([name, statement, await attemptAs(sql, caller, statement)], [name, statement, "42501"]);
    }
  }
});

Deno.test("nobody reads accounts, secrets, jobs or deliveries of the platform", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, alice, master } = await castOf(sql);
  const attempts = [
    "select * from auth.users",
    "select * from vault.decrypted_secrets",
    "select net.http_post('http://127.0.0.1:9/', '{}')",
    "select cron.schedule('mine', '* * * * *', 'select 1')",
    "create table public.mine (id integer)",
    "create function public.mine() returns integer language sql as 'select 1'",
    "create function api.mine() returns integer language sql as 'select 1'",
    "create schema mine",
    "alter function api.set_role(uuid, text) security invoker",
    "create policy mine on public.audit_logs for all using (true)",
    "create trigger mine before update on public.user_profile for each row execute function api.set_role()",
    "alter role authenticated bypassrls",
    "grant service_role to authenticated",
    "set session_replication_role = replica",
    "copy public.user_profile to program 'cat'",
    "select pg_read_file('/etc/passwd')",
  ];
  for (const caller of [anon, master, alice, admin]) {
    for (const attempt of attempts) {
      assertEquals([attempt, await attemptAs(sql, caller, attempt)], [attempt, "42501"]);
    }
  }
});

/** A session with a row in every table of bidding, in which nobody of the cast takes part. */
async function sessionOfOthers(database: FreshDatabase): Promise<void> {
  const stage = await openStage(await biddingCast(database));
  await stage.ceiling("A", 200_000);
  await stage.bid("B", 110_000);
  await stage.end();
}

/** A row in every table of routing, of somebody who is not of the cast. */
async function orderOfOthers({ sql }: FreshDatabase): Promise<void> {
  const { orderId } = await settledAs(sql, await person(sql), placedAt());
  const outcome = { orderId, wasSuccessful: true, itemsOrdered: 1 };
  assertEquals((await callAs(sql, service, "record_outcome", { outcome })).status, 201);
  await sql`insert into public.provider_credentials values ('MEALME', 'api key', current_date)`;
}

async function sightOf(sql: postgres.Sql, caller: Caller, table: string, all: number): Promise<Sight> {
  // Only people's own rows are told apart by their id; not every column of every table is granted.
  const id = table === "user_profile" ? "t.id::text" : "null";
  const seen = await rowsAs(sql, caller, `select ${id} as id from public.${table} as t`);
  if (typeof seen === "string") return "refused";
  if (seen.length === all) return "all rows";
  if (seen.length === 0) return "nothing";
  assertEquals(seen.map((row) => row.id), [caller.userId]);
  return "own row";
}

/** The SQLSTATE that a statement of a caller is refused with; null where it went through. */
async function attemptAs(sql: postgres.Sql, caller: Caller, statement: string): Promise<string | null> {
  const result = await rowsAs(sql, caller, statement);
  return typeof result === "string" ? result : null;
}

async function rowsAs(sql: postgres.Sql, caller: Caller, statement: string) {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, caller);
    return await transaction.unsafe<{ id: string }[]>(statement);
  }).catch((error: postgres.PostgresError) => error.code);
}
