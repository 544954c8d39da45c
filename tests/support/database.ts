import postgres from "postgres";
import { stack, type StackInfo } from "./stack.ts";

/** A migrated database to write in. */
export interface FreshDatabase extends AsyncDisposable {
  /** A pool as role `postgres`. */
  readonly sql: postgres.Sql;
  /** The address for role `postgres`. */
  readonly url: string;
  /** The address for the superuser, where the stack is one of this machine. */
  readonly superuserUrl?: string;
}

// Copies of one template wait for one another anyway; in line they do not run into its time-outs.
const COPY_LOCK = 7_001_453;

/**
 * A fresh copy of the migrated template, without accounts and schedules' runs, dropped on disposal. On a given
 * remote stack it is the database itself.
 *
 * @example
 * ```ts
 * await using database = await freshDatabase();
 * await database.sql`select 1`;
 * ```
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { dbUrl, local } = await stack();
  return local ? await createDatabase(dbUrl, local, local.templateDatabase) : opened(dbUrl, async () => {});
}

/** A database with nothing in it, not even the platform; only on a stack of this machine. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const { dbUrl, local } = await stack();
  if (!local) throw new Error("Expected a stack of this machine but found a given one; unset SUPABASE_URL");
  return await createDatabase(dbUrl, local, "template0");
}

async function createDatabase(
  dbUrl: string,
  { superuserUrl }: NonNullable<StackInfo["local"]>,
  template: string,
): Promise<FreshDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await asSuperuser(superuserUrl, async (sql) => {
    await sql`select pg_advisory_lock(${COPY_LOCK})`;
    await sql`create database ${sql(name)} template ${sql(template)} owner postgres strategy file_copy`;
  });
  const drop = () =>
    asSuperuser(superuserUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
  return { ...opened(inDatabase(dbUrl, name), drop), superuserUrl: inDatabase(superuserUrl, name) };
}

function opened(url: string, drop: () => Promise<unknown>): FreshDatabase {
  const sql = connect(url, 20);
  return {
    sql,
    url,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 5 });
      await drop();
    },
  };
}

function inDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function asSuperuser(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = connect(url, 1);
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function connect(url: string, max: number): postgres.Sql {
  return postgres(url, { max, onnotice: () => {} });
}
