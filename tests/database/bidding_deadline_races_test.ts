import { assert, assertEquals } from "@std/assert";
import {
  type CrowdStage,
  crowdStage,
  endsOf,
  racingForSession,
  untilPast,
} from "../support/bidding_races.ts";
import {
  type BiddingAnswer,
  type BiddingBody,
  codeOf,
  type ResultView,
  sessionDraft,
  type Stage,
} from "../support/bidding_stage.ts";
import { callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { passTime } from "../support/session_time.ts";

const START = 100_000;
const BIDDERS = 12;

type Racer = () => Promise<BiddingAnswer>;

/** Everybody who finds that a session is over, but the jobs: bids, ceilings, withdrawals, an admin. */
function latecomers({ stage, names }: CrowdStage): Racer[] {
  const moves = names.map((name, index) => () => {
    if (index % 4 === 2) return stage.ceiling(name, 900_000 + index);
    if (index % 4 === 3) return stage.withdraw(name);
    return stage.bid(name, 150_000 + index);
  });
  return [...moves, () => stage.cancel()];
}

/** Somebody wants the same night for the next session. */
function nextSession({ cast }: Stage, propertyId: string): Promise<BiddingAnswer> {
  const session = sessionDraft(cast, { propertyId });
  return callAs<BiddingBody>(cast.sql, cast.admin, "create_session", { session });
}

/** How many sessions the job closed. */
async function cleanUp({ cast: { sql } }: Stage): Promise<number> {
  const { body } = await callAs<{ details: { closed?: number } }>(sql, service, "session_cleanup");
  return body.details.closed ?? 0;
}

/** All were told of one end, which is the one that stands, with the money where they may see it. */
async function assertToldOfOneEnd(stage: Stage, answers: readonly BiddingAnswer[]): Promise<void> {
  assertEquals(answers.map(codeOf), answers.map(() => "session_closed"));
  const { session, result } = await stage.seenBy("P1");
  for (const { body } of answers) {
    const { status, endedAt, result: told } = body.details as {
      status: string;
      endedAt: string;
      result: ResultView;
    };
    assertEquals([status, endedAt, told.outcome, told.winner], [
      session.status,
      session.endedAt,
      result?.outcome,
      result?.winner,
    ]);
    assert(told.winningBidCents === null || told.winningBidCents === result?.winningBidCents);
  }
  await stage.assertHonest();
}

Deno.test("who waits on the lock past the deadline is refused, and whoever is served first ends the session, once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const propertyId = crypto.randomUUID();
  await using crowd = await crowdStage(database, BIDDERS, { propertyId, softCloseSeconds: 0 });
  const { stage } = crowd;
  await stage.bid("P1", START);
  await stage.bid("P2", 110_000);
  const { seq } = (await stage.seenBy("P1")).session;
  await stage.leave(3);
  let [cameInTime, closedByTheJob] = [0, -1];
  const answers = await racingForSession(sql, stage.id, [
    ...latecomers(crowd),
    // Comes when the deadline has passed, the row still held: the job has to leave it to those who wait.
    async () => {
      await untilPast(sql, stage.id);
      cameInTime = await waitingSinceBefore(stage);
      closedByTheJob = await cleanUp(stage);
      return await nextSession(stage, propertyId);
    },
  ]);

  assert(cameInTime > 0, "Expected somebody to wait since before the deadline but found nobody");
  assertEquals([closedByTheJob, answers.at(-1)?.status], [0, 201]);
  await assertToldOfOneEnd(stage, answers.slice(0, -1));
  assertEquals(await endsOf(stage.cast, stage.id), { closed: 1, results: 1, told: BIDDERS, toldTwice: 0 });
  assertEquals(await stage.result(), {
    winner: "P2",
    loser: "P1",
    winning: 110_000,
    compensation: 27_500,
    revenue: 82_500,
    payout: "pending",
    currency: "USD",
  });
  // Nothing but the end was added to the ledger.
  assertEquals((await stage.seenBy("P1")).session.seq, seq + 1);
});

/** How many who wait for a lock began before the session's deadline. */
async function waitingSinceBefore({ cast: { sql }, id }: Stage): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count
    from pg_catalog.pg_stat_activity as a, public.bidding_sessions as s
    where a.datname = current_database() and a.wait_event_type = 'Lock'
      and s.session_id = ${id} and a.xact_start < s.expires_at`;
  return row?.count ?? 0;
}

Deno.test("a session that is over ends once, whoever finds it, all at the same time", async () => {
  await using database = await freshDatabase();
  for (const [bids, outcome] of [[["P1", "P2"], "completed"], [[], "expired"]] as const) {
    const propertyId = crypto.randomUUID();
    await using crowd = await crowdStage(database, BIDDERS, { propertyId });
    const { stage } = crowd;
    for (const [index, name] of bids.entries()) await stage.bid(name, START + index * 10_000);
    await stage.leave(-1);
    const late = Promise.all(latecomers(crowd).map((racer) => racer()));
    const next = nextSession(stage, propertyId);
    const closed = await Promise.all([cleanUp(stage), cleanUp(stage), cleanUp(stage)]);

    assert(closed.reduce((sum, each) => sum + each) <= 1, closed.join());
    assertEquals((await next).status, 201);
    await assertToldOfOneEnd(stage, await late);
    assertEquals((await stage.seenBy("P1")).session.status, outcome);
    const isCompleted = outcome === "completed";
    assertEquals(await endsOf(stage.cast, stage.id), {
      closed: 1,
      results: Number(isCompleted),
      told: isCompleted ? BIDDERS : 0,
      toldTwice: 0,
    });
  }
});

Deno.test("a session that is due opens once, whoever finds it, all at the same time", async () => {
  await using database = await freshDatabase();
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  await using crowd = await crowdStage(database, BIDDERS, { startsAt });
  const { stage, names } = crowd;
  assertEquals(codeOf(await stage.bid("P1", START)), "session_not_started");
  await start(stage);
  const [answers] = await Promise.all([
    Promise.all(names.map((name) => stage.bid(name, START))),
    cleanUp(stage),
    cleanUp(stage),
  ]);
  assertEquals(answers.map(codeOf).sort(), [...Array(BIDDERS - 1).fill("bid_too_low"), "ok"]);
  assertEquals(await stage.ledger(), "session_created session_started bid_placed");
  const [told] = await database.sql<{ count: number }[]>`
    select count(*)::integer as count from public.bidding_notifications as n
    where n.session_id = ${stage.id} and n.type = 'session_started'`;
  assertEquals(told?.count, BIDDERS);
  await stage.assertHonest();
});

async function start({ cast: { database }, id }: Stage): Promise<void> {
  await passTime(database, id, { untilStart: -1 });
}
