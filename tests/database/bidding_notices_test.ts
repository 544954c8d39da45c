import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type postgres from "postgres";
import { inboxOf, nightOf, noticesOf, type NotificationView, runJob, told } from "../support/bidding_desk.ts";
import { biddingCast, openStage, type Stage } from "../support/bidding_stage.ts";
import { callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { succeeded } from "../support/tasks.ts";

/** Ceilings that nothing in these sessions exhausts; no other number here holds their digits. */
const SECRETS = [777_123, 888_456];

Deno.test("each thing that happens is told once, to whom it concerns", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { softCloseSeconds: 60 }, "ABC");
  await stage.bid("A", 100_000);
  await stage.bid("B", 110_000);
  await stage.ceiling("A", 777_123);
  await stage.bid("C", 150_000);
  await stage.leave(600);
  for (let times = 0; times < 3; times++) await runJob(cast.sql, "expiration_warnings");
  await stage.leave(30);
  await stage.ceiling("B", 888_456);
  await stage.end();
  for (let times = 0; times < 3; times++) await runJob(cast.sql, "session_cleanup");
  const started = "session_started";
  const late = "session_ending_soon session_extended";
  assertEquals(
    await told(stage, "A"),
    // B passed him twice, and C was answered by his ceiling.
    `${started} outbid auto_bid_triggered session_ending_soon outbid session_extended loser_compensation`,
  );
  assertEquals(await told(stage, "B"), `${started} outbid ${late} winner_announcement`);
  assertEquals(await told(stage, "C"), `${started} ${late} winner_announcement`);
  await assertSecretsKept(cast.sql);
});

Deno.test("what stands in an inbox was sent once on its owner's topic, as he reads it", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  // The first bid is late enough to move the end.
  const stage = await openStage(cast, { roundDurationSeconds: 200, softCloseSeconds: 3600 });
  await stage.ceiling("A", 777_123);
  await stage.bid("B", 110_000);
  await runJob(cast.sql, "expiration_warnings");
  await stage.withdraw("B");
  const cancelled = await openStage(cast);
  await callAs(cast.sql, service, "announce_maintenance", { message: "Back at noon" });
  await cancelled.cancel();
  const types = new Set<string>();
  for (const letter of "AB") {
    const inbox = await inboxOf(cast.sql, stage.who(letter));
    const sent = await cast.sql<{ event: string; payload: NotificationView }[]>`
      select event, payload from realtime.messages
      where topic = ${`user:${stage.who(letter).userId}`} and private`;
    const byId = new Map(sent.map(({ event, payload }) => [payload.id, { ...payload, type: event }]));
    assertEquals([sent.length, inbox.map(({ id }) => byId.get(id))], [inbox.length, [...inbox]]);
    for (const { type } of inbox) types.add(type);
  }
  assertEquals([...types].sort(), [
    "auto_bid_triggered",
    "loser_compensation",
    "session_cancelled",
    "session_extended",
    "session_started",
    "system_maintenance",
    "winner_announcement",
  ]);
});

