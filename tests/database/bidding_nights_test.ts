import { assertEquals, assertNotEquals } from "@std/assert";
import { createSession, nightOf, sessionOf } from "../support/bidding_desk.ts";
import { endsOf, racingForSession } from "../support/bidding_races.ts";
import {
  type BiddingAnswer,
  type BiddingCast,
  biddingCast,
  codeOf,
  openStage,
  Stage,
} from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf } from "../support/races.ts";

const CROWD = 16;

/** What somebody was answered: made, or which session has the night. */
function outcomeOf(answer: BiddingAnswer): string {
  return answer.status === 201 ? "made" : `${codeOf(answer)} ${answer.body.details?.sessionId}`;
}

Deno.test("a night of a property has one live session; other nights and properties are free", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const startsAt of [new Date(), new Date(Date.now() + 3_600_000)]) {
    const stage = await openStage(cast, { startsAt });
    const night = await nightOf(stage);
    const again = await createSession(cast, { ...night, startingBidCents: 7 });
    assertEquals([again.status, outcomeOf(again)], [409, `session_exists ${stage.id}`]);
    const today = new Date().toISOString().slice(0, 10);
    assertEquals((await createSession(cast, { ...night, targetNight: today })).status, 201);
    assertEquals((await createSession(cast, { ...night, propertyId: crypto.randomUUID() })).status, 201);
  }
});

Deno.test("a night is free again once its session has ended, however it did", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const endings: readonly ((stage: Stage) => Promise<unknown>)[] = [
    (stage) => stage.cancel(),
    (stage) => stage.end(),
    async (stage) => {
      await stage.bid("A", 100_000);
      await stage.end();
    },
  ];
  for (const end of endings) {
    const stage = await openStage(cast);
    await end(stage);
    const next = sessionOf(await createSession(cast, await nightOf(stage)));
    assertNotEquals(next.id, stage.id);
  }
});

Deno.test("a session past its deadline that still holds the night is closed, with its result, and the night is given", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.bid("B", 120_000);
  await stage.leave(-1);
  const next = sessionOf(await createSession(cast, await nightOf(stage)));
  assertEquals(next.status, "active");
  const { session, result } = await stage.seenBy("B");
  assertEquals([session.status, result?.winner, result?.winningBidCents], ["completed", "B", 120_000]);
  assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
  await stage.assertHonest();
});

Deno.test("a pending session whose whole time went by does not hold the night either", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000) });
  await stage.leave(-1);
  assertEquals((await createSession(cast, await nightOf(stage))).status, 201);
  assertEquals((await stage.seenBy("A")).session.status, "expired");
});

Deno.test("of 16 who want a free night at once one gets it, and 15 are told which session has it", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await using crowd = crowdOf(database.url, CROWD);
  const racing: BiddingCast = { ...cast, sql: crowd.sql };
  for (let round = 0; round < 10; round++) {
    const propertyId = crypto.randomUUID();
    const answers = await Promise.all(
      Array.from({ length: CROWD }, () => createSession(racing, { propertyId })),
    );
    assertOneMade(answers);
  }
});

Deno.test("of 16 who wait for a session past its deadline one gets the night, and it is closed once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  await stage.bid("A", 100_000);
  await stage.leave(-1);
  const night = await nightOf(stage);
  await using crowd = crowdOf(database.url, CROWD);
  const racing: BiddingCast = { ...cast, sql: crowd.sql };
  const racers = Array.from({ length: CROWD }, () => () => createSession(racing, night));
  const answers = await racingForSession(cast.sql, stage.id, racers);
  assertEquals(answers.map(({ status }) => status), [201, ...Array(CROWD - 1).fill(409)]);
  assertOneMade(answers);
  assertEquals(await endsOf(cast, stage.id), { closed: 1, results: 1, told: 2, toldTwice: 0 });
});

Deno.test("a creator and a cancellation of the same night at once leave one of two stories", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await using crowd = crowdOf(database.url, 2);
  const racing: BiddingCast = { ...cast, sql: crowd.sql };
  for (const creatorFirst of [true, false]) {
    const stage = await openStage(cast);
    const night = await nightOf(stage);
    const create = () => createSession(racing, night);
    const cancel = () => new Stage(racing, stage.id).cancel();
    const answers = await racingForSession(
      cast.sql,
      stage.id,
      creatorFirst ? [create, cancel] : [cancel, create],
    );
    // Whoever waits for a session that is then cancelled finds the night free.
    assertEquals(answers.map(codeOf), creatorFirst ? ["session_exists", "ok"] : ["ok", "ok"]);
  }
});

function assertOneMade(answers: readonly BiddingAnswer[]): void {
  const made = answers.filter(({ status }) => status === 201);
  assertEquals(made.length, 1);
  const id = made[0]?.body.session?.id;
  const others = answers.filter(({ status }) => status !== 201).map(outcomeOf);
  assertEquals(others, Array(answers.length - 1).fill(`session_exists ${id}`));
}
