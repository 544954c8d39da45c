import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { ok } from "../../shared/http/answer.ts";
import { ApiError } from "../../shared/http/api_error.ts";
import { endpoint } from "../../shared/http/endpoint.ts";
import { clock, openRouting } from "../../shared/http/routing.ts";
import { askState } from "../../shared/routing/buy.ts";
import { providerWebhook } from "../../shared/routing/contract.ts";
import { purchaseRecord } from "../../shared/routing/purchase_record.ts";

const MEALME_PATH = /\/provider-webhook\/mealme\/([\w-]+)$/;

export default endpoint(providerWebhook, async ({ input, request, ownDatabase }) => {
  const { env, providers } = openRouting();
  expectSecret(MEALME_PATH.exec(new URL(request.url).pathname)?.[1], env.mealMeWebhookSecret);
  const provider = providers.get("MEALME");
  if (provider === undefined) throw new ApiError("provider_unavailable");
  const found = await ownDatabase.call("find_routed_order", {
    provider_id: provider.id,
    provider_order_id: input.order_id,
  });
  const record = purchaseRecord.parse(found.body);
  // Whoever learns the address could write anything: what counts is what the provider says when we ask.
  const state = await askState(provider, record, { fetch, clock });
  if (state === undefined) throw new ApiError("provider_unavailable", { headers: { "retry-after": "30" } });
  await ownDatabase.call("record_provider_status", { order_id: record.orderId, state });
  return ok(z.object({ success: z.literal(true) }).parse({ success: true }));
});

/** A wrong address is no address. Compared in a time that tells nothing of the secret. */
function expectSecret(given: string | undefined, secret: string | undefined): void {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const isRight = given !== undefined && secret !== undefined && given.length === secret.length &&
    timingSafeEqual(bytes(given), bytes(secret));
  if (!isRight) throw new ApiError("not_found");
}
