import type { BasketItem } from "../basket.ts";
import type { QuoteLine } from "../quote.ts";

/** A line that nothing was found for. */
export function unavailableLine({ id, name, quantity, unit }: BasketItem, reason: string): QuoteLine {
  return {
    itemId: id,
    requestedName: name,
    requestedQuantity: quantity,
    requestedUnit: unit,
    status: "unavailable",
    reason,
  };
}
