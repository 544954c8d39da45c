import { decodeBinaryPush, readTextBroadcast } from "./broadcast.ts";
import type { Channel } from "./channel.ts";
import { type Caller, joinChannel, refreshChannel } from "./channel_join.ts";
import { ChannelRefusal } from "./channel_refusal.ts";
import { type ClientFrame, decodeText, MalformedFrame } from "./frames.ts";
import { speaksForUser } from "./join_request.ts";
import { LIMITS } from "./limits.ts";
import type { Services } from "./services.ts";
import type { Wire } from "./wire.ts";

/** One client's connection: its frames in, its channels. */
export class Connection {
  readonly #wire: Wire;
  readonly #caller: Caller;
  readonly #services: Services;
  readonly #channels = new Map<string, Channel>();
  readonly #queues = new Map<string, Promise<void>>();
  #joining = 0;
  #pending = 0;
  #lastSeen = Date.now();
  #gone = false;

  constructor(wire: Wire, caller: Caller, services: Services) {
    this.#wire = wire;
    this.#caller = caller;
    this.#services = services;
  }

  /** Milliseconds since the client was heard of. */
  get silentFor(): number {
    return Date.now() - this.#lastSeen;
  }

  /** Takes one frame. Nothing a client sends throws. */
  receive(data: unknown): void {
    this.#lastSeen = Date.now();
    try {
      const frame = this.#decode(data);
      if (frame.topic === "phoenix") return this.#handleControl(frame);
      this.#enqueue(frame);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) this.#services.log(`Frame was not read: ${error}`);
      const reason = error instanceof MalformedFrame ? error.message : "The frame cannot be read";
      this.end(1007, reason);
    }
  }

  /** Ends the connection and all its channels. */
  end(code: number, reason: string): void {
    this.#wire.close(code, reason);
    this.drop();
  }

  /** Forgets the channels of a socket that is gone. */
  drop(): void {
    this.#gone = true;
    for (const channel of [...this.#channels.values()]) channel.close();
  }

  #decode(data: unknown): ClientFrame {
    if (typeof data === "string") {
      if (data.length > LIMITS.frameBytes) throw new MalformedFrame("The frame is too large");
      return decodeText(data, this.#wire.version);
    }
    if (!(data instanceof ArrayBuffer)) throw new MalformedFrame("Expected a text or binary frame");
    if (data.byteLength > LIMITS.frameBytes) throw new MalformedFrame("The frame is too large");
    if (this.#wire.version === "1.0.0") throw new MalformedFrame("Protocol 1.0.0 has no binary frames");
    return decodeBinaryPush(new Uint8Array(data));
  }

  #handleControl(frame: ClientFrame): void {
    if (frame.event === "heartbeat") this.#wire.reply(frame, "ok");
    else this.#wire.reply(frame, "error", `{"reason":"unmatched topic"}`);
  }

  // frames of one topic are handled in order; a join that waits for Postgres holds up no other topic
  #enqueue(frame: ClientFrame): void {
    if (this.#pending >= LIMITS.pendingFrames) return this.end(1008, "Too many frames at once");
    const before = this.#queues.get(frame.topic);
    if (!before && this.#handleNow(frame)) return;

    this.#pending++;
    const handled = (before ?? Promise.resolve())
      .then(() => this.#handleNow(frame) ? undefined : this.#handleLater(frame))
      .catch((error) => this.#services.log(`Frame ${frame.event} on ${frame.topic} failed: ${error}`))
      .finally(() => {
        this.#pending--;
        if (this.#queues.get(frame.topic) === handled) this.#queues.delete(frame.topic);
      });
    this.#queues.set(frame.topic, handled);
  }

  /** Handles what needs no waiting; `false` for the rest. */
  #handleNow(frame: ClientFrame): boolean {
    if (frame.event === "phx_join") return false;
    const channel = this.#channels.get(frame.topic);
    if (!channel) {
      // a token for, or a leave from, a channel that was just closed is no mistake
      if (frame.event === "phx_leave") this.#wire.reply(frame, "ok");
      else if (frame.event !== "access_token") {
        this.#wire.reply(frame, "error", `{"reason":"unmatched topic"}`);
      }
      return true;
    }
    // meant for an earlier join of the same topic
    if (frame.joinRef !== null && frame.joinRef !== channel.joinRef) return true;
    if (frame.event === "access_token") return false;
    if (frame.event === "broadcast") this.#broadcast(channel, frame);
    if (frame.event === "presence") this.#wire.reply(frame, "ok");
    if (frame.event === "phx_leave") this.#leave(channel, frame);
    return true;
  }

  #handleLater(frame: ClientFrame): Promise<void> {
    const channel = this.#channels.get(frame.topic);
    if (frame.event === "phx_join") return this.#join(frame);
    return channel ? this.#refresh(channel, frame.payload) : Promise.resolve();
  }

  async #join(frame: ClientFrame): Promise<void> {
    this.#channels.get(frame.topic)?.close();
    if (this.#channels.size + this.#joining >= LIMITS.channelsPerConnection) {
      return this.#wire.reply(frame, "error", `{"reason":"ChannelRateLimitReached: Too many channels"}`);
    }
    this.#joining++;
    try {
      const onClose = (channel: Channel) => this.#forget(channel);
      const joined = await joinChannel(
        frame,
        { wire: this.#wire, caller: this.#caller, onClose },
        this.#services,
      );
      // while it waited the socket may have closed, or a feed broken
      if (this.#gone || !joined.stillLive()) return joined.channel.fail();
      this.#channels.set(frame.topic, joined.channel);
      this.#services.hub.add(joined.channel);
      this.#wire.reply({ ...frame, joinRef: joined.channel.joinRef }, "ok", joined.response);
      joined.channel.push("presence_state", "{}");
      joined.afterReply();
    } catch (error) {
      this.#wire.reply(frame, "error", JSON.stringify({ reason: this.#reasonOf(error) }));
    } finally {
      this.#joining--;
    }
  }

  async #refresh(channel: Channel, payload: unknown): Promise<void> {
    const token = payload !== null && typeof payload === "object" && "access_token" in payload
      ? payload.access_token
      : undefined;
    if (typeof token !== "string" || !speaksForUser(token)) return;
    try {
      await refreshChannel(channel, token, this.#caller, this.#services);
    } catch (error) {
      const known = error instanceof ChannelRefusal;
      channel.shutDown(known ? error.message : this.#reasonOf(error));
    }
  }

  #broadcast(channel: Channel, frame: ClientFrame): void {
    const { ack, self } = channel.request;
    const broadcast = frame.broadcast ?? readTextBroadcast(frame.payload);
    if (!channel.mayWrite) return;
    if (!broadcast || broadcast.body.length > LIMITS.broadcastBytes) {
      const reason = broadcast ? "Payload size exceeds tenant limit" : "Expected a broadcast with an event";
      if (ack) this.#wire.reply(frame, "error", JSON.stringify({ reason }));
      return;
    }
    this.#services.hub.publish(channel.name, channel.private, broadcast, self ? undefined : channel);
    if (ack) this.#wire.reply(frame, "ok");
  }

  #leave(channel: Channel, frame: ClientFrame): void {
    this.#wire.reply(frame, "ok");
    channel.close();
  }

  #forget(channel: Channel): void {
    this.#services.hub.remove(channel);
    if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic);
  }

  #reasonOf(error: unknown): string {
    if (error instanceof ChannelRefusal) return error.reason;
    this.#services.log(`Channel failed: ${error}`);
    return "Unknown Error on Channel";
  }
}
