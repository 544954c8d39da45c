/** The Supabase CLI, from npm. */

const VERSION = "3.1.0";

export interface CliAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI without telemetry; what it prints is handed back. */
export async function supabase(...args: string[]): Promise<CliAnswer> {
  const { code, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", `supabase@${VERSION}`, ...args],
    env: { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
