import { getSession } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

export default endpoint(
  getSession,
  ({ input, database }) =>
    database.call("get_session", { session_id: input.sessionId, since: input.since ?? null }),
);
