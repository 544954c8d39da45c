import type { RealtimeDatabase } from "./database.ts";
import type { Hub } from "./hub.ts";
import type { Claims } from "./identity.ts";

/** What every connection of a server shares. */
export interface Services {
  readonly hub: Hub;
  readonly database: RealtimeDatabase;
  /**
   * Resolves while what is committed reaches the hub, with a function that tells whether that has been
   * so ever since; rejects when Postgres stays away.
   */
  streamsLive(): Promise<() => boolean>;
  /** Rejects with a token that is not right. */
  verify(token: string): Promise<Claims>;
  log(line: string): void;
}
