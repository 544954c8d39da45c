import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { play, played } from "../support/bidding_moves.ts";
import { type BiddingAnswer, biddingCast, codeOf, openStage, type Stage } from "../support/bidding_stage.ts";
import { callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { micros } from "../support/recount.ts";
import { passTime } from "../support/session_time.ts";

const MOVES = ["bids 500000", "ceiling 500000", "clears", "withdraws"];

/** Asks for one value of a session at a moment of the test's choice, and undoes what asking did. */
async function valueOf(stage: Stage, expression: string): Promise<string> {
  const undone = new Error("undone");
  let found = "";
  await stage.cast.sql.begin(async (sql: postgres.TransactionSql) => {
    const rows = await sql.unsafe<{ value: string }[]>(
      `with one as materialized (select b as s from public.bidding_sessions as b where b.session_id = $1)
       select (${expression})::text as value from one`,
      [stage.id],
    );
    found = present(rows[0], "a session").value;
    throw undone;
  }).catch((error) => {
    if (error !== undone) throw error;
  });
  return found;
}

/** How long after it was placed a bid's session ends, in microseconds. */
function leftAfter(answer: BiddingAnswer): bigint {
  const { bid, session } = answer.body;
  return micros(present(session, "a session").expiresAt) - micros(`${bid?.placedAt}`);
}

Deno.test("whoever comes at the deadline itself is late, a microsecond before is in time", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  const statusAt = (moment: string) => valueOf(stage, `(private.at_moment(s, ${moment})).status`);
  assertEquals(await statusAt("(s).expires_at - interval '1 microsecond'"), "active");
  assertEquals(await statusAt("(s).expires_at"), "expired");
  assertEquals(await statusAt("(s).expires_at + interval '1 microsecond'"), "expired");
  await played(stage, "A bids 100000");
  assertEquals(await statusAt("(s).expires_at - interval '1 microsecond'"), "active");
  assertEquals(await statusAt("(s).expires_at"), "completed");
});

Deno.test("a session is open from its start on", async () => {
  await using database = await freshDatabase();
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const stage = await openStage(await biddingCast(database), { startsAt });
  const statusAt = (moment: string) => valueOf(stage, `(private.at_moment(s, ${moment})).status`);
  assertEquals(await statusAt("(s).starts_at - interval '1 microsecond'"), "pending");
  assertEquals(await statusAt("(s).starts_at"), "active");
  // Nobody came while it ran: it opens and closes at once.
  assertEquals(await statusAt("(s).expires_at"), "expired");
});

Deno.test("before the start everybody is told when it is; the first who comes after it opens the session", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of ["bids 100000", "ceiling 100000", "withdraws"]) {
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const stage = await openStage(cast, { startsAt });
    const early = (await play(stage, "A bids 500000, A bids 1, A ceiling 500000, A clears"))
      .map((answer) => [answer.status, codeOf(answer), answer.body.details]);
    const told = (await stage.seenBy("A")).session.startsAt;
    assertEquals(early, Array(4).fill([409, "session_not_started", { startsAt: told }]));
    await passTime(database, stage.id, { untilStart: 30 });
    assertEquals(codeOf(await stage.bid("A", 100_000)), "session_not_started");
    await passTime(database, stage.id, { untilStart: -1 });
    await played(stage, `A ${move}`);
    const [created, started] = (await stage.ledger()).split(" ");
    assertEquals([created, started], ["session_created", "session_started"], move);
    await stage.assertHonest();
  }
});

Deno.test("whoever comes too late closes the session and is told how it ended", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of MOVES) {
    const stage = await openStage(cast);
    await played(stage, "A ceiling 200000, B bids 110000");
    await stage.leave(-1);
    const [late] = await play(stage, `B ${move}`);
    const { endedAt } = (await stage.seenBy("B")).session;
    assertEquals([move, late?.status, late && codeOf(late), late?.body.details], [
      move,
      409,
      "session_closed",
      {
        status: "completed",
        endedAt,
        result: {
          outcome: "completed",
          winner: "A",
          winningBidCents: 121_000,
          compensationCents: 30_250,
          platformRevenueCents: 90_750,
        },
      },
    ]);
    // The refusal was returned, not raised: the close is kept.
    assertEquals((await stage.result())?.winning, 121_000);
    assertEquals(await stage.bids(), "A 100000 leads by proxy, B 110000, A 121000 leads by proxy");
    await stage.assertHonest();
  }
});

