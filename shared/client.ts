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

/** What a function takes. */
export type RequestOf<Name extends Slug> = z.input<Contracts[Name]["request"]>;

/** What a function answers. */
export type ResponseOf<Name extends Slug> = z.output<Contracts[Name]["response"]>;

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
  "openapi": "GET",
} as const satisfies Record<Slug, HttpMethod>;

export interface CallOptions {
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
  call<Name extends Slug>(
    name: Name,
    request: RequestOf<Name>,
    options?: CallOptions,
  ): Promise<ResponseOf<Name>>;
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
    async call(name, request, options = {}) {
      const method = METHODS[name];
      const answered = await transport({
        ...(method === "GET" ? { path: `${name}${toQuery(request)}` } : {
          path: name,
          body: JSON.stringify(request),
        }),
        method,
        headers: headersOf(options),
        signal: options.signal,
      }).catch((cause) => unanswered(cause, options.signal));
      return bodyOf(name, answered);
    },
  };
}

function bodyOf<Name extends Slug>(name: Name, answered: Answered): ResponseOf<Name> {
  if (!isAnswerOf(name, answered)) throw TradepostError.of(answered);
  return answered.body;
}

/** What the function answers is held to its contract by the tests, not by every page that calls it. */
function isAnswerOf<Name extends Slug>(
  _name: Name,
  answered: Answered,
): answered is Answered & { readonly body: ResponseOf<Name> } {
  return answered.status < 400;
}

function headersOf(options: CallOptions): Record<string, string> {
  return {
    "content-type": "application/json",
    ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
    ...(options.requestId === undefined ? {} : { "x-request-id": options.requestId }),
  };
}

function toQuery(request: object): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request)) {
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
