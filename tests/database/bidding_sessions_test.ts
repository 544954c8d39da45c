import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { createSession, pathsOf, sessionOf } from "../support/bidding_desk.ts";
import { type BiddingBody, biddingCast, codeOf, openStage } from "../support/bidding_stage.ts";
import { agent, anon, callAs, service, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { agentToken, person } from "../support/tasks.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What is fixed once a session exists. */
const RULES = [
  "propertyId",
  "listingId",
  "targetNight",
  "currency",
  "startingBidCents",
  "minimumIncrementBps",
]
  .concat("maxRounds", "roundDurationSeconds", "maximumJumpBps", "compensationBps", "compensationPolicy")
  .concat("softCloseSeconds", "startsAt", "hardEndAt");

Deno.test("a session that names only what it must has every default, and is open at once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { propertyId, targetNight, id, startsAt, expiresAt, hardEndAt, serverTime, ...session } = sessionOf(
    await createSession(cast),
  );
  assertEquals<unknown>(session, {
    listingId: null,
    status: "active",
    acceptsBids: true,
    seq: 2,
    currency: "USD",
    startingBidCents: 100_000,
    currentPriceCents: null,
    leader: null,
    youLead: false,
    minimumNextCents: 100_000,
    roundsLeft: null,
    minimumIncrementBps: 1000,
    maxRounds: 3,
    roundDurationSeconds: 3600,
    maximumJumpBps: 20_000,
    compensationBps: 2500,
    compensationPolicy: "always",
    softCloseSeconds: 120,
    endedAt: null,
  });
  assertEquals([typeof propertyId, typeof targetNight, typeof id], ["string", "string", "string"]);
  assertEquals(Date.parse(expiresAt) - Date.parse(startsAt), 3 * HOUR);
  assertEquals(Date.parse(hardEndAt) - Date.parse(expiresAt), 30 * MINUTE);
  assert(startsAt <= serverTime, `Expected ${startsAt} to be no later than ${serverTime}`);
});

Deno.test("an optional field that is null is one that was left out", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const names = ["listingId", "currency", "startsAt", "expiresAt", "minimumIncrementBps", "maxRounds"]
    .concat(
      "roundDurationSeconds",
      "maximumJumpBps",
      "compensationBps",
      "compensationPolicy",
      "softCloseSeconds",
    );
  const participants = ["A", "B"].map((letter) => ({
    userId: cast.people.get(letter)?.userId,
    alias: null,
    archetype: null,
  }));
  const nulls = { ...Object.fromEntries(names.map((name) => [name, null])), participants };
  const withNulls = sessionOf(await createSession(cast, nulls));
  const without = sessionOf(await createSession(cast));
  const moments = ["id", "propertyId", "startsAt", "expiresAt", "hardEndAt", "serverTime"];
  const rules = (session: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(session).filter(([name]) => !moments.includes(name)));
  assertEquals(rules(withNulls), rules(without));
});

Deno.test("whatever a session is opened with is what it has", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const given = {
    propertyId: crypto.randomUUID(),
    listingId: crypto.randomUUID(),
    startingBidCents: 12_345,
    currency: "EUR",
    minimumIncrementBps: 500,
    maxRounds: 7,
    roundDurationSeconds: 600,
    maximumJumpBps: 30_000,
    compensationBps: 1000,
    compensationPolicy: "if_bid",
    softCloseSeconds: 0,
  };
  const session = sessionOf(await createSession(cast, given));
  assertEquals({ ...session, ...given }, session);
  assertEquals(Date.parse(session.expiresAt) - Date.parse(session.startsAt), 7 * 10 * MINUTE);
  assertEquals(session.minimumNextCents, 12_345);
});

Deno.test("participants are called by their aliases, else by their place, in the order they were named", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const userId = (letter: string) => present(cast.people.get(letter), letter).userId;
  const participants = [{ userId: userId("A") }, { userId: userId("B"), alias: "Room 2" }, {
    userId: userId("C"),
  }];
  const stage = await openStage(cast, { participants });
  const seen = await stage.seenBy("B");
  assertEquals(seen.participants, [
    { alias: "Bidder 1", you: false, withdrawn: false },
    { alias: "Room 2", you: true, withdrawn: false },
    { alias: "Bidder 3", you: false, withdrawn: false },
  ]);
  assertEquals(seen.session.roundsLeft, 3);
  const rows = await cast.sql`
    select archetype, withdrawn_at is null as stays, (
      select count(*)::integer from public.bidding_auto_bids as a
      where a.session_id = p.session_id and a.user_id = p.user_id and a.max_amount_cents is null and a.rounds_used = 0
    ) as ceilings
    from public.bidding_participants as p where p.session_id = ${stage.id}`;
  const fresh = { archetype: "big_spender", stays: true, ceilings: 1 };
  assertEquals<unknown>([...rows], [fresh, fresh, fresh]);
});

