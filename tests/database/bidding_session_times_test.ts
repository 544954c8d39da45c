import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { createSession, nightOf, pathsOf, runJob, sessionOf, told } from "../support/bidding_desk.ts";
import {
  type BiddingAnswer,
  type BiddingBody,
  type BiddingCast,
  biddingCast,
  codeOf,
  openStage,
  sessionDraft,
  type Stage,
} from "../support/bidding_stage.ts";
import { callWithin } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { passTime } from "../support/session_time.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("a night is 0 to 30 days ahead in UTC, whatever the session's time zone", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const refused = "night_not_eligible";
  const nights = [[-1, refused], [0, "ok"], [1, "ok"], [30, "ok"], [31, refused]] as const;
  // At any hour one of them is on another day than UTC.
  for (const zone of ["Pacific/Kiritimati", "Etc/GMT+12"]) {
    for (const [days, expected] of nights) {
      const { today, code, details } = await onOneDay(cast.sql, async (today) => {
        const session = sessionDraft(cast, { targetNight: dayAfter(today, days) });
        const answer = await cast.sql.begin(async (transaction) => {
          await transaction`select set_config('timezone', ${zone}, true)`;
          return await callWithin<BiddingBody>(transaction, cast.admin, "create_session", { session });
        });
        return { today, code: codeOf(answer), details: answer.body.details };
      });
      assertEquals([zone, days, code], [zone, days, expected]);
      if (expected === "ok") continue;
      assertEquals<unknown>(details, { earliest: today, latest: dayAfter(today, 30) });
    }
  }
});

Deno.test("a session that starts within the last minute starts now, an earlier one is refused", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const before = Date.now();
  const now = sessionOf(await createSession(cast, { startsAt: iso(-30 * SECOND) }));
  assertEquals(now.status, "active");
  assert(Date.parse(now.startsAt) >= before - SECOND, `Expected ${now.startsAt} to be now`);
  for (const ago of [2 * MINUTE, DAY, 365 * DAY]) {
    const answer = await createSession(cast, { startsAt: iso(-ago), expiresAt: iso(HOUR) });
    assertEquals([ago, answer.status, codeOf(answer), pathsOf(answer)], [ago, 400, "invalid_request", [
      "startsAt",
    ]]);
  }
});

Deno.test("a session that starts later is pending until then, at most 30 days ahead", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const ahead of [MINUTE, 30 * DAY - MINUTE]) {
    const startsAt = iso(ahead);
    const session = sessionOf(await createSession(cast, { startsAt, targetNight: startsAt.slice(0, 10) }));
    assertEquals([session.status, session.seq, session.acceptsBids], ["pending", 1, false]);
    assertEquals(Date.parse(session.startsAt), Date.parse(startsAt));
  }
  for (const ahead of [30 * DAY + MINUTE, 365 * DAY]) {
    const answer = await createSession(cast, { startsAt: iso(ahead) });
    assertEquals([ahead, answer.status, pathsOf(answer)], [ahead, 400, ["startsAt"]]);
  }
  const far = await createSession(cast, { startsAt: "9999-12-31T23:59:59.999999Z" });
  assertEquals([far.status, pathsOf(far)], [400, ["startsAt"]]);
});

Deno.test("a session starts before its night is over, in UTC", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const targetNight = dayAfter(day(), 5);
  const cases = [
    [`${targetNight}T00:00:00Z`, "ok"],
    [`${targetNight}T23:59:59.999999Z`, "ok"],
    [`${dayAfter(targetNight, 1)}T01:59:59+02:00`, "ok"],
    [`${dayAfter(targetNight, 1)}T00:00:00Z`, "night_not_eligible"],
    [`${targetNight}T22:00:00-02:00`, "night_not_eligible"],
  ] as const;
  for (const [startsAt, expected] of cases) {
    const answer = await createSession(cast, { targetNight, startsAt });
    assertEquals([startsAt, codeOf(answer)], [startsAt, expected]);
    if (expected === "ok") continue;
    assertEquals([answer.status, answer.body.details?.targetNight], [422, targetNight]);
  }
});

Deno.test("a session ends after it starts, and within a day of it", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const start = Date.now() + HOUR;
  const startsAt = new Date(start).toISOString();
  for (
    const [length, isTaken] of [[-1, false], [0, false], [1, true], [DAY, true], [DAY + 1, false]] as const
  ) {
    const answer = await createSession(cast, { startsAt, expiresAt: new Date(start + length).toISOString() });
    assertEquals([length, answer.status], [length, isTaken ? 201 : 400]);
    if (isTaken) assertEquals(Date.parse(sessionOf(answer).expiresAt), start + length);
    else assertEquals([length, pathsOf(answer)], [length, ["expiresAt"]]);
  }
  const past = await createSession(cast, { expiresAt: iso(-MINUTE) });
  assertEquals([past.status, pathsOf(past)], [400, ["expiresAt"]]);
  const targetNight = dayAfter(day(), 5);
  const zoned = sessionOf(
    await createSession(cast, { targetNight, startsAt: `${dayAfter(day(), 3)}T00:00:00+14:00` }),
  );
  assertEquals(zoned.startsAt, `${dayAfter(day(), 2)}T10:00:00+00:00`);
});

