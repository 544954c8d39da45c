import postgres, { type Sql } from "postgres";
import type { CallerIdentifier } from "./caller.ts";
import { allowEveryOrigin, preflight } from "./cors.ts";
import { json, restError } from "./json_response.ts";
import { reconnectAfter } from "./reconnect.ts";
import { readRoleSettings, type RoleSettings } from "./request_settings.ts";
import { failureResponse } from "./rest_failure.ts";
import { createRpc } from "./rest_rpc.ts";
import { createTables } from "./rest_tables.ts";
import { createRoutineCatalogue } from "./routine_catalogue.ts";
import type { Incoming, Surface } from "./surface.ts";

/** The schemas the Data API serves; the first is the one nobody has to name. */
export const EXPOSED_SCHEMAS = ["public", "api"] as const;

export interface RestOptions {
  readonly authenticatorUrl: string;
  readonly identify: CallerIdentifier;
}

/** `/rest/v1`: functions by our own strict calls, tables by @supabase/lite. */
export async function createRest({ authenticatorUrl, identify }: RestOptions): Promise<Surface> {
  const sql = connect(authenticatorUrl);
  const catalogue = createRoutineCatalogue(sql, EXPOSED_SCHEMAS);
  const roles = rememberRoles(sql);
  const tables = createTables({ authenticatorUrl, schemas: EXPOSED_SCHEMAS, roles: roles.read });
  const rpc = createRpc({ sql, catalogue, roles: roles.read, shaped: tables.handle });
  const forget = () => {
    for (const each of [roles, catalogue, tables]) each.forget();
  };
  // also whenever the connection is made anew: what was announced in between is lost
  await sql.listen("pgrst", forget, forget);

  const answer = async ({ request, url, forwardedFor }: Incoming): Promise<Response> => {
    const caller = await identify(request, url);
    if (caller instanceof Response) return caller;
    const schema = chooseSchema(request);
    if (!schema) return unknownSchema(request);
    const path = url.pathname.slice("/rest/v1/".length);
    if (path === "") return noDescription();

    const name = path.match(/^rpc\/([^/]+)$/)?.[1];
    const headers = { ...Object.fromEntries(request.headers), "x-forwarded-for": forwardedFor };
    if (name === undefined) return await tables.handle({ request, url, caller, headers }, reads(request));
    return await rpc({ request, url, name: decodeURIComponent(name), schema, caller, headers });
  };

  return {
    handle: async (incoming) => {
      if (incoming.request.method === "OPTIONS") return preflight(incoming.request);
      return allowEveryOrigin(await answer(incoming).catch((error) => failureResponse(error, "anon")));
    },
    stop: async () => {
      await Promise.all([sql.end({ timeout: 5 }), tables.stop()]);
    },
  };
}

function connect(url: string): Sql {
  return postgres(url, {
    max: 20,
    connect_timeout: 5,
    backoff: reconnectAfter,
    // false would leave whoever reserves a new connection waiting for ever (postgres.js 3.4.9)
    fetch_types: true,
    onnotice: () => {},
    connection: { application_name: "tradepost rest", TimeZone: "UTC" },
  });
}

function rememberRoles(sql: Sql): { read(): Promise<RoleSettings>; forget(): void } {
  let reading: Promise<RoleSettings> | undefined;
  const forget = () => {
    reading = undefined;
  };
  const read = () => {
    reading ??= readRoleSettings(sql).catch((error) => {
      forget();
      throw error;
    });
    return reading;
  };
  return { read, forget };
}

function profileOf(request: Request): string | null {
  return request.headers.get(reads(request) ? "accept-profile" : "content-profile");
}

function reads({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function chooseSchema(request: Request): string | undefined {
  const profile = profileOf(request);
  return profile === null ? EXPOSED_SCHEMAS[0] : EXPOSED_SCHEMAS.find((schema) => schema === profile);
}

function unknownSchema(request: Request): Response {
  return restError({
    status: 406,
    code: "PGRST106",
    message: `Invalid schema: ${profileOf(request)}`,
    hint: `Only the following schemas are exposed: ${EXPOSED_SCHEMAS.join(", ")}`,
  });
}

function noDescription(): Response {
  return json(404, {
    code: "PGRST126",
    message: "Root endpoint metadata is disabled",
    details: null,
    hint: null,
  });
}
