import { assembleQuote } from "../../assemble_quote.ts";
import type { Basket } from "../../basket.ts";
import type { CallContext, Provider } from "../../provider.ts";
import { ProviderError } from "../../provider_error.ts";
import type { Quote } from "../../quote.ts";
import { ownLinks } from "../own_links.ts";
import { confirming } from "./confirm.ts";
import { mealMeClient, type MealMeClientSettings } from "./client.ts";
import { type MealMeContact, toCartQuery, toDestination, toOrder } from "./draft.ts";
import { pricesOf, toCharges, unplaced } from "./final_quote.ts";
import { toBestStore, toItems, toPricedLines } from "./mapping.ts";
import type { Offer } from "./offer.ts";

export interface MealMeSettings extends MealMeClientSettings {
  readonly contact: MealMeContact;
}

/** An order that is certain not to be there. */
const HEALTH_ORDER_ID = "health-check";

/**
 * MealMe: a basket search near the address chooses store and products, a draft order gives items, fees, tax and time as
 * they will be charged, and confirming finalizes that very draft.
 */
export function mealme(settings: MealMeSettings): Provider {
  const { contact } = settings;
  if (!/^\+?[\d\s().-]{10,}$/.test(contact.phone)) {
    throw new Error("Expected the phone number of MealMe's contact to have at least 10 digits");
  }
  const client = mealMeClient(settings);

  async function quote(basket: Basket, context: CallContext): Promise<Quote> {
    const destination = await toDestination(basket.address);
    const query = toCartQuery(basket.items.map(({ name }) => name), destination);
    const store = toBestStore(basket, await client.searchCart(query, context));
    if (store === undefined) {
      throw new ProviderError(
        "no_store",
        "Expected MealMe to have an open store near the address but found none",
      );
    }
    const items = toItems(store.lines);
    if (items.length === 0) {
      throw new ProviderError(
        "nothing_found",
        "Expected MealMe to have some of the basket but found nothing",
      );
    }
    const draft = await client.draftOrder(
      { ...toOrder(items, destination, contact), charge_user: false },
      context,
    );
    const prices = pricesOf(items, unplaced(draft).final_quote);
    const { subtotalCents, discountCents, feesCents, taxCents, minutes } = toCharges(draft.final_quote);
    const offer: Offer = {
      orderId: draft.order_id,
      storeId: store.storeId,
      items: items.filter(({ productId }) => prices.has(productId)),
    };
    return assembleQuote({
      provider: "MEALME",
      lines: toPricedLines(store.lines, prices),
      fees: { cents: feesCents, precision: "exact" },
      tax: { cents: taxCents, precision: "exact" },
      ...(minutes === undefined ? {} : { minutes: { value: minutes, precision: "exact" } }),
      handle: { ...offer },
      expectedSubtotalCents: subtotalCents,
      discountCents,
    });
  }

  return {
    id: "MEALME",
    capabilities: {
      quote: true,
      cartAdd: false,
      handoff: false,
      placeOrder: true,
      cancel: false,
      track: true,
    },
    plannedCalls: () => ({ search: 2, quote: 1 }),
    confirmCalls: () => ({ quote: 1, finalize: 1, status: 1 }),
    quote,
    ...confirming(client, contact, ownLinks(settings.baseUrl, ["mealme.ai"])),
    checkHealth: async (context) => {
      await client.ordersById(HEALTH_ORDER_ID, context);
    },
  };
}
