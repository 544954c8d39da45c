/** `supabase db lint`: every PL/pgSQL function, read by plpgsql_check. */
import postgres from "postgres";
import { supabase } from "./supabase_cli.ts";

/** Nothing is allowed: a warning is a fault as well. */
export async function checkLint(superuserUrl: string): Promise<string[]> {
  // As the platform has it ready: the CLI itself may only switch it on.
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} });
  await sql`create extension if not exists plpgsql_check with schema extensions`;
  await sql.end();
  const { code, stdout, stderr } = await supabase(
    "db",
    "lint",
    "--schema",
    "api,private,public",
    "--level",
    "warning",
    "--fail-on",
    "warning",
    `--remote=${superuserUrl}`,
  );
  return code === 0 ? [] : [`supabase db lint: ${stdout}${stderr}`];
}
