import { join } from "@std/path";
import { randomSecret } from "../keys.ts";
import type { Binaries } from "./binaries.ts";
import { exists } from "./folders.ts";
import { giveTo, type ServerAccount } from "./server_account.ts";

/** The superuser, named as on the hosted platform. */
export const SUPERUSER = "supabase_admin";

// Every connection needs the password, superusers and replication included.
const HOST_ACCESS = `host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`;

/** What {@linkcode initCluster} needs to know. */
export interface NewCluster {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
}

/** The Postgres data folder inside a Tradepost data folder. */
export function postgresFolder(folder: string): string {
  return join(folder, "postgres");
}

/**
 * Makes the cluster on the first start and returns the password of its roles. A start that was cut short
 * leaves only a draft, which the next one replaces.
 */
export async function initCluster(options: NewCluster): Promise<string> {
  const passwordFile = join(options.folder, "password");
  if (await exists(postgresFolder(options.folder))) {
    await expectSameMajor(options);
    return (await Deno.readTextFile(passwordFile)).trim();
  }

  const password = randomSecret();
  await Deno.writeTextFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(options.account, passwordFile);
  const draft = join(options.folder, "postgres.draft");
  if (await exists(draft)) await Deno.remove(draft, { recursive: true });
  await runInitdb(options, draft, passwordFile);
  await Deno.writeTextFile(join(draft, "pg_hba.conf"), HOST_ACCESS);
  await writeVaultKey(draft, options.account);
  await Deno.rename(draft, postgresFolder(options.folder));
  return password;
}

/** The key that encrypts Vault secrets: a file only the server reads, so that no copy of the tables has it. */
async function writeVaultKey(dataFolder: string, account: ServerAccount | undefined): Promise<void> {
  const path = join(dataFolder, "tradepost_vault.key");
  await Deno.writeTextFile(path, randomSecret(), { mode: 0o600 });
  await giveTo(account, path);
}

async function expectSameMajor({ folder, binaries }: NewCluster): Promise<void> {
  const made = (await Deno.readTextFile(join(postgresFolder(folder), "PG_VERSION"))).trim();
  const [major] = binaries.version.split(".");
  if (made === major) return;
  throw new Error(
    `Expected data of Postgres ${major} in ${folder} but found Postgres ${made}; choose another with --data`,
  );
}

async function runInitdb(options: NewCluster, draft: string, passwordFile: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(join(options.binaries.binDir, "initdb"), {
    args: [
      ...["--pgdata", draft, "--username", SUPERUSER, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
      ...["--encoding", "UTF8", "--locale", Deno.build.os === "linux" ? "C.UTF-8" : "en_US.UTF-8"],
      "--no-sync",
    ],
    cwd: options.folder,
    ...(options.account ?? {}),
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout).trim();
  throw new Error(`Expected initdb to make a cluster in ${options.folder} but found: ${said}`);
}
