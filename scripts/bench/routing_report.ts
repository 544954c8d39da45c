/** What the routing benchmark writes. */
import { machineLine, type Verdict, verdictTable } from "./report.ts";
import { keepsUp, type RateFigures, type Spread } from "./routing.ts";
import type { ScoringFigures } from "./routing_scoring.ts";

export interface RoutingResults {
  /** Whether the stack had one core and the rest of the benchmark another. */
  readonly isOneCore: boolean;
  readonly seconds: number;
  /** What is ours of a route, at most, 95 times of 100. */
  readonly mostOwnMs: number;
  readonly postgres: string;
  readonly countedRoutes: number;
  readonly roundTrips: readonly string[];
  readonly rates: readonly RateFigures[];
  readonly searched: readonly RateFigures[];
  readonly scoring: readonly ScoringFigures[];
}

export async function routingReport(results: RoutingResults, loadBefore: number): Promise<string> {
  const { rates, searched, seconds, isOneCore } = results;
  return [
    "# Benchmark: routing",
    "",
    `Made by \`deno task bench routing --write\`. ${await machineLine(results.postgres)}`,
    isOneCore
      ? "Gateway, functions and Postgres together have one core; the providers' sandbox and the load, a process each, the other."
      : "This machine cannot keep a process to a core: stack, sandbox and load share them all.",
    `Requests leave at a constant rate for ${seconds} s or 1200 requests, whether or not earlier ones are answered: one item, four providers,`,
    "every caller a guest of another address, limits and quotas raised. The overhead is the time until a route is answered",
    "without the slowest provider's by the sandbox's own log; MealMe is asked twice, so with a delay of 200 ms it takes 400.",
    "The yardstick is an operation that does nothing, by rpc through the same gateway at the same rate, before and after.",
    `Load average of the machine before: ${
      loadBefore.toFixed(1)
    }; above 0.5 somebody else was at work, and latencies say`,
    "more of him than of us. The processor's time does not.",
    "",
    verdictTable(verdicts(results, loadBefore)),
    ratesTable("Overhead", rates),
    ratesTable("The search for the highest rate, providers without delay", searched),
    scoringTable(results.scoring),
  ].join("\n");
}

function verdicts(results: RoutingResults, loadBefore: number): Verdict[] {
  const { searched, mostOwnMs, roundTrips, countedRoutes } = results;
  const calls = new Map<string, number>();
  for (const path of roundTrips) calls.set(path, (calls.get(path) ?? 0) + 1);
  const expected = ["/rest/v1/rpc/begin_route", "/rest/v1/rpc/save_route"];
  const best = searched.filter((figures) => keepsUp(figures, mostOwnMs)).at(-1);
  const tried = searched.map(({ rate, own }) => `${ms(own.p95)} ms at ${rate}/s`).join(", ");
  return [
    {
      goal: "two round trips to the database per route",
      measured: `${
        [...calls].map(([path, count]) => `${count} × ${path.split("/").at(-1)}`).join(", ")
      } for ${countedRoutes} routes`,
      met: calls.size === 2 && expected.every((path) => calls.get(path) === countedRoutes),
    },
    {
      goal: `overhead p95 at most ${mostOwnMs} ms at the rate one core sustains`,
      measured: best === undefined ? tried : `${best.rate}/s with ${ms(best.own.p95)} ms; of ${tried}`,
      met: best !== undefined,
      ...(best === undefined ? { cause: causeOf(searched[0], loadBefore) } : {}),
    },
  ];
}

/** What is known of a rate that nobody else's work, or a line of waiting routes, explains. */
function causeOf(lowest: RateFigures | undefined, loadBefore: number): string {
  const { processor } = lowest ?? {};
  const spent = processor &&
    `${(processor.own + processor.children).toFixed(0)} ms of the processor's time and `;
  const others = loadBefore > 0.5 ? `, and others were at work (load average ${loadBefore.toFixed(1)})` : "";
  return `a route takes ${spent ?? ""}two commits to disk, one after the other${others}`;
}

function ratesTable(title: string, rows: readonly RateFigures[]): string {
  return [
    `### ${title}`,
    "",
    "Milliseconds as p50 / p95 / p99. «By the answer» takes the slowest `providers[].latencyMs` off instead: waiting for a",
    "place among the calls to a provider, and reading its answer, count as the provider's there. A core has 1000 / rate ms.",
    "",
    "| routes/s | delay | answered/s | overhead | by the answer | whole | yardstick | ratio of p50 | processor ms per route: stack + Postgres | load left late, p95 |",
    "|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) =>
      `| ${row.rate} | ${row.delayMs} | ${row.reached.toFixed(1)}${failuresOf(row)} | ${three(row.own)} | ${
        three(row.stated)
      } | ${three(row.wall)} | ${three(row.yardstick)} | **${row.ratio.toFixed(1)}** | ${
        row.processor === undefined
          ? "—"
          : `${row.processor.own.toFixed(1)} + ${row.processor.children.toFixed(1)}`
      } | ${ms(row.lateP95Ms)} |`
    ),
    "",
  ].join("\n");
}

function scoringTable(scoring: readonly ScoringFigures[]): string {
  return [
    "### Scoring alone",
    "",
    "| candidates | p50 µs | p95 µs | decisions |",
    "|---|---|---|---|",
    ...scoring.map((s) => `| ${s.candidates} | ${s.p50.toFixed(1)} | ${s.p95.toFixed(1)} | ${s.decisions} |`),
    "",
  ].join("\n");
}

function failuresOf({ failures }: RateFigures): string {
  const words = Object.entries(failures).map(([status, count]) =>
    `${count} × ${status === "0" ? "none" : status}`
  );
  return words.length === 0 ? "" : `, failed: ${words.join(", ")}`;
}

function three({ p50, p95, p99 }: Spread): string {
  return [p50, p95, p99].map(ms).join(" / ");
}

function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
