/** How the two bidders of a session bid against each other until its count of bids is reached. */
import { setTimeout } from "node:timers/promises";
import { nextStep } from "../../shared/bidding/rules.ts";
import type { Session } from "../../shared/bidding/session.ts";
import { bid, look, type Place, readCeiling, setCeiling } from "./moves.ts";
import type { LoadOptions } from "./options.ts";
import type { Bidder, Table } from "./table.ts";

/** A session that is being bid in. */
export interface Duel extends Place {
  readonly options: LoadOptions;
  readonly chance: () => number;
}

/** Turns in a row that may come to nothing before a session is given up. */
const FRUITLESS_TURNS = 10;

/** Bids until the session's count is reached; what keeps it from that is noted as its fault. */
export async function fight(duel: Duel): Promise<void> {
  try {
    await takeTurns(duel);
  } catch (error) {
    // One session that cannot go on is no reason to leave the others alone.
    duel.stop.throwIfAborted();
    duel.tableScore.fault = error instanceof Error ? error.message : String(error);
  }
}

async function takeTurns(duel: Duel): Promise<void> {
  const { options, tableScore } = duel;
  let known = duel.table.opened;
  let fruitless = 0;
  while (tableScore.byHand < options.bids) {
    await pause(duel);
    const before = tableScore.byHand;
    known = await turn(duel, known);
    fruitless = tableScore.byHand > before ? 0 : fruitless + 1;
    if (fruitless < FRUITLESS_TURNS) continue;
    throw new Error(`Expected ${options.bids} bids but found ${tableScore.byHand} and no more accepted`);
  }
}

/** One call of the yardstick that does not count: it opens the connection, and finds the function cold. */
export async function warmUp({ table: { sessionId, bidders: [{ client }] }, stop }: Duel): Promise<void> {
  await client.call("set-auto-bid", { sessionId }, { method: "GET", signal: stop });
}

/** Calls the yardstick so often, at the pace of the bids. */
export async function measureYardstick(duel: Duel, calls: number): Promise<void> {
  const [first, second] = duel.table.bidders;
  for (let turn = 0; turn < calls; turn++) {
    await pause(duel);
    await readCeiling(duel, turn % 2 === 0 ? first : second);
  }
}

/** One turn: now and then a ceiling, then the bid of whoever does not lead; with a rival who does not wait for it, both. */
async function turn(duel: Duel, known: Session): Promise<Session> {
  const { options, tableScore, chance, table } = duel;
  if (chance() < options.autoBids) {
    const ceiling = stepsAbove(known, 1 + Math.floor(chance() * 3));
    known = await setCeiling(duel, challengerOf(table, known), ceiling) ?? await look(duel);
  }
  const challenger = challengerOf(table, known);
  const rival = table.bidders[table.bidders[0] === challenger ? 1 : 0];
  const rivalToo = options.contend && tableScore.byHand + 1 < options.bids;
  const [least, more] = [minimumOf(known), stepsAbove(known, 1)];
  const seen = await Promise.all([
    // By hand a step at the least, or up to half a step more.
    bid(duel, challenger, rivalToo ? least : least + Math.floor(chance() * (more - least) / 2), known),
    // The rival leads: he bids upon the bid that he sees coming. Where nobody leads, both start.
    ...(rivalToo ? [bid(duel, rival, known.leader === null ? least : more, known)] : []),
  ]);
  const latest = seen.filter((session) => session !== undefined).sort((a, b) => b.seq - a.seq)[0];
  return latest ?? await look(duel);
}

/** Whoever does not lead; the first where nobody does. */
function challengerOf({ bidders: [first, second] }: Table, { leader }: Session): Bidder {
  return leader === first.alias ? second : first;
}

function minimumOf({ minimumNextCents }: Session): number {
  if (minimumNextCents === null) throw new Error("Expected an open session but found one that has ended");
  return minimumNextCents;
}

function stepsAbove(session: Session, steps: number): number {
  let cents = minimumOf(session);
  for (let step = 0; step < steps; step++) cents = nextStep(cents, session.minimumIncrementBps);
  return cents;
}

/** What people take to think. */
async function pause({ options: { pauseMs }, chance, stop }: Duel): Promise<void> {
  stop.throwIfAborted();
  if (pauseMs === 0) return;
  // Half of it to one and a half: sessions that fell into step do not stay there.
  await setTimeout(pauseMs * (0.5 + chance()), undefined, { signal: stop });
}
