/** Sessions that have ended, some of them long ago. */
import { settle } from "./bidding_desk.ts";
import { type BiddingCast, openStage, type Stage } from "./bidding_stage.ts";
import { present } from "./present.ts";
import { succeeded } from "./tasks.ts";

const DAY = 86_400;

/** A session that B won before A by his ceiling. */
export async function decided(cast: BiddingCast): Promise<Stage> {
  const stage = await openStage(cast);
  await stage.bid("A", 100_000);
  await stage.ceiling("B", 500_000);
  await stage.ceiling("A", 200_000);
  await stage.withdraw("A");
  return stage;
}

/** The money of a session is settled. */
export async function paid(stage: Stage): Promise<void> {
  for (const side of ["payment", "payout"] as const) {
    succeeded(await settle(stage, { side, status: "completed" }));
  }
}

/** A session that was decided and paid, and ended 31 days ago. */
export async function longEnded(cast: BiddingCast): Promise<Stage> {
  const stage = await decided(cast);
  await paid(stage);
  await endedAgo(stage, 31);
  return stage;
}

/** A session that was called off. */
export async function cancelled(cast: BiddingCast): Promise<Stage> {
  const stage = await openStage(cast);
  await stage.cancel();
  return stage;
}

/** Lets time pass until a session's end lies so many days behind. */
export async function endedAgo(stage: Stage, days: number): Promise<void> {
  const { session } = await stage.seenBy("A");
  const ended = Date.parse(present(session.endedAt, "an end"));
  await stage.leave((Date.parse(session.expiresAt) - ended) / 1000 - days * DAY);
}
