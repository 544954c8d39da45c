import { routeOrderEndpoint } from "../../shared/http/route_order.ts";
import { routeOrder } from "../../shared/routing/contract.ts";

export default routeOrderEndpoint(routeOrder);
