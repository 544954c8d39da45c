import { isAlive } from "./postgres/stale_server.ts";

const LOOK_EVERY_MS = 500;

// What a shell says of a program that such a signal ended.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The end of this process, asked for from outside. */
export interface StopRequest {
  /** Resolves once it is asked for. */
  readonly made: Promise<void>;
  /** What the process exits with when it is cut short by it; `undefined` while nobody asked. */
  readonly exitCode: number | undefined;
}

/**
 * Watches for Ctrl-C, for a request to end, and for the end of the process this one works for: the one named,
 * or the `deno task` that started it, whose death by kill -9 nobody else would tell.
 */
export function watchForStop(parentPid?: number): StopRequest {
  const { promise: made, resolve } = Promise.withResolvers<void>();
  let exitCode: number | undefined;
  const stop = (code: number) => {
    exitCode ??= code;
    resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => stop(EXIT_CODES[signal]));
  }
  const parent = parentPid ?? taskPid();
  if (parent !== undefined) {
    const timer = setInterval(() => isAlive(parent) || stop(EXIT_CODES.SIGHUP), LOOK_EVERY_MS);
    made.finally(() => clearInterval(timer));
  }
  return {
    made,
    get exitCode() {
      return exitCode;
    },
  };
}

/** `deno task` sets INIT_CWD for what it runs. */
function taskPid(): number | undefined {
  return Deno.env.has("INIT_CWD") ? Deno.ppid : undefined;
}
