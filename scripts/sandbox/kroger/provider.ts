import { z } from "zod";
import { type Answer, type HttpRequest, parseJson } from "../http_message.ts";
import type { SandboxOrder, SandboxProvider } from "../provider.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { INVALID_TOKEN, krogerError, MISSING_SCOPES } from "./errors.ts";
import { krogerLocations } from "./locations.ts";
import { KrogerProducts } from "./products.ts";
import { type KrogerClient, KrogerTokens } from "./tokens.ts";

const CART = z.object({
  items: z.array(z.object({
    upc: z.string(),
    quantity: z.int().positive(),
    modality: z.enum(["PICKUP", "DELIVERY"]).optional(),
  })).min(1),
});

/** Kroger's public API, and the shopper's cart that nobody can read back but the shopper. */
export interface KrogerSandbox extends SandboxProvider {
  /** An access token of a shopper who let the application fill the cart. */
  shopperToken(): string;
}

export function krogerSandbox(client: KrogerClient, context: SandboxContext): KrogerSandbox {
  const tokens = new KrogerTokens(client, context.clock);
  const products = new KrogerProducts(context);
  let carts: SandboxOrder[] = [];

  function addToCart(request: HttpRequest): Answer {
    const grant = tokens.grantOf(request);
    if (!grant?.isShopper || !grant.scopes.includes("cart.basic:write")) return MISSING_SCOPES;
    const cart = CART.safeParse(parseJson(request.body));
    if (!cart.success) return krogerError(400, "CART-2216-400", "Invalid items");
    const { items } = cart.data;
    if (items.some(({ upc }) => !products.has(upc))) return krogerError(400, "CART-2216-400", "Invalid upc");
    carts.push({
      provider: "KROGER_API",
      kind: "cart",
      id: `cart-${carts.length + 1}`,
      status: "added",
      items: items.map(({ upc, quantity }) => ({ sku: upc, quantity })),
      at: context.clock(),
    });
    return { status: 204 };
  }

  function answer(request: HttpRequest, endpoint: string): Answer {
    const { method, url } = request;
    if (endpoint === "token") return tokens.token(request);
    if (endpoint === "authorize") return tokens.authorize(request);
    if (endpoint === "unknown") return krogerError(404, "API-4101-404", "Not found");
    const grant = tokens.grantOf(request);
    if (!grant) return INVALID_TOKEN;
    if (method !== (endpoint === "cart" ? "PUT" : "GET")) {
      return krogerError(405, "API-4101-405", "Method not allowed");
    }
    if (endpoint === "cart") return addToCart(request);
    if (endpoint === "locations") return krogerLocations(request);
    if (!grant.scopes.includes("product.compact")) return MISSING_SCOPES;
    const [, id] = /\/products\/([^/]+)$/.exec(url.pathname) ?? [];
    return id === undefined ? products.list(request) : products.one(id, request);
  }

  return {
    id: "KROGER_API",
    root: "kroger",
    vitalFields: ["access_token", "locationId", "productId", "upc", "description", "regular", "promo"],
    endpointOf,
    answer,
    refusal: (status, endpoint) => {
      if (endpoint === "token") return { error: "unauthorized", error_description: "invalid credentials" };
      if (status === 401) return INVALID_TOKEN.body ?? null;
      return krogerError(status, `PRODUCT-4001-${status}`, "The request was refused").body ?? null;
    },
    orders: () => carts,
    // Tokens outlive a reset: whoever holds one has not lost it
    reset: () => {
      carts = [];
    },
    shopperToken: () => tokens.shopperToken(),
  };
}

function endpointOf({ url }: HttpRequest): string {
  const path = url.pathname.replace(/^\/kroger\/v1/, "");
  if (path === "/connect/oauth2/token") return "token";
  if (path === "/connect/oauth2/authorize") return "authorize";
  if (path === "/locations") return "locations";
  if (path === "/cart/add") return "cart";
  return /^\/products(\/[^/]+)?$/.test(path) ? "products" : "unknown";
}
