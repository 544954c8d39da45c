import { assertEquals } from "@std/assert";
import { duel, endedDuel } from "../support/bidding_duel.ts";
import { play, played } from "../support/bidding_moves.ts";
import { type BiddingBody, biddingCast, openStage } from "../support/bidding_stage.ts";
import { tamperingWith } from "../support/bidding_tampering.ts";
import { agent, anon, type Caller, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { agentToken } from "../support/tasks.ts";

Deno.test("every honest session verifies: open, ended, cancelled, with refusals, extended and left", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const cancelled = await duel(cast);
  await cancelled.cancel();
  const refused = await openStage(cast);
  await play(
    refused,
    "A bids 1, A bids 100000, A bids 110000, B bids 100000, B ceiling 1, A withdraws, A clears",
  );
  const expired = await openStage(cast);
  await expired.end();
  const stages = [
    await openStage(cast),
    await openStage(cast, { startsAt }),
    await duel(cast),
    await endedDuel(cast),
    cancelled,
    refused,
    expired,
  ];
  for (const stage of stages) {
    await stage.assertHonest();
    await tamperingWith(stage, async (tamper) => {
      // Nothing in the way of looking finds something by itself.
      assertEquals(await tamper("select pg_temp.hash_anew(:id)"), { difference: null, brokenSeq: null });
    });
  }
});

/** What the session's row may say that its ledger does not, and what is named first. */
const ROW: readonly (readonly [change: string, what: string])[] = [
  ["seq = seq + 1", "seq"],
  ["seq = seq - 1", "seq"],
  ["ledger_hash = sha256(ledger_hash)", "hash of the ledger"],
  ["ledger_hash = null", "hash of the ledger"],
  ["status = 'pending'", "status"],
  ["status = 'completed', ended_at = now()", "status"],
  ["status = 'cancelled', ended_at = now(), cancellation_reason = 'x'", "status"],
  ["current_price_cents = current_price_cents + 1", "price"],
  ["current_price_cents = current_price_cents - 1", "price"],
  ["current_price_cents = null, leader_id = null", "price"],
  ["leader_id = :B", "leader"],
  ["leader_id = :C", "leader"],
  ["expires_at = expires_at + interval '1 microsecond'", "deadline"],
  ["expires_at = expires_at - interval '1 microsecond'", "deadline"],
  ["property_id = gen_random_uuid()", "the rules"],
  ["listing_id = gen_random_uuid()", "the rules"],
  ["target_night = target_night + 1", "the rules"],
  ["currency = 'EUR'", "the rules"],
  ["starting_bid_cents = 99999", "the rules"],
  ["minimum_increment_bps = 999", "the rules"],
  ["max_rounds = 4", "the rules"],
  ["round_duration_seconds = 3601", "the rules"],
  ["maximum_jump_bps = 20001", "the rules"],
  ["compensation_bps = 2501", "the rules"],
  ["compensation_policy = 'if_bid'", "the rules"],
  ["soft_close_seconds = 121", "the rules"],
  ["starts_at = starts_at - interval '1 microsecond'", "the rules"],
  ["hard_end_at = hard_end_at + interval '1 microsecond'", "the rules"],
];

Deno.test("what a session's row says and its ledger does not is named", async () => {
  await using database = await freshDatabase();
  const stage = await duel(await biddingCast(database));
  await tamperingWith(stage, async (tamper) => {
    for (const [change, what] of ROW) {
      const { difference } = await tamper(
        `update public.bidding_sessions set ${change} where session_id = :id`,
      );
      assertEquals([change, difference?.what], [change, what]);
    }
    const { difference } = await tamper(
      "update public.bidding_sessions set current_price_cents = 322103 where session_id = :id",
    );
    assertEquals(difference, { what: "price", expected: 322_102, found: 322_103 });
  });
});

