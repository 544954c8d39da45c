/** A receiver of HTTP requests that answers as a test says, down to the bytes: well, badly, late or never. */

/** One request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What happens on a connection once its request is there; the connection is closed afterwards. */
export type Behaviour = (connection: Deno.Conn) => Promise<void>;

/** Answers with a status, a short body and headers. */
export function answers(
  status: number,
  body = "",
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  const length = new TextEncoder().encode(body).byteLength;
  const fields = Object.entries({ ...headers, "content-length": `${length}`, "connection": "close" });
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return says(`HTTP/1.1 ${status} Status\r\n${head}\r\n${body}`);
}

/** Writes these bytes, whatever they are. */
export function says(bytes: string): Behaviour {
  return async (connection) => {
    await connection.write(new TextEncoder().encode(bytes));
  };
}

/** Says nothing until the other side gives up. */
export const hangs: Behaviour = async (connection) => {
  await untilClosed(connection);
};

/** Sends the beginning of an answer, then one byte every tenth of a second until the other side gives up. */
export function drips(beginning: string): Behaviour {
  return async (connection) => {
    const closed = untilClosed(connection);
    await says(beginning)(connection);
    let isOpen = true;
    closed.then(() => isOpen = false);
    while (isOpen) {
      await says("x")(connection).catch(() => isOpen = false);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    await closed;
  };
}

/** Ends the connection without a word. */
export const cuts: Behaviour = () => Promise.resolve();

/** A receiver on a free port of this machine, closed on disposal. */
export class Receiver implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly #listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly #behaviours = new Map<string, Behaviour[]>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting = this.#accept();

  /** `host:port`. */
  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /**
   * Sets what the first, second, … request to a path meets, the last one for all that follow. A path without a query
   * stands for every query. 404 where nothing is.
   */
  on(path: string, ...behaviours: Behaviour[]): string {
    this.#behaviours.set(path, behaviours);
    return `http://${this.host}${path}`;
  }

  /** The requests to a path, in the order they came. */
  to(path: string): ReceivedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    await Promise.all(this.#serving);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        const served = this.#serve(connection).finally(() => this.#serving.delete(served));
        this.#serving.add(served);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      this.requests.push(request);
      const behaviours = this.#behaviours.get(request.path) ??
        this.#behaviours.get(request.path.replace(/\?.*$/, "")) ?? [];
      const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
      await (behaviour ?? answers(404))(connection);
    } catch (error) {
      // Who gave up does not listen any more.
      if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) {
        throw error;
      }
    } finally {
      connection.close();
    }
  }
}

async function readRequest(connection: Deno.Conn): Promise<ReceivedRequest | undefined> {
  let bytes = new Uint8Array(0);
  while (true) {
    const text = new TextDecoder().decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      const [first = "", ...lines] = text.slice(0, end).split("\r\n");
      const [method = "", path = ""] = first.split(" ");
      const headers = new Headers(lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }));
      const headBytes = new TextEncoder().encode(text.slice(0, end + 4)).byteLength;
      if (bytes.byteLength - headBytes >= Number(headers.get("content-length") ?? 0)) {
        return { method, path, headers, body: new TextDecoder().decode(bytes.subarray(headBytes)) };
      }
    }
    const buffer = new Uint8Array(16_384);
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    bytes = new Uint8Array([...bytes, ...buffer.subarray(0, count)]);
  }
}

/** Resolves when the other side has closed or reset the connection. */
async function untilClosed(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await connection.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}
