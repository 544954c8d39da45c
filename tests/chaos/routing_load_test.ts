import { assertEquals, assertStringIncludes } from "@std/assert";
import { withConnection } from "../../scripts/local/connect.ts";
import type { StackInfo } from "../support/stack.ts";
import { startProcess } from "../support/stack_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type ScriptEnvironment, startScript } from "./script_process.ts";

const SCRIPT = "../load_tests/prepare_routing_k6.ts";

/** As the environment names a stack. */
function environmentOf(
  { apiUrl, publishableKey, secretKeys, dbUrl, sandboxUrl }: StackInfo,
): ScriptEnvironment {
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    SUPABASE_SECRET_KEY: secretKeys.default,
    SUPABASE_DB_URL: dbUrl,
    LOOPGPT_SANDBOX_URL: sandboxUrl!,
  };
}

/** What a load test of routing raises. */
async function limitsOf({ dbUrl }: StackInfo): Promise<string[]> {
  const rows = await withConnection(
    dbUrl,
    (sql) =>
      sql<{ line: string }[]>`
        select concat_ws(' ', provider_id, endpoint, max_per_day, used) as line from public.provider_quotas
        union all
        select concat_ws(' ', operation, max_requests) from private.rate_limits where operation like 'route%'
        order by line`,
  );
  return rows.map(({ line }) => line);
}

Deno.test("preparing a load of routing raises guests' limit and quotas, and Ctrl-C leaves them as before", async () => {
  await using folder = await temporaryFolder();
  const { info, end } = await startProcess(folder.path, "--ephemeral");
  try {
    const before = await limitsOf(info);
    const running = startScript(SCRIPT, ["--vus", "3"], environmentOf(info));
    const said = await running.says(/Ctrl-C restores limits and quotas/);
    assertStringIncludes(said, `k6 run -e API_URL=${info.apiUrl} -e VUS=3`);
    const raised = await limitsOf(info);
    assertEquals(raised.filter((line) => / 10000\d{5}\b/.test(line)).length, 5, raised.join("\n"));
    // A run that used more than a day allows.
    await withConnection(
      info.dbUrl,
      (sql) => sql`update public.provider_quotas set used = 20000 where endpoint = 'products'`,
    );
    running.signal("SIGINT", "group");
    assertEquals((await running.ended).code, 130);
    assertEquals(await limitsOf(info), before);
  } finally {
    await end("SIGINT");
  }
});

/** A project that answers how its providers stand, and has no database. */
function projectWith(providers: Readonly<Record<string, { enabled: boolean; mode: string }>>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    return Response.json({ providers });
  });
  const env = {
    SUPABASE_URL: `http://127.0.0.1:${server.addr.port}`,
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_test",
    SUPABASE_SECRET_KEY: "sb_secret_test",
    SUPABASE_DB_URL: "postgresql://postgres@127.0.0.1:1/postgres",
  };
  return { env, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("no load is put on a project whose providers are real, or none", async () => {
  const cases = [
    [
      { MEALME: { enabled: true, mode: "sandbox" }, KROGER_API: { enabled: true, mode: "live" } },
      "Expected KROGER_API to be the sandbox's but found it live",
    ],
    [
      { MEALME: { enabled: false, mode: "disabled" } },
      "Expected providers that take part but found none",
    ],
  ] as const;
  for (const [providers, said] of cases) {
    await using project = projectWith(providers);
    assertEquals(await startScript(SCRIPT, [], project.env).ended, { code: 1, said });
  }
});

Deno.test("the load test of routing says how it is used, what it does not know, and how to get k6", async () => {
  const help = await startScript(SCRIPT, ["--help"]).ended;
  assertEquals(help.code, 0);
  assertStringIncludes(help.said, "usage: deno run --allow-all load_tests/prepare_routing_k6.ts");
  assertEquals(await startScript(SCRIPT, ["--vus", "0"]).ended, {
    code: 1,
    said: 'Expected --vus to be a number from 1 to 1000 but found "0"',
  });
  assertEquals(await startScript(SCRIPT, ["--run", "--k6", "/nowhere/k6"]).ended, {
    code: 1,
    said: "Expected k6 as /nowhere/k6 but found none; run scripts/install_k6.sh",
  });
});
