import { setAutoBid } from "../../shared/bidding/contract.ts";
import { type Endpoint, endpoint } from "../../shared/http/endpoint.ts";

const set = endpoint(setAutoBid, ({ input, database }) =>
  database.call("set_auto_bid", {
    session_id: input.sessionId,
    max_amount_cents: input.maxAmountCents,
  }));

const read = endpoint(
  { ...setAutoBid, ...setAutoBid.variants.GET },
  ({ input, database }) => database.call("get_auto_bid", { session_id: input.sessionId }),
);

const clear = endpoint(
  { ...setAutoBid, ...setAutoBid.variants.DELETE },
  ({ input, database }) =>
    database.call("set_auto_bid", { session_id: input.sessionId, max_amount_cents: null }),
);

const others = new Map<string, Endpoint>([["GET", read], ["DELETE", clear]]);

export default {
  fetch: (request: Request) => (others.get(request.method) ?? set).fetch(request),
};
