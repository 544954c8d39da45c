/** Every code that is bidding's own, raised at the URL of a function that promises it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { asMethod, type Contract } from "../../shared/contract.ts";
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import type { ErrorCode } from "../../shared/error_catalogue.ts";
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
import { call, refused } from "../support/functions.ts";
import { present } from "../support/present.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
const DAY_MS = 86_400_000;

type Raise = (bidders: Bidders) => Promise<readonly [BiddingAnswer, Readonly<Record<string, unknown>>]>;

const create = (bidders: Bidders, overrides: Readonly<Record<string, unknown>>) =>
  call<BiddingBody>("create-session", bidders.admin, { json: draftFor(bidders, overrides) });
const day = (ahead: number) => new Date(Date.now() + ahead * DAY_MS).toISOString().slice(0, 10);

/** How each code is raised, and the details it comes with. */
const RAISED: ReadonlyMap<ErrorCode, Raise> = new Map<ErrorCode, Raise>([
  ["not_a_participant", async ({ alice }) => [await bid(alice, UNKNOWN, 3300), {}]],
  ["not_found", async ({ admin }) => [await seen(admin, UNKNOWN), {}]],
  [
    "user_not_found",
    async (bidders) => [
      await create(bidders, { participants: [{ userId: bidders.alice.id }, { userId: UNKNOWN }] }),
      { issues: [{ path: "participants.1.userId", message: "Expected a user with an account" }] },
    ],
  ],
  [
    "night_not_eligible",
    async (bidders) => [
      await create(bidders, { targetNight: day(31) }),
      { earliest: day(0), latest: day(30) },
    ],
  ],
  ["archetype_not_eligible", async (bidders) => {
    const participants = [{ userId: bidders.alice.id }, {
      userId: bidders.bob.id,
      archetype: "average_user",
    }];
    return [await create(bidders, { participants }), { participant: 1, archetype: "average_user" }];
  }],
  ["session_exists", async (bidders) => {
    const propertyId = crypto.randomUUID();
    const sessionId = await opened(bidders, { propertyId });
    return [await create(bidders, { propertyId }), { sessionId }];
  }],
  ["session_not_started", async (bidders) => {
    const sessionId = await opened(bidders, { startsAt: new Date(Date.now() + DAY_MS).toISOString() });
    const startsAt = (await seen(bidders.alice, sessionId)).body.session?.startsAt;
    return [await bid(bidders.alice, sessionId, 3000), { startsAt }];
  }],
  ["already_leading", async (bidders) => {
    const sessionId = await opened(bidders);
    sessionIn(await bid(bidders.alice, sessionId, 3000));
    return [await bid(bidders.alice, sessionId, 4000), { currentPriceCents: 300_000 }];
  }],
  ["bid_too_low", async (bidders) => {
    const details = { minimumNextCents: 283_500, currentPriceCents: null };
    return [await bid(bidders.alice, await opened(bidders), 2834.99), details];
  }],
  [
    "bid_too_high",
    async (bidders) => [
      await bid(bidders.alice, await opened(bidders), 5670.01),
      { maximumCents: 567_000 },
    ],
  ],
  ["ceiling_too_low", async (bidders) => {
    const json = { sessionId: await opened(bidders), maxAmount: 2834.99 };
    return [await call("set-auto-bid", bidders.alice, { json }), { minimumCents: 283_500 }];
  }],
  ["no_rounds_left", async (bidders) => {
    const sessionId = await opened(bidders, { maxRounds: 1 });
    sessionIn(await bid(bidders.alice, sessionId, 3000));
    sessionIn(await bid(bidders.bob, sessionId, 3300));
    return [await bid(bidders.alice, sessionId, 3630), { maxRounds: 1 }];
  }],
  ["leader_cannot_withdraw", async (bidders) => {
    const sessionId = await opened(bidders);
    sessionIn(await bid(bidders.alice, sessionId, 3000));
    return [await call("withdraw-bid", bidders.alice, { json: { sessionId } }), {}];
  }],
  ["participant_withdrawn", async (bidders) => {
    const sessionId = await opened(bidders);
    sessionIn(await call<BiddingBody>("withdraw-bid", bidders.bob, { json: { sessionId } }));
    return [await bid(bidders.bob, sessionId, 3000), {}];
  }],
  ["session_closed", async (bidders) => {
    const json = { sessionId: await opened(bidders), reason: "The night is gone" };
    const { endedAt } = sessionIn(await call<BiddingBody>("cancel-session", bidders.admin, { json }));
    const money = { winningBidCents: null, compensationCents: null, platformRevenueCents: null };
    const result = { outcome: "cancelled", winner: null, ...money };
    return [await bid(bidders.alice, json.sessionId, 3000), { status: "cancelled", endedAt, result }];
  }],
  [
    "cursor_invalid",
    async ({ alice }) => [await call("notifications", alice, { query: "cursor=made-up" }), {}],
  ],
]);

