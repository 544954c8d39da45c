import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import {
  endsOf,
  racingForSession,
  settleBothSides,
  untilBlockedBy,
  untilPast,
  whileOpen,
} from "../support/bidding_races.ts";
import {
  type BiddingAnswer,
  type BiddingBody,
  type BiddingCast,
  biddingCast,
  codeOf,
  openStage,
  type Stage,
} from "../support/bidding_stage.ts";
import { callWithin } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";

type Move = (stage: Stage) => Promise<BiddingAnswer>;

interface Duel {
  readonly before?: Move;
  readonly first: Move;
  readonly second: Move;
  /** Codes of both, and how the session stands afterwards. */
  readonly expected: readonly [string, string, string];
}

const START = 100_000;
const aLeads: Move = (stage) => stage.bid("A", START);
const bBids: Move = (stage) => stage.bid("B", 110_000);
const bWithdraws: Move = (stage) => stage.withdraw("B");
const aWithdraws: Move = (stage) => stage.withdraw("A");
const cancels: Move = (stage) => stage.cancel();

/** Both wait for the session's row; whoever came first is served first. */
async function fight(cast: BiddingCast, { before, first, second, expected }: Duel): Promise<Stage> {
  const stage = await openStage(cast);
  if (before) assertEquals(codeOf(await before(stage)), "ok");
  const answers = await racingForSession(cast.sql, stage.id, [() => first(stage), () => second(stage)]);
  const { session } = await stage.seenBy("A");
  const price = session.leader === null ? "" : ` ${session.leader} at ${session.currentPriceCents}`;
  assertEquals([...answers.map(codeOf), `${session.status}${price}`], [...expected]);
  const isCompleted = session.status === "completed";
  const { closed, results, toldTwice } = await endsOf(cast, stage.id);
  assertEquals([closed, results, toldTwice], [Number(session.status !== "active"), Number(isCompleted), 0]);
  await stage.assertHonest();
  return stage;
}

Deno.test("a bid and a cancellation: the bid stands and is cancelled with the rest, or it comes too late", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const bidFirst = await fight(cast, {
    first: aLeads,
    second: cancels,
    expected: ["ok", "ok", "cancelled A at 100000"],
  });
  assertEquals(await bidFirst.ledger(), "session_created session_started bid_placed session_closed");
  const cancelFirst = await fight(cast, {
    first: cancels,
    second: aLeads,
    expected: ["ok", "session_closed", "cancelled"],
  });
  assertEquals(await cancelFirst.ledger(), "session_created session_started session_closed");
});

Deno.test("a bidder's own withdrawal: he leads and cannot leave, or he has left and cannot bid", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await fight(cast, {
    first: bBids,
    second: bWithdraws,
    expected: ["ok", "leader_cannot_withdraw", "active B at 110000"],
  });
  await fight(cast, {
    first: bWithdraws,
    second: bBids,
    expected: ["ok", "participant_withdrawn", "active"],
  });
  // Where a bid stands between two, the withdrawal of the other one ends the session for its leader.
  await fight(cast, {
    before: aLeads,
    first: bBids,
    second: bWithdraws,
    expected: ["ok", "leader_cannot_withdraw", "active B at 110000"],
  });
  await fight(cast, {
    before: aLeads,
    first: bWithdraws,
    second: bBids,
    expected: ["ok", "session_closed", "completed A at 100000"],
  });
});

Deno.test("a bid and the rival's withdrawal: he may go once he is outbid, and not before", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await fight(cast, {
    before: aLeads,
    first: bBids,
    second: aWithdraws,
    expected: ["ok", "ok", "completed B at 110000"],
  });
  await fight(cast, {
    before: aLeads,
    first: aWithdraws,
    second: bBids,
    expected: ["leader_cannot_withdraw", "ok", "active B at 110000"],
  });
});

Deno.test("a cancellation and a withdrawal that ends the session: one end, the first one's", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await fight(cast, {
    before: aLeads,
    first: bWithdraws,
    second: cancels,
    expected: ["ok", "session_closed", "completed A at 100000"],
  });
  await fight(cast, {
    before: aLeads,
    first: cancels,
    second: bWithdraws,
    expected: ["ok", "session_closed", "cancelled A at 100000"],
  });
});

async function cleanUp(sql: postgres.Sql | postgres.TransactionSql): Promise<number> {
  const [run] = await sql<
    { closed: number }[]
  >`select (private.session_cleanup() ->> 'closed')::integer as closed`;
  return run?.closed ?? -1;
}

Deno.test("the job passes by a session whose bid in time is not committed yet, and closes it for that bid", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { softCloseSeconds: 0 });
  await stage.leave(3);
  await whileOpen(cast.sql, async (transaction) => {
    const { status } = await callWithin<BiddingBody>(transaction, stage.who("A"), "submit_bid", {
      ["session_id"]: stage.id,
      ["amount_cents"]: START,
    });
    assertEquals(status, 200);
    await untilPast(cast.sql, stage.id);
    assertEquals(await cleanUp(cast.sql), 0);
  });
  assertEquals(await cleanUp(cast.sql), 1);
  assertEquals((await stage.result())?.winner, "A");
  await stage.assertHonest();
});

Deno.test("a bid that waits for the job that closes its session is told the outcome", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.bid("A", START);
  await stage.leave(-1);
  const { bid } = await whileOpen(cast.sql, async (transaction) => {
    assertEquals(await cleanUp(transaction), 1);
    const bid = stage.bid("B", 110_000);
    await untilBlockedBy(cast.sql, transaction);
    return { bid };
  });
  const { body } = await bid;
  assertEquals([body.code, body.details?.status], ["session_closed", "completed"]);
  assertEquals(body.details?.result, {
    outcome: "completed",
    winner: "A",
    winningBidCents: START,
    compensationCents: 25_000,
    platformRevenueCents: 75_000,
  });
  assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
  await stage.assertHonest();
});

async function longEnded(cast: BiddingCast): Promise<Stage> {
  const stage = await openStage(cast);
  await stage.bid("A", START);
  await stage.end();
  await settleBothSides(stage);
  await stage.leave(-31 * 86_400);
  return stage;
}

async function archive(sql: postgres.Sql | postgres.TransactionSql): Promise<number> {
  const [run] = await sql<{ moved: number }[]>`
    select (private.archive_sessions() ->> 'processed')::integer as moved`;
  return run?.moved ?? -1;
}

Deno.test("whoever waits for a session that is being archived finds himself in none", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const move of [bBids, bWithdraws, (stage: Stage) => stage.ceiling("B", 900_000)]) {
    const stage = await longEnded(cast);
    const { late } = await whileOpen(cast.sql, async (transaction) => {
      assertEquals(await archive(transaction), 1);
      const late = move(stage);
      await untilBlockedBy(cast.sql, transaction);
      return { late };
    });
    const answer = await late;
    assertEquals([answer.status, codeOf(answer)], [403, "not_a_participant"]);
    assertEquals(await stage.firstBroken(), null);
  }
});

Deno.test("the archive passes by a session that somebody holds, and takes it, whole, the next time", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  await whileOpen(cast.sql, async (transaction) => {
    const args = { ["session_id"]: stage.id, ["amount_cents"]: 110_000 };
    const { body } = await callWithin<BiddingBody>(transaction, stage.who("B"), "submit_bid", args);
    assertEquals(body.code, "session_closed");
    assertEquals(await archive(cast.sql), 0);
  });
  await stage.assertHonest();
  assertEquals([await archive(cast.sql), await archive(cast.sql)], [1, 0]);
  assertEquals(await stage.firstBroken(), null);
});
