/**
 * Bidding at the public URLs while the machine fails. The test command runs one round of every fault;
 * `BIDDING_FAULT_ROUNDS` asks for more, and then the last standstill is ended by cron itself, at its next minute.
 *
 * @example
 * ```sh
 * BIDDING_FAULT_ROUNDS=20 deno test --allow-all tests/chaos/bidding_faults_test.ts
 * ```
 */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { aSession } from "../support/bidding.ts";
import { assertNothingLost } from "../support/bidding_afterwards.ts";
import { BiddingLoad, type Request } from "../support/bidding_load.ts";
import { untilPast } from "../support/bidding_races.ts";
import { FaultyStack } from "../support/faulty_stack.ts";
import { present } from "../support/present.ts";
import { ask, signUpOn } from "../support/stack_requests.ts";

const ROUNDS = Number(Deno.env.get("BIDDING_FAULT_ROUNDS") ?? 1);
const BIDDERS = 6;
const WORKERS = 8;
/** Requests answered before a fault and after it. */
const SOME = 60;
const LONG_S = 900;
const CRON_WITHIN_MS = 90_000;
const HIT_WITHIN_MS = 60_000;

interface Scene {
  readonly stack: FaultyStack;
  readonly load: BiddingLoad;
  /** All that were opened. */
  readonly sessions: string[];
}

/** Opens sessions that end in so many seconds each. */
async function open(
  { stack: { info }, load, sessions }: Scene,
  seconds: readonly number[],
): Promise<string[]> {
  const opened: string[] = [];
  for (const each of seconds) {
    const answer = await ask(info, "/functions/v1/create-session", {
      headers: { apikey: info.secretKeys.default },
      body: aSession(load.bidders.map(({ userId }) => userId), {
        expiresAt: new Date(Date.now() + each * 1000).toISOString(),
        minimumIncrementBps: 10,
        maxRounds: 1000,
        softCloseSeconds: 0,
      }),
    });
    assertEquals(answer.status, 201, answer.text);
    opened.push(JSON.parse(answer.text).session.id);
  }
  sessions.push(...opened);
  return opened;
}

/** Bids go on, into deadlines too, while a fault comes and goes. */
async function endure(scene: Scene, fault: () => Promise<void>): Promise<void> {
  scene.load.aimAt(await open(scene, [LONG_S, LONG_S, 2, 3, 5]));
  await scene.load.untilAnswered(SOME);
  await fault();
  await scene.load.untilAnswered(SOME);
}

/** Terminates backends in the middle of their bids, until a few more were hit. */
async function terminateSome({ stack }: Scene): Promise<void> {
  const enough = stack.faults.backends + 20;
  const deadline = Date.now() + HIT_WITHIN_MS;
  while (stack.faults.backends < enough) {
    await stack.terminateBackends(["submit_bid", "set_auto_bid"]);
    assert(Date.now() < deadline, "Expected backends at work on bids but found none for a long time");
  }
}

/** The scheduler stands still while sessions end; then what it has missed is done, several times at once. */
async function standStill(scene: Scene, isCronWaitedFor: boolean): Promise<void> {
  const { stack, load } = scene;
  await stack.query((sql) => sql`select private.disable_schedules()`);
  const sessions = await open(scene, [3, 3, 3, 3]);
  const [busy, quiet] = [sessions.slice(0, 2), sessions.slice(2)];
  load.aimAt(sessions);
  await load.untilAnswered(SOME);
  load.aimAt(busy);
  for (const id of sessions) await stack.query((sql) => untilPast(sql, id));
  await load.untilAnswered(SOME);

  for (const id of quiet) await assertOverInEffect(scene, id);
  await stack.query((sql) => sql`select private.enable_schedules()`);
  if (isCronWaitedFor) await untilCronHasEnded(scene, sessions);
  else await Promise.all([drain(scene), drain(scene), cleanUp(scene), cleanUp(scene)]);
  const statuses = await stack.query((sql) =>
    sql<{ status: string }[]>`select status from public.bidding_sessions where session_id = any (${sessions})`
  );
  assertEquals(statuses.filter(({ status }) => status === "active"), []);
}