for (const [code, raise] of RAISED) {
  Deno.test(`${code} is answered with its status, its body and its details`, async () => {
    const [answer, details] = await raise(await newBidders());
    assertEquals(detailsOf(answer, code), details);
    assertMatch(present(answer.body.requestId, "a request id"), /^req_[0-9a-f]{32}$/);
  });
}

Deno.test("no code of a bidding function is left out here", () => {
  const contracts: readonly Contract[] = Object.values(TWO_PART_PATHS).flat().map((slug) => CONTRACTS[slug]);
  const promised = contracts.flatMap((contract) =>
    contract.methods.flatMap((method) => asMethod(contract, method).errors)
  );
  // No job of this stack is made to fail; deliver_notifications_test.ts has a stack of its own for that.
  assertEquals([...new Set(promised)].toSorted(), [...RAISED.keys(), "job_failed"].toSorted());
});

Deno.test("whoever bids too often is told when to come back, and refused bids count", async () => {
  const { alice, ...rest } = await newBidders();
  const sessionId = await opened({ alice, ...rest });
  for (let count = 0; count < 10; count++) refused(await bid(alice, sessionId, 1), "bid_too_low");
  const limited = await bid(alice, sessionId, 3000);
  const details = detailsOf(limited, "rate_limited");
  const seconds = Number(limited.headers.get("retry-after"));
  assert(seconds >= 1 && seconds <= 6, `${seconds} s`);
  assertEquals(details, { limit: 10, periodSeconds: 60, retryAfterSeconds: seconds });
  assertEquals(limited.headers.get("ratelimit-remaining"), "0");
  // Each operation has a limit of its own.
  const query = { sessionId };
  assertEquals((await call("set-auto-bid", alice, { method: "DELETE", query })).status, 200);
});

Deno.test("what a request must look like is said field by field", async () => {
  const bidders = await newBidders();
  const json = { propertyId: "x", targetNight: "today", startingBid: 1.005, participants: [{ userId: 7 }] };
  const { details } = refused(await call("create-session", bidders.admin, { json }), "invalid_request");
  assertEquals(details?.issues?.map(({ path }) => path).toSorted(), [
    "participants",
    "participants.0.userId",
    "propertyId",
    "startingBid",
    "targetNight",
  ]);
  const sessionId = await opened(bidders);
  for (
    const amounts of [{}, { amount: 3000, amountCents: 300_000 }, { amount: 0.1 + 0.2 }, { amount: "3000" }]
  ) {
    const answer = await call("submit-bid", bidders.alice, { json: { sessionId, ...amounts } });
    const issues = present(refused(answer, "invalid_request").details?.issues, "issues");
    assertEquals(issues.map(({ path }) => path), ["amount"]);
    assertMatch(issues[0]?.message ?? "", /^Expected /);
  }
  assertEquals((await seen(bidders.alice, sessionId)).body.session?.currentPriceCents, null);
});
