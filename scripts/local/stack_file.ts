import { dirname, fromFileUrl, join, resolve } from "@std/path";
import { z } from "zod";
import { signingKey } from "./keys.ts";
import { makePrivateFolder } from "./postgres/folders.ts";
import { serverAccount } from "./postgres/server_account.ts";
import { isAlive } from "./postgres/stale_server.ts";
import { readPrivateJson, writePrivateJson } from "./private_json.ts";

/** The repository's root. */
export const ROOT = resolve(fromFileUrl(new URL("../..", import.meta.url)));

/** Where a running stack says how to reach it. */
export const STACK_FILE = join(ROOT, ".tradepost", "stack.json");

const account = z.object({ email: z.string(), password: z.string(), id: z.uuid() });

/** What a stack's file holds. */
export const stackInfo = z.object({
  apiUrl: z.url(),
  /** As role `postgres`. */
  dbUrl: z.string(),
  publishableKey: z.string(),
  secretKeys: z.object({ default: z.string(), cron: z.string(), operator: z.string() }),
  metricsToken: z.string(),
  sandboxUrl: z.url().optional(),
  agentTokens: z.record(z.string(), z.string()),
  users: z.object({ admin: account, alice: account, bob: account }),
  /** What only a stack of this machine can tell. */
  local: z.object({
    superuserUrl: z.string(),
    templateDatabase: z.string(),
    signingKey,
    postgresBin: z.string(),
    /** The process that runs the stack. */
    pid: z.int(),
  }).optional(),
});

/** How to reach a stack, and as whom. */
export type StackInfo = z.infer<typeof stackInfo>;

/** Writes a stack's file for its owner alone. */
export async function writeStackFile(info: StackInfo, path: string = STACK_FILE): Promise<void> {
  await makePrivateFolder(dirname(path), await serverAccount());
  await writePrivateJson(path, info);
}

/** Reads a stack's file; `undefined` where no stack wrote one. */
export async function readStackFile(path: string = STACK_FILE): Promise<StackInfo | undefined> {
  return await readPrivateJson(path, stackInfo);
}

/** The file a command looks for its stack in: `TRADEPOST_STACK_FILE`, else the one of `deno task start`. */
export function stackFilePath(): string {
  return Deno.env.get("TRADEPOST_STACK_FILE") || STACK_FILE;
}

/**
 * The running stack a command is to work on. The file of one that was killed is left behind and counts for
 * nothing.
 *
 * @throws Error with one sentence where no stack is running.
 */
export async function runningStack(): Promise<StackInfo> {
  const path = stackFilePath();
  const info = await readStackFile(path);
  if (info && (!info.local || isAlive(info.local.pid))) return info;
  const found = info ? `that of ${path} has ended` : `none has written ${path}`;
  throw new Error(`No stack is running (${found}); run deno task start`);
}

/** Removes the file of a stack that ended, unless another one has written its own meanwhile. */
export async function removeStackFile(path: string = STACK_FILE): Promise<void> {
  const info = await readStackFile(path);
  if (info?.local?.pid === Deno.pid) await Deno.remove(path);
}
