/** The task as callers see it, and the words its fields are made of. */
import { z } from "zod";
import { hours, instant, moment, text } from "../fields.ts";

export const MARKETPLACES = ["amazon", "shopee", "mercadolivre", "shein", "tiktokshop", "kaway"] as const;
export const CATEGORIES = ["optimization", "best-practice", "scaling", "analysis"] as const;
export const PRIORITIES = ["high", "medium", "low"] as const;
export const STATUSES = [
  "pending",
  "awaiting_approval",
  "approved",
  "in_progress",
  "completed",
  "rejected",
  "cancelled",
] as const;

export const marketplace = z.enum(MARKETPLACES);
export const category = z.enum(CATEGORIES);
export const priority = z.enum(PRIORITIES);
export const status = z.enum(STATUSES);

export type TaskStatus = z.output<typeof status>;

const MAX_METADATA_BYTES = 16 * 1024;

const metadata = z.record(z.string(), z.unknown())
  .refine((value) => new TextEncoder().encode(JSON.stringify(value)).byteLength <= MAX_METADATA_BYTES, {
    error: "Expected an object of at most 16 KiB",
  });

/** A task as an agent proposes it. */
export const taskDraft = z.strictObject({
  marketplace,
  title: text(255),
  description: text(5000),
  category,
  priority,
  estimatedHours: hours(),
  createdBy: z.string().nullish().describe("Where present it must be the calling agent's id."),
  tags: z.array(text(50)).max(20, "Expected at most 20 tags").nullish(),
  metadata: metadata.nullish().describe("Open data, at most 16 KiB as JSON."),
  dueAt: instant().nullish(),
  externalRef: text(200).nullish().describe(
    "The agent's own name for it: sent again, the first task answers.",
  ),
}).meta({ id: "TaskDraft", description: "A task as an agent proposes it." });

/** A task as every answer shows it; what does not hold yet is null. */
export const task = z.object({
  id: z.guid(),
  marketplace,
  createdBy: z.string().describe("The id of the agent that proposed it."),
  title: z.string(),
  description: z.string(),
  category,
  priority,
  status,
  createdAt: moment,
  submittedAt: moment.nullable(),
  approvedAt: moment.nullable(),
  approvedBy: z.guid().nullable(),
  approvalReason: z.string().nullable(),
  rejectedAt: moment.nullable(),
  rejectedBy: z.guid().nullable(),
  rejectionReason: z.string().nullable(),
  startedAt: moment.nullable(),
  assignedTo: z.guid().nullable(),
  completedAt: moment.nullable(),
  completedBy: z.guid().nullable(),
  completionNotes: z.string().nullable(),
  cancelledAt: moment.nullable(),
  cancelledBy: z.string().nullable().describe("An agent's id or a user's."),
  cancellationReason: z.string().nullable(),
  estimatedHours: z.number(),
  actualHours: z.number().nullable(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  dueAt: moment.nullable(),
  externalRef: z.string().nullable(),
  version: z.int().describe("Grows by one with every change."),
  updatedAt: moment,
}).meta({ id: "Task", description: "A task as every answer shows it; what does not hold yet is null." });

/** The answer to one step of one task. */
export const taskAnswer = z.object({ success: z.literal(true), task, message: z.string() });
