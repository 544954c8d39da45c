import { z } from "zod";
import { endpoint } from "../../shared/http/endpoint.ts";
import { faultTeller } from "../../shared/http/provider_fault.ts";
import { clock, openRouting } from "../../shared/http/routing.ts";
import { findPurchase } from "../../shared/routing/buy.ts";
import { reconcileOrders } from "../../shared/routing/contract.ts";
import { purchaseRecord } from "../../shared/routing/purchase_record.ts";

const asked = z.object({ order: z.object({ status: z.string() }) });
const claimed = z.object({ lost: z.int(), unsettledForADay: z.int(), orders: z.array(purchaseRecord) });

export default endpoint(reconcileOrders, async ({ ownDatabase, requestId, env }) => {
  const startedAt = new Date().toISOString();
  const { providers } = openRouting();
  const onFault = faultTeller("reconcile-orders", requestId, env);
  const { lost, unsettledForADay, orders } = claimed.parse(
    (await ownDatabase.call("claim_unsettled_orders")).body,
  );
  const settled = await Promise.all(orders.map(async (record) => {
    const provider = providers.get(record.provider);
    // Taken out meanwhile: it is asked once it is back.
    if (provider === undefined) return false;
    const result = await findPurchase(provider, record, { fetch, clock, onFault });
    if (result === undefined) return false;
    try {
      const { body } = await ownDatabase.call("settle_unknown_order", {
        order_id: record.orderId,
        attempt: record.attempt,
        result,
      });
      return asked.parse(body).order.status !== "unknown";
    } catch {
      // It is asked about again, and the next one may do better.
      return false;
    }
  }));
  const processed = settled.filter(Boolean).length;
  return await ownDatabase.call("record_job_run", {
    job: "reconcile_orders",
    started_at: startedAt,
    processed,
    details: { lost, unsettledForADay, asked: orders.length, settled: processed },
  });
});
