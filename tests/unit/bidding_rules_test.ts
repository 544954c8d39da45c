import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type BiddingRules,
  type Ceiling,
  hardEnd,
  isOpen,
  maximumManualBid,
  minimumNext,
  nextStep,
  resolve,
  runnerUp,
  SESSION_TRANSITIONS,
  settlement,
  SETTLEMENT_TRANSITIONS,
  softClose,
  type Standing,
} from "../../shared/bidding/rules.ts";
import { present } from "../support/present.ts";

const RULES: BiddingRules = {
  startingBidCents: 100_000,
  minimumIncrementBps: 1000,
  maximumJumpBps: 20_000,
};
const MAX_CENTS = 100_000_000_000;
const MINUTE = 60_000;

const up = (bidder: string, maxCents: number): Ceiling => ({ bidder, maxCents });
const byHand = (bidder: string, maxCents: number): Ceiling => ({ bidder, maxCents, byHand: true });
const leads = (leader: string, priceCents: number): Standing => ({ leader, priceCents });

/** Who leads at what price once the last of these ceilings is set. */
function outcome(previous: Standing | null, ...ceilings: Ceiling[]): string {
  const resolution = resolve(ceilings, RULES, previous);
  return resolution === null ? "nobody" : `${resolution.leader} ${resolution.priceCents}`;
}

Deno.test("the reference vectors of the proxy rule hold", () => {
  assertEquals(outcome(null, up("A", 500_000)), "A 100000");
  assertEquals(outcome(leads("A", 100_000), up("A", 500_000), up("B", 200_000)), "A 220000");
  assertEquals(outcome(leads("A", 220_000), up("A", 500_000), up("B", 480_000)), "A 500000");
  assertEquals(outcome(leads("A", 100_000), up("A", 200_000), up("B", 200_000)), "A 200000");
  assertEquals(outcome(leads("A", 100_000), up("A", 200_000), up("B", 201_000)), "B 201000");
  assertEquals(outcome(leads("A", 220_000), up("B", 200_000), up("A", 900_000)), "A 220000");
});

Deno.test("a bid by hand states its price, and is shown where a ceiling answers it", () => {
  assertEquals(resolve([byHand("A", 150_000)], RULES, null), {
    ...leads("A", 150_000),
    bids: [{ bidder: "A", amountCents: 150_000 }],
  });
  assertEquals(resolve([byHand("A", 150_000), byHand("B", 300_000)], RULES, leads("A", 150_000)), {
    ...leads("B", 300_000),
    bids: [{ bidder: "B", amountCents: 300_000 }],
  });
  assertEquals(resolve([up("A", 500_000), byHand("B", 200_000)], RULES, leads("A", 100_000)), {
    ...leads("A", 220_000),
    bids: [{ bidder: "B", amountCents: 200_000 }, { bidder: "A", amountCents: 220_000 }],
  });
  // A ceiling that beats another shows no more than it takes.
  assertEquals(resolve([up("A", 200_000), up("B", 900_000)], RULES, leads("A", 100_000)), {
    ...leads("B", 220_000),
    bids: [{ bidder: "B", amountCents: 220_000 }],
  });
});

Deno.test("a leader's own ceiling moves nothing, even back to a rival's that came earlier", () => {
  assertEquals(outcome(leads("A", 200_000), up("B", 200_000), up("A", 200_000)), "A 200000");
  assertEquals(outcome(leads("A", 210_000), up("B", 200_000), up("A", 900_000)), "A 210000");
  assertEquals(resolve([up("A", 900_000)], RULES, leads("A", 210_000))?.bids, []);
  assertEquals(outcome(null), "nobody");
  assertEquals(outcome(leads("A", 5)), "A 5");
});

Deno.test("a leader keeps the lead against an equal ceiling, whichever was set first", () => {
  assertEquals(
    outcome(leads("A", 200_000), up("B", 200_000), up("A", 300_000), up("C", 300_000)),
    "A 300000",
  );
});

