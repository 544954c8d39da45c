import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { instant, text, uuid } from "../fields.ts";
import { category, marketplace, priority, status, task } from "./task.ts";

const MAX_TASKS = 100;

function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.union([item, z.array(item).min(1).max(20)]);
}

const filter = z.strictObject({
  marketplace: oneOrMore(marketplace).optional(),
  category: oneOrMore(category).optional(),
  priority: oneOrMore(priority).optional(),
  createdBy: oneOrMore(z.string()).optional(),
  tag: oneOrMore(z.string()).optional(),
  submittedFrom: instant().optional(),
  submittedTo: instant().optional(),
}).describe("The oldest 100 of the approval queue that match.");

const options = z.strictObject({
  atomic: z.boolean().optional().describe("Decide on all or on none."),
  dryRun: z.boolean().optional().describe("Say what would happen, change nothing."),
  expectedVersions: z.record(uuid(), z.int().positive()).optional()
    .describe("Task id to the version the decision is based on."),
});

const request = z.strictObject({
  taskIds: z.array(uuid()).min(1).max(MAX_TASKS).optional(),
  filter: filter.optional(),
  approved: z.boolean(),
  reason: text(2000).nullish().describe("Required to reject."),
  options: options.optional(),
}).refine((body) => (body.taskIds === undefined) !== (body.filter === undefined), {
  path: ["taskIds"],
  error: "Expected either taskIds or a filter",
});

export const approve = defineContract({
  name: "approve",
  summary: "An admin approves or rejects up to 100 tasks",
  description:
    "Every task has an outcome of its own, in the order of the request; duplicates are folded. 409 with " +
    "the same body where nothing was decided.",
  methods: ["POST", "PATCH"],
  auth: "user",
  request,
  response: z.object({
    success: z.boolean().describe("Whether something was decided, or with `dryRun` would be."),
    message: z.string(),
    count: z.int().describe("Tasks decided now."),
    tasks: z.array(task).describe("The tasks decided now."),
    results: z.array(z.object({
      id: z.guid(),
      outcome: z.enum(["approved", "rejected", "conflict", "not_found"]),
      code: z.string().optional().describe("Why it was not decided."),
      currentStatus: status.optional(),
      currentVersion: z.int().optional(),
    })),
    dryRun: z.literal(true).optional(),
  }),
  success: [200],
  errors: ["reason_required"],
  rateLimit: "approve_tasks",
  examples: [
    {
      name: "Approve a task",
      as: "admin",
      request: { taskIds: [EXAMPLE_IDS.taskAwaitingApproval], approved: true },
      status: 200,
    },
    {
      name: "See what rejecting another would do",
      as: "admin",
      request: {
        taskIds: [EXAMPLE_IDS.taskAwaitingApprovalToo],
        approved: false,
        reason: "Out of season",
        options: { dryRun: true },
      },
      status: 200,
    },
    {
      name: "A task that is decided already",
      as: "admin",
      method: "PATCH",
      request: { taskIds: [EXAMPLE_IDS.taskCompleted], approved: true },
      status: 409,
    },
  ],
});
