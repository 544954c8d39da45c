/** `supabase/schema.sql`: what the migrations add up to. */
import { holdToFile } from "./committed_file.ts";

const FILE = new URL("../../supabase/schema.sql", import.meta.url);

/** Holds the committed dump of our schemas against the database. */
export async function checkSchemaDump(url: string, binDir: string, write: boolean): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(`${binDir}/pg_dump`, {
    args: ["--schema-only", "--no-owner", "--schema=api", "--schema=private", "--schema=public", url],
  }).output();
  if (!success) return [`pg_dump: ${new TextDecoder().decode(stderr)}`];
  return await holdToFile(FILE, stable(new TextDecoder().decode(stdout)), write);
}

/** Without what differs from server to server: versions, and the random key newer programs write. */
function stable(dump: string): string {
  return dump.split("\n")
    .filter((line) => !/^(-- Dumped (from|by)|\\(un)?restrict )/.test(line))
    .join("\n");
}
