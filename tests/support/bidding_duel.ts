/** Sessions with an entry of every kind in their ledger, for those who look for what is wrong with one. */
import { played } from "./bidding_moves.ts";
import { type BiddingCast, openStage, type Stage } from "./bidding_stage.ts";

/**
 * A session with an entry of every kind. 1 created, 2 started, 3 A 100000 by proxy, 4 B 200000 by proxy, 5 A 220000,
 * 6 C 242000 by hand, 7 A 266200, 8 B 292820 by hand, 9 A 322102, 10 extended, 11 C withdrawn.
 */
export async function duel(cast: BiddingCast): Promise<Stage> {
  const stage = await openStage(cast, {}, "ABC");
  await played(stage, "A ceiling 500000, B ceiling 200000, C bids 242000");
  await stage.leave(60);
  await played(stage, "B bids 292820, C withdraws");
  return stage;
}

/** The same, and 12 closed. */
export async function endedDuel(cast: BiddingCast): Promise<Stage> {
  const stage = await duel(cast);
  await stage.end();
  return stage;
}
