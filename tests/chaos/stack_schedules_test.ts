import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { withConnection } from "../../scripts/local/connect.ts";
import { parseSchedule } from "../../scripts/local/cron_schedule.ts";
import { startHttpQueue } from "../../scripts/local/http_queue.ts";
import { startScheduler } from "../../scripts/local/scheduler.ts";
import { freshDatabase } from "../support/database.ts";

/** Asks again until there is an answer; rejects after a while. */
async function eventually<T>(ask: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error("Expected an answer in time but found none");
  }
}

function superuser(url: string | undefined): string {
  if (url) return url;
  throw new Error("Expected a stack of this machine but found a given one; unset SUPABASE_URL");
}

Deno.test("a schedule is due when cron says so", () => {
  const after = new Date("2026-02-27T10:15:30Z");
  const next = (text: string) => parseSchedule(text)(after)?.toISOString();
  assertEquals(next("* * * * *"), "2026-02-27T10:16:00.000Z");
  assertEquals(next("*/15 * * * *"), "2026-02-27T10:30:00.000Z");
  assertEquals(next("5 8 * * *"), "2026-02-28T08:05:00.000Z");
  assertEquals(next("0 0 $ * *"), "2026-02-28T00:00:00.000Z");
  assertEquals(next("0 12 * * 7"), "2026-03-01T12:00:00.000Z");
  assertEquals(next("30 seconds"), "2026-02-27T10:16:00.000Z");
});

interface Run {
  status: string;
  message: string;
  username: string;
}

async function finishedRuns(sql: postgres.Sql, atLeast: number): Promise<Run[]> {
  return await eventually(async () => {
    const rows = await sql<Run[]>`
      select status, return_message as message, username from cron.job_run_details
      where end_time is not null order by runid`;
    return rows.length >= atLeast ? [...rows] : undefined;
  });
}

Deno.test("a due job runs as the role that scheduled it, and its runs are recorded as pg_cron does", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`select private.disable_schedules()`;
  await sql`create table public.beats (who text, at timestamptz default clock_timestamp())`;
  const scheduler = await startScheduler(superuser(database.superuserUrl));
  try {
    await sql`select cron.schedule('beat', '1 seconds', 'insert into public.beats (who) values (session_user)')`;
    const [first] = await finishedRuns(sql, 2);
    assertEquals(first, { status: "succeeded", message: "INSERT 0 1", username: "postgres" });
    assertEquals([...await sql`select distinct who from public.beats`], [{ who: "postgres" }]);

    await sql`select cron.schedule('beat', '1 seconds', 'select 1 / 0')`;
    const failed = await eventually(async () =>
      (await finishedRuns(sql, 1)).find(({ status }) => status === "failed")
    );
    assertEquals(failed.message, "ERROR:  division by zero\n");
  } finally {
    await scheduler.stop();
  }
});

Deno.test("one instance of a job runs at a time", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`select private.disable_schedules()`;
  const scheduler = await startScheduler(superuser(database.superuserUrl));
  try {
    await sql`select cron.schedule('slow', '1 seconds', 'select pg_sleep(1.5)')`;
    await finishedRuns(sql, 2);
    const overlaps = await sql`
      select from cron.job_run_details as a join cron.job_run_details as b
        on b.runid > a.runid and b.start_time < coalesce(a.end_time, 'infinity')`;
    assertEquals(overlaps.length, 0);
  } finally {
    await scheduler.stop();
  }
});

Deno.test("the scheduler goes on after its sessions were cut", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const url = superuser(database.superuserUrl);
  await sql`select private.disable_schedules()`;
  const scheduler = await startScheduler(url);
  try {
    await withConnection(url, (owner) =>
      owner`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'supabase_admin' and pid <> pg_backend_pid()`);
    await sql`select cron.schedule('after', '1 seconds', 'select 1')`;
    const [run] = await finishedRuns(sql, 1);
    assertEquals(run?.message, "1 row");
  } finally {
    await scheduler.stop();
  }
});

Deno.test("cron refuses a schedule it cannot read and a job that is not there", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (const text of ["61 * * * *", "* * *", "a b c d e", "*/0 * * * *", "60 seconds", "* * * * 8"]) {
    await assertRejects(
      () => sql`select cron.schedule('odd', ${text}, 'select 1')`,
      Error,
      `invalid schedule: ${text}`,
    );
  }
  await assertRejects(
    () => sql`select cron.unschedule('nobody')`,
    Error,
    "could not find valid entry for job 'nobody'",
  );
});

interface Answer {
  status: number | null;
  content: string | null;
  timedOut: boolean;
  error: string | null;
}

async function answerTo(sql: postgres.Sql, id: string | undefined): Promise<Answer> {
  return await eventually(async () => {
    const [row] = await sql<Answer[]>`
      select status_code as status, content, timed_out as "timedOut", error_msg as error
      from net._http_response where id = ${id ?? null}`;
    return row;
  });
}

Deno.test("a queued request is performed after the commit, and never after a rollback", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const seen: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    seen.push(
      `${request.method} ${new URL(request.url).search} ${request.headers.get("apikey")} ${await request
        .text()}`,
    );
    return new Response("done", { status: 201 });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const queue = await startHttpQueue(superuser(database.superuserUrl));
  try {
    await assertRejects(() =>
      sql.begin(async (transaction) => {
        await transaction`select net.http_post(${url}, '{"rolled": "back"}')`;
        throw new Error("undone");
      })
    );
    const [row] = await sql<{ id: string }[]>`
      select net.http_post(${url}, '{"a": 1}', '{"q": "ü&"}', '{"apikey": "k"}') as id`;
    assertEquals(await answerTo(sql, row?.id), {
      status: 201,
      content: "done",
      timedOut: false,
      error: null,
    });
    assertEquals(seen, ['POST ?q=%C3%BC%26 k {"a": 1}']);
  } finally {
    await queue.stop();
  }
});

Deno.test("a queued request ends with its time limit, and a refused connection says why", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  // Accepts and never answers.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const queue = await startHttpQueue(superuser(database.superuserUrl));
  try {
    const [slow] = await sql<{ id: string }[]>`
      select net.http_get(${`http://127.0.0.1:${silent.addr.port}/`}, timeout_milliseconds := 200) as id`;
    const timedOut = await answerTo(sql, slow?.id);
    assertEquals([timedOut.status, timedOut.timedOut], [null, true]);

    const [dead] = await sql<{ id: string }[]>`select net.http_get('http://127.0.0.1:1/') as id`;
    const refused = await answerTo(sql, dead?.id);
    assertEquals([refused.status, refused.timedOut], [null, false]);
    assertGreater(refused.error?.length ?? 0, 0);
  } finally {
    await queue.stop();
  }
});
