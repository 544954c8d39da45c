/** The operator's commands, run as he runs them. */
import { ROOT } from "../../scripts/local/stack_file.ts";
import { stack } from "./stack.ts";

/** What a command said, and how it ended. */
export interface Said {
  readonly code: number;
  /** Standard output without the white space around it. */
  readonly out: string;
  readonly error: string;
}

const KEPT = ["PATH", "HOME", "DENO_DIR"];

/** Runs `deno task <command>` against the database of the stack under test, or another one. */
export async function operate(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const { dbUrl } = await stack();
  const kept = Object.fromEntries(KEPT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...command],
    cwd: ROOT,
    clearEnv: true,
    env: { ...kept, NO_COLOR: "1", SUPABASE_DB_URL: dbUrl, ...environment },
  }).output();
  const [out = "", error = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, out, error };
}
