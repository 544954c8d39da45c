import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { applyMigrations, listMigrations } from "../../scripts/local/migrations.ts";
import { emptyDatabase, freshDatabase } from "../support/database.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
}

// What `supabase migration up` of the CLI 3.1.0 recorded for this very file.
const ODD_FILE = `-- leading comment; with semicolon
create function public.a(x int) returns int language sql begin atomic select case when x > 1 then 1 else 2 end; select 3; end;
/* block ; /* nested ; */ ; */
select E'it\\'s; ' , 'plain '';', $q$ ; $$ ; $q$, "name;x" from (select 1 as "name;x") t;;

create function public.b() returns text language plpgsql as $fn$ begin return 'x;'; end $fn$ ;
select 1 -- no end
`;
const RECORDED = [
  "-- leading comment; with semicolon\ncreate function public.a(x int) returns int language sql begin atomic select case when x > 1 then 1 else 2 end; select 3; end",
  `/* block ; /* nested ; */ ; */\nselect E'it\\'s; ' , 'plain '';', $q$ ; $$ ; $q$, "name;x" from (select 1 as "name;x") t`,
  "create function public.b() returns text language plpgsql as $fn$ begin return 'x;'; end $fn$",
  "select 1 -- no end",
];

Deno.test("a migration is recorded as the Supabase CLI records it", async () => {
  await using folder = await temporaryFolder();
  await using database = await emptyDatabase();
  await write(folder.path, { "20270101000000_odd_things.sql": ODD_FILE });

  assertEquals(await applyMigrations(database.sql, folder.path), ["20270101000000"]);
  const rows = await database
    .sql`select version, name, statements from supabase_migrations.schema_migrations`;
  assertEquals([...rows], [{ version: "20270101000000", name: "odd_things", statements: RECORDED }]);
  assertEquals(await applyMigrations(database.sql, folder.path), []);
});

Deno.test("every migration of the project is applied and recorded, in order", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ version: string; name: string }[]>`
    select version, name from supabase_migrations.schema_migrations order by version`;
  const files = await listMigrations();
  assertEquals([...rows], files.map(({ version, name }) => ({ version, name })));
});

Deno.test("a failing migration names its file and line and leaves nothing of itself behind", async () => {
  await using folder = await temporaryFolder();
  await using database = await emptyDatabase();
  await write(folder.path, {
    "20270101000000_good.sql": "create table public.good (id int);",
    "20270102000000_bad.sql":
      "create table public.half (id int);\n\nselect\n  1,\n  nothing_such\nfrom public.half;\n",
  });

  await assertRejects(
    () => applyMigrations(database.sql, folder.path),
    Error,
    'supabase/migrations/20270102000000_bad.sql:5: column "nothing_such" does not exist',
  );
  const tables = await database.sql`select tablename from pg_tables where schemaname = 'public' order by 1`;
  assertEquals([...tables], [{ tablename: "good" }]);
});

Deno.test("an applied migration whose file is gone is refused", async () => {
  await using folder = await temporaryFolder();
  await using database = await emptyDatabase();
  await write(folder.path, {
    "20270101000000_first.sql": "select 1",
    "20270102000000_second.sql": "select 2",
  });
  await applyMigrations(database.sql, folder.path);
  await Deno.remove(join(folder.path, "20270101000000_first.sql"));
  await assertRejects(
    () => applyMigrations(database.sql, folder.path),
    Error,
    "Expected a file for migration 20270101000000",
  );
});

Deno.test("a new migration older than an applied one is refused", async () => {
  await using folder = await temporaryFolder();
  await using database = await emptyDatabase();
  await write(folder.path, { "20270102000000_second.sql": "select 2" });
  await applyMigrations(database.sql, folder.path);
  await write(folder.path, { "20270101000000_late.sql": "select 1" });
  await assertRejects(
    () => applyMigrations(database.sql, folder.path),
    Error,
    "Expected new migrations to come after 20270102000000 but found 20270101000000_late.sql",
  );
});

Deno.test("a file that is named wrongly is refused", async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, { "20270101_Topic.sql": "select 1" });
  await assertRejects(() => listMigrations(folder.path), Error, "but found 20270101_Topic.sql");
});
