import { assertEquals } from "@std/assert";
import { noticesOf, runJob, told } from "../support/bidding_desk.ts";
import { biddingCast, openStage, type Stage } from "../support/bidding_stage.ts";
import { callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { succeeded } from "../support/tasks.ts";

Deno.test("the end is warned of once, a quarter of an hour before it, with the time that is truly left", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const warned = async (stage: Stage) =>
    (await noticesOf(stage, "A")).filter(({ type }) => type === "session_ending_soon");
  const [far, near, brief, over, pending] = [
    await openStage(cast),
    await openStage(cast),
    await openStage(cast, { maxRounds: 1, roundDurationSeconds: 600 }),
    await openStage(cast),
    await openStage(cast, {
      startsAt: new Date(Date.now() + 60_000),
      maxRounds: 1,
      roundDurationSeconds: 60,
    }),
  ];
  await far.leave(905);
  await near.leave(895);
  await over.leave(-1);
  const run = await runJob(cast.sql, "expiration_warnings");
  assertEquals([run.processed, run.details], [2, { processed: 2, told: 4 }]);
  const counts = await Promise.all(
    [far, near, brief, over, pending].map(async (stage) => (await warned(stage)).length),
  );
  assertEquals(counts, [0, 1, 1, 0, 0]);
  for (const [stage, left] of [[near, 895], [brief, 600]] as const) {
    const { secondsLeft, expiresAt } = present((await warned(stage))[0], "a warning").data;
    assertEquals(expiresAt, (await stage.seenBy("A")).session.expiresAt);
    // As much as was left when it was told: the test itself took some of it.
    assertEquals(
      [Number(secondsLeft) <= left, Number(secondsLeft) > left - 60],
      [true, true],
      `${secondsLeft}`,
    );
  }
  assertEquals((await runJob(cast.sql, "expiration_warnings")).details, { processed: 0, told: 0 });
  await far.leave(800);
  assertEquals((await runJob(cast.sql, "expiration_warnings")).details, { processed: 1, told: 2 });
});

Deno.test("a bid that moves the end does not bring a second warning", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { softCloseSeconds: 600 });
  await stage.leave(300);
  await runJob(cast.sql, "expiration_warnings");
  await stage.bid("A", 100_000);
  await runJob(cast.sql, "expiration_warnings");
  assertEquals(await told(stage, "B"), "session_started session_ending_soon session_extended");
});

Deno.test("maintenance is told once to everybody in live sessions, and again when it is said again", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [live, pending, ended, other] = [
    await openStage(cast, {}, "ABC"),
    await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000) }, "AD"),
    await openStage(cast, {}, "AE"),
    await openStage(cast, { roundDurationSeconds: 600 }, "DE"),
  ];
  await live.withdraw("C");
  await ended.cancel();
  const message = "Bidding pauses at noon for ten minutes";
  for (const caller of [cast.admin, service]) {
    const { body } = succeeded(await callAs(cast.sql, caller, "announce_maintenance", { message }));
    // A, B, D and E, each by the first of his sessions to end.
    assertEquals<unknown>(body, { success: true, count: 4 });
  }
  const heard = async (stage: Stage, letter: string) =>
    (await noticesOf(stage, letter)).filter(({ type }) => type === "system_maintenance");
  const told = [
    ...[[live, "A", 2], [live, "B", 2], [live, "C", 0], [pending, "A", 0], [pending, "D", 0]] as const,
    ...[[other, "D", 2], [other, "E", 2], [ended, "A", 0], [ended, "E", 0]] as const,
  ];
  for (const [stage, letter, times] of told) {
    const notices = await heard(stage, letter);
    assertEquals([letter, notices.length], [letter, times]);
    for (const { title, message: text, data } of notices) {
      assertEquals<unknown>([title, text, data], ["Maintenance", message, { message }]);
    }
  }
});

Deno.test("a maintenance has something to say, and is announced by admins and the service", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await openStage(cast);
  for (const message of [null, "", " \t\n", "x".repeat(2001)]) {
    const { status, body } = await callAs(cast.sql, service, "announce_maintenance", { message });
    assertEquals([status, body.code], [400, "invalid_request"]);
  }
  const { status, body } = await callAs(cast.sql, cast.outsider, "announce_maintenance", { message: "Boo" });
  assertEquals([status, body.code], [403, "not_allowed"]);
  const longest = "😀".repeat(2000);
  assertEquals((await callAs(cast.sql, service, "announce_maintenance", { message: longest })).body.count, 2);
});
