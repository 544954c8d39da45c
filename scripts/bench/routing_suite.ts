/** The benchmark of order routing: what is measured, held against its goals. */
import { withConnection } from "../local/connect.ts";
import type { RunningStack } from "../local/stack.ts";
import { keepToCore } from "./one_core.ts";
import { benchRate, type RateFigures, searchHighest } from "./routing.ts";
import { countRoundTrips, prepare } from "./routing_fixture.ts";
import { startSandboxProcess } from "./routing_processes.ts";
import { routingReport, type RoutingResults } from "./routing_report.ts";
import { benchScoring } from "./routing_scoring.ts";
import type { Suite } from "./suite.ts";

const RATES = [10, 40, 150];
const DELAYS_MS = [0, 200];
/** Where the search for the highest rate may end. */
const SEARCHED = [2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250, 300];
const MOST_OVERHEAD_MS = 14;
const COUNTED_ROUTES = 20;
const MOST_REQUESTS = 1200;

async function measure(stack: RunningStack, quick: boolean): Promise<RoutingResults> {
  // The core with the stack on it is loaded by nothing else of ours.
  const isOneCore = await keepToCore(0);
  const core = isOneCore ? 1 : undefined;
  const seconds = quick ? 2 : 20;
  const limits = { delayMs: 0, seconds: quick ? 1 : 5, mostOwnMs: MOST_OVERHEAD_MS };
  Deno.env.set("CLIENT_ADDRESS_HEADER", "x-bench-address");
  // What comes too late is counted, not told.
  Deno.env.set("LOG_LEVEL", "silent");
  const sandbox = await startSandboxProcess(core);
  const run = { stack, sandbox, core };
  try {
    await prepare(stack);
    await sandbox.prepare(0);
    const roundTrips = await countRoundTrips(stack, COUNTED_ROUTES);
    // What an instance does for the first time belongs to no figure.
    await benchRate(run, { rate: 20, delayMs: 0, count: quick ? 60 : 600 });
    const rates: RateFigures[] = [];
    for (const delayMs of DELAYS_MS) {
      for (const rate of RATES) {
        // Where a rate is too high, the line gets longer without end: no longer than it takes to show.
        rates.push(await benchRate(run, { rate, delayMs, count: Math.min(MOST_REQUESTS, rate * seconds) }));
      }
    }
    return {
      isOneCore,
      seconds,
      mostOwnMs: MOST_OVERHEAD_MS,
      postgres: await versionOf(stack),
      countedRoutes: COUNTED_ROUTES,
      roundTrips,
      rates,
      searched: await searchHighest(run, { rates: SEARCHED, ...limits }),
      scoring: [4, 100].map((count) => benchScoring(count, quick ? 200 : 1000)),
    };
  } finally {
    await sandbox.stop();
    Deno.env.delete("CLIENT_ADDRESS_HEADER");
  }
}

async function versionOf({ info }: RunningStack): Promise<string> {
  return await withConnection(info.dbUrl, async (sql) => {
    const [row] = await sql<[{ version: string }]>`select current_setting('server_version') as version`;
    return row.version;
  });
}

export const routingSuite: Suite = {
  async run(stack, quick) {
    const before = loadAverage();
    const results = await measure(stack, quick);
    return await routingReport(results, before);
  },
};

/** Processes that wanted a core in the last five minutes: above the number of cores somebody else was at work. */
function loadAverage(): number {
  return Deno.loadavg()[1]!;
}
