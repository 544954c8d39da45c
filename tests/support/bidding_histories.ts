/** Holds the engine to the model, history by history, step by step. */
import { assertEquals } from "@std/assert";
import type { RandomHistory, RandomSession } from "./bidding_arbitraries.ts";
import { BiddingModel, type ModelAnswer, type ModelEntry } from "./bidding_model.ts";
import { stepsOf } from "./bidding_plan.ts";
import type { HistoryPlan, HistoryStep, Observation, Player } from "./bidding_player.ts";
import { present } from "./present.ts";

/** How often something happened, by its name. */
export type Tally = Map<string, number>;

/** Counts one more. */
export function count(tally: Tally, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}

/** Plays a history on the engine and fails at the first step that the model says something else of. */
export async function assertHistory(
  player: Player,
  people: readonly string[],
  history: RandomHistory,
  tally: Tally,
): Promise<void> {
  const { session } = history;
  const seated = [...people.slice(0, session.bidders), present(people.at(-1), "an outsider")];
  const steps = stepsOf(history);
  const [opened, ...observations] = await player.play(planOf(session, seated, steps));
  const begun = present(opened, "an opened session");
  const model = new BiddingModel(session, begun.session, session.bidders);
  model.bringTo(session.startsLater ? begun.at : begun.session.startsAt);
  assertStanding(model, seated, begun, 0, `the opening: ${JSON.stringify(begun)}`);
  for (const [index, step] of steps.entries()) {
    const seen = present(observations[index], "an observation");
    const known = model.ledger.length;
    const answer = follow(model, step, seen);
    const where = `step ${index + 1} of ${JSON.stringify(steps)}: ${JSON.stringify(seen)}`;
    assertAnswer(model, answer, seen, where);
    assertStanding(model, seated, seen, known, where);
    count(tally, `${step.op} ${answer.code}`);
  }
  count(tally, `session ${model.status}`);
  for (const { type } of model.ledger) count(tally, `entry ${type}`);
}

function planOf(
  session: RandomSession,
  seated: readonly string[],
  steps: readonly HistoryStep[],
): HistoryPlan {
  const { bidders, startsLater, ...rules } = session;
  const participants = seated.slice(0, bidders).map((userId, index) => ({ userId, alias: `P${index}` }));
  return {
    people: seated,
    session: {
      ...rules,
      propertyId: crypto.randomUUID(),
      targetNight: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
      participants,
      ...(startsLater ? { startsAt: new Date(Date.now() + 3_600_000).toISOString() } : {}),
    },
    steps,
  };
}

/** What the model says to a step, at the instant at which the engine judged it. */
function follow(model: BiddingModel, step: HistoryStep, seen: Observation): ModelAnswer {
  if (step.op === "time") {
    model.moveBack(seen.past);
    return { code: "ok" };
  }
  const placed = seen.entries.find(({ type }) => type === "bid_placed");
  return model.act(step, placed?.at ?? seen.at);
}

function assertAnswer(
  model: BiddingModel,
  expected: ModelAnswer,
  { answer, unseen, entries }: Observation,
  where: string,
): void {
  const { code = "ok", details } = answer;
  assertEquals(code, expected.code, where);
  for (const [name, value] of Object.entries(expected.details ?? {})) {
    assertEquals([name, details?.[name]], [name, value], where);
  }
  if (code === "ok") assertEquals(unseen ?? true, true, `Expected rivals to see nothing: ${where}`);
  if (answer.session === undefined) return;
  const { currentPriceCents, minimumNextCents, status, leader } = answer.session;
  const alias = model.leader === null ? null : `P${model.leader}`;
  const minimum = model.isOver ? null : model.minimum;
  assertEquals([currentPriceCents, minimumNextCents, status, leader], [
    model.price,
    minimum,
    model.status,
    alias,
  ], where);
  const own = entries.find(({ type }) => type === "bid_placed");
  assertEquals(answer.bid?.amountCents ?? null, own?.amount ?? null, where);
}

function assertStanding(
  model: BiddingModel,
  seated: readonly string[],
  seen: Observation,
  known: number,
  where: string,
): void {
  const number = (id: string | null) => id === null ? null : seated.indexOf(id);
  const { session, bidders, entries, result, verified } = seen;
  assertEquals(
    { ...session, leader: number(session.leader) },
    {
      status: model.status,
      price: model.price,
      leader: model.leader,
      minimumNext: model.minimum,
      seq: model.ledger.length,
      startsAt: model.startsAt,
      expiresAt: model.expiresAt,
      hardEndAt: model.hardEndAt,
    },
    where,
  );
  assertEquals(
    bidders,
    model.bidders.map(({ rounds, ceiling, withdrawn }) => ({ rounds, ceiling, withdrawn })),
    where,
  );
  const gained = entries.map(({ at: _at, expiresAt: _expiresAt, ...entry }): ModelEntry => ({
    ...entry,
    who: number(entry.who),
  }));
  assertEquals(gained, model.ledger.slice(known), where);
  for (const { type, expiresAt } of entries) {
    // The same request may open a session and extend it.
    if (type !== "session_started") assertEquals([type, expiresAt], [type, model.expiresAt], where);
  }
  assertEquals(
    result && { ...result, winner: number(result.winner), loser: number(result.loser) },
    model.result && { ...model.result },
    where,
  );
  if (verified !== null) assertEquals(verified, { ok: true, firstDifference: null }, where);
}
