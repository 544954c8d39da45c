import { assertEquals } from "@std/assert";
import { attack, type Target } from "../support/attacks.ts";
import { createSession, inboxOf, settle } from "../support/bidding_desk.ts";
import {
  type BiddingBody,
  type BiddingCast,
  biddingCast,
  openStage,
  sessionDraft,
} from "../support/bidding_stage.ts";
import { callAs, type Caller, service } from "../support/callers.ts";
import { faultOf, writtenSoFar } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { TEXTS } from "../support/hostile_values.ts";
import { present } from "../support/present.ts";
import { succeeded } from "../support/tasks.ts";

const SESSION_FIELDS = ["propertyId", "listingId", "targetNight", "startingBidCents", "currency", "startsAt"]
  .concat("expiresAt", "minimumIncrementBps", "maxRounds", "roundDurationSeconds", "maximumJumpBps")
  .concat("compensationBps", "compensationPolicy", "softCloseSeconds", "participants", "participants.0")
  .concat(
    "participants.1.userId",
    "participants.1.alias",
    "participants.1.archetype",
    "unknown",
    "__proto__",
  );

async function targets(cast: BiddingCast): Promise<Target[]> {
  const { sql, admin } = cast;
  const [stage, won] = [await openStage(cast, {}, "ABC"), await openStage(cast)];
  await stage.ceiling("A", 500_000);
  await won.bid("A", 100_000);
  await won.withdraw("B");
  const session = { ["session_id"]: stage.id };
  const [notice] = await inboxOf(sql, stage.who("C"));
  const onSession = (
    operation: string,
    caller: Caller,
    others: Readonly<Record<string, unknown>> = {},
  ): Target => ({
    operation,
    caller,
    args: { ...session, ...others },
    paths: ["session_id", ...Object.keys(others)],
    casts: ["session_id", ...Object.keys(others).filter((name) => name !== "reason")],
  });
  return [
    {
      operation: "create_session",
      caller: admin,
      args: { session: sessionDraft(cast) },
      paths: ["session", ...SESSION_FIELDS.map((field) => `session.${field}`)],
    },
    onSession("get_session", stage.who("B"), { since: 0 }),
    onSession("get_auto_bid", stage.who("B")),
    onSession("submit_bid", stage.who("B"), { ["amount_cents"]: 110_000 }),
    onSession("set_auto_bid", stage.who("B"), { ["max_amount_cents"]: 110_000 }),
    onSession("withdraw_bid", stage.who("C")),
    onSession("verify_session", service),
    onSession("cancel_session", admin, { reason: "x" }),
    {
      operation: "record_settlement",
      caller: service,
      args: { ["session_id"]: won.id, side: "payment", status: "processing", ["external_id"]: null },
      paths: ["session_id", "side", "status", "external_id"],
      casts: ["session_id"],
    },
    { operation: "announce_maintenance", caller: admin, args: { message: "x" }, paths: ["message"] },
    {
      operation: "list_notifications",
      caller: stage.who("A"),
      args: { filter: {} },
      paths: ["filter", ...["unread", "limit", "cursor", "unknown"].map((field) => `filter.${field}`)],
    },
    {
      operation: "mark_notification_read",
      caller: stage.who("C"),
      args: { ["notification_id"]: present(notice, "a notice").id },
      paths: ["notification_id"],
      casts: ["notification_id"],
    },
  ];
}

Deno.test("whatever is sent to bidding in whatever place, the answer is clean and a refusal writes nothing", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const target of await targets(cast)) {
    for (const path of target.paths) {
      await t.step(`${target.operation} ${path}`, async () => {
        assertEquals(await attack(cast.sql, target, path), []);
      });
    }
  }
});

