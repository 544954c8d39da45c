import type { CallContext } from "../../provider.ts";
import { ProviderError } from "../../provider_error.ts";
import { requestJson } from "../http.ts";
import { limitOf } from "../limit.ts";
import { ownLinks } from "../own_links.ts";
import { PRODUCTS_LINK, RETAILERS } from "./wire.ts";

export interface InstacartClientSettings {
  /** Such as `https://connect.instacart.com`. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface InstacartClient {
  /** Whether anybody delivers to a US postal code. */
  servesPostalCode(postalCode: string, context: CallContext): Promise<boolean>;
  /** The address of a page with this shopping list. */
  linkTo(list: Readonly<Record<string, unknown>>, context: CallContext): Promise<string>;
}

/** The last one is that of the development keys. */
const DOMAINS = ["instacart.com", "instacart.tools"];

/** The two calls of the Instacart Developer Platform that are made here. */
export function instacartClient({ baseUrl, apiKey }: InstacartClientSettings): InstacartClient {
  const headers = { accept: "application/json", authorization: `Bearer ${apiKey}` };
  const limit = limitOf();
  const ownLink = ownLinks(baseUrl, DOMAINS);

  async function servesPostalCode(postalCode: string, context: CallContext): Promise<boolean> {
    const query = new URLSearchParams({ postal_code: postalCode, country_code: "US" });
    const { retailers } = await requestJson(RETAILERS, {
      endpoint: "retailers",
      url: `${baseUrl}/idp/v1/retailers?${query}`,
      headers,
      isSafe: true,
      limit,
    }, context);
    return retailers.length > 0;
  }

  async function linkTo(list: Readonly<Record<string, unknown>>, context: CallContext): Promise<string> {
    const { products_link_url: link } = await requestJson(PRODUCTS_LINK, {
      endpoint: "products_link",
      url: `${baseUrl}/idp/v1/products/products_link`,
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(list),
      // Every one makes another page.
      isSafe: false,
      limit,
    }, context);
    const url = ownLink(link);
    if (url !== undefined) return url;
    throw new ProviderError("bad_answer", "Expected a page of Instacart's own but found another address");
  }

  return { servesPostalCode, linkTo };
}
