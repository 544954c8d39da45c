/** `watchSession` on the stack under test: what it tells is the ledger, whatever happens to its sockets. */
import { assert, assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import {
  type SessionEvent,
  type SessionSnapshot,
  type WatchOptions,
  watchSession,
} from "../../shared/bidding/watch_session.ts";
import {
  bid,
  bidByTurns,
  cancelSession,
  ledgerOf,
  LONG_SESSION,
  openSession,
  setCeiling,
} from "../support/bidding.ts";
import { breakableClient } from "../support/breakable_client.ts";
import { randomFrom } from "../../scripts/sandbox/hash.ts";
import { signUp } from "../support/people.ts";
import { present } from "../support/present.ts";
import { anonymousClient, closeClient, databaseOf, Inbox, tokenClient } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { person } from "../support/tasks.ts";
import { signedAgain } from "../support/user_tokens.ts";

/** Longer than any of these tests: what arrives did not arrive by patience. */
const NEVER_MS = 600_000;

/** A watch and what it told. */
function watching(client: Parameters<typeof watchSession>[0], sessionId: string, options: WatchOptions = {}) {
  const events = new Inbox<SessionEvent>();
  const snapshots = new Inbox<SessionSnapshot>();
  const errors = new Inbox<string>();
  const watch = watchSession(client, sessionId, {
    onEvent: events.push,
    onSnapshot: snapshots.push,
    onError: ({ code, status }) => errors.push(`${code} ${status}`),
    ...options,
  });
  return { watch, events, snapshots, errors };
}

Deno.test("what a watch tells is the ledger, and it ends with what everybody may know of the result", async () => {
  const [ann, ben] = await Promise.all([signUp("ann"), signUp("ben")]);
  await using sql = databaseOf(await stack());
  const id = await openSession(sql, [ann.id, ben.id]);
  const { watch, events, snapshots, errors } = watching(ann.supabase, id, { pollMs: NEVER_MS });
  await snapshots.next();
  await setCeiling(sql, id, ben.id, 300_000);
  await bid(sql, id, ann.id, 150_000);
  await cancelSession(sql, id);
  assertEquals(await watch.ended, "session_closed");
  assertEquals(events.received, await ledgerOf(sql, id, ann.id));
  const last = present(snapshots.received.at(-1), "a snapshot");
  assertEquals([last.session.status, last.result?.outcome, last.session.youLead], [
    "cancelled",
    "cancelled",
    false,
  ]);
  assertEquals([errors.received, ann.supabase.getChannels().length], [[], 0]);
  await Promise.all([ann, ben].map(({ supabase }) => closeClient(supabase)));
});

Deno.test("sockets that break all the time, messages lost and doubled: the list told is the ledger", async () => {
  const info = await stack();
  const random = randomFrom(seed());
  const ann = await signUp("ann");
  await using sql = databaseOf(info);
  const rival = await person(sql);
  const id = await openSession(sql, [ann.id, rival.userId], LONG_SESSION);
  const fateOf = () => {
    const chance = random();
    return chance < 0.1 ? "lost" : chance < 0.2 ? "twice" : "heard";
  };
  const breakable = breakableClient(info, () => ann.token, fateOf);
  const events: SessionEvent[] = [];
  const { watch } = watching(breakable.client, id, {
    pollMs: 1000,
    onEvent: (event) => {
      events.push(event);
      if (random() < 0.1) breakable.breakSocket();
    },
    onSnapshot: () => {
      if (random() < 0.3) breakable.breakSocket();
    },
  });
  await bidByTurns(sql, id, [ann.id, rival.userId], 300);
  // A fast machine has written them before many sockets could break: it goes on until they have.
  while (breakable.opened <= 10) await bidByTurns(sql, id, [ann.id, rival.userId], 10);
  await cancelSession(sql, id);
  assertEquals(await watch.ended, "session_closed");
  assertEquals(events, await ledgerOf(sql, id, ann.id));
  assert(events.length >= 303, `Expected every bid to be told but found ${events.length} events`);
  await Promise.all([breakable.client, ann.supabase].map(closeClient));
});

Deno.test("watches that begin while bids fall miss none of them, and none waits for a poll", async () => {
  const info = await stack();
  const ann = await signUp("ann");
  await using sql = databaseOf(info);
  const rival = await person(sql);
  const id = await openSession(sql, [ann.id, rival.userId], LONG_SESSION);
  const begun: ReturnType<typeof watching>[] = [];
  const clients: SupabaseClient[] = [];
  const writing = bidByTurns(sql, id, [ann.id, rival.userId], 200);
  for (let count = 0; count < 20; count++) {
    const client = tokenClient(info, () => ann.token);
    clients.push(client);
    const watched = watching(client, id, { pollMs: NEVER_MS });
    begun.push(watched);
    // The next one begins somewhere in the middle of this one's beginning.
    await watched.events.collect(1 + count);
  }
  await writing;
  await cancelSession(sql, id);
  const ledger = await ledgerOf(sql, id, ann.id);
  for (const { watch, events, errors } of begun) {
    assertEquals(await watch.ended, "session_closed");
    assertEquals([events.received, errors.received], [ledger, []]);
  }
  await Promise.all([...clients, ann.supabase].map(closeClient));
});

Deno.test("watches of one client share its channel, and one that begins as another ends has its own", async () => {
  const ann = await signUp("ann");
  await using sql = databaseOf(await stack());
  const rival = await person(sql);
  const id = await openSession(sql, [ann.id, rival.userId]);
  const options = { pollMs: NEVER_MS };
  const channels = () => ann.supabase.getChannels();
  const [first, second] = [watching(ann.supabase, id, options), watching(ann.supabase, id, options)];
  await Promise.all([first, second].map(({ snapshots }) => snapshots.collect(2)));
  assertEquals(channels().length, 1);
  await first.watch.close();
  await bid(sql, id, ann.id, 100_000);
  await second.events.collect(3);

  const closing = second.watch.close();
  for (let turn = 0; turn < 100 && channels().length > 0; turn++) await Promise.resolve();
  assertEquals(channels().length, 0);
  const third = watching(ann.supabase, id, options);
  await Promise.all([closing, third.snapshots.collect(2)]);
  await bid(sql, id, rival.userId, 110_000);
  await third.events.collect(4);
  assertEquals([first.events.received.length, second.events.received.length], [2, 3]);
  await third.watch.close();
  assertEquals(channels().length, 0);
  await closeClient(ann.supabase);
});

Deno.test("what fell while the socket was away is told once it is back, before anything else is said", async () => {
  const info = await stack();
  const ann = await signUp("ann");
  await using sql = databaseOf(info);
  const rival = await person(sql);
  const id = await openSession(sql, [ann.id, rival.userId]);
  const { watch, events, snapshots, errors } = watching(ann.supabase, id, { pollMs: NEVER_MS });
  await snapshots.collect(2);
  await ann.supabase.realtime.disconnect();
  await errors.next();
  await bidByTurns(sql, id, [ann.id, rival.userId], 4);
  ann.supabase.realtime.connect();
  await events.collect(6);
  await watch.close();
  assertEquals(events.received, await ledgerOf(sql, id, ann.id));
  assertEquals(errors.received, ["unreachable 0"]);
  await closeClient(ann.supabase);
});

Deno.test("a token that expires is told, and with the next one the watch goes on where it was", async () => {
  const info = await stack();
  const ann = await signUp("ann");
  await using sql = databaseOf(info);
  const rival = await person(sql);
  const id = await openSession(sql, [ann.id, rival.userId]);
  let token = await signedAgain(ann.token, { exp: Math.floor(Date.now() / 1000) + 3 });
  const client = tokenClient(info, () => token);
  const { watch, events, errors } = watching(client, id, { pollMs: 1000 });
  await bid(sql, id, ann.id, 100_000);
  await events.collect(3);
  // Realtime shuts the channel, the functions refuse.
  await errors.next((error) => error === "unreachable 0");
  await errors.next((error) => error === "credentials_expired 401");
  await bid(sql, id, rival.userId, 110_000);
  token = ann.token;
  await client.realtime.setAuth();
  await events.collect(4);
  await cancelSession(sql, id);
  assertEquals(await watch.ended, "session_closed");
  assertEquals(events.received, await ledgerOf(sql, id, ann.id));
  await Promise.all([client, ann.supabase].map(closeClient));
});

Deno.test("who takes no part, is a visitor, or has lost his account is refused, once and for good", async () => {
  const info = await stack();
  const [ann, leaver, outsider] = await Promise.all([signUp("ann"), signUp("leaver"), signUp("outsider")]);
  await using sql = databaseOf(info);
  const id = await openSession(sql, [ann.id, leaver.id]);
  const leaving = watching(leaver.supabase, id, { pollMs: 200 });
  await leaving.snapshots.next();
  await sql`delete from auth.users where id = ${leaver.id}`;
  const visitor = anonymousClient(info);
  const refusals: [ReturnType<typeof watching>, string][] = [
    [watching(outsider.supabase, id), "not_a_participant 403"],
    [watching(outsider.supabase, crypto.randomUUID()), "not_a_participant 403"],
    [watching(outsider.supabase, "no session"), "invalid_request 400"],
    [watching(visitor, id), "credentials_missing 401"],
    [leaving, "credentials_invalid 401"],
  ];
  for (const [{ watch, errors }, error] of refusals) {
    assertEquals(await watch.ended, "refused");
    assertEquals(errors.received.at(-1), error);
  }
  await Promise.all([ann.supabase, leaver.supabase, outsider.supabase, visitor].map(closeClient));
});

/** Printed, so that what fails can be run again. */
function seed(): number {
  const chosen = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  console.log(`seed ${chosen}`);
  return chosen;
}
