import { assertEquals, assertStringIncludes } from "@std/assert";
import { play, played } from "../support/bidding_moves.ts";
import { biddingCast, codeOf, openStage } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";

/** A price, the share of it that is owed, and what the loser and the platform get: exact to the cent. */
const MONEY: readonly (readonly [price: number, bps: number, compensation: number, revenue: number])[] = [
  [400_000, 2500, 100_000, 300_000],
  [360_000, 2500, 90_000, 270_000],
  [500_000, 2500, 125_000, 375_000],
  [283_500, 2500, 70_875, 212_625],
  [100_001, 2500, 25_000, 75_001],
  [100_003, 2500, 25_000, 75_003],
  [100_004, 2500, 25_001, 75_003],
  [99_999, 9999, 99_989, 10],
  [10_499, 3333, 3499, 7000],
  [3, 3333, 0, 3],
  [1, 2500, 0, 1],
  [1, 9999, 0, 1],
  [1, 10_000, 1, 0],
  [100_000, 0, 0, 100_000],
  [100_000, 10_000, 100_000, 0],
  [99_999_999_999, 2500, 24_999_999_999, 75_000_000_000],
];

Deno.test("the compensation is the share of the price rounded down, the rest is revenue, to the cent", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [price, compensationBps, compensation, revenue] of MONEY) {
    const stage = await openStage(cast, { startingBidCents: price, compensationBps });
    await played(stage, `A bids ${price}`);
    await stage.end();
    assertEquals(await stage.result(), {
      winner: "A",
      loser: "B",
      winning: price,
      compensation,
      revenue,
      payout: compensation === 0 ? null : "pending",
      currency: "USD",
    });
    await stage.assertHonest();
  }
});

/** Policy, participants, moves, and who is compensated. */
const LOSERS: readonly (readonly [policy: string, letters: string, moves: string, loser: string | null])[] = [
  // Of two there is one other; the policy says whether he must have bid.
  ["always", "AB", "A bids 100000", "B"],
  ["if_bid", "AB", "A bids 100000", null],
  ["always", "AB", "A bids 100000, B bids 110000", "A"],
  ["if_bid", "AB", "A bids 100000, B bids 110000", "A"],
  ["if_bid", "AB", "A ceiling 900000, B bids 110000", "B"],
  ["if_bid", "AB", "A ceiling 900000, B ceiling 110000", "B"],
  ["if_bid", "AB", "A ceiling 900000, B ceiling 110000, B clears", "B"],
  // Of more, only those who have bid.
  ["always", "ABC", "A bids 100000", null],
  ["if_bid", "ABC", "A bids 100000", null],
  ["always", "ABC", "A bids 100000, C bids 110000", "A"],
  // The runner-up is the highest of the others, by bid or by ceiling, not the last who led.
  ["always", "ABC", "A ceiling 300000, B bids 150000, C bids 200000", "C"],
  ["always", "ABC", "A ceiling 150000, B bids 200000, C bids 220000", "B"],
  ["always", "ABC", "A ceiling 190000, B bids 200000, A clears, C bids 220000", "B"],
  ["always", "ABC", "A ceiling 200000, B ceiling 190000, C ceiling 900000", "A"],
  ["always", "ABC", "B ceiling 200000, A ceiling 190000, C ceiling 900000", "B"],
  ["always", "ABCD", "A bids 100000, B bids 110000, C bids 121000, D bids 133100", "C"],
  ["always", "ABCDE", "E bids 100000, D bids 110000, C bids 121000, B bids 133100, A ceiling 500000", "B"],
];

Deno.test("the compensation goes to the runner-up by ceiling, as the policy has it", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [compensationPolicy, letters, moves, loser] of LOSERS) {
    const stage = await openStage(cast, { compensationPolicy }, letters);
    await played(stage, moves);
    await stage.end();
    const result = await stage.result();
    assertEquals([compensationPolicy, letters, moves, result?.loser], [
      compensationPolicy,
      letters,
      moves,
      loser,
    ]);
    assertEquals((result?.compensation ?? 0) > 0, loser !== null);
    await stage.assertHonest();
  }
  const refused = await openStage(cast, { compensationPolicy: "if_bid" });
  await played(refused, "A bids 100000");
  assertEquals((await play(refused, "B bids 100000, B ceiling 109999")).map(codeOf), [
    "bid_too_low",
    "ceiling_too_low",
  ]);
  await refused.end();
  assertEquals((await refused.result())?.loser, null);
});

Deno.test("of two whom the winner beat at the same amount, the one who had it first is the runner-up", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  // Whichever of them has which id.
  for (
    const [first, second, winner] of ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"].map((order) => [...order])
  ) {
    for (const answer of [`${second} ceiling 200000`, `${second} bids 200000`]) {
      for (
        const after of [
          [],
          [`${first} clears`],
          [`${first} ceiling 300000`, `${first} ceiling 200000`],
          [`${second} clears`],
        ]
      ) {
        const stage = await openStage(cast, {}, "ABC");
        const moves = [`${first} ceiling 200000`, answer, ...after, `${winner} bids 220000`].join(", ");
        await played(stage, moves);
        await stage.end();
        assertEquals([moves, (await stage.result())?.loser], [moves, first]);
        await stage.assertHonest();
      }
    }
  }
});

