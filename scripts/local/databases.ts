import type postgres from "postgres";
import { withConnection } from "./connect.ts";
import { applyMigrations } from "./migrations.ts";
import { applyPlatform, applyRoles } from "./platform/platform.ts";
import type { Cluster } from "./postgres/cluster.ts";
import { SUPERUSER } from "./postgres/init_cluster.ts";

/** The database the stack serves. */
export const DATABASE = "postgres";

/** A migrated database without data, which tests copy. Nobody may connect to it. */
export const TEMPLATE_DATABASE = "tradepost_template";

/** Brings the main database and the template up to date: roles, platform, migrations. */
export async function prepareDatabases(cluster: Cluster): Promise<void> {
  await withConnection(superuserUrl(cluster, DATABASE), async (sql) => {
    await applyRoles(sql, cluster.password);
    await sql`alter database postgres owner to postgres`;
    await applyPlatform(sql, cluster.hasRealCron ? "pg_cron" : "stand-in");
  });
  const applied = await migrate(cluster, DATABASE);
  await prepareTemplate(cluster, applied);
}

/** The address of a database for the superuser. */
export function superuserUrl(cluster: Cluster, database: string): string {
  return cluster.url({ role: SUPERUSER, database });
}

async function migrate(cluster: Cluster, database: string): Promise<"everything" | "some" | "nothing"> {
  return await withConnection(cluster.url({ role: "postgres", database }), async (sql) => {
    const versions = await applyMigrations(sql);
    const [row] = await sql<{ total: number }[]>`
      select count(*)::int as total from supabase_migrations.schema_migrations`;
    if (versions.length === 0) return "nothing";
    return versions.length === row?.total ? "everything" : "some";
  });
}

async function prepareTemplate(cluster: Cluster, applied: "everything" | "some" | "nothing"): Promise<void> {
  // template1, since a database to be copied must have no session, and the main one is copied below.
  await withConnection(superuserUrl(cluster, "template1"), async (sql) => {
    const [row] = await sql<{ there: boolean }[]>`
      select exists (select from pg_database where datname = ${TEMPLATE_DATABASE}) as there`;
    if (row?.there && applied === "nothing") return;
    if (row?.there) await dropTemplate(sql);
    // A main database just made holds no data yet; the real pg_cron keeps a session in it, so no copy.
    if (applied === "everything" && !cluster.hasRealCron) await copyMain(sql);
    else await buildTemplate(cluster, sql);
    await sql`alter database ${sql(TEMPLATE_DATABASE)} with allow_connections false is_template true`;
  });
}

async function dropTemplate(sql: postgres.Sql): Promise<void> {
  await sql`alter database ${sql(TEMPLATE_DATABASE)} with is_template false`;
  await sql`drop database ${sql(TEMPLATE_DATABASE)} with (force)`;
}

async function copyMain(sql: postgres.Sql): Promise<void> {
  await sql`create database ${sql(TEMPLATE_DATABASE)} template ${
    sql(DATABASE)
  } owner postgres strategy file_copy`;
}

async function buildTemplate(cluster: Cluster, sql: postgres.Sql): Promise<void> {
  await sql`create database ${sql(TEMPLATE_DATABASE)} template template0 owner postgres`;
  await withConnection(
    superuserUrl(cluster, TEMPLATE_DATABASE),
    (template) => applyPlatform(template, "stand-in"),
  );
  await migrate(cluster, TEMPLATE_DATABASE);
}
