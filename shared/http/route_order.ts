import { z } from "zod";
import type { Contract } from "../contract.ts";
import type { ProviderId } from "../routing/provider_id.ts";
import { checkProviders } from "../routing/check_providers.ts";
import { deadlineOf, plannedCalls, routeBasket } from "../routing/route_basket.ts";
import type { RouteRequest } from "../routing/route_order_contract.ts";
import { routeStart } from "../routing/route_store.ts";
import { type Answer, ok } from "./answer.ts";
import { ApiError } from "./api_error.ts";
import { inBackground } from "./background.ts";
import { confirmationToken, tokenHash } from "./confirmation_token.ts";
import type { Database } from "./database.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { HandlerContext } from "./handler.ts";
import { clock, openRouting, routerFor } from "./routing.ts";

const standing = z.object({
  circuits: z.record(z.string(), z.enum(["closed", "open", "half_open"])),
  takenOut: z.array(z.string()),
});
const begun = z.union([z.object({ start: routeStart }), z.looseObject({ routeId: z.string() })]);

/** How much later than the deadline an answer may be, in milliseconds. */
const GRACE_MS = 50;

type RouteOrderInput = RouteRequest | { readonly action: "health_check" };

/** Serves a contract of route-order; the function has two names. */
export function routeOrderEndpoint<Input extends z.ZodType<RouteOrderInput>>(
  contract: Contract<Input>,
): Endpoint {
  return endpoint(contract, (context) => {
    const { input } = context;
    return "action" in input ? health(context) : route({ ...context, input });
  });
}

async function route(context: HandlerContext<RouteRequest>): Promise<Answer> {
  const startedAt = clock();
  const { input, actor, ownDatabase, requestId, env } = context;
  const routing = openRouting();
  if (actor.kind === "anonymous" && !routing.env.publicQuotes) throw new ApiError("credentials_missing");
  const router = routerFor(routing, requestId, env);
  const deadlineMs = deadlineOf(input, router);
  const answer = await ownDatabase.call("begin_route", {
    request: input,
    providers: plannedCalls(input, router),
    deadline_ms: deadlineMs,
  }, { timeoutMs: deadlineMs });
  const body = begun.parse(answer.body);
  if (!isStart(body)) return withToken(answer, context);

  const { routeId } = body.start;
  try {
    const outcome = await routeBasket(input, body.start, router, { startedAt, requestId });
    const saved = await ownDatabase.call("save_route", {
      route_id: routeId,
      outcome: { ...outcome, tokenHash: tokenHash(confirmationToken(routeId, env.supabase)) },
    }, { timeoutMs: startedAt + deadlineMs + GRACE_MS - clock() });
    return withToken(saved, context);
  } catch (error) {
    // A refusal is an outcome that was saved; after anything else nothing may stay reserved.
    if (!(error instanceof ApiError) || error.code !== "no_valid_quotes") {
      await inBackground(release(routeId, ownDatabase));
    }
    throw error;
  } finally {
    // Also where there is no offer, which is a refusal.
    router.log({ event: "router_latency", latencyMs: Math.round(clock() - startedAt) });
  }
}

async function release(routeId: string, database: Database): Promise<void> {
  try {
    await database.call("release_route", { route_id: routeId });
  } catch {
    // What stays reserved lapses after the deadline; the first fault is the one to tell of.
  }
}

function isStart(body: z.output<typeof begun>): body is { start: z.output<typeof routeStart> } {
  return "start" in body;
}

/** The token is made anew for every answer: the database keeps its hash alone. */
function withToken(answer: Answer, { env }: HandlerContext<unknown>): Answer {
  const { routeId, ...rest } = z.looseObject({ routeId: z.string() }).parse(answer.body);
  return {
    ...answer,
    body: { ...rest, routeId, confirmationToken: confirmationToken(routeId, env.supabase) },
  };
}

async function health({ ownDatabase }: HandlerContext<unknown>): Promise<Answer> {
  const { terms, providers } = openRouting();
  const { circuits, takenOut } = standing.parse((await ownDatabase.call("get_circuits")).body);
  const circuitOf = (id: ProviderId) => circuits[id] ?? "closed";
  const isTakenOut = (id: ProviderId) => takenOut.includes(id);
  return ok({ providers: await checkProviders({ terms, providers, circuitOf, isTakenOut, fetch, clock }) });
}
