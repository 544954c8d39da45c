import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  GarbledResponse,
  type Read,
  readResponse,
  requestBytes,
} from "../../shared/delivery/http_message.ts";

/** A connection that hands its text out in pieces of these lengths, over and over, and then ends. */
function wire(text: string, lengths: readonly number[] = [text.length]): Read {
  let rest = new TextEncoder().encode(text);
  let turn = 0;
  return () => {
    if (rest.byteLength === 0) return Promise.resolve(null);
    const length = lengths[turn++ % lengths.length] ?? 1;
    const piece = rest.slice(0, length);
    rest = rest.slice(length);
    return Promise.resolve(piece);
  };
}

async function read(text: string, lengths?: readonly number[]) {
  let closed = 0;
  const response = await readResponse(wire(text, lengths), () => closed += 1);
  const body = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), body, closed };
}

const FRAMES: readonly (readonly [name: string, frame: (body: string) => string])[] = [
  [
    "a length",
    (body) => `HTTP/1.1 503 Away\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n${body}and what follows`,
  ],
  ["the connection's end", (body) => `HTTP/1.0 503 Away\r\nX: y\r\n\r\n${body}`],
  [
    "chunks",
    (body) =>
      `HTTP/1.1 503 Away\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n${
        body.replaceAll(/[^]{1,7}/g, (chunk) => `${chunk.length.toString(16)};x=1\r\n${chunk}\r\n`)
      }0\r\nTrailer: z\r\n\r\n`,
  ],
  ["line feeds alone", (body) => `HTTP/1.1 503\nX: y\nContent-Length: ${body.length}\n\n${body}`],
  [
    "an interim answer before",
    (body) => `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Away\r\nX: y\r\n\r\n${body}`,
  ],
];

Deno.test("a response is the same however the network cuts it", async (t) => {
  const body = fc.string({ unit: "grapheme-ascii", maxLength: 60 });
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 });
  for (const [name, frame] of FRAMES) {
    await t.step(name, async () => {
      await fc.assert(fc.asyncProperty(body, lengths, async (body, lengths) => {
        const found = await read(frame(body), lengths);
        assertEquals([found.status, found.headers["x"], found.body], [503, "y", body]);
        assertEquals(found.closed, 1);
      }));
    });
  }
});

Deno.test("what is no HTTP is an error, never an answer", async (t) => {
  const garbage = [
    "",
    "\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
    "220 mail.example ESMTP\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 099 Low\r\n\r\n",
    "HTTP/1.1 600 High\r\n\r\n",
    "HTTP/1.1 2000 Long\r\n\r\n",
    "HTTP/1.1 200OK\r\n\r\n",
    "HTTP/1.1 200",
    "HTTP/1.1 200 OK\r\nX: y\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
    "HTTP/1.1 200 OK\r\nx y: z\r\n\r\n",
    "HTTP/1.1 200 OK\r\nx: y\r\n folded\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(20)}HTTP/1.1 200 OK\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(4_000)}\r\n`,
    "x".repeat(100_000),
  ];
  for (const text of garbage) {
    await t.step(text.slice(0, 40).trim() || "nothing", async () => {
      await assertRejects(() => readResponse(wire(text, [5000]), () => {}), GarbledResponse);
    });
  }
});

Deno.test("any bytes at all are an answer or an error of this kind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const pieces = [new TextEncoder().encode("HTTP/1.1 200 OK\r\n"), bytes, null];
      let turn = 0;
      const next: Read = () => Promise.resolve(pieces[turn++] ?? null);
      const outcome = await readResponse(next, () => {}).then((response) => response.text()).catch((error) =>
        error
      );
      assertEquals(typeof outcome === "string" || outcome instanceof GarbledResponse, true, String(outcome));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a body that breaks off inside a chunk is an error, one that nobody wants is closed", async () => {
  const broken = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc";
  const response = await readResponse(wire(broken), () => {});
  await assertRejects(() => response.text(), GarbledResponse);

  let closed = 0;
  const endless = await readResponse(wire("HTTP/1.1 200 OK\r\n\r\nendless"), () => closed += 1);
  await endless.body?.cancel();
  assertEquals(closed, 1);
});

Deno.test("an answer without content has none, and its connection is closed", async () => {
  assertEquals(await read("HTTP/1.1 204 No Content\r\n\r\nsmuggled"), {
    status: 204,
    headers: {},
    body: "",
    closed: 1,
  });
});

Deno.test("a request is one POST with its length, and nothing can slip another in", () => {
  const text = (url: string, headers = {}) =>
    new TextDecoder().decode(requestBytes({ url, headers, body: '{"ü":1}' }));
  assertEquals(
    text("https://receiver.example/a b?c=d\r\nHost: evil#fragment", { "webhook-id": "7" }),
    "POST /a%20b?c=dHost:%20evil HTTP/1.1\r\naccept-encoding: identity\r\nconnection: close\r\n" +
      'content-length: 8\r\nhost: receiver.example\r\nwebhook-id: 7\r\n\r\n{"ü":1}',
  );
  for (const value of ["a\r\nx: y", "a\nb", "a\0b"]) {
    let refused = false;
    try {
      text("https://receiver.example/", { "x": value });
    } catch (error) {
      refused = error instanceof TypeError;
    }
    assertEquals([value, refused], [value, true]);
  }
});
