import type { Parts } from "../../shared/contracts.ts";
import type { Endpoint } from "../../shared/http/endpoint.ts";
import archiveSessions from "../archive-sessions/index.ts";
import { handOver } from "../../shared/http/two_part_paths.ts";
import deliverNotifications from "../deliver-notifications/index.ts";
import expirationWarnings from "../expiration-warnings/index.ts";
import reconcileOrders from "../reconcile-orders/index.ts";
import sessionCleanup from "../session-cleanup/index.ts";

export default handOver(
  "jobs",
  {
    "session-cleanup": sessionCleanup,
    "expiration-warnings": expirationWarnings,
    "archive-sessions": archiveSessions,
    "deliver-notifications": deliverNotifications,
    "reconcile-orders": reconcileOrders,
  } satisfies Record<Parts<"jobs">, Endpoint>,
);