Deno.test("what an operation of bidding needs is asked for when it is null, with a key to be replayed too", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const who = present(cast.people.get("A"), "A");
  const session = { ["session_id"]: null };
  const calls: readonly (readonly [Caller, string, Readonly<Record<string, unknown>>])[] = [
    [cast.admin, "create_session", { session: null }],
    [cast.admin, "cancel_session", { ...session, reason: null }],
    [service, "record_settlement", { ...session, side: null, status: null, ["external_id"]: null }],
    [cast.admin, "announce_maintenance", { message: null }],
    [cast.admin, "verify_session", session],
    [who, "get_session", { ...session, since: null }],
    [cast.admin, "get_session", session],
    [who, "get_auto_bid", session],
    [who, "submit_bid", { ...session, ["amount_cents"]: null }],
    [who, "set_auto_bid", { ...session, ["max_amount_cents"]: null }],
    [who, "withdraw_bid", session],
    [who, "list_notifications", { filter: null }],
    [who, "mark_notification_read", { ["notification_id"]: null }],
  ];
  for (const [caller, name, args] of calls) {
    const answers = [];
    for (const headers of [{}, { "idempotency-key": "null" }, { "idempotency-key": "null" }]) {
      const answer = await callAs(cast.sql, caller, name, args, headers);
      answers.push([answer.status >= 400, faultOf(answer)]);
    }
    assertEquals([name, answers], [name, Array(3).fill([true, null])]);
  }
});

Deno.test("a thousand unknown fields are answered with a short refusal", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [count, length] of [[1000, 200], [300, 100], [5000, 5]] as const) {
    const many = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`${"x".repeat(length)}${i}`, i]),
    );
    const participants = Array.from({ length: 100 }, () => many);
    const attempts = [
      await createSession(cast, many),
      await createSession(cast, { participants: participants.slice(0, 2) }),
      await createSession(cast, { participants }),
      await callAs<BiddingBody>(cast.sql, cast.outsider, "list_notifications", { filter: many }),
    ];
    assertEquals(
      attempts.map(({ status, text }) => [count, status, text.length < 65_536]),
      attempts.map(() => [count, 400, true]),
    );
  }
});

Deno.test("every odd text that bidding takes is kept to the letter", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const kept = TEXTS.filter((text) => /\S/.test(text) && [...text].length <= 50);
  assertEquals(kept.length > 20, true);
  for (const text of kept) {
    const [a, b] = ["A", "B"].map((letter) => cast.people.get(letter)?.userId);
    const participants = [{ userId: a, alias: text }, { userId: b, alias: `${text}2`.slice(-49) + "b" }];
    const won = await openStage(cast, { participants });
    await won.bid("A", 100_000);
    await won.withdraw("B");
    assertEquals((await won.seenBy("B")).result?.winner, text);
    const report = { side: "payment", status: "completed", externalId: text } as const;
    assertEquals(succeeded(await settle(won, report)).body.settlement?.paymentExternalId, text);

    const cancelled = await openStage(cast, { participants });
    succeeded(await callAs(cast.sql, service, "announce_maintenance", { message: text }));
    await cancelled.cancel(text);
    const inbox = await inboxOf(cast.sql, cancelled.who("A"));
    const notices = inbox.filter(({ sessionId }) => sessionId === cancelled.id);
    assertEquals(notices.map(({ data }) => data).slice(1), [{ message: text }, { reason: text }]);
    assertEquals(notices[1]?.message, text);
    assertEquals(notices[2]?.message.endsWith(` was cancelled: ${text}`), true);
    for (const stage of [won, cancelled]) await stage.assertHonest();
  }
});

Deno.test("a refusal of bidding writes nothing, whatever it refuses", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.ceiling("A", 300_000);
  const before = await writtenSoFar(cast.sql);
  const refusals = [
    await stage.bid("A", 200_000),
    await stage.bid("B", 109_999),
    await stage.bid("B", 200_001),
    await stage.bid("B", 0),
    await stage.bid("C", 200_000),
    await stage.ceiling("A", 99_999),
    await stage.ceiling("B", 109_999),
    await stage.withdraw("A"),
    await stage.cancel(""),
    await createSession(cast, { startingBidCents: 0 }),
    await settle(stage, { side: "payment", status: "completed" }),
  ];
  assertEquals(refusals.map(({ status }) => status >= 400 && status < 500), refusals.map(() => true));
  assertEquals(await writtenSoFar(cast.sql), before);
});
