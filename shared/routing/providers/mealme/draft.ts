import type { Address } from "../../basket.ts";
import type { Coordinates } from "../../coordinates.ts";
import { coordinatesOf } from "../../coordinates.ts";
import { ProviderError } from "../../provider_error.ts";
import type { OfferItem } from "./offer.ts";
import { toStreetAddress } from "./street.ts";

/** Who MealMe writes to and calls about an order: the shop's own people. */
export interface MealMeContact {
  readonly name: string;
  readonly email: string;
  /** With country code; MealMe takes digits alone. */
  readonly phone: string;
}

/** Where something is to be delivered, as MealMe's search and orders both take it. */
export interface Destination {
  readonly coordinates: Coordinates;
  readonly fields: Readonly<Record<string, string>>;
}

/** Throws `no_store` where MealMe cannot deliver, and `refused` where it would not understand the address. */
export async function toDestination(address: Address): Promise<Destination> {
  const isInside = address.country.toUpperCase() === "US";
  const coordinates = isInside ? await coordinatesOf(address.postalCode) : undefined;
  if (coordinates === undefined) {
    throw new ProviderError(
      "no_store",
      "Expected a US postal code of an area that MealMe can deliver to but found another",
    );
  }
  const street = toStreetAddress(address.street);
  if (street === undefined) {
    throw new ProviderError("refused", "Expected a street that begins with a house number but found none");
  }
  return {
    coordinates,
    fields: {
      user_street_num: street.number,
      user_street_name: street.name,
      user_city: address.city,
      user_state: address.state,
      user_zipcode: address.postalCode.trim().slice(0, 5),
      user_country: "US",
    },
  };
}

/** A basket search: one package of each thing asked for, since only what comes back tells how many packages it takes. */
export function toCartQuery(names: readonly string[], { coordinates, fields }: Destination): URLSearchParams {
  return new URLSearchParams({
    query: JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))),
    user_latitude: String(coordinates.latitude),
    user_longitude: String(coordinates.longitude),
    pickup: "false",
    // The draft order gives the fees; asking every store for them as well takes MealMe long.
    fetch_quotes: "false",
    ...fields,
  });
}

/** The body of POST /order/order/v4, but for what makes it a draft. */
export function toOrder(
  items: readonly OfferItem[],
  { coordinates, fields }: Destination,
  contact: MealMeContact,
): Readonly<Record<string, unknown>> {
  return {
    items: items.map(({ productId, packages }) => ({ product_id: productId, quantity: packages })),
    pickup: false,
    // Said because MealMe's default is a dollar.
    driver_tip_cents: 0,
    pickup_tip_cents: 0,
    user_latitude: coordinates.latitude,
    user_longitude: coordinates.longitude,
    ...fields,
    user_name: contact.name,
    user_email: contact.email,
    user_phone: Number(contact.phone.replaceAll(/\D/g, "")),
    user_id: contact.email,
    disable_sms: true,
  };
}
