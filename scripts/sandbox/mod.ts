import type { ProviderId } from "../../shared/routing/provider_id.ts";
import { CallLog, type SandboxCall } from "./call_log.ts";
import { type Catalogue, readCatalogue } from "./catalogue.ts";
import { control } from "./control.ts";
import { Delays } from "./delays.ts";
import { environmentOf, makeCredentials } from "./environment.ts";
import { exchange } from "./exchange.ts";
import { Faults } from "./faults.ts";
import { priceAt } from "./grocery.ts";
import { type Answer, encodeAnswer, type HttpRequest } from "./http_message.ts";
import { serveHttp, type Wire } from "./http_server.ts";
import { instacartSandbox } from "./instacart/provider.ts";
import { krogerSandbox } from "./kroger/provider.ts";
import type { MealMeStatus } from "./mealme/order_answer.ts";
import { mealMeSandbox } from "./mealme/provider.ts";
import { Prices } from "./prices.ts";
import type { SandboxOrder } from "./provider.ts";
import { type QuotaInput, Quotas } from "./quotas.ts";
import type { SandboxContext } from "./sandbox_context.ts";
import { walmartSandbox } from "./walmart/provider.ts";

export type { SandboxCall } from "./call_log.ts";
export { type Fault, type FaultInput, FAULTS } from "./faults.ts";
export type { SandboxOrder } from "./provider.ts";

export interface SandboxOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Milliseconds since 1970; tokens, signatures and quotas go by it. Default `Date.now`. */
  readonly clock?: () => number;
  /** In place of the documented ones of these endpoints. */
  readonly quotas?: readonly QuotaInput[];
}

/** The four providers, running. */
export interface Sandbox {
  /** Without a slash at the end. */
  readonly url: string;
  /** The variables that point the functions at it. */
  readonly env: Readonly<Record<string, string>>;
  readonly faults: Faults;
  readonly delays: Delays;
  readonly prices: Prices;
  readonly quotas: Quotas;
  /** In the order of arrival, those under way included. */
  calls(): readonly Readonly<SandboxCall>[];
  /** How many there were, also those the log has dropped. */
  totalCalls(): number;
  /** Resolves once that many calls have come in since the last reset. */
  arrived(total: number): Promise<void>;
  /** Resolves once no call is under way: then every closed connection has been noticed. */
  idle(): Promise<void>;
  /** Placed orders, changed carts and links, by provider. */
  orders(): readonly SandboxOrder[];
  /** What happens to a placed order of MealMe's; false where there is none of that id. */
  setOrderStatus(orderId: string, status: MealMeStatus): boolean;
  /** A Kroger shopper's access token that may fill the cart. */
  shopperToken(): string;
  /** Forgets faults, delays, price levels, calls, used quotas and orders; credentials and tokens stay. */
  reset(): void;
  stop(): Promise<void>;
}

let catalogue: Promise<Catalogue> | undefined;

/**
 * Starts the four providers on 127.0.0.1.
 *
 * ```ts
 * const sandbox = await startSandbox();
 * sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response", cutAt: 40 });
 * await sandbox.stop();
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, clock = Date.now, quotas: changedQuotas = [] } = options;
  const groceries = await (catalogue ??= readCatalogue());
  const credentials = await makeCredentials();
  const [log, faults, delays, prices] = [new CallLog(clock), new Faults(), new Delays(), new Prices()];
  const quotas = new Quotas(clock, changedQuotas);

  const contextOf = (provider: ProviderId): SandboxContext => ({
    catalogue: groceries,
    clock,
    url: () => url,
    price: (grocery) => priceAt(provider, grocery, prices.factor(provider)),
  });
  const kroger = krogerSandbox(credentials.kroger, contextOf("KROGER_API"));
  const mealMe = mealMeSandbox(credentials.mealMeKey, contextOf("MEALME"));
  const providers = [
    kroger,
    walmartSandbox(credentials.walmart, contextOf("WALMART_API")),
    instacartSandbox(credentials.instacartKey, contextOf("INSTACART")),
    mealMe,
  ];
  const byRoot = new Map(providers.map((provider) => [provider.root, provider]));

  async function handle(request: HttpRequest, wire: Wire): Promise<boolean> {
    const [, root = ""] = request.url.pathname.split("/");
    const provider = byRoot.get(root);
    if (provider) return await exchange(provider, request, wire, { log, faults, delays, quotas });
    return await send(root === "_sandbox" ? await control(request, sandbox) : NOT_FOUND, wire);
  }

  const server = serveHttp(port, (request, wire) =>
    handle(request, wire).catch((error) => {
      // A mistake of the sandbox's own: said here, because its client takes it for one of the provider's
      console.error(error);
      return send({ status: 500, body: { error: "The sandbox failed" } }, wire);
    }));
  const url = `http://127.0.0.1:${server.port}`;
  const sandbox: Sandbox = {
    url,
    env: environmentOf(url, credentials),
    faults,
    delays,
    prices,
    quotas,
    calls: () => log.all(),
    totalCalls: () => log.total,
    arrived: (total) => log.arrived(total),
    idle: () => log.idle(),
    orders: () => providers.flatMap((provider) => provider.orders()),
    setOrderStatus: (orderId, status) => mealMe.setStatus(orderId, status),
    shopperToken: () => kroger.shopperToken(),
    reset() {
      for (const part of [log, faults, delays, prices]) part.clear();
      quotas.reset();
      for (const provider of providers) provider.reset();
    },
    stop: () => server.stop(),
  };
  return sandbox;
}

const NOT_FOUND: Answer = { status: 404, body: { error: "Expected a provider's path but found another" } };

function send(answer: Answer, wire: Wire): Promise<boolean> {
  return wire.send(encodeAnswer(answer, false));
}
