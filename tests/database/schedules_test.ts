import { assertEquals, assertMatch } from "@std/assert";
import type postgres from "postgres";
import { freshDatabase } from "../support/database.ts";

interface Entry {
  readonly name: string;
  readonly schedule: string;
  readonly command: string;
}

/** Name, schedule and command of each, by name. */
const SCHEDULES: readonly (readonly [string, string, string])[] = [
  ["archive-old-sessions", "0 2 * * *", "select private.invoke_function('archive-sessions')"],
  ["archive-tasks", "*/5 * * * *", "select private.run_job('archive_tasks')"],
  ["cleanup-expired-bidding-sessions", "*/5 * * * *", "select private.invoke_function('session-cleanup')"],
  ["close-due-sessions", "* * * * *", "call private.drain_job('session_cleanup')"],
  ["deliver-notifications", "* * * * *", "select private.invoke_function('deliver-notifications')"],
  ["expire-offers", "* * * * *", "call private.drain_job('expire_offers')"],
  ["notify-silent-agents", "5 8 * * *", "select private.run_job('notify_silent_agents')"],
  ["notify-stale-approvals", "0 8 * * *", "select private.run_job('notify_stale_approvals')"],
  ["purge-expired", "*/15 * * * *", "select private.run_job('purge_expired')"],
  ["purge-routes", "30 2 * * *", "call private.drain_job('purge_routes')"],
  ["reconcile-orders", "* * * * *", "select private.invoke_function('reconcile-orders')"],
  ["refresh-provider-metrics", "* * * * *", "select private.run_job('refresh_metrics')"],
  ["routing-alerts", "*/5 * * * *", "select private.run_job('send_routing_alerts')"],
  ["send-expiration-warnings", "* * * * *", "select private.invoke_function('expiration-warnings')"],
];

Deno.test("pg_cron holds exactly private.schedules, as role postgres", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const wanted = await schedules(sql);
  assertEquals(wanted.length > 0, true);
  assertEquals(await cronJobs(sql), wanted);
  const [{ users } = {}] = await sql`select array_agg(distinct username) as users from cron.job`;
  assertEquals(users, ["postgres"]);
});

Deno.test("enabling the schedules again changes nothing", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const read = () =>
    sql`select jobid, jobname, schedule, command, username, active from cron.job order by jobid`;
  const before = await read();
  assertEquals(await enable(sql), before.length);
  assertEquals(await enable(sql), before.length);
  assertEquals(await read(), before);
});

Deno.test("disabling takes out ours alone, and once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const wanted = await schedules(sql);
  await sql`select cron.schedule('somebody-elses', '1 2 3 4 5', 'select 1')`;
  assertEquals(await disable(sql), wanted.length);
  assertEquals(await cronJobs(sql), [{ name: "somebody-elses", schedule: "1 2 3 4 5", command: "select 1" }]);
  assertEquals(await disable(sql), 0);
  await sql`select cron.unschedule('somebody-elses')`;
  assertEquals(await enable(sql), wanted.length);
  assertEquals(await cronJobs(sql), wanted);
});

Deno.test("a schedule that was changed is taken over when enabled", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [before] = await schedules(sql);
  await sql`update private.schedules set schedule = '7 7 * * *' where name = ${before?.name ?? ""}`;
  await enable(sql);
  assertEquals(await cronJobs(sql), await schedules(sql));
  await sql`update private.schedules set schedule = ${before?.schedule ?? ""} where name = ${
    before?.name ?? ""
  }`;
  await enable(sql);
});

Deno.test("the schedules are these, and no others", async () => {
  await using database = await freshDatabase();
  const found = await schedules(database.sql);
  assertEquals(found.map(({ name, schedule, command }) => [name, schedule, command]), SCHEDULES);
});

Deno.test("every schedule is five fields and its command runs", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const undone = new Error("undone");
  for (const { name, schedule, command } of await schedules(sql)) {
    assertMatch(schedule, /^[0-9*\/,-]+( [0-9*\/,-]+){4}$/, name);
    // A procedure commits, so it runs in no transaction of ours; nothing that is called over HTTP leaves one.
    if (command.startsWith("call ")) await sql.unsafe(command);
    else {
      await sql.begin(async (transaction) => {
        await withSecrets(transaction);
        await transaction.unsafe(command);
        assertEquals([
          ...await transaction`select job, error from private.job_runs where status <> 'succeeded'`,
        ], []);
        throw undone;
      }).catch((error) => assertEquals(error, undone));
    }
  }
  const failed = await sql`select job, error from private.job_runs where status <> 'succeeded'`;
  assertEquals([...failed], []);
});

Deno.test("a job function is called over HTTP with the key from Vault, and not at all without it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const refusal = await sql`select private.invoke_function('session-cleanup')`.catch((error: Error) =>
    error.message
  );
  assertEquals(refusal, "Expected project_url and cron_secret_key in Vault but found 0 of them");

  await sql.begin(async (transaction) => {
    await withSecrets(transaction);
    await transaction`select private.invoke_function('session-cleanup', '{"limit": 7}')`;
    const [request] = await transaction`
      select method::text, url, headers ->> 'apikey' as key, convert_from(body, 'UTF8')::jsonb as body
      from net.http_request_queue`;
    assertEquals<unknown>({ ...request }, {
      method: "POST",
      url: "https://project.example/functions/v1/session-cleanup",
      key: "sb_secret_cron",
      body: { limit: 7 },
    });
    await transaction`delete from net.http_request_queue`;
  });
});

/** What Vault holds in a project that is set up. */
async function withSecrets(sql: postgres.TransactionSql): Promise<void> {
  await sql`
    select vault.create_secret('https://project.example', 'project_url'),
      vault.create_secret('sb_secret_cron', 'cron_secret_key')`;
}

async function schedules(sql: postgres.Sql): Promise<Entry[]> {
  const rows = await sql<Entry[]>`
    select name, schedule, command from private.schedules order by name collate "C"`;
  return rows.map((row) => ({ ...row }));
}

async function cronJobs(sql: postgres.Sql): Promise<Entry[]> {
  const rows = await sql<Entry[]>`
    select jobname as name, schedule, command from cron.job order by jobname collate "C"`;
  return rows.map((row) => ({ ...row }));
}

async function enable(sql: postgres.Sql): Promise<number | undefined> {
  const [row] = await sql<{ count: number }[]>`select private.enable_schedules() as count`;
  return row?.count;
}

async function disable(sql: postgres.Sql): Promise<number | undefined> {
  const [row] = await sql<{ count: number }[]>`select private.disable_schedules() as count`;
  return row?.count;
}
