/** A watch of a fake session, told in words. */
import { assertEquals } from "@std/assert";
import { type SessionWatch, type WatchOptions, watchSession } from "../../shared/bidding/watch_session.ts";
import { type FakeClock, settled } from "./fake_clock.ts";
import type { FakeSession } from "./fake_session.ts";

/** A watch, and in words what it told. */
export function watching(session: FakeSession, options: WatchOptions = {}) {
  const told: string[] = [];
  const watch = watchSession(session.client, session.id, {
    onEvent: ({ seq }) => told.push(`event ${seq}`),
    onSnapshot: ({ session: { seq } }) => told.push(`snapshot ${seq}`),
    onError: ({ code, status }) => told.push(`${code} ${status}`),
    ...options,
  });
  return { watch, told };
}

/** The same once its first answers are in and it hears everything. */
export async function live(session: FakeSession, options: WatchOptions = {}) {
  const watched = watching(session, options);
  await settled();
  session.follow("SUBSCRIBED");
  await answers(session);
  watched.told.length = 0;
  return watched;
}

/** Answers whatever is asked, until nothing is. */
export async function answers(session: FakeSession): Promise<void> {
  await settled();
  while (session.isAsked) {
    session.answer();
    await settled();
  }
}

/** Closes a watch, of which nothing is left. */
export async function closed(watch: SessionWatch, clock: FakeClock, session: FakeSession): Promise<void> {
  await watch.close();
  assertEquals([clock.pending, session.channels.length, session.isAsked], [0, 0, false]);
}
