import { assertEquals, assertRejects } from "@std/assert";
import {
  broadcasts,
  closeClient,
  databaseOf,
  Inbox,
  publishedTable,
  realtimeUser,
  refreshedToken,
  subscribed,
  tokenClient,
  topicPolicies,
  uniqueName,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

Deno.test("a refreshed token that no longer may read closes the channel with the reason", async () => {
  const info = await stack();
  const name = uniqueName();
  await using sql = databaseOf(info);
  await using _members = await publishedTable(sql, name, "member uuid primary key", [
    `grant select on public.${name} to authenticated`,
  ]);
  await using _policies = await topicPolicies(sql, name, {
    condition: `(select auth.uid()) in (select member from public.${name})`,
  });
  const { client, id } = await realtimeUser(info);
  await sql`insert into ${sql(name)} values (${id})`;

  const channel = client.channel(name, { config: { private: true } });
  const inbox = broadcasts(channel);
  const system = new Inbox<{ status: string; message: string; extension: string }>();
  channel.on("system", {}, system.push);
  await subscribed(channel);
  await sql`select realtime.send('{}', 'while_member', ${name}, true)`;
  await inbox.next();

  // what was judged at the join holds until the next token
  await sql`delete from ${sql(name)}`;
  await sql`select realtime.send('{}', 'before_refresh', ${name}, true)`;
  await inbox.collect(2);

  await client.realtime.setAuth(await refreshedToken(client));
  const { status, message, extension } = await system.next();
  assertEquals([extension, status], ["system", "error"]);
  assertEquals(message, `You do not have permissions to read from this Channel topic: ${name}`);

  await sql`select realtime.send('{}', 'after_refresh', ${name}, true)`;
  // the socket lives on, and a join sent now is judged by the new token
  await assertRejects(
    () => subscribed(client.channel(`${name}:again`, { config: { private: true } })),
    Error,
    "Unauthorized",
  );
  assertEquals(inbox.received.length, 2);
  await closeClient(client);
});

Deno.test("a refreshed token that still may read changes nothing for its subscriber", async () => {
  const info = await stack();
  const name = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, name);
  const { client } = await realtimeUser(info);
  const channel = client.channel(name, { config: { private: true } });
  const inbox = broadcasts(channel);
  await subscribed(channel);

  await client.realtime.setAuth(await refreshedToken(client));
  await subscribed(client.channel(`${name}:barrier`, { config: { private: true } }));
  await sql`select realtime.send('{}', 'after_refresh', ${name}, true)`;

  assertEquals((await inbox.next()).event, "after_refresh");
  await closeClient(client);
});

const part = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
const claims = { role: "service_role", exp: Math.floor(Date.now() / 1000) + 600 };

const REFUSED: Record<string, [token: string, reason: string]> = {
  "a token that is not a JWT": ["neither.a-token", "MalformedJWT"],
  "a token signed by nobody": [`${part({ alg: "none" })}.${part(claims)}.AAAA`, "JwtSignatureError"],
  "a token signed by somebody else": [`${part({ alg: "ES256" })}.${part(claims)}.AAAA`, "JwtSignatureError"],
  "an expired token": [
    `${part({ alg: "ES256" })}.${part({ ...claims, exp: 1 })}.AAAA`,
    "InvalidJWTToken: Token has expired",
  ],
};

for (const [what, [token, reason]] of Object.entries(REFUSED)) {
  Deno.test(`${what} is refused with the hosted code, on a public channel too`, async () => {
    const client = tokenClient(await stack(), () => token);
    await client.realtime.setAuth();
    await assertRejects(() => subscribed(client.channel(uniqueName())), Error, reason);
    await closeClient(client);
  });
}
