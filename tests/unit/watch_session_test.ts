/** When a watch reads the session, and what it tells. */
import { assertEquals } from "@std/assert";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { FakeSession } from "../support/fake_session.ts";
import { answers, closed, live, watching } from "../support/watching.ts";

const STRICT = { sanitizeOps: true, sanitizeResources: true };
const SECONDS = 1000;

Deno.test("a watch begins with every event so far and the session as it stands", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session);
  await answers(session);
  assertEquals(told, ["event 1", "event 2", "snapshot 2"]);
  await closed(watch, clock, session);
  assertEquals(await watch.ended, "stopped");
});

Deno.test("an event that is heard in its turn is told at once, as the ledger has it", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const events: unknown[] = [];
  const { watch } = await live(session, { onEvent: (event) => events.push(event) });
  const calls = session.calls;
  session.say(session.write());
  assertEquals(events.at(-1), session.ledger.at(-1));
  await settled();
  assertEquals(session.calls, calls);
  await closed(watch, clock, session);
});

Deno.test("a gap is read at once, and what was ahead of it follows", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  session.write();
  session.say(session.write());
  await settled();
  assertEquals([told, session.isAsked], [[], true]);
  session.read();
  session.say(session.write());
  await answers(session);
  assertEquals(told, ["event 3", "event 4", "snapshot 4", "event 5"]);
  await closed(watch, clock, session);
});

Deno.test("however often it is woken while it reads, it reads once more", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch } = await live(session);
  const calls = session.calls;
  for (let times = 0; times < 10; times++) {
    session.follow("SUBSCRIBED");
    session.system("ok", "Replication connection established");
    session.say({ nothing: "that is known" });
  }
  await answers(session);
  assertEquals([session.calls - calls, session.atOnce], [2, 1]);
  await closed(watch, clock, session);
});

Deno.test("silence is broken by reading, and what is heard counts as no silence", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  const calls = session.calls;
  await clock.pass(14 * SECONDS);
  session.say(session.write());
  await clock.pass(14 * SECONDS);
  assertEquals(session.calls, calls);
  session.write();
  await clock.pass(1 * SECONDS);
  await answers(session);
  assertEquals([told, session.calls], [["event 3", "event 4", "snapshot 4"], calls + 1]);
  await closed(watch, clock, session);
});

Deno.test("messages that begin to flow after the join are a reason to read", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  session.write();
  session.system("ok", "Replication connection established");
  await answers(session);
  assertEquals(told, ["event 3", "snapshot 3"]);
  await closed(watch, clock, session);
});

Deno.test("a snapshot that a message has overtaken is not told; another is read", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = await live(session);
  session.follow("SUBSCRIBED");
  await settled();
  session.read();
  session.say(session.write());
  await answers(session);
  assertEquals(told, ["event 3"]);
  const other = watching(session, { since: 3 });
  await settled();
  session.read();
  session.say(session.write());
  await answers(session);
  assertEquals(other.told, ["event 4", "snapshot 4"]);
  await other.watch.close();
  await closed(watch, clock, session);
});

Deno.test("a listener that throws is reported and costs the others nothing", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const reported: unknown[] = [];
  const keep = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error.message);
  };
  globalThis.addEventListener("error", keep);
  const { watch, told } = watching(session, {
    onEvent: () => {
      throw new Error("the page's fault");
    },
  });
  await answers(session);
  globalThis.removeEventListener("error", keep);
  assertEquals([reported, told], [Array(2).fill("the page's fault"), ["snapshot 2"]]);
  await closed(watch, clock, session);
});

Deno.test("a seq that the ledger does not reach brings the session as it stands", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { watch, told } = watching(session, { since: 7 });
  await answers(session);
  assertEquals([told, session.calls], [["snapshot 2"], 1]);
  await closed(watch, clock, session);
});
