import { hash } from "./hash.ts";

/** Where a postal code lies, roughly: enough for a store's address. */
export interface StoreArea {
  readonly postalCode: string;
  readonly city: string;
  readonly state: string;
  readonly latitude: number;
  readonly longitude: number;
}

// Nobody delivers there: no such place, Alaska's north, an island in the Pacific, the top of a mountain
const UNSERVED = new Set(["00000", "99999", "99723", "96799", "03589"]);

// One per first digit of a postal code
const CITIES: readonly (readonly [city: string, state: string, latitude: number, longitude: number])[] = [
  ["Boston", "MA", 42.36, -71.06],
  ["New York", "NY", 40.71, -74.0],
  ["Richmond", "VA", 37.54, -77.44],
  ["Atlanta", "GA", 33.75, -84.39],
  ["Cincinnati", "OH", 39.1, -84.51],
  ["Minneapolis", "MN", 44.98, -93.27],
  ["Chicago", "IL", 41.88, -87.63],
  ["Houston", "TX", 29.76, -95.37],
  ["Denver", "CO", 39.74, -104.99],
  ["Los Angeles", "CA", 34.05, -118.24],
];

/** `undefined` where no store serves the postal code, or it is none. */
export function areaOf(postalCode: string): StoreArea | undefined {
  if (!/^\d{5}$/.test(postalCode) || UNSERVED.has(postalCode)) return undefined;
  const [city, state, latitude, longitude] = CITIES[Number(postalCode[0])] ?? ["", "", 0, 0];
  const shift = (hash(postalCode) % 1000 - 500) / 2500;
  return { postalCode, city, state, latitude: latitude + shift, longitude: longitude - shift };
}

/** Whether stores deliver to a place: the contiguous United States have them everywhere. */
export function isCovered(latitude: number, longitude: number): boolean {
  return latitude > 24.4 && latitude < 49.4 && longitude > -125 && longitude < -66.9;
}
