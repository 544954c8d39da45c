/** The benchmark of bidding: what is measured, held against its goals, and reported. */
import { withConnection } from "../local/connect.ts";
import type { RunningStack } from "../local/stack.ts";
import {
  benchCeilings,
  benchClosing,
  benchEarlierBids,
  benchHopelessBids,
  benchHotSession,
  benchManySessions,
} from "./bidding.ts";
import { prepare } from "./bidding_fixture.ts";
import { benchListeners, type ListenerFigures } from "./bidding_listeners.ts";
import type { Comparison } from "./measure.ts";
import { comparisonTable, figuresTable, machineLine, type Verdict, verdictTable } from "./report.ts";
import { CLIENTS, each, openBenchDatabase, reaches, share, type Suite } from "./suite.ts";

interface Results {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly postgres: string;
  readonly listeners: readonly ListenerFigures[];
  readonly hot: readonly Comparison[];
  readonly spread: readonly Comparison[];
  readonly ceilings: Awaited<ReturnType<typeof benchCeilings>>;
  readonly earlierBids: Comparison;
  readonly hopeless: Awaited<ReturnType<typeof benchHopelessBids>>;
  readonly closing: Awaited<ReturnType<typeof benchClosing>>;
}

async function measure(stack: RunningStack, quick: boolean): Promise<Results> {
  const rounds = quick ? 1 : 3;
  const sliceMs = quick ? 500 : 2000;
  const listeners: ListenerFigures[] = [];
  await withConnection(
    stack.info.dbUrl,
    (sql) => sql`update private.rate_limits set max_requests = 1000000000, period_seconds = 1`,
  );
  for (const count of quick ? [1, 100] : [1, 100, 1000]) {
    listeners.push(await benchListeners(stack.info, count, quick ? 10 : 50));
  }
  const database = await openBenchDatabase(stack);
  try {
    await prepare(database.owner);
    const run = { database, rounds, sliceMs };
    return {
      rounds,
      sliceMs,
      postgres: database.version,
      listeners,
      hot: await each(CLIENTS, (clients) => benchHotSession(run, clients)),
      spread: await each(CLIENTS, (clients) => benchManySessions(run, clients)),
      ceilings: await benchCeilings(run),
      earlierBids: await benchEarlierBids(run),
      hopeless: await benchHopelessBids(run),
      closing: await benchClosing(run, quick ? 500 : 10_000),
    };
  } finally {
    await database.close();
  }
}

const isFlat = ({ ratio }: Comparison) => ratio >= 0.9;
const times = ({ ratio }: Comparison) => `${ratio.toFixed(2)} ×`;

function verdicts({ hot, spread, ceilings, earlierBids, hopeless, closing }: Results): Verdict[] {
  const cause =
    "beside the two rows of the yardstick a bid writes the rounds of its bidder, his rate bucket, the stored answer, a " +
    "notification and two Realtime messages, judges fifteen rules, hashes the ledger and renders its answer";
  return [
    {
      goal: "submit_bid on one session at least 50 % of one update and one insert (1, 8, 32 clients)",
      measured: share(hot),
      met: reaches(hot, 0.5),
      cause,
    },
    {
      goal: "submit_bid over 200 sessions at least 45 % of one update and one insert (1, 8, 32 clients)",
      measured: share(spread),
      met: reaches(spread, 0.45),
      cause,
    },
    {
      goal: "as fast with 100 and 10 000 standing ceilings as with 2 (at least 0.9 ×)",
      measured: `${times(ceilings.hundred)}, ${times(ceilings.tenThousand)}`,
      met: isFlat(ceilings.hundred) && isFlat(ceilings.tenThousand),
    },
    {
      goal: "as fast after 100 000 earlier bids as after 10 (at least 0.9 ×)",
      measured: times(earlierBids),
      met: isFlat(earlierBids),
    },
    {
      goal: "a hopeless bid does not queue: as fast while somebody holds the session's row (p95 within 2 ×)",
      measured: `${hopeless.held.p95.toFixed(2)} ms held, ${hopeless.free.p95.toFixed(2)} ms free`,
      met: hopeless.held.p95 <= 2 * hopeless.free.p95,
    },
    {
      goal:
        `${closing.sessions} sessions that end in the same second are closed within the minute of one job run`,
      measured: `${closing.seconds.toFixed(1)} s, ${
        (closing.sessions / closing.seconds).toFixed(0)
      }/s, ${closing.results} results`,
      met: closing.seconds < 60,
    },
  ];
}

function listenersTable(figures: readonly ListenerFigures[]): string {
  return [
    "### From a bid's transaction to its listeners",
    "",
    "Milliseconds from the event's `serverTime`, taken inside the transaction, to its arrival at a bare socket; the commit",
    "lies in between. All sockets are in one process with the server.",
    "",
    "| listeners | bids | p50 ms | p95 ms | p99 ms |",
    "|---|---|---|---|---|",
    ...figures.map((f) =>
      `| ${f.listeners} | ${f.bids} | ${f.p50.toFixed(1)} | ${f.p95.toFixed(1)} | ${f.p99.toFixed(1)} |`
    ),
    "",
  ].join("\n");
}

async function report(results: Results): Promise<string> {
  const { hot, spread, ceilings, earlierBids, hopeless } = results;
  return [
    "# Benchmark: bidding",
    "",
    `Made by \`deno task bench bidding --write\`. ${await machineLine(results.postgres)}`,
    "Each operation takes turns with its yardstick, slice by slice, on the same connections; the ratio is of calls per",
    `second, the median over ${results.rounds} rounds of ${results.sliceMs} ms. All duties are on: Idempotency-Key, rate bucket (its limit raised),`,
    "rounds, ledger hash, notification, Realtime messages. Whom a bid is placed as is chosen under the session's lock by the",
    "harness, in the same call; its cost counts as ours, and every bid is accepted.",
    "",
    verdictTable(verdicts(results)),
    comparisonTable("submit_bid, one session", "one update, one insert, one row", hot),
    comparisonTable("submit_bid, 200 sessions", "one update, one insert, 200 rows", spread),
    comparisonTable("submit_bid with 100 ceilings in the session", "with 2", [ceilings.hundred]),
    comparisonTable("submit_bid with 10 000 ceilings in all", "with 2", [ceilings.tenThousand]),
    comparisonTable("submit_bid after 100 000 bids in the session", "after 10", [earlierBids]),
    figuresTable("A hopeless bid", [
      { name: "nobody holds the session", clients: 1, figures: hopeless.free },
      { name: "somebody holds the session", clients: 1, figures: hopeless.held },
    ]),
    listenersTable(results.listeners),
  ].join("\n");
}

export const biddingSuite: Suite = {
  async run(stack, quick) {
    return await report(await measure(stack, quick));
  },
};
