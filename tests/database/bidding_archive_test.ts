import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { failedJob, runJob, settle } from "../support/bidding_desk.ts";
import { biddingCast, openStage, sessionDraft, type Stage } from "../support/bidding_stage.ts";
import { readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { cancelled, decided, endedAgo, longEnded, paid } from "../support/ended_sessions.ts";
import { crowdOf } from "../support/races.ts";
import { STORY_TABLES, storyOf } from "../support/session_story.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { succeeded } from "../support/tasks.ts";

const DAY = 86_400;

Deno.test("a session goes to the archive whole", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  const before = await storyOf(cast.sql, stage.id);
  assertEquals(
    ["bids", "details", "notifications"].map((part) => Array.isArray(before[part]) && before[part].length),
    [4, 3, 6],
  );
  const run = await runJob(cast.sql, "archive_sessions");
  assertEquals([run.success, run.processed], [true, 1]);
  const [archived] = await cast.sql<{ document: unknown; days: number }[]>`
    select document, floor(extract(epoch from archived_at - ended_at) / 86400)::integer as days
    from private.archived_sessions where session_id = ${stage.id}`;
  assertEquals([archived?.document, archived?.days], [before, 31]);
  const after = await storyOf(cast.sql, stage.id);
  assertEquals(Object.values(after), [null, before.result, ...STORY_TABLES.map(() => [])]);
});

Deno.test("sessions go 30 days after their end, and not before", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const endings: readonly ((stage: Stage) => Promise<unknown>)[] = [
    (stage) => stage.end(),
    (stage) => stage.cancel(),
    async (stage) => {
      await stage.bid("A", 100_000);
      await stage.withdraw("B");
      await paid(stage);
    },
  ];
  const old: string[] = [];
  for (const end of endings) {
    for (const days of [30.01, 29.99]) {
      const stage = await openStage(cast);
      await end(stage);
      await endedAgo(stage, days);
      if (days > 30) old.push(stage.id);
    }
  }
  await openStage(cast);
  await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000) });
  const forgotten = await openStage(cast);
  await forgotten.leave(-40 * DAY);
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 3);
  assertEquals(await archivedIn(cast.sql), old.sort());
  // What was never closed has not ended: it is closed first, and its 30 days begin.
  await runJob(cast.sql, "session_cleanup");
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 0);
  assertEquals((await forgotten.seenBy("A")).session.status, "expired");
});

Deno.test("what is owed is settled and refunded after the archive as before it", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await decided(cast);
  succeeded(await settle(stage, { side: "payment", status: "failed" }));
  await endedAgo(stage, 31);
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 1);
  for (
    const [side, status] of [["payment", "completed"], ["payout", "completed"], [
      "payment",
      "refunded",
    ]] as const
  ) {
    const { settlement } = succeeded(await settle(stage, { side, status })).body;
    assertEquals(settlement?.[side === "payment" ? "paymentStatus" : "payoutStatus"], status);
  }
  const args = { ["resource_type"]: "settlement", ["resource_id"]: stage.id };
  assertEquals<unknown>(succeeded(await readOnlyCallAs(cast.sql, service, "verify_audit", args)).body, {
    ok: true,
    firstBrokenSeq: null,
  });
});

Deno.test("the archive takes a session once: again, twice at once, and by many at the same time", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (let count = 0; count < 6; count++) await endedAgo(await cancelled(cast), 31);
  await cast.sql.begin(async (first) => {
    await first`select private.run_job('archive_sessions')`;
    assertEquals((await runJob(cast.sql, "archive_sessions")).status, "skipped");
  });
  assertEquals((await archivedIn(cast.sql)).length, 6);
  for (let count = 0; count < 24; count++) await endedAgo(await cancelled(cast), 31);
  await using crowd = crowdOf(database.url, 8);
  const moved = await Promise.all(Array.from({ length: 8 }, async () => {
    const [row] = await crowd.sql<{ moved: number }[]>`
      select (private.archive_sessions() ->> 'processed')::integer as moved`;
    return row?.moved ?? 0;
  }));
  assertEquals(moved.reduce((sum, each) => sum + each), 24);
  assertEquals((await archivedIn(cast.sql)).length, 30);
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 0);
});

Deno.test("a run moves two hundred sessions at most, those that ended first, and the next one the rest", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const draft = { ...sessionDraft(cast), propertyId: null };
  await cast.sql`
    select api.create_session(${
    cast.sql.json(draft)
  }::jsonb || jsonb_build_object('propertyId', gen_random_uuid()))
    from generate_series(1, 203)`;
  await cast.sql`select private.close_session(s, 'system', 'test', 'Done') from public.bidding_sessions as s`;
  await withoutTriggers(database, (sql) =>
    sql`
      update public.bidding_sessions as s set ended_at = s.ended_at - make_interval(days => 31, mins => n.number::integer)
      from (select session_id, row_number() over (order by session_id) as number from public.bidding_sessions) as n
      where n.session_id = s.session_id`);
  const latest = await cast.sql<{ id: string }[]>`
    select session_id as id from public.bidding_sessions order by ended_at desc limit 3`;
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 200);
  const left = await cast.sql<{ id: string }[]>`select session_id as id from public.bidding_sessions`;
  assertEquals(left.map(({ id }) => id).sort(), latest.map(({ id }) => id).sort());
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 3);
});

Deno.test("a session that cannot be archived stays where it is, whole", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  const before = await storyOf(cast.sql, stage.id);
  await cast.sql.unsafe(`
    create function public.refuse() returns trigger language plpgsql as $$ begin raise 'No room'; end $$;
    create trigger full_up before insert on private.archived_sessions for each row execute function public.refuse()`);
  assertEquals((await failedJob(cast.sql, "archive_sessions")).status, "failed");
  await cast.sql`drop trigger full_up on private.archived_sessions`;
  assertEquals(await storyOf(cast.sql, stage.id), before);
  await stage.assertHonest();
});

async function archivedIn(sql: postgres.Sql): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`select session_id as id from private.archived_sessions`;
  return rows.map(({ id }) => id).sort();
}
