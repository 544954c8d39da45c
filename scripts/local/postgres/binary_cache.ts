import { join } from "@std/path";
import { z } from "zod";
import { exists } from "./folders.ts";
import { linkLibraries } from "./shared_libraries.ts";

const manifest = z.object({ version: z.string() });

// One file of each kind: enough to notice a copy that a cleaner of old files has thinned out.
const LANDMARKS = [
  "native/bin/postgres",
  "native/bin/initdb",
  "native/lib/postgresql/plpgsql.so",
  "native/share/postgresql/postgres.bki",
  "native/share/postgresql/extension/pgcrypto.control",
  "native/pg-symlinks.json",
];

/** Whether a copy of the package is whole. */
export async function hasAllFiles(packageFolder: string): Promise<boolean> {
  const found = await Promise.all(LANDMARKS.map((file) => exists(join(packageFolder, file))));
  return found.every(Boolean);
}

/**
 * A copy of the package under `/var/tmp` that any account may enter; made once per version and user.
 * Two processes may make it at once: each fills a folder of its own, one of the renames wins.
 */
export async function cacheBinaries(packageFolder: string): Promise<string> {
  const { version } = manifest.parse(
    JSON.parse(await Deno.readTextFile(join(packageFolder, "package.json"))),
  );
  const cache = `/var/tmp/tradepost-postgres-${version}-${Deno.uid()}`;
  if (await exists(cache)) {
    await refuseForeign(cache);
    if (await hasAllFiles(cache)) return cache;
    await Deno.rename(cache, `${cache}.broken.${crypto.randomUUID()}`);
  }
  await fill(packageFolder, cache);
  return cache;
}

async function refuseForeign(cache: string): Promise<void> {
  const { uid, isDirectory } = await Deno.lstat(cache);
  if (isDirectory && uid === Deno.uid()) return;
  throw new Error(
    `Expected ${cache} to be a folder of user ${Deno.uid()} but found one of user ${uid}; remove it`,
  );
}

async function fill(packageFolder: string, cache: string): Promise<void> {
  const draft = `${cache}.${crypto.randomUUID()}`;
  await copyFolder(packageFolder, draft);
  await linkLibraries(draft);
  try {
    await Deno.rename(draft, cache);
  } catch (error) {
    await Deno.remove(draft, { recursive: true });
    if (!(await exists(cache))) throw error;
    await refuseForeign(cache);
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyFolder(source, target);
    // Links are made anew; static libraries are of no use to a running server.
    else if (entry.isFile && !entry.name.endsWith(".a")) await copyFile(source, target);
  }
}

async function copyFile(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  const { mode } = await Deno.stat(source);
  await Deno.chmod(target, ((mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755);
}
