import { z } from "zod";
import type { Answer } from "../../shared/http/answer.ts";
import { tokenHash } from "../../shared/http/confirmation_token.ts";
import { endpoint } from "../../shared/http/endpoint.ts";
import { clock, openRouting } from "../../shared/http/routing.ts";
import { faultTeller } from "../../shared/http/provider_fault.ts";
import { writeRouteEvent } from "../../shared/http/log.ts";
import { buy } from "../../shared/routing/buy.ts";
import { confirmOrder } from "../../shared/routing/contract.ts";
import { purchaseRecord } from "../../shared/routing/purchase_record.ts";

const purchase = z.object({ purchase: purchaseRecord });

export default endpoint(confirmOrder, async ({ input, ownDatabase, requestId, env }) => {
  const routing = openRouting();
  const hash = tokenHash(input.confirmationToken);
  const takingPart = [...routing.providers.values()].map((one) => ({
    id: one.id,
    calls: one.confirmCalls(),
  }));
  // A payment token is one provider's own: a provider that needs one cannot take over from another.
  const takingOver = takingPart.filter(({ id }) => !routing.providers.get(id)!.capabilities.placeOrder);
  const request = { tokenHash: hash, acceptTotalCentsUpTo: input.acceptTotalCentsUpTo ?? null };

  let answer: Answer = await ownDatabase.call("begin_confirm", {
    token_hash: hash,
    accept_total_cents: input.acceptTotalCentsUpTo ?? null,
    providers: takingPart,
  });
  // A token is one provider's: the next one never sees it.
  let paymentMethodToken = input.paymentMethodToken;
  // Each round is a purchase that the database has noted down before it is made; a definite refusal leads to the next.
  for (let next = purchase.safeParse(answer.body); next.success; next = purchase.safeParse(answer.body)) {
    const record = next.data.purchase;
    const began = clock();
    writeRouteEvent({ event: "confirm_start", requestId, providerId: record.provider }, env.logLevel);
    const provider = routing.providers.get(record.provider)!;
    const result = await buy(provider, record, {
      fetch,
      clock,
      paymentMethodToken,
      onFault: faultTeller("confirm-order", requestId, env),
    });
    paymentMethodToken = undefined;
    const isBought = result.outcome === "placed" || result.outcome === "handed_off";
    writeRouteEvent({
      requestId,
      event: isBought ? "confirm_success" : "confirm_error",
      providerId: record.provider,
      latencyMs: Math.round(clock() - began),
      ...(isBought ? {} : { code: result.code ?? result.outcome }),
    }, env.logLevel);
    answer = await ownDatabase.call("finish_confirm", {
      order_id: record.orderId,
      attempt: record.attempt,
      result: { ...result, request },
      providers: takingOver,
    });
  }
  return answer;
});
