/** Walmart's affiliate API as its recorded answers show it, on a receiver of a test's own. */
import { walmart, type WalmartSettings } from "../../shared/routing/providers/walmart/adapter.ts";
import { answers, type Behaviour, type ReceivedRequest, type Receiver } from "./receiver.ts";
import { says200 } from "./provider_context.ts";

const API = "/api-proxy/service/affil/product/v2";

export const WALMART = { search: `${API}/search`, items: `${API}/items`, stores: `${API}/stores` } as const;

export const CONSUMER_ID = "b68d2a72-7d2f-4b5d-9a0c-5ec2e75ec2e7";

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** A key pair made for the tests of one run. */
export const KEYS = await crypto.subtle.generateKey(
  { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  true,
  ["sign", "verify"],
);

/** The private half as it stands in an environment: PKCS#8, base64 of DER. */
export const PRIVATE_KEY = base64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", KEYS.privateKey)));

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The key in the form of a PEM file. */
export function pem(label = "PRIVATE KEY"): string {
  return `-----BEGIN ${label}-----\n${PRIVATE_KEY.replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

/** Whether a request is signed as Walmart wants it. */
export async function isSigned({ headers }: ReceivedRequest): Promise<boolean> {
  const [id, time, version, signature] = [
    "wm_consumer.id",
    "wm_consumer.intimestamp",
    "wm_sec.key_version",
    "wm_sec.auth_signature",
  ].map((name) => headers.get(name) ?? "");
  const bytes = Uint8Array.from(atob(signature ?? ""), (character) => character.charCodeAt(0));
  const text = new TextEncoder().encode(`${id}\n${time}\n${version}\n`);
  return await crypto.subtle.verify(RSA, KEYS.publicKey, bytes, text);
}

/** An item in the shape of a recorded answer. */
export function item(more: Readonly<Record<string, unknown>> = {}) {
  return {
    itemId: 10450114,
    parentItemId: 10450114,
    name: "Great Value Whole Vitamin D Milk, Gallon, 128 fl oz",
    msrp: 3.98,
    salePrice: 3.12,
    upc: "078742351865",
    categoryPath: "Home Page/Food/Dairy & Eggs/Milk",
    brandName: "Great Value",
    thumbnailImage: "https://i5.walmartimages.com/asr/10450114.jpeg",
    productTrackingUrl: "https://goto.walmart.com/c/|PUBID|/568844/9383?veh=aff",
    standardShipRate: 0,
    size: "1 gal",
    marketplace: false,
    modelNumber: "10450114",
    customerRating: "4.3",
    numReviews: 1520,
    stock: "Available",
    offerType: "ONLINE_AND_STORE",
    availableOnline: true,
    ...more,
  };
}

export function found(...items: readonly unknown[]): Behaviour {
  return says200({
    query: "milk",
    sort: "relevance",
    totalResults: items.length,
    start: 1,
    items,
    facets: [],
  });
}

export const STORES: Behaviour = says200([
  { no: 100, name: "Bentonville Supercenter", country: "US", coordinates: [-94.2, 36.3], zip: "72712" },
]);

export function searchFor(query: string): string {
  return `${WALMART.search}?${new URLSearchParams({
    query,
    numItems: "25",
    responseGroup: "full",
    zipCode: "72712",
  })}`;
}

/** An adapter on a receiver where stores are found. */
export function walmartOn(receiver: Receiver, more: Partial<WalmartSettings> = {}) {
  receiver.on(WALMART.stores, STORES);
  receiver.on(WALMART.items, answers(404));
  return walmart({
    baseUrl: `http://${receiver.host}${API}`,
    cartUrl: "https://affil.walmart.com/cart/addToCart",
    consumerId: CONSUMER_ID,
    privateKey: PRIVATE_KEY,
    keyVersion: "1",
    estimates: { feesCents: 795, taxBps: 0, deliveryMinutes: 180 },
    ...more,
  });
}
