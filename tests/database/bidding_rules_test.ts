import { assertEquals } from "@std/assert";
import { play, played } from "../support/bidding_moves.ts";
import { biddingCast, codeOf, openStage } from "../support/bidding_stage.ts";
import { callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";

/** Start 1000.00, increment 10 %: what is played, who leads at what price, and the bids that everybody sees. */
const PROXY: readonly (readonly [moves: string, standing: string, bids: string])[] = [
  // The vectors of the rules.
  ["A ceiling 500000", "A at 100000", "A 100000 leads by proxy"],
  [
    "A ceiling 500000, B ceiling 200000",
    "A at 220000",
    "A 100000 leads by proxy, B 200000 by proxy, A 220000 leads by proxy",
  ],
  [
    "A ceiling 500000, B ceiling 480000",
    "A at 500000",
    "A 100000 leads by proxy, B 480000 by proxy, A 500000 leads by proxy",
  ],
  [
    "A ceiling 200000, B ceiling 200000",
    "A at 200000",
    "A 100000 leads by proxy, B 200000 by proxy, A 200000 leads by proxy",
  ],
  [
    "A ceiling 200000, B ceiling 201000",
    "B at 201000",
    "A 100000 leads by proxy, B 201000 leads by proxy",
  ],
  ["A ceiling 500000, A ceiling 900000", "A at 100000", "A 100000 leads by proxy"],
  // A lone bid: a ceiling leads at the start, a bid by hand states its price; the first may equal the start.
  ["A ceiling 100000", "A at 100000", "A 100000 leads by proxy"],
  ["A bids 100000", "A at 100000", "A 100000 leads"],
  ["A bids 150000", "A at 150000", "A 150000 leads"],
  // By hand below, at and above a standing ceiling.
  [
    "A ceiling 150000, B bids 120000",
    "A at 132000",
    "A 100000 leads by proxy, B 120000, A 132000 leads by proxy",
  ],
  [
    "A ceiling 150000, B bids 149999",
    "A at 150000",
    "A 100000 leads by proxy, B 149999, A 150000 leads by proxy",
  ],
  [
    "A ceiling 150000, B bids 150000",
    "A at 150000",
    "A 100000 leads by proxy, B 150000, A 150000 leads by proxy",
  ],
  ["A ceiling 150000, B bids 150001", "B at 150001", "A 100000 leads by proxy, B 150001 leads"],
  ["A ceiling 150000, B bids 200000", "B at 200000", "A 100000 leads by proxy, B 200000 leads"],
  // A ceiling against a bid by hand: at the least that may be bid, and far above.
  ["A bids 100000, B ceiling 110000", "B at 110000", "A 100000 leads, B 110000 leads by proxy"],
  ["A bids 100000, B ceiling 500000", "B at 110000", "A 100000 leads, B 110000 leads by proxy"],
  // The increment bites, fits, and is left over by a cent.
  ["A ceiling 200000, B ceiling 200001", "B at 200001", "A 100000 leads by proxy, B 200001 leads by proxy"],
  ["A ceiling 200000, B ceiling 219999", "B at 219999", "A 100000 leads by proxy, B 219999 leads by proxy"],
  ["A ceiling 200000, B ceiling 220000", "B at 220000", "A 100000 leads by proxy, B 220000 leads by proxy"],
  ["A ceiling 200000, B ceiling 220001", "B at 220000", "A 100000 leads by proxy, B 220000 leads by proxy"],
  // Of three, the second highest makes the price, whoever it is; a beaten ceiling never rises again.
  [
    "A ceiling 300000, B ceiling 200000, C ceiling 250000",
    "A at 275000",
    "A 100000 leads by proxy, B 200000 by proxy, A 220000 leads by proxy, C 250000 by proxy, A 275000 leads by proxy",
  ],
  [
    "A ceiling 200000, B ceiling 500000, C ceiling 300000",
    "B at 330000",
    "A 100000 leads by proxy, B 220000 leads by proxy, C 300000 by proxy, B 330000 leads by proxy",
  ],
  // A leader by hand gets a ceiling; one who was beaten bids by hand.
  [
    "A bids 100000, A ceiling 300000, B bids 150000",
    "A at 165000",
    "A 100000 leads, B 150000, A 165000 leads by proxy",
  ],
  [
    "A ceiling 150000, B bids 200000, A bids 220000",
    "A at 220000",
    "A 100000 leads by proxy, B 200000 leads, A 220000 leads",
  ],
  // A leader who cleared or lowered his ceiling is in for the price and no more.
  [
    "A ceiling 500000, B bids 200000, A clears, B bids 242000",
    "B at 242000",
    "A 100000 leads by proxy, B 200000, A 220000 leads by proxy, B 242000 leads",
  ],
  [
    "A ceiling 500000, B bids 200000, A ceiling 242000, B bids 242000",
    "A at 242000",
    "A 100000 leads by proxy, B 200000, A 220000 leads by proxy, B 242000, A 242000 leads by proxy",
  ],
];

Deno.test("leader and price are as the proxy rule has them, with at most two bids per request", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [moves, standing, bids] of PROXY) {
    const stage = await openStage(cast, {}, "ABC");
    await played(stage, moves);
    assertEquals([moves, await stage.standing(), await stage.bids()], [moves, standing, bids]);
    await stage.assertHonest();
  }
});