Deno.test("2 to 100 participants compete, not 1 and not 101", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const crowd = await Promise.all(Array.from({ length: 101 }, () => person(cast.sql)));
  for (const [count, status] of [[0, 400], [1, 400], [2, 201], [100, 201], [101, 400]] as const) {
    const participants = crowd.slice(0, count).map(({ userId }) => ({ userId }));
    const answer = await createSession(cast, { participants });
    assertEquals([count, answer.status, pathsOf(answer)], [
      count,
      status,
      status === 201 ? [] : ["participants"],
    ]);
  }
  const [row] = await cast.sql<{ participants: number; started: number }[]>`
    select (select count(*)::integer from public.bidding_participants) as participants, (
      select count(*)::integer from public.bidding_notifications where type = 'session_started'
    ) as started`;
  assertEquals<unknown>({ ...row }, { participants: 102, started: 102 });
});

Deno.test("whoever has no account takes no part, and the refusal names each of them", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const gone = await person(cast.sql, "gone");
  await cast.sql`delete from auth.users where id = ${gone.userId}`;
  const known = present(cast.people.get("A"), "A").userId;
  const participants = [gone.userId, known, crypto.randomUUID()].map((userId) => ({ userId }));
  const answer = await createSession(cast, { participants });
  assertEquals([answer.status, codeOf(answer)], [404, "user_not_found"]);
  assertEquals(pathsOf(answer), ["participants.0.userId", "participants.2.userId"]);
  assertEquals(await sessionsIn(cast.sql), 0);
});

Deno.test("only big spenders compete, and the refusal names who is none", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [one, other] = ["A", "B"].map((letter) => ({ userId: cast.people.get(letter)?.userId }));
  for (const archetype of ["high_flexibility", "average_user", "BIG_SPENDER", " big_spender", ""]) {
    const answer = await createSession(cast, { participants: [one, { ...other, archetype }] });
    assertEquals([answer.status, codeOf(answer)], [422, "archetype_not_eligible"]);
    assertEquals<unknown>(answer.body.details, { participant: 1, archetype });
  }
  assertEquals(await sessionsIn(cast.sql), 0);
  assertEquals(
    (await createSession(cast, { participants: [one, { ...other, archetype: "big_spender" }] })).status,
    201,
  );
});

Deno.test("an admin and the service open and cancel sessions, and nobody else does", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const bot = agent(await agentToken(cast.sql, "marketplace-amazon"));
  const stage = await openStage(cast);
  const participant = stage.who("A");
  const callers = [
    ["admin", cast.admin, "ok"],
    ["service", service, "ok"],
    ["outsider", cast.outsider, "not_allowed"],
    ["participant", participant, "not_allowed"],
    ["agent", bot, "not_allowed"],
    ["anon", anon, "credentials_missing"],
    ["account that is gone", user(crypto.randomUUID()), "credentials_invalid"],
  ] as const;
  for (const [name, caller, expected] of callers) {
    assertEquals([name, codeOf(await createSession(cast, {}, caller))], [name, expected]);
    const { id } = await openStage(cast);
    const args = { ["session_id"]: id, reason: "Sold" };
    const cancelled = await callAs<BiddingBody>(cast.sql, caller, "cancel_session", args);
    assertEquals([name, codeOf(cancelled)], [name, expected]);
  }
  const makers = await cast.sql<{ maker: string }[]>`
    select distinct concat_ws(' ', e.actor_kind, e.actor_id) as maker
    from private.session_events as e
    where e.type = 'session_created'`;
  const { userId } = cast.admin;
  assertEquals(
    makers.map(({ maker }) => maker).sort(),
    [`user ${userId}`, "service service"].sort(),
  );
});

Deno.test("a session's ledger begins with its rules, and holds from its first entry on", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const { events, session } = await stage.seenBy("A");
  const [created, started, ...more] = present(events, "events");
  assertEquals([created?.seq, created?.type, started?.seq, started?.type, more], [
    1,
    "session_created",
    2,
    "session_started",
    [],
  ]);
  const shown: Readonly<Record<string, unknown>> = { ...session };
  assertEquals<unknown>(created?.rules, Object.fromEntries(RULES.map((rule) => [rule, shown[rule]])));
  assertEquals<unknown>(created?.expiresAt, session.expiresAt);
  await stage.assertHonest();
});

async function sessionsIn(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<
    { count: number }[]
  >`select count(*)::integer as count from public.bidding_sessions`;
  return present(row, "a count").count;
}
