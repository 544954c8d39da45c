import { hash } from "../hash.ts";
import type { Answer, HttpRequest, JsonObject } from "../http_message.ts";
import { areaOf, type StoreArea } from "../store_area.ts";
import { krogerError } from "./errors.ts";
import { numberIn } from "./products.ts";

const STORES_PER_AREA = 3;
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** GET /v1/locations: the stores near a postal code. */
export function krogerLocations({ url }: HttpRequest): Answer {
  const postalCode = url.searchParams.get("filter.zipCode.near");
  const limit = numberIn(url.searchParams.get("filter.limit"), 10, 200);
  if (postalCode === null || !/^\d{5}$/.test(postalCode)) {
    return krogerError(400, "LOCATION-2011-400", "Field 'zipCode.near' must have a length of 5 digits");
  }
  if (limit === undefined) {
    return krogerError(400, "LOCATION-2011-400", "Field 'limit' must be between 1 and 200");
  }
  const area = areaOf(postalCode);
  const stores = area ? Array.from({ length: STORES_PER_AREA }, (_, nth) => storeOf(area, nth)) : [];
  return {
    status: 200,
    body: {
      data: stores.slice(0, limit),
      meta: { pagination: { start: 0, limit, total: stores.length }, warnings: [] },
    },
  };
}

function storeOf(area: StoreArea, nth: number): JsonObject {
  const divisionNumber = `0${10 + Number(area.postalCode[0])}`;
  const storeNumber = String(hash(`${area.postalCode} ${nth}`) % 100_000).padStart(5, "0");
  const open = { open: "06:00", close: "23:00", open24: false };
  return {
    locationId: `${divisionNumber}${storeNumber}`,
    storeNumber,
    divisionNumber,
    chain: "KROGER",
    name: `Kroger - ${area.city} ${nth + 1}`,
    phone: "5555550100",
    address: {
      addressLine1: `${100 + nth} Market St`,
      city: area.city,
      state: area.state,
      zipCode: area.postalCode,
      county: area.city,
    },
    geolocation: {
      latitude: area.latitude,
      longitude: area.longitude,
      latLng: `${area.latitude},${area.longitude}`,
    },
    departments: [{ departmentId: "13", name: "Grocery", phone: "5555550101" }],
    hours: {
      timezone: "America/New_York",
      gmtOffset: "(UTC-05:00) Eastern Time",
      Open24: false,
      ...Object.fromEntries(DAYS.map((day) => [day, open])),
    },
  };
}
