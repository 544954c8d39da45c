/** The steps of a single task. */
import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { hours, moment, text, uuid } from "../fields.ts";
import { taskAnswer } from "./task.ts";

export const submitTask = defineContract({
  name: "submit-task",
  summary: "An agent hands its pending task in for approval",
  methods: ["POST"],
  auth: "agent",
  request: z.strictObject({ taskId: uuid() }),
  response: taskAnswer,
  success: [200],
  errors: ["not_found", "invalid_transition"],
  rateLimit: "submit_task",
  examples: [{
    name: "Submit a task",
    as: "agent",
    request: { taskId: EXAMPLE_IDS.taskPending },
    status: 200,
  }],
});

export const assign = defineContract({
  name: "assign",
  summary: "An admin gives an approved task to a person, or takes it back",
  methods: ["POST", "PATCH"],
  auth: "user",
  request: z.strictObject({
    taskId: uuid(),
    assignedTo: uuid().nullable().describe("A user's id; null takes the task back."),
  }),
  response: taskAnswer.extend({ assignedAt: moment.nullable() }),
  success: [200],
  errors: ["not_found", "user_not_found", "invalid_transition"],
  rateLimit: "assign_task",
  examples: [
    {
      name: "Give a task to a person",
      as: "admin",
      request: { taskId: EXAMPLE_IDS.taskApproved, assignedTo: EXAMPLE_IDS.alice },
      status: 200,
    },
    {
      name: "Take it back",
      as: "admin",
      method: "PATCH",
      request: { taskId: EXAMPLE_IDS.taskApproved, assignedTo: null },
      status: 200,
    },
  ],
});

export const complete = defineContract({
  name: "complete",
  summary: "The assignee, or an admin, reports a task done",
  methods: ["POST", "PATCH"],
  auth: "user",
  request: z.strictObject({ taskId: uuid(), actualHours: hours(), notes: text(2000).nullish() }),
  response: taskAnswer.extend({
    stats: z.object({
      estimatedHours: z.number(),
      actualHours: z.number(),
      accuracy: z.int().describe("0 to 100: how near the estimate was."),
      efficiency: z.number().describe("Estimated over actual hours in percent."),
      completedAt: moment,
    }),
  }),
  success: [200],
  errors: ["not_found", "invalid_transition"],
  rateLimit: "complete_task",
  examples: [{
    name: "Report a task done",
    as: "user",
    request: { taskId: EXAMPLE_IDS.taskInProgress, actualHours: 3.5, notes: "Title and bullets rewritten" },
    status: 200,
  }],
});

export const cancelTask = defineContract({
  name: "cancel-task",
  summary: "The agent that created a task, or an admin, withdraws it before it is decided",
  methods: ["POST"],
  auth: "user-or-agent",
  request: z.strictObject({ taskId: uuid(), reason: text(2000).nullish() }),
  response: taskAnswer,
  success: [200],
  errors: ["not_found", "invalid_transition"],
  rateLimit: "cancel_task",
  examples: [{
    name: "Withdraw a task",
    as: "agent",
    request: { taskId: EXAMPLE_IDS.taskToCancel, reason: "The listing was taken down" },
    status: 200,
  }],
});
