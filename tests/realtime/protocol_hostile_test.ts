import { assert, assertEquals } from "@std/assert";
import { RawSocket } from "../support/raw_socket.ts";
import { uniqueName } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

const topic = `realtime:${uniqueName()}`;

/** Frames that are not of the protocol: each ends its socket with a sentence. */
const MALFORMED: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "text that is not JSON": "{",
  "an empty frame": "",
  "an object where an array belongs": JSON.stringify({ topic, event: "phx_join", payload: {}, ref: "1" }),
  "too few elements": JSON.stringify(["1", "1", topic]),
  "too many elements": JSON.stringify(["1", "1", topic, "phx_join", {}, {}]),
  "a topic that is no text": JSON.stringify(["1", "1", 7, "phx_join", {}]),
  "a reference that is no text": JSON.stringify([{}, "1", topic, "phx_join", {}]),
  "a frame above the size limit": `["1","1","${topic}","broadcast","${"x".repeat(3_200_000)}"]`,
  "an empty binary frame": new Uint8Array(0),
  "a binary frame of an unknown kind": Uint8Array.of(9, 0, 0, 0, 0, 0, 0),
  "a binary frame shorter than its lengths": Uint8Array.of(3, 255, 255, 255, 255, 255, 1, 65),
  "a binary frame that is not UTF-8": Uint8Array.of(3, 1, 0, 0, 0, 0, 1, 0xff, 0x7b, 0x7d),
  "a binary frame whose JSON is not": Uint8Array.of(3, 0, 0, 1, 1, 0, 1, 65, 66, 0x7b),
};

for (const [what, frame] of Object.entries(MALFORMED)) {
  Deno.test(`${what} closes the socket with a sentence, and the server lives on`, async () => {
    const info = await stack();
    await using hostile = await RawSocket.open(info, "2.0.0");
    hostile.sendRaw(frame);
    const { code, reason } = await hostile.closed;
    assertEquals(code, 1007);
    assert(reason.length > 0);

    await using other = await RawSocket.open(info, "2.0.0");
    other.send([null, "1", "phoenix", "heartbeat", {}]);
    assertEquals((await other.frames.next()).status, "ok");
  });
}

const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** Frames of the right shape with an impossible content: each is answered with an error. */
const REFUSED: Record<string, [frame: string, reason: string]> = {
  "a join without a topic name": [`["1","1","realtime:","phx_join",{}]`, "TopicNameRequired"],
  "a join with a list as its configuration": [
    `["1","1","${topic}","phx_join",{"config":[]}]`,
    "InvalidJoinPayload",
  ],
  "a join whose flag is a text": [
    `["1","1","${topic}","phx_join",{"config":{"private":"yes"}}]`,
    "InvalidJoinPayload",
  ],
  "a join with 101 bindings": [
    `["1","1","${topic}","phx_join",{"config":{"postgres_changes":[${Array(101).fill("{}").join()}]}}]`,
    "InvalidJoinPayload",
  ],
  "a join with a number as its token": [
    `["1","1","${topic}","phx_join",{"access_token":7}]`,
    "InvalidJoinPayload",
  ],
  "a join with a deeply nested token": [
    `["1","1","${topic}","phx_join",{"access_token":${deep(50_000)}}]`,
    "InvalidJoinPayload",
  ],
  "a private topic with a zero byte": [
    `["1","1","${topic}\\u0000","phx_join",{"config":{"private":true}}]`,
    "Unknown Error on Channel",
  ],
  "a broadcast to a topic that was not joined": [
    `["1","1","${topic}","broadcast",{"event":"x"}]`,
    "unmatched topic",
  ],
  "an unknown control frame": [`[null,"1","phoenix","reboot",{}]`, "unmatched topic"],
};

for (const [what, [frame, expected]] of Object.entries(REFUSED)) {
  Deno.test(`${what} is answered with an error`, async () => {
    const info = await stack();
    await using socket = await RawSocket.open(info, "2.0.0");
    socket.sendRaw(frame);
    const reply = await socket.frames.next();
    assertEquals([reply.event, reply.status], ["phx_reply", "error"]);
    assert(reply.reason?.includes(expected), reply.reason);
  });
}

Deno.test("SQL in names and filters stays text", async () => {
  const info = await stack();
  await using socket = await RawSocket.open(info, "2.0.0");
  const binding = {
    event: "*",
    schema: "public'; drop schema realtime cascade; --",
    table: `t" where true; --`,
    filter: `id=eq.1'; drop schema realtime cascade; --`,
  };
  socket.send(["1", "1", topic, "phx_join", { config: { postgres_changes: [binding] } }]);
  const system = await socket.frames.next(({ event }) => event === "system");
  assertEquals(system.status, "error");

  socket.send(["2", "2", `${topic}'; --`, "phx_join", { config: { private: true } }]);
  const refused = await socket.frames.next(({ ref }) => ref === "2");
  assert(refused.reason?.startsWith("Unauthorized"), refused.reason);
});

Deno.test("a payload that poses as the server's own form of a broadcast is sent on as plain data", async () => {
  const info = await stack();
  const name = `realtime:${uniqueName()}`;
  await using sender = await RawSocket.open(info, "2.0.0");
  await using receiver = await RawSocket.open(info, "1.0.0");
  sender.send(["1", "1", name, "phx_join", {}]);
  receiver.send({ topic: name, event: "phx_join", payload: {}, ref: "1" });
  await Promise.all([sender.frames.collect(2), receiver.frames.collect(2)]);

  sender.send(["1", "2", name, "broadcast", { event: "x", body: "not JSON}", payload: { n: 1 } }]);
  const heard = (await receiver.frames.collect(3))[2];
  assertEquals(heard?.payload, { type: "broadcast", event: "x", payload: { n: 1 } });
});

Deno.test("a connection may join 100 channels and no more", async () => {
  const info = await stack();
  await using socket = await RawSocket.open(info, "2.0.0");
  for (let n = 1; n <= 101; n++) socket.send([`${n}`, `${n}`, `${topic}:${n}`, "phx_join", {}]);
  // 100 joins answer with two frames each, the last with one
  const replies = (await socket.frames.collect(201)).filter(({ event }) => event === "phx_reply");
  assertEquals(replies.length, 101);
  assertEquals(replies.flatMap(({ reason }) => reason ?? []), ["ChannelRateLimitReached: Too many channels"]);
});
