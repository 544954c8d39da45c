/** A folder for one test, removed on disposal. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a folder that is gone at the end of the test. Others may pass through it but not list it: as root,
 * Postgres runs as another account.
 */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "tradepost-test-" });
  await Deno.chmod(path, 0o711);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
