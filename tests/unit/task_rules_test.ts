import { assertEquals } from "@std/assert";
import { accuracy, efficiency, mayTake, nextStatus, type TaskOperation } from "../../shared/tasks/rules.ts";
import { STATUSES, type TaskStatus } from "../../shared/tasks/task.ts";

const OPERATIONS: readonly TaskOperation[] = [
  "submit",
  "approve",
  "reject",
  "assign",
  "unassign",
  "complete",
  "cancel",
];

/** Every step there is; what is not here must be refused. */
const STEPS: Readonly<Record<string, TaskStatus>> = {
  "pending submit": "awaiting_approval",
  "pending cancel": "cancelled",
  "awaiting_approval approve": "approved",
  "awaiting_approval reject": "rejected",
  "awaiting_approval cancel": "cancelled",
  "approved assign": "in_progress",
  "in_progress unassign": "approved",
  "in_progress complete": "completed",
};

Deno.test("a task takes the eight steps of its state machine and no other", () => {
  for (const status of STATUSES) {
    for (const operation of OPERATIONS) {
      assertEquals(nextStatus(status, operation), STEPS[`${status} ${operation}`]);
    }
  }
});

Deno.test("an agent never decides, assigns or completes", () => {
  assertEquals(OPERATIONS.filter((operation) => mayTake("agent", operation)), ["submit", "cancel"]);
  assertEquals(OPERATIONS.filter((operation) => mayTake("assignee", operation)), ["complete"]);
  assertEquals(OPERATIONS.filter((operation) => mayTake("admin", operation)), [
    "approve",
    "reject",
    "assign",
    "unassign",
    "complete",
    "cancel",
  ]);
});

Deno.test("accuracy is how near the estimate was, from 0 to 100", () => {
  const cases = [[4, 3.5, 88], [4, 4, 100], [4, 8, 0], [4, 100, 0], [0.01, 0.02, 0], [3, 2, 67], [8, 7, 88], [
    0.8,
    0.7,
    88,
  ]] as const;
  for (const [estimated, actual, expected] of cases) assertEquals(accuracy(estimated, actual), expected);
});

Deno.test("efficiency is estimated over actual hours in percent, to the hundredth", () => {
  const cases = [[4, 3.5, 114.29], [4, 4, 100], [1, 3, 33.33], [10_000, 0.01, 100_000_000]] as const;
  for (const [estimated, actual, expected] of cases) assertEquals(efficiency(estimated, actual), expected);
});
