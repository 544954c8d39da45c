/** A run of the load test: bids, the end of every session, its books, and the findings. */
import { Score, TableScore } from "./moves.ts";
import { seededChance } from "./chance.ts";
import { type Duel, fight, measureYardstick, warmUp } from "./duel.ts";
import type { Ledger } from "./ledger.ts";
import type { LoadOptions } from "./options.ts";
import { pool } from "./pool.ts";
import type { Findings, Heard } from "./report.ts";
import { settle } from "./settle.ts";
import type { Stage } from "./stage.ts";
import { latencies } from "./tally.ts";
import { watch, type Watcher } from "./watcher.ts";

const AT_ONCE = 8;
const HEARD_WITHIN_MS = 15_000;

/** What was heard, and what should have been. */
interface Listened {
  readonly realtime: Heard;
  readonly differences: readonly string[];
}

/** Bids in all sessions of a stage at once, ends them, and tells what was found. */
export async function run(options: LoadOptions, stage: Stage): Promise<Findings> {
  const start = {
    startedAt: new Date().toISOString(),
    stack: stage.stack,
    machineLoad: Deno.loadavg()[0] ?? 0,
    sessionIds: stage.tables.map(({ sessionId }) => sessionId),
    options,
  };
  const score = new Score();
  const duels = stage.tables.map((table, index): Duel => ({
    ...{ table, score, options, tableScore: new TableScore(), stop: stage.stop },
    chance: seededChance(options.seed + index),
  }));
  const watched = stage.tables.slice(0, options.watchers);
  const watchers = await pool(AT_ONCE, watched, (table) => watch(stage.target, table));
  try {
    const seconds = await bidInAll(duels, options.bids);
    const { ledgers, books } = await settle(stage, duels);
    const { realtime, differences } = await listened(watchers, ledgers);
    return {
      ...{ ...start, seconds, realtime, books },
      ...figures(score, seconds),
      faults: [...faultsOf(duels), ...differences],
      notes: [score.bids, score.autoBids, score.yardstick].flatMap(({ notes }) => notes),
    };
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.leave()));
  }
}

/** Everything that is timed; resolves with how long the bids took, in seconds. */
async function bidInAll(duels: readonly Duel[], bids: number): Promise<number> {
  // Half of it before the bids and half after them: what else the machine does falls on both.
  const calls = Math.ceil(bids / 4);
  await Promise.all(duels.map(warmUp));
  await Promise.all(duels.map((duel) => measureYardstick(duel, calls)));
  const began = performance.now();
  await Promise.all(duels.map(fight));
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(duels.map((duel) => measureYardstick(duel, calls)));
  return seconds;
}

async function listened(
  watchers: readonly Watcher[],
  ledgers: ReadonlyMap<string, Ledger>,
): Promise<Listened> {
  await Promise.all(watchers.map((watcher) => watcher.heardEnd(HEARD_WITHIN_MS)));
  const known = watchers.flatMap((watcher) => {
    const ledger = ledgers.get(watcher.table.sessionId);
    return ledger === undefined ? [] : [{ watcher, ledger }];
  });
  const delays = watchers.flatMap(({ delaysMs }) => delaysMs);
  return {
    realtime: {
      watchers: watchers.length,
      expected: known.reduce((sum, { watcher, ledger }) => sum + watcher.expected(ledger), 0),
      heard: delays.length,
      delayMs: latencies(delays),
    },
    differences: known.flatMap(({ watcher, ledger }) =>
      watcher.differences(ledger).map((sentence) => `Session ${watcher.table.sessionId}: ${sentence}`)
    ),
  };
}

function figures(score: Score, seconds: number) {
  const [bids, autoBids, yardstick] = [score.bids.counts, score.autoBids.counts, score.yardstick.counts];
  return {
    ...{ bids, autoBids, yardstick },
    bidsPerSecond: bids.accepted / seconds,
    ratio: {
      p50: ratio(bids.latencyMs.p50, yardstick.latencyMs.p50),
      p95: ratio(bids.latencyMs.p95, yardstick.latencyMs.p95),
    },
  };
}

function ratio(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one / other;
}

function faultsOf(duels: readonly Duel[]): readonly string[] {
  return duels.flatMap(({ table, tableScore: { fault } }) =>
    fault === undefined ? [] : [`Session ${table.sessionId}: ${fault}`]
  );
}
