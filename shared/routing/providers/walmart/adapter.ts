/** Walmart's affiliate API: real prices near the address, and a link that fills the shopper's cart. */
import { assembleQuote } from "../../assemble_quote.ts";
import type { BasketItem } from "../../basket.ts";
import { estimatedParts, estimatedTotalCents, type Estimates } from "../../estimates.ts";
import { type CatalogProduct, matchLine } from "../../match_line.ts";
import type { CallContext, Confirmation, Provider, Purchase } from "../../provider.ts";
import type { QuoteLine } from "../../quote.ts";
import { beforeBuying } from "../before_buying.ts";
import { boughtPackages, inChunks, subtotalNow } from "../bought.ts";
import { everyOne } from "../every_one.ts";
import { hedgeBudget } from "../hedge_budget.ts";
import { distinctTerms, searchOnce } from "../search_once.ts";
import { storeCache } from "../store_cache.ts";
import { unavailableLine } from "../unavailable_line.ts";
import { zipCodeOf } from "../zip_code.ts";
import { cartLink, type CartLinkSettings, checkPublisher } from "./cart_link.ts";
import { MOST_ITEM_IDS, walmartClient, type WalmartCredentials } from "./client.ts";
import { catalogOf } from "./mapping.ts";

export interface WalmartSettings extends WalmartCredentials, CartLinkSettings {
  /** Walmart says nothing of fees, tax and time. */
  readonly estimates: Estimates;
}

const MOST_HEDGES = 1;
/** Five calls of twenty items: no basket has more lines. */
const MOST_LOOKS = 5;
/** Bentonville, where Walmart is at home. */
const HEALTH_ZIP_CODE = "72712";

/** Throws where the private key or the publisher's ids are not what they should be. */
export function walmart({ estimates, cartUrl, publisherId, ...credentials }: WalmartSettings): Provider {
  checkPublisher(publisherId);
  const link = { cartUrl, ...(publisherId === undefined ? {} : { publisherId }) };
  const client = walmartClient(credentials);
  const storeOf = storeCache(client.findStore);

  /** What the purchase costs now. */
  async function totalNow({ quote, address }: Purchase, context: CallContext): Promise<number> {
    const bought = boughtPackages(quote);
    const zipCode = zipCodeOf(address);
    const answers = await everyOne(
      inChunks([...bought.keys()], MOST_ITEM_IDS),
      context,
      (ids, context) => client.look(ids, zipCode, context),
    );
    return estimatedTotalCents(subtotalNow(bought, catalogOf(answers.flat())), estimates);
  }

  return {
    id: "WALMART_API",
    capabilities: {
      quote: true,
      cartAdd: false,
      handoff: true,
      placeOrder: false,
      cancel: false,
      track: false,
    },

    plannedCalls: ({ items }) => ({ stores: 1, search: distinctTerms(items, queryOf).length + MOST_HEDGES }),

    confirmCalls: () => ({ search: MOST_LOOKS }),

    async quote({ items, address }, context) {
      const zipCode = zipCodeOf(address);
      await storeOf(zipCode, context);
      const mayHedge = hedgeBudget(MOST_HEDGES);
      const foundFor = await searchOnce(
        distinctTerms(items, queryOf),
        context,
        async (query, context) => catalogOf(await client.search(query, zipCode, context, mayHedge)),
      );
      const lines = items.map((item) => lineOf(item, foundFor));
      return assembleQuote({
        provider: "WALMART_API",
        lines,
        ...estimatedParts(lines, estimates),
        // The lines say it all: the link holds what they buy.
        handle: {},
      });
    },

    async confirm(purchase, context): Promise<Confirmation> {
      const totalCents = await beforeBuying(() => totalNow(purchase, context));
      if (totalCents > purchase.mostCents) return { outcome: "price_changed", totalCents };
      return {
        outcome: "handed_off",
        handoffUrl: cartLink(boughtPackages(purchase.quote), link),
        totalCents,
      };
    },

    // A link is no order, and nobody but the shopper knows what he made of it.
    find: ({ quote }) =>
      Promise.try(() => ({
        status: "handed_off",
        handoffUrl: cartLink(boughtPackages(quote), link),
        totalCents: quote.totalCents,
      })),

    async checkHealth(context) {
      await client.findStore(HEALTH_ZIP_CODE, context);
    },
  };
}

function queryOf(name: string): string | undefined {
  const query = name.trim().replaceAll(/\s+/g, " ");
  return query === "" ? undefined : query;
}

function lineOf(item: BasketItem, foundFor: (query: string) => readonly CatalogProduct[]): QuoteLine {
  const query = queryOf(item.name);
  return query === undefined
    ? unavailableLine(item, "Walmart searches for names, and this line has none")
    : matchLine(item, foundFor(query));
}
