/**
 * What only a server of one's own can show: tokens that expire while a channel is open, a replication
 * connection that breaks, limits. It runs in the test's process on the stack's database.
 */
import { assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { generateKeyPair, jwtVerify, SignJWT } from "jose";
import postgres from "postgres";
import { startRealtime } from "../../scripts/local/realtime/realtime.ts";
import { broadcasts, closeClient, Inbox, subscribed, tokenClient, uniqueName } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

interface OwnServer extends AsyncDisposable {
  readonly sql: postgres.Sql;
  /** Process ids of this server's replication connections. */
  readonly replicationPids: readonly number[];
  /** A client whose tokens live this many seconds, each time it asks for one. */
  client(lifetimes?: () => number): SupabaseClient;
}

async function ownServer(): Promise<OwnServer> {
  const { local } = await stack();
  if (!local) {
    throw new Error("Expected the local stack: unset SUPABASE_URL so that the tests start their own");
  }
  const sql = postgres(local.superuserUrl, { max: 2, onnotice: () => {} });
  const walSenders = async () =>
    (await sql<
      { pid: number }[]
    >`select pid from pg_stat_replication where application_name = 'realtime_replication'`)
      .map(({ pid }) => pid);
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const before = await walSenders();
  const realtime = await startRealtime({
    databaseUrl: local.superuserUrl,
    verify: async (token) => (await jwtVerify(token, publicKey)).payload,
    keyRole: (key) => key === "sb_publishable_own" ? "anon" : null,
    log: () => {},
  });
  const replicationPids = (await walSenders()).filter((pid) => !before.includes(pid));
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => realtime.handle(request),
  );
  const project = { apiUrl: `http://127.0.0.1:${http.addr.port}`, publishableKey: "sb_publishable_own" };
  const token = (seconds: number) =>
    new SignJWT({ role: "authenticated", sub: crypto.randomUUID() })
      .setProtectedHeader({ alg: "ES256" })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(privateKey);
  return {
    sql,
    replicationPids,
    client: (lifetime = () => 60) => tokenClient(project, () => token(lifetime())),
    async [Symbol.asyncDispose]() {
      await realtime.stop();
      await http.shutdown();
      await sql.end({ timeout: 1 });
    },
  };
}

Deno.test("a channel whose token expires is closed with the system error, and not joined again", async () => {
  await using server = await ownServer();
  const client = server.client(() => 2);
  await client.realtime.setAuth();
  const channel = client.channel(uniqueName());
  const system = new Inbox<{ extension: string; status: string; message: string }>();
  const states = new Inbox<string>();
  channel.on("system", {}, system.push);
  channel.subscribe(states.push);
  await states.next((state) => state === "SUBSCRIBED");

  const { extension, status, message } = await system.next();
  assertEquals([extension, status], ["system", "error"]);
  assertEquals(message, "Token has expired 0 seconds ago");
  assertEquals(await states.next((state) => state === "CLOSED"), "CLOSED");
  await closeClient(client);
});

Deno.test("a token renewed in time keeps the channel open past the first one's end", async () => {
  await using server = await ownServer();
  let lifetime = 3;
  const [short, renewed] = [server.client(() => 3), server.client(() => lifetime)];
  for (const client of [renewed, short]) await client.realtime.setAuth();
  const topic = uniqueName();
  const system = new Inbox<{ message: string }>();
  const [shortChannel, renewedChannel] = [short.channel(topic), renewed.channel(topic)];
  shortChannel.on("system", {}, system.push);
  const inbox = broadcasts(renewedChannel);
  await Promise.all([subscribed(shortChannel), subscribed(renewedChannel)]);

  lifetime = 60;
  await renewed.realtime.setAuth();
  // the other channel, with a token no older, shows that the time has come
  await system.next();
  await server.sql`select realtime.send('{}', 'still_here', ${topic}, false)`;
  assertEquals((await inbox.next()).event, "still_here");
  await Promise.all([closeClient(short), closeClient(renewed)]);
});

Deno.test("when replication breaks, clients join again by themselves and hear all that follows", async () => {
  await using server = await ownServer();
  assertEquals(server.replicationPids.length, 2);
  const client = server.client();
  const topic = uniqueName();
  const channel = client.channel(topic);
  const inbox = broadcasts(channel);
  const states = new Inbox<string>();
  channel.subscribe(states.push);
  await states.collect(1);

  for (const pid of server.replicationPids) await server.sql`select pg_terminate_backend(${pid})`;
  await states.next((state) => state === "CHANNEL_ERROR");
  await states.collect(3);
  assertEquals(states.received.at(-1), "SUBSCRIBED");

  await server.sql`select realtime.send('{}', 'afterwards', ${topic}, false)`;
  assertEquals((await inbox.next()).event, "afterwards");
  await closeClient(client);
});

Deno.test("a stopped server leaves neither slot nor connection behind", async () => {
  const server = await ownServer();
  const { sql, replicationPids } = server;
  const [slots] = await sql`select count(*)::int from pg_replication_slots where active_pid = any (${[
    ...replicationPids,
  ]})`;
  assertEquals(slots?.["count"], 2);
  const { local } = await stack();
  await server[Symbol.asyncDispose]();

  const after = postgres(local?.superuserUrl ?? "", { max: 1 });
  const left = () =>
    after`
    select count(*)::int from pg_stat_activity as activity
    where activity.pid = any (${[...replicationPids]})`;
  // the walsender ends a moment after its socket
  for (let tries = 0; tries < 200 && (await left())[0]?.["count"] !== 0; tries++);
  assertEquals((await left())[0]?.["count"], 0);
  await after.end();
});
