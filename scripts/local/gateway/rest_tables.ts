import { App } from "@supabase/lite";
import { SignJWT } from "jose";
import postgres from "postgres";
import { type RoleSettings, type Settings, visibleSettings } from "./request_settings.ts";
import type { RpcRequest } from "./rest_rpc.ts";
import { failureResponse } from "./rest_failure.ts";
import { isConnectionLoss } from "./rest_transaction.ts";
import { type Passage, TablesConnection } from "./tables_connection.ts";

/** One request for a table, or for a function whose rows the query string shapes. */
export type TableRequest = Pick<RpcRequest, "request" | "url" | "caller" | "headers">;

export interface Tables {
  /** @param hoisted What a function called sets for itself. */
  handle(table: TableRequest, readOnly: boolean, hoisted?: Settings): Promise<Response>;
  /** Forgets what is known of the tables' columns and relationships. */
  forget(): void;
  stop(): Promise<void>;
}

/** Known to this process alone: it only carries a caller, already judged, into the library. */
const HANDOVER_SECRET = crypto.randomUUID() + crypto.randomUUID();

export interface TablesOptions {
  readonly authenticatorUrl: string;
  readonly schemas: readonly string[];
  readonly roles: () => Promise<RoleSettings>;
}

/** Tables by @supabase/lite: reads on connections that cannot write, writes on others. */
export function createTables({ authenticatorUrl, schemas, roles }: TablesOptions): Tables {
  const reader = new TablesConnection(authenticatorUrl, true);
  const writer = new TablesConnection(authenticatorUrl, false);
  const readers = createApp(reader, schemas);
  const writers = createApp(writer, schemas);

  return {
    handle: async (table, readOnly, hoisted = []) => {
      const [connection, app] = readOnly ? [reader, readers] : [writer, writers];
      const settings = [...(await roles()).get(table.caller.role) ?? [], ...hoisted];
      const response = await pass(connection, app, table, settings);
      if (!reads(table) || !await missesRelation(response)) return response;
      // it may have been created since the catalogue was read
      connection.forget();
      return await pass(connection, app, table, settings);
    },
    forget: () => {
      reader.forget();
      writer.forget();
    },
    stop: async () => {
      await Promise.all([reader.close(), writer.close()]);
    },
  };
}

function createApp(connection: TablesConnection, schemas: readonly string[]): App {
  return new App({
    connection,
    api: { schemas: [...schemas], max_rows: 1000 },
    auth: { enabled: true, jwt_secret: HANDOVER_SECRET },
    storage: { enabled: false },
    // the gateway has judged the key before
    options: { server: { apiKeys: false } },
  });
}

async function pass(
  connection: TablesConnection,
  app: App,
  table: TableRequest,
  settings: Settings,
): Promise<Response> {
  const { request: { method }, url: { pathname } } = table;
  const visible = visibleSettings({ ...table, method, path: pathname.slice("/rest/v1".length) });
  const passage: Passage = { settings: Object.fromEntries([...settings, ...visible]) };
  const handedOver = await handOver(table);
  const response = await connection.during(passage, async () => await app.fetch(handedOver));
  if (response.ok || !isDatabaseFailure(passage.failure)) return response;
  return failureResponse(passage.failure, table.caller.role);
}

function reads({ request: { method } }: TableRequest): boolean {
  return method === "GET" || method === "HEAD";
}

async function missesRelation(response: Response): Promise<boolean> {
  if (response.status !== 404 && response.status !== 400) return false;
  return /"code":"PGRST20[05]"/.test(await response.clone().text());
}

function isDatabaseFailure(error: unknown): boolean {
  return error instanceof postgres.PostgresError || isConnectionLoss(error);
}

/**
 * The same request, with the caller's role in the only form the library reads. Nothing but the role: whoever a
 * token names besides, the library looks up in schema auth, which the Data API's role may not read. The claims
 * reach SQL by the request's settings.
 */
async function handOver({ request, url, caller, headers }: TableRequest): Promise<Request> {
  const token = await new SignJWT({ role: caller.role })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(HANDOVER_SECRET));
  const target = new URL(url);
  target.searchParams.delete("apikey");
  const { apikey: _judged, ...passed } = headers;
  return new Request(target, {
    method: request.method,
    headers: { ...passed, authorization: `Bearer ${token}` },
    body: request.body,
  });
}
