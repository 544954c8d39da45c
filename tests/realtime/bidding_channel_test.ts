/** The private topic `bidding:<session id>`: who hears what of a session, told through supabase-js. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  bid,
  bidOnceStarted,
  cancelSession,
  ledgerOf,
  openSession,
  setCeiling,
  withdraw,
} from "../support/bidding.ts";
import { callWithin, user } from "../support/callers.ts";
import { type Person, signUp, signUpAdmin } from "../support/people.ts";
import { anonymousClient, type BroadcastEvent, closeClient, databaseOf, hear } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

const leave = (...people: readonly Person[]) =>
  Promise.all(people.map(({ supabase }) => closeClient(supabase)));

/** What a message says of an event: without its envelope. */
function eventIn({ payload }: BroadcastEvent): unknown {
  const { id: _id, sessionId: _sessionId, serverTime: _serverTime, ...event } = payload;
  return event;
}

Deno.test("participants and admins hear a session; outsiders and visitors may not join", async () => {
  const info = await stack();
  const [ann, ben, outsider, admin] = await Promise.all([
    signUp("ann"),
    signUp("ben"),
    signUp("outsider"),
    signUpAdmin(),
  ]);
  await using sql = databaseOf(info);
  const id = await openSession(sql, [ann.id, ben.id]);
  const other = await openSession(sql, [outsider.id, ben.id]);
  const visitor = anonymousClient(info);
  const inboxes = await Promise.all([ann, ben, admin].map(({ supabase }) => hear(supabase, `bidding:${id}`)));
  for (const client of [outsider.supabase, visitor]) {
    await assertRejects(() => hear(client, `bidding:${id}`), Error, "Unauthorized");
  }
  await assertRejects(() => hear(ann.supabase, `bidding:${other}`), Error, "Unauthorized");
  await bid(sql, id, ann.id, 100_000);
  for (const inbox of inboxes) assertEquals((await inbox.next()).event, "bid_placed");
  await leave(ann, ben, outsider, admin);
  await closeClient(visitor);
});

Deno.test("a topic that only resembles a session's cannot be joined, not even by an admin", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const topics = [
    "bidding:",
    "bidding",
    id,
    `bidding:${id}x`,
    `bidding:${id} `,
    ` bidding:${id}`,
    `bidding:${id}:1`,
    `bidding:${id}\nbidding:${id}`,
    `bidding:{${id}}`,
    `bidding:${id.replaceAll("-", "")}`,
    `Bidding:${id}`,
    `bidding:%`,
    `bidding:${crypto.randomUUID()}`,
  ];
  for (const topic of topics) {
    for (const { supabase } of [ann, admin]) {
      await assertRejects(() => hear(supabase, topic), Error, "Unauthorized", JSON.stringify(topic));
    }
  }
  await leave(ann, ben, admin);
});

Deno.test("whose account is gone may not join, though his token lives on", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  await sql`delete from auth.users where id = ${ann.id}`;
  await assertRejects(() => hear(ann.supabase, `bidding:${id}`), Error, "Unauthorized");
  await leave(ann, ben);
});

Deno.test("every event after the creation is heard once, in order, as the ledger has it", async () => {
  const [ann, ben, cid] = await Promise.all([signUp("ann"), signUp("ben"), signUp("cid")]);
  await using sql = databaseOf(await stack());
  const startsAt = new Date(Date.now() + 1000);
  const expiresAt = new Date(startsAt.getTime() + 600_000);
  const id = await openSession(sql, [ann.id, ben.id, cid.id], {
    startsAt: startsAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    softCloseSeconds: 3600,
  });
  const inbox = await hear(ann.supabase, `bidding:${id}`);
  await bidOnceStarted(sql, id, ann.id, 100_000);
  await setCeiling(sql, id, ben.id, 500_000);
  await bid(sql, id, ann.id, 121_000);
  await withdraw(sql, id, cid.id);
  await cancelSession(sql, id);

  const ledger = await ledgerOf(sql, id, ann.id);
  await inbox.next(({ event }) => event === "session_closed");
  assertEquals(ledger.map(({ type }) => type), [
    "session_created",
    "session_started",
    "bid_placed",
    "session_extended",
    "bid_placed",
    "bid_placed",
    "bid_placed",
    "participant_withdrawn",
    "session_closed",
  ]);
  assertEquals(inbox.received.map(eventIn), ledger.slice(1));
  assertEquals(inbox.received.map(({ event }) => event), ledger.slice(1).map(({ type }) => type));
  for (const { payload } of inbox.received) {
    assertEquals(payload["sessionId"], id);
    assertEquals(Number.isNaN(Date.parse(String(payload["serverTime"]))), false);
  }
  await leave(ann, ben, cid);
});

