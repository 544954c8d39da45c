const WITHIN_MS = 10_000;

/** Removes a folder and everything in it, also while programs that are about to end still write there. */
export async function removeFolder(path: string): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (true) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
