/**
 * A typed client of the public functions, from the contracts they are served by. It carries no schemas, so that
 * it is light enough for a page.
 */
import type { z } from "zod";
import { TradepostError } from "./client_error.ts";
import { type Answered, fetchTransport, readJson, type Transport } from "./client_transport.ts";
import type { HttpMethod } from "./contract.ts";
import type { Contracts, Slug } from "./contracts.ts";

export { TradepostError } from "./client_error.ts";

type VariantsOf<Name extends Slug> = NonNullable<Contracts[Name]["variants"]>;

/** The methods a function is called by: its first, and those that do otherwise. */
export type MethodOf<Name extends Slug> =
  | typeof METHODS[Name]
  | Extract<keyof VariantsOf<Name>, HttpMethod>;

/** What a function's method stands for: its variant, or the function itself. */
type ContractOf<Name extends Slug, Method> = Method extends keyof VariantsOf<Name> ? VariantsOf<Name>[Method]
  : Contracts[Name];

/** What a function takes, by its first method unless another is named. */
export type RequestOf<Name extends Slug, Method extends MethodOf<Name> = typeof METHODS[Name]> =
  ContractOf<Name, Method> extends { readonly request: infer Schema extends z.ZodType } ? z.input<Schema>
    : never;

/** What a function answers, by its first method unless another is named. */
export type ResponseOf<Name extends Slug, Method extends MethodOf<Name> = typeof METHODS[Name]> =
  ContractOf<Name, Method> extends { readonly response: infer Schema extends z.ZodType } ? z.output<Schema>
    : never;

/** How each function is called; the type holds the list complete, a test holds it true. */
export const METHODS = {
  "create-task": "POST",
  "list-tasks": "GET",
  "submit-task": "POST",
  "approve": "POST",
  "assign": "POST",
  "complete": "POST",
  "cancel-task": "POST",
  "task-stats": "GET",
  "create-session": "POST",
  "get-session": "GET",
  "submit-bid": "POST",
  "set-auto-bid": "POST",
  "withdraw-bid": "POST",
  "cancel-session": "POST",
  "notifications": "GET",
  "session-cleanup": "POST",
  "expiration-warnings": "POST",
  "archive-sessions": "POST",
  "deliver-notifications": "POST",
  "route-order": "POST",
  "loopgpt_route_order": "POST",
  "confirm-order": "POST",
  "cancel-route": "POST",
  "record-outcome": "POST",
  "explain-route": "GET",
  "provider-webhook": "POST",
  "reconcile-orders": "POST",
  "openapi": "GET",
} as const satisfies Record<Slug, HttpMethod>;

export interface CallOptions<Method extends HttpMethod = HttpMethod> {
  /** For functions whose methods do different things; their first one where absent. */
  readonly method?: Method;
  /** 1 to 255 printable characters; the same key and request get the same answer for 24 hours. */
  readonly idempotencyKey?: string;
  /** Goes to logs and audit. */
  readonly requestId?: string;
  readonly signal?: AbortSignal;
}

export interface TradepostClient {
  /**
   * Calls one function.
   *
   * @throws {TradepostError} for every answer that is an error, and where there is none.
   */
  call<Name extends Slug, Method extends MethodOf<Name> = typeof METHODS[Name]>(
    name: Name,
    request: RequestOf<Name, Method>,
    options?: CallOptions<Method>,
  ): Promise<ResponseOf<Name, Method>>;
}

export interface ClientOptions {
  /** The project's URL, such as http://127.0.0.1:54321. */
  readonly url: string;
  /** Publishable key; on a server, where nobody can read it, a named secret key. */
  readonly apikey: string;
  /** A user's access token. */
  readonly accessToken?: string;
  /** An agent's token; instead of a user's. */
  readonly agentToken?: string;
  /** Asked before every call, for tokens that are refreshed. */
  readonly getAccessToken?: () => string | undefined | Promise<string | undefined>;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Makes a client that calls by `fetch`.
 *
 * @example
 * ```ts
 * const client = createTradepostClient({ url, apikey, agentToken });
 * const { tasks } = await client.call("list-tasks", { status: ["pending"] });
 * ```
 */
export function createTradepostClient(options: ClientOptions): TradepostClient {
  return clientOver(fetchTransport(options));
}

/** The part of a supabase-js client that is needed here. */
export interface SupabaseLike {
  readonly functions: {
    invoke(name: string, options: {
      method: HttpMethod;
      headers: Record<string, string>;
      body?: string;
      signal?: AbortSignal;
    }): Promise<{ data: unknown; error: unknown; response?: Response | undefined }>;
  };
}

/** Makes a client that calls as whoever is signed in to a supabase-js client. */
export function fromSupabase(supabase: SupabaseLike): TradepostClient {
  return clientOver(async ({ path, method, headers, body, signal }) => {
    const { data, error, response } = await supabase.functions.invoke(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response === undefined) throw error;
    return {
      status: response.status,
      headers: response.headers,
      body: error ? await readJson(response) : data,
    };
  });
}

function clientOver(transport: Transport): TradepostClient {
  return {
    async call<Name extends Slug, Method extends MethodOf<Name> = typeof METHODS[Name]>(
      name: Name,
      request: RequestOf<Name, Method>,
      options: CallOptions<Method> = {},
    ) {
      const method = options.method ?? METHODS[name];
      const isQueried = method === "GET" || method === "DELETE";
      const answered = await transport({
        ...(isQueried ? { path: name + toQuery(request) } : { path: name, body: JSON.stringify(request) }),
        method,
        headers: headersOf(options),
        signal: options.signal,
      }).catch((cause) => unanswered(cause, options.signal));
      return bodyOf<ResponseOf<Name, Method>>(answered);
    },
  };
}

function bodyOf<Body>(answered: Answered): Body {
  if (!isAnswer<Body>(answered)) throw TradepostError.of(answered);
  return answered.body;
}

/** What the function answers is held to its contract by the tests, not by every page that calls it. */
function isAnswer<Body>(answered: Answered): answered is Answered & { readonly body: Body } {
  return answered.status < 400;
}

function headersOf(options: CallOptions): Record<string, string> {
  return {
    "content-type": "application/json",
    ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
    ...(options.requestId === undefined ? {} : { "x-request-id": options.requestId }),
  };
}

function toQuery(request: unknown): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(Object(request))) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(key, String(one));
  }
  return query.size === 0 ? "" : `?${query}`;
}

function unanswered(cause: unknown, signal: AbortSignal | undefined): never {
  // Whoever gave up knows why; his own reason goes back to him.
  if (signal?.aborted) throw cause;
  throw new TradepostError("The function could not be reached", { code: "unreachable", status: 0, cause });
}