Deno.test("a bid that is not committed is not heard, one that is rolled back never", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const inbox = await hear(ben.supabase, `bidding:${id}`);
  const mark = async (name: string) => {
    await sql`select realtime.send('{}', ${name}, ${`bidding:${id}`}, true)`;
    await inbox.next(({ event }) => event === name);
  };
  const holding = (amount: number, outcome: "commit" | "rollback") =>
    sql.begin(async (transaction) => {
      const args = { ["session_id"]: id, ["amount_cents"]: amount };
      assertEquals((await callWithin(transaction, user(ann.id), "submit_bid", args)).status, 200);
      await mark(`before ${outcome}`);
      if (outcome === "rollback") throw new Error("changed its mind");
    });
  await assertRejects(() => holding(100_000, "rollback"), Error, "changed its mind");
  await mark("after rollback");
  await holding(110_000, "commit");
  await inbox.next(({ event }) => event === "bid_placed");
  await mark("the end");
  assertEquals(inbox.received.map(({ event, payload }) => [event, payload["amountCents"]]), [
    ["before rollback", undefined],
    ["after rollback", undefined],
    ["before commit", undefined],
    ["bid_placed", 110_000],
    ["the end", undefined],
  ]);
  await leave(ann, ben);
});

Deno.test("a refused bid is not heard, and a replayed one not again", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const inbox = await hear(ben.supabase, `bidding:${id}`);
  const headers = { "idempotency-key": crypto.randomUUID() };
  const first = await bid(sql, id, ann.id, 100_000, headers);
  assertEquals(await bid(sql, id, ann.id, 100_000, headers), first);
  await assertRejects(() => bid(sql, id, ann.id, 200_000), Error, "already_leading");
  await assertRejects(() => bid(sql, id, ben.id, 100_001), Error, "bid_too_low");
  await cancelSession(sql, id);
  await inbox.next(({ event }) => event === "session_closed");
  assertEquals(inbox.received.map(({ event }) => event), ["bid_placed", "session_closed"]);
  await leave(ann, ben);
});

Deno.test("nobody can speak on the topic, over the socket or over HTTP: not even an admin", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const topic = `bidding:${id}`;
  const inbox = await hear(ann.supabase, topic);
  for (const { supabase } of [ben, admin]) {
    await hear(supabase, topic);
    const channel = supabase.channel(topic);
    await channel.send({ type: "broadcast", event: "session_closed", payload: { forged: true } });
    await channel.httpSend("session_closed", { forged: true });
    // A join of another topic is answered after what the same socket sent before it.
    await hear(supabase, crypto.randomUUID(), false);
  }
  await bid(sql, id, ann.id, 100_000);
  await inbox.next(({ event }) => event === "bid_placed");
  assertEquals(inbox.received.length, 1);
  await leave(ann, ben, admin);
});

Deno.test("a public channel of the same name hears nothing", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const visitor = anonymousClient(await stack());
  const publicly = await hear(visitor, `bidding:${id}`, false);
  const inside = await hear(ann.supabase, `bidding:${id}`);
  await bid(sql, id, ann.id, 100_000);
  await inside.next();
  await sql`select realtime.send('{}', 'marker', ${`bidding:${id}`}, false)`;
  await publicly.next(({ event }) => event === "marker");
  assertEquals(publicly.received.length, 1);
  await leave(ann, ben);
  await closeClient(visitor);
});
