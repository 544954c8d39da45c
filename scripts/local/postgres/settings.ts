import type { Binaries } from "./binaries.ts";

/** How one cluster is to run. */
export interface ServerSettings {
  readonly port: number;
  /** False gives up crash safety for speed: for data that dies with its stack. */
  readonly durable: boolean;
}

const ALWAYS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "wal_level=logical",
  "max_connections=150",
  "max_wal_senders=20",
  "max_replication_slots=20",
  "max_worker_processes=20",
  "password_encryption=scram-sha-256",
  "timezone=UTC",
  "log_timezone=UTC",
  "log_line_prefix=%m [%p] %q%u@%d ",
];

// A commit is still handed to the system before it is answered: tests that kill the server lose nothing committed.
// Several files of tests at a time let crowds of 64 race.
const EPHEMERAL = ["fsync=off", "full_page_writes=off", "max_connections=300"];

// Background workers need neither a password nor an entry in pg_hba.conf, connections of pg_cron's would.
const SCHEDULED = [
  "shared_preload_libraries=pg_cron",
  "cron.database_name=postgres",
  "cron.use_background_workers=on",
];

/** The server's settings as command-line options; the data folder keeps none of its own. */
export function serverOptions(dataFolder: string, binaries: Binaries, settings: ServerSettings): string[] {
  const values = [
    `port=${settings.port}`,
    ...ALWAYS,
    ...(binaries.hasPgCron ? SCHEDULED : []),
    ...(settings.durable ? [] : EPHEMERAL),
  ];
  return ["-D", dataFolder, ...values.flatMap((value) => ["-c", value])];
}
