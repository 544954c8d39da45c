import { readStackFile, type StackInfo } from "../../scripts/local/stack_file.ts";
import { givenStack } from "../../scripts/local/given_stack.ts";
import { ownStack } from "./own_stack.ts";

export type { StackInfo };

/**
 * The stack under test, the same for every test file of a run:
 * 1. the one `deno task test` started (`TRADEPOST_STACK_FILE`),
 * 2. the one named by `SUPABASE_URL`, `SUPABASE_PUBLISHABLE_KEY`, `SUPABASE_SECRET_KEY` and `SUPABASE_DB_URL`,
 * 3. an ephemeral one of our own on free ports, which ends with this process.
 *
 * @example
 * ```ts
 * const { apiUrl, publishableKey, users } = await stack();
 * ```
 */
export function stack(): Promise<StackInfo> {
  found ??= find();
  return found;
}

let found: Promise<StackInfo> | undefined;

async function find(): Promise<StackInfo> {
  const file = Deno.env.get("TRADEPOST_STACK_FILE");
  if (!file) return await givenStack() ?? await ownStack();

  const info = await readStackFile(file);
  if (info) return info;
  throw new Error(`Expected TRADEPOST_STACK_FILE to name a running stack's file but found none at ${file}`);
}
