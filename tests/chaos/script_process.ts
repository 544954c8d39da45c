import { join } from "@std/path";
import process from "node:process";
import { ROOT } from "../../scripts/local/stack_file.ts";

/** A script of `scripts/` in a process group of its own, as a terminal runs it. */
export interface ScriptProcess {
  /** Resolves with everything said so far once it matches; rejects when the script ends before. */
  says(pattern: RegExp): Promise<string>;
  /** Sends a signal to the whole group, as Ctrl-C does, or to the script alone. */
  signal(signal: "SIGINT" | "SIGTERM", whom: "group" | "script"): void;
  /** Resolves when it has ended, with its exit code and all it said on both outputs. */
  readonly ended: Promise<{ readonly code: number; readonly said: string }>;
}

/** What a script finds set: nothing of a stack the tests run on. */
export type ScriptEnvironment = Readonly<Record<string, string>>;

/** Starts a script. */
export function startScript(name: string, args: string[] = [], env: ScriptEnvironment = {}): ScriptProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(ROOT, "scripts", name), ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...surroundings(), ...env },
    detached: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = new Output();
  const reading = Promise.all([output.read(child.stdout), output.read(child.stderr)]);
  return {
    says: (pattern) => output.until(pattern, reading),
    signal: (signal, whom) => void process.kill(whom === "group" ? -child.pid : child.pid, signal),
    ended: child.status.then(async ({ code }) => {
      await reading;
      return { code, said: output.said.trim() };
    }),
  };
}

/** Runs a script to its end. */
export async function runScript(
  name: string,
  args: string[] = [],
  env: ScriptEnvironment = {},
): Promise<{ readonly code: number; readonly said: string }> {
  return await startScript(name, args, env).ended;
}

/** The variables of this run that say nothing of a stack. */
function surroundings(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "POSTGRES_BIN", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [[name, value]] : [];
  }));
}

class Output {
  said = "";
  #heard = Promise.withResolvers<void>();

  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.said += text;
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    }
  }

  async until(pattern: RegExp, reading: Promise<unknown>): Promise<string> {
    let open = true;
    const end = reading.then(() => open = false);
    while (!pattern.test(this.said)) {
      if (!open) throw new Error(`Expected ${pattern} but found ${JSON.stringify(this.said)}`);
      await Promise.race([this.#heard.promise, end]);
    }
    return this.said;
  }
}
