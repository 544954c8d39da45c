/**
 * What Realtime tests share: users with sockets of their own through supabase-js, waits that end with the
 * event they wait for, and throw-away tables and policies.
 */
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import postgres from "postgres";
import type { StackInfo } from "./stack.ts";

/** A signed-in user and his socket. */
export interface RealtimeUser {
  readonly client: SupabaseClient;
  readonly id: string;
}

/** What a message of `realtime.send` looks like to its subscriber. */
export interface BroadcastEvent {
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly meta?: { readonly id: string };
}

/** A client without a user, as a visitor's browser has it. */
export function anonymousClient(stack: StackInfo): SupabaseClient {
  return createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

/** A client with a token of the test's making in place of a session. */
export function tokenClient(
  stack: Pick<StackInfo, "apiUrl" | "publishableKey">,
  token: () => string | Promise<string>,
): SupabaseClient {
  return createClient(stack.apiUrl, stack.publishableKey, { accessToken: async () => await token() });
}

/** Signs a new user up. */
export async function realtimeUser(stack: StackInfo): Promise<RealtimeUser> {
  const client = anonymousClient(stack);
  const { data, error } = await client.auth.signUp({
    email: `realtime-${crypto.randomUUID()}@example.com`,
    password: crypto.randomUUID(),
  });
  if (error) throw error;
  if (!data.user || !data.session) throw new Error("Expected a session from signing up and found none");
  await client.realtime.setAuth(data.session.access_token);
  return { client, id: data.user.id };
}

/**
 * Refreshes a session until its token is another one: two of the same second can be equal to the letter, and
 * an equal token is not sent.
 */
export async function refreshedToken(client: SupabaseClient, timeoutMs = 5_000): Promise<string> {
  const before = (await client.auth.getSession()).data.session?.access_token;
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const { data, error } = await client.auth.refreshSession();
    if (error) throw error;
    if (data.session && data.session.access_token !== before) return data.session.access_token;
  }
  throw new Error(`Expected another token within ${timeoutMs} ms`);
}

/** Ends a client: its channels, then its socket, until that is closed. */
export async function closeClient(client: SupabaseClient): Promise<void> {
  await client.removeAllChannels();
  await client.realtime.disconnect();
}

/** Joins a channel; resolves when it is subscribed, rejects with the server's reason. */
export function subscribed(channel: RealtimeChannel, timeoutMs = 10_000): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  channel.subscribe((status, error) => {
    if (status === "SUBSCRIBED") resolve();
    else reject(error ?? new Error(`Expected SUBSCRIBED but found ${status}`));
  }, timeoutMs);
  return promise;
}

/** Joins a channel with `postgres_changes`; resolves when changes are being sent. */
export async function listening(channel: RealtimeChannel, timeoutMs = 10_000): Promise<void> {
  const system = new Inbox<{ extension: string; status: string; message: string }>();
  channel.on("system", {}, system.push);
  await subscribed(channel, timeoutMs);
  const answer = await system.next(({ extension }) => extension === "postgres_changes", timeoutMs);
  if (answer.status !== "ok") throw new Error(answer.message);
}

/** Collects events and hands them out to whoever waits. */
export class Inbox<Event> {
  readonly received: Event[] = [];
  readonly #waiting = new Set<() => void>();

  /** Bound, so that it can be given as a callback. */
  readonly push = (event: Event): void => {
    this.received.push(event);
    for (const wake of [...this.#waiting]) wake();
  };

  /** The first event that fits, come or to come. */
  async next(fits: (event: Event) => boolean = () => true, timeoutMs = 5_000): Promise<Event> {
    const found = () => this.received.find(fits);
    await this.#until(() => found() !== undefined, timeoutMs);
    const event = found();
    if (event === undefined) throw new Error("Expected an event that fits");
    return event;
  }

  /** All events, once there are as many. */
  async collect(count: number, timeoutMs = 5_000): Promise<Event[]> {
    await this.#until(() => this.received.length >= count, timeoutMs);
    return [...this.received];
  }

  #until(done: () => boolean, timeoutMs: number): Promise<void> {
    if (done()) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wake = () => done() && finish(resolve);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      this.#waiting.delete(wake);
      settle();
    };
    const timer = setTimeout(() => {
      const found = JSON.stringify(this.received).slice(0, 500);
      finish(() => reject(new Error(`Expected an event within ${timeoutMs} ms but found only ${found}`)));
    }, timeoutMs);
    this.#waiting.add(wake);
    return promise;
  }
}

/** An inbox for one broadcast event of a channel, or for all of them. */
export function broadcasts(channel: RealtimeChannel, event = "*"): Inbox<BroadcastEvent> {
  const inbox = new Inbox<BroadcastEvent>();
  channel.on(
    "broadcast",
    { event },
    ({ event, payload, meta }) => inbox.push({ event, payload, ...(meta && { meta }) }),
  );
  return inbox;
}

/** Subscribes to a topic and keeps what it says. */
export async function hear(
  client: SupabaseClient,
  topic: string,
  isPrivate = true,
): Promise<Inbox<BroadcastEvent>> {
  const channel = client.channel(topic, { config: { private: isPrivate } });
  const inbox = broadcasts(channel);
  await subscribed(channel);
  return inbox;
}

/** A name nobody else uses, good for topics, tables and policies. */
export function uniqueName(): string {
  return `probe_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}

/** A connection as the project's own role, closed at the end of the scope. */
export function databaseOf(stack: StackInfo): postgres.Sql & AsyncDisposable {
  const sql = postgres(stack.dbUrl, { max: 3, onnotice: () => {} });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) });
}

/**
 * Lets signed-in users receive from topics that start with the name, and send to them if `mayWrite`;
 * drops the policies at the end of the scope.
 *
 * @param condition SQL that must hold besides
 */
export async function topicPolicies(
  sql: postgres.Sql,
  name: string,
  options: { mayWrite?: boolean; condition?: string } = {},
): Promise<AsyncDisposable> {
  const rule = `(select realtime.topic()) like '${name}%' and extension = 'broadcast' and (${
    options.condition ?? "true"
  })`;
  await sql.unsafe(
    `create policy ${name}_receive on realtime.messages for select to authenticated using (${rule})`,
  );
  if (options.mayWrite) {
    await sql.unsafe(
      `create policy ${name}_send on realtime.messages for insert to authenticated with check (${rule})`,
    );
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop policy if exists ${name}_receive on realtime.messages`);
      await sql.unsafe(`drop policy if exists ${name}_send on realtime.messages`);
    },
  };
}

/** Creates a published table in `public`; drops it at the end of the scope. */
export async function publishedTable(
  sql: postgres.Sql,
  name: string,
  columns: string,
  setup: readonly string[] = [],
): Promise<AsyncDisposable> {
  await sql.unsafe(`create table public.${name} (${columns})`);
  for (const statement of setup) await sql.unsafe(statement);
  await sql.unsafe(`alter publication supabase_realtime add table public.${name}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop table if exists public.${name}`);
    },
  };
}
