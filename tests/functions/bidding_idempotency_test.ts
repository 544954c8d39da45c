/** One Idempotency-Key is one effect: every write of bidding, at its URL. */
import { assertEquals } from "@std/assert";
import {
  bid,
  type Bidders,
  type BiddingAnswer,
  type BiddingBody,
  detailsOf,
  draftFor,
  newBidders,
  opened,
  seen,
  sessionIn,
} from "../support/bidding_functions.ts";
import { call, type FunctionCall, type FunctionCaller, refused } from "../support/functions.ts";
import { present } from "../support/present.ts";

/** One write, and another request that the same key must not stand for. */
interface Write {
  readonly slug: string;
  readonly caller: FunctionCaller;
  readonly request: FunctionCall;
  readonly other: FunctionCall;
  readonly status?: number;
}

type Prepare = (bidders: Bidders) => Promise<Write>;

const WRITES: ReadonlyMap<string, Prepare> = new Map<string, Prepare>([
  ["create-session", (bidders) =>
    Promise.resolve({
      slug: "create-session",
      caller: bidders.admin,
      request: { json: draftFor(bidders) },
      other: { json: draftFor(bidders) },
      status: 201,
    })],
  ["submit-bid", async (bidders) => {
    const sessionId = await opened(bidders);
    return {
      slug: "submit-bid",
      caller: bidders.alice,
      request: { json: { sessionId, amount: 3000 } },
      other: { json: { sessionId, amount: 3000.01 } },
    };
  }],
  ["set-auto-bid", async (bidders) => {
    const sessionId = await opened(bidders);
    return {
      slug: "set-auto-bid",
      caller: bidders.alice,
      request: { json: { sessionId, maxAmount: 3800 } },
      other: { json: { sessionId, maxAmount: 3900 } },
    };
  }],
  ["set-auto-bid with DELETE", async (bidders) => {
    const [sessionId, another] = [await opened(bidders), await opened(bidders)];
    return {
      slug: "set-auto-bid",
      caller: bidders.alice,
      request: { method: "DELETE", query: { sessionId } },
      other: { method: "DELETE", query: { sessionId: another } },
    };
  }],
  ["withdraw-bid", async (bidders) => {
    const [sessionId, another] = [await opened(bidders), await opened(bidders)];
    return {
      slug: "withdraw-bid",
      caller: bidders.bob,
      request: { json: { sessionId } },
      other: { json: { sessionId: another } },
    };
  }],
  ["cancel-session", async (bidders) => {
    const sessionId = await opened(bidders);
    return {
      slug: "cancel-session",
      caller: bidders.admin,
      request: { json: { sessionId, reason: "The heating broke down" } },
      other: { json: { sessionId, reason: "It works again" } },
    };
  }],
  ["notifications", async (bidders) => {
    await opened(bidders);
    await opened(bidders);
    const { body } = await call<BiddingBody>("notifications", bidders.alice);
    const [one, two] = present(body.notifications, "notifications");
    return {
      slug: "notifications",
      caller: bidders.alice,
      request: { json: { notificationId: one?.id } },
      other: { json: { notificationId: two?.id } },
    };
  }],
]);

const replayed = ({ headers }: BiddingAnswer) => headers.get("idempotency-replayed");

for (const [name, prepare] of WRITES) {
  Deno.test(`${name} sent four times at once under one key happens once and answers alike`, async () => {
    const { slug, caller, request, other, status = 200 } = await prepare(await newBidders());
    const headers = { "idempotency-key": `key ~ ${crypto.randomUUID()}` };
    const send = (what: FunctionCall) => call<BiddingBody>(slug, caller, { ...what, headers });
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(request)));
    assertEquals(answers.map((answer) => answer.status), Array(4).fill(status), answers[0]?.text);
    assertEquals(new Set(answers.map(({ text }) => text)).size, 1);
    assertEquals(answers.map(replayed).toSorted(), [null, "true", "true", "true"]);

    refused(await send(other), "idempotency_key_reused");
    const late = await call<BiddingBody>(`bidding/${slug}`, caller, { ...request, headers });
    assertEquals([late.status, late.text, replayed(late)], [status, answers[0]?.text, "true"]);
  });
}

Deno.test("a bid is replayed as it was, however far the session has gone on", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  const headers = { "idempotency-key": crypto.randomUUID() };
  const send = (json: unknown) => call<BiddingBody>("submit-bid", bidders.alice, { json, headers });
  const first = await send({ sessionId, amount: 3000 });
  sessionIn(await bid(bidders.bob, sessionId, 3300));
  const json = { sessionId, reason: "The night is gone" };
  sessionIn(await call<BiddingBody>("cancel-session", bidders.admin, { json }));
  // The same bid in its other form is the same bid.
  const again = await send({ amountCents: 300_000, sessionId, isManualBid: true });
  assertEquals([again.status, again.text, replayed(again)], [200, first.text, "true"]);
  const { body } = await seen(bidders.admin, sessionId);
  assertEquals(body.events?.filter(({ type }) => type === "bid_placed").length, 2);
});

Deno.test("a refusal is replayed too: what was refused stays refused under its key", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  const send = (key: string) =>
    call<BiddingBody>("submit-bid", bidders.alice, {
      json: { sessionId, amount: 4000 },
      headers: { "idempotency-key": key },
    });
  sessionIn(await bid(bidders.alice, sessionId, 3000));
  const first = await send("a");
  assertEquals(detailsOf(first, "already_leading"), { currentPriceCents: 300_000 });
  sessionIn(await bid(bidders.bob, sessionId, 3300));
  const again = await send("a");
  assertEquals([replayed(first), replayed(again)], [null, "true"]);
  const unsigned = ({ body: { requestId: _, ...said } }: BiddingAnswer) => said;
  assertEquals([again.status, unsigned(again)], [409, unsigned(first)]);
  assertEquals(sessionIn(await send("b")).youLead, true);
});
