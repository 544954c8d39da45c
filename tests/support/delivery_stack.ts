/** A stack of a test's own whose worker may reach the receiver of that test, and is rung by nobody but the test. */
import { join } from "@std/path";
import postgres from "postgres";
import { readStackFile, ROOT, type StackInfo } from "../../scripts/local/stack_file.ts";
import type { JobRun } from "../../shared/job_run.ts";
import { present } from "./present.ts";
import { Receiver } from "./receiver.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** What delivery needs, all of it going to one receiver. */
export interface DeliveryStack extends AsyncDisposable {
  readonly receiver: Receiver;
  readonly sql: postgres.Sql;
  /** Calls the worker as the scheduler does. */
  ring(): Promise<{ readonly status: number; readonly body: JobRun }>;
  /** Calls any job as the scheduler does; a refusal is expected. */
  fail(slug: string): Promise<{ readonly status: number; readonly code: string; readonly run: JobRun }>;
}

/** Starts it; the mail provider's API is the receiver's `/resend`. */
export async function deliveryStack(): Promise<DeliveryStack> {
  const parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const receiver = parts.use(new Receiver());
  const info = await startProcess(join(folder.path, "stack.json"), parts, {
    DELIVERY_ALLOWED_HOSTS: receiver.host,
    RESEND_API_URL: `http://${receiver.host}/resend`,
    RESEND_API_KEY: "re_test",
    NOTIFICATION_FROM: "Tradepost <notifications@shop.example>",
    LOG_LEVEL: "error",
  });
  const sql = postgres(info.dbUrl, { onnotice: () => {} });
  parts.defer(() => sql.end({ timeout: 5 }));
  await sql`select cron.unschedule('deliver-notifications')`;
  return {
    receiver,
    sql,
    ring: async () => {
      const response = await ring(info, "deliver-notifications");
      const body: JobRun = await response.json();
      return { status: response.status, body };
    },
    fail: async (slug) => {
      const response = await ring(info, slug);
      const { code, details: run } = await response.json();
      return { status: response.status, code, run };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function startProcess(
  file: string,
  parts: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
): Promise<StackInfo> {
  const args = ["--ephemeral", "--port", "0", "--stack-file", file, "--parent-pid", `${Deno.pid}`];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(ROOT, "scripts", "start.ts"), ...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  parts.defer(async () => {
    child.kill("SIGTERM");
    await reader.cancel();
    await child.status;
  });
  let said = "";
  while (!said.includes("Ready after")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`Expected a stack but found: ${said}`);
    said += value;
  }
  return present(await readStackFile(file), "the stack's addresses");
}

async function ring({ apiUrl, secretKeys }: StackInfo, slug: string): Promise<Response> {
  return await fetch(`${apiUrl}/functions/v1/${slug}`, {
    method: "POST",
    headers: { "apikey": present(secretKeys["cron"], "the cron key"), "content-type": "application/json" },
    body: "{}",
  });
}