Deno.test("notices speak plainly, and say the same to programs", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(
    cast,
    { softCloseSeconds: 60, currency: "EUR", startingBidCents: 99_905 },
    "ABC",
  );
  const night = `the night of ${(await nightOf(stage)).targetNight}`;
  await stage.ceiling("A", 777_123);
  const minute = async () => (await stage.seenBy("A")).session.expiresAt.slice(0, 16).replace("T", " ");

  await t.step("session_started", async () => {
    const { title, message, data } = await lastOf(stage, "A");
    assertEquals(title, "Bidding has started");
    assertEquals(
      message,
      `Bidding for ${night} is open until ${await minute()} UTC and starts at EUR 999.05`,
    );
    assertEquals(data, { startingBidCents: 99_905, expiresAt: (await stage.seenBy("A")).session.expiresAt });
  });
  await t.step("auto_bid_triggered", async () => {
    await stage.bid("B", 150_000);
    const { title, message, data } = await lastOf(stage, "A");
    assertEquals(title, "Your auto-bid answered a rival");
    assertEquals(message, `You still lead for ${night}, now at EUR 1650.00`);
    assertEquals(data, { priceCents: 165_000 });
  });
  await t.step("session_ending_soon", async () => {
    await stage.leave(600);
    await runJob(cast.sql, "expiration_warnings");
    const { title, message, data } = await lastOf(stage, "C");
    assertEquals(title, "Bidding ends soon");
    assertEquals(message, `Bidding for ${night} ends at ${await minute()} UTC, in about 10 minutes`);
    assertEquals(Object.keys(data).sort(), ["expiresAt", "secondsLeft"]);
  });
  await t.step("outbid", async () => {
    await stage.ceiling("B", 888_456);
    const { title, message, data } = await lastOf(stage, "A");
    // 777123 had to bite: that it was beaten tells it, and this notice tells its owner alone.
    assertEquals(title, "You were outbid");
    assertEquals(message, `Somebody leads for ${night} at EUR 8548.36; the next bid is at least EUR 9403.20`);
    assertEquals(data, { priceCents: 854_836, minimumNextCents: 940_320 });
  });
  await t.step("session_extended", async () => {
    await stage.leave(30);
    await stage.bid("C", 950_000);
    const { title, message, data } = await lastOf(stage, "A");
    assertEquals(title, "Bidding was extended");
    assertEquals(message, `A late bid moved the end of bidding for ${night} to ${await minute()} UTC`);
    assertEquals(data, { expiresAt: (await stage.seenBy("A")).session.expiresAt });
  });
  await t.step("the end", async () => {
    await stage.end();
    const [winner, loser, third] = [
      await lastOf(stage, "C"),
      await lastOf(stage, "B"),
      await lastOf(stage, "A"),
    ];
    assertEquals([winner.title, winner.message], ["Bidding has ended", `You won ${night} at EUR 9500.00`]);
    assertEquals(winner.data, { winner: "C", youWon: true, priceCents: 950_000 });
    assertEquals(loser.title, "You are compensated");
    assertEquals(loser.message, `You did not win ${night}; you receive EUR 2375.00`);
    assertEquals(loser.data, { winner: "C", compensationCents: 237_500 });
    assertEquals([third.title, third.message], ["Bidding has ended", `C won ${night}`]);
    assertEquals(third.data, { winner: "C", youWon: false });
  });
  await t.step("session_cancelled", async () => {
    const other = await openStage(cast);
    await other.cancel("The roof leaks");
    const { title, message, data } = await lastOf(other, "B");
    assertEquals([title, message], [
      "Bidding was cancelled",
      `Bidding for ${night} was cancelled: The roof leaks`,
    ]);
    assertEquals(data, { reason: "The roof leaks" });
  });
});

Deno.test("an inbox hears of extensions once a minute, the ledger of all of them", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { roundDurationSeconds: 20, softCloseSeconds: 600, maxRounds: 10 });
  for (let step = 0; step < 5; step++) {
    const cents = present((await stage.seenBy("A")).session.minimumNextCents, "a live session");
    succeeded(await stage.bid(step % 2 === 0 ? "A" : "B", cents));
  }
  const extended = (await stage.seenBy("A")).events?.filter(({ type }) => type === "session_extended") ?? [];
  const minutes = new Set(extended.map(({ at }) => Math.floor(Math.round(Date.parse(`${at}`) / 1000) / 60)));
  for (const letter of "AB") {
    const heard = (await noticesOf(stage, letter)).filter(({ type }) => type === "session_extended");
    assertEquals([letter, extended.length, heard.length], [letter, 5, minutes.size]);
  }
});

Deno.test("a loser to whom nothing is owed is told who won, not that he is compensated", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { compensationBps: 0 });
  await stage.bid("A", 100_000);
  await stage.withdraw("B");
  const { type, data } = await lastOf(stage, "B");
  assertEquals<unknown>([type, data], ["winner_announcement", {
    winner: "A",
    youWon: false,
    priceCents: 100_000,
  }]);
});

Deno.test("a challenger who is answered at once hears it as his answer alone", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.ceiling("A", 777_123);
  const answer = succeeded(await stage.ceiling("B", 200_000));
  assertMatch(answer.body.message ?? "", /outbid at once/);
  assertEquals([await told(stage, "A"), await told(stage, "B")], [
    "session_started auto_bid_triggered",
    "session_started",
  ]);
  // What changes nothing that others can see is told to nobody.
  await stage.ceiling("A", 888_456);
  await stage.ceiling("B", null);
  assertEquals([await told(stage, "A"), await told(stage, "B")], [
    "session_started auto_bid_triggered",
    "session_started",
  ]);
  await assertSecretsKept(cast.sql);
});

async function lastOf(stage: Stage, letter: string): Promise<NotificationView> {
  return present((await noticesOf(stage, letter)).at(-1), "a notification");
}

/** Nothing that was told, by whatever way, holds a ceiling that stands. */
async function assertSecretsKept(sql: postgres.Sql): Promise<void> {
  const rows = await sql<{ text: string }[]>`
    select n.data::text || private.notification_json(n, s)::text as text
    from public.bidding_notifications as n join public.bidding_sessions as s using (session_id)
    union all select payload::text from realtime.messages
    union all select payload::text from private.outbox`;
  const all = rows.map(({ text }) => text).join("\n");
  assertStringIncludes(all, "session_started");
  const digits = SECRETS.flatMap((cents) => [`${cents}`, `${cents / 100}`]);
  assertEquals(digits.filter((secret) => all.includes(secret)), []);
}
