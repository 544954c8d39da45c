import { z } from "zod";
import { type Answer, type HttpRequest, parseJson } from "../http_message.ts";
import { type MealMeMarket, type MealMeStore, toListedStore } from "./market.ts";
import { quoteOf } from "./quote.ts";

const BASKET = z.record(z.string(), z.number().positive());

// A store lists a few products for each thing in a basket
const MOST_PER_QUERY = 6;
const MOST_PER_BASKET = 96;
const PAGE_SIZE = 20;

/** GET /search/cart: every store near the address with what it has of the basket. */
export function searchCart({ url }: HttpRequest, market: MealMeMarket): Answer {
  const query = url.searchParams;
  const basket = BASKET.safeParse(parseJson(query.get("query") ?? ""));
  if (!basket.success) return failure(400, "query must be a JSON object of names and quantities");
  const stores = storesOf(query, "user_latitude", "user_longitude", market);
  if (!stores) return failure(400, "user_latitude and user_longitude are required");
  const wanted = Object.entries(basket.data);
  const each = Math.min(
    MOST_PER_QUERY,
    Math.max(2, Math.floor(MOST_PER_BASKET / Math.max(1, wanted.length))),
  );
  const carts = stores.map((store) => {
    const found = wanted.map(([name, quantity]) => ({
      name,
      quantity,
      products: market.search(store, name, each),
    }));
    const subtotal = found.reduce(
      (sum, { products: [first], quantity }) =>
        sum + Math.round((typeof first?.["price"] === "number" ? first["price"] : 0) * quantity),
      0,
    );
    return {
      store: toListedStore(store),
      menu_id: store.menuId,
      products: found.flatMap(({ products }) => products),
      missing: found.filter(({ products }) => products.length === 0).map(({ name }) => name),
      subtotal,
      ...(query.get("fetch_quotes") === "true" ? { quote: { ...quoteOf(subtotal, store) } } : {}),
    };
  });
  return { status: 200, body: { carts } };
}

/** GET /search/store/v3. */
export function searchStores({ url }: HttpRequest, market: MealMeMarket): Answer {
  const stores = storesOf(url.searchParams, "latitude", "longitude", market);
  if (!stores) return failure(400, "latitude and longitude are required");
  return { status: 200, body: { stores: stores.map(toListedStore) } };
}

/** GET /search/product/v4. */
export function searchProducts({ url }: HttpRequest, market: MealMeMarket): Answer {
  const query = url.searchParams;
  const stores = storesOf(query, "user_latitude", "user_longitude", market);
  if (!stores) return failure(400, "user_latitude and user_longitude are required");
  const productId = query.get("product_id");
  const term = query.get("query");
  if (productId === null && !term) return failure(400, "One of query and product_id is required");
  const entry = productId === null ? undefined : market.entry(productId);
  const products = productId === null
    ? stores.flatMap((store) => market.search(store, term ?? "", PAGE_SIZE))
    : entry
    ? [market.toListed(entry)]
    : [];
  return { status: 200, body: { products } };
}

function storesOf(
  query: URLSearchParams,
  latitudeName: string,
  longitudeName: string,
  market: MealMeMarket,
): readonly MealMeStore[] | undefined {
  const latitude = query.get(latitudeName);
  const longitude = query.get(longitudeName);
  if (!latitude || !longitude || !Number.isFinite(Number(latitude)) || !Number.isFinite(Number(longitude))) {
    return undefined;
  }
  return market.storesNear(Number(latitude), Number(longitude));
}

export function failure(status: number, error: string): Answer {
  return { status, body: { error } };
}
