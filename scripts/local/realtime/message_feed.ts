import { z } from "zod";
import type { Broadcast } from "./broadcast.ts";
import type { RealtimeDatabase } from "./database.ts";
import type { Hub } from "./hub.ts";
import { LIMITS } from "./limits.ts";
import type { RowChange } from "./pgoutput.ts";

/** The publication of `realtime.messages`, as `platform/realtime.sql` creates it. */
export const MESSAGES_PUBLICATION = "supabase_realtime_messages_publication";

// bytea in Postgres' text form
const hexBytes = z.string().regex(/^\\x(?:[0-9a-f]{2})*$/).transform((text) =>
  Uint8Array.fromHex(text.slice(2))
);

const message = z.object({
  id: z.string(),
  topic: z.string(),
  event: z.string(),
  private: z.enum(["t", "f"]).transform((flag) => flag === "t"),
  payload: z.string().nullable(),
  binary_payload: hexBytes.nullable(),
});

export interface MessageFeedOptions {
  readonly hub: Hub;
  readonly database: Pick<RealtimeDatabase, "awaitVisible">;
  /** Too many messages wait (`true`), or few enough again (`false`). */
  readonly onPressure: (high: boolean) => void;
  readonly log: (line: string) => void;
}

/**
 * Sends rows of `realtime.messages` to the subscribers of their topics, in commit order. A message is a
 * wake-up: it goes out once whoever is woken can read what its transaction wrote.
 */
export class MessageFeed {
  readonly #options: MessageFeedOptions;
  #waiting: RowChange[] = [];
  #draining = false;

  constructor(options: MessageFeedOptions) {
    this.#options = options;
  }

  push(change: RowChange): void {
    if (this.#waiting.push(change) === LIMITS.pendingMessages) this.#options.onPressure(true);
    if (!this.#draining) this.#drain();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiting.length > 0) {
      // what arrives while one question is under way shares the next
      const batch = this.#waiting;
      this.#waiting = [];
      if (batch.length >= LIMITS.pendingMessages) this.#options.onPressure(false);
      await this.#options.database.awaitVisible([...new Set(batch.map(({ xid }) => xid))])
        .catch((error) => this.#options.log(`Messages go out unchecked: ${error}`));
      for (const change of batch) publishMessage(this.#options.hub, change);
    }
    this.#draining = false;
  }
}

/** Sends a row of `realtime.messages` to the subscribers of its topic. */
function publishMessage(hub: Hub, change: RowChange): void {
  const parsed = message.safeParse(change.newRow);
  if (!parsed.success) return;
  const body = parsed.data.payload ?? parsed.data.binary_payload;
  if (body === null) return;

  const broadcast: Broadcast = { event: parsed.data.event, body, id: parsed.data.id };
  hub.publish(parsed.data.topic, parsed.data.private, broadcast);
}
