/** `deno task ok`: everything that can be checked with nothing but Deno. */
import { runParts } from "./ci/part.ts";
import { EVERYBODYS } from "./ci/parts.ts";

Deno.exit(await runParts(EVERYBODYS) ? 0 : 1);
