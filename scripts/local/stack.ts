import { join } from "@std/path";
import { withConnection } from "./connect.ts";
import { DATABASE, prepareDatabases, superuserUrl, TEMPLATE_DATABASE } from "./databases.ts";
import { demoAccounts } from "./demo_accounts.ts";
import { createBearerVerifier } from "./gateway/bearer.ts";
import { startGateway } from "./gateway/gateway.ts";
import { startHttpQueue } from "./http_queue.ts";
import { loadKeys, type StackKeys } from "./keys.ts";
import { type PlatformSettings, setFunctionEnvironment, setVaultSecrets } from "./platform_settings.ts";
import { type Cluster, startCluster } from "./postgres/cluster.ts";
import { type ReservedPort, reservePort } from "./postgres/ports.ts";
import { type Realtime, startRealtime } from "./realtime/realtime.ts";
import { startProviderSandbox } from "./provider_sandbox.ts";
import { startScheduler } from "./scheduler.ts";
import { ROOT, type StackInfo } from "./stack_file.ts";

/** Options of {@linkcode startStack}. */
export interface StackOptions {
  /** The gateway's port; 54321 where absent, 0 for any free one. */
  readonly port?: number;
  /** Postgres' port; the gateway's plus one where absent, any free one where that is 0. */
  readonly dbPort?: number;
  /** `.tradepost/data` where absent. An ephemeral stack has a temporary folder of its own and takes none. */
  readonly dataDir?: string;
  /** Fast, and gone when it stops. */
  readonly ephemeral?: boolean;
  /** Folder with the programs of another Postgres than the embedded one. */
  readonly binDir?: string;
}

/** A stack that serves. */
export interface RunningStack {
  readonly info: StackInfo;
  /** Where the data really is. */
  readonly dataFolder: string;
  stop(): Promise<void>;
}

const DEFAULT_PORT = 54321;

/** Where data is kept unless an option says otherwise. */
export const DEFAULT_DATA_FOLDER = join(ROOT, ".tradepost", "data");

/**
 * Starts the whole platform on 127.0.0.1: Postgres with the migrations applied, REST, Auth, functions,
 * Realtime, schedules, outgoing requests and the demo accounts.
 *
 * @throws Error with one sentence that says what was in the way; nothing is left running then.
 */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const parts = new AsyncDisposableStack();
  try {
    return { ...await startParts(options, parts), stop: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function startParts(
  options: StackOptions,
  parts: AsyncDisposableStack,
): Promise<Omit<RunningStack, "stop">> {
  const reserved = reservePort({ port: options.port ?? DEFAULT_PORT, option: "--port" });
  parts.defer(reserved.release);
  const cluster = await startDatabase(options, parts);
  const keys = await loadKeys(cluster.folder);
  await prepareDatabases(cluster);

  const settings: PlatformSettings = {
    apiUrl: `http://127.0.0.1:${reserved.port}`,
    dbUrl: cluster.url({ role: "postgres", database: DATABASE }),
    keys,
  };
  setFunctionEnvironment(settings);
  const sandbox = await startProviderSandbox();
  if (sandbox !== undefined) parts.defer(() => sandbox.stop());
  await startServers(cluster, keys, reserved, parts);
  const accounts = await withConnection(settings.dbUrl, async (sql) => {
    await setVaultSecrets(sql, settings);
    const { apiUrl, keys: { publishableKey } } = settings;
    return await demoAccounts({ apiUrl, publishableKey, sql, folder: cluster.folder });
  });
  await startBackgroundWork(cluster, parts);
  return {
    info: { ...describe(cluster, settings, accounts), ...(sandbox && { sandboxUrl: sandbox.url }) },
    dataFolder: cluster.folder,
  };
}

async function startDatabase(options: StackOptions, parts: AsyncDisposableStack): Promise<Cluster> {
  const { port = DEFAULT_PORT, ephemeral = false } = options;
  if (ephemeral && options.dataDir !== undefined) {
    throw new Error(
      `Expected --ephemeral or --data but found both: an ephemeral stack would remove ${options.dataDir}`,
    );
  }
  const dataDir = ephemeral
    ? await Deno.makeTempDir({ prefix: "tradepost-" })
    : options.dataDir ?? DEFAULT_DATA_FOLDER;
  // The server's guard empties the folder; its account may lack the right to remove the folder itself.
  if (ephemeral) parts.defer(() => Deno.remove(dataDir, { recursive: true }).catch(() => {}));
  const cluster = await startCluster({
    dataDir,
    port: options.dbPort ?? (port === 0 ? 0 : port + 1),
    durable: !ephemeral,
    ...(options.binDir ? { binDir: options.binDir } : {}),
  });
  parts.defer(() => cluster.stop());
  return cluster;
}

async function startServers(
  cluster: Cluster,
  keys: StackKeys,
  reserved: ReservedPort,
  parts: AsyncDisposableStack,
): Promise<void> {
  const realtime = await startChannels(cluster, keys);
  parts.defer(() => realtime.stop());
  reserved.release();
  const gateway = await startGateway({
    port: reserved.port,
    authenticatorUrl: cluster.url({ role: "authenticator", database: DATABASE }),
    authAdminUrl: cluster.url({ role: "supabase_auth_admin", database: DATABASE }),
    keys,
    realtime: (request) => realtime.handle(request),
    root: ROOT,
  });
  parts.defer(() => gateway.stop());
}

async function startChannels(cluster: Cluster, keys: StackKeys): Promise<Realtime> {
  const verify = createBearerVerifier(keys.signingKey);
  const secrets = Object.values(keys.secretKeys);
  return await startRealtime({
    databaseUrl: superuserUrl(cluster, DATABASE),
    async verify(token) {
      const verdict = await verify(token);
      if ("claims" in verdict) return verdict.claims;
      throw new Error(verdict.refusal.message);
    },
    keyRole(apikey) {
      if (apikey === keys.publishableKey) return "anon";
      return secrets.includes(apikey) ? "service_role" : null;
    },
  });
}

async function startBackgroundWork(cluster: Cluster, parts: AsyncDisposableStack): Promise<void> {
  const url = superuserUrl(cluster, DATABASE);
  const queue = await startHttpQueue(url);
  parts.defer(() => queue.stop());
  if (cluster.hasRealCron) return;
  const scheduler = await startScheduler(url);
  parts.defer(() => scheduler.stop());
}

function describe(
  cluster: Cluster,
  { apiUrl, dbUrl, keys }: PlatformSettings,
  accounts: Pick<StackInfo, "users" | "agentTokens">,
): StackInfo {
  return {
    apiUrl,
    dbUrl,
    publishableKey: keys.publishableKey,
    secretKeys: keys.secretKeys,
    metricsToken: keys.metricsToken,
    ...accounts,
    local: {
      superuserUrl: superuserUrl(cluster, DATABASE),
      templateDatabase: TEMPLATE_DATABASE,
      signingKey: keys.signingKey,
      postgresBin: cluster.binDir,
      pid: Deno.pid,
    },
  };
}
