/** The rules of tasks as pure functions. The engine in Postgres says the same; a test holds the two equal. */
import type { TaskStatus } from "./task.ts";

export type TaskOperation = "submit" | "approve" | "reject" | "assign" | "unassign" | "complete" | "cancel";

/** Who may take a step: the agent that created the task, any admin, or the person it is assigned to. */
export type TaskRole = "agent" | "admin" | "assignee";

export interface Transition {
  readonly to: TaskStatus;
  readonly by: readonly TaskRole[];
}

/** Every step a task may take; what is not here is refused on every path. */
export const TRANSITIONS: Readonly<
  Record<TaskStatus, Readonly<Partial<Record<TaskOperation, Transition>>>>
> = {
  pending: {
    submit: { to: "awaiting_approval", by: ["agent"] },
    cancel: { to: "cancelled", by: ["agent", "admin"] },
  },
  "awaiting_approval": {
    approve: { to: "approved", by: ["admin"] },
    reject: { to: "rejected", by: ["admin"] },
    cancel: { to: "cancelled", by: ["agent", "admin"] },
  },
  approved: { assign: { to: "in_progress", by: ["admin"] } },
  "in_progress": {
    unassign: { to: "approved", by: ["admin"] },
    complete: { to: "completed", by: ["assignee", "admin"] },
  },
  completed: {},
  rejected: {},
  cancelled: {},
};

/** Where an operation takes a task, or undefined where its status does not allow it. */
export function nextStatus(status: TaskStatus, operation: TaskOperation): TaskStatus | undefined {
  return TRANSITIONS[status][operation]?.to;
}

/** Whether somebody in this role may take the step, the task's status aside. */
export function mayTake(role: TaskRole, operation: TaskOperation): boolean {
  return Object.values(TRANSITIONS).some((steps) => steps[operation]?.by.includes(role));
}

/**
 * How near an estimate was, in whole percent: max(0, round(100 × (1 − |estimated − actual| / estimated))).
 *
 * @example
 * ```ts
 * accuracy(4, 3.5); // 88
 * ```
 */
export function accuracy(estimatedHours: number, actualHours: number): number {
  const [estimated, actual] = [hundredths(estimatedHours), hundredths(actualHours)];
  return Math.max(0, Math.round((100 * (estimated - Math.abs(estimated - actual))) / estimated));
}

/** Estimated over actual hours in percent, to the hundredth: above 100 is faster than estimated. */
export function efficiency(estimatedHours: number, actualHours: number): number {
  return Math.round((10_000 * hundredths(estimatedHours)) / hundredths(actualHours)) / 100;
}

/** Hours are exact to the hundredth; whole numbers keep binary fractions out of the rounding. */
function hundredths(hours: number): number {
  return Math.round(hours * 100);
}
