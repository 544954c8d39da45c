import type { Grocery } from "../grocery.ts";
import type { Answer, HttpRequest } from "../http_message.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { areaOf } from "../store_area.ts";
import { hash } from "../hash.ts";
import { toWalmartItem, walmartIdOf } from "./item.ts";

const MOST_ITEMS = 25;
const MOST_IDS = 20;

/** /search, /items and /stores of the affiliate API. */
export class WalmartCatalogue {
  readonly #byId: ReadonlyMap<string, Grocery>;

  constructor(readonly context: SandboxContext) {
    this.#byId = new Map(context.catalogue.groceries.map((grocery) => [`${walmartIdOf(grocery)}`, grocery]));
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  search({ url }: HttpRequest): Answer {
    const query = url.searchParams.get("query")?.trim();
    if (!query) return walmartError(400, 4002, "Missing required parameter: query");
    const numItems = Number(url.searchParams.get("numItems") ?? "10");
    const start = Number(url.searchParams.get("start") ?? "1");
    if (!Number.isInteger(numItems) || numItems < 1 || numItems > MOST_ITEMS) {
      return walmartError(400, 4003, `Invalid value for numItems: expected 1 to ${MOST_ITEMS}`);
    }
    if (!Number.isInteger(start) || start < 1) return walmartError(400, 4003, "Invalid value for start");
    const hits = this.context.catalogue.search(query);
    const page = hits.slice(start - 1, start - 1 + numItems).map((grocery) => this.#toItem(grocery));
    return {
      status: 200,
      body: {
        query,
        sort: "relevance",
        responseGroup: "base",
        totalResults: hits.length,
        start,
        numItems: page.length,
        // Left out where nothing was found, as Walmart does
        ...(page.length > 0 ? { items: page } : {}),
        facets: [],
      },
    };
  }

  items({ url }: HttpRequest, pathId: string | undefined): Answer {
    const ids = pathId === undefined ? url.searchParams.get("ids")?.split(",") : [pathId];
    if (!ids) return walmartError(400, 4002, "Missing required parameter: ids");
    if (ids.length > MOST_IDS) return walmartError(400, 4003, `Expected at most ${MOST_IDS} ids`);
    const found = ids.flatMap((id) => this.#byId.get(id) ?? []);
    if (found.length === 0) return walmartError(404, 4023, "Invalid itemId");
    const [first] = found;
    if (pathId !== undefined && first) return { status: 200, body: this.#toItem(first) };
    return { status: 200, body: { items: found.map((grocery) => this.#toItem(grocery)) } };
  }

  stores({ url }: HttpRequest): Answer {
    const zip = url.searchParams.get("zip");
    if (zip === null || !/^\d{5}$/.test(zip)) return walmartError(400, 4003, "Invalid value for zip");
    const area = areaOf(zip);
    if (!area) return { status: 200, body: [] };
    const stores = [0, 1].map((nth) => ({
      no: 1 + hash(`walmart ${zip} ${nth}`) % 5999,
      name: `${area.city} Supercenter`,
      country: "US",
      coordinates: [area.longitude, area.latitude],
      streetAddress: `${700 + nth} Commerce Dr`,
      city: area.city,
      stateProvCode: area.state,
      zip,
      phoneNumber: "555-555-0102",
      sundayOpen: true,
      timezone: "EST",
    }));
    return { status: 200, body: stores };
  }

  #toItem(grocery: Grocery) {
    return toWalmartItem(grocery, this.context.price(grocery));
  }
}

export function walmartError(status: number, code: number, message: string): Answer {
  return { status, body: { errors: [{ code, message }] } };
}
