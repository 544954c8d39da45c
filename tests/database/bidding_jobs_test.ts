import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { failedJob, runJob, type RunView } from "../support/bidding_desk.ts";
import { endsOf } from "../support/bidding_races.ts";
import { type BiddingCast, biddingCast, openStage, type Stage } from "../support/bidding_stage.ts";
import { agent, anon, callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf } from "../support/races.ts";
import { agentToken } from "../support/tasks.ts";

/** The operations of the scheduler, and the job that each runs. */
const JOBS: readonly (readonly [operation: string, job: string])[] = [
  ["session_cleanup", "session_cleanup"],
  ["expiration_warnings", "send_expiration_warnings"],
  ["archive_sessions", "archive_sessions"],
];

Deno.test("the job functions are for the service and the system, and refused to everybody else", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  const bot = agent(await agentToken(sql, "marketplace-amazon"));
  const callers = [
    ["anon", anon, 401, "42501"],
    ["agent", bot, 401, "42501"],
    ["user", cast.outsider, 403, "42501"],
    ["admin", cast.admin, 403, "42501"],
    ["service", service, 200, null],
  ] as const;
  for (const [operation] of JOBS) {
    for (const [name, caller, status, sqlstate] of callers) {
      const answer = await callAs(sql, caller, operation);
      assertEquals([operation, name, answer.status, answer.sqlstate], [operation, name, status, sqlstate]);
    }
    const [row] = await sql.unsafe<{ run: RunView }[]>(`select api.${operation}() as run`);
    assertEquals(row?.run.success, true);
  }
});

Deno.test("a job answers what it was, how it went, how much it did and how long it took", async () => {
  await using database = await freshDatabase();
  const { sql } = await biddingCast(database);
  for (const [operation, job] of JOBS) {
    const { durationMs, details, ...run } = await runJob(sql, operation);
    assertEquals<unknown>(run, { success: true, job, status: "succeeded", processed: 0 });
    assertEquals(details.processed, 0);
    assert(Number.isInteger(durationMs) && durationMs >= 0, `${durationMs}`);
    const [row] = await sql`
      select job, status, processed::integer, details, error, started_at <= finished_at as "inOrder"
      from private.job_runs where job = ${job}`;
    assertEquals<unknown>({ ...row }, {
      job,
      status: "succeeded",
      processed: 0,
      details,
      error: null,
      inOrder: true,
    });
  }
});

Deno.test("a job that fails is refused with its run, which is recorded with what went wrong", async () => {
  await using database = await freshDatabase();
  const { sql } = await biddingCast(database);
  for (const [operation, job] of JOBS) {
    await sql.unsafe(`
      create or replace function private.${job}() returns jsonb language plpgsql set search_path = '' as $$
      begin
        insert into private.session_warnings (session_id) values (gen_random_uuid());
        raise 'No room';
      end
      $$`);
    const { durationMs, ...run } = await failedJob(sql, operation);
    assertEquals<unknown>(run, { success: false, job, status: "failed", processed: 0, details: {} });
    assert(Number.isInteger(durationMs) && durationMs >= 0, `${durationMs}`);
    const rows = await sql`
      select status, error, (select count(*)::integer from private.session_warnings) as left
      from private.job_runs where job = ${job}`;
    assertEquals<unknown>(rows.map((row) => ({ ...row })), [{ status: "failed", error: "No room", left: 0 }]);
  }
});

Deno.test("the same job twice at once runs once: the second is skipped, and both are recorded", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  await (await openStage(cast)).leave(-1);
  for (const [operation, job] of JOBS) {
    await sql.begin(async (first) => {
      await first`select private.run_job(${job})`;
      const { success, status, processed } = await runJob(sql, operation);
      assertEquals([success, status, processed], [true, "skipped", 0]);
    });
    const recorded = await sql<{ status: string }[]>`
      select status from private.job_runs where job = ${job} order by status`;
    assertEquals(recorded.map(({ status }) => status), ["skipped", "succeeded"]);
  }
});

Deno.test("eight who close at once, each what nobody else holds, close every session once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stages = await overdue(cast, 24);
  await using crowd = crowdOf(database.url, 8);
  const closed = await Promise.all(Array.from({ length: 8 }, () => closeDue(crowd.sql)));
  const processed = closed.map((run) => run.processed);
  // A session that a rival held is left to him, so nothing remains.
  assertEquals(processed.reduce((sum, each) => sum + each), 24);
  for (const stage of stages) {
    assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
    await stage.assertHonest();
  }
});

