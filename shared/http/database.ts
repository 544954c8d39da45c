import { createAdminClient, createContextClient } from "@supabase/server/core";
import type { SupabaseEnv } from "@supabase/server";
import type { Actor } from "./actor.ts";
import type { Answer } from "./answer.ts";
import { ApiError } from "./api_error.ts";
import { type Exchange, interpret } from "./database_answer.ts";

const DEFAULT_TIMEOUT_MS = 25_000;

/** The operations of schema `api`, called as whoever calls the function. */
export interface Database {
  /**
   * Runs one operation: one round trip, one transaction.
   *
   * @param options `timeoutMs`: how long it may take, where that is less than usual.
   * @returns its answer with the HTTP status it chose.
   * @throws {ApiError} for a refusal, and for faults of Postgres and of the way there.
   */
  call(
    operation: string,
    args?: Readonly<Record<string, unknown>>,
    options?: { readonly timeoutMs?: number },
  ): Promise<Answer>;
}

export interface DatabaseOptions {
  readonly supabase: SupabaseEnv;
  readonly actor: Actor;
  /**
   * Set where the function itself calls, with its own key, on the actor's behalf: where it tells what only it can
   * know. It is the address of an actor without credentials.
   */
  readonly onBehalfFrom?: string | undefined;
  readonly requestId: string;
  readonly idempotencyKey?: string | undefined;
  /** How long one operation may take, in milliseconds. Default 25 000: above what any operation grants itself. */
  readonly timeoutMs?: number | undefined;
}

/** Opens the database for one request. */
export function openDatabase(options: DatabaseOptions): Database {
  return {
    call: (operation, args = {}, { timeoutMs = Infinity } = {}) =>
      call(options, operation, args, Math.min(timeoutMs, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)),
  };
}

async function call(
  options: DatabaseOptions,
  operation: string,
  args: Readonly<Record<string, unknown>>,
  timeoutMs: number,
): Promise<Answer> {
  let exchange: Exchange | undefined;
  const keepExchange: typeof fetch = async (input, init) => {
    const response = await fetch(input, unrepeatable(init));
    exchange = { status: response.status, headers: response.headers, text: await response.text() };
    // The client gets nothing to parse: it keeps neither the headers nor a body beside an error status.
    return new Response(null, { status: 204 });
  };
  const client = clientFor(options, keepExchange);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), Math.max(0, timeoutMs));
  try {
    const { error } = await client.rpc(operation, args).abortSignal(timeout.signal);
    if (exchange === undefined) throw unreachable(error);
    return interpret(operation, options.actor, exchange);
  } finally {
    clearTimeout(timer);
  }
}

function clientFor(options: DatabaseOptions, fetch: typeof globalThis.fetch) {
  const { supabase: env, actor, onBehalfFrom } = options;
  const supabaseOptions = {
    // Writes without an Idempotency-Key must not run twice, and the function's own time is short.
    db: { schema: "api" as const, retry: false },
    global: { fetch, headers: forwardedHeaders(options) },
  };
  if (onBehalfFrom !== undefined) {
    return createAdminClient({ env, auth: { keyName: "default" }, supabaseOptions });
  }
  if ("keyName" in actor) {
    return createAdminClient({ env, auth: { keyName: actor.keyName }, supabaseOptions });
  }
  if (actor.kind === "user") {
    return createContextClient({ env, auth: { token: actor.token }, supabaseOptions });
  }
  return createContextClient({ env, supabaseOptions });
}

function forwardedHeaders(options: DatabaseOptions): Record<string, string> {
  return {
    "x-request-id": options.requestId,
    ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
    ...actorHeaders(options),
  };
}

/** Postgres verifies an agent's token, and whom the function says it acts for: he must exist and may be refused. */
function actorHeaders({ actor, onBehalfFrom }: DatabaseOptions): Record<string, string> {
  if (onBehalfFrom === undefined) return actor.kind === "agent" ? { "x-agent-token": actor.token } : {};
  switch (actor.kind) {
    case "user":
      return { "x-acting-user": actor.userId };
    case "agent":
      return { "x-acting-agent-token": actor.token };
    case "anonymous":
      return { "x-acting-guest": onBehalfFrom };
    default:
      return {};
  }
}

function unreachable(cause: unknown): ApiError {
  return new ApiError("dependency_unavailable", { headers: { "retry-after": "5" }, cause });
}

/**
 * The runtime sends a request with a text for a body again, unasked, where a kept connection is cut before the answer;
 * a Blob it sends once. An operation without an Idempotency-Key must not run twice.
 */
function unrepeatable(init: RequestInit | undefined): RequestInit | undefined {
  return typeof init?.body === "string" ? { ...init, body: new Blob([init.body]) } : init;
}
