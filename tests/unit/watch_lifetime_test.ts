/** How a watch begins and ends, and what it shares with others. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { importsOf } from "../../scripts/checks/imports_of.ts";
import { unlessAborted } from "../../shared/unless_aborted.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { FakeSession } from "../support/fake_session.ts";
import { answers, closed, live, watching } from "../support/watching.ts";

const STRICT = { sanitizeOps: true, sanitizeResources: true };

Deno.test("what closes the session ends the watch, with the result", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const outcomes: unknown[] = [];
  const { watch, told } = await live(session, {
    onSnapshot: ({ result }) => outcomes.push(result?.outcome),
  });
  session.say(session.write("session_closed"));
  await answers(session);
  assertEquals(await watch.ended, "session_closed");
  assertEquals([told, outcomes.at(-1)], [["event 3"], "completed"]);
  assertEquals([clock.pending, session.channels.length], [0, 0]);
  await watch.close();
});

Deno.test(
  "a session that has ended already is told whole, page by page",
  STRICT,
  async () => {
    using _clock = new FakeClock();
    const session = new FakeSession();
    for (let bids = 0; bids < 10; bids++) session.write();
    session.write("session_closed");
    const { watch, told } = watching(session, { since: 2 });
    await answers(session);
    assertEquals(await watch.ended, "session_closed");
    assertEquals(told, [...Array.from({ length: 11 }, (_, place) => `event ${place + 3}`), "snapshot 13"]);
    assertEquals(session.calls, 3);
  },
);

Deno.test(
  "a signal stops it before it begins, while it reads or waits, and from within",
  STRICT,
  async () => {
    using clock = new FakeClock();
    const session = new FakeSession();
    const early = watching(session, { signal: AbortSignal.abort() });
    assertEquals([await early.watch.ended, early.told, session.calls, session.joins], ["stopped", [], 0, 0]);

    const reading = new AbortController();
    const read = watching(session, { signal: reading.signal });
    await settled();
    reading.abort();
    assertEquals([await read.watch.ended, read.told, session.isAsked], ["stopped", [], false]);

    const waiting = new AbortController();
    const waited = watching(session, { signal: waiting.signal });
    await settled();
    session.fail(503);
    await settled();
    waiting.abort();
    assertEquals([await waited.watch.ended, waited.told], ["stopped", ["unknown 503"]]);

    const within = new AbortController();
    const seqs: number[] = [];
    const onEvent = ({ seq }: { seq: number }) => {
      seqs.push(seq);
      within.abort();
    };
    const stopped = watching(session, { signal: within.signal, onEvent });
    await answers(session);
    assertEquals([await stopped.watch.ended, seqs, stopped.told], ["stopped", [1], []]);
    assertEquals([clock.pending, session.channels.length], [0, 0]);
  },
);

Deno.test(
  "two watches share a channel; one that opens as another closes has its own",
  STRICT,
  async () => {
    using clock = new FakeClock();
    const session = new FakeSession();
    const [first, second] = [watching(session), watching(session)];
    await answers(session);
    assertEquals(session.joins, 1);
    await first.watch.close();
    session.say(session.write());
    assertEquals([first.told.at(-1), second.told.at(-1)], ["snapshot 2", "event 3"]);
    const closing = second.watch.close();
    const third = watching(session);
    await closing;
    await answers(session);
    assertEquals(session.channels.length, 1);
    session.say(session.write());
    assertEquals(third.told.at(-1), "event 4");
    await closed(third.watch, clock, session);
  },
);

Deno.test("a channel is joined with the user's token, however long that takes", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const token = Promise.withResolvers<void>();
  session.setAuth = () => token.promise;
  const { watch } = watching(session);
  await answers(session);
  assertEquals(session.joins, 0);
  token.resolve();
  await answers(session);
  assertEquals(session.joins, 1);
  await closed(watch, clock, session);

  session.setAuth = () => Promise.reject(new Error("no token"));
  const { watch: another } = watching(session);
  await answers(session);
  assertEquals(session.joins, 2);
  await closed(another, clock, session);

  session.setAuth = () => new Promise(() => {});
  const { watch: waiting } = watching(session);
  await answers(session);
  await closed(waiting, clock, session);
  assertEquals(session.joins, 2);
});

Deno.test("a signal that outlives its watches keeps nothing of them", STRICT, async () => {
  using clock = new FakeClock();
  const session = new FakeSession();
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove.apply(signal, args);
  };
  const { watch } = watching(session, { signal });
  await answers(session);
  assertEquals(listeners, 1);
  await closed(watch, clock, session);
  assertEquals(listeners, 0);
  await unlessAborted(Promise.resolve(), signal);
  assertEquals(listeners, 0);
});

Deno.test(
  "what a signal that was given before says counts, and nothing is left unhandled",
  STRICT,
  async () => {
    const late = Promise.withResolvers<void>();
    const error = await assertRejects(() =>
      unlessAborted(late.promise, AbortSignal.abort(new Error("enough")))
    );
    assertEquals(error instanceof Error && error.message, "enough");
    late.reject(new Error("nobody waits for it"));
    await settled();
  },
);

Deno.test("times that are none are refused at once", () => {
  for (const ms of [0, -1, NaN, Infinity]) {
    const session = new FakeSession();
    assertThrows(() => watching(session, { pollMs: ms }), RangeError, "Expected pollMs to be from 1 to");
    assertThrows(() => watching(session, { timeoutMs: ms }), RangeError, "Expected timeoutMs to be");
    assertEquals(session.joins, 0);
  }
});

Deno.test("a page that watches loads the watch and the client, and nothing of the server", async () => {
  const loaded = new Set<string>();
  const load = async (url: URL): Promise<void> => {
    if (loaded.has(url.href)) return;
    loaded.add(url.href);
    const source = await Deno.readTextFile(url);
    assertEquals(/\bDeno\./.test(source), false, url.href);
    for (const { specifier, isTypeOnly } of importsOf(source)) {
      if (!isTypeOnly) await load(new URL(specifier, url));
    }
  };
  await load(new URL("../../shared/bidding/watch_session.ts", import.meta.url));
  assertEquals([...loaded].map((href) => href.split("/").at(-1)).toSorted(), [
    "backoff.ts",
    "client.ts",
    "client_error.ts",
    "client_transport.ts",
    "event_sequence.ts",
    "retry_after.ts",
    "unless_aborted.ts",
    "watch_catch_up.ts",
    "watch_read.ts",
    "watch_retry.ts",
    "watch_session.ts",
    "watch_teller.ts",
    "watch_topic.ts",
  ]);
});
