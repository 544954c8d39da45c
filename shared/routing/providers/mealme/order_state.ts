import type { OrderState } from "../../provider.ts";
import type { OwnLink } from "../own_links.ts";
import type { StoredOrder } from "./wire.ts";

/** MealMe's words for where an order stands. */
const STATUSES: ReadonlyMap<string, OrderState["status"]> = new Map([
  // A draft that nobody finalized.
  ["unplaced", "absent"],
  ["awaiting_confirmation", "placed"],
  ["in_progress", "placed"],
  ["completed", "delivered"],
  ["canceled", "cancelled"],
]);

/** An order as MealMe keeps it; undefined where it does not know it. A word that is new here decides nothing. */
export function toOrderState(order: StoredOrder | undefined, ownLink: OwnLink): OrderState {
  if (order === undefined) return { status: "absent" };
  const status = STATUSES.get(order.status);
  if (status === "absent") return { status };
  const trackingUrl = ownLink(order.tracking_link);
  const totalCents = order.final_quote?.total_with_tip;
  return {
    status: status ?? "undecided",
    providerOrderId: order.order_id,
    ...(trackingUrl === undefined ? {} : { trackingUrl }),
    ...(totalCents === undefined ? {} : { totalCents }),
  };
}
