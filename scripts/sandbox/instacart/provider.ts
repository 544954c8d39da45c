import { z } from "zod";
import { type Answer, type HttpRequest, parseJson } from "../http_message.ts";
import type { SandboxOrder, SandboxProvider } from "../provider.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { areaOf } from "../store_area.ts";

const RETAILERS = [
  { retailer_key: "kroger", name: "Kroger" },
  { retailer_key: "costco", name: "Costco" },
  { retailer_key: "aldi", name: "ALDI" },
];

const MEASUREMENT = z.object({ quantity: z.number().positive(), unit: z.string().min(1) });

const LINE_ITEM = z.object({
  name: z.string().min(1),
  display_text: z.string().optional(),
  line_item_measurements: z.array(MEASUREMENT).optional(),
  quantity: z.number().positive().optional(),
  unit: z.string().optional(),
  upcs: z.array(z.string()).optional(),
  product_ids: z.array(z.number()).optional(),
  filters: z.object({
    brand_filters: z.array(z.string()).optional(),
    health_filters: z.array(z.string()).optional(),
  }).optional(),
}).refine(({ upcs, product_ids }) => !upcs || !product_ids, {
  error: "upcs and product_ids exclude each other",
});

const PRODUCTS_LINK = z.object({
  title: z.string().min(1),
  line_items: z.array(LINE_ITEM).min(1),
  image_url: z.url().optional(),
  link_type: z.enum(["shopping_list", "recipe"]).optional(),
  expires_in: z.int().min(1).max(365).optional(),
  instructions: z.array(z.string()).optional(),
  landing_page_configuration: z.object({
    partner_linkback_url: z.string().optional(),
    enable_pantry_items: z.boolean().optional(),
  }).optional(),
});

interface ShoppingPage {
  readonly url: string;
  readonly id: string;
}

/** Instacart's developer platform: pages with a shopping list, and who delivers where. */
export function instacartSandbox(apiKey: string, context: SandboxContext): SandboxProvider {
  const pages = new Map<string, ShoppingPage>();
  let links: SandboxOrder[] = [];

  function link(body: string): Answer {
    const list = PRODUCTS_LINK.safeParse(parseJson(body));
    if (!list.success) return { status: 400, body: invalid(list.error) };
    let page = pages.get(body);
    if (!page) {
      const id = `${7_000_000 + pages.size + 1}`;
      page = { id, url: `${context.url()}/instacart/store/shopping_lists/${id}` };
      pages.set(body, page);
      links.push({
        provider: "INSTACART",
        kind: "link",
        id,
        status: "made",
        items: list.data.line_items.map(({ name, quantity, line_item_measurements: measurements }) => ({
          sku: name,
          quantity: measurements?.[0]?.quantity ?? quantity ?? 1,
        })),
        at: context.clock(),
      });
    }
    return { status: 200, body: { products_link_url: page.url } };
  }

  function retailers({ url }: HttpRequest): Answer {
    const postalCode = url.searchParams.get("postal_code");
    const country = url.searchParams.get("country_code");
    if (!postalCode || (country !== "US" && country !== "CA")) {
      return { status: 400, body: error(400, "postal_code and country_code (US or CA) are required") };
    }
    const isServed = country === "US" && areaOf(postalCode) !== undefined;
    const logo = "https://www.instacart.com/assets/logo.png";
    const served = RETAILERS.map((retailer) => ({ ...retailer, retailer_logo_url: logo }));
    return { status: 200, body: { retailers: isServed ? served : [] } };
  }

  function answer(request: HttpRequest, endpoint: string): Answer {
    const { headers, method, url, body } = request;
    if (endpoint === "page") return shoppingPage(url.pathname, pages);
    if (headers.get("authorization") !== `Bearer ${apiKey}`) {
      return { status: 401, body: error(401, "Unauthorized") };
    }
    if (endpoint === "products_link" && method === "POST") return link(body);
    if (endpoint === "retailers" && method === "GET") return retailers(request);
    return { status: 404, body: error(404, "Not found") };
  }

  return {
    id: "INSTACART",
    root: "instacart",
    vitalFields: ["products_link_url", "retailer_key", "retailers"],
    endpointOf,
    answer,
    refusal: (status) => error(status, "The request was refused"),
    orders: () => links,
    reset: () => {
      pages.clear();
      links = [];
    },
  };
}

function endpointOf({ url: { pathname } }: HttpRequest): string {
  if (pathname === "/instacart/idp/v1/products/products_link") return "products_link";
  if (pathname === "/instacart/idp/v1/retailers") return "retailers";
  return pathname.startsWith("/instacart/store/shopping_lists/") ? "page" : "unknown";
}

function shoppingPage(path: string, pages: ReadonlyMap<string, ShoppingPage>): Answer {
  const isThere = [...pages.values()].some(({ id }) => path.endsWith(`/${id}`));
  return {
    status: isThere ? 200 : 404,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html><title>Instacart (sandbox)</title><p>${
      isThere ? "Shopping list" : "No such list"
    }</p>\n`,
  };
}

function error(code: number, message: string) {
  return { error: { message, code }, meta: { key: "request" } };
}

/** One problem stands alone, several stand in a list. */
function invalid({ issues }: z.ZodError) {
  const errors = issues.map(({ path, message }) => ({
    error: { message, code: 400 },
    meta: { key: path.join(".") },
  }));
  const [first] = errors;
  if (first && errors.length === 1) return first;
  return { error: { message: "There were issues with your request", code: 400, errors } };
}
