/** Prepares a stack for routing.k6.js, runs it, and holds what it says against the decisions that were stored. */
import { join } from "@std/path";
import type postgres from "postgres";
import { z } from "zod";
import { withConnection } from "../scripts/local/connect.ts";
import { runCommand } from "../scripts/local/operator_database.ts";
import { ROOT } from "../scripts/local/stack_file.ts";
import { watchForStop } from "../scripts/local/until_stopped.ts";
import { replayStored } from "../scripts/replay/replay_stored.ts";
import { findK6, runK6Script } from "./bidding/k6.ts";
import { withRaisedLimits } from "./bidding/rate_limits.ts";
import { describeStack } from "./bidding/stage.ts";
import { openTarget, type Target } from "./bidding/target.ts";
import { readRoutingLoadOptions, type RoutingLoadOptions } from "./routing/options.ts";
import { withRaisedQuotas } from "./routing/quotas.ts";
import { expectSandboxOnly } from "./routing/sandbox_only.ts";

const HELP =
  `Raises guests' limits and providers' quotas for load_tests/routing.k6.js; every provider must be the sandbox's.

usage: deno run --allow-all load_tests/prepare_routing_k6.ts [options]

  --vus <n>          guests who ask at once, each again as soon as it is answered (10)
  --seconds <n>      for how long (30)
  --p95 <ms>         what the 95th percentile must stay below (500)
  --run              runs k6, counts the decisions and makes them again; exit code 0 only if all of it holds
  --k6 <program>     k6 (.tradepost/bin/k6, else the path's, else ~/go/bin/k6; scripts/install_k6.sh builds it)
  --help             print this

Without --run it says how to run k6 and waits for Ctrl-C, to restore limits and quotas.

It runs on the stack that SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY and SUPABASE_DB_URL name, whose sandbox
LOOPGPT_SANDBOX_URL names; the database is reached as role postgres. Without these it starts a stack of its own, fsync on,
in a process of its own. On a given stack its routes stay.
`;

const SCRIPT = join(ROOT, "load_tests", "routing.k6.js");

const summary = z.object({
  sent: z.int(),
  answered: z.int(),
  routesPerSecond: z.number(),
  missingQuotes: z.int(),
  seconds: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  missed: z.array(z.string()),
});

/** What k6 is told by its environment. */
function told({ apiUrl }: Target, { vus, seconds, p95Ms }: RoutingLoadOptions, run: string) {
  return { API_URL: apiUrl, VUS: `${vus}`, SECONDS: `${seconds}`, P95_MS: `${p95Ms}`, RUN: run };
}

/** Runs k6; sentences about what is wrong. */
async function runAndVerify(
  sql: postgres.Sql,
  env: Readonly<Record<string, string>>,
  k6: string,
  stop: AbortSignal,
): Promise<string[]> {
  const { code, text } = await runK6Script(k6, SCRIPT, env, stop);
  stop.throwIfAborted();
  if (text === undefined) return ["Expected a summary from k6 but found none"];
  const found = summary.parse(JSON.parse(text));
  console.log(JSON.stringify(found, null, 2));
  const [{ decided }] = await sql<[{ decided: number }]>`
    select count(*)::integer as decided from public.order_routes
    where status = 'quoted' and starts_with(request_id, ${`${env["RUN"]}-`})`;
  const { decisions, differing, firstDifference } = await replayStored(sql);
  console.log(`${decided} decisions stored; of ${decisions} made again ${differing} differ`);
  return [
    ...code === 0 ? [] : [`Expected k6 to end with exit code 0 but found ${code}`],
    ...found.missed.map((rule) => `Expected ${rule} but found it missed`),
    // Who was cut off at the end of the time has a decision and no answer.
    ...decided >= found.answered && decided <= found.sent + Number(env["VUS"]) ? [] : [
      `Expected a decision for each of ${found.answered} answers but found ${decided}`,
    ],
    ...firstDifference === undefined ? [] : [firstDifference],
  ];
}

await runCommand(async () => {
  const options = readRoutingLoadOptions(Deno.args);
  if (options === undefined) return console.log(HELP);
  const k6 = options.run ? await findK6(options.k6) : undefined;
  const request = watchForStop();
  const controller = new AbortController();
  void request.made.then(() => controller.abort(new Error("The load test was cut short")));
  await using target = await openTarget();
  const env = told(target, options, `k6-${crypto.randomUUID().slice(0, 8)}`);
  try {
    await expectSandboxOnly(target);
    await withRaisedLimits(
      target.dbUrl,
      ["route_order_guest"],
      () =>
        withConnection(target.dbUrl, (sql) =>
          withRaisedQuotas(sql, target.sandboxUrl, async () => {
            if (k6 === undefined) {
              const words = Object.entries(env).map(([name, value]) => `-e ${name}=${value}`).join(" ");
              console.log(`k6 run ${words} ${SCRIPT}\nCtrl-C restores limits and quotas.`);
              return await request.made;
            }
            const load = Deno.loadavg()[0]!.toFixed(2);
            console.log(
              `${options.vus} guests on ${await describeStack(target, sql)} Load average before: ${load}`,
            );
            const wrong = await runAndVerify(sql, env, k6, controller.signal);
            for (const sentence of wrong) console.log(`WRONG   ${sentence}`);
            console.log(wrong.length === 0 ? "passed" : "FAILED");
            if (wrong.length > 0) Deno.exitCode = 1;
          })),
    );
  } catch (error) {
    // Asked for: whatever it cut short is no fault.
    if (!controller.signal.aborted) throw error;
  }
  if (request.exitCode !== undefined) Deno.exitCode = request.exitCode;
});
