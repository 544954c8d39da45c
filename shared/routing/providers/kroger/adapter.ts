/** Kroger's public API: real prices and stock of a store, and a cart that only the shopper can pay for. */
import { assembleQuote } from "../../assemble_quote.ts";
import type { BasketItem } from "../../basket.ts";
import { estimatedParts, estimatedTotalCents, type Estimates } from "../../estimates.ts";
import { matchLine } from "../../match_line.ts";
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
import { type CartItem, krogerClient, type KrogerCredentials, MOST_PRODUCT_IDS } from "./client.ts";
import { type Handle, handleOf, readHandle } from "./handle.ts";
import { CART_URL, productsUrl } from "./handoff.ts";
import { catalogOf } from "./mapping.ts";
import { searchTerm } from "./search_term.ts";
import type { Product } from "./wire.ts";

export interface KrogerSettings extends KrogerCredentials {
  /** Kroger says nothing of fees, tax and time. */
  readonly estimates: Estimates;
}

/** A token, and the one renewal after a 401. */
const TOKEN_CALLS = 2;
/** What is asked for with a token that turns out to be void is asked for again. */
const CALLS_PER_READ = 2;
const MOST_HEDGES = 1;
/** Two calls of fifty products: no basket has more lines. */
const MOST_LOOKS = 2;

export function kroger({ estimates, ...credentials }: KrogerSettings): Provider {
  const client = krogerClient(credentials);
  const storeOf = storeCache(client.findStore);

  /** What the purchase costs now. */
  async function totalNow(
    { quote }: Purchase,
    { locationId }: Handle,
    context: CallContext,
  ): Promise<number> {
    const bought = boughtPackages(quote);
    const answers = await everyOne(
      inChunks([...bought.keys()], MOST_PRODUCT_IDS),
      context,
      (ids, context) => client.look(ids, locationId, context),
    );
    return estimatedTotalCents(subtotalNow(bought, catalogOf(answers.flat())), estimates);
  }

  return {
    id: "KROGER_API",
    capabilities: {
      quote: true,
      cartAdd: true,
      handoff: true,
      placeOrder: false,
      cancel: false,
      track: false,
    },

    plannedCalls: ({ items }) => ({
      token: TOKEN_CALLS,
      locations: CALLS_PER_READ,
      products: distinctTerms(items, searchTerm).length * CALLS_PER_READ + MOST_HEDGES,
    }),

    confirmCalls: () => ({ token: TOKEN_CALLS, products: MOST_LOOKS * CALLS_PER_READ, cart: 1 }),

    async quote({ items, address }, context) {
      const locationId = await storeOf(zipCodeOf(address), context);
      const mayHedge = hedgeBudget(MOST_HEDGES);
      const terms = distinctTerms(items, searchTerm);
      const foundFor = await searchOnce(
        terms,
        context,
        (term, context) => client.search(term, locationId, context, mayHedge),
      );
      const lines = items.map((item) => lineOf(item, foundFor));
      return assembleQuote({
        provider: "KROGER_API",
        lines,
        ...estimatedParts(lines, estimates),
        handle: handleOf(locationId, lines, terms.flatMap(foundFor)),
      });
    },

    async confirm(purchase, context): Promise<Confirmation> {
      const handle = readHandle(purchase.quote);
      const totalCents = await beforeBuying(() => totalNow(purchase, handle, context));
      if (totalCents > purchase.mostCents) return { outcome: "price_changed", totalCents };
      const { paymentMethodToken } = purchase;
      if (paymentMethodToken !== undefined) {
        await client.addToCart(cartItems(purchase, handle), paymentMethodToken, context);
      }
      return { outcome: "handed_off", handoffUrl: handoffUrl(purchase, handle), totalCents };
    },

    // A cart is no order, and nobody but the shopper can look into it. What is asked about here was most likely added to
    // it, and only its answer was lost.
    find: ({ quote }) =>
      Promise.try(() => {
        readHandle(quote);
        return { status: "handed_off", handoffUrl: CART_URL, totalCents: quote.totalCents };
      }),

    checkHealth: client.checkCredentials,
  };
}

function lineOf(item: BasketItem, foundFor: (term: string) => readonly Product[]): QuoteLine {
  const term = searchTerm(item.name);
  return term === undefined
    ? unavailableLine(item, "Kroger searches for names of at least three letters")
    : matchLine(item, catalogOf(foundFor(term)));
}

function cartItems({ quote }: Purchase, { products }: Handle): CartItem[] {
  const upcs = new Map(products.map(({ sku, upc }) => [sku, upc]));
  return [...boughtPackages(quote)].map(([sku, quantity]) => ({ upc: upcs.get(sku) ?? sku, quantity }));
}

function handoffUrl({ quote, paymentMethodToken }: Purchase, handle: Handle): string {
  return paymentMethodToken === undefined ? productsUrl(quote, handle) : CART_URL;
}
