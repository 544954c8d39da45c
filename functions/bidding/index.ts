import type { Parts } from "../../shared/contracts.ts";
import type { Endpoint } from "../../shared/http/endpoint.ts";
import cancelSession from "../cancel-session/index.ts";
import createSession from "../create-session/index.ts";
import getSession from "../get-session/index.ts";
import notifications from "../notifications/index.ts";
import setAutoBid from "../set-auto-bid/index.ts";
import submitBid from "../submit-bid/index.ts";
import withdrawBid from "../withdraw-bid/index.ts";
import { handOver } from "../../shared/http/two_part_paths.ts";

export default handOver(
  "bidding",
  {
    "create-session": createSession,
    "get-session": getSession,
    "submit-bid": submitBid,
    "set-auto-bid": setAutoBid,
    "withdraw-bid": withdrawBid,
    "cancel-session": cancelSession,
    "notifications": notifications,
  } satisfies Record<Parts<"bidding">, Endpoint>,
);
