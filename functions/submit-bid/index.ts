import { submitBid } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

export default endpoint(
  submitBid,
  ({ input, database }) =>
    database.call("submit_bid", { session_id: input.sessionId, amount_cents: input.amountCents }),
);