/** A price, an increment, and the least that may be bid next: rounded up to the cent. */
const STEPS: readonly (readonly [price: number, bps: number, minimum: number])[] = [
  [283_500, 1000, 311_850],
  [10_499, 1000, 11_549],
  [99_999, 1000, 109_999],
  [100_000, 1000, 110_000],
  [100_001, 1000, 110_002],
  [1, 1000, 2],
  [9, 1000, 10],
  [10, 1000, 11],
  [11, 1000, 13],
  [1, 1, 2],
  [9999, 1, 10_000],
  [10_000, 1, 10_001],
  [10_001, 1, 10_003],
  [283_500, 3333, 377_991],
  [100, 100_000, 1100],
  [90_000_000_000, 1000, 99_000_000_000],
];

Deno.test("the least that may be bid next is one increment above the price, rounded up to the cent", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [price, bps, minimum] of STEPS) {
    const stage = await openStage(cast, {
      startingBidCents: price,
      minimumIncrementBps: bps,
      maximumJumpBps: 1_000_000,
    });
    const [first] = await played(stage, `A bids ${price}`);
    assertEquals([price, bps, first?.body.session?.minimumNextCents], [price, bps, minimum]);
    const low = await stage.bid("B", minimum - 1);
    assertEquals([low.status, codeOf(low), low.body.details], [422, "bid_too_low", {
      minimumNextCents: minimum,
      currentPriceCents: price,
    }]);
    const beneath = await stage.ceiling("B", minimum - 1);
    assertEquals([codeOf(beneath), beneath.body.details], ["ceiling_too_low", { minimumCents: minimum }]);
    await played(stage, `B bids ${minimum}`);
    assertEquals(await stage.standing(), `B at ${minimum}`);
  }
});

Deno.test("the first bid may equal the start and not be less, by hand and by ceiling", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  const low = await stage.bid("A", 99_999);
  assertEquals([codeOf(low), low.body.details], ["bid_too_low", {
    minimumNextCents: 100_000,
    currentPriceCents: null,
  }]);
  const beneath = await stage.ceiling("A", 99_999);
  assertEquals([codeOf(beneath), beneath.body.details], ["ceiling_too_low", { minimumCents: 100_000 }]);
  assertEquals([await stage.standing(), await stage.bids()], ["nobody", ""]);
  await played(stage, "A bids 100000");
});

Deno.test("where the next step lies beyond what can be bid, the leader stays", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), { startingBidCents: 100_000_000_000 });
  await played(stage, "A ceiling 100000000000");
  assertEquals((await play(stage, "B bids 100000000000, B ceiling 100000000000")).map(codeOf), [
    "bid_too_low",
    "ceiling_too_low",
  ]);
  assertEquals(codeOf(await stage.bid("B", 100_000_000_001)), "invalid_request");
});

/** A start, the price if there is one, the jump, and the most that may be bid by hand. */
const JUMPS: readonly (readonly [start: number, price: number | null, jump: number, maximum: number])[] = [
  [100_000, null, 20_000, 200_000],
  [100_000, 100_000, 20_000, 200_000],
  [100_000, 150_000, 20_000, 300_000],
  // Rounded down to the cent.
  [10_499, 10_499, 15_000, 15_748],
  [10_499, null, 15_001, 15_749],
  // Never below the least.
  [100_000, null, 10_000, 100_000],
  [100_000, 100_000, 10_000, 110_000],
  [100_000, 100_000, 10_999, 110_000],
  [100_000, 100_000, 11_001, 110_010],
  [1, 1, 15_000, 2],
];

