import { assembleQuote } from "../../assemble_quote.ts";
import type { Address, Basket } from "../../basket.ts";
import { estimatedParts, type Estimates } from "../../estimates.ts";
import type {
  CallContext,
  Capabilities,
  Confirmation,
  OrderState,
  Provider,
  Purchase,
} from "../../provider.ts";
import { ProviderError } from "../../provider_error.ts";
import type { Quote } from "../../quote.ts";
import { Recent } from "../recent.ts";
import { instacartClient, type InstacartClientSettings } from "./client.ts";
import { toEstimatedLines, toShoppingList } from "./mapping.ts";

export interface InstacartSettings extends InstacartClientSettings {
  /** What a line is guessed to cost, in cents. Unset: Instacart makes no quotes. */
  readonly estimateCents?: number;
  readonly estimates: Estimates;
}

const HOUR_MS = 60 * 60 * 1_000;
const MOST_POSTAL_CODES = 5_000;
const MOST_LINKS = 1_000;
/** Where somebody delivers for certain. */
const HEALTH_POSTAL_CODE = "94105";

/**
 * Instacart, through its Developer Platform: a page with the shopping list on it, where the shopper chooses store and
 * products and pays. It tells no prices, so a quote is what the operator estimates, and no order is ever placed.
 */
export function instacart(settings: InstacartSettings): Provider {
  const { estimateCents, estimates } = settings;
  const client = instacartClient(settings);
  const servedPostalCodes = new Recent<boolean>({ forMs: HOUR_MS, most: MOST_POSTAL_CODES });
  const links = new Recent<string>({ forMs: 24 * HOUR_MS, most: MOST_LINKS });

  const capabilities: Capabilities = {
    quote: estimateCents !== undefined,
    cartAdd: false,
    handoff: true,
    placeOrder: false,
    cancel: false,
    track: false,
  };

  async function serves(address: Address, context: CallContext): Promise<boolean> {
    // Elsewhere it does not sell in dollars.
    if (address.country.toUpperCase() !== "US") return false;
    const postalCode = address.postalCode.trim().slice(0, 5);
    const known = servedPostalCodes.get(postalCode, context.clock());
    if (known !== undefined) return known;
    const isServed = await client.servesPostalCode(postalCode, context);
    servedPostalCodes.set(postalCode, isServed, context.clock());
    return isServed;
  }

  async function quote(basket: Basket, context: CallContext): Promise<Quote> {
    if (estimateCents === undefined) {
      throw new ProviderError(
        "nothing_found",
        "Expected an estimated price per line for Instacart but found none",
      );
    }
    if (!await serves(basket.address, context)) {
      throw new ProviderError("no_store", "Expected Instacart to deliver to the address but found no store");
    }
    const lines = toEstimatedLines(basket, estimateCents);
    return assembleQuote({
      provider: "INSTACART",
      lines,
      ...estimatedParts(lines, estimates),
      // The list is made from the lines themselves.
      handle: {},
    });
  }

  /** One page per order, however often it is asked for: Instacart wants its links to be kept. */
  async function linkFor(purchase: Purchase, context: CallContext): Promise<string> {
    const known = links.get(purchase.orderReference, context.clock());
    if (known !== undefined) return known;
    const link = await client.linkTo(toShoppingList(purchase.quote.lines), context);
    links.set(purchase.orderReference, link, context.clock());
    return link;
  }

  async function confirm(purchase: Purchase, context: CallContext): Promise<Confirmation> {
    const { totalCents } = purchase.quote;
    if (totalCents > purchase.mostCents) return { outcome: "price_changed", totalCents };
    return { outcome: "handed_off", handoffUrl: await linkFor(purchase, context), totalCents };
  }

  /** A link is no order: whatever became of the first one, another one serves as well. */
  async function find(
    purchase: Purchase,
    _orderId: string | undefined,
    context: CallContext,
  ): Promise<OrderState> {
    return { status: "handed_off", handoffUrl: await linkFor(purchase, context) };
  }

  async function checkHealth(context: CallContext): Promise<void> {
    await client.servesPostalCode(HEALTH_POSTAL_CODE, context);
  }

  return {
    id: "INSTACART",
    capabilities,
    plannedCalls: () => estimateCents === undefined ? {} : { retailers: 2 },
    confirmCalls: () => ({ products_link: 1 }),
    quote,
    confirm,
    find,
    checkHealth,
  };
}
