import type { StackKeys } from "../keys.ts";
import { createAuth } from "./auth.ts";
import { createBearerVerifier } from "./bearer.ts";
import { createCallerIdentifier } from "./caller.ts";
import { createFunctions } from "./functions.ts";
import { json } from "./json_response.ts";
import { createRest } from "./rest.ts";
import type { Incoming, Surface } from "./surface.ts";

export interface GatewayOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** 127.0.0.1 where absent. */
  readonly hostname?: string;
  /** Role `authenticator`: what REST connects as. */
  readonly authenticatorUrl: string;
  /** Role `supabase_auth_admin`: what Auth connects as. */
  readonly authAdminUrl: string;
  readonly keys: StackKeys;
  /** Answers `/realtime/v1/websocket` and `/realtime/v1/api/broadcast`. */
  readonly realtime?: (request: Request) => Response | Promise<Response>;
  /** The repository's root. */
  readonly root: string;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the platform's routes on one port: REST, Auth, functions and Realtime. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { promise: ready, resolve: open } = Promise.withResolvers<Surface>();
  const server = listen(options, async (incoming) => await (await ready).handle(incoming));
  const url = `http://${server.addr.hostname}:${server.addr.port}`;
  const parts = await createParts(options, url).catch(async (error) => {
    await server.shutdown();
    throw error;
  });
  open({
    handle: async (incoming) => await route(parts, options, incoming),
    stop: async () => {
      await Promise.all(parts.map(([, surface]) => surface.stop()));
    },
  });
  return {
    url,
    stop: async () => {
      await server.shutdown();
      await (await ready).stop();
    },
  };
}

type Part = readonly [prefix: string, surface: Surface];

async function createParts(options: GatewayOptions, url: string): Promise<readonly Part[]> {
  const { keys, authenticatorUrl, authAdminUrl, root } = options;
  const verify = createBearerVerifier(keys.signingKey);
  const identify = createCallerIdentifier(keys, verify);
  return [
    ["/functions/v1/", await createFunctions({ root, verify, url })],
    ["/auth/v1/", createAuth({ authAdminUrl, keys, verify, url })],
    ["/rest/v1/", await createRest({ authenticatorUrl, identify })],
  ];
}

async function route(
  parts: readonly Part[],
  { realtime }: GatewayOptions,
  incoming: Incoming,
): Promise<Response> {
  const { method } = incoming.request;
  const { pathname } = incoming.url;
  if (realtime && pathname.startsWith("/realtime/v1/")) return await realtime(incoming.request);
  if (pathname.startsWith("/storage/v1/")) return noStorage();

  const surface = parts.find(([prefix]) => pathname.startsWith(prefix))?.[1];
  if (!surface) return noRoute();
  try {
    return await surface.handle(incoming);
  } catch (error) {
    console.error(`${method} ${pathname} failed:`, error);
    return json(500, { message: "An unexpected error occurred" });
  }
}

function listen(
  { port, hostname = "127.0.0.1" }: GatewayOptions,
  handle: (incoming: Incoming) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const answer: Deno.ServeHandler<Deno.NetAddr> = (request, { remoteAddr }) => {
    const claimed = request.headers.get("x-forwarded-for");
    const forwardedFor = claimed ? `${claimed}, ${remoteAddr.hostname}` : remoteAddr.hostname;
    return handle({ request, url: new URL(request.url), forwardedFor });
  };
  try {
    return Deno.serve({ port, hostname, onListen: () => {} }, answer);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Expected port ${port} of ${hostname} to be free but another process listens on it`, {
      cause: error,
    });
  }
}

function noStorage(): Response {
  return json(501, {
    statusCode: "501",
    error: "not_implemented",
    message: "Storage is not part of the local stack; use `supabase start` or a hosted project for it",
  });
}

function noRoute(): Response {
  return json(404, { message: "no Route matched with those values" });
}
