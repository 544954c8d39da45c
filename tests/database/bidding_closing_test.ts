import { assert, assertEquals } from "@std/assert";
import { noticesOf, runJob } from "../support/bidding_desk.ts";
import { type BiddingBody, biddingCast, codeOf, openStage } from "../support/bidding_stage.ts";
import { callAs, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";

Deno.test("a cancellation that comes after the deadline finds the result, and the admin is told its money", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.bid("A", 100_000);
  await stage.leave(-1);
  const answer = await stage.cancel();
  assertEquals([answer.status, codeOf(answer)], [409, "session_closed"]);
  assertEquals(answer.body.details?.status, "completed");
  assertEquals<unknown>(answer.body.details?.result, {
    outcome: "completed",
    winner: "A",
    winningBidCents: 100_000,
    compensationCents: 25_000,
    platformRevenueCents: 75_000,
  });
  const [row] = await cast.sql`select status, cancellation_reason as reason from public.bidding_sessions`;
  assertEquals({ ...row }, { status: "completed", reason: null });
  const silent = await openStage(cast);
  await silent.leave(-1);
  const refused = await silent.cancel();
  assertEquals([codeOf(refused), refused.body.details?.status], ["session_closed", "expired"]);
});

Deno.test("the job closes what is over and leaves what is not", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [won, silent, open, pending] = [
    await openStage(cast),
    await openStage(cast),
    await openStage(cast),
    await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000) }),
  ];
  await won.bid("A", 100_000);
  await open.bid("A", 100_000);
  for (const stage of [won, silent]) await stage.leave(-1);
  const run = await runJob(cast.sql, "session_cleanup");
  assertEquals([run.processed, run.details], [2, { processed: 2, opened: 0, closed: 2, failed: 0 }]);
  const stages = [won, silent, open, pending];
  const statuses = await Promise.all(stages.map(async (stage) => (await stage.seenBy("A")).session.status));
  assertEquals(statuses, ["completed", "expired", "active", "pending"]);
  assertEquals((await runJob(cast.sql, "session_cleanup")).processed, 0);
  for (const stage of stages) await stage.assertHonest();
});

Deno.test("a session is called off with and without bids, and everybody in it is told why", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const startsAt of [null, new Date(Date.now() + 3_600_000)]) {
    for (const isBidOn of startsAt ? [false] : [true, false]) {
      const stage = await openStage(cast, { startsAt }, "ABC");
      if (isBidOn) await stage.bid("A", 100_000);
      const answer = await stage.cancel("The roof leaks");
      assertEquals([answer.status, answer.body.session?.status], [200, "cancelled"]);
      assert(answer.body.session?.endedAt);
      const { session, result, events } = await stage.seenBy("B");
      assertEquals([session.status, session.currentPriceCents], ["cancelled", isBidOn ? 100_000 : null]);
      assertEquals([result?.outcome, result?.winner, result?.winningBidCents], ["cancelled", null, null]);
      const { type, outcome, winner } = { ...events?.at(-1) };
      assertEquals([type, outcome, winner], ["session_closed", "cancelled", null]);
      assertEquals(await stage.result(), undefined);
      for (const letter of "ABC") {
        const last = (await noticesOf(stage, letter)).at(-1);
        assertEquals([last?.type, last?.data], ["session_cancelled", { reason: "The roof leaks" }]);
      }
      const again = await stage.cancel("Once more");
      assertEquals([codeOf(again), again.body.details?.status], ["session_closed", "cancelled"]);
      assertEquals(codeOf(await stage.bid("B", 200_000)), "session_closed");
      await stage.assertHonest();
    }
  }
});

Deno.test("a cancellation needs a reason of 1 to 2000 characters and a session that exists", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  for (const reason of [null, "", " \n", "x".repeat(2001)]) {
    const args = { ["session_id"]: stage.id, reason };
    const { status, body } = await callAs<BiddingBody>(cast.sql, service, "cancel_session", args);
    assertEquals([status, body.code], [400, "invalid_request"]);
  }
  for (const id of [crypto.randomUUID(), null]) {
    const args = { ["session_id"]: id, reason: "x" };
    const { status, body } = await callAs<BiddingBody>(cast.sql, service, "cancel_session", args);
    assertEquals([status, body.code], [404, "not_found"]);
  }
  assertEquals(codeOf(await stage.cancel("😀".repeat(2000))), "ok");
});

Deno.test("how much changed hands is for the winner, who is compensated, and admins; others see who won", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "ABC");
  await stage.bid("A", 100_000);
  await stage.bid("B", 200_000);
  await stage.end();
  const money = { winningBidCents: 200_000, compensationCents: 50_000, platformRevenueCents: 150_000 };
  const nothing = { winningBidCents: null, compensationCents: null, platformRevenueCents: null };
  const outcome = { outcome: "completed", winner: "B" };
  assertEquals((await stage.seenBy("B")).result, { ...outcome, ...money });
  assertEquals((await stage.seenBy("A")).result, { ...outcome, ...money });
  assertEquals((await stage.seenBy("C")).result, { ...outcome, ...nothing });
  const args = { ["session_id"]: stage.id };
  const admin = await readOnlyCallAs<BiddingBody>(cast.sql, cast.admin, "get_session", args);
  assertEquals(admin.body.result, { ...outcome, ...money });
  const outsider = await readOnlyCallAs<BiddingBody>(cast.sql, cast.outsider, "get_session", args);
  assertEquals([outsider.status, codeOf(outsider), outsider.body.details], [403, "not_a_participant", null]);
  // The refusal of a late bid tells as much as get_session does.
  assertEquals((await stage.bid("C", 300_000)).body.details?.result, { ...outcome, ...nothing });
  assertEquals((await stage.bid("A", 300_000)).body.details?.result, { ...outcome, ...money });
});
