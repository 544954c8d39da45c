import { allowEveryOrigin, preflight } from "../gateway/cors.ts";
import { handleBroadcast } from "./broadcast_endpoint.ts";
import type { Caller } from "./channel_join.ts";
import { Connection } from "./connection.ts";
import { connectDatabase } from "./database.ts";
import { startFeeds } from "./feeds.ts";
import type { ProtocolVersion } from "./frames.ts";
import { Hub } from "./hub.ts";
import type { Claims, KeyRole } from "./identity.ts";
import { LIMITS } from "./limits.ts";
import type { Services } from "./services.ts";
import { Wire } from "./wire.ts";

export interface RealtimeOptions {
  /** A superuser's URL: the server replicates and becomes each of the API roles. */
  readonly databaseUrl: string;
  /** Resolves with a token's claims; rejects where its signature or times are not right. */
  readonly verify: (token: string) => Promise<Claims>;
  /** The role behind an API key; `null` for a key that is not of this project. */
  readonly keyRole: (apikey: string) => KeyRole | null;
  /** Publication of `postgres_changes`, by default `supabase_realtime`. */
  readonly publication?: string;
  /** Where faults are told, by default the error console. */
  readonly log?: (line: string) => void;
}

export interface Realtime {
  /** Answers `…/websocket` and `…/api/broadcast`; the request must be the one the HTTP server handed out. */
  handle(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 10_000;
const CLEAN_EVERY_MS = 3_600_000;

/**
 * Starts a Realtime server for one database that `platform/realtime.sql` was applied to. It resolves once
 * what is committed reaches subscribers.
 *
 * @throws where the database is not reachable or lacks `platform/realtime.sql`
 */
export async function startRealtime(options: RealtimeOptions): Promise<Realtime> {
  const log = options.log ?? ((line) => console.error(`realtime: ${line}`));
  const { databaseUrl, publication = "supabase_realtime" } = options;
  const database = connectDatabase({ databaseUrl, publication, log });
  const connections = new Set<Connection>();
  const hub = new Hub();

  const feeds = startFeeds({ databaseUrl, publication, hub, database, log });
  const services: Services = { hub, database, log, verify: options.verify, feedsLive: feeds.live };
  const clean = () =>
    database.removeMessagesBefore(LIMITS.retentionHours).catch((error) => log(`Old messages stay: ${error}`));
  const timers = [
    setInterval(() => sweep(connections), SWEEP_EVERY_MS),
    setInterval(clean, CLEAN_EVERY_MS),
  ];
  const stop = async () => {
    timers.forEach(clearInterval);
    for (const connection of connections) connection.end(1001, "Realtime was stopped");
    await feeds.stop();
    await database.stop();
  };

  try {
    await database.prepare();
    await feeds.live();
    await database.removeMessagesBefore(LIMITS.retentionHours);
  } catch (cause) {
    await stop();
    throw new Error("Expected a database that Realtime can replicate from", { cause });
  }
  return { handle: (request) => handle(request, options, services, connections), stop };
}

async function handle(
  request: Request,
  options: RealtimeOptions,
  services: Services,
  connections: Set<Connection>,
): Promise<Response> {
  if (request.method === "OPTIONS") return preflight(request);
  const url = new URL(request.url);
  const apikey = url.searchParams.get("apikey") ?? request.headers.get("apikey") ??
    request.headers.get("x-api-key");
  if (!apikey) return refuse(401, "Expected an API key in `apikey` and found none");
  const keyRole = options.keyRole(apikey);
  if (!keyRole) return refuse(401, "Expected an API key of this project and found another");

  const caller: Caller = { keyRole, headers: visibleHeaders(request.headers) };
  if (url.pathname.includes("/api/broadcast")) {
    return allowEveryOrigin(await handleBroadcast(request, caller, services));
  }
  if (!url.pathname.endsWith("/websocket")) return refuse(404, "Expected /websocket or /api/broadcast");
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return refuse(426, "Expected a WebSocket handshake");
  }
  const version = readVersion(url.searchParams.get("vsn"));
  if (!version) return refuse(400, "Expected vsn 1.0.0 or 2.0.0");
  return accept(request, version, caller, services, connections);
}

function accept(
  request: Request,
  version: ProtocolVersion,
  caller: Caller,
  services: Services,
  connections: Set<Connection>,
): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  const connection = new Connection(new Wire(socket, version), caller, services);
  socket.onopen = () => connections.add(connection);
  socket.onmessage = (event) => connection.receive(event.data);
  // an error is followed by a close
  socket.onerror = () => {};
  socket.onclose = () => {
    connections.delete(connection);
    connection.drop();
  };
  return response;
}

function sweep(connections: Set<Connection>): void {
  for (const connection of connections) {
    if (connection.silentFor > LIMITS.silenceMs) connection.end(1000, "No heartbeat");
  }
}

function readVersion(vsn: string | null): ProtocolVersion | null {
  if (vsn === null || vsn === "1.0.0") return "1.0.0";
  return vsn === "2.0.0" ? vsn : null;
}

// what policies may read; credentials stay out of the database
function visibleHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-") && name !== "x-api-key"));
}

function refuse(status: number, error: string): Response {
  return allowEveryOrigin(Response.json({ error }, { status }));
}
