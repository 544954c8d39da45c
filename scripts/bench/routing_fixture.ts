/** What the routing benchmark needs of the stack: limits out of the way, a yardstick, and a count of round trips. */
import { withConnection } from "../local/connect.ts";
import type { RunningStack } from "../local/stack.ts";
import { requestOf } from "./routing_request.ts";

/** Raises limits and quotas, and makes the yardstick: an operation that does nothing. */
export async function prepare({ info }: RunningStack): Promise<void> {
  await withConnection(info.dbUrl, async (sql) => {
    await sql`update private.rate_limits set max_requests = 1000000000, period_seconds = 1`;
    await sql`update public.provider_quotas set max_per_day = 1000000000`;
    await sql.unsafe(`
      create function api.bench_nothing() returns jsonb language plpgsql volatile security definer
      set search_path = '' as $$ begin return '{"success": true}'; end $$;
      grant execute on function api.bench_nothing to service_role;
      notify pgrst, 'reload schema';
    `);
  });
}

/**
 * Every provider has proved itself, and no call is under way: where a rate is too high calls come too late, and the
 * circuits that open then would answer for the next rate.
 */
export async function restoreProviders({ info }: RunningStack): Promise<void> {
  await withConnection(info.dbUrl, async (sql) => {
    await sql`delete from private.provider_attempts`;
    await sql`
      update public.provider_circuits
      set state = 'closed', open_until = null, recent = repeat('1', 20), times_opened = 0, probes_passed = 0`;
  });
}

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A guest's request. */
export function routeTarget({ info }: RunningStack): Target {
  const headers = { "apikey": info.publishableKey, "content-type": "application/json" };
  return { url: `${info.apiUrl}/functions/v1/route-order`, headers };
}

/** One round trip to the database and back, with the function's own key. */
export function yardstickTarget({ info }: RunningStack): Target {
  const headers = {
    "apikey": info.secretKeys.default,
    "content-type": "application/json",
    "content-profile": "api",
  };
  return { url: `${info.apiUrl}/rest/v1/rpc/bench_nothing`, headers };
}

/** The requests that the functions make to the project's own address while routes are asked for, one after the other. */
export async function countRoundTrips(stack: RunningStack, routes: number): Promise<readonly string[]> {
  const seen: string[] = [];
  const between = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(pathname);
    const { method, headers } = request;
    return await fetch(`${stack.info.apiUrl}${pathname}${search}`, {
      method,
      headers,
      body: await request.blob(),
    });
  });
  const earlier = Deno.env.get("SUPABASE_URL")!;
  Deno.env.set("SUPABASE_URL", `http://127.0.0.1:${between.addr.port}`);
  try {
    for (let route = 0; route < routes; route++) {
      const { url, headers } = routeTarget(stack);
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(requestOf(route)) });
      const text = await response.text();
      if (!response.ok) throw new Error(`Expected a route but found ${response.status} ${text}`);
    }
  } finally {
    Deno.env.set("SUPABASE_URL", earlier);
    await between.shutdown();
  }
  return seen;
}
