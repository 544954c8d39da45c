/** Two roommates want the same night: the whole story, at the public URLs. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  bid,
  type BiddingBody,
  detailsOf,
  draftFor,
  letTimePass,
  newBidders,
  opened,
  seen,
  sessionIn,
} from "../support/bidding_functions.ts";
import { call } from "../support/functions.ts";
import { present } from "../support/present.ts";

Deno.test("two roommates compete for a night until one leaves it to the other", async (t) => {
  const bidders = await newBidders();
  const { admin, alice, bob } = bidders;
  let sessionId = "";

  await t.step("an admin opens a session with a price in units of the currency", async () => {
    const { startingBidCents: _, ...draft } = draftFor(bidders);
    const answer = await call<BiddingBody>("create-session", admin, {
      json: { ...draft, startingBid: 2835 },
    });
    const session = sessionIn(answer, 201);
    assertEquals(Object.keys(answer.body)[0], "success");
    assertEquals(
      [session.status, session.acceptsBids, session.startingBidCents, session.currentPriceCents],
      ["active", true, 283_500, null],
    );
    assertEquals([session.minimumNextCents, session.roundsLeft, session.leader], [283_500, null, null]);
    sessionId = session.id;
  });

  await t.step("a participant sees it with his own place in it", async () => {
    const { body } = await seen(alice, sessionId);
    assertEquals([body.session?.roundsLeft, body.session?.youLead, body.result], [3, false, null]);
    assertEquals(body.participants, [
      { alias: "Alice", you: true, withdrawn: false },
      { alias: "Bob", you: false, withdrawn: false },
    ]);
    assertEquals(body.events?.map(({ seq, type }) => `${seq} ${type}`), [
      "1 session_created",
      "2 session_started",
    ]);
  });

  await t.step("the first bid may equal the start, whatever it says of being by hand", async () => {
    const json = { sessionId, amount: 2835.00, isManualBid: false };
    const { body } = await call<BiddingBody>("submit-bid", alice, { json });
    const { id, placedAt, ...placed } = present(body.bid, "a bid");
    assertEquals(placed, { sessionId, userId: alice.id, amount: 2835, amountCents: 283_500, seq: 3 });
    assertEquals([typeof id, Number.isNaN(Date.parse(placedAt))], ["string", false]);
    const { youLead, minimumNextCents, roundsLeft } = present(body.session, "a session");
    assertEquals([youLead, minimumNextCents, roundsLeft, body.autoBid], [true, 311_850, 2, null]);
  });

  await t.step("the next bid is a tenth above, to the cent", async () => {
    assertEquals(detailsOf(await bid(bob, sessionId, 3118.49), "bid_too_low"), {
      minimumNextCents: 311_850,
      currentPriceCents: 283_500,
    });
    const json = { sessionId, amountCents: 311_850 };
    const answer = await call<BiddingBody>("submit-bid", bob, { json });
    assertEquals([sessionIn(answer).leader, answer.body.bid?.amount], ["Bob", 3118.5]);
  });

  await t.step("a ceiling bids at once, by the least that leads", async () => {
    const json = { sessionId, maxAmount: 5000.07 };
    const { status, body } = await call<BiddingBody>("set-auto-bid", alice, { json });
    const { setAt, ...autoBid } = present(body.autoBid, "a ceiling");
    assertEquals([status, autoBid], [200, { maxAmount: 5000.07, maxAmountCents: 500_007 }]);
    assertEquals(Number.isNaN(Date.parse(setAt)), false);
    assertEquals([body.bid?.amount, body.bid?.amountCents, body.session?.youLead], [3430.35, 343_035, true]);
  });

  await t.step("it is its owner's alone", async () => {
    const query = { sessionId };
    const own = await call<BiddingBody>("set-auto-bid", alice, { query });
    assertEquals(own.body.autoBid?.maxAmountCents, 500_007);
    const other = await call<BiddingBody>("set-auto-bid", bob, { query });
    assertEquals([other.status, other.text], [200, '{"autoBid":null}']);
  });

  await t.step("it answers a rival in his own request, and he is not told what it is", async () => {
    const { status, body, text } = await bid(bob, sessionId, 4000);
    assertEquals([status, body.success, body.bid?.amountCents], [200, true, 400_000]);
    const { leader, youLead, currentPriceCents } = present(body.session, "a session");
    assertEquals([leader, youLead, currentPriceCents], ["Alice", false, 440_000]);
    const story = await seen(bob, sessionId);
    assertEquals([text, story.text].filter((shown) => /5000\.07|500007/.test(shown)), []);
    assertEquals(
      story.body.events?.flatMap((event) =>
        event.type === "bid_placed"
          ? [`${event.seq} ${event.bidder} ${event.amountCents}, ${event.leader} at ${event.priceCents}`]
          : []
      ),
      [
        "3 Alice 283500, Alice at 283500",
        "4 Bob 311850, Bob at 311850",
        "5 Alice 343035, Alice at 343035",
        "6 Bob 400000, Alice at 440000",
        "7 Alice 440000, Alice at 440000",
      ],
    );
  });

  await t.step("whoever was away reads what he missed", async () => {
    const { body } = await seen(admin, sessionId, 5);
    assertEquals(body.events?.map(({ seq }) => seq), [6, 7]);
    assertEquals((await seen(admin, sessionId, 7)).body.events, []);
    assertEquals((await seen(admin, sessionId, 999)).body.events, []);
  });

  await t.step("its owner clears it, and his bid stands", async () => {
    const answer = await call<BiddingBody>("set-auto-bid", alice, { method: "DELETE", query: { sessionId } });
    assertEquals([answer.body.autoBid, answer.body.bid], [null, null]);
    assertEquals([sessionIn(answer).leader, sessionIn(answer).currentPriceCents], ["Alice", 440_000]);
    const again = await call<BiddingBody>("set-auto-bid", alice, { json: { sessionId, maxAmount: null } });
    assertEquals([again.status, again.body.autoBid], [200, null]);
  });

  await t.step("a rival who leaves ends it, and both see the money", async () => {
    const answer = await call<BiddingBody>("withdraw-bid", bob, { json: { sessionId } });
    assertEquals([sessionIn(answer).status, sessionIn(answer).minimumNextCents], ["completed", null]);
    const result = {
      outcome: "completed",
      winner: "Alice",
      winningBidCents: 440_000,
      compensationCents: 110_000,
      platformRevenueCents: 330_000,
    };
    for (const viewer of [alice, bob, admin]) {
      assertEquals((await seen(viewer, sessionId)).body.result, result);
    }
    const { status, endedAt, ...late } = detailsOf(await bid(bob, sessionId, 9000), "session_closed");
    assertEquals([status, typeof endedAt, late], ["completed", "string", { result }]);
  });

  await t.step("each finds in his inbox what he was told, once", async () => {
    const inbox = await call<BiddingBody>("notifications", bob, { query: { unread: "true" } });
    assertEquals(inbox.body.notifications?.map(({ type }) => type), [
      "loser_compensation",
      "outbid",
      "session_started",
    ]);
    const [newest, ...older] = present(inbox.body.notifications, "notifications");
    assertEquals([newest?.sessionId, newest?.readAt], [sessionId, null]);
    assertMatch(newest?.message ?? "", /1100\.00/);
    const json = { notificationId: newest?.id };
    const read = await call<BiddingBody>("notifications", bob, { json });
    assertEquals([read.status, typeof read.body.notification?.readAt], [200, "string"]);
    const left = await call<BiddingBody>("notifications", bob, { query: { unread: "true" } });
    assertEquals(left.body.notifications, older);
    detailsOf(await call("notifications", alice, { json }), "not_found");
  });
});

Deno.test("an inbox is read in pages, none of it twice", async () => {
  const bidders = await newBidders();
  for (let count = 0; count < 5; count++) await opened(bidders);
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: "2", ...(cursor ? { cursor } : {}) };
    const { body } = await call<BiddingBody>("notifications", bidders.alice, { query });
    ids.push(...present(body.notifications, "notifications").map(({ id }) => id));
    cursor = body.nextCursor;
  } while (cursor);
  assertEquals([ids.length, new Set(ids).size], [5, 5]);
  const { body } = await call<BiddingBody>("notifications", bidders.alice, { query: { unread: "false" } });
  assertEquals(body.notifications?.map(({ id }) => id), ids);
});

Deno.test("an admin calls a session off, and both are told why", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  const json = { sessionId, reason: "The heating broke down" };
  const cancelled = sessionIn(await call<BiddingBody>("cancel-session", bidders.admin, { json }));
  assertEquals([cancelled.status, cancelled.acceptsBids], ["cancelled", false]);
  const { body } = await seen(bidders.bob, sessionId);
  assertEquals([body.result?.outcome, body.result?.winner, body.result?.winningBidCents], [
    "cancelled",
    null,
    null,
  ]);
  const inbox = await call<BiddingBody>("notifications", bidders.bob, { query: "limit=1" });
  assertMatch(inbox.body.notifications?.[0]?.message ?? "", /The heating broke down/);
});

Deno.test("a bid whose deadline has passed is told how it ended", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  sessionIn(await bid(bidders.alice, sessionId, 3000));
  await letTimePass(sessionId, { untilEnd: 0 });
  const { result, status } = detailsOf(await bid(bidders.bob, sessionId, 4000), "session_closed");
  assertEquals([status, result], ["completed", {
    outcome: "completed",
    winner: "Alice",
    winningBidCents: 300_000,
    compensationCents: 75_000,
    platformRevenueCents: 225_000,
  }]);
});
