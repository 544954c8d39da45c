/**
 * `deno task bench tasks [--quick] [--write]`: measures the task capability on a stack of its own, fsync on, and
 * prints a report; `--write` keeps it in `docs/benchmarks/tasks.md`. Limits and quotas are raised for it.
 */
import postgres from "postgres";
import { benchFunctionOverhead } from "./bench/function_overhead.ts";
import type { Comparison } from "./bench/measure.ts";
import { comparisonTable, figuresTable, machineLine, type Verdict, verdictTable } from "./bench/report.ts";
import { prepare } from "./bench/task_fixture.ts";
import { benchSteps, type StepFigures } from "./bench/task_steps.ts";
import { benchListTasks, type ListFigures } from "./bench/task_list.ts";
import { benchApproveTasks, benchCreateTask, benchCreateTasks } from "./bench/tasks.ts";
import { runCommand } from "./local/operator_database.ts";
import { type RunningStack, startStack } from "./local/stack.ts";

const REPORT = new URL("../docs/benchmarks/tasks.md", import.meta.url);
const CLIENTS = [1, 8, 32];

interface Results {
  readonly createTask: readonly Comparison[];
  readonly createTasks: readonly Comparison[];
  readonly approveTasks: readonly Comparison[];
  readonly steps: readonly StepFigures[];
  readonly list: ListFigures;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly overhead: Comparison;
  readonly postgres: string;
}

async function each(
  clients: readonly number[],
  measure: (clients: number) => Promise<Comparison>,
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const count of clients) found.push(await measure(count));
  return found;
}

async function measure({ info }: RunningStack, quick: boolean): Promise<Results> {
  if (!info.local) throw new Error("Expected a stack of this machine");
  const rounds = quick ? 1 : 3;
  const sliceMs = quick ? 500 : 2000;
  const overhead = await benchFunctionOverhead(info, rounds, sliceMs);

  const admin = postgres(info.local.superuserUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database bench template ${info.local.templateDatabase} owner postgres`);
  const at = (address: string) => Object.assign(new URL(address), { pathname: "/bench" }).href;
  const url = at(info.dbUrl);
  const owner = postgres(url, { max: 2, onnotice: () => {} });
  const superuser = postgres(at(info.local.superuserUrl), { max: 1, onnotice: () => {} });
  try {
    const fixture = await prepare(owner);
    const run = { url, fixture, rounds, sliceMs };
    const [{ version }] = await owner<
      [{ version: string }]
    >`select current_setting('server_version') as version`;
    return {
      overhead,
      postgres: version,
      createTask: await each(CLIENTS, (clients) => benchCreateTask(run, clients)),
      rounds,
      sliceMs,
      createTasks: await each(CLIENTS, (clients) => benchCreateTasks(run, clients)),
      approveTasks: await each(CLIENTS, (clients) => benchApproveTasks(run, owner, clients)),
      steps: await benchSteps({ ...run, superuser, clients: CLIENTS }),
      list: await benchListTasks({ ...run, owner, superuser }),
    };
  } finally {
    await Promise.all([owner.end(), superuser.end(), admin.end()]);
  }
}

const share = (comparisons: readonly Comparison[]) =>
  comparisons.map((c) => `${(c.ratio * 100).toFixed(0)} %`).join(", ");
const reaches = (comparisons: readonly Comparison[], goal: number) =>
  comparisons.every(({ ratio }) => ratio >= goal);

function verdicts({ createTask, createTasks, approveTasks, list, overhead }: Results): Verdict[] {
  const depth = list.deep.action.p95 / list.deep.yardstick.p95;
  const added = overhead.action.p50 - overhead.yardstick.p50;
  return [
    {
      goal: "create_task at least 60 % of one insert with its audit row (1, 8, 32 clients)",
      measured: share(createTask),
      met: reaches(createTask, 0.6),
      cause:
        "the caller's token, the rate bucket, the quota, the hash and the Realtime message are five more rows or " +
        "look-ups in the same transaction; without any of them the promise behind it falls",
    },
    {
      goal: "create_tasks(1000) at least 50 % of one multi-row insert (1, 8, 32 clients)",
      measured: share(createTasks),
      met: reaches(createTasks, 0.5),
      cause:
        "the yardstick writes no audit row and answers nothing: a second row per task, its hash, and each task " +
        "rendered as JSON for the audit and the answer",
    },
    {
      goal: "approve_tasks(100) at least 50 % of one update with audit rows (1, 8, 32 clients)",
      measured: share(approveTasks),
      met: reaches(approveTasks, 0.5),
      cause: "locking in id order, the hash chain and the answer's JSON",
    },
    {
      goal: "list_tasks at 1 000 000 rows: p95 of page 10 000 within 1.5 × of a first page's",
      measured: `${depth.toFixed(2)} × page 2; page 1, which counts exactly, p95 ${
        list.first.p95.toFixed(0)
      } ms`,
      met: depth <= 1.5,
    },
    {
      goal: "a function URL adds at most 3 ms to the rpc call (p50)",
      measured: `${added.toFixed(2)} ms`,
      met: added <= 3,
    },
  ];
}

async function report(results: Results): Promise<string> {
  return [
    "# Benchmark: tasks",
    "",
    `Made by \`deno task bench tasks --write\`. ${await machineLine(results.postgres)}`,
    "Each operation takes turns with its yardstick, slice by slice, on the same connections; the ratio is of calls per",
    `second, the median over ${results.rounds} rounds of ${results.sliceMs} ms. Rate limits and quotas are raised; every client is an agent or admin of its own,`,
    "since both are counted per caller. The yardstick's tables have the same columns, constraints and indexes, but no trigger.",
    "",
    verdictTable(verdicts(results)),
    comparisonTable("create_task", "insert of one task and one audit row", results.createTask),
    comparisonTable(
      "create_tasks, 1000 tasks",
      "insert of 1000 tasks, no audit, no answer",
      results.createTasks,
    ),
    comparisonTable(
      "approve_tasks, 100 tasks",
      "update of 100 tasks and 100 audit rows",
      results.approveTasks,
    ),
    figuresTable("The other steps", results.steps),
    comparisonTable("list_tasks page 10 000", "list_tasks page 2", [results.list.deep]),
    comparisonTable("list_tasks page 10 000", "bare keyset select of the same rows", [results.list.bare]),
    comparisonTable("list-tasks by function URL", "list_tasks by rpc, both over HTTP", [results.overhead]),
  ].join("\n");
}

await runCommand(async () => {
  const [what] = Deno.args.filter((word) => !word.startsWith("--"));
  if (what !== "tasks") {
    throw new Error(`Expected deno task bench tasks but found ${JSON.stringify(what ?? "nothing")}`);
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
    const text = await report(await measure(stack, quick));
    console.log(text);
    if (write) {
      await Deno.mkdir(new URL(".", REPORT), { recursive: true });
      await Deno.writeTextFile(REPORT, text);
    }
  } finally {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
  }
});
