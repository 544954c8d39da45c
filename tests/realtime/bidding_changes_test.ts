/** Postgres Changes on the published tables of bidding: they reach those whom row level security lets, nobody else. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { RealtimeChannel, RealtimePostgresChangesPayload, SupabaseClient } from "@supabase/supabase-js";
import { bid, cancelSession, openSession, setCeiling, withdraw } from "../support/bidding.ts";
import { callWithin, user } from "../support/callers.ts";
import { type Person, signUp, signUpAdmin } from "../support/people.ts";
import { anonymousClient, closeClient, databaseOf, Inbox, listening } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

type Row = Record<string, unknown>;
type Change = RealtimePostgresChangesPayload<Row>;

const PUBLISHED = ["bidding_sessions", "bids", "bidding_participants", "bidding_notifications"] as const;

/** Subscribes to changes of a table, or of several. */
async function changesOf(client: SupabaseClient, ...tables: readonly string[]): Promise<Inbox<Change>> {
  const inbox = new Inbox<Change>();
  const channel: RealtimeChannel = client.channel(`changes ${tables.join(" ")}`);
  for (const table of tables) {
    channel.on("postgres_changes", { event: "*", schema: "public", table }, inbox.push);
  }
  await listening(channel);
  return inbox;
}

const leave = (...people: readonly Person[]) =>
  Promise.all(people.map(({ supabase }) => closeClient(supabase)));

/** The row that a change tells: the new one. */
const rowOf = (change: Change): Row => ({ ...change.new });

/** Tells in words what changed, of one session. */
function story(inbox: Inbox<Change>, sessionId: string): string[] {
  return inbox.received.filter((change) => rowOf(change)["session_id"] === sessionId)
    .map(({ table, eventType }) => `${eventType} ${table}`);
}

Deno.test("participants and admins are told a session's rows; who takes no part is not", async () => {
  const [ann, ben, cid, outsider, admin] = await Promise.all([
    signUp("ann"),
    signUp("ben"),
    signUp("cid"),
    signUp("outsider"),
    signUpAdmin(),
  ]);
  await using sql = databaseOf(await stack());
  const tables = ["bidding_sessions", "bids", "bidding_participants"];
  const [heard, overheard, overseen] = await Promise.all([
    changesOf(ann.supabase, ...tables),
    changesOf(outsider.supabase, ...tables),
    changesOf(admin.supabase, ...tables),
  ]);
  const id = await openSession(sql, [ann.id, ben.id, cid.id]);
  await bid(sql, id, ann.id, 100_000);
  await withdraw(sql, id, cid.id);
  await cancelSession(sql, id);
  // A session of his own is told after all of that.
  const other = await openSession(sql, [outsider.id, ben.id]);

  await overheard.next((change) => rowOf(change)["session_id"] === other && change.eventType === "UPDATE");
  assertEquals(story(overheard, id), []);
  for (const inbox of [heard, overseen]) {
    const isLast = (change: Change) =>
      rowOf(change)["session_id"] === id && rowOf(change)["status"] === "cancelled";
    await inbox.next(isLast);
    assertEquals(story(inbox, id), [
      "INSERT bidding_sessions",
      "INSERT bidding_participants",
      "INSERT bidding_participants",
      "INSERT bidding_participants",
      "UPDATE bidding_sessions",
      "UPDATE bidding_sessions",
      "INSERT bids",
      "UPDATE bidding_sessions",
      "UPDATE bidding_participants",
      "UPDATE bidding_sessions",
      "UPDATE bidding_sessions",
    ]);
    assertEquals(new Set(inbox.received.flatMap(({ errors }) => errors ?? [])), new Set());
  }
  await leave(ann, ben, cid, outsider, admin);
});

Deno.test("a bid is told with every column it has, which are the ledger's", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const inbox = await changesOf(ben.supabase, "bids");
  const placed = await bid(sql, id, ann.id, 123_456);
  const row = rowOf(await inbox.next());
  assertEquals(Object.keys(row).toSorted(), [
    "amount_cents",
    "bid_id",
    "expires_at",
    "hash",
    "leads",
    "placed_at",
    "previous_amount_cents",
    "seq",
    "session_id",
    "user_id",
  ]);
  assertEquals(
    [row["session_id"], row["bid_id"], row["seq"], row["user_id"], row["amount_cents"], row["leads"]],
    [id, placed.bid.id, 3, ann.id, 123_456, true],
  );
  await leave(ann, ben);
});

Deno.test("notifications are told to their owner alone, not even to an admin", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const [annHears, benHears, adminHears] = await Promise.all([
    changesOf(ann.supabase, "bidding_notifications"),
    changesOf(ben.supabase, "bidding_notifications"),
    changesOf(admin.supabase, "bidding_notifications"),
  ]);
  const own = await openSession(sql, [admin.id, ben.id]);
  const id = await openSession(sql, [ann.id, ben.id]);
  await bid(sql, id, ann.id, 100_000);
  await bid(sql, id, ben.id, 110_000);
  await cancelSession(sql, id);
  await cancelSession(sql, own);
  const expected: [typeof annHears, Person, string[]][] = [
    [annHears, ann, [`session_started ${id}`, `outbid ${id}`, `session_cancelled ${id}`]],
    [benHears, ben, [
      `session_started ${own}`,
      `session_started ${id}`,
      `session_cancelled ${id}`,
      `session_cancelled ${own}`,
    ]],
    [adminHears, admin, [`session_started ${own}`, `session_cancelled ${own}`]],
  ];
  for (const [inbox, person, told] of expected) {
    const rows = (await inbox.collect(told.length)).map(rowOf);
    assertEquals(rows.map((row) => `${row["type"]} ${row["session_id"]}`), told);
    assertEquals(new Set(rows.map((row) => row["user_id"])), new Set([person.id]));
  }
  await leave(ann, ben, admin);
});

Deno.test("a visitor is told no row of any published table, only that he may not see it", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  const visitor = anonymousClient(await stack());
  await using sql = databaseOf(await stack());
  const inbox = await changesOf(visitor, ...PUBLISHED);
  const id = await openSession(sql, [ann.id, ben.id]);
  await bid(sql, id, ann.id, 100_000);
  for (const change of await inbox.collect(8)) {
    assertEquals([change.new, change.old, change.errors], [{}, {}, ["Error 401: Unauthorized"]]);
  }
  await leave(ann, ben);
  await closeClient(visitor);
});

Deno.test("what is not published cannot be subscribed to, not even by its owner or an admin", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  await setCeiling(sql, id, ann.id, 900_000);
  for (const { supabase } of [ann, admin]) {
    for (const table of ["bidding_auto_bids", "bid_details", "bidding_results"]) {
      await assertRejects(() => changesOf(supabase, table), Error, "Unable to subscribe");
    }
  }
  await leave(ann, ben, admin);
});

Deno.test("no row of a bid that is rolled back is told", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const inbox = await changesOf(ben.supabase, "bids", "bidding_sessions", "bidding_notifications");
  await assertRejects(() =>
    sql.begin(async (transaction) => {
      const args = { ["session_id"]: id, ["amount_cents"]: 199_999 };
      assertEquals((await callWithin(transaction, user(ann.id), "submit_bid", args)).status, 200);
      throw new Error("changed its mind");
    })
  );
  await bid(sql, id, ann.id, 100_000);
  const [first, second] = await inbox.collect(2);
  assertEquals([first, second].map((change) => change?.table), ["bids", "bidding_sessions"]);
  assertMatch(JSON.stringify(inbox.received), /100000/);
  assertEquals(JSON.stringify(inbox.received).includes("199999"), false);
  await leave(ann, ben);
});
