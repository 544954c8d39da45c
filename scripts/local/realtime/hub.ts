import { type Broadcast, encodeBroadcast } from "./broadcast.ts";
import type { Channel } from "./channel.ts";

/** Every joined channel, by topic. Public and private channels of one name are different topics. */
export class Hub {
  readonly #topics = new Map<string, Set<Channel>>();
  readonly #listeners = new Set<Channel>();

  /** Channels that asked for `postgres_changes`. */
  get changeListeners(): ReadonlySet<Channel> {
    return this.#listeners;
  }

  add(channel: Channel): void {
    const key = topicKey(channel.name, channel.private);
    const members = this.#topics.get(key);
    if (members) members.add(channel);
    else this.#topics.set(key, new Set([channel]));
    if (channel.bindings.length > 0) this.#listeners.add(channel);
  }

  remove(channel: Channel): void {
    const key = topicKey(channel.name, channel.private);
    const members = this.#topics.get(key);
    members?.delete(channel);
    if (members?.size === 0) this.#topics.delete(key);
    this.#listeners.delete(channel);
  }

  /** Sends to everybody on the topic who may read it, `except` for one. */
  publish(name: string, isPrivate: boolean, broadcast: Broadcast, except?: Channel): void {
    const members = this.#topics.get(topicKey(name, isPrivate));
    if (!members) return;

    const encoded = new Map<string, ReturnType<typeof encodeBroadcast>>();
    for (const channel of members) {
      if (channel === except || !channel.mayRead) continue;
      const { version } = channel.wire;
      const known = encoded.get(version);
      const data = known === undefined ? encodeBroadcast(channel.topic, broadcast, version) : known;
      encoded.set(version, data);
      if (data !== null) channel.wire.sendEncoded(data);
    }
  }

  /** All channels, in a list of its own: a callback may remove them. */
  channels(): Channel[] {
    return [...this.#topics.values()].flatMap((members) => [...members]);
  }
}

function topicKey(name: string, isPrivate: boolean): string {
  return `${isPrivate ? "private" : "public"} ${name}`;
}
