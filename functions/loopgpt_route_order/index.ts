import { routeOrderEndpoint } from "../../shared/http/route_order.ts";
import { loopgptRouteOrder } from "../../shared/routing/contract.ts";

export default routeOrderEndpoint(loopgptRouteOrder);
