import { createSession } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

export default endpoint(
  createSession,
  ({ input, database }) => database.call("create_session", { session: input }),
);
