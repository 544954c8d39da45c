/** Signed-in people and agents of a stack, as the demo's cast. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createTradepostClient, fromSupabase, type TradepostClient } from "../../shared/client.ts";
import type { StackInfo } from "../local/stack_file.ts";

/** A person with his session and the functions called as him. */
export interface Person {
  readonly id: string;
  readonly supabase: SupabaseClient;
  readonly tradepost: TradepostClient;
}

/** Signs a demo account in. */
export async function signIn(stack: StackInfo, name: keyof StackInfo["users"]): Promise<Person> {
  const { email, password } = stack.users[name];
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw error;
  await supabase.realtime.setAuth(data.session.access_token);
  return { id: data.user.id, supabase, tradepost: fromSupabase(supabase) };
}

/** Signs out of Realtime, so that no socket keeps the demo alive. */
export async function leave({ supabase }: Person): Promise<void> {
  await supabase.removeAllChannels();
  await supabase.realtime.disconnect();
}

/** The functions called as an agent. */
export function agent(stack: StackInfo, id: string): TradepostClient {
  const agentToken = stack.agentTokens[id];
  if (!agentToken) {
    throw new Error(`Expected a token of ${id} but found those of ${Object.keys(stack.agentTokens)}`);
  }
  return createTradepostClient({ url: stack.apiUrl, apikey: stack.publishableKey, agentToken });
}
