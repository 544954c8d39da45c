/** What `.ci/run` runs: `deno task ok`, then the same tests on PostgreSQL 15, then the checks of the database itself. */
import { runParts } from "./ci/part.ts";
import { CI_ONLY, EVERYBODYS } from "./ci/parts.ts";

Deno.exit(await runParts([...EVERYBODYS, ...CI_ONLY]) ? 0 : 1);
