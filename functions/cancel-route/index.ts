import { z } from "zod";
import { endpoint } from "../../shared/http/endpoint.ts";
import { writeRouteEvent } from "../../shared/http/log.ts";
import { cancelRoute } from "../../shared/routing/contract.ts";

const cancelled = z.object({ order: z.object({ provider: z.string() }) });

export default endpoint(cancelRoute, async ({ input, database, requestId, env }) => {
  const answer = await database.call("cancel_route", {
    route_id: input.routeId,
    reason: input.reason ?? null,
  });
  const { order } = cancelled.parse(answer.body);
  writeRouteEvent({ event: "cancel_success", requestId, providerId: order.provider }, env.logLevel);
  return answer;
});
