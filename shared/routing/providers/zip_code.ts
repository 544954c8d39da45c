import type { Address } from "../basket.ts";
import { ProviderError } from "../provider_error.ts";

/** The five digits of an address's postal code. Throws `no_store` where it is none of the United States. */
export function zipCodeOf({ country, postalCode }: Address): string {
  const zipCode = /^(\d{5})(?:-?\d{4})?$/.exec(postalCode.trim())?.[1];
  if (country.trim().toUpperCase() === "US" && zipCode !== undefined) return zipCode;
  throw new ProviderError(
    "no_store",
    "Expected an address in the United States with a ZIP code but found another one",
  );
}
