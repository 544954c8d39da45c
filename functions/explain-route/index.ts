import { endpoint } from "../../shared/http/endpoint.ts";
import { explainRoute } from "../../shared/routing/contract.ts";

export default endpoint(
  explainRoute,
  ({ input, database }) => database.call("explain_route", { route_id: input.routeId }),
);
