/**
 * The project's own checks. Each returns sentences about what is wrong; none is good.
 *
 * deno task checks
 */
import { environmentIsListed } from "./environment_is_listed.ts";
import { functionsAreListed } from "./functions_are_listed.ts";
import { importsRunOneWay } from "./imports_run_one_way.ts";
import { refusalsAreCatalogued } from "./refusals_are_catalogued.ts";

const CHECKS: readonly (() => Promise<readonly string[]>)[] = [
  importsRunOneWay,
  environmentIsListed,
  refusalsAreCatalogued,
  functionsAreListed,
];

/** Runs every check. */
export async function runChecks(): Promise<readonly string[]> {
  return (await Promise.all(CHECKS.map((check) => check()))).flat();
}

async function main(): Promise<void> {
  const faults = await runChecks();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