Deno.test("a leader who comes too late, and one whose bid is too low, are told that it ended", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of ["A bids 500000", "A bids 1", "B bids 1", "A withdraws", "A ceiling 1"]) {
    const stage = await openStage(cast);
    await played(stage, "A bids 100000");
    await stage.leave(-1);
    const [late] = await play(stage, move);
    assertEquals([move, late && codeOf(late)], [move, "session_closed"]);
    assertEquals((await stage.seenBy("A")).session.status, "completed");
  }
});

Deno.test("one who withdrew is told so while bidding runs, and that it ended afterwards", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of MOVES) {
    const stage = await openStage(cast, {}, "ABC");
    await played(stage, "B withdraws");
    const [early] = await play(stage, `B ${move}`);
    assertEquals([move, early?.status, early && codeOf(early)], [move, 409, "participant_withdrawn"]);
    await stage.leave(-1);
    const [late] = await play(stage, `B ${move}`);
    assertEquals([move, late && codeOf(late)], [move, "session_closed"]);
    assertEquals((await stage.seenBy("A")).session.status, "expired");
  }
});

Deno.test("one who withdrew before the start opens the session like anybody else", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of MOVES) {
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const stage = await openStage(cast, { startsAt });
    await played(stage, "B withdraws");
    await passTime(database, stage.id, { untilStart: -1 });
    const [answer] = await play(stage, `B ${move}`);
    assertEquals([move, answer && codeOf(answer)], [move, "participant_withdrawn"]);
    assertEquals((await stage.seenBy("A")).session.status, "active");
  }
});

Deno.test("an ended session takes nothing, however it ended", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const completed = await openStage(cast);
  await played(completed, "A bids 100000");
  await completed.end();
  const expired = await openStage(cast);
  await expired.end();
  const cancelled = await openStage(cast);
  await played(cancelled, "A bids 100000");
  assertEquals(codeOf(await cancelled.cancel()), "ok");
  for (const [status, stage] of Object.entries({ completed, expired, cancelled })) {
    const before = await stage.seenBy("A");
    for (const letter of "AB") {
      const answers = await play(stage, MOVES.map((move) => `${letter} ${move}`).join(", "));
      assertEquals(answers.map((answer) => [codeOf(answer), answer.body.details?.status]), [
        ...Array(4).fill(["session_closed", status]),
      ]);
    }
    assertEquals(codeOf(await stage.cancel()), "session_closed");
    assertEquals(await stage.seenBy("A"), before);
    await stage.assertHonest();
  }
});

Deno.test("who only looks closes nothing, and sees that no bid is taken any more", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A bids 100000");
  assertEquals((await stage.seenBy("B")).session.acceptsBids, true);
  await stage.leave(0);
  const { session, result } = await stage.seenBy("B");
  assertEquals([session.status, session.acceptsBids, result], ["active", false, null]);
});

Deno.test("an accepted bid in the last seconds leaves so many seconds, by hand, by ceiling, and answered at once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const bids = [
    "A bids 100000",
    "A ceiling 100000",
    "A ceiling 500000, B bids 110000",
    "A ceiling 500000, B ceiling 110000",
  ];
  for (const moves of bids) {
    const stage = await openStage(cast, { softCloseSeconds: 300 });
    const last = present(moves.split(", ").at(-1), "a move");
    if (moves !== last) await played(stage, present(moves.split(", ")[0], "a move"));
    await stage.leave(200);
    const [extended] = await played(stage, last);
    assertEquals([moves, leftAfter(present(extended, "an answer"))], [moves, 300_000_000n]);
    assertEquals((await stage.ledger()).split(" ").at(-1), "session_extended");
    // Time is set anew by the next one, not added.
    const [again] = await played(stage, moves === last ? "B bids 110000" : "B bids 133100");
    assertEquals([moves, leftAfter(present(again, "an answer"))], [moves, 300_000_000n]);
    await stage.assertHonest();
  }
});

