import { assertEquals } from "@std/assert";
import {
  maximumManualBid,
  minimumNext,
  nextStep,
  resolve,
  type Standing,
} from "../../shared/bidding/rules.ts";
import {
  type Asked,
  assertAnswersAgree,
  crowdStage,
  ledgerOf,
  racingForSession,
} from "../support/bidding_races.ts";
import {
  type BiddingAnswer,
  type BiddingBody,
  biddingCast,
  codeOf,
  openStage,
  type Stage,
} from "../support/bidding_stage.ts";
import { callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";

const BIDDERS = 64;
const START = 100_000;
const RULES = { startingBidCents: START, minimumIncrementBps: 1000, maximumJumpBps: 20_000 };

Deno.test("of 64 who wait with one amount the first in line gets the price, and 63 are told it stands", async () => {
  await using database = await freshDatabase();
  await using crowd = await crowdStage(database, BIDDERS);
  const { stage, names } = crowd;
  const answers = await racingForSession(
    database.sql,
    stage.id,
    names.map((name) => () => stage.bid(name, START)),
  );

  const asked = names.map((name, index): Asked => ({
    name,
    amount: START,
    answer: present(answers[index], "an answer"),
  }));
  assertEquals(answers.map(({ status }) => status), [200, ...Array(BIDDERS - 1).fill(422)]);
  for (const { body } of answers.slice(1)) {
    assertEquals(body.details, { currentPriceCents: START, minimumNextCents: 110_000 });
  }
  assertEquals(await stage.standing(), `P1 at ${START}`);
  await assertAnswersAgree(stage, asked);
});

Deno.test("of 64 who come with one amount at once one gets the price", async () => {
  await using database = await freshDatabase();
  await using crowd = await crowdStage(database, BIDDERS);
  const { stage, names } = crowd;
  for (let amount = START; amount <= 133_100; amount = nextStep(amount, RULES.minimumIncrementBps)) {
    const { session } = await stage.seenBy("P1");
    const rivals = names.filter((name) => name !== session.leader);
    const asked = await Promise.all(
      rivals.map(async (name): Promise<Asked> => ({ name, amount, answer: await stage.bid(name, amount) })),
    );
    const winners = asked.filter(({ answer }) => answer.status === 200);
    assertEquals(winners.length, 1);
    assertEquals(await stage.standing(), `${winners[0]?.name} at ${amount}`);
    for (const { answer } of asked.filter((one) => !winners.includes(one))) {
      assertEquals([codeOf(answer), answer.body.details?.currentPriceCents], ["bid_too_low", amount]);
    }
  }
  // Started at 100000, raised by a tenth three times: as many bids as rounds of the race.
  assertEquals((await ledgerOf(stage)).map(({ amount }) => amount), [START, 110_000, 121_000, 133_100]);
  await stage.assertHonest();
});

Deno.test("64 bids and ceilings are judged one after another, as the pure rule judges them in that order", async () => {
  await using database = await freshDatabase();
  await using crowd = await crowdStage(database, BIDDERS, { softCloseSeconds: 0 });
  const { stage, names } = crowd;
  const amounts = unsortedAmounts(BIDDERS);
  const wishes = names.map((name, index): Wish => {
    // Every fourth one sets a ceiling, the others bid by hand.
    return { name, maxCents: present(amounts[index], "an amount"), byHand: index % 4 !== 3 };
  });
  const answers = await racingForSession(
    database.sql,
    stage.id,
    wishes.map((wish) => () => utter(stage, wish)),
  );

  const found = new Map(
    wishes.map(({ name }, index) => [name, outcomeOf(present(answers[index], "an answer"))]),
  );
  // Stored under the lock: their times are the order in which the row was held.
  const order = await database.sql<{ name: string }[]>`
    select k.key as name from private.idempotency_keys as k order by k.created_at`;
  const inOrder = order.map(({ name }) =>
    present(wishes.find((wish) => wish.name === name), `a wish of ${name}`)
  );
  assertEquals(inOrder.length, BIDDERS);
  assertEquals(inOrder.map(({ name }) => found.get(name)), judgedInOrder(inOrder));
  await stage.assertHonest();
});

/** Somebody's bid by hand, or his ceiling. */
interface Wish {
  readonly name: string;
  readonly maxCents: number;
  readonly byHand: boolean;
}

/** Steps of six percent in an order that goes forth and back. */
function unsortedAmounts(count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.round(START * 1.06 ** (index ^ 5)));
}

async function utter(stage: Stage, { name, maxCents, byHand }: Wish): Promise<BiddingAnswer> {
  const [operation, argument] = byHand
    ? ["submit_bid", "amount_cents"]
    : ["set_auto_bid", "max_amount_cents"];
  return await callAs<BiddingBody>(
    stage.cast.sql,
    stage.who(name),
    operation,
    { ["session_id"]: stage.id, [argument]: maxCents },
    { "idempotency-key": name },
  );
}

function outcomeOf(answer: BiddingAnswer): string {
  if (answer.status >= 300) return codeOf(answer);
  const { leader, currentPriceCents } = present(answer.body.session, "a session");
  return `${leader} at ${currentPriceCents}`;
}

/** What everybody must be answered, by the pure rule, where nobody wishes twice. */
function judgedInOrder(wishes: readonly Wish[]): string[] {
  let standing: Standing | null = null;
  let leaderCeiling = 0;
  return wishes.map(({ name, maxCents, byHand }) => {
    const price: number | null = standing?.priceCents ?? null;
    if (maxCents < minimumNext(price, RULES)) return byHand ? "bid_too_low" : "ceiling_too_low";
    if (byHand && maxCents > maximumManualBid(price, RULES)) return "bid_too_high";

    const defender = standing ? [{ bidder: standing.leader, maxCents: leaderCeiling }] : [];
    const next: Standing | null = resolve([...defender, { bidder: name, maxCents, byHand }], RULES, standing);
    standing = present(next, "a standing");
    if (standing.leader === name) leaderCeiling = maxCents;
    return `${standing.leader} at ${standing.priceCents}`;
  });
}

Deno.test("64 different amounts at once leave a ledger that explains every answer", async () => {
  await using database = await freshDatabase();
  await using crowd = await crowdStage(database, BIDDERS);
  const { stage, names } = crowd;
  const amounts = Array.from({ length: BIDDERS }, (_, index) => START + index * 1_500);
  const asked = await Promise.all(names.map(async (name, index): Promise<Asked> => {
    const amount = present(amounts[index], "an amount");
    return { name, amount, answer: await stage.bid(name, amount) };
  }));
  const accepted = asked.filter(({ answer }) => answer.status === 200).map(({ amount }) => amount);
  const { session } = await stage.seenBy("P1");
  assertEquals(session.currentPriceCents, Math.max(...accepted));
  await assertAnswersAgree(stage, asked);
});

Deno.test("of two equal ceilings at once the first in line leads, at the ceiling, in both orders", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const order of ["AB", "BA"]) {
    const stage = await openStage(cast);
    const [first, second] = await racingForSession(
      database.sql,
      stage.id,
      [...order].map((letter) => () => stage.ceiling(letter, 500_000)),
    );
    assertEquals([first?.body.session?.youLead, first?.body.session?.currentPriceCents], [true, START]);
    assertEquals([second?.body.session?.youLead, second?.body.session?.currentPriceCents], [false, 500_000]);
    assertEquals(await stage.standing(), `${order[0]} at 500000`);
    assertEquals(
      await stage.bids(),
      `${order[0]} 100000 leads by proxy, ${order[1]} 500000 by proxy, ${order[0]} 500000 leads by proxy`,
    );
    await stage.assertHonest();
  }
});
