import type { Basket, BasketItem } from "../../basket.ts";
import { contents, fill, MOST_PACKAGES, wantedOf } from "../../packages.ts";
import type { QuoteLine } from "../../quote.ts";
import { unavailableLine } from "../unavailable_line.ts";
import { toMeasurement } from "./units.ts";

/** Every package at the price an operator guesses: Instacart tells no prices. */
export function toEstimatedLines(basket: Basket, estimateCents: number): QuoteLine[] {
  return basket.items.map((item) => toEstimatedLine(item, estimateCents));
}

function toEstimatedLine(item: BasketItem, estimateCents: number): QuoteLine {
  const packages = packagesOf(item);
  if (packages === undefined) {
    return unavailableLine(item, `It would take more than ${MOST_PACKAGES} packages`);
  }
  return {
    itemId: item.id,
    requestedName: item.name,
    requestedQuantity: item.quantity,
    requestedUnit: item.unit,
    status: "found",
    product: {
      // Nothing is chosen before the shopper opens the list: the line stands for itself.
      sku: item.id,
      name: item.name,
      packages,
      unitPriceCents: estimateCents,
      lineTotalCents: packages * estimateCents,
      precision: "estimated",
    },
  };
}

/** As many as the same line takes at other shops, of packages that hold what its name says, or else the usual amount. */
function packagesOf(item: BasketItem): number | undefined {
  const wanted = wantedOf(item);
  const bySize = fill(wanted, contents(item));
  const filled = bySize === "other_dimension" ? fill(wanted, {}) : bySize;
  return typeof filled === "string" ? undefined : filled.packages;
}

/** A shopping list, as POST /idp/v1/products/products_link takes it. */
export function toShoppingList(lines: readonly QuoteLine[]): Readonly<Record<string, unknown>> {
  return {
    title: "Your groceries",
    link_type: "shopping_list",
    expires_in: DAYS_VALID,
    line_items: lines.filter((line) => line.status !== "unavailable").map(toLineItem),
  };
}

const DAYS_VALID = 30;

function toLineItem(line: QuoteLine): Readonly<Record<string, unknown>> {
  const { requestedName: name, requestedQuantity: quantity, requestedUnit: unit } = line;
  const measurement = toMeasurement(quantity, unit);
  if (measurement === undefined) return { name, display_text: `${name} (${quantity} ${unit})` };
  return { name, line_item_measurements: [measurement] };
}
