/** One part of a check run: a command, how long it took, and how many tests it passed and failed. */
import { echoed, readTotals } from "./totals.ts";

export interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
}

/** Runs a part, passing on what it prints. A part without tests of its own counts as one. */
export async function runPart({ name, command, env = {} }: Part): Promise<Outcome> {
  console.log(`\n── ${name}: ${command.join(" ")}`);
  const began = performance.now();
  const [program, ...args] = command;
  const child = new Deno.Command(program!, { args, env: { ...env, NO_COLOR: "1" }, stdout: "piped" }).spawn();
  const output = await echoed(child.stdout);
  const { success } = await child.status;
  const totals = readTotals(output) ?? { passed: success ? 1 : 0, failed: success ? 0 : 1 };
  // A run that failed without a failed test, or found no test at all, has failed nonetheless.
  const failed = success || totals.failed > 0 ? totals.failed : totals.failed + 1;
  return { name, seconds: (performance.now() - began) / 1000, passed: totals.passed, failed };
}

/** How long each part took, and the closing line that stands alone. */
export function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, seconds, passed, failed }) =>
    `${name.padEnd(42)} ${seconds.toFixed(1).padStart(7)} s  ${
      failed === 0 ? "ok" : "FAILED"
    }  (${passed} passed, ${failed} failed)`
  );
  const sum = (pick: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  return [
    "",
    ...rows,
    `${"all".padEnd(42)} ${sum((o) => o.seconds).toFixed(1).padStart(7)} s`,
    "",
    `${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed`,
  ].join("\n");
}

/** Runs parts one after another and prints the summary; true where nothing failed. */
export async function runParts(parts: readonly Part[]): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const part of parts) outcomes.push(await runPart(part));
  console.log(summary(outcomes));
  return outcomes.every(({ failed }) => failed === 0);
}
