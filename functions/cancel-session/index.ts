import { cancelSession } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

export default endpoint(
  cancelSession,
  ({ input, database }) =>
    database.call("cancel_session", { session_id: input.sessionId, reason: input.reason }),
);
