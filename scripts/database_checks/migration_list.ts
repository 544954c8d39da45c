/** The migrations as the Supabase CLI sees them. */
import { supabase } from "./supabase_cli.ts";

/** Every file must be recorded as the CLI records it, and nothing else. */
export async function checkMigrationList(url: string): Promise<string[]> {
  const { code, stdout, stderr } = await supabase("migration", "list", `--remote=${url}`);
  if (code !== 0) return [`supabase migration list: ${stderr}`];
  const versions: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../../supabase/migrations/", import.meta.url))) {
    versions.push(name.slice(0, 14));
  }
  const unmatched = versions.filter((version) => stdout.split(version).length < 3);
  return unmatched.map((version) =>
    `supabase migration list: ${version} is not there on both sides\n${stdout}`
  );
}
