import { fromFileUrl, join } from "@std/path";
import postgres from "postgres";
import { lineAt, splitStatements, type SqlStatement } from "./sql_statements.ts";

/** Where the project's migrations lie. */
export const MIGRATIONS = fromFileUrl(new URL("../../supabase/migrations", import.meta.url));

/** One file `YYYYMMDDHHMMSS_topic.sql`. */
export interface Migration {
  readonly version: string;
  readonly name: string;
  readonly file: string;
}

/**
 * Runs every migration not yet recorded, each in a transaction of its own, and records it as the
 * Supabase CLI does.
 *
 * @param sql A connection as the role that is to own the objects: `postgres`.
 * @returns The versions applied now.
 * @throws Error naming file and line of the statement that failed, or the version that does not fit.
 */
export async function applyMigrations(sql: postgres.Sql, dir: string = MIGRATIONS): Promise<string[]> {
  const migrations = await listMigrations(dir);
  const applied = await appliedVersions(sql);
  const pending = pendingMigrations(migrations, applied);
  for (const migration of pending) await applyOne(sql, dir, migration);
  return pending.map(({ version }) => version);
}

/** The migrations of a folder in the order of their versions. */
export async function listMigrations(dir: string = MIGRATIONS): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const { name: file, isFile } of Deno.readDir(dir)) {
    if (!isFile || !file.endsWith(".sql")) continue;
    const [, version, name] = /^(\d{14})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (!version || !name) {
      throw new Error(`Expected a name like 20260131235959_topic.sql in ${dir} but found ${file}`);
    }
    migrations.push({ version, name, file });
  }
  migrations.sort((a, b) => a.version < b.version ? -1 : 1);
  const twice = migrations.find(({ version }, index) => version === migrations[index + 1]?.version);
  if (twice) throw new Error(`Expected one migration per version but found ${twice.version} twice in ${dir}`);
  return migrations;
}

function pendingMigrations(migrations: Migration[], applied: string[]): Migration[] {
  const known = new Set(migrations.map(({ version }) => version));
  const missing = applied.find((version) => !known.has(version));
  if (missing) {
    throw new Error(
      `Expected a file for migration ${missing}, which the database has, but found none in supabase/migrations`,
    );
  }
  const newest = applied.at(-1) ?? "";
  const pending = migrations.filter(({ version }) => !applied.includes(version));
  const late = pending.find(({ version }) => version < newest);
  if (late) {
    throw new Error(
      `Expected new migrations to come after ${newest} but found ${late.file}, not yet applied`,
    );
  }
  return pending;
}

async function appliedVersions(sql: postgres.Sql): Promise<string[]> {
  // Three statements, as the CLI sends them: an older history gets the columns it lacks.
  await sql.unsafe(`
    set client_min_messages = warning;
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
    alter table supabase_migrations.schema_migrations add column if not exists statements text[];
    alter table supabase_migrations.schema_migrations add column if not exists name text;
    reset client_min_messages;
  `);
  const rows = await sql<{ version: string }[]>`
    select version from supabase_migrations.schema_migrations order by version collate "C"`;
  return rows.map(({ version }) => version);
}

async function applyOne(sql: postgres.Sql, dir: string, migration: Migration): Promise<void> {
  const source = await Deno.readTextFile(join(dir, migration.file));
  const statements = splitStatements(source);
  await sql.begin(async (transaction) => {
    for (const statement of statements) await runStatement(transaction, migration, statement);
    await transaction`
      insert into supabase_migrations.schema_migrations (version, name, statements)
      values (${migration.version}, ${migration.name}, ${statements.map(({ text }) => text)})`;
  });
}

async function runStatement(
  transaction: postgres.TransactionSql,
  migration: Migration,
  statement: SqlStatement,
): Promise<void> {
  try {
    await transaction.unsafe(statement.text);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    const within = lineAt(statement.text, Number(error.position ?? 1) - 1) - 1;
    const place = `supabase/migrations/${migration.file}:${statement.line + within}`;
    throw new Error(`${place}: ${error.message}${error.detail ? ` (${error.detail})` : ""}`, {
      cause: error,
    });
  }
}
