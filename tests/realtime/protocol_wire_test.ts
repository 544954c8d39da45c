import { assert, assertEquals } from "@std/assert";
import { RawSocket, socketUrl } from "../support/raw_socket.ts";
import {
  anonymousClient,
  broadcasts,
  closeClient,
  databaseOf,
  subscribed,
  uniqueName,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

Deno.test("protocol 1.0.0 speaks objects: join, heartbeat, broadcast, leave", async () => {
  const info = await stack();
  const topic = `realtime:${uniqueName()}`;
  await using sql = databaseOf(info);
  await using socket = await RawSocket.open(info);
  socket.send({ topic: "phoenix", event: "heartbeat", payload: {}, ref: "1" });
  assertEquals((await socket.frames.next()).raw, {
    topic: "phoenix",
    event: "phx_reply",
    payload: { status: "ok", response: {} },
    ref: "1",
    join_ref: null,
  });

  socket.send({ topic, event: "phx_join", payload: { config: {} }, ref: "2", join_ref: "2" });
  const [, reply, presence] = await socket.frames.collect(3);
  assertEquals(reply?.raw, {
    topic,
    event: "phx_reply",
    payload: { status: "ok", response: { postgres_changes: [] } },
    ref: "2",
    join_ref: "2",
  });
  assertEquals(presence?.raw, { topic, event: "presence_state", payload: {}, ref: null, join_ref: "2" });

  const name = topic.slice("realtime:".length);
  await sql`select realtime.send('{"id": "own", "n": 1}', 'told', ${name}, false)`;
  const told = (await socket.frames.collect(4))[3];
  const [message] = await sql`select id from realtime.messages where topic = ${name}`;
  assertEquals(told?.payload, {
    type: "broadcast",
    event: "told",
    meta: { id: message?.["id"] },
    payload: { id: "own", n: 1 },
  });

  socket.send({ topic, event: "phx_leave", payload: {}, ref: "3", join_ref: "2" });
  const [left, closed] = (await socket.frames.collect(6)).slice(4);
  assertEquals(left?.raw, {
    topic,
    event: "phx_reply",
    payload: { status: "ok", response: {} },
    ref: "3",
    join_ref: "2",
  });
  assertEquals(closed?.raw, { topic, event: "phx_close", payload: {}, ref: "2", join_ref: "2" });
});

Deno.test("protocol 2.0.0 speaks arrays, and sends database broadcasts as binary frames", async () => {
  const info = await stack();
  const name = uniqueName();
  await using sql = databaseOf(info);
  await using socket = await RawSocket.open(info, "2.0.0");
  socket.send([null, "1", "phoenix", "heartbeat", {}]);
  assertEquals((await socket.frames.next()).raw, [null, "1", "phoenix", "phx_reply", {
    status: "ok",
    response: {},
  }]);

  socket.send(["2", "2", `realtime:${name}`, "phx_join", { config: {} }]);
  await socket.frames.collect(3);
  await sql`select realtime.send('{"id": "own"}', 'told', ${name}, false)`;
  const bytes = await socket.binaries.next();
  const [kind, topicLength, eventLength, metaLength, encoding] = bytes;
  assertEquals([kind, topicLength, eventLength, encoding], [4, `realtime:${name}`.length, "told".length, 1]);
  const text = new TextDecoder().decode(bytes.subarray(5));
  assert(text.startsWith(`realtime:${name}told{"id":`));
  assertEquals(JSON.parse(text.slice(Number(topicLength) + Number(eventLength) + Number(metaLength))), {
    id: "own",
  });
});

Deno.test("numbers keep all their digits on the wire", async () => {
  const info = await stack();
  const name = uniqueName();
  await using sql = databaseOf(info);
  await using socket = await RawSocket.open(info, "2.0.0");
  socket.send(["1", "1", `realtime:${name}`, "phx_join", { config: {} }]);
  await socket.frames.collect(2);
  await sql`select realtime.send('{"cents": 9007199254740993}', 'told', ${name}, false)`;
  const bytes = await socket.binaries.next();
  assert(new TextDecoder().decode(bytes).includes(`"cents": 9007199254740993`));
});

Deno.test("a second join of a topic closes the first", async () => {
  const info = await stack();
  const topic = `realtime:${uniqueName()}`;
  await using socket = await RawSocket.open(info, "2.0.0");
  socket.send(["1", "1", topic, "phx_join", {}]);
  await socket.frames.collect(2);
  socket.send(["2", "2", topic, "phx_join", {}]);
  const [closed, reply] = (await socket.frames.collect(4)).slice(2);
  assertEquals(closed?.raw, ["1", "1", topic, "phx_close", {}]);
  assertEquals(reply?.raw, ["2", "2", topic, "phx_reply", {
    status: "ok",
    response: { postgres_changes: [] },
  }]);
});

Deno.test("a handshake with a wrong key or version is refused with a JSON error", async () => {
  const info = await stack();
  const cases = [
    [{ apikey: "sb_publishable_wrong" }, 401],
    [{ apikey: "" }, 401],
    [{ vsn: "9.0.0" }, 426],
  ] as const;
  for (const [query, status] of cases) {
    const url = new URL(socketUrl(info));
    url.protocol = "http:";
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url);
    assertEquals(response.status, status);
    assertEquals(Object.keys(await response.json()), ["error"]);
  }
});

Deno.test("twenty sockets on one topic all hear every message, in order", async () => {
  const info = await stack();
  const topic = uniqueName();
  await using sql = databaseOf(info);
  const clients = Array.from({ length: 20 }, () => anonymousClient(info));
  const inboxes = await Promise.all(clients.map(async (client) => {
    const channel = client.channel(topic);
    const inbox = broadcasts(channel);
    await subscribed(channel);
    return inbox;
  }));
  for (let n = 0; n < 25; n++) await sql`select realtime.send(${sql.json({ n })}, 'tick', ${topic}, false)`;
  for (const inbox of inboxes) {
    const heard = (await inbox.collect(25)).map(({ payload }) => payload["n"]);
    assertEquals(heard, Array.from({ length: 25 }, (_, n) => n));
  }
  await Promise.all(clients.map(closeClient));
});
