import { z } from "zod";
import { defineContract } from "../contract.ts";
import { task, taskAnswer, taskDraft } from "./task.ts";

const MAX_TASKS = 1000;

const exampleDraft = {
  marketplace: "amazon",
  title: "Rewrite the listing title for the steel bottle",
  description: "The title lacks material and volume, which most searches name.",
  category: "optimization",
  priority: "high",
  estimatedHours: 4,
  tags: ["listing", "seo"],
  metadata: { asin: "B000EXAMPLE", estimatedImpact: 18 },
};

const batch = z.strictObject({
  // Each item is judged by itself, in the operation: one that is no draft gets its own refusal, the others are not held
  // up by it. The type says what an item should be, not what may come.
  tasks: z.array(z.custom<z.input<typeof taskDraft>>().meta({ $ref: "#/components/schemas/TaskDraft" })).min(
    1,
  ).max(MAX_TASKS),
  mode: z.enum(["partial", "atomic"]).default("partial")
    .describe("`partial` makes the good ones, `atomic` all or none."),
}).meta({ id: "TaskBatch" });

const knownTask = task.pick({ id: true, externalRef: true, status: true, version: true });

const itemResult = z.object({
  index: z.int(),
  outcome: z.enum(["created", "existing", "refused"]),
  task: z.union([task, knownTask]).optional().describe(
    "Whole where it was created, in brief where it existed before.",
  ),
  code: z.string().optional(),
  status: z.int().optional().describe("The HTTP status the item would have had alone."),
  error: z.string().optional(),
  details: z.record(z.string(), z.unknown()).nullish(),
});

const batchAnswer = z.object({
  success: z.boolean().describe("Whether at least one task was made or existed before."),
  count: z.int().describe("Items that were created or existed before."),
  results: z.array(itemResult).describe("In the order of the request."),
});

export const createTask = defineContract({
  name: "create-task",
  summary: "An agent proposes one task, or up to 1000 at once",
  description:
    "A batch costs one rate token and as many of the agent's daily quota as it creates. 201 when all " +
    "were made, 207 when some were, 422 when none was. An `externalRef` seen before answers 200 with the first task.",
  methods: ["POST"],
  auth: "agent",
  request: z.union([taskDraft, batch]),
  response: z.union([taskAnswer, batchAnswer]),
  success: [201, 200, 207],
  errors: [
    "created_by_mismatch",
    "marketplace_not_allowed",
    "category_not_allowed",
    "quota_exceeded",
    "batch_refused",
  ],
  rateLimit: "create_task",
  maxBodyBytes: 8 * 1024 * 1024,
  examples: [
    { name: "One task", as: "agent", request: exampleDraft, status: 201 },
    {
      name: "A batch of which one item is refused",
      as: "agent",
      request: { tasks: [exampleDraft, { ...exampleDraft, estimatedHours: 0 }], mode: "partial" },
      status: 207,
    },
  ],
});
