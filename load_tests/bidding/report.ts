/** What a load test found, held against what it had to reach. */
import type { Books } from "./books.ts";
import type { LoadOptions } from "./options.ts";
import type { Counts, Latencies } from "./tally.ts";

/** Something that had to be reached. */
export interface Threshold {
  readonly name: string;
  readonly measured: number | null;
  readonly met: boolean;
}

/** What was heard over Realtime. */
export interface Heard {
  readonly watchers: number;
  readonly expected: number;
  readonly heard: number;
  /** From the event's own time to its arrival, by two clocks where the stack is on another machine. */
  readonly delayMs: Latencies;
}

/** Everything a run found. */
export interface Findings {
  readonly startedAt: string;
  readonly stack: string;
  /** Processes that wanted a core, over a minute, before the first bid: what else the machine did. */
  readonly machineLoad: number;
  /** They and their books stay where they are. */
  readonly sessionIds: readonly string[];
  readonly options: LoadOptions;
  /** How long the sessions were bid in. */
  readonly seconds: number;
  readonly bidsPerSecond: number;
  readonly bids: Counts;
  readonly autoBids: Counts;
  /** set-auto-bid by GET: the same way and the same caller, and one row read by its key. */
  readonly yardstick: Counts;
  /** A bid's latency by the yardstick's. */
  readonly ratio: { readonly p50: number | null; readonly p95: number | null };
  readonly realtime: Heard;
  readonly books: Books;
  /** What kept sessions from their end, and what was not heard; none is good. */
  readonly faults: readonly string[];
  /** The first refusals and errors, in words. */
  readonly notes: readonly string[];
}

/** The verdict on a run. */
export interface Verdict {
  readonly thresholds: readonly Threshold[];
  readonly violations: readonly string[];
  readonly passed: boolean;
}

/** Holds the findings against the thresholds; errors of the server and wrong books are violations whatever those say. */
export function judge(findings: Findings): Verdict {
  const { options, bids, autoBids, yardstick, books, faults } = findings;
  const p95 = bids.latencyMs.p95;
  const thresholds = [
    {
      name: `valid bids accepted: at least ${options.successPercent} %`,
      measured: bids.successPercent,
      met: bids.successPercent >= options.successPercent,
    },
    {
      name: `valid auto-bids accepted: at least ${options.successPercent} %`,
      measured: autoBids.sent === 0 ? null : autoBids.successPercent,
      met: autoBids.sent === 0 || autoBids.successPercent >= options.successPercent,
    },
    {
      name: `p95 of accepted bids: below ${options.p95Ms} ms`,
      measured: p95,
      met: p95 !== null && p95 < options.p95Ms,
    },
  ];
  const unread = yardstick.sent - yardstick.accepted;
  const errors = bids.errors + autoBids.errors + yardstick.errors;
  const violations = [
    ...faults,
    ...books.violations,
    ...errors === 0 ? [] : [`Expected no error of the server but found ${errors}`],
    ...unread === 0
      ? []
      : [`Expected every call of the yardstick to succeed but found ${unread} that failed`],
  ];
  return { thresholds, violations, passed: violations.length === 0 && thresholds.every(({ met }) => met) };
}

/** The report as it is printed. */
export function describe(findings: Findings, verdict: Verdict): string {
  const { bids, autoBids, yardstick, ratio, realtime, books } = findings;
  return [
    `load of the machine before it ${findings.machineLoad.toFixed(2)}`,
    `bid in for ${findings.seconds.toFixed(1)} s, ${
      findings.bidsPerSecond.toFixed(1)
    } accepted bids a second`,
    "",
    `${"".padEnd(14)}${["sent", "accepted", "outrun", "refused", "errors", "valid"].map(cell).join("")}${
      ["p50 ms", "p95 ms", "p99 ms", "max ms"].map(cell).join("")
    }`,
    row("submit-bid", bids),
    row("set-auto-bid", autoBids),
    row("yardstick", yardstick),
    "",
    ...refusals("submit-bid", bids),
    ...refusals("set-auto-bid", autoBids),
    ...findings.notes,
    "valid: how many of those sent, the outrun left out, were accepted. outrun: the rival was faster.",
    "yardstick: GET set-auto-bid, the caller's own ceiling: the same way and credentials, one row read by its key.",
    `a bid takes ${show(ratio.p50)} × the yardstick (p50), ${show(ratio.p95)} × (p95)`,
    `Realtime: ${realtime.heard} of ${realtime.expected} events heard by ${realtime.watchers} watchers, p50 ${
      show(realtime.delayMs.p50)
    } ms, p95 ${show(realtime.delayMs.p95)} ms, p99 ${show(realtime.delayMs.p99)} ms`,
    `books: ${books.sessions} sessions verified, ${books.results} results, ${books.notifications} notifications`,
    "",
    ...verdict.thresholds.map(({ name, measured, met }) =>
      `${met ? "met   " : "MISSED"}  ${name} (${show(measured)})`
    ),
    ...verdict.violations.map((violation) => `WRONG   ${violation}`),
    verdict.passed ? "passed" : "FAILED",
  ].join("\n");
}

function row(name: string, { latencyMs, ...counts }: Counts): string {
  const refused = Object.values(counts.refused).reduce((sum, count) => sum + count, 0);
  const valid = counts.sent === 0 ? "–" : `${counts.successPercent.toFixed(2)} %`;
  return name.padEnd(14) +
    [counts.sent, counts.accepted, counts.outrun, refused, counts.errors, valid].map(cell).join("") +
    [latencyMs.p50, latencyMs.p95, latencyMs.p99, latencyMs.max].map((ms) => cell(show(ms))).join("");
}

function refusals(name: string, { refused }: Counts): string[] {
  return Object.entries(refused).map(([code, count]) => `${name} was refused with ${code} ${count} times`);
}

function cell(value: string | number): string {
  return String(value).padStart(10);
}

function show(value: number | null): string {
  return value === null ? "–" : value.toFixed(value >= 100 ? 0 : 2);
}
