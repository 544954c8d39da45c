/** HTTP/1.1 on a connection: one request out, one response back. */
import type { OutgoingRequest } from "./delivery.ts";

/** The other side did not speak HTTP, or said more than it may. */
export class GarbledResponse extends Error {
  override readonly name = "GarbledResponse";
}

/** The next bytes of a connection; null at its end. */
export type Read = () => Promise<Uint8Array | null>;

const MOST_HEAD_BYTES = 16_384;
const MOST_INTERIM = 8;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** A POST as it goes over the wire. The connection is for it alone. */
export function requestBytes({ url, headers, body }: OutgoingRequest): Uint8Array {
  const { host, pathname, search } = new URL(url);
  const encoder = new TextEncoder();
  const content = encoder.encode(body);
  // Headers refuses line breaks: nothing can slip a header, or a request, in.
  const fields = new Headers({
    ...headers,
    host,
    "connection": "close",
    "accept-encoding": "identity",
    "content-length": `${content.byteLength}`,
  });
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = encoder.encode(`POST ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const bytes = new Uint8Array(head.byteLength + content.byteLength);
  bytes.set(head);
  bytes.set(content, head.byteLength);
  return bytes;
}

/**
 * The response, once its head is there; its body streams.
 *
 * @param close Called when the body has ended or nobody wants it any more.
 * @throws {GarbledResponse} where what comes is no HTTP.
 */
export async function readResponse(read: Read, close: () => void): Promise<Response> {
  const source = new Source(read);
  const { status, headers } = await readHead(source);
  if (status === 204 || status === 205 || status === 304) {
    close();
    return new Response(null, { status, headers });
  }
  const chunks = headers.get("transfer-encoding") === null
    ? plainBody(source, headers.get("content-length"))
    : chunkedBody(source);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (!done) return controller.enqueue(value);
      close();
      controller.close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
  return new Response(body, { status, headers });
}

interface Head {
  readonly status: number;
  readonly headers: Headers;
}

async function readHead(source: Source): Promise<Head> {
  for (let interim = 0; interim <= MOST_INTERIM; interim += 1) {
    const head = await readOneHead(source);
    // 100 and 103 come before the answer; 101 would be another protocol, which nobody asked for.
    if (head.status >= 200) return head;
    if (head.status === 101) break;
  }
  throw new GarbledResponse("Expected an answer but found another protocol or preliminary ones without end");
}

async function readOneHead(source: Source): Promise<Head> {
  let left = MOST_HEAD_BYTES;
  const nextLine = async () => {
    const line = await source.line(left);
    left -= line.length + 1;
    return line;
  };
  const first = await nextLine();
  const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(first)?.[1]);
  if (Number.isNaN(status)) {
    throw new GarbledResponse("Expected an answer in HTTP/1.1 but found something else");
  }
  const headers = new Headers();
  for (let line = await nextLine(); line !== ""; line = await nextLine()) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon < 1 || !TOKEN.test(name)) {
      throw new GarbledResponse("Expected a header but found something else");
    }
    // deno-lint-ignore no-control-regex
    headers.append(name, line.slice(colon + 1).replaceAll(/[\u0000-\u001f]/g, " ").trim());
  }
  return { status, headers };
}

type Chunks = AsyncGenerator<Uint8Array<ArrayBuffer>, undefined>;

async function* plainBody(source: Source, length: string | null): Chunks {
  let left = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY;
  while (left > 0) {
    const chunk = await source.some(left);
    if (chunk === null) return;
    left -= chunk.byteLength;
    yield chunk;
  }
}

async function* chunkedBody(source: Source): Chunks {
  while (true) {
    const size = /^([0-9a-f]{1,7})\s*(?:;|$)/i.exec(await source.line(1024))?.[1];
    if (size === undefined) {
      throw new GarbledResponse("Expected a chunk of the answer but found something else");
    }
    let left = Number.parseInt(size, 16);
    if (left === 0) return;
    while (left > 0) {
      const chunk = await source.some(left);
      if (chunk === null) throw new GarbledResponse("Expected the rest of the answer but found its end");
      left -= chunk.byteLength;
      yield chunk;
    }
    await source.line(1);
  }
}

/** Bytes by the line or by the piece, however the network cut them. */
class Source {
  #buffer = new Uint8Array(0);

  constructor(readonly read: Read) {}

  /** The next line without its end, each byte a character; of at most so many. */
  async line(most: number): Promise<string> {
    let end = this.#buffer.indexOf(10);
    while (end < 0 && this.#buffer.byteLength <= most) {
      if (!await this.#fill()) throw new GarbledResponse("Expected an answer but found the connection's end");
      end = this.#buffer.indexOf(10);
    }
    if (end < 0 || end > most) {
      throw new GarbledResponse("Expected a shorter head of the answer but found more");
    }
    const bytes = this.#take(end + 1);
    return String.fromCharCode(...bytes.subarray(0, end)).replace(/\r$/, "");
  }

  /** The next bytes, at most so many; null at the end. */
  async some(most: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#buffer.byteLength === 0 && !await this.#fill()) return null;
    return this.#take(Math.min(most, this.#buffer.byteLength));
  }

  async #fill(): Promise<boolean> {
    const bytes = await this.read();
    if (bytes === null) return false;
    const joined = new Uint8Array(this.#buffer.byteLength + bytes.byteLength);
    joined.set(this.#buffer);
    joined.set(bytes, this.#buffer.byteLength);
    this.#buffer = joined;
    return true;
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }
}
