/**
 * `deno task --quiet env`: what a shell needs to call the running local stack by curl, as `export` lines: addresses, keys,
 * an agent's token, and fresh access tokens of the demo accounts (they live an hour: run it again after that).
 */
import { createClient } from "@supabase/supabase-js";
import { withConnection } from "./local/connect.ts";
import { validToken } from "./local/demo_agents.ts";
import { runCommand } from "./local/operator_database.ts";
import { runningStack, stackFilePath, type StackInfo, writeStackFile } from "./local/stack_file.ts";

const AGENT = "marketplace-amazon";

async function accessToken(stack: StackInfo, name: keyof StackInfo["users"]): Promise<string> {
  const { email, password } = stack.users[name];
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw error;
  return data.session.access_token;
}

/** The agent's token of the stack's file, or a new one, kept there, where that was revoked or has expired. */
async function agentToken(stack: StackInfo): Promise<string> {
  const known = stack.agentTokens[AGENT];
  const token = await withConnection(stack.dbUrl, (sql) => validToken(sql, AGENT, known));
  if (token === known) return token;
  await writeStackFile({ ...stack, agentTokens: { ...stack.agentTokens, [AGENT]: token } }, stackFilePath());
  return token;
}

await runCommand(async () => {
  const stack = await runningStack();
  const variables = {
    API_URL: stack.apiUrl,
    PUBLISHABLE_KEY: stack.publishableKey,
    SECRET_KEY: stack.secretKeys.default,
    CRON_KEY: stack.secretKeys.cron,
    AGENT_TOKEN: await agentToken(stack),
    ADMIN_TOKEN: await accessToken(stack, "admin"),
    ALICE_TOKEN: await accessToken(stack, "alice"),
    ALICE_ID: stack.users.alice.id,
    BOB_TOKEN: await accessToken(stack, "bob"),
    BOB_ID: stack.users.bob.id,
    DB_URL: stack.dbUrl,
    // under the name the operator's commands read
    SUPABASE_DB_URL: stack.dbUrl,
    // where the providers' sandbox takes faults; absent where the stack routes to providers of your own
    ...(stack.sandboxUrl === undefined ? {} : { SANDBOX_URL: stack.sandboxUrl }),
  };
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}='${value}'`);
});
