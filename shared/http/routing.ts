/** Routing as a function runs it: its environment is read once, its adapters live as long as the instance. */
import { type OpenProviders, openProviders } from "../routing/open_providers.ts";
import type { Router } from "../routing/route_basket.ts";
import { writeRouteEvent } from "./log.ts";
import { readRoutingEnvironment, type RoutingEnvironment } from "./routing_env.ts";
import type { Environment } from "./env.ts";
import { faultTeller } from "./provider_fault.ts";

interface Routing extends OpenProviders {
  readonly env: RoutingEnvironment;
}

let opened: { readonly key: string; readonly routing: Routing } | undefined;

/** The adapters of this instance; opened anew where the environment has changed, as between tests. */
export function openRouting(): Routing {
  const env = readRoutingEnvironment();
  const key = JSON.stringify(env);
  if (opened?.key !== key) opened = { key, routing: { env, ...openProviders(env.access, env.terms) } };
  return opened.routing;
}

/** A router for one request. */
export function routerFor({ env, terms, providers }: Routing, requestId: string, own: Environment): Router {
  return {
    terms,
    providers,
    weights: env.weights,
    fetch,
    clock,
    log: (event) => writeRouteEvent({ requestId, ...event }, own.logLevel),
    onFault: faultTeller("route-order", requestId, own),
  };
}

/** Milliseconds since 1970 that never go back while an instance lives. */
export function clock(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}
