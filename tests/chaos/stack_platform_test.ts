import { assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { withConnection } from "../../scripts/local/connect.ts";
import { freshDatabase } from "../support/database.ts";
import { stack } from "../support/stack.ts";

async function asRole<T>(
  sql: postgres.Sql,
  role: string,
  work: (sql: postgres.TransactionSql) => Promise<T>,
) {
  return await sql.begin(async (transaction) => {
    await transaction`set local role ${transaction(role)}`;
    return await work(transaction);
  });
}

Deno.test("the migrations' role is no superuser and owns the database", async () => {
  await using database = await freshDatabase();
  const [row] = await database.sql`
    select r.rolsuper, r.rolcreaterole, r.rolbypassrls, pg_get_userbyid(d.datdba) as owner
    from pg_roles as r, pg_database as d
    where r.rolname = current_user and d.datname = current_database()`;
  assertEquals(row, { rolsuper: false, rolcreaterole: true, rolbypassrls: true, owner: "postgres" });
});

Deno.test("no role gets in without the password", async () => {
  const { dbUrl } = await stack();
  for (const role of ["supabase_admin", "postgres", "authenticator", "supabase_auth_admin"]) {
    const url = new URL(dbUrl);
    url.username = role;
    url.password = "guessed";
    await assertRejects(
      () => withConnection(url.href, (sql) => sql`select 1`),
      postgres.PostgresError,
      "password authentication failed",
    );
  }
});

Deno.test("nobody connects to the template that tests copy", async () => {
  const { local } = await stack();
  if (!local) throw new Error("Expected a stack of this machine but found a given one; unset SUPABASE_URL");
  const url = new URL(local.superuserUrl);
  url.pathname = `/${local.templateDatabase}`;
  await assertRejects(
    () => withConnection(url.href, (sql) => sql`select 1`),
    postgres.PostgresError,
    "not currently accepting connections",
  );
});

Deno.test("a new table in public is open to none of the Data API's roles", async () => {
  await using database = await freshDatabase();
  await database.sql`create table public.fresh (id int)`;
  for (const role of ["anon", "authenticated", "service_role"]) {
    await assertRejects(
      () => asRole(database.sql, role, (sql) => sql`select from public.fresh`),
      postgres.PostgresError,
      "permission denied for table fresh",
    );
  }
});

Deno.test("Vault keeps secrets encrypted and shows them to postgres and service_role alone", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`select vault.create_secret('hush', 'one')`;
  const read = (transaction: postgres.ISql) =>
    transaction<{ secret: string; plain: string }[]>`
      select secret, decrypted_secret as plain from vault.decrypted_secrets where name = 'one'`;
  const [row] = await read(sql);
  assertEquals(row?.plain, "hush");
  assertEquals(row?.secret.includes("hush"), false);
  await sql`select vault.update_secret(id, 'hush hush') from vault.secrets where name = 'one'`;
  assertEquals((await asRole(sql, "service_role", read))[0]?.plain, "hush hush");
  for (const role of ["anon", "authenticated"]) {
    await assertRejects(
      () => asRole(sql, role, read),
      postgres.PostgresError,
      "permission denied",
    );
  }
});

Deno.test("callers of the Data API reach neither schedules nor outgoing requests", async () => {
  await using database = await freshDatabase();
  for (const role of ["anon", "authenticated"]) {
    await assertRejects(
      () => asRole(database.sql, role, (sql) => sql`select cron.schedule('x', '* * * * *', 'select 1')`),
      postgres.PostgresError,
      "permission denied for schema cron",
    );
    await assertRejects(
      () => asRole(database.sql, role, (sql) => sql`select net.http_get('http://127.0.0.1/')`),
      postgres.PostgresError,
      "permission denied for schema net",
    );
  }
});

Deno.test("scheduling a name again changes the job and leaves it as active as it was", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const schedule = async (command: string) => {
    const [row] = await sql<{ id: string }[]>`select cron.schedule('one', '0 1 * * *', ${command}) as id`;
    return row?.id;
  };
  const id = await schedule("select 1");
  await sql`select cron.alter_job(${id ?? null}, active := false)`;
  assertEquals(await schedule("select 2"), id);
  const rows = await sql`select command, active from cron.job where jobname = 'one'`;
  assertEquals([...rows], [{ command: "select 2", active: false }]);
});

Deno.test("jobs are changed by pg_cron's functions alone, and belong to the role that scheduled them", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [job] = await sql<{ id: string }[]>`select cron.schedule('one', '0 1 * * *', 'select 1') as id`;
  const id = job?.id ?? null;
  for (
    const write of [
      () =>
        sql`insert into cron.job (schedule, command, username) values ('* * * * *', 'select 1', 'supabase_admin')`,
      () => sql`update cron.job set username = 'supabase_admin'`,
      () => sql`delete from cron.job`,
    ]
  ) await assertRejects(write, postgres.PostgresError, "permission denied for table job");
  await assertRejects(
    () => sql`select cron.alter_job(${id}, username := 'supabase_admin')`,
    postgres.PostgresError,
    "must be superuser to alter username",
  );

  await sql`grant usage on schema cron to service_role`;
  await asRole(sql, "service_role", async (service) => {
    await service`select cron.schedule('two', '0 1 * * *', 'select 2')`;
    const rows = await service`select jobname, username from cron.job where jobname = 'two'`;
    assertEquals([...rows], [{ jobname: "two", username: "service_role" }]);
    await assertRejects(
      () => service.savepoint((inner) => inner`select cron.unschedule('one')`),
      postgres.PostgresError,
      "could not find valid entry for job 'one'",
    );
  });
  const [row] = await sql`select username, command from cron.job where jobid = ${id}`;
  assertEquals(row, { username: "postgres", command: "select 1" });
});
