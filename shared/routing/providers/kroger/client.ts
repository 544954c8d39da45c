/** Calls to Kroger's public API. */
import type { CallContext } from "../../provider.ts";
import { ProviderError } from "../../provider_error.ts";
import { type AccessToken, accessTokens } from "../access_token.ts";
import { endpointUrl } from "../endpoint_url.ts";
import { type ProviderCall, requestEmpty, requestJson } from "../http.ts";
import { limitOf } from "../limit.ts";
import { failureOf } from "./failure.ts";
import { LocationsAnswer, type Product, ProductsAnswer, TokenAnswer } from "./wire.ts";

export interface KrogerCredentials {
  /** `https://api.kroger.com`, or whatever answers like it below `/v1`. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One product of a shopper's cart. */
export interface CartItem {
  readonly upc: string;
  readonly quantity: number;
}

/** How many products `filter.productId` takes. */
export const MOST_PRODUCT_IDS = 50;

const PRODUCTS_PER_SEARCH = "20";

export type KrogerClient = ReturnType<typeof krogerClient>;

export function krogerClient({ baseUrl, clientId, clientSecret }: KrogerCredentials) {
  const limit = limitOf();
  const tokens = accessTokens(fetchToken);
  const basic = `Basic ${base64(`${clientId}:${clientSecret}`)}`;

  async function fetchToken(context: CallContext): Promise<AccessToken> {
    const answer = await requestJson(TokenAnswer, {
      endpoint: "token",
      url: endpointUrl(baseUrl, "v1/connect/oauth2/token"),
      method: "POST",
      headers: { authorization: basic },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "product.compact" }),
      isSafe: false,
      limit,
      failureOf,
    }, context);
    return { value: answer.access_token, lifetimeMs: answer.expires_in * 1_000 };
  }

  function read(
    endpoint: "locations" | "products",
    parameters: Readonly<Record<string, string>>,
    token: string,
    mayHedge: () => boolean,
  ): ProviderCall {
    return {
      endpoint,
      url: endpointUrl(baseUrl, `v1/${endpoint}`, parameters),
      headers: { authorization: `Bearer ${token}` },
      isSafe: true,
      mayHedge,
      limit,
      failureOf,
    };
  }

  function readProducts(
    parameters: Readonly<Record<string, string>>,
    context: CallContext,
    mayHedge: () => boolean,
  ): Promise<readonly Product[]> {
    return tokens.use(context, async (token) => {
      const { data } = await requestJson(
        ProductsAnswer,
        read("products", parameters, token, mayHedge),
        context,
      );
      return data;
    });
  }

  return {
    /** The store next to a postal code of five digits; undefined where there is none near. */
    findStore(zipCode: string, context: CallContext): Promise<string | undefined> {
      const parameters = { "filter.zipCode.near": zipCode, "filter.limit": "1" };
      return tokens.use(context, async (token) => {
        const { data } = await requestJson(
          LocationsAnswer,
          read("locations", parameters, token, never),
          context,
        );
        return data[0]?.locationId;
      });
    },

    /** Products that a store delivers, in no stable order. */
    search(term: string, locationId: string, context: CallContext, mayHedge: () => boolean) {
      const parameters = {
        "filter.term": term,
        "filter.locationId": locationId,
        "filter.fulfillment": "dth",
        "filter.limit": PRODUCTS_PER_SEARCH,
      };
      return readProducts(parameters, context, mayHedge);
    },

    /** What is known now of so many products as one call takes. */
    look(productIds: readonly string[], locationId: string, context: CallContext) {
      const parameters = {
        "filter.productId": productIds.join(","),
        "filter.locationId": locationId,
        "filter.limit": `${MOST_PRODUCT_IDS}`,
      };
      return readProducts(parameters, context, never);
    },

    /** Adds to the shopper's one cart. Adding twice is twice as much: never repeated. */
    async addToCart(items: readonly CartItem[], shopperToken: string, context: CallContext): Promise<void> {
      // Else it could not be sent.
      if (!/^[\x21-\x7e]+$/.test(shopperToken)) throw badToken();
      try {
        await requestEmpty({
          endpoint: "cart",
          url: endpointUrl(baseUrl, "v1/cart/add"),
          method: "PUT",
          headers: { "authorization": `Bearer ${shopperToken}`, "content-type": "application/json" },
          body: JSON.stringify({ items: items.map((item) => ({ ...item, modality: "DELIVERY" })) }),
          isSafe: false,
          notFound: "refused",
          limit,
          failureOf,
        }, context);
      } catch (error) {
        throw ofTheShopper(error);
      }
    },

    /** Shows that address and credentials work. */
    async checkCredentials(context: CallContext): Promise<void> {
      await tokens.renew(context);
    },
  };
}

function never(): boolean {
  return false;
}

/** A shopper's token that has lapsed says nothing of the provider, nor of our credentials: he may come with another. */
function ofTheShopper(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  if (error.code !== "unauthorized" && error.code !== "forbidden") return error;
  return badToken(error);
}

function badToken(cause?: unknown): ProviderError {
  return new ProviderError(
    "payment_required",
    "Expected a shopper's token that may fill a cart but found another",
    { cause },
  );
}

/** Credentials are of any characters; `btoa` alone takes Latin-1. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
