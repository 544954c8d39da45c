/** Whatever Realtime loses, doubles and shuffles, a watch tells the ledger: every event, once, in order. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventSequence } from "../../shared/bidding/event_sequence.ts";
import { type SessionSnapshot, type WatchEnd, watchSession } from "../../shared/bidding/watch_session.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { FakeSession } from "../support/fake_session.ts";

const STRICT = { sanitizeOps: true, sanitizeResources: true };

/** What happens between a watch, Realtime and the functions; in any order. */
type Step =
  | { readonly do: "write"; readonly fate: "heard" | "lost" | "twice" | "late" }
  | { readonly do: "release" | "read" | "answer" }
  | { readonly do: "status"; readonly status: "SUBSCRIBED" | "CHANNEL_ERROR" | "TIMED_OUT" | "CLOSED" }
  | { readonly do: "fail"; readonly status: number }
  | { readonly do: "wait"; readonly ms: number };

const write = fc.constantFrom("heard", "lost", "twice", "late")
  .map((fate): Step => ({ do: "write", fate }));
const status = fc.constantFrom("SUBSCRIBED", "CHANNEL_ERROR", "TIMED_OUT", "CLOSED")
  .map((status): Step => ({ do: "status", status }));
const progress = fc.constantFrom("release", "read", "answer").map((what): Step => ({ do: what }));
const failure = fc.constantFrom(0, 401, 429, 500, 503).map((status): Step => ({ do: "fail", status }));
const pause = fc.integer({ min: 1, max: 20_000 }).map((ms): Step => ({ do: "wait", ms }));
const story = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: write },
    { weight: 4, arbitrary: progress },
    { weight: 2, arbitrary: status },
    { weight: 1, arbitrary: failure },
    { weight: 1, arbitrary: pause },
  ),
  { maxLength: 40 },
);

/** A watch of a fake session, and what it tells. */
class Followed implements Disposable {
  readonly clock = new FakeClock();
  readonly session = new FakeSession();
  readonly seqs: number[] = [];
  readonly snapshots: SessionSnapshot[] = [];
  end: WatchEnd | undefined;
  readonly #late: Record<string, unknown>[] = [];

  constructor() {
    watchSession(this.session.client, this.session.id, {
      onEvent: ({ seq }) => this.seqs.push(seq),
      onSnapshot: (snapshot) => {
        assertEquals(snapshot.session.seq, this.seqs.at(-1), "a snapshot is of the last event told");
        this.snapshots.push(snapshot);
      },
    }).ended.then((end) => this.end = end);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "write":
        this.#spread(this.session.write(), step.fate);
        break;
      case "release":
        for (const message of this.#late.splice(0).reverse()) this.session.say(message);
        break;
      case "status":
        this.session.follow(step.status, new Error("away"));
        break;
      case "fail":
        this.session.fail(step.status, step.status === 401 ? { code: "credentials_expired" } : {});
        break;
      case "wait":
        await this.clock.pass(step.ms);
        break;
      default:
        this.session[step.do]();
    }
    await settled();
  }

  /** Answers whatever is asked, and lets time pass, until the watch ends. */
  async untilEnded(): Promise<void> {
    for (let turn = 0; this.end === undefined; turn++) {
      assert(turn < 200, `Expected the watch to end but found it at ${this.seqs.at(-1)}`);
      while (this.session.isAsked) {
        this.session.answer();
        await settled();
      }
      await this.clock.pass(1000);
    }
  }

  #spread(message: Record<string, unknown>, fate: "heard" | "lost" | "twice" | "late"): void {
    if (fate === "late") this.#late.push(message);
    if (fate === "heard" || fate === "twice") this.session.say(message);
    if (fate === "twice") this.session.say(message);
  }

  [Symbol.dispose](): void {
    this.clock[Symbol.dispose]();
  }
}

Deno.test("loss, doubles, shuffles, closures and failures: the list told is the ledger", STRICT, async () => {
  await fc.assert(
    fc.asyncProperty(story, fc.boolean(), async (steps, hearsTheEnd) => {
      using followed = new Followed();
      const { session, seqs, snapshots } = followed;
      for (const step of steps) await followed.take(step);
      const last = session.write("session_closed");
      if (hearsTheEnd) session.say(last);
      await followed.untilEnded();
      assertEquals(seqs, session.ledger.map(({ seq }) => seq));
      assertEquals(followed.end, "session_closed");
      assertEquals(snapshots.at(-1)?.result?.outcome, "completed");
      assertEquals(session.atOnce, 1, "calls under way at once");
      assertEquals([followed.clock.pending, session.channels.length], [0, 0], "timers and channels left");
    }),
    { numRuns: 300 },
  );
});

Deno.test("a subscription that is live late costs nothing and needs no patience", STRICT, async () => {
  const moments = fc.array(fc.constantFrom("write", "read", "answer"), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(moments, moments, async (before, after) => {
      using followed = new Followed();
      const { session, seqs } = followed;
      // Nobody hears what is said before the subscription is live, and everybody what is said from then on.
      for (const what of before) {
        await followed.take(what === "write" ? { do: what, fate: "lost" } : { do: what });
      }
      await followed.take({ do: "status", status: "SUBSCRIBED" });
      for (const what of after) {
        await followed.take(what === "write" ? { do: what, fate: "heard" } : { do: what });
      }
      while (session.isAsked) await followed.take({ do: "answer" });
      assertEquals(seqs, session.ledger.map(({ seq }) => seq), "no time has passed");
      session.say(session.write("session_closed"));
      await followed.untilEnded();
      assertEquals(seqs, session.ledger.map(({ seq }) => seq));
    }),
    { numRuns: 300 },
  );
});

Deno.test("one event that is heard brings everything before it, without waiting", STRICT, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (isHeard) => {
      using followed = new Followed();
      const { session, seqs } = followed;
      await followed.take({ do: "status", status: "SUBSCRIBED" });
      while (session.isAsked) await followed.take({ do: "answer" });
      for (const heard of isHeard) await followed.take({ do: "write", fate: heard ? "heard" : "lost" });
      await followed.take({ do: "write", fate: "heard" });
      while (session.isAsked) await followed.take({ do: "answer" });
      assertEquals(seqs, session.ledger.map(({ seq }) => seq), "no time has passed");
      session.write("session_closed");
      await followed.untilEnded();
    }),
    { numRuns: 200 },
  );
});

Deno.test("a sequence hands out what arrives in order, each once, and knows of its gaps", () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), arrivals, (since, seqs) => {
      const sequence = new EventSequence<{ seq: number }>(since);
      const told = seqs.flatMap((seq) => sequence.take({ seq })).map(({ seq }) => seq);
      let last = since;
      while (seqs.includes(last + 1)) last++;
      assertEquals(told, Array.from({ length: last - since }, (_, place) => since + 1 + place));
      assertEquals([sequence.last, sequence.hasGap], [last, seqs.some((seq) => seq > last)]);
    }),
  );
});

Deno.test("what waits for a predecessor is bounded, and what is beyond stays known to be missing", () => {
  const sequence = new EventSequence<{ seq: number }>();
  for (let seq = 2; seq <= 3000; seq++) assertEquals(sequence.take({ seq }), []);
  assertEquals(sequence.take({ seq: 1 }).length, 1001);
  assertEquals([sequence.last, sequence.hasGap], [1001, true]);
});
