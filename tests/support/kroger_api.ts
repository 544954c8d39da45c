/** Kroger's public API as its recorded answers show it, on a receiver of a test's own. */
import { kroger } from "../../shared/routing/providers/kroger/adapter.ts";
import { says200 } from "./provider_context.ts";
import { answers, type Behaviour, type Receiver } from "./receiver.ts";

export const KROGER = {
  token: "/v1/connect/oauth2/token",
  locations: "/v1/locations",
  products: "/v1/products",
  cart: "/v1/cart/add",
} as const;

export const STORE = "01400943";

/** A token that is good for half an hour. */
export const TOKEN = says200({ access_token: "app-5ec2e7", expires_in: 1800, token_type: "bearer" });

export const LOCATIONS = says200({
  data: [{
    locationId: STORE,
    storeNumber: "00943",
    divisionNumber: "014",
    chain: "KROGER",
    name: "Kroger - Downtown",
    address: { addressLine1: "100 E Court St", city: "Cincinnati", state: "OH", zipCode: "45202" },
    geolocation: { latitude: 39.1, longitude: -84.5, latLng: "39.1,-84.5" },
    departments: [],
    hours: { timezone: "America/New_York", Open24: false },
  }],
  meta: { pagination: { total: 1, start: 0, limit: 1 }, warnings: [] },
});

export interface ProductFixture {
  readonly id?: string;
  readonly upc?: string;
  readonly description: string;
  readonly brand?: string;
  readonly size?: string;
  readonly soldBy?: string;
  readonly price?: Readonly<Record<string, unknown>> | null;
  readonly stockLevel?: string;
  readonly delivery?: boolean;
  readonly page?: string;
}

/** A product in the shape of a recorded answer. */
export function product(
  { id = "0001111041700", description, price = { regular: 3.89, promo: 0 }, ...more }: ProductFixture,
) {
  return {
    productId: id,
    upc: more.upc ?? id,
    productPageURI: more.page ?? `/p/product/${id}?cid=dis.api.tpi_products-api`,
    aisleLocations: [],
    brand: more.brand ?? "Kroger",
    categories: ["Dairy"],
    countryOrigin: "UNITED STATES",
    description,
    images: [],
    items: [{
      itemId: id,
      favorite: false,
      ...(more.stockLevel === undefined ? {} : { inventory: { stockLevel: more.stockLevel } }),
      fulfillment: { curbside: true, delivery: more.delivery ?? true, inStore: true, shipToHome: false },
      ...(price === null ? {} : { price }),
      size: more.size ?? "1 gal",
      soldBy: more.soldBy ?? "UNIT",
    }],
    itemInformation: { depth: "6.0", height: "10.0", width: "6.0" },
    temperature: { indicator: "Refrigerated", heatSensitive: false },
  };
}

export function products(...data: readonly unknown[]): Behaviour {
  return says200({ data, meta: { pagination: { start: 0, limit: 20, total: data.length }, warnings: [] } });
}

/** The path of a search, as the adapter asks for it. */
export function searchFor(term: string): string {
  const query = new URLSearchParams({
    "filter.term": term,
    "filter.locationId": STORE,
    "filter.fulfillment": "dth",
    "filter.limit": "20",
  });
  return `${KROGER.products}?${query}`;
}

/** An adapter on a receiver where token, store and cart work. */
export function krogerOn(receiver: Receiver) {
  receiver.on(KROGER.token, TOKEN);
  receiver.on(KROGER.locations, LOCATIONS);
  receiver.on(KROGER.cart, answers(204));
  return kroger({
    baseUrl: `http://${receiver.host}/`,
    clientId: "tradepost",
    clientSecret: "s3cr3t-5ec2e7",
    estimates: { feesCents: 499, taxBps: 200, deliveryMinutes: 90 },
  });
}
