/** Every public function's contract by its slug. */
import {
  archiveSessions,
  cancelSession,
  createSession,
  expirationWarnings,
  getSession,
  notifications,
  sessionCleanup,
  setAutoBid,
  submitBid,
  withdrawBid,
} from "./bidding/contract.ts";
import { deliverNotifications } from "./delivery/contract.ts";
import { openapi } from "./operation/contract.ts";
import {
  cancelRoute,
  confirmOrder,
  explainRoute,
  loopgptRouteOrder,
  providerWebhook,
  reconcileOrders,
  recordOutcome,
  routeOrder,
} from "./routing/contract.ts";
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
  "create-session": createSession,
  "get-session": getSession,
  "submit-bid": submitBid,
  "set-auto-bid": setAutoBid,
  "withdraw-bid": withdrawBid,
  "cancel-session": cancelSession,
  "notifications": notifications,
  "session-cleanup": sessionCleanup,
  "expiration-warnings": expirationWarnings,
  "archive-sessions": archiveSessions,
  "deliver-notifications": deliverNotifications,
  "route-order": routeOrder,
  "loopgpt_route_order": loopgptRouteOrder,
  "confirm-order": confirmOrder,
  "cancel-route": cancelRoute,
  "record-outcome": recordOutcome,
  "explain-route": explainRoute,
  "provider-webhook": providerWebhook,
  "reconcile-orders": reconcileOrders,
  "openapi": openapi,
} as const;

export type Contracts = typeof CONTRACTS;

/** The slug of a public function. */
export type Slug = keyof Contracts;

/**
 * Functions that hand over to others: the second part of their path, as in `bidding/submit-bid`, is the slug of the
 * function that answers.
 */
export const TWO_PART_PATHS = {
  "bidding": [
    "create-session",
    "get-session",
    "submit-bid",
    "set-auto-bid",
    "withdraw-bid",
    "cancel-session",
    "notifications",
  ],
  "jobs": [
    "session-cleanup",
    "expiration-warnings",
    "archive-sessions",
    "deliver-notifications",
    "reconcile-orders",
  ],
} as const satisfies Readonly<Record<string, readonly Slug[]>>;

/** The slugs that a function of two-part paths hands over to. */
export type Parts<Name extends keyof typeof TWO_PART_PATHS> = typeof TWO_PART_PATHS[Name][number];
