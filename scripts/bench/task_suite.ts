/** The benchmark of tasks: what is measured, held against its goals, and reported. */
import type { RunningStack } from "../local/stack.ts";
import { CLIENTS, each, openBenchDatabase, reaches, share, type Suite } from "./suite.ts";
import { benchFunctionOverhead } from "./function_overhead.ts";
import type { Comparison } from "./measure.ts";
import { comparisonTable, figuresTable, machineLine, type Verdict, verdictTable } from "./report.ts";
import { prepare } from "./task_fixture.ts";
import { benchListTasks, type ListFigures } from "./task_list.ts";
import { benchSteps, type StepFigures } from "./task_steps.ts";
import { benchApproveTasks, benchCreateTask, benchCreateTasks } from "./tasks.ts";

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

async function measure(stack: RunningStack, quick: boolean): Promise<Results> {
  const rounds = quick ? 1 : 3;
  const sliceMs = quick ? 500 : 2000;
  const overhead = await benchFunctionOverhead(stack.info, rounds, sliceMs);

  const database = await openBenchDatabase(stack);
  const { url, owner, superuser } = database;
  try {
    const fixture = await prepare(owner);
    const run = { url, fixture, rounds, sliceMs };
    return {
      overhead,
      postgres: database.version,
      createTask: await each(CLIENTS, (clients) => benchCreateTask(run, clients)),
      rounds,
      sliceMs,
      createTasks: await each(CLIENTS, (clients) => benchCreateTasks(run, clients)),
      approveTasks: await each(CLIENTS, (clients) => benchApproveTasks(run, owner, clients)),
      steps: await benchSteps({ ...run, superuser, clients: CLIENTS }),
      list: await benchListTasks({ ...run, owner, superuser }),
    };
  } finally {
    await database.close();
  }
}

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

export const taskSuite: Suite = {
  async run(stack, quick) {
    return await report(await measure(stack, quick));
  },
};
