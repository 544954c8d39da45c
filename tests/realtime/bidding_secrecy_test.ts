/** What a rival may never hear: no frame of any kind that reaches him holds another's ceiling. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bid, bidByTurns, cancelSession, openSession, setCeiling } from "../support/bidding.ts";
import { type Person, signUp, signUpAdmin } from "../support/people.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { closeClient, databaseOf, hear } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

/** Amounts that no other number of a session is: a ceiling that never bites, and one that is lowered to. */
const CEILING = 98_765_432_101;
const LOWERED = 97_654_321_007;

/** Whether a text holds one of them, in cents or as a decimal amount, grouped or not. */
function tells(text: string): boolean {
  const digits = text.replaceAll(/(?<=\d)[ ,._'](?=\d)/g, "");
  return digits.includes(`${CEILING}`) || digits.includes(`${LOWERED}`);
}

const leave = (...people: readonly Person[]) =>
  Promise.all(people.map(({ supabase }) => closeClient(supabase)));

/** A bare socket that has joined everything a person can: the session, his own topic, every change there is. */
async function overhearing(person: Person, sessionId: string): Promise<RawSocket> {
  const socket = await RawSocket.open(await stack(), "2.0.0");
  const join = async (ref: string, name: string, config: object) => {
    const payload = { config, ["access_token"]: person.token };
    socket.send([ref, ref, `realtime:${name}`, "phx_join", payload]);
    const reply = await socket.frames.next((frame) => frame.ref === ref && frame.event === "phx_reply");
    assertEquals([name, reply.status], [name, "ok"]);
  };
  const broadcast = { self: true, ack: true, ["replication_ready"]: true };
  await join("1", `bidding:${sessionId}`, { private: true, broadcast });
  await join("2", `user:${person.id}`, { private: true, broadcast });
  await join("3", "everything", { ["postgres_changes"]: [{ event: "*", schema: "public" }] });
  await socket.frames.next(({ event, payload }) =>
    event === "system" && JSON.stringify(payload).includes("Subscribed to PostgreSQL")
  );
  return socket;
}

/** Every frame that came, as text. */
function framesOf(socket: RawSocket): string[] {
  const decoder = new TextDecoder();
  return [
    ...socket.frames.received.map(({ raw }) => JSON.stringify(raw)),
    ...socket.binaries.received.map((bytes) => decoder.decode(bytes)),
  ];
}

/** Waits until the last frames of a session that was cancelled are there, of each of the two streams. */
async function untilCancelled(socket: RawSocket, lastTable: string, lastEvent: string): Promise<void> {
  await socket.frames.next(({ event, payload }) => {
    const text = JSON.stringify(payload);
    return event === "postgres_changes" && text.includes(`"table":"${lastTable}"`) &&
      text.includes("cancelled");
  });
  await socket.binaries.next((bytes) => new TextDecoder().decode(bytes).includes(lastEvent));
}

Deno.test("no frame that a rival or an admin receives holds a ceiling, whatever is done with it", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id], { maxRounds: 1000, startingBidCents: 100_000 });
  await using rival = await overhearing(ben, id);
  await using above = await overhearing(admin, id);

  await setCeiling(sql, id, ann.id, CEILING);
  await bid(sql, id, ben.id, 150_000);
  await setCeiling(sql, id, ben.id, 300_000);
  await setCeiling(sql, id, ann.id, LOWERED);
  await bid(sql, id, ben.id, 400_000);
  await setCeiling(sql, id, ann.id, null);
  await setCeiling(sql, id, ann.id, CEILING);
  await assertRejects(() => bid(sql, id, ben.id, 1), Error, "bid_too_low");
  await assertRejects(() => setCeiling(sql, id, ben.id, 2), Error, "ceiling_too_low");
  await bid(sql, id, ben.id, 600_000);
  await cancelSession(sql, id);

  await untilCancelled(rival, "bidding_notifications", "session_cancelled");
  await untilCancelled(above, "bidding_sessions", "session_closed");
  assertEquals([`"max":${CEILING}`, "USD 987,654,321.01", "976_543_210.07", "a 1"].map(tells), [
    true,
    true,
    true,
    false,
  ]);
  for (const socket of [rival, above]) {
    const frames = framesOf(socket);
    for (const what of ["session_closed", "bid_placed", `"table":"bids"`, "600000", "660000"]) {
      assert(frames.some((frame) => frame.includes(what)), `Expected to have overheard ${what}`);
    }
    assertEquals(frames.filter(tells), []);
  }
  await leave(ann, ben, admin);
});

