/** The contracts of order routing. */
export { loopgptRouteOrder, routeOrder } from "./route_order_contract.ts";
export {
  cancelRoute,
  confirmOrder,
  explainRoute,
  providerWebhook,
  reconcileOrders,
  recordOutcome,
} from "./order_contracts.ts";
