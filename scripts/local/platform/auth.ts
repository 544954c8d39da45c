import { getAuthSchemaSql } from "@supabase/lite";

/**
 * The schema `auth` as the platform has it before the first migration: the tables of the auth server the
 * stack runs, then ownership, grants and `auth.uid()` and its siblings. To be run by the superuser; a second
 * run changes nothing.
 */
export function authSchemaSql(): string {
  const platform = Deno.readTextFileSync(new URL("./auth.sql", import.meta.url));
  return `${getAuthSchemaSql()}\n${platform}`;
}
