/** Makes the users and sessions that bidding.k6.js bids as and in, and proves the books right after it. */
import { join } from "@std/path";
import { parseArgs } from "node:util";
import { runCommand } from "../scripts/local/operator_database.ts";
import { findK6, K6_SCRIPT, type K6Options, runK6, writePlan } from "./bidding/k6.ts";
import { number, SHARED_HELP, STACK_HELP, whole } from "./bidding/options.ts";
import { settle } from "./bidding/settle.ts";
import { onStage, type Stage } from "./bidding/stage.ts";

const HELP =
  `Makes the users and sessions that load_tests/bidding.k6.js bids as and in, and raises the rate limits for it.

usage: deno run --allow-all load_tests/prepare_k6.ts [options]

${SHARED_HELP}
  --pause <ms>       what a bidder takes to think, about; 0 is as fast as the answers come (500)
  --run              runs k6, ends the sessions and proves the books right; exit code 0 only if all of it holds
  --k6 <program>     k6 (.tradepost/bin/k6, else the path's, else ~/go/bin/k6; scripts/install_k6.sh builds it)
  --help             print this

Without --run it says how to run k6 and waits for Ctrl-C, to call the sessions off and restore the limits.

${STACK_HELP}
`;

function readOptions(args: string[]) {
  const { values: flags } = parseArgs({
    args,
    options: {
      "sessions": { type: "string", default: "5" },
      "bids": { type: "string", default: "10" },
      "pause": { type: "string", default: "500" },
      "p95": { type: "string", default: "200" },
      "success": { type: "string", default: "100" },
      "run": { type: "boolean", default: false },
      "k6": { type: "string" },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  const load: K6Options = {
    sessions: whole("--sessions", flags.sessions, 1, 1000),
    bids: whole("--bids", flags.bids, 1, 1000),
    pauseMs: whole("--pause", flags.pause, 0, 60_000),
    p95Ms: number("--p95", flags.p95, 0, 60_000),
    successPercent: number("--success", flags.success, 0, 100),
  };
  return { load, run: flags.run, k6: flags.k6, help: flags.help };
}

/** Runs k6 and holds what it says against the ledgers; sentences about what is wrong. */
async function runAndVerify(
  stage: Stage,
  { bids, sessions }: K6Options,
  k6: string,
  folder: string,
): Promise<string[]> {
  const { code, summary } = await runK6(k6, join(folder, "plan.json"), stage.stop);
  stage.stop.throwIfAborted();
  if (summary !== undefined) console.log(JSON.stringify(summary, null, 2));
  const { ledgers, books } = await settle(stage, stage.tables.map((table) => ({ table })));
  console.log(
    `books: ${books.sessions} sessions verified, ${books.results} results, ${books.notifications} notifications`,
  );
  const placed = [...ledgers.values()].flatMap(({ events }) => events)
    .filter(({ type }) => type === "bid_placed").length;
  return [
    ...code === 0 ? [] : [`Expected k6 to end with exit code 0 but found ${code}`],
    ...summary === undefined
      ? ["Expected a summary from k6 but found none"]
      : summary.missed.map((rule) => `Expected ${rule} but found it missed`),
    ...placed === sessions * bids && placed === summary?.accepted ? [] : [
      `Expected ${sessions * bids} bids but found ${summary?.accepted} accepted and ${placed} in the ledgers`,
    ],
    ...books.violations,
  ];
}

await runCommand(async () => {
  const options = readOptions(Deno.args);
  if (options.help) return console.log(HELP);
  const k6 = options.run ? await findK6(options.k6) : undefined;
  const folder = await Deno.makeTempDir({ prefix: "tradepost-k6-" });
  try {
    await onStage(options.load, async (stage) => {
      const plan = join(folder, "plan.json");
      await writePlan(plan, stage, options.load);
      if (k6 !== undefined) {
        const wrong = await runAndVerify(stage, options.load, k6, folder);
        for (const sentence of wrong) console.log(`WRONG   ${sentence}`);
        console.log(wrong.length === 0 ? "passed" : "FAILED");
        if (wrong.length > 0) Deno.exitCode = 1;
        return;
      }
      console.log(
        `k6 run -e PLAN=${plan} ${K6_SCRIPT}\nCtrl-C calls the sessions off and restores the limits.`,
      );
      await new Promise<void>((resolve) => stage.stop.addEventListener("abort", () => resolve()));
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
