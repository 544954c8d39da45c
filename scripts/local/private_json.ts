import type { z } from "zod";

/**
 * Reads a file written by {@linkcode writePrivateJson}; `undefined` where there is none.
 *
 * @throws Error naming the file where its content is not what the schema says.
 */
export async function readPrivateJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;

  const result = schema.safeParse(parseJson(path, text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(
    `Expected ${path} to be as Tradepost wrote it but found ${issue?.message} at ${issue?.path.join(".")}`,
  );
}

/** Writes a file only its owner may read, whole or not at all. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, createNew: true });
  await Deno.rename(draft, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Expected ${path} to be JSON but found ${JSON.stringify(text.slice(0, 40))}`);
  }
}
