import { assertEquals, assertRejects } from "@std/assert";
import {
  anonymousClient,
  broadcasts,
  closeClient,
  databaseOf,
  realtimeUser,
  subscribed,
  topicPolicies,
  uniqueName,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

Deno.test("a private broadcast from the database reaches a user whom the policy lets read", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, topic);
  const { client } = await realtimeUser(info);
  const channel = client.channel(topic, { config: { private: true } });
  const inbox = broadcasts(channel);
  await subscribed(channel);

  await sql`select realtime.send(${sql.json({ total: 3 })}, 'order_created', ${topic}, true)`;

  const message = await inbox.next();
  assertEquals(message.event, "order_created");
  assertEquals(message.payload["total"], 3);
  // hosted adds an id to a payload that has none, and the message's own beside it
  assertEquals(message.payload["id"], message.meta?.id);
  await closeClient(client);
});

Deno.test("a private channel is refused with the hosted reason where no policy lets the user read", async () => {
  const info = await stack();
  const topic = uniqueName();
  const { client } = await realtimeUser(info);
  const channel = client.channel(topic, { config: { private: true } });
  await assertRejects(
    () => subscribed(channel),
    Error,
    `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
  );
  await closeClient(client);
});

Deno.test("a visitor without a user is refused on a private channel that signed-in users may read", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, topic);
  const client = anonymousClient(info);
  await assertRejects(
    () => subscribed(client.channel(topic, { config: { private: true } })),
    Error,
    "Unauthorized",
  );
  await closeClient(client);
});

Deno.test("public and private channels of one name never hear each other", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, topic, { mayWrite: true });
  const inside = await realtimeUser(info);
  const outside = anonymousClient(info);
  const privateChannel = inside.client.channel(topic, { config: { private: true } });
  const publicChannel = outside.channel(topic);
  const [privateInbox, publicInbox] = [broadcasts(privateChannel), broadcasts(publicChannel)];
  await Promise.all([subscribed(privateChannel), subscribed(publicChannel)]);

  await sql`select realtime.send('{"n": 1}', 'private_one', ${topic}, true)`;
  await sql`select realtime.send('{"n": 2}', 'public_one', ${topic}, false)`;
  await sql`select realtime.send('{"n": 3}', 'private_last', ${topic}, true)`;
  await sql`select realtime.send('{"n": 4}', 'public_last', ${topic}, false)`;
  await privateInbox.next(({ event }) => event === "private_last");
  await publicInbox.next(({ event }) => event === "public_last");

  assertEquals(privateInbox.received.map(({ event }) => event), ["private_one", "private_last"]);
  assertEquals(publicInbox.received.map(({ event }) => event), ["public_one", "public_last"]);
  await Promise.all([closeClient(inside.client), closeClient(outside)]);
});

Deno.test("a message that is not committed yet, or rolled back, is never seen", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, topic);
  const { client } = await realtimeUser(info);
  const channel = client.channel(topic, { config: { private: true } });
  const inbox = broadcasts(channel);
  await subscribed(channel);

  const open = await sql.reserve();
  await open`begin`;
  await open`select realtime.send('{}', 'first_sent', ${topic}, true)`;
  await assertRejects(() =>
    sql.begin(async (transaction) => {
      await transaction`select realtime.send('{}', 'rolled_back', ${topic}, true)`;
      throw new Error("changed its mind");
    })
  );
  await sql`select realtime.send('{}', 'first_committed', ${topic}, true)`;
  await inbox.next(({ event }) => event === "first_committed");
  assertEquals(inbox.received.length, 1);

  await open`commit`;
  open.release();
  await inbox.next(({ event }) => event === "first_sent");
  assertEquals(inbox.received.map(({ event }) => event), ["first_committed", "first_sent"]);
  await closeClient(client);
});

Deno.test("whoever is woken by a message can read at once what its transaction wrote", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  const client = anonymousClient(info);
  const channel = client.channel(topic);
  const found: Promise<number>[] = [];
  const woken = Promise.withResolvers<void>();
  channel.on("broadcast", { event: "woken" }, ({ meta }) => {
    found.push(sql`select from realtime.messages where id = ${meta?.id ?? null}`.then(({ count }) => count));
    if (found.length === 200) woken.resolve();
  });
  await subscribed(channel);

  for (let n = 0; n < 200; n++) await sql`select realtime.send('{}', 'woken', ${topic}, false)`;
  await woken.promise;
  assertEquals(await Promise.all(found), Array(200).fill(1));
  await closeClient(client);
});

Deno.test("a user may send on a private channel only where the insert policy lets him", async () => {
  const info = await stack();
  const [open, closed] = [uniqueName(), uniqueName()];
  await using sql = databaseOf(info);
  await using _open = await topicPolicies(sql, open, { mayWrite: true });
  await using _closed = await topicPolicies(sql, closed);
  const [sender, receiver] = await Promise.all([realtimeUser(info), realtimeUser(info)]);

  for (const [topic, expected] of [[open, ["said"]], [closed, []]] as const) {
    const [from, to] = [sender, receiver].map(({ client }) =>
      client.channel(topic, { config: { private: true } })
    );
    const inbox = broadcasts(to!);
    await Promise.all([subscribed(from!), subscribed(to!)]);
    await from!.send({ type: "broadcast", event: "said", payload: {} });
    // a join of another topic is answered after what the same socket sent before it
    await subscribed(sender.client.channel(uniqueName()));
    await sql`select realtime.send('{}', 'marker', ${topic}, true)`;
    await inbox.next(({ event }) => event === "marker");
    assertEquals(inbox.received.map(({ event }) => event), [...expected, "marker"]);
  }
  await Promise.all([closeClient(sender.client), closeClient(receiver.client)]);
});

Deno.test("a client's broadcasts are acknowledged, come back to itself on request, and may be binary", async () => {
  const info = await stack();
  const topic = uniqueName();
  const [one, two] = [anonymousClient(info), anonymousClient(info)];
  const from = one.channel(topic, { config: { broadcast: { ack: true, self: true } } });
  const to = two.channel(topic);
  const [own, other] = [broadcasts(from), broadcasts(to)];
  await Promise.all([subscribed(from), subscribed(to)]);

  assertEquals(await from.send({ type: "broadcast", event: "text", payload: { word: "Grüße" } }), "ok");
  assertEquals(
    await from.send({ type: "broadcast", event: "bytes", payload: Uint8Array.of(0, 255, 7).buffer }),
    "ok",
  );
  for (const inbox of [own, other]) {
    const [text, bytes] = await inbox.collect(2);
    assertEquals([text?.event, text?.payload], ["text", { word: "Grüße" }]);
    assertEquals(new Uint8Array(bytes?.payload as unknown as ArrayBuffer), Uint8Array.of(0, 255, 7));
  }
  await Promise.all([closeClient(one), closeClient(two)]);
});

Deno.test("a broadcast over HTTP reaches subscribers; a private one only as its sender may", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  await using _policies = await topicPolicies(sql, topic, { mayWrite: true });
  const { client } = await realtimeUser(info);
  const channel = client.channel(topic, { config: { private: true } });
  const inbox = broadcasts(channel);
  await subscribed(channel);

  const visitor = await fetch(`${info.apiUrl}/realtime/v1/api/broadcast`, {
    method: "POST",
    headers: { apikey: info.publishableKey, "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ topic, event: "as_visitor", payload: {}, private: true }] }),
  });
  assertEquals([visitor.status, visitor.headers.get("access-control-allow-origin")], [202, "*"]);
  await visitor.body?.cancel();
  assertEquals(await channel.httpSend("as_user", { n: 1 }), { success: true });

  await inbox.next(({ event }) => event === "as_user");
  assertEquals(inbox.received.length, 1);
  await closeClient(client);
});
