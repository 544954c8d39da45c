/** Puts bidding under load through its public URLs and proves the books right afterwards. */
import { runCommand } from "../scripts/local/operator_database.ts";
import { readLoadOptions, SHARED_HELP, STACK_HELP } from "./bidding/options.ts";
import { describe, judge } from "./bidding/report.ts";
import { run } from "./bidding/run.ts";
import { onStage } from "./bidding/stage.ts";

const HELP = `Puts bidding under load through its public URLs and proves the books right afterwards.

usage: deno run --allow-all load_tests/biddingLoadTest.ts [options]

${SHARED_HELP}
  --auto-bids <p>    how likely a ceiling is set before a bid, 0 to 1 (0.2)
  --contend          both bidders of a session fire at once; as a rule they bid by turns
  --pause <ms>       what a bidder takes to think, about; 0 is as fast as the answers come (500)
  --watchers <n>     sessions whose every event is listened to over Realtime (5)
  --seed <n>         makes the same choices again
  --json <file>      where the findings go as JSON
  --help             print this

A bid is valid where its bidder, by the last answer, had the right to expect success; one that lost a race to its rival is
counted as outrun. The exit code is 0 only if every threshold is met, every event was heard and the books hold.

${STACK_HELP}
`;

await runCommand(async () => {
  const options = readLoadOptions(Deno.args);
  if (options === undefined) return console.log(HELP);
  await onStage(options, async (stage) => {
    const findings = await run(options, stage);
    const verdict = judge(findings);
    console.log(describe(findings, verdict));
    if (options.json !== undefined) {
      await Deno.writeTextFile(options.json, `${JSON.stringify({ ...findings, ...verdict }, null, 2)}\n`);
    }
    if (!verdict.passed) Deno.exitCode = 1;
  });
});
