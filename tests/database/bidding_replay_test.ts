import { assertEquals } from "@std/assert";
import { bidWith, crowdStage, ledgerOf, racingForSession, whileHeld } from "../support/bidding_races.ts";
import { type BiddingAnswer, biddingCast, codeOf, openStage, type Stage } from "../support/bidding_stage.ts";
import { callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf } from "../support/races.ts";
import { passTime } from "../support/session_time.ts";

const START = 100_000;
const KEY = { "idempotency-key": "5f1c2f1e-one-bid" };
const REPLAYED = "idempotency-replayed";

function bid(stage: Stage, name: string, amount: number): Promise<BiddingAnswer> {
  return bidWith(stage.cast.sql, stage.who(name), stage.id, amount, KEY);
}

async function roundsUsed(stage: Stage, name: string): Promise<number | undefined> {
  const [row] = await stage.cast.sql<{ used: number }[]>`
    select a.rounds_used as used from public.bidding_auto_bids as a
    where a.session_id = ${stage.id} and a.user_id = ${stage.who(name).userId}`;
  return row?.used;
}

Deno.test("five identical bids with one key are one bid and five times the same bytes", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await using crowd = crowdOf(database.url, 5);
  for (const held of [true, false]) {
    const stage = await openStage(cast);
    const key = { "idempotency-key": crypto.randomUUID() };
    const racers = Array.from(
      { length: 5 },
      () => () => bidWith(crowd.sql, stage.who("A"), stage.id, START, key),
    );
    const answers = held
      ? await racingForSession(database.sql, stage.id, racers)
      : await Promise.all(racers.map((racer) => racer()));
    assertEquals(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    assertEquals(new Set(answers.map(({ text }) => text)).size, 1);
    assertEquals(answers.filter(({ headers }) => headers[REPLAYED] === "true").length, 4);
    assertEquals([(await ledgerOf(stage)).length, await roundsUsed(stage, "A")], [1, 1]);
    await stage.assertHonest();
  }
});

Deno.test("five identical refusals with one key are judged once, too", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await using crowd = crowdOf(database.url, 5);
  const stage = await openStage(cast);
  await stage.bid("A", START);
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => bidWith(crowd.sql, stage.who("B"), stage.id, START, KEY)),
  );
  assertEquals(answers.map(codeOf), Array(5).fill("bid_too_low"));
  assertEquals(new Set(answers.map(({ text }) => text)).size, 1);
  assertEquals(answers.filter(({ headers }) => headers[REPLAYED] === "true").length, 4);
});

Deno.test("a replay after being outbid, after a withdrawal and after the end is the first answer, byte for byte", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "ABC");
  const first = await bid(stage, "A", START);
  const ceiling = () =>
    callAs(
      cast.sql,
      stage.who("A"),
      "set_auto_bid",
      { ["session_id"]: stage.id, ["max_amount_cents"]: null },
      KEY,
    );
  const cleared = await ceiling();
  const assertReplayed = async () => {
    const again = await bid(stage, "A", START);
    assertEquals([again.status, again.text, again.headers[REPLAYED]], [200, first.text, "true"]);
    const clearedAgain = await ceiling();
    assertEquals([clearedAgain.text, clearedAgain.headers[REPLAYED]], [cleared.text, "true"]);
  };

  await assertReplayed();
  assertEquals(codeOf(await stage.ceiling("B", 900_000)), "ok");
  await assertReplayed();
  assertEquals(codeOf(await stage.bid("A", 130_000)), "ok");
  await assertReplayed();
  assertEquals(codeOf(await stage.withdraw("A")), "ok");
  await assertReplayed();
  await stage.leave(-1);
  await assertReplayed();
  await stage.end();
  await assertReplayed();
  assertEquals((await stage.seenBy("A")).session.status, "completed");
  await stage.assertHonest();
});

Deno.test("a refusal is replayed, although the same bid would be accepted by now", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000).toISOString() });
  const early = await bid(stage, "A", START);
  assertEquals(codeOf(early), "session_not_started");
  await passTime(database, stage.id, { untilStart: -1 });
  const again = await bid(stage, "A", START);
  assertEquals([again.status, again.text, again.headers[REPLAYED]], [409, early.text, "true"]);
  assertEquals(codeOf(await stage.bid("A", START)), "ok");
});

Deno.test("a key says one thing: with another amount or session it is refused, and the first answer stays", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [stage, other] = [await openStage(cast), await openStage(cast)];
  const first = await bid(stage, "A", START);
  for (
    const attempt of [() => bid(stage, "A", 110_000), () => bid(stage, "A", 1), () => bid(other, "A", START)]
  ) {
    const { status, body } = await attempt();
    assertEquals([status, body.code], [422, "idempotency_key_reused"]);
  }
  assertEquals((await bid(stage, "A", START)).text, first.text);
  assertEquals((await ledgerOf(other)).length, 0);
  // The key of a rival, to the letter, is another key; and so is this one for another operation.
  assertEquals(codeOf(await bid(stage, "B", 110_000)), "ok");
  const set = await callAs(
    cast.sql,
    stage.who("A"),
    "set_auto_bid",
    { ["session_id"]: stage.id, ["max_amount_cents"]: 300_000 },
    KEY,
  );
  assertEquals([set.status, set.headers[REPLAYED]], [200, undefined]);
});

Deno.test("bids of one key with two amounts at once: one is judged, the other one told that the key is taken", async () => {
  await using database = await freshDatabase();
  await using crowd = await crowdStage(database, 2);
  const { stage } = crowd;
  const answers = await racingForSession(
    database.sql,
    stage.id,
    [START, 120_000].map((amount) => () => bid(stage, "P1", amount)),
  );
  assertEquals(answers.map(codeOf), ["ok", "idempotency_key_reused"]);
  assertEquals(await stage.standing(), `P1 at ${START}`);
  await stage.assertHonest();
});

Deno.test("the replay of a bid that is hopeless by now does not wait for the session", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const first = await bid(stage, "A", START);
  assertEquals(codeOf(await stage.bid("B", 150_000)), "ok");
  const again = await whileHeld(cast.sql, stage.id, () => bid(stage, "A", START));
  assertEquals([again.text, again.headers[REPLAYED]], [first.text, "true"]);
});
