/**
 * `deno task test:long [--histories 100000] [--seed 20261121]`: holds the bidding engine to the rules on many random
 * histories, on a stack of its own, and keeps the report in `docs/long_tests/bidding_histories.md`.
 */
import { parseArgs } from "node:util";
import { runHistories } from "../tests/support/bidding_run.ts";
import { freshDatabase } from "../tests/support/database.ts";
import { runCommand } from "./local/operator_database.ts";

const REPORT = new URL("../docs/long_tests/bidding_histories.md", import.meta.url);
const OPTIONS = {
  histories: { type: "string", default: "100000" },
  seed: { type: "string", default: "20261121" },
} as const;

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`Expected --${name} to be a whole number from 1 but found ${text}`);
}

async function machine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const cpu = info.match(/model name\s*:\s*(.+)/)?.[1] ?? "unknown processor";
  await using database = await freshDatabase();
  const [row] = await database.sql<
    { version: string }[]
  >`select current_setting('server_version') as version`;
  return `${navigator.hardwareConcurrency} cores (${cpu}), Deno ${Deno.version.deno}, PostgreSQL ${row?.version}`;
}

function report(tally: ReadonlyMap<string, number>, facts: readonly string[]): string {
  const counts = [...tally].sort(([one], [other]) => one < other ? -1 : 1);
  return [
    "# Long test: random histories of bidding",
    "",
    "Written by `deno task test:long`. Every history is a session with random rules and 2 to 5 participants; after every",
    "step of it the engine in Postgres, the brute-force model of the tests and `shared/bidding` agreed on answer, code,",
    "leader, price, rounds, ceilings, minimum next, deadline, bids, events and result, `verify_session` found nothing",
    "after every step that wrote, and no rival could see that a leader changed his ceiling.",
    "",
    ...facts.map((fact) => `- ${fact}`),
    "",
    "How often what happened (step and answer; status in the end; entries of the ledgers):",
    "",
    ...counts.map(([name, times]) => `- ${name}: ${times}`),
    "",
  ].join("\n");
}

await runCommand(async () => {
  const { values: given } = parseArgs({ args: Deno.args, options: OPTIONS });
  const histories = wholeNumber("histories", given.histories);
  const seed = wholeNumber("seed", given.seed);
  const ran = await machine();
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const tally = await runHistories({
    histories,
    seed,
    onProgress: (played) => console.log(`${played} of ${histories} histories after ${seconds()} s`),
  });
  const steps = [...tally].reduce(
    (sum, [name, times]) => /^(entry|session) /.test(name) ? sum : sum + times,
    0,
  );
  const text = report(tally, [
    `${histories} histories of ${steps} steps, seed ${seed}, no disagreement`,
    `${new Date().toISOString().slice(0, 10)}, ${seconds()} s`,
    ran,
  ]);
  await Deno.mkdir(new URL(".", REPORT), { recursive: true });
  await Deno.writeTextFile(REPORT, text);
  console.log(text);
});
