/** What a function URL adds to the direct rpc call it makes. */
import { createClient } from "@supabase/supabase-js";
import type { StackInfo } from "../local/stack_file.ts";
import { compare, type Comparison } from "./measure.ts";

/** list-tasks of one task by function URL, beside the same by rpc; both over HTTP, as a signed-in user. */
export async function benchFunctionOverhead(
  stack: StackInfo,
  rounds: number,
  sliceMs: number,
): Promise<Comparison> {
  const { email, password } = stack.users.alice;
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw error;
  const headers = {
    "authorization": `Bearer ${data.session.access_token}`,
    "apikey": stack.publishableKey,
    "content-type": "application/json",
    "content-profile": "api",
  };
  const call = async (path: string, init: RequestInit) => {
    const response = await fetch(`${stack.apiUrl}${path}`, { headers, ...init });
    await response.text();
    if (!response.ok) throw new Error(`Expected ${path} to answer 200 but found ${response.status}`);
  };
  return await compare(
    () => call("/functions/v1/list-tasks?limit=1", {}),
    () => call("/rest/v1/rpc/list_tasks", { method: "POST", body: JSON.stringify({ filter: { limit: 1 } }) }),
    { clients: 1, rounds, sliceMs },
  );
}
