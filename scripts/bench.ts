import { biddingSuite } from "./bench/bidding_suite.ts";
import { routingSuite } from "./bench/routing_suite.ts";
import type { Suite } from "./bench/suite.ts";
import { taskSuite } from "./bench/task_suite.ts";
import { runCommand } from "./local/operator_database.ts";
import { startStack } from "./local/stack.ts";

const HELP =
  `Measures a capability on a stack of its own, fsync on, and prints a report. Limits and quotas are raised for it.

usage: deno task bench tasks|bidding|routing [options]

  --quick   fewer repetitions: whether it runs, not what it measures
  --write   keep the report in docs/benchmarks/; not with --quick
  --help    print this

environment: LOG_LEVEL (error, so that a line per request is not measured too)
`;

const REPORTS = new URL("../docs/benchmarks/", import.meta.url);
const SUITES: Readonly<Record<string, Suite>> = {
  tasks: taskSuite,
  bidding: biddingSuite,
  routing: routingSuite,
};

await runCommand(async () => {
  if (Deno.args.includes("--help")) return console.log(HELP);
  const [what = "nothing"] = Deno.args.filter((word) => !word.startsWith("--"));
  const suite = SUITES[what];
  if (suite === undefined) {
    throw new Error(
      `Expected deno task bench ${Object.keys(SUITES).join("|")} but found ${JSON.stringify(what)}`,
    );
  }
  const quick = Deno.args.includes("--quick");
  const write = Deno.args.includes("--write");
  if (quick && write) {
    throw new Error("Expected --quick or --write but found both: a report wants the full run");
  }
  const dataDir = await Deno.makeTempDir({ prefix: "tradepost-bench-" });
  // A line per request would be measured too.
  if (!Deno.env.has("LOG_LEVEL")) Deno.env.set("LOG_LEVEL", "error");
  const stack = await startStack({ port: 0, dataDir });
  try {
    const text = await suite.run(stack, quick);
    console.log(text);
    if (write) {
      await Deno.mkdir(REPORTS, { recursive: true });
      await Deno.writeTextFile(new URL(`${what}.md`, REPORTS), text);
    }
  } finally {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
  }
});
