import { type Answer, encodeAnswer, type HttpRequest, parseHead } from "./http_message.ts";
import { Inbox } from "./inbox.ts";

/**
 * What a handler can do with the connection its request came on. The sandbox speaks HTTP/1.1 itself, because an
 * answer has to end after any of its bytes, the head's included, which no server library lets one do.
 */
export interface Wire {
  /** Aborted once the client has closed its side, or the server stops. */
  readonly gone: AbortSignal;
  /** Sends bytes; false where the client did not take them. */
  send(bytes: Uint8Array): Promise<boolean>;
}

/** Answers one request; false ends the connection at once, whatever was sent. */
export type Handler = (request: HttpRequest, wire: Wire) => Promise<boolean>;

export interface HttpServer {
  readonly port: number;
  /** Closes every connection and waits until nothing is left running. */
  stop(): Promise<void>;
}

/** Serves on 127.0.0.1 alone; port 0 takes any free one. */
export function serveHttp(port: number, handle: Handler): HttpServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();

  async function accept(): Promise<void> {
    for await (const conn of listener) {
      open.add(conn);
      const served = serveConnection(conn, handle).finally(() => {
        open.delete(conn);
        running.delete(served);
      });
      running.add(served);
    }
  }
  const accepting = accept();

  return {
    port: listener.addr.port,
    async stop() {
      listener.close();
      for (const conn of open) close(conn);
      await Promise.all([accepting, ...running]);
    },
  };
}

async function serveConnection(conn: Deno.TcpConn, handle: Handler): Promise<void> {
  // Answers are small, and some are sent a byte at a time
  conn.setNoDelay(true);
  const inbox = new Inbox();
  const filling = inbox.fill(conn);
  const wire: Wire = { gone: inbox.gone, send: (bytes) => sendAll(conn, bytes) };
  while (await serveRequest(inbox, wire, handle));
  close(conn);
  await filling;
}

/** Answers the next request; false where there is none any more. */
async function serveRequest(inbox: Inbox, wire: Wire, handle: Handler): Promise<boolean> {
  const text = await inbox.takeUntil("\r\n\r\n");
  if (text === undefined) return false;
  const head = parseHead(text);
  if (!head) return refuse(wire, "Expected a request of HTTP/1.1");
  if (head.headers.has("expect")) await wire.send(new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n"));
  const body = await readBody(head.headers, inbox);
  if (body === undefined) return refuse(wire, "Expected a body of the length announced");
  const url = new URL(head.target, "http://127.0.0.1");
  const isKept = await handle({ ...head, url, body }, wire);
  return isKept && head.headers.get("connection")?.toLowerCase() !== "close";
}

async function readBody(headers: Headers, inbox: Inbox): Promise<string | undefined> {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return await readChunks(inbox);
  const length = headers.get("content-length") ?? "0";
  if (!/^\d{1,7}$/.test(length)) return undefined;
  const bytes = await inbox.take(Number(length));
  return bytes && new TextDecoder().decode(bytes);
}

async function readChunks(inbox: Inbox): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const size = await inbox.takeUntil("\r\n");
    if (size === undefined || !/^[0-9a-f]{1,6}$/i.test(size)) return undefined;
    const bytes = await inbox.take(parseInt(size, 16) + 2);
    if (!bytes) return undefined;
    if (bytes.length === 2) return text + decoder.decode();
    text += decoder.decode(bytes.subarray(0, -2), { stream: true });
  }
}

async function refuse(wire: Wire, error: string): Promise<false> {
  const answer: Answer = { status: 400, body: { error } };
  await wire.send(encodeAnswer(answer, true));
  return false;
}

async function sendAll(conn: Deno.Conn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
    return true;
  } catch {
    return false;
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