const amount = fc.integer({ min: 1, max: MAX_CENTS });
const rules = fc.record({
  startingBidCents: fc.integer({ min: 1, max: 10_000_000 }),
  minimumIncrementBps: fc.integer({ min: 1, max: 100_000 }),
  maximumJumpBps: fc.integer({ min: 10_000, max: 1_000_000 }),
});

Deno.test("a step is the least whole cent that is the increment above, at every amount there may be", () => {
  fc.assert(fc.property(amount, fc.integer({ min: 1, max: 100_000 }), (cents, bps) => {
    const step = BigInt(nextStep(cents, bps));
    const exact = BigInt(cents) * (10_000n + BigInt(bps));
    assertEquals(step * 10_000n >= exact, true);
    assertEquals((step - 1n) * 10_000n < exact, true);
    assertEquals(step > cents, true);
  }));
});

/** What everybody is in for, and who leads by it. */
interface Book {
  readonly standing: Standing | null;
  readonly ceilings: readonly Ceiling[];
}

const step = fc.record({
  bidder: fc.constantFrom("A", "B", "C", "D"),
  above: fc.nat(3_000_000),
  byHand: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Somebody sets a ceiling or bids by hand, as much as he may; holds the outcome to the rule in words. */
function advance({ standing, ceilings }: Book, move: Step, given: BiddingRules): Book {
  const { bidder, above, byHand } = move;
  const isOwn = standing?.leader === bidder;
  const least = isOwn ? standing.priceCents : minimumNext(standing?.priceCents ?? null, given);
  const others = ceilings.filter((ceiling) => ceiling.bidder !== bidder);
  const all = [...others, { bidder, maxCents: least + above, byHand: byHand && !isOwn }];
  const after = present(resolve(all, given, standing), "a leader");
  const { leader, priceCents } = after;

  const most = Math.max(...all.map(({ maxCents }) => maxCents));
  assertEquals(all.find((ceiling) => ceiling.bidder === leader)?.maxCents, most);
  assertEquals(priceCents <= most && priceCents >= (standing?.priceCents ?? given.startingBidCents), true);
  if (isOwn) assertEquals(after, { ...standing, bids: [] });
  else if (leader === bidder) assertEquals(after.bids, [{ bidder, amountCents: priceCents }]);
  else {
    const answer = Math.min(most, nextStep(least + above, given.minimumIncrementBps));
    assertEquals(priceCents, answer);
    assertEquals(after.bids, [{ bidder, amountCents: least + above }, {
      bidder: leader,
      amountCents: answer,
    }]);
  }
  if (leader === bidder && byHand && !isOwn) assertEquals(priceCents, least + above);
  return { standing: { leader, priceCents }, ceilings: all };
}

Deno.test("whatever is bid, the highest ceiling leads, and the price neither falls nor passes what it must", () => {
  const history = fc.array(step, { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(rules, history, (given, steps) => {
    steps.reduce<Book>((book, move) => advance(book, move, given), { standing: null, ceilings: [] });
  }));
});

Deno.test("the least and the most that may be bid next, to the cent", () => {
  const cases = [
    // price, least, most
    [null, 100_000, 200_000],
    [283_500, 311_850, 567_000],
    [10_499, 11_549, 20_998],
    [1, 2, 2],
    [3, 4, 6],
    [9, 10, 18],
    [10, 11, 20],
    [11, 13, 22],
  ] as const;
  for (const [price, least, most] of cases) {
    assertEquals([minimumNext(price, RULES), maximumManualBid(price, RULES)], [least, most], String(price));
  }
  const steep = { ...RULES, minimumIncrementBps: 15_000 };
  assertEquals(maximumManualBid(100_000, steep), minimumNext(100_000, steep));
  assertEquals(maximumManualBid(MAX_CENTS, { ...RULES, maximumJumpBps: 1_000_000 }), 10_000_000_000_000);
});

Deno.test("what may be bid by hand is never above the most nor below the least", () => {
  fc.assert(fc.property(fc.option(amount), rules, (price, given) => {
    const [least, most] = [minimumNext(price, given), maximumManualBid(price, given)];
    assertEquals(Number.isSafeInteger(least) && Number.isSafeInteger(most), true);
    assertEquals(least >= (price ?? given.startingBidCents) && most >= least, true);
  }));
});

Deno.test("compensation is rounded down, and the two parts are the price", () => {
  const cases = [
    [400_000, 2500, 100_000, 300_000],
    [283_500, 2500, 70_875, 212_625],
    [311_850, 2500, 77_962, 233_888],
    [10_499, 2500, 2624, 7875],
    [1, 2500, 0, 1],
    [3, 10_000, 3, 0],
    [100_000, 0, 0, 100_000],
    [MAX_CENTS - 1, 9999, 99_989_999_999, 10_000_000],
  ] as const;
  for (const [price, bps, compensationCents, platformRevenueCents] of cases) {
    assertEquals(settlement(price, bps), {
      winningBidCents: price,
      compensationCents,
      platformRevenueCents,
    });
  }
  assertEquals(settlement(400_000, 2500, false).platformRevenueCents, 400_000);
  fc.assert(fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (price, bps) => {
    const { compensationCents, platformRevenueCents } = settlement(price, bps);
    assertEquals(compensationCents + platformRevenueCents, price);
    assertEquals(compensationCents, Number(BigInt(price) * BigInt(bps) / 10_000n));
  }));
});

Deno.test("the runner-up is the highest rival, of equal ones the earlier, of two people the other", () => {
  const rival = (bidder: string, highestCents: number | null) => ({ bidder, highestCents });
  assertEquals(runnerUp([rival("B", 300), rival("C", 400)], "always"), "C");
  assertEquals(runnerUp([rival("B", 400), rival("C", 400)], "if_bid"), "B");
  assertEquals(runnerUp([rival("B", null), rival("C", 1)], "always"), "C");
  assertEquals(runnerUp([rival("B", null)], "always"), "B");
  assertEquals(runnerUp([rival("B", null)], "if_bid"), null);
  assertEquals(runnerUp([rival("B", null), rival("C", null)], "always"), null);
});

Deno.test("a late bid resets what remains, as far as the hard end; any other leaves the deadline", () => {
  const times = { startsAt: 0, expiresAt: 180 * MINUTE, hardEndAt: hardEnd(0, 180 * MINUTE) };
  assertEquals(times.hardEndAt, 210 * MINUTE);
  assertEquals(hardEnd(0, 24 * 60 * MINUTE), 24 * 60 * MINUTE);
  assertEquals(hardEnd(0, 23.75 * 60 * MINUTE), 24 * 60 * MINUTE);
  assertEquals(softClose(times, 100 * MINUTE, 120), times.expiresAt);
  assertEquals(softClose(times, 178 * MINUTE, 120), times.expiresAt);
  assertEquals(softClose(times, 178 * MINUTE + 1, 120), times.expiresAt + 1);
  assertEquals(softClose(times, 180 * MINUTE - 1, 120), 182 * MINUTE - 1);
  assertEquals(softClose(times, 180 * MINUTE - 1, 0), times.expiresAt);
  const late = { ...times, expiresAt: 209 * MINUTE };
  assertEquals(softClose(late, 208.5 * MINUTE, 120), times.hardEndAt);
  assertEquals(softClose({ ...late, expiresAt: times.hardEndAt }, 209.9 * MINUTE, 120), times.hardEndAt);
});

Deno.test("whoever comes at the deadline is late", () => {
  const times = { startsAt: 1000, expiresAt: 2000, hardEndAt: 2000 };
  assertEquals([999, 1000, 1999, 2000].map((at) => isOpen(times, at)), [false, true, true, false]);
});

Deno.test("sessions and settlements move as their tables say, and end for good", () => {
  assertEquals(SESSION_TRANSITIONS, {
    pending: ["active", "cancelled"],
    active: ["completed", "expired", "cancelled"],
    completed: [],
    expired: [],
    cancelled: [],
  });
  assertEquals(SETTLEMENT_TRANSITIONS, {
    pending: ["processing", "completed", "failed"],
    processing: ["completed", "failed"],
    failed: ["processing", "completed"],
    completed: ["refunded"],
    refunded: [],
  });
});
