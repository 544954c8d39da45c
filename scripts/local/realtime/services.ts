import type { RealtimeDatabase } from "./database.ts";
import type { Feeds } from "./feeds.ts";
import type { Hub } from "./hub.ts";
import type { Claims } from "./identity.ts";

/** What every connection of a server shares. */
export interface Services {
  readonly hub: Hub;
  readonly database: RealtimeDatabase;
  /** As {@linkcode Feeds.live}: what is committed reaches the hub. */
  readonly feedsLive: Feeds["live"];
  /** Rejects with a token that is not right. */
  verify(token: string): Promise<Claims>;
  log(line: string): void;
}
