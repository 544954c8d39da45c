import type { Sql } from "postgres";
import type { Caller } from "./caller.ts";
import { type RestError, restError } from "./json_response.ts";
import type { RequestSettings, RoleSettings, Settings } from "./request_settings.ts";
import { settingsStatement } from "./request_settings.ts";
import { readResponseSettings } from "./response_settings.ts";
import { failureResponse } from "./rest_failure.ts";
import { type RoutineAnswer, runCall } from "./rest_transaction.ts";
import { type GivenArguments, readArguments } from "./routine_arguments.ts";
import { callStatement } from "./routine_call.ts";
import type { Routine, RoutineCatalogue } from "./routine_catalogue.ts";
import { matchRoutine, withHint } from "./routine_match.ts";

/** One call of `/rest/v1/rpc/<name>`, its caller and schema already known. */
export interface RpcRequest {
  readonly request: Request;
  readonly url: URL;
  readonly name: string;
  readonly schema: string;
  readonly caller: Caller;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RpcOptions {
  readonly sql: Sql;
  readonly catalogue: RoutineCatalogue;
  readonly roles: () => Promise<RoleSettings>;
  /** Answers the calls whose query string shapes a set of rows: select, order, limit, filters. */
  readonly shaped: (rpc: RpcRequest, readOnly: boolean, hoisted: Settings) => Promise<Response>;
}

const METHODS = ["GET", "HEAD", "POST"];

/** Calls SQL functions as PostgREST does, its refusals included. */
export function createRpc(options: RpcOptions): (rpc: RpcRequest) => Promise<Response> {
  return async (rpc) => {
    const { method } = rpc.request;
    if (!METHODS.includes(method)) {
      return restError({ status: 405, code: "PGRST101", message: `Cannot use the ${method} method on RPC` });
    }
    try {
      return await answer(options, rpc);
    } catch (error) {
      return failureResponse(error, rpc.caller.role);
    }
  };
}

async function answer(options: RpcOptions, rpc: RpcRequest): Promise<Response> {
  const { method } = rpc.request;
  const isPost = method === "POST";
  const input = await readArguments(rpc.request, rpc.url);
  if ("code" in input) return restError(input);

  const routine = await findRoutine(options.catalogue, rpc, input.names, isPost);
  if ("code" in routine) return restError(routine);

  const readOnly = !isPost || !routine.volatile;
  if (routine.composite && (input.shaped || wantsShaping(rpc.request))) {
    return await options.shaped({ ...rpc, request: unread(rpc, input) }, readOnly, hoistedSettings(routine));
  }
  const settings: RequestSettings = { ...rpc, method, path: `/rpc/${rpc.name}` };
  const result = await runCall(
    options.sql,
    readOnly,
    settingsStatement(settings, await options.roles(), hoistedSettings(routine)),
    callStatement(routine, input.forRoutine(routine)),
  );
  return respond(result, routine, rpc);
}

async function findRoutine(
  catalogue: RoutineCatalogue,
  { schema, name }: RpcRequest,
  argumentNames: readonly string[],
  jsonBody: boolean,
): Promise<Routine | RestError> {
  const wanted = { schema, name, argumentNames, jsonBody };
  const known = matchRoutine(await catalogue.overloads(schema, name), wanted);
  if (!("code" in known)) return known;

  // it may have been created since the catalogue was read
  catalogue.forget();
  const found = matchRoutine(await catalogue.overloads(schema, name), wanted);
  if (!("code" in found) || found.code !== "PGRST202") return found;
  return withHint(found, schema, name, await catalogue.names(schema));
}

function hoistedSettings({ statementTimeout }: Routine): Settings {
  return statementTimeout === null ? [] : [["statement_timeout", statementTimeout]];
}

/** The same request with the body that was read from it. */
function unread({ request, url }: RpcRequest, { body }: GivenArguments): Request {
  return body === undefined ? request : new Request(url, { method: "POST", headers: request.headers, body });
}

function wantsShaping(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  return accept.includes("vnd.pgrst") || accept.includes("text/csv") || request.headers.has("range") ||
    (request.headers.get("prefer") ?? "").includes("count=");
}

function respond(result: RoutineAnswer, routine: Routine, { request, schema }: RpcRequest): Response {
  const settings = readResponseSettings(result.status, result.headers);
  if ("code" in settings) return restError(settings);

  const headers = new Headers({
    "content-range": result.rows === 0 ? "*/*" : `0-${result.rows - 1}/*`,
    "content-profile": schema,
  });
  if (!routine.void) headers.set("content-type", "application/json; charset=utf-8");
  // the first one that names a header replaces ours, the next ones are added to it
  const named = new Set<string>();
  for (const [name, value] of settings.headers) {
    if (named.has(name.toLowerCase())) headers.append(name, value);
    else headers.set(name, value);
    named.add(name.toLowerCase());
  }
  const status = settings.status ?? (routine.void ? 204 : 200);
  const hasBody = !routine.void && request.method !== "HEAD" && status !== 204 && status !== 205 &&
    status !== 304;
  return new Response(hasBody ? result.body : null, { status, headers });
}