Deno.test("without an end a session lasts its rounds, at most a day, and no bid moves it past its hard end", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const cases = [
    [{ maxRounds: 1, roundDurationSeconds: 1 }, SECOND, 30 * MINUTE + SECOND],
    [{ maxRounds: 3, roundDurationSeconds: 7200 }, 6 * HOUR, 6.5 * HOUR],
    [{ maxRounds: 1, roundDurationSeconds: 84_600 }, 23.5 * HOUR, DAY],
    [{ maxRounds: 2, roundDurationSeconds: 42_600 }, 85_200 * SECOND, DAY],
    [{ maxRounds: 24, roundDurationSeconds: 3600 }, DAY, DAY],
    [{ maxRounds: 1000, roundDurationSeconds: 86_400 }, DAY, DAY],
  ] as const;
  for (const [rules, length, hardLength] of cases) {
    const startsAt = iso(HOUR);
    const session = sessionOf(await createSession(cast, { ...rules, startsAt }));
    const start = Date.parse(session.startsAt);
    assertEquals([rules, Date.parse(session.expiresAt) - start, Date.parse(session.hardEndAt) - start], [
      rules,
      length,
      hardLength,
    ]);
  }
});

Deno.test("a pending session is opened by the job once it is due, once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [due, later] = [await pendingStage(cast), await pendingStage(cast)];
  await passTime(database, due.id, { untilStart: -1 });
  const first = await runJob(cast.sql, "session_cleanup");
  assertEquals([first.processed, first.details], [1, { processed: 1, opened: 1, closed: 0, failed: 0 }]);
  assertEquals((await runJob(cast.sql, "session_cleanup")).processed, 0);
  assertEquals([await due.ledger(), await later.ledger()], [
    "session_created session_started",
    "session_created",
  ]);
  assertEquals([await told(due, "A"), await told(due, "B")], ["session_started", "session_started"]);
  await due.assertHonest();
});

Deno.test("the first operation that finds a session due opens it, and does what it was asked for", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const operations: readonly (readonly [string, (stage: Stage) => Promise<BiddingAnswer>, string, string])[] =
    [
      ["submit_bid", (stage) => stage.bid("A", 100_000), "ok", "bid_placed"],
      ["set_auto_bid", (stage) => stage.ceiling("A", 100_000), "ok", "bid_placed"],
      ["withdraw_bid", (stage) => stage.withdraw("A"), "ok", "participant_withdrawn"],
      ["cancel_session", (stage) => stage.cancel(), "ok", "session_closed"],
      ["create_session", async (stage) => createSession(cast, await nightOf(stage)), "session_exists", ""],
    ];
  for (const [name, run, code, after] of operations) {
    await t.step(name, async () => {
      const stage = await pendingStage(cast);
      assertEquals(codeOf(await stage.bid("B", 100_000)), "session_not_started");
      await passTime(database, stage.id, { untilStart: -1 });
      assertEquals((await stage.seenBy("B")).session.acceptsBids, true);
      assertEquals(codeOf(await run(stage)), code);
      assertEquals(await stage.ledger(), `session_created session_started ${after}`.trim());
      const started = (await told(stage, "B")).split(" ").filter((type) => type === "session_started");
      assertEquals(started.length, 1);
      assertEquals((await runJob(cast.sql, "session_cleanup")).details.opened, 0);
      await stage.assertHonest();
    });
  }
});

Deno.test("before its start a session refuses bids and ceilings, and tells when it begins", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await pendingStage(cast);
  const { session } = await stage.seenBy("A");
  for (
    const answer of [
      await stage.bid("A", 100_000),
      await stage.ceiling("A", 100_000),
      await stage.ceiling("A", null),
    ]
  ) {
    assertEquals([answer.status, codeOf(answer)], [409, "session_not_started"]);
    assertEquals<unknown>(answer.body.details, { startsAt: session.startsAt });
  }
  assertEquals([await stage.bids(), await stage.ledger()], ["", "session_created"]);
});

Deno.test("a session whose whole time went by unseen is opened and expired in one step", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await pendingStage(cast);
  await stage.leave(-60);
  assertEquals((await runJob(cast.sql, "session_cleanup")).details.opened, 1);
  assertEquals(await stage.ledger(), "session_created session_started session_closed");
  assertEquals((await stage.seenBy("A")).result?.outcome, "expired");
  await stage.assertHonest();
});

/** A session that starts in an hour. */
async function pendingStage(cast: BiddingCast): Promise<Stage> {
  return await openStage(cast, { startsAt: iso(HOUR) });
}

function iso(fromNow: number): string {
  return new Date(Date.now() + fromNow).toISOString();
}

function day(): string {
  return iso(0).slice(0, 10);
}

function dayAfter(today: string, days: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Does something within one day of the database's clock: again, where midnight fell into it. */
async function onOneDay<Result>(
  sql: postgres.Sql,
  work: (today: string) => Promise<Result>,
): Promise<Result> {
  while (true) {
    const today = await todayIn(sql);
    const result = await work(today);
    if (today === await todayIn(sql)) return result;
  }
}

async function todayIn(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ today: string }[]>`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD') as today`;
  return present(row, "a day").today;
}
