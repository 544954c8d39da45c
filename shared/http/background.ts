/**
 * Lets work go on after the answer where the platform allows it; elsewhere the answer waits for it, since
 * nothing keeps the isolate alive.
 */
export async function inBackground(work: Promise<void>): Promise<void> {
  const runtime: unknown = Reflect.get(globalThis, "EdgeRuntime");
  if (canWait(runtime)) runtime.waitUntil(work);
  else await work;
}

function canWait(runtime: unknown): runtime is { waitUntil(work: Promise<void>): void } {
  return typeof runtime === "object" && runtime !== null && "waitUntil" in runtime &&
    typeof runtime.waitUntil === "function";
}
