/**
 * `deno task check:database [--write]`: what only a migrated database can tell. Runs `supabase db lint` and
 * `supabase db advisors`, compares the recorded migrations with the files, and holds `supabase/schema.sql` and
 * `shared/database.types.ts` against the database; `--write` brings those two up to date. Needs the programs of
 * PostgreSQL 15 (POSTGRES_BIN) with plpgsql_check: scripts/install_postgres.sh.
 */
import { checkAdvisors } from "./database_checks/advisors.ts";
import { checkLint } from "./database_checks/lint.ts";
import { checkMigrationList } from "./database_checks/migration_list.ts";
import { checkSchemaDump } from "./database_checks/schema_dump.ts";
import { checkTypes } from "./database_checks/types.ts";
import { runCommand } from "./local/operator_database.ts";
import { startStack } from "./local/stack.ts";

await runCommand(async () => {
  const binDir = Deno.env.get("POSTGRES_BIN");
  if (!binDir) {
    throw new Error(
      "Expected POSTGRES_BIN to name the programs of PostgreSQL 15 but found nothing; " +
        "run scripts/install_postgres.sh and set POSTGRES_BIN=/usr/lib/postgresql/15/bin",
    );
  }
  const write = Deno.args.includes("--write");
  const stack = await startStack({ ephemeral: true, port: 0, binDir });
  const { dbUrl, local } = stack.info;
  if (!local) throw new Error("Expected a stack of this machine");
  try {
    const faults = [
      ...await checkSchemaDump(local.superuserUrl, binDir, write),
      ...await checkTypes(dbUrl, write),
      ...await checkMigrationList(dbUrl),
      ...await checkAdvisors(local.superuserUrl),
      // Last, for it installs an extension.
      ...await checkLint(local.superuserUrl),
    ];
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) throw new Error(`Expected no fault in the database but found ${faults.length}`);
    console.log("The database holds: dump, types, migrations, advisors, lint");
  } finally {
    await stack.stop();
  }
});
