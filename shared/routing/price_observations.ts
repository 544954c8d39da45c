import type { ProviderId } from "./provider_id.ts";
import type { Quote, QuoteLine } from "./quote.ts";

/** What a provider asks for an item: the references of later baskets come from these. */
export interface PriceObservation {
  /** Of several lines that ask one provider for the same, the first counts. */
  readonly provider: ProviderId;
  readonly name: string;
  readonly unit: string;
  /** Cents per unit, to the ten-thousandth: a millilitre of milk costs a tenth of a cent. */
  readonly unitCents: number;
  /** Of one package: nobody pays less. */
  readonly packageCents: number;
}

/** Outside these a price per unit is a mistake, or the unit is. */
const LEAST_CENTS = 0.01;
const MOST_CENTS = 1_000_000;

/**
 * The exact prices in quotes, per unit of what a package holds: how much of it somebody asked for changes nothing. A
 * substitute's price says nothing of the item, an estimate nothing at all.
 */
export function observationsOf(quotes: readonly Quote[]): readonly PriceObservation[] {
  return quotes.flatMap(({ provider, lines }) => lines.flatMap((line) => observed(provider, line)));
}

function observed(provider: ProviderId, line: QuoteLine): readonly PriceObservation[] {
  const { status, product, requestedName: name, requestedUnit: unit } = line;
  if (status !== "found" || product?.precision !== "exact" || product.amountPerPackage === undefined) {
    return [];
  }
  const packageCents = product.unitPriceCents;
  const unitCents = Math.round(packageCents / product.amountPerPackage * 10_000) / 10_000;
  if (!(unitCents >= LEAST_CENTS && unitCents <= MOST_CENTS)) return [];
  return [{ provider, name, unit, unitCents, packageCents }];
}