Deno.test("rounds and ceilings that the bids do not allow are named, and no ceiling told", async () => {
  await using database = await freshDatabase();
  const stage = await duel(await biddingCast(database));
  const ids = new Map("ABC".split("").map((letter) => [letter, stage.who(letter).userId]));
  await tamperingWith(stage, async (tamper) => {
    const own = (set: string, letter: string) =>
      tamper(`update public.bidding_auto_bids set ${set} where session_id = :id and user_id = :${letter}`);
    for (const [letter, rounds] of [["A", 0], ["B", 1], ["C", 1]] as const) {
      for (const found of [rounds + 1, rounds - 1]) {
        const { difference } = await own(`rounds_used = ${found}`, letter);
        assertEquals(difference, { what: `rounds of ${ids.get(letter)}`, expected: rounds, found });
      }
    }
    // Neither ever led: each is shown with all he was in for.
    for (const [letter, most] of [["B", 292_820], ["C", 242_000]] as const) {
      const { difference } = await own(`max_amount_cents = ${most + 1}, set_at = now()`, letter);
      assertEquals(difference, { what: `the ceiling of ${ids.get(letter)}`, expected: true, found: false });
      assertEquals((await own(`max_amount_cents = ${most}, set_at = now()`, letter)).difference, null);
    }
    // The leader's own may be anything from the price on, and is nobody's business.
    assertEquals((await own("max_amount_cents = 90000000000", "A")).difference, null);

    const hidden = await tamper("delete from public.bid_details where session_id = :id and seq = 4");
    assertEquals(hidden.difference?.what, `rounds of ${ids.get("B")}`);
    const forged = await tamper(
      "insert into public.bid_details select session_id, seq, user_id from public.bids where session_id = :id and seq = 6",
    );
    assertEquals(forged.difference?.what, `rounds of ${ids.get("C")}`);
    const ofNoBid = await tamper("insert into public.bid_details values (:id, 1, :A)");
    assertEquals(ofNoBid.difference?.what, "what proxies placed");
  });
});

Deno.test("a ceiling that was beaten lies below the bid that beat it", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A ceiling 300000, B bids 200000, B ceiling 400000");
  assertEquals(await stage.standing(), "B at 330000");
  await tamperingWith(stage, async (tamper) => {
    const raised = (cents: number) =>
      tamper(
        `update public.bidding_auto_bids set max_amount_cents = ${cents} where session_id = :id and user_id = :A`,
      );
    assertEquals((await raised(329_999)).difference, null);
    assertEquals((await raised(330_000)).difference?.what, `the ceiling of ${stage.who("A").userId}`);
  });
});

Deno.test("who takes part, has withdrawn and may bid is what the ledger says", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  const idOf = (letter: string) => stage.who(letter).userId;
  const withdrawal = (letter: string, at: string) =>
    `update public.bidding_participants set withdrawn_at = ${at} where session_id = :id and user_id = :${letter}`;
  const added = `insert into private.session_members values (:id, :D);
    insert into public.bidding_participants (session_id, user_id, alias) values (:id, :D, 'D')`;
  const cases: readonly (readonly [change: string, what: string])[] = [
    [withdrawal("C", "withdrawn_at + interval '1 microsecond'"), `the withdrawal of ${idOf("C")}`],
    [withdrawal("C", "null"), `the withdrawal of ${idOf("C")}`],
    [withdrawal("B", "now()"), `the withdrawal of ${idOf("B")}`],
    [added, `the auto-bid row of ${idOf("D")}`],
    ["insert into private.session_members values (:id, :D)", `the part of ${idOf("D")}`],
    [
      "delete from private.session_members where session_id = :id and user_id = :C",
      `the part of ${idOf("C")}`,
    ],
    ...["A", "B", "C"].map((letter) =>
      [
        `delete from public.bidding_auto_bids where session_id = :id and user_id = :${letter}`,
        `the auto-bid row of ${idOf(letter)}`,
      ] as const
    ),
    [
      "delete from public.bidding_participants where session_id = :id and user_id = :B",
      "bid 4: by a participant",
    ],
  ];
  await tamperingWith(stage, async (tamper) => {
    for (const [change, what] of cases) {
      assertEquals([change, (await tamper(change)).difference?.what], [change, what]);
    }
  });
});

