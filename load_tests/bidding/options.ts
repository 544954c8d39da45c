/** What a load test is told on its command line. */
import { parseArgs } from "node:util";

/** How much load, of which kind, and what it must reach. */
export interface LoadOptions {
  readonly sessions: number;
  /** Bids by hand that every session comes to. */
  readonly bids: number;
  /** How likely a ceiling is set before a bid, 0 to 1. */
  readonly autoBids: number;
  /** Both bidders of a session fire at once. */
  readonly contend: boolean;
  /** Between two turns of a session, in milliseconds. */
  readonly pauseMs: number;
  /** Sessions that somebody listens to over Realtime. */
  readonly watchers: number;
  /** What the 95th percentile of accepted bids must stay below, in milliseconds. */
  readonly p95Ms: number;
  /** How many of 100 valid bids must be accepted. */
  readonly successPercent: number;
  /** Equal seeds make equal choices. */
  readonly seed: number;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
}

/** The options that every load test of bidding has. */
export const SHARED_HELP = `  --sessions <n>     sessions, all at once (5)
  --bids <n>         bids by hand that every session comes to (10)
  --p95 <ms>         what the 95th percentile of accepted bids must stay below (200)
  --success <pct>    how many of 100 valid bids must be accepted (100)`;

/** Where it runs and what it leaves there. */
export const STACK_HELP =
  `It runs on the stack that SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY and SUPABASE_DB_URL name: people must
be able to sign up there without confirming their address, and the database is reached as role postgres, to raise the rate
limits for the run. Without these it starts a stack of its own, fsync on, in a process of its own. On a given stack its
users, its sessions and their books stay: choose one for staging.`;

/**
 * Reads the options of a load test.
 *
 * @returns `undefined` where help was asked for.
 * @throws Error that names a wrong option, what was expected of it and what was found.
 */
export function readLoadOptions(args: string[]): LoadOptions | undefined {
  const { values: flags } = parseArgs({
    args,
    options: {
      "sessions": { type: "string", default: "5" },
      "bids": { type: "string", default: "10" },
      "auto-bids": { type: "string", default: "0.2" },
      "contend": { type: "boolean", default: false },
      "pause": { type: "string", default: "500" },
      "watchers": { type: "string", default: "5" },
      "p95": { type: "string", default: "200" },
      "success": { type: "string", default: "100" },
      "seed": { type: "string" },
      "json": { type: "string" },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  if (flags.help) return undefined;
  const sessions = whole("--sessions", flags.sessions, 1, 1000);
  return {
    sessions,
    bids: whole("--bids", flags.bids, 1, 1000),
    autoBids: number("--auto-bids", flags["auto-bids"], 0, 1),
    contend: flags.contend,
    pauseMs: whole("--pause", flags.pause, 0, 60_000),
    watchers: Math.min(sessions, whole("--watchers", flags.watchers, 0, 1000)),
    p95Ms: number("--p95", flags.p95, 0, 60_000),
    successPercent: number("--success", flags.success, 0, 100),
    seed: flags.seed === undefined
      ? Math.floor(Math.random() * 2 ** 32)
      : whole("--seed", flags.seed, 0, 2 ** 32 - 1),
    json: flags.json,
  };
}

/** A number of that range. */
export function number(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= lowest && value <= highest) return value;
  throw new Error(
    `Expected ${name} to be a number from ${lowest} to ${highest} but found ${JSON.stringify(text)}`,
  );
}

/** A whole number of that range. */
export function whole(name: string, text: string, lowest: number, highest: number): number {
  const value = number(name, text, lowest, highest);
  if (Number.isInteger(value)) return value;
  throw new Error(`Expected ${name} to be a whole number but found ${JSON.stringify(text)}`);
}
