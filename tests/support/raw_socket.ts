import { z } from "zod";
import { Inbox } from "./realtime.ts";
import type { StackInfo } from "./stack.ts";

const answer = z.looseObject({
  status: z.string(),
  response: z.looseObject({ reason: z.string().optional() }).optional(),
});
const named = z.object({
  topic: z.string(),
  event: z.string(),
  payload: z.unknown(),
  ref: z.string().nullable(),
});
const listed = z.tuple([z.string().nullable(), z.string().nullable(), z.string(), z.string(), z.unknown()])
  .transform(([, ref, topic, event, payload]) => ({ topic, event, payload, ref }));

/** A text frame: as it came, and its parts in either protocol. */
export interface TextFrame {
  readonly raw: unknown;
  readonly event: string;
  readonly ref: string | null;
  readonly payload: unknown;
  /** `ok` or `error`, of a reply or a system message. */
  readonly status?: string | undefined;
  /** Why a reply is an error. */
  readonly reason?: string | undefined;
}

function readFrame(text: string): TextFrame {
  const raw: unknown = JSON.parse(text);
  const { event, ref, payload } = z.union([named, listed]).parse(raw);
  const told = answer.safeParse(payload).data;
  return { raw, event, ref, payload, status: told?.status, reason: told?.response?.reason };
}

/** A Realtime socket without supabase-js: frames as they are on the wire. */
export class RawSocket implements AsyncDisposable {
  readonly frames = new Inbox<TextFrame>();
  readonly binaries = new Inbox<Uint8Array>();
  readonly closed: Promise<CloseEvent>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.frames.push(readFrame(data));
      else this.binaries.push(new Uint8Array(data));
    };
    this.closed = new Promise((resolve) => socket.onclose = resolve);
  }

  /** Connects with the publishable key, and a protocol version unless the server's default is wanted. */
  static async open(stack: StackInfo, version?: "1.0.0" | "2.0.0"): Promise<RawSocket> {
    const socket = new WebSocket(socketUrl(stack, version));
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error("Expected the socket to open"));
    const raw = new RawSocket(socket);
    await opened.promise;
    socket.onerror = () => {};
    return raw;
  }

  send(frame: unknown): void {
    this.sendRaw(JSON.stringify(frame));
  }

  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close();
    await this.closed;
  }
}

/** Where sockets connect. */
export function socketUrl(stack: StackInfo, version?: string): URL {
  const url = new URL("/realtime/v1/websocket", stack.apiUrl.replace(/^http/, "ws"));
  url.searchParams.set("apikey", stack.publishableKey);
  if (version) url.searchParams.set("vsn", version);
  return url;
}
