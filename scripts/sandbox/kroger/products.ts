import type { Grocery } from "../grocery.ts";
import type { Answer, HttpRequest } from "../http_message.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { krogerError } from "./errors.ts";
import { krogerIdOf, toKrogerProduct } from "./product.ts";

const MOST_IDS = 50;

/** GET /v1/products and GET /v1/products/{id}. */
export class KrogerProducts {
  readonly #byId: ReadonlyMap<string, Grocery>;

  constructor(readonly context: SandboxContext) {
    this.#byId = new Map(context.catalogue.groceries.map((grocery) => [krogerIdOf(grocery), grocery]));
  }

  has(upc: string): boolean {
    return this.#byId.has(upc);
  }

  list({ url }: HttpRequest): Answer {
    const query = url.searchParams;
    const limit = numberIn(query.get("filter.limit"), 10, 50);
    const start = numberIn(query.get("filter.start"), 1, 250);
    const wrong = wrongLocation(query) ??
      (limit === undefined ? invalid("limit", "between 1 and 50") : undefined) ??
      (start === undefined ? invalid("start", "between 1 and 250") : undefined);
    if (wrong) return wrong;
    const hits = this.#find(query);
    if (!Array.isArray(hits)) return hits;
    const from = query.has("filter.productId") ? 0 : (start ?? 1) - 1;
    const page = query.has("filter.productId") ? hits : hits.slice(from, from + (limit ?? 10));
    return {
      status: 200,
      body: {
        data: page.map((grocery) => this.#toProduct(grocery, query)),
        meta: { pagination: { start: from + 1, limit: limit ?? 10, total: hits.length } },
      },
    };
  }

  one(id: string, { url }: HttpRequest): Answer {
    const wrong = wrongLocation(url.searchParams);
    if (wrong) return wrong;
    const grocery = this.#byId.get(id);
    if (!grocery) return krogerError(404, "PRODUCT-2011-404", `Product ${id} does not exist`);
    return { status: 200, body: { data: this.#toProduct(grocery, url.searchParams), meta: {} } };
  }

  #toProduct(grocery: Grocery, query: URLSearchParams) {
    return toKrogerProduct(grocery, this.context.price(grocery), query.has("filter.locationId"));
  }

  #find(query: URLSearchParams): Grocery[] | Answer {
    const ids = query.get("filter.productId")?.split(",");
    if (ids) return this.#findByIds(ids);
    const term = query.get("filter.term")?.trim();
    const brands = query.get("filter.brand")?.split("|");
    if (term === undefined && !brands) {
      return krogerError(
        400,
        "PRODUCT-2011-400",
        "One of filter.term, filter.brand or filter.productId is required",
      );
    }
    if (term !== undefined && term.length < 3) return invalid("term", "at least 3 characters long");
    if (term !== undefined && term.split(/\s+/).length > 8) return invalid("term", "at most 8 words long");
    const hits = term === undefined ? this.context.catalogue.groceries : this.context.catalogue.search(term);
    return hits.filter((grocery) =>
      !brands || brands.includes(grocery.brand === "~" ? "Kroger" : grocery.brand)
    );
  }

  #findByIds(ids: readonly string[]): Grocery[] | Answer {
    if (ids.length > MOST_IDS) return invalid("productId", `a list of at most ${MOST_IDS}`);
    if (ids.some((id) => !/^\d{13}$/.test(id))) return invalid("productId", "a list of 13 digits each");
    return ids.flatMap((id) => this.#byId.get(id) ?? []);
  }
}

function wrongLocation(query: URLSearchParams): Answer | undefined {
  const locationId = query.get("filter.locationId");
  if (locationId === null || locationId.length === 8) return undefined;
  return krogerError(400, "PRODUCT-2011-400", "Field 'locationId' must have a length of 8 characters");
}

function invalid(field: string, rule: string): Answer {
  return krogerError(400, "PRODUCT-2011-400", `Field '${field}' must be ${rule}`);
}

/** `undefined` where the text is no number from 1 to `most`. */
export function numberIn(text: string | null, otherwise: number, most: number): number | undefined {
  if (text === null) return otherwise;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : undefined;
}
