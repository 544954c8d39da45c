import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { freshDatabase } from "../support/database.ts";
import { GRANTS_FILE, grantsMatrix } from "../support/grants_matrix.ts";

Deno.test("every object and right of the database is one that was reviewed", async () => {
  await using database = await freshDatabase();
  const expected = await Deno.readTextFile(GRANTS_FILE);
  const found = await grantsMatrix(database.sql);
  const difference = lineDifference(expected, found);
  if (difference === "") return;
  throw new Error(
    "Expected who may do what to be as in tests/database/grants.txt but found the lines below. If each is meant, run " +
      `deno task generate:grants and let the difference be reviewed\n${difference}`,
  );
});

interface Rule {
  readonly name: string;
  /** Names every object that breaks the rule. */
  readonly offenders: (sql: postgres.Sql) => Promise<readonly { readonly name: string }[]>;
}

const RULES: readonly Rule[] = [
  {
    name: "no role of the Data API may write to any table of public, api or private",
    offenders: (sql) =>
      sql`
        select distinct format('%s by %s on %s', v.verb, r.role, c.oid::regclass) as name
        from pg_catalog.pg_class as c
        cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) as r (role)
        cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as v (verb)
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and (
            has_table_privilege(r.role, c.oid, v.verb)
            or (v.verb in ('insert', 'update', 'references') and has_any_column_privilege(r.role, c.oid, v.verb))
          )`,
  },
  {
    name: "nobody without credentials may read any table",
    offenders: (sql) =>
      sql`
        select c.oid::regclass::text as name
        from pg_catalog.pg_class as c
        cross join unnest(array['public', 'anon']) as r (role)
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and has_any_column_privilege(r.role, c.oid, 'select')`,
  },
  {
    name: "every table of public has row level security",
    offenders: (sql) =>
      sql`
        select c.oid::regclass::text as name
        from pg_catalog.pg_class as c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity`,
  },
  {
    name: "no role of the Data API may use schema private or create anything in any schema of ours",
    offenders: (sql) =>
      sql`
        select format('%s on schema %s by %s', v.verb, s.name, r.role) as name
        from unnest(array['api', 'private', 'public']) as s (name)
        cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) as r (role)
        cross join unnest(array['usage', 'create']) as v (verb)
        where (v.verb = 'create' or s.name = 'private') and has_schema_privilege(r.role, s.name, v.verb)`,
  },
  {
    name: "every function has an empty search_path and none is executable by everybody",
    offenders: (sql) =>
      sql`
        select p.oid::regprocedure::text as name
        from pg_catalog.pg_proc as p
        where p.pronamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and (
            (p.prokind <> 'p' and 'search_path=""' <> all (coalesce(p.proconfig, '{}')))
            or has_function_privilege('public', p.oid, 'execute')
          )`,
  },
  {
    // One with settings of its own may not commit.
    name: "a procedure runs with the rights of its caller, who is no role of the Data API",
    offenders: (sql) =>
      sql`
        select p.oid::regprocedure::text as name
        from pg_catalog.pg_proc as p
        where p.pronamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and p.prokind = 'p' and (
            p.prosecdef or has_function_privilege('anon', p.oid, 'execute')
            or has_function_privilege('authenticated', p.oid, 'execute')
            or has_function_privilege('service_role', p.oid, 'execute')
          )`,
  },
  {
    name: "every operation of api runs with the rights of its owner and says what it is",
    offenders: (sql) =>
      sql`
        select p.oid::regprocedure::text as name
        from pg_catalog.pg_proc as p
        where p.pronamespace = 'api'::regnamespace
          and (not p.prosecdef or obj_description(p.oid, 'pg_proc') is null)`,
  },
  {
    name: "every function that runs with the rights of its owner belongs to postgres",
    offenders: (sql) =>
      sql`
        select p.oid::regprocedure::text as name
        from pg_catalog.pg_proc as p
        where p.pronamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and p.prosecdef and pg_get_userbyid(p.proowner) <> 'postgres'`,
  },
  {
    name: "every table and view says what it is",
    offenders: (sql) =>
      sql`
        select c.oid::regclass::text as name
        from pg_catalog.pg_class as c
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
          and obj_description(c.oid, 'pg_class') is null`,
  },
];

Deno.test("the rules that hold whatever was reviewed", async (t) => {
  await using database = await freshDatabase();
  for (const { name, offenders } of RULES) {
    await t.step(name, async () => {
      const found = await offenders(database.sql);
      assertEquals(found.map((row) => row.name), []);
    });
  }
});

Deno.test("the matrix shows a new table, a new column grant and a new function", async () => {
  await using database = await freshDatabase();
  const before = await grantsMatrix(database.sql);
  await database.sql.unsafe(`
    create table public.shown_in_the_matrix (id integer, secret text);
    grant select (id) on public.shown_in_the_matrix to anon;
    create function private.shown_in_the_matrix() returns integer language sql as 'select 1';
  `);
  const after = await grantsMatrix(database.sql);
  await database.sql`drop table public.shown_in_the_matrix`;
  await database.sql`drop function private.shown_in_the_matrix`;
  const difference = lineDifference(before, after).split("\n");
  const expected = [
    "+ table public.shown_in_the_matrix, anon: nothing",
    "+ table public.shown_in_the_matrix: row level security off",
    "+ column public.shown_in_the_matrix.id, select: anon",
    "+ column public.shown_in_the_matrix.secret, select: nobody",
    "+ function private.shown_in_the_matrix(): volatile, rights of its caller, no search_path, execute: nobody",
  ];
  assertEquals(expected.filter((line) => !difference.includes(line)), []);
});

function lineDifference(expected: string, found: string): string {
  const wanted = new Set(expected.split("\n"));
  const seen = new Set(found.split("\n"));
  return [
    ...[...wanted].filter((line) => !seen.has(line)).map((line) => `- ${line}`),
    ...[...seen].filter((line) => !wanted.has(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
