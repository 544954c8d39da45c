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
   * @returns its answer with the HTTP status it chose.
   * @throws {ApiError} for a refusal, and for faults of Postgres and of the way there.
   */
  call(operation: string, args?: Readonly<Record<string, unknown>>): Promise<Answer>;
}

export interface DatabaseOptions {
  readonly supabase: SupabaseEnv;
  readonly actor: Actor;
  readonly requestId: string;
  readonly idempotencyKey?: string | undefined;
  /** How long one operation may take, in milliseconds. Default 25 000: above what any operation grants itself. */
  readonly timeoutMs?: number | undefined;
}

/** Opens the database for one request. */
export function openDatabase(options: DatabaseOptions): Database {
  return { call: (operation, args = {}) => call(options, operation, args) };
}

async function call(
  options: DatabaseOptions,
  operation: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  let exchange: Exchange | undefined;
  const keepExchange: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    exchange = { status: response.status, headers: response.headers, text: await response.text() };
    // The client gets nothing to parse: it keeps neither the headers nor a body beside an error status.
    return new Response(null, { status: 204 });
  };
  const client = clientFor(options, keepExchange);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const { error } = await client.rpc(operation, args).abortSignal(timeout.signal);
    if (exchange === undefined) throw unreachable(error);
    return interpret(operation, options.actor, exchange);
  } finally {
    clearTimeout(timer);
  }
}

function clientFor(options: DatabaseOptions, fetch: typeof globalThis.fetch) {
  const { supabase: env, actor } = options;
  const supabaseOptions = {
    // Writes without an Idempotency-Key must not run twice, and the function's own time is short.
    db: { schema: "api" as const, retry: false },
    global: { fetch, headers: forwardedHeaders(options) },
  };
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
    ...(options.actor.kind === "agent" ? { "x-agent-token": options.actor.token } : {}),
  };
}

function unreachable(cause: unknown): ApiError {
  return new ApiError("dependency_unavailable", { headers: { "retry-after": "5" }, cause });
}
