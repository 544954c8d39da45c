/** Calls to Walmart's affiliate API. */
import type { z } from "zod";
import type { CallContext } from "../../provider.ts";
import { endpointUrl } from "../endpoint_url.ts";
import { type ProviderCall, requestJson } from "../http.ts";
import { limitOf } from "../limit.ts";
import { signerOf, type SignerSettings } from "./signature.ts";
import { type Item, ItemsAnswer, StoresAnswer } from "./wire.ts";

export interface WalmartCredentials extends SignerSettings {
  /** `https://developer.api.walmart.com/api-proxy/service/affil/product/v2`, or whatever answers like it. */
  readonly baseUrl: string;
}

/** How many items one look-up takes. */
export const MOST_ITEM_IDS = 20;

const ITEMS_PER_SEARCH = "25";

export type WalmartClient = ReturnType<typeof walmartClient>;

/** Throws BadPrivateKey. */
export function walmartClient({ baseUrl, ...signing }: WalmartCredentials) {
  const limit = limitOf();
  const signer = signerOf(signing);

  async function read<Output>(schema: z.ZodType<Output>, call: Read, context: CallContext): Promise<Output> {
    const { path, parameters, ...how } = call;
    const headers = await signer.headers(context.clock());
    const url = endpointUrl(baseUrl, path, parameters);
    return await requestJson(schema, { ...how, url, headers, isSafe: true, limit }, context);
  }

  return {
    /** The number of a store near a ZIP code; undefined where there is none. */
    async findStore(zipCode: string, context: CallContext): Promise<string | undefined> {
      const parameters = { zip: zipCode };
      const call = { endpoint: "stores", path: "stores", parameters, mayHedge: never };
      const stores = await read(StoresAnswer, call, context);
      return stores[0]?.no;
    },

    /** Items with the prices near a ZIP code. */
    search(
      query: string,
      zipCode: string,
      context: CallContext,
      mayHedge: () => boolean,
    ): Promise<readonly Item[]> {
      const parameters = { query, numItems: ITEMS_PER_SEARCH, responseGroup: "full", zipCode };
      return read(ItemsAnswer, { endpoint: "search", path: "search", parameters, mayHedge }, context);
    },

    /** What is known now of so many items as one call takes. Counts as a search: the day's calls are one number. */
    look(itemIds: readonly string[], zipCode: string, context: CallContext): Promise<readonly Item[]> {
      const parameters = { ids: itemIds.join(","), zipCode };
      // 404 where it knows none of them any more.
      const call: Read = {
        endpoint: "search",
        path: "items",
        parameters,
        mayHedge: never,
        notFound: "refused",
      };
      return read(ItemsAnswer, call, context);
    },
  };
}

interface Read extends Pick<ProviderCall, "endpoint" | "mayHedge" | "notFound"> {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

function never(): boolean {
  return false;
}
