import type { Answer, HttpRequest } from "../http_message.ts";
import type { SandboxOrder, SandboxProvider } from "../provider.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { WalmartCatalogue, walmartError } from "./catalogue_calls.ts";
import { signatureCheck, type WalmartConsumer } from "./signature.ts";

const API = "/walmart/api-proxy/service/affil/product/v2";

/** Walmart's affiliate API, and the page that fills a shopper's cart. */
export function walmartSandbox(consumer: WalmartConsumer, context: SandboxContext): SandboxProvider {
  const catalogue = new WalmartCatalogue(context);
  const wrongWith = signatureCheck(consumer, context.clock);
  let carts: SandboxOrder[] = [];

  /** What a shopper's browser sees: ids that exist are added, others are dropped without a word. */
  function addToCart({ url }: HttpRequest): Answer {
    const wanted = (url.searchParams.get("items") ?? "").split(",").flatMap((entry) => {
      const [, sku, quantity = "1"] = /^(\d+)(?:[|_](\d{1,3}))?$/.exec(entry) ?? [];
      return sku === undefined || !catalogue.has(sku) ? [] : [{ sku, quantity: Number(quantity) }];
    });
    if (wanted.length === 0) return page(400, "Sorry, we could not add these items to your cart");
    carts.push({
      provider: "WALMART_API",
      kind: "cart",
      id: `cart-${carts.length + 1}`,
      status: "added",
      items: wanted,
      at: context.clock(),
    });
    return page(
      200,
      `Added to your cart: ${wanted.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ")}`,
    );
  }

  async function answer(request: HttpRequest, endpoint: string): Promise<Answer> {
    if (endpoint === "cart") return addToCart(request);
    const wrong = await wrongWith(request);
    if (wrong !== undefined) return { status: 401, body: unauthorized(wrong) };
    if (request.method !== "GET") return walmartError(405, 4005, "Method not allowed");
    if (endpoint === "stores") return catalogue.stores(request);
    const path = request.url.pathname.slice(API.length);
    if (path === "/search") return catalogue.search(request);
    const [, id] = /^\/items\/(\d+)$/.exec(path) ?? [];
    if (path === "/items" || id !== undefined) return catalogue.items(request, id);
    return walmartError(404, 4004, "Not found");
  }

  return {
    id: "WALMART_API",
    root: "walmart",
    vitalFields: ["itemId", "name", "salePrice", "no"],
    endpointOf,
    answer,
    refusal: (status) =>
      status === 401
        ? unauthorized("Could not authenticate in-request, auth token : null")
        : walmartError(status, 4000 + status % 100, "The request was refused").body ?? null,
    orders: () => carts,
    reset: () => {
      carts = [];
    },
  };
}

function endpointOf({ url: { pathname } }: HttpRequest): string {
  if (pathname === "/walmart/cart/addToCart") return "cart";
  if (pathname === `${API}/stores`) return "stores";
  return pathname === `${API}/search` || /\/v2\/items(\/\d+)?$/.test(pathname) ? "search" : "unknown";
}

function unauthorized(description: string) {
  return {
    details: { Description: description, wm_svc: { name: "affil-product", version: "2.0.0", env: "prod" } },
  };
}

function page(status: number, text: string): Answer {
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html><title>Walmart cart (sandbox)</title><p>${text}</p>\n`,
  };
}
