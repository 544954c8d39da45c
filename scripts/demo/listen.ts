/** Listening to a private Realtime topic, as an application does. */
import type { Person } from "./people.ts";

/** A message of a topic, and when it came. */
export interface News<Payload> {
  readonly event: string;
  readonly payload: Payload;
  readonly at: number;
}

export interface Listener<Payload> {
  readonly news: readonly News<Payload>[];
  /** Waits for a message, five seconds at most, those that came already included. */
  heard(what: string, isIt: (news: News<Payload>) => boolean): Promise<News<Payload>>;
}

/** Subscribes to a topic and collects what it tells. */
export async function listen<Payload>(person: Person, topic: string): Promise<Listener<Payload>> {
  const news: News<Payload>[] = [];
  const channel = person.supabase.channel(topic, { config: { private: true } })
    .on("broadcast", { event: "*" }, ({ event, payload }) => {
      news.push({ event, payload: payload as Payload, at: performance.now() });
    });
  await new Promise<void>((resolve, reject) =>
    channel.subscribe((status, error) =>
      status === "SUBSCRIBED" ? resolve() : reject(error ?? new Error(status))
    )
  );
  return {
    news,
    async heard(what, isIt) {
      const deadline = performance.now() + 5_000;
      while (performance.now() < deadline) {
        const found = news.find(isIt);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`Expected ${what} on ${topic} within 5 s but heard ${news.length} other messages`);
    },
  };
}
