/** Every public function's contract by its slug. */
import { openapi } from "./operation/contract.ts";
import {
  approve,
  assign,
  cancelTask,
  complete,
  createTask,
  listTasks,
  submitTask,
  taskStats,
} from "./tasks/contract.ts";

export const CONTRACTS = {
  "create-task": createTask,
  "list-tasks": listTasks,
  "submit-task": submitTask,
  "approve": approve,
  "assign": assign,
  "complete": complete,
  "cancel-task": cancelTask,
  "task-stats": taskStats,
  "openapi": openapi,
} as const;

export type Contracts = typeof CONTRACTS;

/** The slug of a public function. */
export type Slug = keyof Contracts;
