import type { z } from "zod";
import type { Contract, HttpMethod } from "../contract.ts";
import type { ErrorCode } from "../error_catalogue.ts";
import type { Actor } from "./actor.ts";
import type { Answer } from "./answer.ts";
import { ApiError } from "./api_error.ts";
import { inBackground } from "./background.ts";
import { clientAddress } from "./client_address.ts";
import { corsHeaders, preflightAnswer } from "./cors.ts";
import { authenticate } from "./credentials.ts";
import { openDatabase } from "./database.ts";
import { type Environment, type LogLevel, readEnvironment } from "./env.ts";
import type { Handler } from "./handler.ts";
import { idempotencyKeyOf } from "./idempotency_key.ts";
import { readJsonBody } from "./json_body.ts";
import { DatabaseFault } from "./database_error.ts";
import { loggedFault, type LogLine, writeLog } from "./log.ts";
import { requireMethod } from "./method.ts";
import { readQuery } from "./query.ts";
import { requestIdOf } from "./request_id.ts";
import { errorAnswer, toResponse } from "./response.ts";
import { reportFault } from "./sentry.ts";
import { validate } from "./validate.ts";

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

export interface EndpointOptions {
  /** Stands for the process's environment. */
  readonly env?: Environment;
  /** Takes the log lines; default is the console. */
  readonly log?: (line: LogLine, least?: LogLevel) => void;
  /** How long one operation of the database may take, in milliseconds. Default 10 000. */
  readonly databaseTimeoutMs?: number;
}

/** What `Deno.serve`, `deno serve` and the Supabase edge runtime accept as a default export. */
export interface Endpoint {
  fetch(request: Request): Promise<Response>;
}

/** One request on its way; each field is known once its step is done. */
interface Passage {
  readonly request: Request;
  readonly requestId: string;
  readonly startedAt: number;
  env: Environment | undefined;
  cors: Readonly<Record<string, string>>;
  actor: Actor | undefined;
}

/**
 * Serves a contract: CORS, method, credentials, size, type, JSON and schema are judged in this order before the
 * handler runs, and every outcome leaves as the public body with one log line.
 *
 * @example
 * ```ts
 * export default endpoint(submitTask, ({ input, database }) =>
 *   database.call("submit_task", { task_id: input.taskId }));
 * ```
 */
export function endpoint<Input extends z.ZodType, Output extends z.ZodType>(
  contract: Contract<Input, Output>,
  handler: Handler<z.output<Input>>,
  options: EndpointOptions = {},
): Endpoint {
  return { fetch: (request) => serve(contract, handler, options, request) };
}

async function serve<Input extends z.ZodType>(
  contract: Contract<Input>,
  handler: Handler<z.output<Input>>,
  options: EndpointOptions,
  request: Request,
): Promise<Response> {
  const passage: Passage = {
    request,
    requestId: requestIdOf(request.headers),
    startedAt: performance.now(),
    env: undefined,
    cors: {},
    actor: undefined,
  };
  const outcome = await attempt(() => pass(contract, handler, options, passage));
  const error = outcome instanceof ApiError ? outcome : undefined;
  const answer = outcome instanceof ApiError ? errorAnswer(outcome, passage.requestId) : outcome;
  (options.log ?? writeLog)(logLine(contract.name, passage, answer.status, error), passage.env?.logLevel);
  if (error !== undefined && isFault(error)) await report(contract.name, passage, error);
  return toResponse(answer, passage.requestId, passage.cors);
}

/** Answers of 503 that say that others are away, or that nobody can serve a wish: no fault of ours. */
const OTHERS_ABSENCE: ReadonlySet<ErrorCode> = new Set(["no_valid_quotes", "provider_unavailable"]);

/** Ours to mend: what nobody foresaw, a job that failed, and a database that gave up on a deadlock or a timeout. */
function isFault({ code, status, cause }: ApiError): boolean {
  return status === 500 || code === "job_failed" || (status === 503 && cause instanceof DatabaseFault);
}

async function attempt(step: () => Promise<Answer>): Promise<Answer | ApiError> {
  try {
    return await step();
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown : new ApiError("internal_error", { cause: thrown });
  }
}

async function pass<Input extends z.ZodType>(
  contract: Contract<Input>,
  handler: Handler<z.output<Input>>,
  options: EndpointOptions,
  passage: Passage,
): Promise<Answer> {
  const { request, requestId } = passage;
  const env = passage.env = options.env ?? readEnvironment();
  passage.cors = corsHeaders(request.headers.get("origin"), env.allowedOrigins);
  if (request.method === "OPTIONS") return preflightAnswer(passage.cors);
  const method = requireMethod(request.method, contract.methods);
  const actor = passage.actor = await authenticate(request.headers, contract.auth, env.supabase);
  const idempotencyKey = idempotencyKeyOf(request.headers);
  const input = validate(contract.request, await readInput(request, method, contract.maxBodyBytes));
  const database = {
    supabase: env.supabase,
    actor,
    requestId,
    idempotencyKey,
    timeoutMs: options.databaseTimeoutMs,
  };
  return await handler({
    input,
    method,
    actor,
    database: openDatabase(database),
    ownDatabase: openDatabase({
      ...database,
      onBehalfFrom: clientAddress(request.headers, env.clientAddressHeader),
    }),
    requestId,
    request,
    env,
  });
}

function readInput(request: Request, method: HttpMethod, maxBodyBytes = DEFAULT_MAX_BODY_BYTES): unknown {
  if (method === "GET" || method === "DELETE") return readQuery(request.url);
  return readJsonBody(request, maxBodyBytes);
}

async function report(functionName: string, passage: Passage, error: ApiError): Promise<void> {
  if (passage.env === undefined) return;
  const context = { functionName, requestId: passage.requestId, code: error.code };
  await inBackground(reportFault(error.cause ?? error, context, passage.env));
}

function logLine(
  functionName: string,
  passage: Passage,
  status: number,
  error: ApiError | undefined,
): LogLine {
  const isFault = status >= 500 && !(error !== undefined && OTHERS_ABSENCE.has(error.code));
  return {
    level: isFault ? "error" : "info",
    time: new Date().toISOString(),
    requestId: passage.requestId,
    function: functionName,
    method: passage.request.method,
    status,
    ...(error === undefined ? {} : { code: error.code }),
    durationMs: Math.round((performance.now() - passage.startedAt) * 100) / 100,
    actorKind: passage.actor?.kind ?? "unknown",
    ...(isFault && error !== undefined ? { fault: loggedFault(error.cause ?? error) } : {}),
  };
}
