import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { adminPerson, aTask, castOf, person, succeeded, taskIn, taskOf } from "../support/tasks.ts";

interface Run {
  readonly success: boolean;
  readonly status: "succeeded" | "failed" | "skipped";
  readonly processed: number;
  readonly details: Readonly<Record<string, unknown>>;
}

const JOBS = ["notify_stale_approvals", "notify_silent_agents", "archive_tasks", "purge_expired"];

Deno.test("the same job twice at once runs once: the second is skipped, and both are recorded", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (const job of JOBS) {
    await sql.begin(async (first) => {
      assertEquals((await run(first, job)).status, "succeeded");
      const second = await run(sql, job);
      assertEquals([second.success, second.status, second.processed], [true, "skipped", 0]);
    });
    assertEquals((await run(sql, job)).status, "succeeded");
    const recorded = await sql<{ status: string }[]>`
      select status from private.job_runs where job = ${job} order by status`;
    assertEquals(recorded.map(({ status }) => status), ["skipped", "succeeded", "succeeded"]);
  }
});

Deno.test("sixteen runs of a job at once do its work once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { id } = await taskIn(sql, cast, "awaiting_approval");
  await age(database, id, "8 days");
  await Promise.all(Array.from({ length: 16 }, () => run(sql, "notify_stale_approvals")));
  assertEquals(await told(sql), [{ recipient: cast.admin.userId, event: "stale_approvals" }]);
  const [{ runs } = {}] = await sql`select count(*)::integer as runs from private.job_runs`;
  assertEquals(runs, 16);
});

Deno.test("a job that fails is recorded with its reason, and what it wrote is undone", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql.unsafe(`
    create function private.fail_on_purpose() returns jsonb language plpgsql set search_path = '' as $$
    begin
      insert into private.schedules values ('half done', '* * * * *', 'select 1');
      raise exception 'The dog ate it';
    end
    $$`);
  const failed = await run(sql, "fail_on_purpose");
  const [recorded] = await sql`select status, processed::integer, error from private.job_runs`;
  const [{ halfDone } = {}] = await sql`
    select count(*)::integer as "halfDone" from private.schedules where name = 'half done'`;
  await sql`drop function private.fail_on_purpose`;
  assertEquals([failed.success, failed.status], [false, "failed"]);
  assertEquals<unknown>({ ...recorded }, { status: "failed", processed: 0, error: "The dog ate it" });
  assertEquals(halfDone, 0);
});

Deno.test("a job that does not exist is refused by name, whatever the name", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (const name of ["archive", "archive_tasks(); drop table private.outbox; --", "", "Archive_Tasks"]) {
    const refusal = await run(sql, name).then(() => "went through", (error: Error) => error.message);
    assertEquals(refusal, `Expected the name of a job in schema private but found ${name}`);
  }
});

Deno.test("a run records when it began and ended and how much it did", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await run(sql, "purge_expired");
  const [recorded] = await sql`
    select job, status, started_at <= finished_at and finished_at <= clock_timestamp() as "inOrder",
      processed::integer, details, error
    from private.job_runs`;
  const { details, ...row } = recorded ?? {};
  assertEquals<unknown>(row, {
    job: "purge_expired",
    status: "succeeded",
    inOrder: true,
    processed: 0,
    error: null,
  });
  assertEquals(details.processed, 0);
});

Deno.test("every admin is told once a day of approvals older than seven days, nobody else", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const grace = await adminPerson(sql, "grace");
  const [stale, recent] = [
    await taskIn(sql, cast, "awaiting_approval"),
    await taskIn(sql, cast, "awaiting_approval"),
  ];
  const decided = await taskIn(sql, cast, "rejected");
  assertEquals((await run(sql, "notify_stale_approvals")).processed, 0);

  await age(database, stale.id, "7 days 1 second");
  await age(database, recent.id, "6 days 23 hours 59 minutes");
  await age(database, decided.id, "30 days");
  const first = await run(sql, "notify_stale_approvals");
  assertEquals([first.processed, first.details.count, first.details.marketplaces], [2, 1, ["amazon"]]);
  assertEquals((await run(sql, "notify_stale_approvals")).processed, 0);
  const linus = await adminPerson(sql, "linus");
  assertEquals((await run(sql, "notify_stale_approvals")).processed, 1);

  const admins = [cast.admin, grace, linus].map(({ userId }) => userId).sort();
  assertEquals(await told(sql), admins.map((recipient) => ({ recipient, event: "stale_approvals" })));
  const topics = await sql<{ topic: string }[]>`
    select topic from realtime.messages where event = 'stale_approvals' and private order by topic`;
  assertEquals(topics.map(({ topic }) => topic), admins.map((id) => `user:${id}`));

  // As if all that had been yesterday.
  await sql`update private.outbox set dedupe_key = replace(dedupe_key, ':2', ':yesterday-2')`;
  assertEquals((await run(sql, "notify_stale_approvals")).processed, 3);
});