/** Nobody has closed it, and yet it takes no bids; unless somebody's late bid has. */
async function assertOverInEffect({ stack: { info }, load }: Scene, sessionId: string): Promise<void> {
  const bidder = present(load.bidders[0], "a bidder");
  const seen = await ask(info, `/functions/v1/get-session?sessionId=${sessionId}`, {
    headers: bidder.headers,
  });
  const { session } = JSON.parse(seen.text);
  const wasFound = load.answered.some((one) =>
    one.sessionId === sessionId && one.body.code === "session_closed"
  );
  assertEquals([session.acceptsBids, session.status === "active"], [false, !wasFound]);
}

async function drain({ stack }: Scene): Promise<void> {
  await stack.query((sql) => sql`call private.drain_job('session_cleanup')`);
}

async function cleanUp({ stack: { info } }: Scene): Promise<void> {
  const headers = { apikey: info.secretKeys.cron };
  const answer = await ask(info, "/functions/v1/session-cleanup", { headers, body: {} });
  assertEquals(answer.status, 200, answer.text);
}

async function untilCronHasEnded({ stack }: Scene, sessions: readonly string[]): Promise<void> {
  const deadline = Date.now() + CRON_WITHIN_MS;
  while (true) {
    const open = await stack.query((sql) =>
      sql`
        select from public.bidding_sessions
        where session_id = any (${sessions as string[]}) and status = 'active'`
    );
    if (open.length === 0) return;
    assert(Date.now() < deadline, "Expected cron to end what was due but found it open");
  }
}

function report({ stack: { faults }, load: { answered }, sessions }: Scene): string {
  const count = (is: (request: Request) => boolean) => answered.filter(is).length;
  const outcomes = new Map<string, number>();
  for (const { status, body } of answered) {
    const outcome = status === 200 ? "accepted" : body.code ?? "";
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return [
    `${faults.servers} kills of Postgres, ${faults.stacks} of the stack, ${faults.backends} backends terminated`,
    `${sessions.length} sessions, ${answered.length} requests: ` +
    [...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(", "),
    `${count(({ tries }) => tries > 1)} were sent again, ${
      count(({ wasReplayed }) => wasReplayed)
    } of them had ` +
    "been done the first time",
  ].join("\n");
}

Deno.test(`no acknowledged bid is lost and nothing happens twice, whatever fails (rounds: ${ROUNDS})`, async () => {
  assert(ROUNDS >= 1, "Expected BIDDING_FAULT_ROUNDS to be a number from 1");
  await using stack = await FaultyStack.start();
  const names = Array.from({ length: BIDDERS }, (_, index) => `bidder-${index}`);
  const bidders = await Promise.all(names.map((name) => signUpOn(stack.info, name)));
  await stack.query((sql) => sql`update private.rate_limits set max_requests = 1000000, period_seconds = 1`);
  const scene: Scene = { stack, load: new BiddingLoad(stack, bidders), sessions: [] };
  scene.load.start(WORKERS);
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await endure(scene, () => terminateSome(scene));
      await endure(scene, () => stack.killPostgres());
      await endure(scene, () => stack.killStack());
      await standStill(scene, round > 1 && round === ROUNDS);
    }
  } finally {
    await scene.load.stop();
  }
  await cleanUp(scene);
  await stack.query((sql) => assertNothingLost(sql, scene.sessions, scene.load.answered));
  const failures = await stack.query((sql) =>
    sql`
      select job, error, details from private.job_runs
      where status = 'failed' or (details ->> 'failed')::integer > 0`
  );
  assertEquals([...failures], []);
  console.log(report(scene));
  assertGreater(scene.load.answered.filter(({ tries }) => tries > 1).length, 0);
});
