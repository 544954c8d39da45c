import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import {
  type DeskAnswer,
  type DeskBody,
  inboxOf,
  inboxPage,
  noticesOf,
  type NotificationView,
} from "../support/bidding_desk.ts";
import { type BiddingCast, biddingCast, openStage } from "../support/bidding_stage.ts";
import { agent, anon, callAs, type Caller, service } from "../support/callers.ts";
import { faultOf } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { INSTANTS, TEXTS } from "../support/hostile_values.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { agentToken, type Person, succeeded } from "../support/tasks.ts";

const UUID = "00000000-0000-4000-8000-000000000000";
const NOW = "2026-11-21T08:00:00Z";

Deno.test("an inbox is read in pages, newest first, nothing twice and nothing missed", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const owner = await personWith(cast, 23);
  const all = (await inboxOf(cast.sql, owner)).toReversed();
  assertEquals(all.length, 24);
  const moments = all.map(({ createdAt }) => createdAt);
  assertEquals(moments, moments.toSorted().reverse());
  for (const limit of [1, 7, 12, 24, 25, 100]) {
    assertEquals((await pages(cast.sql, owner, { limit })).flat(), all);
  }
  assertEquals((await pages(cast.sql, owner, { limit: 12 })).map((page) => page.length), [12, 12]);
  // What comes in meanwhile stands before the first page and shifts nothing.
  const first = succeeded(await inboxPage(cast.sql, owner, { limit: 10 }));
  await announce(cast, 3);
  const second = succeeded(await inboxPage(cast.sql, owner, { limit: 10, cursor: first.body.nextCursor }));
  assertEquals(second.body.notifications, all.slice(10, 20));
});

Deno.test("notices of one moment are told apart between pages", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const owner = stage.who("A");
  await cast.sql`
    insert into public.bidding_notifications (notification_id, user_id, session_id, type, seq, data, created_at)
    select gen_random_uuid(), ${owner.userId}, ${stage.id}, 'outbid', i, '{"priceCents": 1, "minimumNextCents": 2}',
      '2026-11-01T00:00:00.123456Z'
    from generate_series(1, 20) as i`;
  const seen = (await pages(cast.sql, owner, { limit: 3 })).flat().map(({ id }) => id);
  assertEquals([seen.length, new Set(seen).size], [21, 21]);
});

Deno.test("an inbox has fifty to a page unless told otherwise, and is empty before anything happened", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  assertEquals(succeeded(await inboxPage(cast.sql, cast.outsider)).body, {
    notifications: [],
    nextCursor: null,
  });
  const owner = await personWith(cast, 50);
  const { body } = succeeded(await inboxPage(cast.sql, owner));
  assertEquals([body.notifications?.length, typeof body.nextCursor], [50, "string"]);
  assertEquals((await pages(cast.sql, owner)).map((page) => page.length), [50, 1]);
});

Deno.test("unread leaves out what was read, also between pages", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const owner = await personWith(cast, 9);
  const all = (await inboxOf(cast.sql, owner)).toReversed();
  for (const index of [0, 4, 9]) succeeded(await mark(cast.sql, owner, all[index]?.id));
  const unread = all.filter((_, index) => ![0, 4, 9].includes(index));
  assertEquals((await pages(cast.sql, owner, { unread: true, limit: 3 })).flat(), unread);
  assertEquals((await pages(cast.sql, owner, { unread: false })).flat().length, 10);
  const first = succeeded(await inboxPage(cast.sql, owner, { unread: true, limit: 2 }));
  for (const { id } of unread.slice(0, 3)) succeeded(await mark(cast.sql, owner, id));
  const cursor = first.body.nextCursor;
  assertEquals(
    succeeded(await inboxPage(cast.sql, owner, { unread: true, cursor })).body.notifications,
    unread.slice(3),
  );
});

Deno.test("a notification is marked read once, and keeps the moment it was", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const owner = stage.who("A");
  const [notice] = await noticesOf(stage, "A");
  assertEquals(notice?.readAt, null);
  const first = succeeded(await mark(cast.sql, owner, notice?.id)).body;
  assert(first.notification?.readAt);
  assertEquals({ ...first.notification, readAt: null }, notice);
  assertEquals(succeeded(await mark(cast.sql, owner, notice?.id)).body, first);
  assertEquals(await noticesOf(stage, "A"), [first.notification]);
  // The rival's own one is as it was.
  assertEquals((await noticesOf(stage, "B"))[0]?.readAt, null);
});

Deno.test("of 16 who mark one notification at once all are told the same moment", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const id = present((await noticesOf(stage, "A"))[0], "a notice").id;
  await using crowd = crowdOf(database.url, 16);
  const lock = (holder: postgres.TransactionSql) =>
    holder`select from public.bidding_notifications where notification_id = ${id} for no key update`;
  const racers = Array.from({ length: 16 }, () => () => mark(crowd.sql, stage.who("A"), id));
  const answers = await released(cast.sql, lock, racers);
  assertEquals(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  succeeded(present(answers[0], "an answer"));
});

