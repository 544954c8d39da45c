/** How a watch goes on where Realtime or the functions fail, and which failures end it. */
import { assert, assertEquals } from "@std/assert";
import { backoff } from "../../shared/backoff.ts";
import { isFinal, WATCH_BACKOFF } from "../../shared/bidding/watch_retry.ts";
import { watchSession } from "../../shared/bidding/watch_session.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { FakeSession } from "../support/fake_session.ts";
import { answers, closed, live, watching } from "../support/watching.ts";

const STRICT = { sanitizeOps: true, sanitizeResources: true };
const SECONDS = 1000;

Deno.test("a socket that breaks is told once and read after; its return is read too", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  for (let times = 0; times < 3; times++) session.follow("CHANNEL_ERROR", new Error("socket closed: 1006"));
  session.write();
  await answers(session);
  session.write();
  session.follow("SUBSCRIBED");
  await answers(session);
  assertEquals(told, ["unreachable 0", "event 3", "snapshot 3", "event 4", "snapshot 4"]);
  session.follow("TIMED_OUT");
  assertEquals(told.at(-1), "unreachable 0");
  await closed(watch, clock, session);
});

Deno.test("why live updates are away is told", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const messages: string[] = [];
  const { watch } = await live(session, { onError: ({ message }) => messages.push(message) });
  session.follow("CHANNEL_ERROR", new Error("socket closed: 1006"));
  assertEquals(messages, ["Live updates are away: socket closed: 1006"]);
  await closed(watch, clock, session);
});

Deno.test("a channel that the server closes is joined again, with patience", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const reasons: string[] = [];
  const { watch } = await live(session, { onError: ({ message }) => reasons.push(message) });
  session.system("error", "Token has expired 0 seconds ago");
  for (const seconds of [1, 2, 5, 10, 10]) {
    const joins = session.joins;
    session.follow("CLOSED");
    await answers(session);
    await clock.pass(seconds * SECONDS - 1);
    assertEquals(session.joins, joins);
    await clock.pass(1);
    assertEquals(session.joins, joins + 1);
    await answers(session);
  }
  session.follow("SUBSCRIBED");
  await answers(session);
  assertEquals(reasons, ["Live updates are away: Token has expired 0 seconds ago"]);
  session.follow("CLOSED");
  await clock.pass(1 * SECONDS);
  assertEquals(session.channels.length, 1, "and patience begins anew");

  session.follow("CLOSED");
  const second = watching(session);
  await answers(session);
  assertEquals(session.channels.length, 0, "for whoever comes meanwhile too");
  await second.watch.close();
  await closed(watch, clock, session);
});

Deno.test("a failure is told and tried again, each time after twice as long", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  const failing = async (statuses: readonly number[]) => {
    for (const [before, status] of statuses.entries()) {
      session.fail(status);
      await clock.pass(250 * 2 ** before - 1);
      assertEquals(session.isAsked, false);
      await clock.pass(250 * 2 ** before + 1);
      assertEquals(session.isAsked, true);
    }
  };
  await settled();
  await failing([503, 0, 500, 503]);
  await answers(session);
  assertEquals(told.slice(0, 4), ["unknown 503", "unreachable 0", "unknown 500", "unknown 503"]);
  assertEquals(told.slice(4), ["event 1", "event 2", "snapshot 2"]);
  await clock.pass(15 * SECONDS);
  await failing([503, 503]);
  await closed(watch, clock, session);
});

Deno.test("a channel that is live again cuts the wait short", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  await settled();
  session.fail(503);
  await settled();
  assertEquals(session.isAsked, false);
  session.follow("SUBSCRIBED");
  await answers(session);
  assertEquals(told, ["unknown 503", "event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
});

Deno.test("whoever is told how long to wait waits", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  await settled();
  session.fail(429, { code: "rate_limited" }, { "retry-after": "7" });
  await settled();
  session.follow("SUBSCRIBED");
  await clock.pass(7 * SECONDS - 1);
  assertEquals([told, session.isAsked], [["rate_limited 429"], false]);
  await clock.pass(1);
  await answers(session);
  assertEquals(told.slice(1), ["event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
});

Deno.test("an expired token is told, and the watch goes on once there is another", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  await settled();
  session.fail(401, { error: "The token has expired", code: "credentials_expired", details: {} });
  await clock.pass(1 * SECONDS);
  await answers(session);
  assertEquals(told, ["credentials_expired 401", "event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
});

for (
  const [status, code] of [
    [400, "invalid_request"],
    [401, "credentials_invalid"],
    [403, "not_a_participant"],
    [404, "not_found"],
  ] as const
) {
  Deno.test(`${status} ${code} is the last thing told`, STRICT, async () => {
    using clock = new FakeClock();
    const session = new FakeSession();
    const { watch, told } = watching(session);
    await settled();
    session.fail(status, { error: "No", code, details: {} });
    assertEquals(await watch.ended, "refused");
    assertEquals(told, [`${code} ${status}`]);
    assertEquals([clock.pending, session.channels.length], [0, 0]);
  });
}

Deno.test("an answer that does not come is given up and asked for again", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  await clock.pass(10 * SECONDS);
  assertEquals([told, session.isAsked], [["unreachable 0"], false]);
  await clock.pass(1 * SECONDS);
  await answers(session);
  assertEquals(told.slice(1), ["event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
});

Deno.test("a client that never comes to calling is given up too", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const deaf = { ...session.client, functions: { invoke: () => new Promise<never>(() => {}) } };
  const errors: string[] = [];
  const watch = watchSession(deaf, session.id, { onError: ({ code }) => errors.push(code) });
  await clock.pass(21 * SECONDS);
  assertEquals(errors, ["unreachable", "unreachable"]);
  await closed(watch, clock, session);
});

Deno.test("an answer that is none, or lacks what it says, is no answer", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  for (const answer of ["<html>Sign in</html>", null, {}, { ...session.snapshot(), events: [] }]) {
    await settled();
    session.answerWith(answer);
    await clock.pass(4 * SECONDS);
  }
  await answers(session);
  assertEquals(told.slice(0, 4), Array(4).fill("unknown 200"));
  assertEquals(told.slice(4), ["event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
});

Deno.test("a message that promises what never comes is asked for ever more slowly", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  const calls = session.calls;
  session.say({ seq: 1_000_000, type: "bid_placed" });
  for (let passed = 0; passed < 300; passed++) {
    await answers(session);
    await clock.pass(1 * SECONDS);
  }
  assert(session.calls - calls < 30, `Expected few calls in 300 s but found ${session.calls - calls}`);
  assertEquals(told.filter((what) => what.startsWith("event")), []);
  await closed(watch, clock, session);
});

Deno.test("waits double up to half a minute and are scattered; what is final is not tried again", () => {
  const waits = (random: number, ...failures: number[]) =>
    failures.map((count) => backoff(count, { ...WATCH_BACKOFF, random }));
  assertEquals(waits(1, 1, 2, 3, 7, 50), [
    500,
    1000,
    2000,
    30_000,
    30_000,
  ]);
  assertEquals(waits(0, 1, 50), [250, 15_000]);
  const verdicts = [0, 200, 400, 401, 403, 404, 408, 425, 429, 500, 503]
    .filter((status) => isFinal({ status, code: "unknown" }));
  assertEquals(verdicts, [400, 401, 403, 404]);
  assertEquals(isFinal({ status: 401, code: "credentials_expired" }), false);
});
