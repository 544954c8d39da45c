/** route-order under a constant rate, beside the yardstick under the same. */
import type { RunningStack } from "../local/stack.ts";
import { percentile } from "./measure.ts";
import { type ProcessorTime, processorTime } from "./processor_time.ts";
import { restoreProviders, routeTarget, yardstickTarget } from "./routing_fixture.ts";
import type { LoadResult } from "./routing_load.ts";
import { type SandboxProcess, sendLoad } from "./routing_processes.ts";
import { MOST_ROUTES } from "./routing_request.ts";

export interface Run {
  readonly stack: RunningStack;
  readonly sandbox: SandboxProcess;
  /** Where the load comes from; undefined: anywhere. */
  readonly core: number | undefined;
}

export interface Load {
  /** Requests per second. */
  readonly rate: number;
  /** What every call to a provider takes. */
  readonly delayMs: number;
  readonly count: number;
}

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface RateFigures extends Load {
  /** Answers other than 200, by status. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers per second, to the last one. */
  readonly reached: number;
  readonly wall: Spread;
  /** Without the slowest provider by the sandbox's log: what is ours. */
  readonly own: Spread;
  /** Without the slowest provider as the answer states it. */
  readonly stated: Spread;
  /** How late requests left. */
  readonly lateP95Ms: number;
  readonly yardstick: Spread;
  /** own.p50 / yardstick.p50. */
  readonly ratio: number;
  /** Milliseconds per route; undefined where the system does not count them. */
  readonly processor: ProcessorTime | undefined;
}

/** One rate: the yardstick, then the routes, then the yardstick, so that a change of the machine shows in both. */
export async function benchRate({ stack, sandbox, core }: Run, load: Load): Promise<RateFigures> {
  const { rate, delayMs, count } = load;
  if (count > MOST_ROUTES) throw new Error(`Expected at most ${MOST_ROUTES} routes but found ${count}`);
  await restoreProviders(stack);
  await sandbox.prepare(delayMs);
  const part = { ...yardstickTarget(stack), rate, count: Math.ceil(count / 8) };
  const nothing = [await sendLoad(core, part)];
  const before = await processorTime([sandbox.pid]);
  const routes = await sendLoad(core, { ...routeTarget(stack), sandboxUrl: sandbox.url, rate, count });
  const after = await processorTime([sandbox.pid]);
  nothing.push(await sendLoad(core, part));
  const yardstick = spread(nothing, "wallMs");
  const own = spread([routes], "ownMs");
  return {
    ...load,
    failures: routes.failures,
    reached: routes.answers.length / routes.seconds,
    wall: spread([routes], "wallMs"),
    own,
    stated: spread([routes], "statedMs"),
    lateP95Ms: routes.lateP95Ms,
    yardstick,
    ratio: own.p50 / yardstick.p50,
    processor: before && after && {
      own: (after.own - before.own) / count,
      children: (after.children - before.children) / count,
    },
  };
}

function spread(results: readonly LoadResult[], figure: "wallMs" | "ownMs" | "statedMs"): Spread {
  const values = results.flatMap(({ answers }) => answers.map((answer) => answer[figure])).sort((a, b) =>
    a - b
  );
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

/** Whether all were answered, and 95 of 100 with so much overhead at most. */
export function keepsUp({ failures, own }: RateFigures, mostOwnMs: number): boolean {
  return Object.keys(failures).length === 0 && own.p95 <= mostOwnMs;
}

/** The highest of these rates that is kept up with, by halving; every rate that was tried. */
export async function searchHighest(
  run: Run,
  { rates, delayMs, seconds, mostOwnMs }: {
    /** Rising. */
    readonly rates: readonly number[];
    readonly delayMs: number;
    readonly seconds: number;
    readonly mostOwnMs: number;
  },
): Promise<readonly RateFigures[]> {
  const tried: RateFigures[] = [];
  let [good, bad] = [-1, rates.length];
  while (bad - good > 1) {
    const at = (good + bad) >> 1;
    const rate = rates[at]!;
    // Percentiles want answers, and a rate that is too high wants no more of them than show it.
    const count = Math.max(40, Math.min(500, rate * seconds));
    const figures = await benchRate(run, { rate, delayMs, count });
    tried.push(figures);
    if (keepsUp(figures, mostOwnMs)) good = at;
    else bad = at;
  }
  return tried.sort((a, b) => a.rate - b.rate);
}
