import { isAlive } from "./postgres/stale_server.ts";

const LOOK_EVERY_MS = 500;

/**
 * Resolves on Ctrl-C, on a request to end, or when the process this one works for is gone: the one named,
 * or the `deno task` that started it, whose death by kill -9 nobody else would tell.
 */
export function untilStopped(parentPid: number | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, resolve);

  const parent = parentPid ?? taskPid();
  if (parent === undefined) return promise;
  const timer = setInterval(() => {
    if (!isAlive(parent)) resolve();
  }, LOOK_EVERY_MS);
  return promise.finally(() => clearInterval(timer));
}

/** `deno task` sets INIT_CWD for what it runs. */
function taskPid(): number | undefined {
  return Deno.env.has("INIT_CWD") ? Deno.ppid : undefined;
}