Deno.test("a run takes as many as it may, those that wait longest first", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [latest, longest, between] = await overdue(cast, 3, [-1, -100, -50]);
  assertEquals((await closeDue(cast.sql, 1)).processed, 1);
  assertEquals(await openOf(cast), [latest?.id, between?.id].sort());
  assertEquals((await closeDue(cast.sql, 5)).processed, 2);
  assertEquals((await longest?.seenBy("A"))?.session.status, "completed");
});

Deno.test("a session that cannot be closed is left, counted and found again, and the others close", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  const [poisoned, ...others] = await overdue(cast, 4, [-100, -1, -1, -1]);
  await poison(sql, poisoned?.id ?? "");
  const run = await runJob(sql, "session_cleanup");
  assertEquals([run.success, run.details], [true, { processed: 3, opened: 0, closed: 3, failed: 1 }]);
  assertEquals(await openOf(cast), [poisoned?.id]);
  // What it had begun is undone: no end in the ledger, nobody told.
  assertEquals(await poisoned?.ledger(), "session_created session_started bid_placed");
  assertEquals(await endsOf(cast, poisoned?.id ?? ""), { closed: 0, results: 0, told: 0, toldTwice: 0 });
  for (const stage of others) assertEquals((await stage.seenBy("A")).session.status, "completed");

  await sql`drop trigger poisoned on public.bidding_results`;
  assertEquals((await runJob(sql, "session_cleanup")).details, {
    processed: 1,
    opened: 0,
    closed: 1,
    failed: 0,
  });
  await poisoned?.assertHonest();
});

Deno.test("draining a job commits after every run, and ends where nothing more is done", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  await sql.unsafe(`
    create table private.work (left_over integer, seen xid8[]);
    insert into private.work values (3, '{}');
    create function private.work_off() returns jsonb language plpgsql set search_path = '' as $$
    declare
      done integer;
    begin
      update private.work as w
      set left_over = w.left_over - 1, seen = w.seen || pg_current_xact_id()
      returning w.left_over + 1 into done;
      return jsonb_build_object('processed', greatest(0, done));
    end
    $$`);
  await sql`call private.drain_job('work_off')`;
  const [row] = await sql<{ runs: number; transactions: number; left: number }[]>`
    select cardinality(seen) as runs, left_over as left,
      (select count(distinct s)::integer from unnest(seen) as s) as transactions
    from private.work`;
  assertEquals<unknown>({ ...row }, { runs: 4, transactions: 4, left: -1 });
  await sql`update private.work set left_over = 100, seen = '{}'`;
  await sql`call private.drain_job('work_off', 5)`;
  const [capped] = await sql`select cardinality(seen) as runs from private.work`;
  assertEquals<unknown>({ ...capped }, { runs: 5 });
  await sql`drop function private.work_off`;
  await sql`drop table private.work`;
});

Deno.test("draining closes what is due and is not kept busy by a session that cannot be closed", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  const [poisoned] = await overdue(cast, 3);
  await poison(sql, poisoned?.id ?? "");
  await sql`call private.drain_job('session_cleanup')`;
  assertEquals(await openOf(cast), [poisoned?.id]);
  const runs = await sql<{ processed: number }[]>`
    select processed::integer from private.job_runs where job = 'session_cleanup' order by id`;
  assertEquals(runs.map(({ processed }) => processed), [2, 0]);
  await sql`drop trigger poisoned on public.bidding_results`;
});

/** Sessions with a bid, so many seconds past their deadline. */
async function overdue(
  cast: BiddingCast,
  count: number,
  seconds: readonly number[] = [],
): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  for (let index = 0; index < count; index++) {
    const stage = await openStage(cast);
    await stage.bid("A", 100_000);
    await stage.leave(seconds[index] ?? -1);
    stages.push(stage);
  }
  return stages;
}

/** Lets every attempt to decide a session fail. */
async function poison(sql: postgres.Sql, sessionId: string): Promise<void> {
  await sql.unsafe(`
    create function public.poison() returns trigger language plpgsql as $$ begin raise 'Poisoned'; end $$;
    create trigger poisoned before insert on public.bidding_results
      for each row when (new.session_id = '${sessionId}') execute function public.poison()`);
}

async function closeDue(sql: postgres.Sql, most = 500): Promise<{ readonly processed: number }> {
  const [row] = await sql<
    { run: { processed: number } }[]
  >`select private.close_due_sessions(${most}) as run`;
  return row?.run ?? { processed: 0 };
}

async function openOf({ sql }: BiddingCast): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select session_id as id from public.bidding_sessions where status = 'active' order by session_id::text collate "C"`;
  return rows.map(({ id }) => id);
}
