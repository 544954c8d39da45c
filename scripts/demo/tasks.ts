/** The demo's first part: agents propose, an admin decides, a person does the work, the books agree. */
import type { StackInfo } from "../local/stack_file.ts";
import { listen, type News } from "./listen.ts";
import { agent, leave, signIn } from "./people.ts";
import { refusal } from "./refusal.ts";
import { prove, type Transcript } from "./transcript.ts";

const WORK = { description: "Ranks below its rivals for the main search terms", priority: "high" } as const;

/** What the topic `tasks` tells. */
interface TaskNews {
  readonly tasks: readonly { readonly id: string; readonly status: string }[];
}

const tells = (taskId: string, status: string) => ({ payload }: News<TaskNews>) =>
  payload.tasks.some((task) => task.id === taskId && task.status === status);

/** Plays the task capability from end to end through the public URLs. */
export async function playTasks(stack: StackInfo, transcript: Transcript): Promise<void> {
  transcript.part("Tasks: agents propose, people decide and do");
  const admin = await signIn(stack, "admin");
  const alice = await signIn(stack, "alice");
  const amazon = agent(stack, "marketplace-amazon");
  const shopee = agent(stack, "marketplace-shopee");
  try {
    const channel = await transcript.step(
      "Alice subscribes to the private Realtime topic «tasks»",
      () => listen<TaskNews>(alice, "tasks"),
      () => "subscribed; row-level security on realtime.messages let her in",
    );

    const before = performance.now();
    const proposed = await transcript.step(
      "Agent marketplace-amazon proposes a task",
      () =>
        amazon.call("create-task", {
          ...WORK,
          marketplace: "amazon",
          title: "Rewrite the title of B0EXAMPLE",
          category: "optimization",
          estimatedHours: 4,
          tags: ["listing"],
        }),
      (answer) => {
        prove("a single task is answered", "task" in answer, answer);
        prove("it waits for approval", answer.task.status === "awaiting_approval", answer.task);
        return `${answer.message}: ${answer.task.id}`;
      },
    );
    prove("a single task is answered", "task" in proposed, proposed);
    const taskId = proposed.task.id;
    await transcript.step(
      "Alice hears of it live",
      () => channel.heard("the task to await approval", tells(taskId, "awaiting_approval")),
      ({ at }) => `heard ${(at - before).toFixed(0)} ms after the agent began its call`,
    );

    const batch = await transcript.step(
      "Agent marketplace-shopee proposes three tasks at once, one of them wrong",
      () =>
        shopee.call("create-task", {
          mode: "partial",
          tasks: [
            {
              ...WORK,
              marketplace: "shopee",
              title: "Flash sale plan",
              category: "optimization",
              estimatedHours: 2,
            },
            {
              ...WORK,
              marketplace: "shopee",
              title: "Video guide",
              category: "best-practice",
              estimatedHours: 6.5,
            },
            {
              ...WORK,
              marketplace: "amazon",
              title: "Not his marketplace",
              category: "optimization",
              estimatedHours: 1,
            },
          ],
        }),
      (answer) => {
        prove("a batch is answered", "results" in answer, answer);
        prove(
          "two are made and one refused",
          answer.count === 2 && answer.results[2]?.outcome === "refused",
          answer,
        );
        return answer.results.map((r) => `[${r.index}] ${r.outcome}${r.code ? ` (${r.code})` : ""}`).join(
          "\n",
        );
      },
    );
    prove("a batch is answered", "results" in batch, batch);
    const flashSale = batch.results[0]?.task?.id;
    const videoGuide = batch.results[1]?.task?.id;
    prove("both tasks have ids", flashSale !== undefined && videoGuide !== undefined, batch);

    await transcript.step(
      "Alice, who is no admin, tries to approve",
      () => refusal(() => alice.tradepost.call("approve", { taskIds: [taskId], approved: true })),
      (error) => {
        prove(
          "she is refused with 403 not_allowed",
          error.status === 403 && error.code === "not_allowed",
          error,
        );
        return `${error.status} ${error.code}: ${error.message}`;
      },
    );

    await transcript.step(
      "The admin approves two tasks in one batch; one id is unknown",
      () =>
        admin.tradepost.call("approve", {
          taskIds: [taskId, flashSale, "00000000-0000-4000-8000-000000000000"],
          approved: true,
        }),
      (answer) => {
        prove(
          "two are approved, one is unknown",
          answer.count === 2 && answer.results[2]?.outcome === "not_found",
          answer,
        );
        return `${answer.message}\n${answer.results.map((r) => `${r.id} ${r.outcome}`).join("\n")}`;
      },
    );
    await transcript.step(
      "The admin rejects the third with a reason",
      () =>
        admin.tradepost.call("approve", {
          taskIds: [videoGuide],
          approved: false,
          reason: "We have one already",
        }),
      (answer) => {
        prove("it is rejected", answer.results[0]?.outcome === "rejected", answer);
        return answer.message;
      },
    );

    await transcript.step(
      "The admin assigns the task to Alice",
      () => admin.tradepost.call("assign", { taskId, assignedTo: alice.id }),
      ({ task, assignedAt }) => {
        prove("it is in progress, hers", task.status === "in_progress" && task.assignedTo === alice.id, task);
        return `in progress since ${assignedAt}`;
      },
    );
    await transcript.step(
      "Alice completes it, twice with one Idempotency-Key, as a lost answer would make her",
      async () => {
        const request = { taskId, actualHours: 3.5, notes: "Title and bullets rewritten" };
        const idempotencyKey = crypto.randomUUID();
        const first = await alice.tradepost.call("complete", request, { idempotencyKey });
        const second = await alice.tradepost.call("complete", request, { idempotencyKey });
        return { first, second };
      },
      ({ first, second }) => {
        prove("the second answer is the first", JSON.stringify(first) === JSON.stringify(second), second);
        prove("4 h estimated and 3.5 h worked are 88 % accurate", first.stats.accuracy === 88, first.stats);
        return `accuracy ${first.stats.accuracy} %, efficiency ${first.stats.efficiency} %, done once`;
      },
    );
    await transcript.step(
      "Alice hears that too",
      () => channel.heard("the task to be completed", tells(taskId, "completed")),
      () => "task_changed: completed",
    );

    await transcript.step(
      "Today's statistics",
      () => alice.tradepost.call("task-stats", {}),
      ({ marketplaces }) => {
        prove("all six marketplaces are there", marketplaces.length === 6, marketplaces);
        const figures = marketplaces.find(({ marketplace }) => marketplace === "amazon");
        prove("amazon's completed task is counted", (figures?.completed ?? 0) >= 1, figures);
        return marketplaces.map((m) =>
          `${
            m.marketplace.padEnd(13)
          } created ${m.created}, approved ${m.approved}, rejected ${m.rejected}, completed ${m.completed}`
        ).join("\n");
      },
    );
    await transcript.step(
      "The task's audit chain is recomputed",
      async () => {
        const { data, error } = await admin.supabase.schema("api")
          .rpc("verify_audit", { resource_type: "task", resource_id: taskId });
        if (error) throw error;
        return data;
      },
      (verdict) => {
        prove("the chain holds", verdict.ok === true, verdict);
        return "created → approve → assign → complete: every hash holds";
      },
    );
  } finally {
    await leave(alice);
    await leave(admin);
  }
}
