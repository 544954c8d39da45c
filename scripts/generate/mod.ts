/**
 * Writes everything that is generated, or with `--check` fails where a file is not what it would be.
 *
 * deno task generate · deno task check:generated
 */
import type { Artifact } from "./artifact.ts";
import { config } from "./config.ts";
import { errors } from "./errors.ts";
import { importMap } from "./import_map.ts";
import { openapi } from "./openapi.ts";

export const ARTIFACTS: readonly Artifact[] = [openapi, errors, importMap, config];

const ROOT = new URL("../../", import.meta.url);

/** Paths of the files that are not what they would be. */
export async function findDrift(): Promise<readonly string[]> {
  const compared = await Promise.all(ARTIFACTS.map(async (artifact) => {
    const present = await readPresent(artifact.path);
    return await artifact.render(present) === present ? [] : [artifact.path];
  }));
  return compared.flat();
}

async function writeAll(): Promise<void> {
  for (const artifact of ARTIFACTS) {
    const content = await artifact.render(await readPresent(artifact.path));
    await Deno.writeTextFile(new URL(artifact.path, ROOT), content);
  }
}

async function readPresent(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(new URL(path, ROOT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function main(): Promise<void> {
  if (!Deno.args.includes("--check")) return await writeAll();
  const drift = await findDrift();
  if (drift.length === 0) return;
  console.error(`Expected ${drift.join(", ")} to be as generated but found changes; run: deno task generate`);
  Deno.exit(1);
}

if (import.meta.main) await main();
