import { assertEquals } from "@std/assert";
import { runJob, told } from "../support/bidding_desk.ts";
import { endsOf } from "../support/bidding_races.ts";
import { biddingCast, codeOf, openStage } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";

Deno.test("of two the one who does not lead leaves the night to the leader, and is compensated", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.bid("A", 100_000);
  const answer = await stage.withdraw("B");
  assertEquals([answer.status, answer.body.session?.status], [200, "completed"]);
  assertEquals(answer.body.message, "You have withdrawn; bidding has ended");
  assertEquals(
    await stage.ledger(),
    "session_created session_started bid_placed participant_withdrawn session_closed",
  );
  assertEquals(await stage.result(), {
    winner: "A",
    loser: "B",
    winning: 100_000,
    compensation: 25_000,
    revenue: 75_000,
    payout: "pending",
    currency: "USD",
  });
  assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
  assertEquals(codeOf(await stage.withdraw("B")), "session_closed");
  await stage.assertHonest();
});

Deno.test("a leader cannot leave: his bid stands", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.ceiling("A", 500_000);
  const refusal = await stage.withdraw("A");
  assertEquals([refusal.status, codeOf(refusal)], [409, "leader_cannot_withdraw"]);
  assertEquals(await stage.standing(), "A at 100000");
  assertEquals((await stage.seenBy("B")).participants?.map(({ withdrawn }) => withdrawn), [false, false]);
  // Once he is outbid he may go, and the new leader has the night.
  await stage.ceiling("B", 600_000);
  assertEquals((await stage.withdraw("A")).body.session?.status, "completed");
  assertEquals((await stage.result())?.winner, "B");
});

Deno.test("who has withdrawn neither bids, nor sets a ceiling, nor withdraws again, and is told of no more", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { softCloseSeconds: 3600 }, "ABC");
  await stage.bid("A", 100_000);
  const answer = await stage.withdraw("C");
  assertEquals([answer.status, answer.body.session?.status, answer.body.message], [
    200,
    "active",
    "You have withdrawn",
  ]);
  for (
    const late of [
      await stage.bid("C", 200_000),
      await stage.ceiling("C", 900_000),
      await stage.ceiling("C", null),
    ]
  ) {
    assertEquals([late.status, codeOf(late)], [409, "participant_withdrawn"]);
  }
  assertEquals(codeOf(await stage.withdraw("C")), "participant_withdrawn");
  const seen = await stage.seenBy("C");
  assertEquals(seen.participants?.map(({ alias, withdrawn }) => [alias, withdrawn]), [
    ["A", false],
    ["B", false],
    ["C", true],
  ]);
  const left = seen.events?.at(-1);
  assertEquals([left?.type, left?.participant], ["participant_withdrawn", "C"]);
  await stage.leave(600);
  await stage.bid("B", 110_000);
  await runJob(cast.sql, "expiration_warnings");
  assertEquals(await told(stage, "A"), "session_started outbid session_extended");
  assertEquals(await told(stage, "C"), "session_started");
  await stage.assertHonest();
});

Deno.test("of three the session goes on until one is left beside nobody", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "ABC");
  await stage.bid("A", 100_000);
  await stage.bid("B", 110_000);
  assertEquals((await stage.withdraw("C")).body.session?.status, "active");
  assertEquals(codeOf(await stage.bid("A", 121_000)), "ok");
  assertEquals((await stage.withdraw("B")).body.session?.status, "completed");
  // The money goes to the highest of the others, whether he stayed to the end or not.
  assertEquals([(await stage.result())?.winner, (await stage.result())?.loser], ["A", "B"]);
  await stage.assertHonest();
});

Deno.test("who is left alone without a bid may still take the night, at the price the session starts at", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  assertEquals((await stage.withdraw("B")).body.session?.status, "active");
  assertEquals(codeOf(await stage.bid("A", 100_000)), "ok");
  await stage.end();
  assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
  assertEquals([(await stage.result())?.winner, (await stage.result())?.loser], ["A", "B"]);
  await stage.assertHonest();
});

Deno.test("a session that has not begun may be left as well, and begins for the others", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000) }, "ABC");
  assertEquals((await stage.withdraw("A")).body.session?.status, "pending");
  await stage.leave(60);
  assertEquals((await runJob(cast.sql, "session_cleanup")).details.opened, 1);
  assertEquals([await told(stage, "A"), await told(stage, "B")], ["", "session_started"]);
  assertEquals(codeOf(await stage.bid("A", 100_000)), "participant_withdrawn");
  assertEquals(codeOf(await stage.bid("B", 100_000)), "ok");
  await stage.assertHonest();
});

Deno.test("an outsider has nothing to withdraw from, and is not told whether there is a session", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "AB");
  assertEquals(codeOf(await stage.withdraw("C")), "not_a_participant");
  assertEquals((await stage.seenBy("A")).session.seq, 2);
});
