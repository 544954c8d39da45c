/** The jobs of bidding, run by their key as the scheduler runs them. */
import { assertEquals } from "@std/assert";
import { type JobRun, jobRun } from "../../shared/job_run.ts";
import {
  bid,
  type Bidders,
  type BiddingAnswer,
  type BiddingBody,
  holderOf,
  letTimePass,
  newBidders,
  opened,
  seen,
  sessionIn,
} from "../support/bidding_functions.ts";
import { call, refused } from "../support/functions.ts";
import { present } from "../support/present.ts";

const DAY_SECONDS = 86_400;

/** Runs a job; again where the scheduler of the stack was at work on it. */
async function runJob(slug: string): Promise<JobRun> {
  const answer: BiddingAnswer = await call<BiddingBody>(slug, await holderOf("cron"), { json: {} });
  assertEquals(answer.status, 200, answer.text);
  const run = jobRun.parse(answer.body);
  return run.status === "skipped" ? await runJob(slug) : run;
}

async function inboxOf(bidders: Bidders, type: string) {
  const { body } = await call<BiddingBody>("notifications", bidders.alice);
  return present(body.notifications, "notifications").filter((notification) => notification.type === type);
}

Deno.test("session-cleanup opens and closes what is due, and says what it did", async () => {
  const bidders = await newBidders();
  const bidIn = await opened(bidders);
  sessionIn(await bid(bidders.alice, bidIn, 3000));
  const silent = await opened(bidders);
  const later = await opened(bidders, { startsAt: new Date(Date.now() + 3_600_000).toISOString() });
  for (const sessionId of [bidIn, silent]) await letTimePass(sessionId, { untilEnd: -1 });
  await letTimePass(later, { untilStart: -1 });
  assertEquals((await seen(bidders.alice, later)).body.session?.acceptsBids, true);

  const { success, job, status, details } = await runJob("session-cleanup");
  assertEquals([success, job, status], [true, "session_cleanup", "succeeded"]);
  assertEquals(Object.keys(details).toSorted(), ["closed", "failed", "opened", "processed"]);
  const statuses = await Promise.all(
    [bidIn, silent, later].map(async (sessionId) =>
      (await seen(bidders.alice, sessionId)).body.session?.status
    ),
  );
  assertEquals(statuses, ["completed", "expired", "active"]);
  assertEquals((await seen(bidders.bob, silent)).body.result?.outcome, "expired");

  const before = (await seen(bidders.alice, bidIn)).body.session?.seq;
  await runJob("session-cleanup");
  assertEquals((await seen(bidders.alice, bidIn)).body.session?.seq, before);
});

Deno.test("expiration-warnings tells participants once, with the time that is left", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  await runJob("expiration-warnings");
  assertEquals(await inboxOf(bidders, "session_ending_soon"), []);
  await letTimePass(sessionId, { untilEnd: 600 });
  for (let run = 0; run < 2; run++) await runJob("expiration-warnings");
  const [warning, ...more] = await inboxOf(bidders, "session_ending_soon");
  const left = Number(warning?.data.secondsLeft);
  assertEquals([warning?.sessionId, left > 540 && left <= 600, more], [sessionId, true, []]);
});

Deno.test("archive-sessions takes away what ended more than 30 days ago, and nothing else", async () => {
  const bidders = await newBidders();
  const [old, recent] = [await opened(bidders), await opened(bidders)];
  for (const [sessionId, days] of [[old, 31], [recent, 29]] as const) {
    const json = { sessionId, reason: "The night is gone" };
    sessionIn(await call<BiddingBody>("cancel-session", bidders.admin, { json }));
    await letTimePass(sessionId, { untilEnd: -days * DAY_SECONDS });
  }
  const { success, job } = await runJob("archive-sessions");
  assertEquals([success, job], [true, "archive_sessions"]);
  refused(await seen(bidders.admin, old), "not_found");
  refused(await seen(bidders.alice, old), "not_a_participant");
  assertEquals((await seen(bidders.alice, recent)).body.session?.status, "cancelled");
  const told = await inboxOf(bidders, "session_cancelled");
  assertEquals(told.map(({ sessionId }) => sessionId), [recent]);
});

Deno.test("jobs that run at the same time do no harm", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders);
  sessionIn(await bid(bidders.alice, sessionId, 3000));
  await letTimePass(sessionId, { untilEnd: -1 });
  const runs = await Promise.all(Array.from({ length: 4 }, () => runJob("session-cleanup")));
  assertEquals(runs.every(({ success }) => success), true);
  await runJob("session-cleanup");
  const { body } = await seen(bidders.bob, sessionId);
  assertEquals(body.events?.filter(({ type }) => type === "session_closed").length, 1);
  assertEquals((await inboxOf(bidders, "winner_announcement")).length, 1);
});
