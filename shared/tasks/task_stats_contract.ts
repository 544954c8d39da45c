import { z } from "zod";
import { defineContract } from "../contract.ts";
import { day, instant, text } from "../fields.ts";
import { marketplace } from "./task.ts";

const query = z.strictObject({
  day: day().optional().describe("Default: today in `timezone`."),
  timezone: text(100).optional().describe("Name of a time zone, such as Europe/Berlin. Default UTC."),
  from: instant().optional().describe("Begin of the period of `groups`. Default: 30 days ago."),
  to: instant().optional().describe("End of the period of `groups`, exclusive. Default: now."),
  groupBy: z.enum(["marketplace", "agent"]).optional().describe("Adds `groups`."),
});

const dayOfMarketplace = z.object({
  marketplace,
  created: z.int(),
  submitted: z.int(),
  approved: z.int(),
  rejected: z.int(),
  inProgress: z.int().describe("Started on this day."),
  completed: z.int(),
  avgCompletionTime: z.number().nullable().describe("Hours from start to completion."),
});

const group = z.object({
  marketplace: marketplace.optional(),
  agent: z.string().optional(),
  created: z.int(),
  approved: z.int(),
  rejected: z.int(),
  completed: z.int(),
  approvalRate: z.number().nullable().describe("approved / (approved + rejected)."),
  approvalTurnaroundHours: z.object({ p50: z.number().nullable(), p90: z.number().nullable() }),
  avgExecutionHours: z.number().nullable(),
  avgAccuracy: z.number().nullable(),
  avgEfficiency: z.number().nullable(),
  backlog: z.object({ awaitingApproval: z.int(), oldestHours: z.number().nullable() }),
  rejectionReasons: z.array(z.object({ reason: z.string(), count: z.int() })),
});

export const taskStats = defineContract({
  name: "task-stats",
  summary: "Figures of a day, and the quality of a period",
  description: "Each figure is counted by its own timestamp; all six marketplaces are always there.",
  methods: ["GET"],
  auth: "user",
  request: query,
  response: z.object({
    day: z.iso.date(),
    timezone: z.string(),
    marketplaces: z.array(dayOfMarketplace),
    queue: z.object({ pending: z.int(), awaitingApproval: z.int(), inProgress: z.int() }),
    groups: z.array(group),
  }),
  success: [200],
  errors: [],
  examples: [
    { name: "Today", as: "user", request: {}, status: 200 },
    {
      name: "A day elsewhere, with the quality per agent",
      as: "admin",
      request: { day: "2026-11-21", timezone: "America/Sao_Paulo", groupBy: "agent" },
      status: 200,
    },
  ],
});
