/** What a benchmark prints and writes: plain Markdown tables, figures with their unit. */
import type { Comparison, Figures } from "./measure.ts";

/** A goal of the benchmark, with what was measured. */
export interface Verdict {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
  /** Why it was missed, where it was. */
  readonly cause?: string;
}

const round = (value: number) => value >= 100 ? value.toFixed(0) : value.toFixed(2);

function cells(figures: Figures): string {
  return `${round(figures.rate)} | ${round(figures.p50)} | ${round(figures.p95)} | ${round(figures.p99)}`;
}

/** One row per number of clients: the operation, its yardstick and their ratio. */
export function comparisonTable(
  operation: string,
  yardstick: string,
  comparisons: readonly Comparison[],
): string {
  return [
    `### ${operation}, beside «${yardstick}»`,
    "",
    "| clients | calls/s | p50 ms | p95 ms | p99 ms | yardstick calls/s | p50 ms | p95 ms | p99 ms | ratio | rounds |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...comparisons.map((c) =>
      `| ${c.clients} | ${cells(c.action)} | ${cells(c.yardstick)} | **${c.ratio.toFixed(2)}** | ${
        c.ratios.map((r) => r.toFixed(2)).join(" ")
      } |`
    ),
    "",
  ].join("\n");
}

/** One row per figure, without a yardstick. */
export function figuresTable(
  title: string,
  rows: readonly { readonly name: string; readonly clients: number; readonly figures: Figures }[],
): string {
  return [
    `### ${title}`,
    "",
    "| operation | clients | calls/s | p50 ms | p95 ms | p99 ms |",
    "|---|---|---|---|---|---|",
    ...rows.map(({ name, clients, figures }) => `| ${name} | ${clients} | ${cells(figures)} |`),
    "",
  ].join("\n");
}

/** The goals as a table; a missed one carries its cause. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return [
    "| goal | measured | met |",
    "|---|---|---|",
    ...verdicts.map((v) =>
      `| ${v.goal} | ${v.measured} | ${v.met ? "yes" : `no${v.cause ? `: ${v.cause}` : ""}`} |`
    ),
    "",
  ].join("\n");
}

/** Where and when: figures from a noisy machine mean nothing without it. */
export async function machineLine(postgres: string): Promise<string> {
  const cpu =
    (await Deno.readTextFile("/proc/cpuinfo").catch(() => "")).match(/model name\s*:\s*(.+)/)?.[1] ??
      "unknown processor";
  return `${
    new Date().toISOString().slice(0, 10)
  }, ${navigator.hardwareConcurrency} cores (${cpu}), Deno ${Deno.version.deno}, PostgreSQL ${postgres}, ` +
    "client and server on the same cores, fsync on.";
}
