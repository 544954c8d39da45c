/** Limits of one Realtime server; the hosted figures where the platform publishes them. */
export const LIMITS = {
  /** Payload of one broadcast, and with some room for its envelope the largest frame. */
  broadcastBytes: 3_000 * 1024,
  frameBytes: 3_000 * 1024 + 16 * 1024,
  channelsPerConnection: 100,
  bindingsPerChannel: 100,
  /** What may wait for a socket that does not read before the socket is closed. */
  bufferedBytes: 8 * 1024 * 1024,
  /** Frames of one connection that wait for an earlier one of the same topic. */
  pendingFrames: 1_000,
  /** Changes being judged, messages not sent yet; above this the replication stream is paused. */
  pendingChanges: 256,
  pendingMessages: 4_096,
  /** A client sends a heartbeat every 25 s; one that was silent this long is gone. */
  silenceMs: 60_000,
  /** How long a join waits for the database to be reachable. */
  databaseWaitMs: 5_000,
  /** Messages are kept for this long, so that clients can ask for a replay. */
  retentionHours: 72,
} as const;
