/** One channel for each private topic of a client, however many listen to it, joined again for as long as anybody does. */

import { unlessAborted } from "../unless_aborted.ts";

/** The part of a supabase-js channel that is needed here. */
export interface ChannelLike {
  on(
    type: "broadcast",
    filter: { event: string },
    callback: (message: { payload?: unknown }) => void,
  ): unknown;
  on(
    type: "system",
    filter: Record<never, never>,
    callback: (message: { status?: string; message?: string }) => void,
  ): unknown;
  subscribe(callback: (status: string, error?: Error) => void): unknown;
}

/** The part of a supabase-js client that is needed here. */
export interface RealtimeLike {
  readonly realtime: { setAuth(): Promise<void> };
  channel(
    topic: string,
    options: { config: { private: boolean; broadcast: { replication_ready: boolean } } },
  ): ChannelLike;
  removeChannel(channel: ChannelLike): Promise<unknown>;
}

/** What a listener is told. */
export interface TopicListener {
  heard(payload: unknown): void;
  /** From now on everything is heard; what was said before may have been missed. */
  live(): void;
  /** From now on nothing is heard. */
  down(reason: string): void;
}

const REJOIN_AFTER_MS = [1000, 2000, 5000, 10_000] as const;

const topics = new WeakMap<RealtimeLike, Map<string, Topic>>();

/**
 * Listens to a private topic until the function that is returned is called; it resolves when the topic was left.
 * A client has one channel for each topic: who else wants that topic must listen here too.
 */
export function listenTo(client: RealtimeLike, name: string, listener: TopicListener): () => Promise<void> {
  const known = topics.get(client) ?? new Map<string, Topic>();
  topics.set(client, known);
  const topic = known.get(name) ?? new Topic(client, name);
  known.set(name, topic);
  topic.add(listener);
  return async () => {
    await topic.remove(listener);
    if (topic.isUnused && known.get(name) === topic) known.delete(name);
  };
}

class Topic {
  readonly #client: RealtimeLike;
  readonly #name: string;
  readonly #listeners = new Set<TopicListener>();
  #channel: ChannelLike | undefined;
  #rejoin: ReturnType<typeof setTimeout> | undefined;
  #joining: AbortController | undefined;
  #closures = 0;
  #changed = Promise.resolve();

  constructor(client: RealtimeLike, name: string) {
    this.#client = client;
    this.#name = name;
  }

  get isUnused(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: TopicListener): void {
    this.#listeners.add(listener);
    this.#change();
  }

  remove(listener: TopicListener): Promise<void> {
    this.#listeners.delete(listener);
    if (this.isUnused) this.#joining?.abort();
    return this.#change();
  }

  /** One after the other: a channel that is being left is still the client's channel of its topic. */
  #change(): Promise<void> {
    this.#changed = this.#changed.then(() => this.isUnused ? this.#leave() : this.#join());
    return this.#changed;
  }

  async #join(): Promise<void> {
    if (this.#channel || this.#rejoin !== undefined) return;
    const { signal } = this.#joining = new AbortController();
    // A join that goes out before the client has asked for its user's token is refused.
    await unlessAborted(this.#client.realtime.setAuth(), signal).catch(() => {});
    if (signal.aborted) return;
    const channel = this.#client.channel(this.#name, {
      config: { private: true, broadcast: { ["replication_ready"]: true } },
    });
    this.#channel = channel;
    this.#subscribe(channel);
  }

  #subscribe(channel: ChannelLike): void {
    let reason = "the channel was closed";
    channel.on("broadcast", { event: "*" }, ({ payload }) => this.#tell((one) => one.heard(payload)));
    // The server says so when messages from the database begin to flow, which may be after the join, and why it
    // is about to close the channel.
    channel.on("system", {}, ({ status, message }) => {
      if (status === "ok") this.#tell((one) => one.live());
      else reason = message ?? reason;
    });
    try {
      channel.subscribe((status, error) => this.#follow(channel, status, error?.message ?? reason));
    } catch (error) {
      // Where there are no sockets at all its listeners do without.
      this.#follow(channel, "CLOSED", String(error));
    }
  }

  #follow(channel: ChannelLike, status: string, reason: string): void {
    if (channel !== this.#channel) return;
    if (status === "SUBSCRIBED") {
      this.#closures = 0;
      return this.#tell((one) => one.live());
    }
    // After an error the client joins again by itself, after a closure it does not.
    if (status === "CLOSED") this.#joinLater();
    this.#tell((one) => one.down(reason));
  }

  #joinLater(): void {
    const delay = REJOIN_AFTER_MS[Math.min(this.#closures++, REJOIN_AFTER_MS.length - 1)];
    this.#channel = undefined;
    this.#rejoin = setTimeout(() => {
      this.#rejoin = undefined;
      this.#change();
    }, delay);
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#rejoin);
    this.#rejoin = undefined;
    const channel = this.#channel;
    this.#channel = undefined;
    // A channel that cannot be left is one that nobody hears any more.
    if (channel) await this.#client.removeChannel(channel).catch(() => {});
  }

  #tell(what: (listener: TopicListener) => void): void {
    for (const listener of [...this.#listeners]) what(listener);
  }
}
