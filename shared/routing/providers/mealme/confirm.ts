import type { CallContext, Confirmation, OrderState, Provider, Purchase } from "../../provider.ts";
import { ProviderError } from "../../provider_error.ts";
import { beforeBuying } from "../before_buying.ts";
import type { MealMeClient } from "./client.ts";
import { type MealMeContact, toDestination, toOrder } from "./draft.ts";
import { pricesOf, toCharges, unplaced } from "./final_quote.ts";
import { type Offer, toOffer } from "./offer.ts";
import type { OwnLink } from "../own_links.ts";
import { toOrderState } from "./order_state.ts";
import type { DraftOrder } from "./wire.ts";

/** Buys what was quoted, at most once: the draft is priced again, and finalized if it costs no more than may be paid. */
export function confirming(
  client: MealMeClient,
  contact: MealMeContact,
  ownLink: OwnLink,
): Pick<Provider, "confirm" | "find"> {
  async function confirm(purchase: Purchase, context: CallContext): Promise<Confirmation> {
    const offer = toOffer(purchase.quote.handle);
    if (purchase.paymentMethodToken === undefined) {
      // Without one MealMe bills the account, which is the shop's.
      throw new ProviderError("payment_required", "Expected a payment method for MealMe but found none");
    }
    try {
      const { totalCents } = await reprice(purchase, offer, purchase.paymentMethodToken, context);
      if (totalCents > purchase.mostCents) return { outcome: "price_changed", totalCents };
      return await place(offer.orderId, totalCents, context);
    } catch (error) {
      if (!(error instanceof ProviderError) || !isRefusal(error)) throw error;
      return await despiteRefusal(error, purchase, offer.orderId, context);
    }
  }

  /** The draft once more, now with order reference and payment: what it costs at this moment. */
  async function reprice(purchase: Purchase, offer: Offer, paymentMethodId: string, context: CallContext) {
    const draft = await beforeBuying(async () =>
      await client.draftOrder({
        ...toOrder(offer.items, await toDestination(purchase.address), contact),
        order_id: offer.orderId,
        customer_order_id: purchase.orderReference,
        payment_method_id: paymentMethodId,
        charge_user: true,
      }, context)
    );
    // One that is placed already is bought: that alone is not certain.
    unplaced(draft);
    return await beforeBuying(() => Promise.try(() => chargesOf(draft, offer)));
  }

  /** The one call that buys. What it throws that is not definite leaves the order to be asked about. */
  async function place(orderId: string, totalCents: number, context: CallContext): Promise<Confirmation> {
    const answer = await client.finalize(orderId, context);
    const { status, trackingUrl } = toOrderState({ ...answer, status: answer.status ?? "" }, ownLink);
    if (answer.order_id === orderId && status === "cancelled") {
      throw new ProviderError("refused", "Expected MealMe to place the order but found it cancelled");
    }
    const isPlaced = status === "placed" || status === "delivered" ||
      (status === "undecided" && answer.order_placed === true);
    if (answer.order_id !== orderId || !isPlaced) {
      throw new ProviderError(
        "bad_answer",
        "Expected the order to be placed but found an answer that does not say so",
      );
    }
    return placed(orderId, totalCents, trackingUrl);
  }

  /** A refusal can mean that the order is placed already: it is believed where MealMe says that it is not. */
  async function despiteRefusal(
    refusal: ProviderError,
    purchase: Purchase,
    orderId: string,
    context: CallContext,
  ): Promise<Confirmation> {
    const undecided = (): OrderState => ({ status: "undecided" });
    const { status, trackingUrl, totalCents } = await find(purchase, orderId, context).catch(undecided);
    if (status === "absent" || status === "cancelled") throw refusal;
    if (status === "undecided") {
      throw new ProviderError(
        "unavailable",
        "Expected to learn whether a refused order is placed but found no answer",
      );
    }
    return placed(orderId, totalCents ?? purchase.quote.totalCents, trackingUrl);
  }

  async function find(
    purchase: Purchase,
    orderId: string | undefined,
    context: CallContext,
  ): Promise<OrderState> {
    const id = orderId ?? toOffer(purchase.quote.handle).orderId;
    const orders = await client.ordersById(id, context);
    return toOrderState(orders.find(({ order_id: found }) => found === id), ownLink);
  }

  return { confirm, find };
}

/** What the quoted order costs now. Throws where it is another one. */
function chargesOf({ order_id: orderId, final_quote: finalQuote }: DraftOrder, offer: Offer) {
  if (orderId !== offer.orderId) {
    throw new ProviderError("bad_answer", "Expected the order that was quoted but found another one");
  }
  if (pricesOf(offer.items, finalQuote).size < offer.items.length) {
    throw new ProviderError(
      "refused",
      "Expected every item of the order to be there but found some sold out",
    );
  }
  return toCharges(finalQuote);
}

function isRefusal({ code }: ProviderError): boolean {
  return code === "refused" || code === "payment_required";
}

function placed(providerOrderId: string, totalCents: number, trackingUrl: string | undefined): Confirmation {
  return {
    outcome: "placed",
    providerOrderId,
    ...(trackingUrl === undefined ? {} : { trackingUrl }),
    totalCents,
  };
}