Deno.test("the window begins exactly so many seconds before the end", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), { softCloseSeconds: 300 });
  const userId = stage.who("A").userId;
  const movedBy = (left: string) =>
    valueOf(
      stage,
      `((private.challenge(s, private.bidder_in(s, '${userId}'), 100000, true, (s).expires_at - interval '${left}'))` +
        ".session).expires_at - (s).expires_at",
    );
  assertEquals(await movedBy("300.000001 seconds"), "00:00:00");
  assertEquals(await movedBy("300 seconds"), "00:00:00");
  assertEquals(await movedBy("299.999999 seconds"), "00:00:00.000001");
  assertEquals(await movedBy("0.000001 seconds"), "00:04:59.999999");
});

Deno.test("a bid before the window moves nothing, and neither does one where the window is off", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [softCloseSeconds, left] of [[300, 330], [0, 30]] as const) {
    const stage = await openStage(cast, { softCloseSeconds });
    await stage.leave(left);
    const { expiresAt } = (await stage.seenBy("A")).session;
    await played(stage, "A bids 100000, B ceiling 200000");
    assertEquals((await stage.seenBy("A")).session.expiresAt, expiresAt);
    assertEquals((await stage.ledger()).includes("session_extended"), false);
  }
});

Deno.test("only an accepted bid extends: no refusal, no leader's ceiling, no clearing, no withdrawal", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), { maxRounds: 1 }, "ABC");
  await played(stage, "A bids 100000, B bids 110000, A ceiling 121000");
  await stage.leave(60);
  const { expiresAt } = (await stage.seenBy("A")).session;
  const refused = await play(stage, "A bids 200000, B bids 1, C bids 90000000, B bids 140000, C ceiling 1");
  assertEquals(refused.map(codeOf), [
    "already_leading",
    "bid_too_low",
    "bid_too_high",
    "no_rounds_left",
    "ceiling_too_low",
  ]);
  await played(stage, "A ceiling 900000, A clears, B clears, C withdraws");
  assertEquals((await stage.seenBy("A")).session.expiresAt, expiresAt);
});

Deno.test("no bid moves the end beyond its hard end: half an hour after the first, a day after the start", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { softCloseSeconds: 3600, maxRounds: 1, roundDurationSeconds: 7200 });
  await stage.leave(1000);
  const [cut] = await played(stage, "A bids 100000");
  const { expiresAt, hardEndAt } = present(cut?.body.session, "a session");
  assertEquals(expiresAt, hardEndAt);
  assertEquals(leftAfter(present(cut, "an answer")) < 2_800_000_000n, true);
  // There is nothing left to be had: the next bid writes no extension.
  await played(stage, "B bids 110000");
  assertEquals((await stage.ledger()).split(" ").slice(-3), ["bid_placed", "session_extended", "bid_placed"]);
  await stage.assertHonest();

  const whole = await openStage(cast, { softCloseSeconds: 3600, maxRounds: 24 });
  const day = (await whole.seenBy("A")).session;
  assertEquals([day.expiresAt, micros(day.hardEndAt) - micros(day.startsAt)], [
    day.hardEndAt,
    86_400_000_000n,
  ]);
  await whole.leave(60);
  await played(whole, "A bids 100000");
  assertEquals((await whole.ledger()).includes("session_extended"), false);
});

Deno.test("jobs close what is due, once, and leave the rest", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const due = await openStage(cast);
  await played(due, "A bids 100000");
  const running = await openStage(cast);
  await due.leave(-1);
  for (let run = 0; run < 2; run += 1) {
    const { body } = await callAs<Record<string, unknown>>(database.sql, service, "session_cleanup");
    assertEquals([run, body.processed], [run, 1 - run]);
  }
  assertEquals((await due.ledger()).split(" ").filter((type) => type === "session_closed").length, 1);
  assertEquals((await running.seenBy("A")).session.status, "active");
});
