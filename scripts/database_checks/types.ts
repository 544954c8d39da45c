/** `shared/database.types.ts`: the tables and operations as TypeScript sees them, for supabase-js. */
import { holdToFile } from "./committed_file.ts";
import { supabase } from "./supabase_cli.ts";

const FILE = new URL("../../shared/database.types.ts", import.meta.url);

/** Holds the committed types against the database. */
export async function checkTypes(url: string, write: boolean): Promise<string[]> {
  const { code, stdout, stderr } = await supabase(
    "gen",
    "types",
    "--lang",
    "typescript",
    "--schema",
    "public",
    "--schema",
    "api",
    `--remote=${url}`,
  );
  if (code !== 0) return [`supabase gen types: ${stderr}`];
  // The types proper; lines about the connection stand before them.
  return await holdToFile(FILE, await formatted(stdout.slice(stdout.search(/^export type/m))), write);
}

async function formatted(source: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}
