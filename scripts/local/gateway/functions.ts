import type { BearerVerifier } from "./bearer.ts";
import { type FunctionConfig, readFunctions } from "./functions_config.ts";
import { refuseUnverified } from "./functions_jwt.ts";
import { json } from "./json_response.ts";
import type { Incoming, Surface } from "./surface.ts";

export interface FunctionsOptions {
  /** The repository's root; `supabase/config.toml` names the functions. */
  readonly root: string;
  readonly verify: BearerVerifier;
  /** The stack's own address, which functions see as the request's origin. */
  readonly url: string;
  /** How long a function may take to answer, in ms; the platform's 150 s where absent. */
  readonly idleTimeout?: number | undefined;
}

type FetchHandler = (request: Request) => Response | Promise<Response>;

const IDLE_TIMEOUT = 150_000;

/** `/functions/v1/<slug>`: every function of the project, in this process, imported at its first call. */
export async function createFunctions(options: FunctionsOptions): Promise<Surface> {
  const functions = await readFunctions(options.root);
  const loaded = new Map<string, Promise<FetchHandler>>();

  const load = (config: FunctionConfig): Promise<FetchHandler> => {
    const known = loaded.get(config.slug) ?? importHandler(config);
    loaded.set(config.slug, known);
    return known;
  };

  return {
    handle: async (incoming) => {
      const { request, url } = incoming;
      const slug = url.pathname.split("/")[3] ?? "";
      const config = functions.get(slug);
      if (!config) return platformError(404, "NOT_FOUND", "Requested function was not found");
      if (config.verifyJwt && request.method !== "OPTIONS") {
        const refusal = await refuseUnverified(request, options.verify);
        if (refusal) return refusal;
      }
      const handler = await load(config).catch((error) => bootFailure(slug, error));
      if (!handler) return platformError(503, "BOOT_ERROR", "Worker failed to boot (please check logs)");
      return await run(handler, asFunctionSees(incoming, options.url), slug, options.idleTimeout);
    },
    stop: () => Promise.resolve(),
  };
}

async function importHandler({ slug, entrypoint }: FunctionConfig): Promise<FetchHandler> {
  const module: { default?: { fetch?: FetchHandler } } = await import(entrypoint.href);
  const owner = module.default;
  if (typeof owner?.fetch !== "function") {
    throw new Error(`Expected the default export of function ${slug} to own a fetch function but found none`);
  }
  return owner.fetch.bind(owner);
}

/** The platform strips `/functions/v1`: a function's path begins with its own slug. */
function asFunctionSees({ request, url, forwardedFor }: Incoming, origin: string): Request {
  const target = new URL(url.pathname.slice("/functions/v1".length) + url.search, origin);
  const { method, headers, body } = request;
  const copy = new Request(target, { method, headers, body });
  const own = new URL(origin);
  copy.headers.set("x-forwarded-for", forwardedFor);
  // What the platform's proxy overwrites, whatever a client sends.
  copy.headers.set("cf-connecting-ip", forwardedFor.split(",").at(-1)!.trim());
  copy.headers.set("x-forwarded-host", own.hostname);
  copy.headers.set("x-forwarded-port", own.port);
  copy.headers.set("x-forwarded-proto", own.protocol.slice(0, -1));
  copy.headers.set("sb-request-id", crypto.randomUUID());
  return copy;
}

async function run(
  handler: FetchHandler,
  request: Request,
  slug: string,
  idleTimeout = IDLE_TIMEOUT,
): Promise<Response> {
  const { promise: idle, resolve } = Promise.withResolvers<Response>();
  const timer = setTimeout(
    () => resolve(platformError(504, "IDLE_TIMEOUT", "The function did not answer within the time limit")),
    idleTimeout,
  );
  try {
    return served(await Promise.race([handler(request), idle]), request);
  } catch (error) {
    console.error(`Function ${slug} failed:`, error);
    return platformError(500, "WORKER_ERROR", "Function exited due to an error (please check logs)");
  } finally {
    clearTimeout(timer);
  }
}

/** The headers the platform adds to every answer of a function. */
function served(response: Response, request: Request): Response {
  const copy = new Response(response.body, response);
  copy.headers.set("x-served-by", "tradepost-local-stack");
  const id = request.headers.get("sb-request-id");
  if (id) copy.headers.set("sb-request-id", id);
  return copy;
}

function bootFailure(slug: string, error: unknown): undefined {
  console.error(`Function ${slug} cannot be loaded:`, error);
}

function platformError(status: number, code: string, message: string): Response {
  return json(status, { code, message }, { "sb-error-code": code });
}
