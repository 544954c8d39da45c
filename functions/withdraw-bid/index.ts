import { withdrawBid } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

export default endpoint(
  withdrawBid,
  ({ input, database }) => database.call("withdraw_bid", { session_id: input.sessionId }),
);
