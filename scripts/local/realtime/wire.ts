import { encodeText, type ProtocolVersion, type ServerFrame } from "./frames.ts";
import { LIMITS } from "./limits.ts";

/** One client's socket. A client that does not read is cut off, never buffered without end. */
export class Wire {
  readonly #socket: WebSocket;
  readonly version: ProtocolVersion;

  constructor(socket: WebSocket, version: ProtocolVersion) {
    this.#socket = socket;
    this.version = version;
  }

  send(frame: ServerFrame): void {
    this.sendEncoded(encodeText(frame, this.version));
  }

  /** Answers a frame of the client's. */
  reply(
    to: { joinRef: string | null; ref: string | null; topic: string },
    status: "ok" | "error",
    response = "{}",
  ) {
    const payload = `{"status":"${status}","response":${response}}`;
    this.send({ joinRef: to.joinRef, ref: to.ref, topic: to.topic, event: "phx_reply", payload });
  }

  sendEncoded(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > LIMITS.bufferedBytes) {
      return this.close(1008, "The client does not read what it is sent");
    }
    this.#socket.send(data);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
