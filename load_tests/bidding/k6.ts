/** k6, the load generator: where it is, and what it is told. */
import { join } from "@std/path";
import { z } from "zod";
import { ROOT } from "../../scripts/local/stack_file.ts";
import type { Stage } from "./stage.ts";

/** How much load k6 makes, and what it must reach. */
export interface K6Options {
  readonly sessions: number;
  readonly bids: number;
  readonly pauseMs: number;
  readonly p95Ms: number;
  readonly successPercent: number;
}

const summary = z.object({
  accepted: z.int(),
  seconds: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  missed: z.array(z.string()),
});

/** What k6 found. */
export type K6Summary = z.infer<typeof summary>;

/** The script that k6 runs. */
export const K6_SCRIPT = join(ROOT, "load_tests", "bidding.k6.js");

/**
 * Finds k6: the one that is named, else the project's own, the path's or Go's.
 *
 * @throws Error that says how to get it where there is none.
 */
export async function findK6(named: string | undefined): Promise<string> {
  const usual = [
    join(ROOT, ".tradepost", "bin", "k6"),
    "k6",
    join(Deno.env.get("HOME") ?? "/", "go", "bin", "k6"),
  ];
  const candidates = named === undefined ? usual : [named];
  for (const candidate of candidates) {
    if (await runs(candidate)) return candidate;
  }
  throw new Error(`Expected k6 as ${candidates.join(", ")} but found none; run scripts/install_k6.sh`);
}

async function runs(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, { args: ["version"], stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/** Writes what k6 needs to know. Tokens are in it: it is for its owner alone. */
export async function writePlan(path: string, { target, tables }: Stage, options: K6Options): Promise<void> {
  const plan = {
    ...options,
    apiUrl: target.apiUrl,
    publishableKey: target.publishableKey,
    tables: tables.map(({ sessionId, opened, bidders }) => ({
      sessionId,
      startingBidCents: opened.startingBidCents,
      bidders: bidders.map(({ alias, token }) => ({ alias, token })),
    })),
  };
  await Deno.writeTextFile(path, JSON.stringify(plan), { mode: 0o600 });
}

/** Runs k6 on a plan; its exit code, and its summary where it came to one. */
export async function runK6(
  k6: string,
  plan: string,
  stop: AbortSignal,
): Promise<{ readonly code: number; readonly summary: K6Summary | undefined }> {
  const { code, text } = await runK6Script(k6, K6_SCRIPT, { PLAN: plan }, stop);
  return { code, summary: text === undefined ? undefined : summary.parse(JSON.parse(text)) };
}

/** Runs a script of k6's; its exit code, and what it wrote to the file that `SUMMARY` names. */
export async function runK6Script(
  k6: string,
  script: string,
  env: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<{ readonly code: number; readonly text: string | undefined }> {
  const folder = await Deno.makeTempDir({ prefix: "tradepost-k6-" });
  const found = join(folder, "summary.json");
  const variables = Object.entries({ ...env, SUMMARY: found }).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  try {
    const { code } = await new Deno.Command(k6, {
      args: ["run", "--no-usage-report", "--quiet", ...variables, script],
      stdout: "null",
      signal: stop,
    }).spawn().status;
    const text = await Deno.readTextFile(found).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    return { code, text };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