Deno.test("with or without a standing ceiling a rival hears the same frames of the same bids", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const heard: string[][] = [];
  for (const raised of [[200_000], [200_000, CEILING, LOWERED]]) {
    const id = await openSession(sql, [ann.id, ben.id]);
    await using rival = await overhearing(ben, id);
    for (const ceiling of raised) await setCeiling(sql, id, ann.id, ceiling);
    await bid(sql, id, ben.id, 120_000);
    await cancelSession(sql, id);
    await untilCancelled(rival, "bidding_notifications", "session_cancelled");
    // Of what differs by chance or by the clock only that it is there.
    heard.push(
      framesOf(rival).map((frame) =>
        frame.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uuid>")
          .replaceAll(/\\\\x[0-9a-f]{64}/g, "<hash>")
          .replaceAll(/\d{4}-\d\d-\d\d[T ][0-9:.]+(?:Z|\+00:00|\+00)/g, "<moment>")
          .replaceAll(/"ids":\[[0-9,]*\]/g, "<ids>")
      ),
    );
  }
  assert((heard[0]?.length ?? 0) > 10);
  assertEquals(heard[0], heard[1]);
  await leave(ann, ben);
});

Deno.test("who loses the lead hears it on his own topic, who keeps it too; his rival neither", async () => {
  const [ann, ben, admin] = await Promise.all([signUp("ann"), signUp("ben"), signUpAdmin()]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const annHears = await hear(ann.supabase, `user:${ann.id}`);
  const benHears = await hear(ben.supabase, `user:${ben.id}`);
  for (const { supabase } of [ben, admin]) {
    await assertRejects(() => hear(supabase, `user:${ann.id}`), Error, "Unauthorized");
  }
  await bid(sql, id, ann.id, 100_000);
  await bid(sql, id, ben.id, 110_000);
  const outbid = await annHears.next();
  await setCeiling(sql, id, ann.id, 500_000);
  const answered = await bid(sql, id, ben.id, 140_000);
  const defended = await annHears.next(({ event }) => event === "auto_bid_triggered");
  await cancelSession(sql, id);
  await Promise.all(
    [annHears, benHears].map((inbox) => inbox.next(({ event }) => event === "session_cancelled")),
  );

  const told = [outbid, defended].map(({ event, payload }) => [event, payload["type"], payload["data"]]);
  assertEquals(told, [
    ["outbid", "outbid", { priceCents: 110_000, minimumNextCents: 121_000 }],
    ["auto_bid_triggered", "auto_bid_triggered", { priceCents: 154_000 }],
  ]);
  assertEquals([outbid.payload["sessionId"], outbid.payload["readAt"]], [id, null]);
  assertEquals(answered.session.leader, "Bidder 1");
  assertEquals(annHears.received.map(({ event }) => event), [
    "outbid",
    "auto_bid_triggered",
    "session_cancelled",
  ]);
  assertEquals(benHears.received.map(({ event }) => event), ["outbid", "session_cancelled"]);
  await leave(ann, ben, admin);
});

Deno.test("a personal message is the notification that its inbox holds", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const inbox = await hear(ann.supabase, `user:${ann.id}`);
  const id = await openSession(sql, [ann.id, ben.id]);
  await bidByTurns(sql, id, [ann.id, ben.id], 2);
  const messages = await inbox.collect(2);
  const { data, error } = await ann.supabase.functions.invoke("notifications", { method: "GET" });
  if (error) throw error;
  assertEquals(messages.map(({ payload }) => payload).reverse(), data.notifications);
  await leave(ann, ben);
});