Deno.test("when a session ended is what its ledger says", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const cancelled = await duel(cast);
  await cancelled.cancel();
  const expired = await openStage(cast);
  await expired.end();
  for (const stage of [await endedDuel(cast), cancelled, expired]) {
    await tamperingWith(stage, async (tamper) => {
      for (
        const ended of ["ended_at + interval '1 microsecond'", "ended_at - interval '1 microsecond'", "null"]
      ) {
        const { difference } = await tamper(
          `update public.bidding_sessions set ended_at = ${ended} where session_id = :id`,
        );
        assertEquals([ended, difference?.what], [ended, "ended at"]);
      }
    });
  }
});

Deno.test("a ceiling where nobody has bid is named: it would have bid", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await tamperingWith(stage, async (tamper) => {
    const { difference } = await tamper(
      "update public.bidding_auto_bids set max_amount_cents = 1, set_at = now() where session_id = :id and user_id = :B",
    );
    assertEquals(difference?.what, `the ceiling of ${stage.who("B").userId}`);
  });
});

/** What a result may say that the ledger does not lead to. */
const RESULT: readonly (readonly [change: string, what: string])[] = [
  ["winner_id = :B, loser_id = :A", "winner"],
  ["loser_id = :C", "loser"],
  ["loser_id = null, compensation_cents = 0, platform_revenue_cents = 322102, payout_status = null", "loser"],
  ["winning_bid_cents = 322103, platform_revenue_cents = 241578", "winning bid"],
  ["compensation_cents = 80526, platform_revenue_cents = 241576", "compensation"],
  ["compensation_cents = 80524, platform_revenue_cents = 241578", "compensation"],
  ["currency = 'EUR'", "currency"],
  ["decided_at = decided_at + interval '1 microsecond'", "decided at"],
];

Deno.test("a result that the ledger does not lead to is named, and one that is missing", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await endedDuel(cast);
  assertEquals(await stage.result(), {
    winner: "A",
    loser: "B",
    winning: 322_102,
    compensation: 80_525,
    revenue: 241_577,
    payout: "pending",
    currency: "USD",
  });
  await tamperingWith(stage, async (tamper) => {
    for (const [change, what] of RESULT) {
      const { difference } = await tamper(
        `update public.bidding_results set ${change} where session_id = :id`,
      );
      assertEquals([change, difference?.what], [change, what]);
    }
    const gone = await tamper("delete from public.bidding_results where session_id = :id");
    assertEquals(gone.difference?.what, "winner");
    // No ceiling makes another runner-up: one that would is none that can stand.
    const raised = await tamper(
      "update public.bidding_auto_bids set max_amount_cents = 300000, set_at = now() where session_id = :id and user_id = :C",
    );
    assertEquals(raised.difference?.what, `the ceiling of ${stage.who("C").userId}`);
  });
  for (const open of [await duel(cast), await openStage(cast)]) {
    await tamperingWith(open, async (tamper) => {
      const { difference } = await tamper(
        `insert into public.bidding_results (session_id, winner_id, currency, winning_bid_cents, compensation_cents,
           platform_revenue_cents, decided_at) values (:id, :A, 'USD', 322102, 0, 322102, now())`,
      );
      assertEquals(difference?.what, "no result");
    });
  }
});

Deno.test("verify_session is for admins and the service, and knows which sessions there are", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await duel(cast);
  const callers: readonly (readonly [Caller, number])[] = [
    [anon, 401],
    [agent(await agentToken(database.sql, "marketplace-amazon")), 401],
    [stage.who("A"), 403],
    [cast.outsider, 403],
    [cast.admin, 200],
    [service, 200],
  ];
  for (const [caller, status] of callers) {
    const args = { ["session_id"]: stage.id };
    assertEquals((await readOnlyCallAs(database.sql, caller, "verify_session", args)).status, status);
    const audited = { ["resource_type"]: "session", ["resource_id"]: stage.id };
    assertEquals((await readOnlyCallAs(database.sql, caller, "verify_audit", audited)).status, status);
  }
  for (const id of [crypto.randomUUID(), null]) {
    const { status, body } = await readOnlyCallAs<BiddingBody>(database.sql, service, "verify_session", {
      ["session_id"]: id,
    });
    assertEquals([id, status, body.code], [id, 404, "not_found"]);
  }
});
