/** Circuits and quotas in tests: calls that end one way or the other, and time that passes by moving rows. */
import type postgres from "postgres";
import { service } from "./callers.ts";
import { present } from "./present.ts";
import { at, beginRoute, type Planned, type Reserved, saveRoute } from "./routing_desk.ts";

/** How a call to a provider ended. */
export interface Result {
  readonly outcome: "good" | "failed" | "neutral";
  readonly code?: string;
  readonly retryAfterMs?: number;
  readonly calls?: Readonly<Record<string, number>>;
}

export const GOOD: Result = { outcome: "good" };
export const FAILED: Result = { outcome: "failed", code: "unavailable" };
export const NEUTRAL: Result = { outcome: "neutral", code: "nothing_found" };

/** A reservation that a route holds. */
export interface Held {
  readonly routeId: string;
  readonly reserved: Readonly<Record<string, Reserved>>;
}

/** Reserves at a provider, as the beginning of a route does. */
export async function reserve(sql: postgres.Sql, providers: readonly Planned[]): Promise<Held> {
  const { body, text } = await beginRoute(sql, service, { providers });
  if (body.start === undefined) throw new Error(`Expected a route to begin but found ${text}`);
  return { routeId: body.start.routeId, reserved: body.start.providers };
}

/** Ends a route without a quote, with what became of its attempts. */
export async function settle(
  sql: postgres.Sql,
  { routeId }: Held,
  results: Readonly<Record<string, Result>>,
): Promise<void> {
  const attempts = Object.entries(results).map(([provider, result]) => ({ provider, calls: {}, ...result }));
  const { status, text } = await saveRoute(sql, service, routeId, {
    selectedProvider: null,
    latencyMs: 1,
    decision: {},
    quotes: [],
    attempts,
    details: {},
  });
  if (status !== 503) throw new Error(`Expected a route without quotes to be saved but found ${text}`);
}

/** One call to a provider from its reservation to its result; the reservation, granted or not. */
export async function callOnce(sql: postgres.Sql, provider: string, result: Result): Promise<Reserved> {
  const held = await reserve(sql, at(provider));
  const reserved = present(held.reserved[provider], provider);
  if (reserved.granted) await settle(sql, held, { [provider]: result });
  return reserved;
}

/** Many calls one after another, each of which must be granted: 1 good, 0 failed, - neutral. */
export async function callInTurn(sql: postgres.Sql, provider: string, results: string): Promise<void> {
  for (const letter of results) {
    const result = letter === "1" ? GOOD : letter === "0" ? FAILED : NEUTRAL;
    const { granted } = await callOnce(sql, provider, result);
    if (!granted) throw new Error(`Expected every call of ${results} to be granted but found a refusal`);
  }
}

/** A provider's circuit as it stands. */
export interface Circuit {
  readonly state: string;
  readonly recent: string;
  readonly timesOpened: number;
  readonly probesPassed: number;
  readonly lastFailure: string | null;
  /** Seconds from its last change until it lets a probe through; null where it is closed. */
  readonly pauseSeconds: number | null;
}

export async function circuitOf(sql: postgres.Sql, provider: string): Promise<Circuit> {
  const [circuit] = await sql<Circuit[]>`
    select c.state, c.recent, c.times_opened as "timesOpened", c.probes_passed as "probesPassed",
      c.last_failure as "lastFailure",
      extract(epoch from c.open_until - c.updated_at)::double precision as "pauseSeconds"
    from public.provider_circuits as c where c.provider_id = ${provider}`;
  return present(circuit, provider);
}

/** Puts a circuit into a state, as a history of its own would have. */
export async function setCircuit(
  sql: postgres.Sql,
  provider: string,
  { state = "closed", recent = "" }: { readonly state?: string; readonly recent?: string },
): Promise<void> {
  await sql`
    update public.provider_circuits as c
    set state = ${state}, recent = ${recent}, probes_passed = 0, times_opened = ${state === "closed" ? 0 : 1},
      open_until = case when ${state !== "closed"} then clock_timestamp() - interval '1 second' end
    where c.provider_id = ${provider}`;
}

/** Lets the pause of an open circuit pass. */
export async function passPause(sql: postgres.Sql, provider: string): Promise<void> {
  await sql`
    update public.provider_circuits as c set open_until = clock_timestamp() - interval '1 millisecond'
    where c.provider_id = ${provider} and c.open_until is not null`;
}

/** Lets the time of every reservation pass that was not settled. */
export async function passDeadlines(sql: postgres.Sql): Promise<void> {
  await sql`update private.provider_attempts set lapses_at = clock_timestamp() - interval '1 second'`;
  await sql`
    update public.order_routes set deadline_at = clock_timestamp() - interval '2 seconds' where status = 'quoting'`;
}

/** How many reservations at a provider are not settled. */
export async function unsettled(sql: postgres.Sql, provider: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from private.provider_attempts as a where a.provider_id = ${provider}`;
  return present(row, "a count").count;
}

/** What is used of a quota, and on which day. */
export async function quotaOf(
  sql: postgres.Sql,
  provider: string,
  endpoint: string,
): Promise<{ readonly used: number; readonly max: number; readonly isToday: boolean }> {
  const [quota] = await sql<{ used: number; max: number; isToday: boolean }[]>`
    select q.used, q.max_per_day as max, q.day = (clock_timestamp() at time zone 'UTC')::date as "isToday"
    from public.provider_quotas as q where q.provider_id = ${provider} and q.endpoint = ${endpoint}`;
  return present(quota, `${provider} ${endpoint}`);
}
