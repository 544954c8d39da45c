/** What the load test of routing is told on its command line. */
import { parseArgs } from "node:util";
import { number, whole } from "../bidding/options.ts";

export interface RoutingLoadOptions {
  /** Guests who ask at once, each again as soon as it is answered. */
  readonly vus: number;
  readonly seconds: number;
  /** What the 95th percentile must stay below, in milliseconds. */
  readonly p95Ms: number;
  /** Runs k6, too. */
  readonly run: boolean;
  /** The program of k6; the usual ones where none is named. */
  readonly k6: string | undefined;
}

/**
 * Reads the options.
 *
 * @returns `undefined` where help was asked for.
 * @throws Error that names a wrong option, what was expected of it and what was found.
 */
export function readRoutingLoadOptions(args: string[]): RoutingLoadOptions | undefined {
  const { values: flags } = parseArgs({
    args,
    options: {
      "vus": { type: "string", default: "10" },
      "seconds": { type: "string", default: "30" },
      "p95": { type: "string", default: "500" },
      "run": { type: "boolean", default: false },
      "k6": { type: "string" },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  if (flags.help) return undefined;
  return {
    vus: whole("--vus", flags.vus, 1, 1000),
    seconds: whole("--seconds", flags.seconds, 1, 3600),
    p95Ms: number("--p95", flags.p95, 0, 60_000),
    run: flags.run,
    k6: flags.k6,
  };
}
