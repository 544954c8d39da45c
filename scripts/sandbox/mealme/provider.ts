import type { Answer, HttpRequest } from "../http_message.ts";
import type { SandboxProvider } from "../provider.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { MealMeMarket } from "./market.ts";
import type { MealMeStatus } from "./order_answer.ts";
import { MealMeOrders } from "./orders.ts";
import { failure, searchCart, searchProducts, searchStores } from "./search.ts";

/** MealMe: basket search, draft orders with a final quote, and orders that are really placed. */
export interface MealMeSandbox extends SandboxProvider {
  /** What happens to an order after it was placed; false where there is none of that id. */
  setStatus(orderId: string, status: MealMeStatus): boolean;
}

export function mealMeSandbox(apiKey: string, context: SandboxContext): MealMeSandbox {
  const market = new MealMeMarket(context);
  const orders = new MealMeOrders(market, context);

  function answer(request: HttpRequest, endpoint: string): Answer {
    const { headers, method, url } = request;
    if (headers.get("id-token") !== apiKey) return failure(401, "Incorrect API key!");
    const path = url.pathname.slice("/mealme".length);
    if (endpoint === "unknown") return failure(404, "Not found");
    if (method !== (path.startsWith("/order/") ? "POST" : "GET")) return failure(405, "Method not allowed");
    switch (path) {
      case "/search/cart":
        return searchCart(request, market);
      case "/search/store/v3":
        return searchStores(request, market);
      case "/search/product/v4":
        return searchProducts(request, market);
      case "/order/order/v4":
        return orders.draft(request);
      case "/order/finalize":
        return orders.finalize(request);
      default:
        return orders.list(request);
    }
  }

  return {
    id: "MEALME",
    root: "mealme",
    vitalFields: ["_id", "product_id", "price", "order_id", "final_quote", "status"],
    endpointOf,
    answer,
    refusal: (status) => ({ error: status === 401 ? "Incorrect API key!" : "The request was refused" }),
    soldOut: (endpoint) =>
      endpoint === "quote" || endpoint === "finalize"
        ? failure(406, "One or more items are unavailable")
        : undefined,
    orders: () => orders.placed(),
    reset: () => orders.clear(),
    setStatus: (orderId, status) => orders.setStatus(orderId, status),
  };
}

/** An order placed without a draft counts as `finalize`: it is bought by that call. */
function endpointOf({ url: { pathname }, body }: HttpRequest): string {
  switch (pathname) {
    case "/mealme/search/cart":
    case "/mealme/search/store/v3":
    case "/mealme/search/product/v4":
      return "search";
    case "/mealme/order/order/v4":
      return /"place_order"\s*:\s*true/.test(body) ? "finalize" : "quote";
    case "/mealme/order/finalize":
      return "finalize";
    case "/mealme/account/orders":
      return "status";
    default:
      return "unknown";
  }
}
