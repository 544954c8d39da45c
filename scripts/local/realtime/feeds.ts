import { ChangeFeed } from "./change_feed.ts";
import type { RealtimeDatabase } from "./database.ts";
import type { Hub } from "./hub.ts";
import { LIMITS } from "./limits.ts";
import { MessageFeed, MESSAGES_PUBLICATION } from "./message_feed.ts";
import { type ReplicationStream, startReplication } from "./replication_stream.ts";

export interface FeedsOptions {
  readonly databaseUrl: string;
  /** Publication of `postgres_changes`. */
  readonly publication: string;
  readonly hub: Hub;
  readonly database: RealtimeDatabase;
  readonly log: (line: string) => void;
}

/** What is committed, on its way to the hub. */
export interface Feeds {
  /**
   * Resolves while both streams are live, with a function that tells whether they have been ever since;
   * rejects when Postgres stays away.
   */
  live(): Promise<() => boolean>;
  stop(): Promise<void>;
}

/**
 * Streams messages and changes apart, so that a flood of changes holds up no message. A break of either
 * drops all channels: their clients join again, and know to read what they may have missed.
 */
export function startFeeds(options: FeedsOptions): Feeds {
  const { hub, database, log } = options;
  let losses = 0;
  const onLost = () => {
    losses++;
    for (const channel of hub.channels()) channel.fail();
  };
  const shared = { databaseUrl: options.databaseUrl, onLost, log };

  const messageFeed = new MessageFeed({ hub, database, log, onPressure: (high) => press(messages, high) });
  const messages: ReplicationStream = startReplication({
    ...shared,
    publication: MESSAGES_PUBLICATION,
    onChange: (change) => messageFeed.push(change),
  });
  const changeFeed = new ChangeFeed({ hub, database, log, onPressure: (high) => press(changes, high) });
  const changes: ReplicationStream = startReplication({
    ...shared,
    publication: options.publication,
    onChange: (change) => changeFeed.push(change),
  });

  return {
    async live() {
      await Promise.all([messages, changes].map((stream) => stream.live(LIMITS.databaseWaitMs)));
      const lossesThen = losses;
      return () => losses === lossesThen;
    },
    async stop() {
      await Promise.all([messages.stop(), changes.stop()]);
    },
  };
}

function press(stream: ReplicationStream, high: boolean): void {
  if (high) stream.pause();
  else stream.resume();
}
