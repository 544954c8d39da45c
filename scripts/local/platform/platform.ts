import type postgres from "postgres";
import { authSchemaSql } from "./auth.ts";

/** The roles every database of the cluster shares; applied once per start. */
export async function applyRoles(superuser: postgres.Sql, password: string): Promise<void> {
  await superuser.unsafe(await platformFile("roles"));
  for (const role of ["postgres", "authenticator", "supabase_auth_admin"]) {
    // `alter role` takes no parameters; the password is hexadecimal digits of ours.
    await superuser.unsafe(`alter role ${role} password '${password}'`);
  }
}

/**
 * Gives a new database what a hosted project has before its first migration, all or nothing. A database
 * that has it already is left alone.
 *
 * @param superuser A connection to that database.
 * @param cron Whether the schedules are kept by the real pg_cron or by the stand-in.
 */
export async function applyPlatform(superuser: postgres.Sql, cron: "pg_cron" | "stand-in"): Promise<void> {
  const [row] = await superuser<{ done: boolean }[]>`select to_regnamespace('vault') is not null as done`;
  if (row?.done) return;

  const parts = [
    await platformFile("extensions"),
    authSchemaSql(),
    await platformFile("vault"),
    await platformFile(cron === "pg_cron" ? "pg_cron" : "cron"),
    await platformFile("net"),
    await platformFile("realtime"),
    // last: nothing of the above is for the Data API to hear of
    await platformFile("data_api"),
  ];
  await superuser.begin(async (transaction) => {
    for (const part of parts) await transaction.unsafe(part);
  });
}

function platformFile(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`./${name}.sql`, import.meta.url));
}
