/**
 * `deno task --quiet env`: what a shell needs to call the running local stack by curl, as `export` lines: addresses, keys,
 * an agent's token, and fresh access tokens of the demo accounts (they live an hour).
 */
import { createClient } from "@supabase/supabase-js";
import { runCommand } from "./local/operator_database.ts";
import { readStackFile, STACK_FILE, type StackInfo } from "./local/stack_file.ts";

async function accessToken(stack: StackInfo, name: keyof StackInfo["users"]): Promise<string> {
  const { email, password } = stack.users[name];
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw error;
  return data.session.access_token;
}

await runCommand(async () => {
  const file = Deno.env.get("TRADEPOST_STACK_FILE") ?? STACK_FILE;
  const stack = await readStackFile(file);
  if (!stack) {
    throw new Error(`Expected a running stack's file at ${file} but found none; run deno task start`);
  }
  const variables = {
    API_URL: stack.apiUrl,
    PUBLISHABLE_KEY: stack.publishableKey,
    CRON_KEY: stack.secretKeys.cron,
    AGENT_TOKEN: stack.agentTokens["marketplace-amazon"],
    ADMIN_TOKEN: await accessToken(stack, "admin"),
    ALICE_TOKEN: await accessToken(stack, "alice"),
    ALICE_ID: stack.users.alice.id,
    DB_URL: stack.dbUrl,
  };
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}='${value}'`);
});