Deno.test("a session of two ends for the leader once his rival withdraws", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const policies = [["always", "A bids 100000", "B"], ["if_bid", "A bids 100000", null], [
    "if_bid",
    "A ceiling 500000, B bids 110000",
    "B",
  ]] as const;
  for (const [compensationPolicy, moves, loser] of policies) {
    const stage = await openStage(cast, { compensationPolicy });
    await played(stage, moves);
    const leads = await stage.withdraw("A");
    assertEquals([leads.status, codeOf(leads)], [409, "leader_cannot_withdraw"]);
    const [left] = await played(stage, "B withdraws");
    assertEquals(left?.body.session?.status, "completed");
    const result = await stage.result();
    assertEquals([result?.winner, result?.loser], ["A", loser]);
    assertEquals((await stage.ledger()).split(" ").slice(-2), ["participant_withdrawn", "session_closed"]);
    await stage.assertHonest();
  }
});

Deno.test("the first bid of the only one left wins at once, by hand and by ceiling", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [letters, moves] of [["AB", "A withdraws"], ["ABC", "A withdraws, C withdraws"]] as const) {
    for (const [bid, price] of [["B bids 150000", 150_000], ["B ceiling 150000", 100_000]] as const) {
      const stage = await openStage(cast, { compensationPolicy: "if_bid" }, letters);
      await played(stage, moves);
      const [won] = await played(stage, bid);
      assertEquals([won?.body.session?.status, won?.body.session?.leader], ["completed", "B"]);
      const result = await stage.result();
      assertEquals([result?.winner, result?.loser, result?.winning], ["B", null, price]);
      await stage.assertHonest();
    }
  }
});

Deno.test("who withdraws bids no more; the session goes on while anybody is left to bid", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), {}, "ABC");
  await played(stage, "A bids 100000, B bids 110000, A withdraws");
  assertEquals((await stage.seenBy("B")).session.status, "active");
  assertEquals(
    (await play(stage, "A bids 200000, A ceiling 200000, A clears, A withdraws")).map(codeOf),
    Array(4).fill("participant_withdrawn"),
  );
  await played(stage, "C bids 121000, B withdraws");
  assertEquals((await stage.seenBy("C")).session.status, "completed");
  const result = await stage.result();
  assertEquals([result?.winner, result?.loser], ["C", "B"]);
  await stage.assertHonest();
});

Deno.test("a session in which nobody has bid expires, by its deadline or by the last who withdraws", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const silent = await openStage(cast);
  await silent.end();
  const left = await openStage(cast);
  await played(left, "A withdraws");
  assertEquals((await left.seenBy("A")).session.status, "active");
  await played(left, "B withdraws");
  for (const stage of [silent, left]) {
    const { session, result } = await stage.seenBy("A");
    assertEquals([session.status, session.minimumNextCents], ["expired", null]);
    assertEquals(result, {
      outcome: "expired",
      winner: null,
      winningBidCents: null,
      compensationCents: null,
      platformRevenueCents: null,
    });
    assertEquals(await stage.result(), undefined);
    await stage.assertHonest();
  }
});

Deno.test("a cancelled session has no winner, whoever led", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A bids 100000");
  assertEquals(codeOf(await stage.cancel()), "ok");
  const { session, result } = await stage.seenBy("A");
  assertEquals([session.status, session.leader, session.currentPriceCents], ["cancelled", "A", 100_000]);
  assertEquals([result?.outcome, result?.winner, await stage.result()], ["cancelled", null, undefined]);
  await stage.assertHonest();
});

Deno.test("the money of a result is for winner, loser and admins", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), {}, "ABC");
  await played(stage, "A bids 100000, B bids 110000");
  await stage.end();
  const money = { winningBidCents: 110_000, compensationCents: 27_500, platformRevenueCents: 82_500 };
  for (const letter of "AB") {
    assertEquals((await stage.seenBy(letter)).result, { outcome: "completed", winner: "B", ...money });
  }
  const nothing = { winningBidCents: null, compensationCents: null, platformRevenueCents: null };
  assertEquals((await stage.seenBy("C")).result, { outcome: "completed", winner: "B", ...nothing });
});

Deno.test("a session keeps its currency, from its price to its result and in its words", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { currency: "EUR", startingBidCents: 283_500 });
  const [bid] = await played(stage, "A bids 283500");
  assertEquals(bid?.body.session?.currency, "EUR");
  const low = await stage.bid("B", 311_849);
  assertStringIncludes(`${low.body.message}`, "EUR 3118.50");
  const high = await stage.bid("B", 567_001);
  assertStringIncludes(`${high.body.message}`, "EUR 5670.00");
  const beneath = await stage.ceiling("A", 1);
  assertStringIncludes(`${beneath.body.message}`, "EUR 2835.00");
  await stage.end();
  assertEquals((await stage.result())?.currency, "EUR");
  const usual = await openStage(cast);
  assertEquals((await usual.seenBy("A")).session.currency, "USD");
});
