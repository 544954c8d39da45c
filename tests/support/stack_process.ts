import { join } from "@std/path";
import { isAlive } from "../../scripts/local/postgres/stale_server.ts";
import { readStackFile, ROOT, type StackInfo } from "../../scripts/local/stack_file.ts";

/** A stack in a process of its own, as `deno task start` runs it. */
export interface StackProcess {
  readonly info: StackInfo;
  readonly pid: number;
  /** Sends a signal and resolves with the exit code (128 + n for one that signal n ended). */
  end(signal: Deno.Signal): Promise<number>;
}

/** What a stack that would not start said, and how it ended. */
export interface FailedStart {
  readonly code: number;
  readonly said: string;
}

/** Starts a stack on free ports and resolves when it serves. */
export async function startProcess(folder: string, ...options: string[]): Promise<StackProcess> {
  const file = join(folder, "stack.json");
  const child = command(["--port", "0", "--stack-file", file, ...options], "piped").spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("Ready after")) {
    const { done, value } = await reader.read();
    if (done) break;
    said += value;
  }
  await reader.cancel();
  const info = await readStackFile(file);
  if (!info) throw new Error(`Expected a running stack but found: ${said}`);
  return {
    info,
    pid: child.pid,
    async end(signal) {
      child.kill(signal);
      return (await child.status).code;
    },
  };
}

/** Starts a stack that is expected to refuse, and tells how it did. */
export async function failToStart(folder: string, ...options: string[]): Promise<FailedStart> {
  const output = await command(["--stack-file", join(folder, "stack.json"), ...options], "null").output();
  return { code: output.code, said: new TextDecoder().decode(output.stderr).trim() };
}

/** Resolves once a process is gone; rejects when it is still there after a while. */
export async function untilGone(pid: number, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`Expected process ${pid} to end but found it alive`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function command(options: string[], output: "piped" | "null"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(ROOT, "scripts", "start.ts"), ...options],
    cwd: ROOT,
    stdout: output,
    ...(output === "null" ? { stderr: "piped" } : {}),
  });
}
