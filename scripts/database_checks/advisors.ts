/** `supabase db advisors`: the platform's own lints of tables, policies and functions. */
import { z } from "zod";
import { supabase } from "./supabase_cli.ts";
import { ALLOWED } from "./allowed_advice.ts";

const advice = z.object({
  name: z.string(),
  level: z.string(),
  detail: z.string(),
  cache_key: z.string().optional(),
});

/** Errors fail, and so does every warning that is not allowed with a reason. */
export async function checkAdvisors(url: string): Promise<string[]> {
  const { code, stdout, stderr } = await supabase(
    "db",
    "advisors",
    "--type",
    "all",
    "--level",
    "warn",
    "--fail-on",
    "error",
    "--output",
    "json",
    `--remote=${url}`,
  );
  if (code !== 0) return [`supabase db advisors: ${stdout}${stderr}`];
  // The answer proper is the JSON list, or a word that there is nothing; lines about the connection stand before it.
  const list = stdout.search(/^\[/m);
  if (list < 0 && !/no issues found/i.test(stdout + stderr)) {
    return [`supabase db advisors: expected a list or «No issues found» but found ${stdout}${stderr}`];
  }
  const found = list < 0 ? [] : z.array(advice).parse(JSON.parse(stdout.slice(list)));
  return found.filter((one) => !isAllowed(one)).map(({ name, level, detail }) =>
    `${level} ${name}: ${detail}`
  );
}

function isAllowed({ name, detail }: z.output<typeof advice>): boolean {
  return ALLOWED.some((allowed) => allowed.name === name && detail.includes(allowed.about ?? ""));
}