Deno.test("admins are told once a day of active agents without a task for 24 hours", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  assertEquals((await run(sql, "notify_silent_agents")).details.agents, [], "agents of today are not silent");

  await sql`update public.agents set created_at = created_at - interval '25 hours'`;
  await sql`update public.agents set active = false where id = 'marketplace-kaway'`;
  taskOf(await callAs(sql, cast.shopee, "create_task", { task: aTask({ marketplace: "shopee" }) }));
  const old = taskOf(await callAs(sql, cast.master, "create_task", { task: aTask() }));
  await age(database, old.id, "24 hours 1 second");
  const silent = ["amazon", "master", "mercadolivre", "shein", "tiktokshop"].map((name) =>
    `marketplace-${name}`
  );
  const first = await run(sql, "notify_silent_agents");
  assertEquals([first.processed, first.details.agents], [1, silent]);
  assertEquals((await run(sql, "notify_silent_agents")).processed, 0);
  assertEquals(await told(sql), [{ recipient: cast.admin.userId, event: "silent_agents" }]);

  const { body } = succeeded(await callAs<Status>(sql, service, "orchestrator_status"));
  assertEquals(body.agents.filter((agent) => agent.silent).map(({ id }) => id), silent);
});

interface Status {
  readonly agents: readonly { readonly id: string; readonly silent: boolean }[];
}

Deno.test("purge removes what is expired and nothing else", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`
    insert into private.idempotency_keys (principal, operation, key, request_hash, status, response, created_at)
    select 'user:x', 'op', age, sha256(''), 200, '{}', clock_timestamp() - age::interval
    from unnest(array['23 hours 59 minutes', '24 hours 1 second']) as age`;
  await sql`
    insert into private.rate_limit_buckets (principal, operation, tokens, granted, updated_at)
    select age, 'create_task', 0, true, clock_timestamp() - age::interval
    from unnest(array['59 minutes', '1 hour 1 second']) as age`;
  await sql`
    insert into private.job_runs (job, started_at, finished_at, status, processed, details)
    select age, clock_timestamp() - age::interval, clock_timestamp() - age::interval, 'succeeded', 0, '{}'
    from unnest(array['29 days 23 hours', '30 days 1 second']) as age`;
  await sql`
    insert into private.agent_usage (agent_id, day, created)
    select 'marketplace-amazon', (clock_timestamp() at time zone 'UTC')::date - days, days
    from unnest(array[0, 30, 31]) as days`;
  await sql`select private.add_channel('email', 'operators@example.com')`;
  await sql`
    insert into private.outbox (event, payload, dedupe_key, created_at)
    select status, '{}', status || age, clock_timestamp() - age::interval
    from unnest(array['pending', 'delivered', 'dead']) as status,
      unnest(array['29 days 23 hours', '30 days 1 second']) as age`;
  await sql`
    update private.deliveries as d
    set status = o.event, last_error = 'x', delivered_at = case o.event when 'delivered' then clock_timestamp() end
    from private.outbox as o where o.id = d.outbox_id`;
  await withoutTriggers(database, (sql) =>
    sql`
      insert into cron.job_run_details (runid, username, command, end_time)
      select 1000000 + days, 'postgres', days, clock_timestamp() - make_interval(days => days, secs => 1)
      from unnest(array[6, 7]) as days`);

  const { processed, details } = await run(sql, "purge_expired");
  assertEquals([processed, details], [7, {
    processed: 7,
    idempotencyKeys: 1,
    rateLimitBuckets: 1,
    jobRuns: 1,
    agentUsage: 1,
    deliveries: 2,
    cronRuns: 1,
  }]);
  const left = await sql<{ what: string }[]>`
    select l.what from (
      select key as what from private.idempotency_keys
      union all select principal from private.rate_limit_buckets
      union all select job from private.job_runs where job <> 'purge_expired'
      union all select created::text from private.agent_usage
      union all
      select dedupe_key from private.outbox as o join private.deliveries as d on d.outbox_id = o.id
      union all select command from cron.job_run_details where runid > 1000000
    ) as l
    order by l.what collate "C"`;
  const kept = ["0", "23 hours 59 minutes", "29 days 23 hours", "30", "59 minutes", "6"];
  const deliveries = ["dead", "delivered", "pending"].map((status) => `${status}29 days 23 hours`);
  assertEquals(left.map(({ what }) => what), [...kept, ...deliveries, "pending30 days 1 second"]);
});

Deno.test("notify_admins says each thing once, and to admins alone", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const say = async (key: string) => {
    const [row] = await sql<{ told: number }[]>`select private.notify_admins('event', '{}', ${key}) as told`;
    return row?.told;
  };
  await person(sql);
  assertEquals([await say("once"), await told(sql)], [0, []]);
  const { userId } = await adminPerson(sql);
  assertEquals([await say("once"), await say("once"), await say("twice")], [1, 0, 1]);
  const rows = await sql<{ key: string }[]>`select dedupe_key as key from private.outbox order by id`;
  assertEquals(rows.map(({ key }) => key), [`once:${userId}`, `twice:${userId}`]);
});

async function run(sql: postgres.Sql | postgres.TransactionSql, job: string): Promise<Run> {
  const [row] = await sql<{ run: Run }[]>`select private.run_job(${job}) as run`;
  if (!row) throw new Error(`Expected a run of ${job} and found none`);
  return row.run;
}

/** Makes a task older, by all its timestamps. */
async function age(database: FreshDatabase, taskId: string, by: string): Promise<void> {
  await withoutTriggers(database, (sql) =>
    sql`
      update public.marketplace_tasks
      set created_at = created_at - ${by}::interval, submitted_at = submitted_at - ${by}::interval,
        rejected_at = rejected_at - ${by}::interval
      where id = ${taskId}`);
}

async function told(sql: postgres.Sql) {
  const rows = await sql<{ recipient: string; event: string }[]>`
    select recipient, event from private.outbox order by recipient`;
  return rows.map((row) => ({ ...row }));
}