Deno.test("a bid by hand goes no higher than the jump allows, and the least is always allowed", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [start, price, jump, maximum] of JUMPS) {
    // The price is one that a ceiling makes, since bids by hand are what the jump bounds.
    const stage = await openStage(cast, { startingBidCents: start, maximumJumpBps: jump }, "ABC");
    if (price !== null) await played(stage, `A ceiling ${start}`);
    if (price !== null && price > start) {
      await played(stage, `A ceiling ${price}, C ceiling ${price}`);
    }
    const high = await stage.bid("B", maximum + 1);
    assertEquals([start, price, jump, high.status, codeOf(high), high.body.details], [
      start,
      price,
      jump,
      422,
      "bid_too_high",
      { maximumCents: maximum },
    ]);
    await played(stage, `B bids ${maximum}`);
  }
});

Deno.test("a ceiling may be as high as its owner likes, whatever the jump", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), { maximumJumpBps: 10_000 });
  await played(stage, "A ceiling 100000000000");
  assertEquals(await stage.standing(), "A at 100000");
});

Deno.test("everybody bids by hand exactly as often as there are rounds; refusals do not count", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const maxRounds of [1, 3]) {
    const stage = await openStage(cast, { maxRounds });
    let amount = 100_000;
    for (let round = 1; round <= maxRounds; round += 1) {
      for (const letter of "AB") {
        const refused = await play(stage, `${letter} bids ${amount - 1}, ${letter} bids 90000000000`);
        assertEquals(refused.map(codeOf), ["bid_too_low", "bid_too_high"]);
        const [bid] = await played(stage, `${letter} bids ${amount}`);
        assertEquals([letter, bid?.body.session?.roundsLeft], [letter, maxRounds - round]);
        amount = bid?.body.session?.minimumNextCents ?? 0;
      }
    }
    const spent = await stage.bid("A", amount);
    assertEquals([spent.status, codeOf(spent), spent.body.details], [409, "no_rounds_left", { maxRounds }]);
    // Too low and too high are told before it.
    assertEquals((await play(stage, `A bids ${amount - 1}, A bids 90000000000`)).map(codeOf), [
      "bid_too_low",
      "bid_too_high",
    ]);
    // His ceiling still bids for him.
    await played(stage, `A ceiling ${amount}`);
    assertEquals(await stage.standing(), `A at ${amount}`);
    await stage.assertHonest();
  }
});

Deno.test("what the proxy bids counts as no round, a bid by hand that it answers does", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), { maxRounds: 2 });
  const answers = await played(stage, "A ceiling 900000, B bids 110000, B bids 133100");
  assertEquals(answers.map(({ body }) => body.session?.roundsLeft), [2, 1, 0]);
  assertEquals(codeOf(await stage.bid("B", 161_051)), "no_rounds_left");
  assertEquals((await stage.seenBy("A")).session.roundsLeft, 2);
  await stage.assertHonest();
});

Deno.test("whoever leads is told so, whatever he bids", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A ceiling 500000");
  for (const amount of [1, 100_000, 110_000, 90_000_000_000]) {
    const refused = await stage.bid("A", amount);
    assertEquals([refused.status, codeOf(refused), refused.body.details], [409, "already_leading", {
      currentPriceCents: 100_000,
    }]);
  }
  assertEquals(await stage.bids(), "A 100000 leads by proxy");
});

Deno.test("an outsider is told the same of a session of others and of none", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await played(stage, "A bids 100000");
  const calls: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["submit_bid", { ["amount_cents"]: 110_000 }],
    ["submit_bid", { ["amount_cents"]: 1 }],
    ["set_auto_bid", { ["max_amount_cents"]: 110_000 }],
    ["set_auto_bid", { ["max_amount_cents"]: null }],
    ["get_auto_bid", {}],
    ["withdraw_bid", {}],
    ["get_session", {}],
  ];
  for (const [name, args] of calls) {
    const [real, none] = await Promise.all(
      [stage.id, crypto.randomUUID()].map((id) =>
        callAs(database.sql, cast.outsider, name, { ["session_id"]: id, ...args })
      ),
    );
    assertEquals([name, real?.status, real?.body.code], [name, 403, "not_a_participant"]);
    assertEquals([name, real?.text], [name, none?.text]);
  }
});