Deno.test("others' notifications are as unknown as those that never were", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const own = present((await noticesOf(stage, "A"))[0], "a notice").id;
  for (
    const [caller, id] of [[stage.who("B"), own], [cast.admin, own], [cast.outsider, own], [
      stage.who("A"),
      UUID,
    ], [stage.who("A"), null]] as const
  ) {
    const { status, body } = await mark(cast.sql, caller, id);
    assertEquals([status, body.code, body.details], [404, "not_found", null]);
  }
  assertEquals((await noticesOf(stage, "A"))[0]?.readAt, null);
  const others = await inboxOf(cast.sql, stage.who("B"));
  assertEquals(others.map(({ sessionId }) => sessionId), [stage.id]);
  assertEquals(await inboxOf(cast.sql, cast.admin), []);
});

Deno.test("an inbox is a person's: agents, the service and nobody have none", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const bot = agent(await agentToken(cast.sql, "marketplace-amazon"));
  for (const [caller, status] of [[anon, 401], [bot, 403], [service, 403]] as const) {
    assertEquals((await inboxPage(cast.sql, caller)).status, status);
    assertEquals((await mark(cast.sql, caller, UUID)).status, status);
  }
});

Deno.test("a question about an inbox has three fields, each of its kind", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const wrong = [
    ...[null, [], "x", 1, true],
    ...[0, 101, -1, 1.5, "10", true, null].map((limit) => ({ limit })),
    ...["true", 1, null, []].map((unread) => ({ unread })),
    ...[1, true, null, {}, []].map((cursor) => ({ cursor })),
    ...["type", "sessionId", "offset", "__proto__", ""].map((field) => ({ [field]: "x" })),
  ];
  for (const filter of wrong) {
    const { status, body } = await callAs(cast.sql, cast.outsider, "list_notifications", { filter });
    assertEquals([filter, status, body.code], [filter, 400, "invalid_request"]);
  }
});

Deno.test("a made-up cursor is refused or answered from the caller's own inbox, never an SQL error", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const rival = new Set((await inboxOf(cast.sql, stage.who("B"))).map(({ id }) => id));
  const values = [...TEXTS, ...INSTANTS, NOW, UUID, null, 1, true, [], {}];
  const contents = [
    ...values,
    ...values.flatMap((
      value,
    ) => [{ at: value, id: UUID }, { at: NOW, id: value }, { at: value }, { id: value }]),
    { at: "9999-12-31T23:59:59.999999Z", id: "ffffffff-ffff-4fff-bfff-ffffffffffff" },
    { at: "0001-01-01T00:00:00Z", id: UUID, user_id: stage.who("B").userId },
  ];
  const faults: string[] = [];
  for (const cursor of [...TEXTS, "=", "====", "A", "AA==", ...contents.map(encoded)]) {
    const answer = await inboxPage(cast.sql, stage.who("A"), { cursor });
    const { body } = answer;
    const fault = faultOf({
      ...answer,
      body: { ...(body.code && { code: body.code }), message: body.message ?? "" },
    });
    if (fault !== null) faults.push(`${cursor}: ${fault}`);
    const stray = body.notifications?.filter(({ id }) => rival.has(id)) ?? [];
    if (stray.length > 0) faults.push(`${cursor}: ${JSON.stringify(stray)}`);
  }
  assertEquals(faults, []);
  for (
    const content of [null, 1, "x", [], {}, { at: NOW }, { id: UUID }, { at: NOW, id: "x" }, {
      at: "now",
      id: UUID,
    }]
  ) {
    const { status, body } = await inboxPage(cast.sql, stage.who("A"), { cursor: encoded(content) });
    assertEquals([content, status, body.code], [content, 400, "cursor_invalid"]);
  }
});

/** Somebody who was told of the start of a session and of so many maintenances. */
async function personWith(cast: BiddingCast, count: number): Promise<Person> {
  const stage = await openStage(cast);
  await announce(cast, count);
  return stage.who("A");
}

async function announce({ sql }: BiddingCast, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    succeeded(await callAs(sql, service, "announce_maintenance", { message: `Number ${number}` }));
  }
}

/** Every page of an inbox, to its end. */
async function pages(
  sql: postgres.Sql,
  owner: Caller,
  filter: Readonly<Record<string, unknown>> = {},
): Promise<readonly (readonly NotificationView[])[]> {
  const found: (readonly NotificationView[])[] = [];
  let cursor: string | null | undefined;
  do {
    const { body } = succeeded(await inboxPage(sql, owner, cursor ? { ...filter, cursor } : filter));
    found.push(present(body.notifications, "notifications"));
    cursor = body.nextCursor;
  } while (cursor);
  return found;
}

async function mark(sql: postgres.Sql, caller: Caller, id: string | null | undefined): Promise<DeskAnswer> {
  return await callAs<DeskBody>(sql, caller, "mark_notification_read", { ["notification_id"]: id ?? null });
}

function encoded(content: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
