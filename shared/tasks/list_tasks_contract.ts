import { z } from "zod";
import { defineContract } from "../contract.ts";
import { instant, queryInteger, queryList, text, uuid } from "../fields.ts";
import { category, marketplace, priority, status, task } from "./task.ts";

/** Accepts the fields' own names as well as the columns'; the operation knows the columns'. */
const SORTS: Readonly<Record<string, string>> = {
  createdAt: "created_at",
  submittedAt: "submitted_at",
};

const sort = z.preprocess(
  (value) => typeof value === "string" && Object.hasOwn(SORTS, value) ? SORTS[value] : value,
  z.enum(["created_at", "submitted_at", "priority"]),
);

const query = z.strictObject({
  status: queryList(status).optional(),
  marketplace: queryList(marketplace).optional(),
  category: queryList(category).optional(),
  priority: queryList(priority).optional(),
  assignedTo: uuid().optional(),
  createdBy: text(500).optional(),
  tag: text(500).optional(),
  q: text(500).optional().describe("Words to find in title and description."),
  createdFrom: instant().optional(),
  createdTo: instant().optional().describe("Exclusive, as every `…To`."),
  submittedFrom: instant().optional(),
  submittedTo: instant().optional(),
  completedFrom: instant().optional(),
  completedTo: instant().optional(),
  sort: sort.optional().describe("Default `created_at`."),
  order: z.enum(["asc", "desc"]).optional().describe("Default `desc`."),
  limit: queryInteger(1, 100).optional().describe("Default 50."),
  offset: queryInteger(0, 999_999_999).optional(),
  cursor: text(500).optional().describe("`nextCursor` of the page before; same filters, same order."),
  since: text(500).optional().describe(
    "What changed after this cursor, in the order of change; begin with `start` or `now`.",
  ),
});

export const listTasks = defineContract({
  name: "list-tasks",
  summary: "Tasks by filter, in pages, or what changed since a cursor",
  description: "Signed-in users see all tasks, an agent its own. Newest first unless asked otherwise.",
  methods: ["GET"],
  auth: "user-or-agent",
  request: query,
  response: z.object({
    tasks: z.array(task),
    count: z.int().describe(
      "All that match, at the time of the first page; with `since`, those in this answer.",
    ),
    offset: z.int(),
    limit: z.int(),
    nextCursor: z.string().nullable().describe("Null on the last page; with `since` always there."),
  }),
  success: [200],
  errors: ["cursor_invalid"],
  examples: [
    {
      name: "The approval queue, oldest first",
      as: "admin",
      request: { status: "awaiting_approval", sort: "submitted_at", order: "asc", limit: 20 },
      status: 200,
    },
    {
      name: "An agent's own tasks of two statuses",
      as: "agent",
      request: { status: ["pending", "rejected"] },
      status: 200,
    },
    { name: "Everything that ever changed", as: "user", request: { since: "start" }, status: 200 },
  ],
});
