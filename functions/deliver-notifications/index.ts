import { deliverNotifications } from "../../shared/delivery/contract.ts";
import { deliver, type DeliveryQueue } from "../../shared/delivery/deliver.ts";
import { claim } from "../../shared/delivery/delivery.ts";
import { guardedFetch } from "../../shared/delivery/guarded_fetch.ts";
import { send, type SendOptions } from "../../shared/delivery/send.ts";
import type { Database } from "../../shared/http/database.ts";
import { endpoint } from "../../shared/http/endpoint.ts";
import { readDeliveryEnvironment } from "../../shared/http/env.ts";
import { failedRun, jobFailure } from "../../shared/http/job_failure.ts";

export default endpoint(deliverNotifications, async ({ database }) => {
  const options = sendOptions();
  const { startedAt, fault, ...details } = await deliver(queueOf(database), {
    send: (delivery) => send(delivery, options),
    random: Math.random,
    clock: () => performance.now(),
  });
  // Where not even the first claim went through, there is nothing a record could be written with.
  if (startedAt === undefined) throw fault;
  try {
    return await database.call("record_job_run", {
      job: "deliver_notifications",
      started_at: startedAt,
      processed: details.delivered + details.failed + details.dead,
      details,
      error: fault === undefined ? null : String(fault),
    });
  } catch (error) {
    if (fault === undefined) throw error;
    const run = failedRun(error);
    // What stopped the run says more than that it could not be recorded either.
    throw run === undefined ? fault : jobFailure(run, fault);
  }
});

function sendOptions(): SendOptions {
  const { resendApiKey, resendApiUrl, notificationFrom, allowedHosts } = readDeliveryEnvironment();
  return {
    fetch: guardedFetch({ allowedHosts }),
    email: { apiUrl: resendApiUrl, apiKey: resendApiKey, from: notificationFrom },
    now: Date.now,
  };
}

function queueOf(database: Database): DeliveryQueue {
  return {
    claim: async (max) => claim.parse((await database.call("claim_deliveries", { max })).body),
    record: async (results) => {
      await database.call("record_deliveries", { results });
    },
  };
}
