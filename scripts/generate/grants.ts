/**
 * Writes what `tests/database/grants_test.ts` expects: who may do what with every object, as the migrations make it.
 * The difference is to be reviewed like code: it says what a change opens.
 */
import { fromFileUrl } from "@std/path";
import { freshDatabase } from "../../tests/support/database.ts";
import { GRANTS_FILE, grantsMatrix } from "../../tests/support/grants_matrix.ts";

await using database = await freshDatabase();
const matrix = await grantsMatrix(database.sql);
await Deno.writeTextFile(GRANTS_FILE, matrix);
console.log(`Wrote ${matrix.trimEnd().split("\n").length} lines to ${fromFileUrl(GRANTS_FILE)}`);
